"""Code lists and reference data."""

from typing import Any, get_args

import pytest

from shared import data
from shared.notices import codelists
from shared.notices.codelists import code_lists, name_of
from shared.notices.places import is_member_id


@pytest.mark.parametrize(
    ("written", "table"),
    [
        (codelists.Instrument, "instrument_types"),
        (codelists.State, "lifecycle_states"),
        (codelists.Theme, "themes"),
    ],
)
def test_types_name_the_codes_of_the_file(written: Any, table: str) -> None:
    """A code added to the file alone, or to the type alone, is found here."""
    assert list(get_args(written)) == [row["code"] for row in data.code_tables()[table]]


@pytest.mark.parametrize(
    ("written", "table"),
    [
        (codelists.LegalStatus, "legal"),
        (codelists.LegislativeStatus, "legislative"),
        (codelists.FederalStatus, "federal"),
        (codelists.FederalBody, "federal_bodies"),
    ],
)
def test_gates_name_the_codes_of_the_file(written: Any, table: str) -> None:
    """The statuses and bodies of the gates are those of the file."""
    assert list(get_args(written)) == data.code_tables()["gates"][table]
    assert list(get_args(codelists.Visibility)) == data.code_tables()["visibility"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (codelists.PartnerKind, "partner_kinds"),
        (codelists.Basis, "bases"),
        (codelists.Renewal, "renewals"),
        (codelists.Visibility, "visibilities"),
        (codelists.Provenance, "provenances"),
        (codelists.Gate, "gates"),
        (codelists.LegalStatus, "legal_statuses"),
        (codelists.LegislativeStatus, "legislative_statuses"),
        (codelists.FederalStatus, "federal_statuses"),
        (codelists.FederalBody, "federal_bodies"),
        (codelists.Side, "sides"),
        (codelists.Country, "countries"),
        (codelists.Currency, "currencies"),
    ],
)
def test_every_code_has_a_name_in_both_languages(written: Any, name: str) -> None:
    """No code is ever shown bare."""
    codes = code_lists()[name]
    assert [code.code for code in codes] == list(get_args(written))
    assert all(code.pt and code.en for code in codes)


def test_names_come_in_both_languages_and_newer_codes_name_themselves() -> None:
    """Readers ignore what they do not know, and show it as it is."""
    assert name_of("countries", "DE").pt == "Alemanha"
    assert name_of("countries", "DE").en == "Germany"
    assert name_of("themes", "FUTURO").pt == "FUTURO"


def test_the_members_are_the_state_and_853_municipalities() -> None:
    """One municipality missing would be one city hall that cannot speak."""
    members = data.members()
    assert len(members) == 854
    assert members["31"].kind == "state"
    assert members["3106200"].name == "Belo Horizonte"
    assert members["3106200"].mesoregion == "Metropolitana de Belo Horizonte"
    assert len(data.mesoregions()) == 12
    assert is_member_id("3117836"), "an official code that fails its check digit"
    assert is_member_id("org-camara-portuguesa")
    assert not any(
        map(is_member_id, ["3199999", "3550308", "org-", "org-A", "3106200\n", "", "org-" + "a" * 80])
    )


def test_the_reference_files_are_whole() -> None:
    """The product carries its data with it."""
    assert len(data.goals()) == 17
    assert len(data.known_ties()) == 62
    assert all(tie.ibge_code in data.members() for tie in data.known_ties())
    assert data.aliases()["Itabirinha de Mantena"] == "3131802"
    assert set(data.aliases().values()) <= set(data.municipalities())
    assert data.map_json().count(b'"31') >= 853
