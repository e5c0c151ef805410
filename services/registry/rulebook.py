"""The table of the gates' rules: read whole, changed whole, each change a version."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from services.registry.folding.rules import Rule, Rules
from services.registry.queries import Connection
from shared import data
from shared.notices.codelists import code_lists
from shared.notices.sentences import Sentence

READ_SECONDS: Final = 5.0
LONGEST_TERM_DAYS: Final = 3_650
_read_rules = msgspec.json.Decoder(list[Rule]).decode
_read_rule = msgspec.json.Decoder(Rule).decode
_write = msgspec.json.Encoder().encode

UNKNOWN_CODE: Final = Sentence(
    pt="regra {n}: {field} “{code}” não existe; há: {known}.",
    en="rule {n}: there is no {field} “{code}”; there are: {known}.",
)
BAD_PERIOD: Final = Sentence(
    pt="regra {n}: to_day deve vir depois de from_day.", en="rule {n}: to_day must come after from_day."
)
BAD_TERM: Final = Sentence(
    pt="regra {n}: {field} deve ficar entre 0 e 3650 dias.",
    en="rule {n}: {field} must be from 0 to 3650 days.",
)
OVERLAP: Final = Sentence(
    pt="regras {a} e {b}: valem ao mesmo tempo para {instrument} em {gate}.",
    en="rules {a} and {b}: both hold for {instrument} at {gate} at the same time.",
)
NEVER_SATISFIED: Final = Sentence(
    pt="regra {n}: requires é “{requires}”, mas satisfied_by está vazio.",
    en="rule {n}: requires is “{requires}”, but satisfied_by is empty.",
)


class BadRules(Exception):  # noqa: N818 - a finding for whoever wrote them
    """The rules do not fit together; each of the *faults* says where."""

    def __init__(self, faults: Sequence[Sentence]) -> None:
        super().__init__("; ".join(fault.en for fault in faults))
        self.faults = faults


class Change(NamedTuple):
    """What a change did: the new *version*, how many rules are other, how many agreements they concern."""

    version: int
    changed: int
    agreements: int


def faults(rules: Sequence[Rule]) -> list[Sentence]:
    """What is wrong with *rules*, numbered from 1."""
    found: list[Sentence] = []
    periods: dict[tuple[str, str], list[tuple[date, date, int]]] = {}
    for n, rule in enumerate(rules, 1):
        found += _faults_of(n, rule)
        periods.setdefault((rule.gate, rule.instrument), []).append(
            (rule.from_day or date.min, rule.to_day or date.max, n)
        )
    for (gate, instrument), spans in periods.items():
        spans.sort()
        for (_, end, a), (begin, _, b) in pairwise(spans):
            if begin < end:
                found.append(OVERLAP.format(a=min(a, b), b=max(a, b), instrument=instrument, gate=gate))
    return found


def _faults_of(n: int, rule: Rule) -> Iterable[Sentence]:
    named = [("instrument", rule.instrument, "instruments")]
    named += [("satisfied_by", status, f"{rule.gate}_statuses") for status in rule.satisfied_by]
    named += [("bodies", body, "federal_bodies") for body in rule.bodies]
    for field, code, code_list in named:
        known = [entry.code for entry in code_lists()[code_list]]
        if code not in known:
            yield UNKNOWN_CODE.format(n=n, field=field, code=code, known=", ".join(known))
    if (rule.from_day or date.min) >= (rule.to_day or date.max):
        yield BAD_PERIOD.format(n=n)
    for field in ("signing_days", "proposal_days", "overdue_days"):
        days = getattr(rule, field)
        if days is not None and not 0 <= days <= LONGEST_TERM_DAYS:
            yield BAD_TERM.format(n=n, field=field)
    if rule.requires in {"notice", "approval"} and not rule.satisfied_by:
        yield NEVER_SATISFIED.format(n=n, requires=rule.requires)


def first_rules() -> list[Rule]:
    """The rules that a new registry begins with."""
    return _read_rules(data.gate_rules_json())


class Stands(NamedTuple):
    """Every rule by instrument, gate and date; every agreement was judged by the version *applied*."""

    version: int
    applied: int
    rules: list[Rule]


# One statement, so that all of it is of one moment.
_LISTED = """
SELECT version, applied, ARRAY(SELECT rule::text FROM gate_rule ORDER BY instrument, gate, from_day)
FROM rules
"""


async def listed(connection: Connection) -> Stands:
    """The rules as they are now."""
    row = await connection.fetchrow(_LISTED, timeout=READ_SECONDS)
    if row is None:
        raise LookupError("the table of rules has lost its row")
    version, applied, rules = row
    return Stands(version, applied, [_read_rule(rule) for rule in rules])


async def load(connection: Connection) -> Rules:
    """The rules as they are now, to be asked."""
    stands = await listed(connection)
    return Rules(stands.rules, stands.version)


_FORGET = "DELETE FROM gate_rule"
_ADD = """
INSERT INTO gate_rule (gate, instrument, from_day, to_day, rule)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::json[])
"""
# So that two who change the rules at once do it one after the other.
_LOCK = "SELECT version FROM rules FOR UPDATE"
_SIGN = "UPDATE rules SET changed_at = now(), changed_by = $1 RETURNING version"
_CONCERNED = """
SELECT count(DISTINCT agreement) FROM facet WHERE name = 'instrument' AND value = ANY($1::text[])
"""


async def change(connection: Connection, changing: Callable[[list[Rule]], list[Rule]], *, by: str) -> Change:
    """Let the rules be what *changing* makes of them, says *by*, in a transaction. Raises BadRules."""
    async with connection.transaction():
        version: int = await connection.fetchval(_LOCK)
        before = (await listed(connection)).rules
        rules = changing(before)
        if found := faults(rules):
            raise BadRules(found)
        changed = {*before} ^ {*rules}
        if changed:
            await connection.execute(_FORGET)
            await connection.execute(_ADD, *_columns(rules))
            version = await connection.fetchval(_SIGN, by)
        instruments = sorted({rule.instrument for rule in changed})
        agreements: int = await connection.fetchval(_CONCERNED, instruments)
    return Change(version, len(changed), agreements)


def put(rules: Iterable[Rule], new: Rule) -> list[Rule]:
    """*rules* with *new*, which takes its days from those of the same gate and instrument."""
    begin, end = new.from_day or date.min, new.to_day or date.max
    kept = []
    for rule in rules:
        first, last = rule.from_day or date.min, rule.to_day or date.max
        if (rule.gate, rule.instrument) != (new.gate, new.instrument) or last <= begin or end <= first:
            kept.append(rule)
            continue
        if first < begin:
            kept.append(msgspec.structs.replace(rule, to_day=new.from_day))
        if end < last:
            kept.append(msgspec.structs.replace(rule, from_day=new.to_day))
    return [*kept, new]


async def seed(connection: Connection) -> int:
    """Put the first rules into a registry that never had any; how many."""
    async with connection.transaction():
        if await connection.fetchval(_LOCK):
            return 0
        rules = first_rules()
        await connection.execute(_ADD, *_columns(rules))
    return len(rules)


def _columns(rules: Iterable[Rule]) -> list[Sequence[object]]:
    rows = [
        (
            rule.gate,
            rule.instrument,
            rule.from_day or date.min,
            rule.to_day or date.max,
            _write(rule).decode(),
        )
        for rule in rules
    ]
    return list(zip(*rows, strict=True)) or [()] * 5
