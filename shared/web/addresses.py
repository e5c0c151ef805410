"""Where the pages of things are."""

from shared.data import STATE


def member_path(member: str) -> str:
    """The page of a member, by its id: the state's, a municipality's or an organisation's."""
    if member == STATE:
        return "/estado"
    return f"/organizacoes/{member}" if member.startswith("org-") else f"/municipios/{member}"
