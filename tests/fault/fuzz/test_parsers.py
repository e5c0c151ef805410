"""Every parser of what strangers write: it gives what its callers reckon with, or raises what it declares."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from typing import Any

import msgspec
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict, MultiDictProxy

from services.ingest.pages.days import day_told
from services.ingest.pages.steps import STEPS
from services.ingest.pages.typed import Reading, Typed
from services.ingest.preferences import LONGEST_WAIT_SECONDS, wait_seconds
from services.registry.http import filters, moments
from services.registry.http.documents import received
from services.registry.http.paging import Paging, cursor
from services.registry.http.parameters import Parameters
from services.registry.mail.addresses import NotAnAddress, address
from services.registry.network.invitations import read_code
from services.registry.pages.entrance.attempts import network_of
from shared.accounts import ApiKey, Session, seal, unseal
from shared.doors import is_own_path
from shared.notices.canonical import canonical
from shared.notices.door import decode_events
from shared.notices.envelope import Notice
from shared.notices.feed import Filter
from shared.notices.findings import FieldError, InvalidEvents, InvalidFilter
from shared.problems import InvalidParameter, UnsupportedMediaType, language_of
from shared.tracing import carried_trace, followed_trace, trace_of
from tests.fault.fuzz.examples import MANY, mutated
from tests.support.events import NOW, body, event, payloads
from tests.support.house import session_of, settings_of

BINARY = {f"ce-{name}": str(value) for name, value in event().items() if name != "data"}
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
SETTINGS = settings_of("")
texts = st.text(max_size=40) | st.text("0123456789abcdef-=;,.:|%\"'/\\ \0", max_size=80)
"""Any text, lone surrogates among them: a header's bytes that are no UTF-8 come as those."""


def near(*wholes: str) -> st.SearchStrategy[str]:
    """Any text, or one of *wholes* with something wrong."""
    return texts | mutated(st.sampled_from([whole.encode() for whole in wholes])).map(
        lambda raw: raw.decode(errors="surrogateescape")
    )


def readable(text: str) -> str:
    """What a form brings of *text*: what is no UTF-8 came as U+FFFD."""
    return text.encode(errors="replace").decode()


def examples(type_: str, data: Any) -> bytes:
    """A whole event."""
    return body(event(type=type_, data=data))


events = mutated(payloads().map(lambda sample: examples(*sample)) | st.just(body(event())))


# ------------------------------------------------------------------------------------------ the envelope
@MANY
@given(
    st.one_of(
        st.tuples(st.sampled_from(["application/cloudevents+json", "application/json"]), events),
        st.tuples(
            st.just("application/cloudevents-batch+json"),
            mutated(st.lists(events, max_size=4).map(lambda parts: b"[" + b",".join(parts) + b"]")),
        ),
        st.tuples(near("application/json; charset=utf-8", "application/cloudevents+json"), events),
    ),
    st.dictionaries(near(*BINARY), near(*BINARY.values()), max_size=4),
    st.booleans(),
)
def test_an_envelope_of_any_mode(sent: tuple[str, bytes], more: dict[str, str], is_binary: bool) -> None:  # noqa: FBT001
    """Notices that can be kept and told in one way only, or the list of all that is wrong."""
    content_type, raw = sent
    headers = {**BINARY, **more} if is_binary else more
    found: list[FieldError] = []
    notices: list[Notice] = []
    status = 200
    try:
        notices = decode_events(raw, headers, content_type, NOW)
    except InvalidEvents as invalid:
        found, status = invalid.errors, invalid.status
    assert status in {200, 400, 415, 422}
    assert bool(notices) != bool(found)
    assert msgspec.json.encode([error.shown("en") for error in found])
    for notice in notices:
        assert notice.content() == notice.content()
        assert canonical(notice.data)
        assert b"\0" not in notice.content()


# --------------------------------------------------------------------------------- what an address asks
VALUES = near("3106200", "PT", "SAUDE", "17", "2026-01-31", "federal:consulted:COFIEX", "in_force", "true",
              "Porto|PT", "AG-7FJRXBPMCRCB7", "2026-11-21T15:00:00-03:00", cursor("notices", 7))  # fmt: skip
queries = st.lists(st.tuples(st.sampled_from(sorted(
    {*filters.NAMES, *moments.NAMES, "cursor", "limit", "format", "last_event_id", "backfill", "type"}
)) | texts, VALUES), max_size=4).map(MultiDict[str])  # fmt: skip


def asked(query: MultiDict[str]) -> list[Callable[[], Any]]:
    """All that a list makes of its address."""
    only = MultiDictProxy(query)
    known = filters.NAMES | moments.NAMES | {"cursor", "limit", "format"}
    return [
        lambda: filters.wanted_of(Parameters(only, known), kind=None),
        lambda: Parameters(only, {*only}).text("q"),
        lambda: moments.asked(Parameters(only, {*only}), NOW),
        lambda: Paging.of(only).position("agreements"),
        lambda: Paging.of(only).member("members"),
        lambda: Filter.parse(only, other=("last_event_id",)),
    ]


@MANY
@given(queries)
def test_filters_days_instants_and_cursors(query: MultiDict[str]) -> None:
    """What they mean, or which parameter means nothing."""
    for parse in asked(query):
        with suppress(InvalidParameter, InvalidFilter):
            parse()


@MANY
@given(st.integers(0, 2**63 - 1), st.sampled_from(["agreements", "reviews"]))
def test_a_cursor_is_read_as_it_was_given(position: int, kind: str) -> None:
    """And by the list that gave it alone."""
    paging = Paging.of(MultiDictProxy(MultiDict({"cursor": cursor(kind, position)})))
    assert paging.position(kind) == position


@MANY
@given(near("/conta", "//evil.test", "/\\evil.test", "/acordos?q=a"))
def test_where_a_form_leads_back(path: str) -> None:
    """Never to another site, however browsers read it."""
    if is_own_path(path):
        assert re.match(r"/(?![/\\])", path.replace("\t", "").replace("\n", "").replace("\r", ""))


# ----------------------------------------------------------------------------------------------- headers
@MANY
@given(st.lists(near("wait=30", "respond-async, wait=5; x=1", 'wait="7"'), max_size=3))
def test_prefer(lines: list[str]) -> None:
    """Seconds within the limit, or nothing."""
    seconds = wait_seconds(lines)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT_SECONDS


@MANY
@given(st.lists(near(TRACE), max_size=3))
def test_traceparent(lines: list[str]) -> None:
    """The sender's id if it is one; always one that can be followed."""
    assert re.fullmatch("(?!0{32})[0-9a-f]{32}", trace_of(lines))
    for line in lines:
        followed = followed_trace(line)
        assert followed is None or followed == carried_trace(line)


@MANY
@given(st.lists(near("en-GB, pt;q=0.5", "pt-BR", "en;q=nan", "en;q=inf"), max_size=2))
def test_accept_language(lines: list[str]) -> None:
    """One of the two that we speak."""
    headers = CIMultiDict([("Accept-Language", readable(line)) for line in lines])
    assert language_of(make_mocked_request("GET", "/", headers=headers)) in {"pt", "en"}


@MANY
@given(near("10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1%eth0", "unknown"))
def test_x_forwarded_for(named: str) -> None:
    """Something that can be counted; and its own network's, said again."""
    found = network_of(named)
    assert network_of(found.partition("/")[0]).partition("/")[0] == found.partition("/")[0]


KEY = str(ApiKey.issue("test"))


@MANY
@given(near(KEY))
def test_api_keys(shown: str) -> None:
    """A key, whole and as it was given, or none."""
    key = ApiKey.parse(shown)
    assert key is None or str(key) == shown


SEALED = seal(SETTINGS, session_of("p"))


@MANY
@given(near(SEALED))
def test_session_cookies(sealed: str) -> None:
    """Ours, to the bit, or nobody's."""
    session = unseal(SETTINGS, sealed, Session, timedelta(hours=12))
    assert session is None or session.person == "p"


# ------------------------------------------------------------------------------------- what people type
@MANY
@given(near("CV-7FJR XBPM CRCB7", "cv 0123456789abc"))
def test_codes_of_letters(typed: str) -> None:
    """A code in its one form, or none."""
    code = read_code(typed)
    assert code is None or re.fullmatch("CV-[0-9A-Z]{13}", code)


@MANY
@given(near("nome@prefeitura.mg.gov.br", "a@" + "b." * 130 + "br", "a@\u00e7.br\r\nBcc: x@y.br"))
def test_addresses_of_mail(typed: str) -> None:
    """One line of ASCII, or none."""
    with suppress(NotAnAddress):
        assert re.fullmatch(r"[!-~]+@[!-~]+", address(typed))


@MANY
@given(near("30/05/2025", "30052025", "2025-05", "31/02/2025"))
def test_days_as_they_are_typed(typed: str) -> None:
    """A day of the contract, or what was typed in one line."""
    assert "\n" not in day_told(typed)


_FIELDS = near("signed_on", "document.kind", "partners.0.name", "partners.\u0661.name", "changes.themes")
_pairs = st.lists(st.tuples(_FIELDS.map(readable), near("30/05/2025", "1").map(readable)), max_size=8)


@MANY
@given(st.sampled_from(sorted(STEPS)), _pairs)
def test_forms(name: str, pairs: list[tuple[str, str]]) -> None:
    """Data for the door to judge; each fault of it stands at a field."""
    reading = Reading(Typed(pairs), STEPS[name].questions)
    told = event(type=f"br.malha.agreement.{name}.v1", data=reading.data)
    faults: list[FieldError] = []
    try:
        decode_events(msgspec.json.encode(told), {}, "application/json", NOW)
    except InvalidEvents as invalid:
        faults = invalid.errors
    assert all(isinstance(reading.field_of(fault), str) for fault in faults)


_SIGNS = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
_pieces = st.sampled_from([*_SIGNS.values(), b"\x89PNG\r\n", b"\x1a\n", b"PK"]) | st.binary(max_size=9)


@MANY
@given(st.lists(_pieces))
def test_documents_are_told_by_their_first_bytes(chunks: list[bytes]) -> None:
    """However they are cut into pieces on the way."""
    whole = b"".join(chunks)
    with asyncio.Runner() as runner:
        try:
            _, media_type, size = runner.run(received(_coming(chunks), BytesIO()))
        except UnsupportedMediaType:
            assert not whole.startswith(tuple(_SIGNS.values()))
            return
    assert size == len(whole)
    assert whole.startswith(_SIGNS[media_type])


async def _coming(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
