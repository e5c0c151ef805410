"""Events for tests: a valid one to spoil, and strategies that write good and bad ones."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import strategies as st

from shared.notices.codelists import Basis, Instrument, PartnerKind, Renewal, Theme, Visibility

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
SIGNED = "br.malha.agreement.signed.v1"
NIL = "br.malha.municipality.nothing_to_declare.v1"


def event(**changes: Any) -> dict[str, Any]:
    """A valid structured event, with *changes* to its attributes; one that is ``...`` is left out."""
    whole = {
        "specversion": "1.0",
        "id": "1",
        "source": "/convenios",
        "type": SIGNED,
        "member": "3106200",
        "subject": "PROC 1/2024",
        "time": "2024-05-02T09:30:00-03:00",
        "data": agreement(),
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def agreement(**changes: Any) -> dict[str, Any]:
    """Valid data of an agreement, with *changes*; a field that is ``...`` is left out."""
    whole = {
        "instrument": "IRM",
        "title": "Irmanamento com o Porto",
        "partners": [{"name": "Porto", "kind": "city", "country": "PT"}],
        "signed_on": "2024-05-02",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def body(value: Any) -> bytes:
    """*value* as a sender writes it."""
    return json.dumps(value, ensure_ascii=False).encode()


_texts = st.text(max_size=8) | st.sampled_from(["", " ", "São João", "x" * 600, "a\nb", "😀"])
_dates = st.sampled_from([
    "2014", "2014-03", "2014-03-09", "2014-02-30", "2014-13", "2027", "2026-12", "2026-11", "2031-01-01",
    "9999-12-31", "0001", "2014-3-9", "2014\n", "14/03/2009", "",
])  # fmt: skip
_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts
)
anything = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
_countries = st.sampled_from(["PT", "CN", "UK", "pt", ""])


def _code(codes: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([*get_args(codes), "NEW", 1])


_partners = st.fixed_dictionaries(
    {},
    optional={
        "name": _texts,
        "kind": _code(PartnerKind),
        "country": _countries | st.none(),
        "place": _texts,
        "wikidata": st.sampled_from(["Q42", "Q0", "Q42\n"]),
        "surprise": anything,
    },
)
_gates = st.fixed_dictionaries(
    {}, optional={"status": st.sampled_from(["pending", "informed", "no"]), "body": _texts, "since": _dates}
)
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "instrument": _code(Instrument),
    "title": _texts,
    "partners": st.lists(_partners, max_size=3),
    "basis": _code(Basis),
    "object": _texts,
    "participants": st.lists(
        st.fixed_dictionaries(
            {"member": st.sampled_from(["31", "3106200", "3199999", "org-ufmg", "org-", "3106200\n", 31])},
            optional={"role": _texts},
        ),
        max_size=2,
    ),
    "themes": st.lists(_code(Theme), max_size=3),
    "sdgs": st.lists(st.sampled_from([1, 17, 0, 18, 1.0, True, "1", 10**30]), max_size=3),
    "objectives": st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "text": _texts,
                "target": st.integers() | st.floats(allow_nan=False) | _texts,
                "due": _dates,
            },
        ),
        max_size=2,
    ),
    "signed_on": _dates,
    "effective_on": _dates,
    "ends_on": _dates | st.none(),
    "renewal": _code(Renewal),
    "signatories": st.lists(
        st.fixed_dictionaries({}, optional={"office": _texts, "name": _texts}), max_size=2
    ),
    "gates": st.dictionaries(
        st.sampled_from(["legal", "legislative", "federal", "other"]), _gates, max_size=3
    ),
    "gazette": st.fixed_dictionaries({}, optional={"name": _texts, "date": _dates, "url": _texts}),
    "amounts": st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "value": st.sampled_from(["1", "1.50", "1,50", 1, "9" * 20]),
                "currency": st.sampled_from(["BRL", "R$"]),
                "kind": _texts,
            },
        ),
        max_size=2,
    ),
    "visibility": _code(Visibility),
}


@st.composite
def data_of_agreements(draw: st.DrawFn) -> Any:
    """Data of an agreement with none, one or several things about it that may be wrong."""
    data = agreement()
    for field in draw(st.lists(st.sampled_from([*_FIELDS, "surprise"]), unique=True, max_size=4)):
        likely = _FIELDS.get(field, anything)
        data[field] = draw(st.one_of(likely, likely, likely, anything))
    for field in draw(st.lists(st.sampled_from(sorted(data)), unique=True, max_size=1)):
        if draw(st.booleans()):
            del data[field]
    return data


@st.composite
def payloads(draw: st.DrawFn) -> tuple[str, Any]:
    """A type and data of it, good or bad."""
    fact = draw(
        st.sampled_from(["signed", "reported", "corrected", "amended", "terminated", "retracted", "nil"])
    )
    if fact == "nil":
        return NIL, draw(
            st.fixed_dictionaries({}, optional={"as_of": _dates | anything, "surprise": anything})
        )
    type_ = f"br.malha.agreement.{fact}.v1"
    if fact in {"signed", "reported"}:
        return type_, draw(data_of_agreements())
    other = {
        "reason": _texts | st.none(),
        "effective_on": _dates,
        "notice": st.sampled_from(["MG-7FJRXBPMCRCB7", "MG-7", 7]),
        "side": st.sampled_from(["member", "me"]),
        "changes": st.fixed_dictionaries(
            {},
            optional={name: likely | st.none() for name, likely in _FIELDS.items()} | {"surprise": anything},
        )
        | anything,
    }
    return type_, draw(st.fixed_dictionaries({}, optional=other))
