// The stream's own filter, as the page was asked for it: of each field one of the values.

export class Filter {
  constructor(fields) {
    this.fields = Object.entries(fields).map(([name, values]) => [name, new Set(values.map((value) => plain(name, value)))]);
  }

  matches(item) {
    return !item.backfill && this.fields.every(([name, wanted]) => values(item, name).some((value) => wanted.has(plain(name, value))));
  }
}

const plain = (name, value) => (name === "mesoregion" ? value.normalize("NFC").toLowerCase() : String(value));

function values(item, name) {
  switch (name) {
    case "member": return [item.member.id];
    case "mesoregion": return item.member.mesoregion ? [item.member.mesoregion] : [];
    case "country": return item.countries;
    case "theme": return item.themes;
    case "sdg": return item.sdgs;
    case "type": return [item.type];
    default: return item.agreement?.[name] ? [item.agreement[name]] : [];
  }
}
