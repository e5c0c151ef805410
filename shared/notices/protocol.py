"""Protocol numbers: for people to read out on the telephone, never the key of anything."""

from functools import lru_cache
from hashlib import sha256

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {symbol: value for value, symbol in enumerate(_ALPHABET)}
_BASE = len(_ALPHABET)
_SYMBOLS = 12
_BITS_PER_SYMBOL = 5
_HEARD_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})

NOTICE_PREFIX = "MG-"
AGREEMENT_PREFIX = "AG-"
INVITATION_PREFIX = "CV-"


def protocol_of(member: str, source: str, id: str) -> str:  # noqa: A002 - CloudEvents calls it id
    """The protocol of the notice (*member*, *source*, *id*): ``MG-``, 12 symbols, a check symbol."""
    return NOTICE_PREFIX + _number(f"{member}\n{source}\n{id}")


def agreement_id(member: str, subject: str) -> str:
    """The public id of the agreement (*member*, *subject*): ``AG-``, 12 symbols, a check symbol."""
    return AGREEMENT_PREFIX + _number(f"{member}\n{subject}")


def invitation_code(secret: str) -> str:
    """The code that stands for *secret* on a letter: ``CV-``, 12 symbols, a check symbol."""
    return INVITATION_PREFIX + _number(secret)


def is_well_formed(text: str, prefix: str = NOTICE_PREFIX) -> bool:
    """True if *text* is *prefix*, 12 symbols and the check symbol that belongs to them."""
    number = text.removeprefix(prefix)
    if number == text or len(number) != _SYMBOLS + 1 or not _VALUE.keys() >= set(number):
        return False
    return _check_symbol(number[:-1]) == number[-1]


def tidy(text: str) -> str:
    """*text*, typed by a person, as it was given out: capitals, zero for O, one for I and L."""
    shouted = text.strip().upper()
    prefix, dash, number = shouted.partition("-")
    return prefix + dash + number.replace("-", "").replace(" ", "").translate(_HEARD_AS)


@lru_cache(maxsize=8192)
def _number(text: str) -> str:
    digest = sha256(text.encode()).digest()
    bits = int.from_bytes(digest[:8], "big") >> (64 - _SYMBOLS * _BITS_PER_SYMBOL)
    pairs = [bits >> shift & _PAIR_MASK for shift in _PAIR_SHIFTS]
    check = -sum([_PAIR_SUMS[pair] for pair in pairs]) % _BASE
    return "".join([_PAIRS[pair] for pair in pairs]) + _ALPHABET[check]


def _check_symbol(symbols: str) -> str:
    """Luhn mod 32, factor 2 at the rightmost symbol: finds one wrong symbol, and most swapped neighbours."""
    total = 0
    factor = 2
    for symbol in reversed(symbols):
        product = factor * _VALUE[symbol]
        total += product // _BASE + product % _BASE
        factor = 3 - factor
    return _ALPHABET[-total % _BASE]


# Two symbols at a time, from tables: every notice asks for two numbers, and 6 µs each could be seen.
_PAIR_SHIFTS = range((_SYMBOLS - 2) * _BITS_PER_SYMBOL, -1, -2 * _BITS_PER_SYMBOL)
_PAIR_MASK = _BASE * _BASE - 1
_PAIRS = [left + right for left in _ALPHABET for right in _ALPHABET]
_PAIR_SUMS = [-_VALUE[_check_symbol(pair)] % _BASE for pair in _PAIRS]
