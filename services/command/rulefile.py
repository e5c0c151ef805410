"""Rules in files: JSON as `malha rules list --json` writes it, or CSV as `--csv` does."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.command.failure import Failure

if TYPE_CHECKING:
    from services.registry.folding.rules import Rule

COLUMNS: Final = (
    "gate", "instrument", "from_day", "to_day", "requires", "before_signature", "satisfied_by", "bodies",
    "signing_days", "proposal_days", "overdue_days", "basis_pt", "basis_en",
)  # fmt: skip
_LISTS: Final = frozenset({"satisfied_by", "bodies"})
_BETWEEN: Final = re.compile(r"[\s,;>|]+")
_TRUTH: Final = {"true": True, "sim": True, "yes": True, "1": True}
_UNTRUTH: Final = {"false": False, "não": False, "nao": False, "no": False, "0": False}
_MOST_BYTES: Final = 1_000_000


def read_rules(path: Path) -> "list[Rule]":
    """The rules in the file at *path*; Failure names the place of what cannot be read."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Failure(f"{path} é grande demais para regras.", f"{path} is too large for rules.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Failure(f"Não li {path}: {error.strerror}.", f"Cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Failure(f"{path} não está em UTF-8.", f"{path} is not in UTF-8.") from None
    if text.lstrip().startswith(("[", "{")):
        return _from_json(text)
    return [rule_of(_fields(row, f"linha · line {n}"), f"linha · line {n}") for n, row in _rows(text)]


def rule_of(fields: Mapping[str, Any], place: str) -> "Rule":
    """The rule that *fields* say; Failure, with the *place*, if they say none."""
    import msgspec  # noqa: PLC0415 (only what uses the rules pays for it)

    from services.registry.folding.rules import Rule  # noqa: PLC0415 (as above)

    try:
        return msgspec.convert(fields, Rule, strict=False)
    except msgspec.ValidationError as error:
        raise Failure(f"{place}: a regra não se lê: {error}.", f"{place}: not a rule: {error}.") from None


def split(text: str) -> list[str]:
    """Codes between blanks, commas, bars or arrows."""
    return [code for code in _BETWEEN.split(text.strip()) if code]


def written(rules: "Iterable[Rule]") -> str:
    """The *rules* as CSV."""
    import msgspec  # noqa: PLC0415 (as above)

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for rule in rules:
        fields = msgspec.to_builtins(rule)
        basis = fields.pop("basis", {})
        fields |= {name: " ".join(fields.get(name, ())) for name in _LISTS}
        fields |= {f"basis_{language}": basis.get(language, "") for language in ("pt", "en")}
        fields["before_signature"] = "true" if rule.before_signature else "false"
        writer.writerow([fields.get(column, "") for column in COLUMNS])
    return out.getvalue()


def _from_json(text: str) -> "list[Rule]":
    import msgspec  # noqa: PLC0415 (as above)

    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Failure(f"O arquivo não é JSON: {error}.", f"The file is not JSON: {error}.") from None
    items = told.get("items") if isinstance(told, dict) else told
    if not isinstance(items, list):
        raise Failure("O arquivo não traz uma lista de regras.", "The file holds no list of rules.")
    return [rule_of(item, f"regra · rule {n}") for n, item in enumerate(items, 1)]


def _rows(text: str) -> Iterable[tuple[int, dict[str, str]]]:
    header = text.partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(text), delimiter=";" if header.count(";") > header.count(",") else ","
    )
    names = [name.strip() for name in reader.fieldnames or ()]
    if unknown := [name for name in names if name not in COLUMNS]:
        raise Failure(
            f"Coluna desconhecida: {', '.join(unknown)}. Há: {', '.join(COLUMNS)}.",
            f"Unknown column: {', '.join(unknown)}. There are: {', '.join(COLUMNS)}.",
        )
    reader.fieldnames = names
    for row in reader:
        if None in row:
            raise Failure(
                f"linha {reader.line_num}: há células a mais.", f"line {reader.line_num}: too many cells."
            )
        if any(cell and cell.strip() for cell in row.values()):
            yield reader.line_num, {name: (cell or "").strip() for name, cell in row.items()}


def _fields(row: Mapping[str, str], place: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, cell in row.items():
        if not cell:
            continue
        if name in _LISTS:
            fields[name] = split(cell)
        elif name == "before_signature":
            told = {**_TRUTH, **_UNTRUTH}.get(cell.lower())
            if told is None:
                raise Failure(f"{place}: {name} é sim ou não.", f"{place}: {name} is yes or no.")
            fields[name] = told
        elif name.startswith("basis_"):
            fields.setdefault("basis", {"pt": "", "en": ""})[name.removeprefix("basis_")] = cell
        else:
            fields[name] = cell
    return fields
