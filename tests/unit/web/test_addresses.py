"""Where pages lead to."""

from shared.web.addresses import member_path


def test_every_kind_of_member_has_its_page() -> None:
    """Lists, feeds, the console and the embedded page all lead to the same one."""
    assert member_path("31") == "/estado"
    assert member_path("3106200") == "/municipios/3106200"
    assert member_path("org-ficticia") == "/organizacoes/org-ficticia"
