// Where a member's page is.
export function address({ id, kind }) {
  if (kind === "municipality") return `/municipios/${id}`;
  return kind === "organisation" ? `/organizacoes/${id}` : "/estado";
}
