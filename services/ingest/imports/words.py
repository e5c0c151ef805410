"""Texts as people type them, made comparable. Pure."""

import re
import unicodedata
from functools import lru_cache

import ftfy

from shared.formulas import bare

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARKED_AS_TEXT = re.compile(r"^'(?=[0-9])")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" *\n[ \n]*")
_MARKS = re.compile("[\u0300-\u036f]+")
_OTHER = re.compile(r"[^0-9a-z]+")
_SUSPECT = re.compile("[ÃÂâÐÑ�][\x80-\xbf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ¡-¿]")
_ORDINALS = str.maketrans({"º": "o", "ª": "a", "°": "o", "№": "n"})


def tidy(text: str) -> str:
    """*text* in NFC without what nobody can see, spaces made one; broken encoding (``SÃ£o``) mended.

    An apostrophe that made a cell safe for spreadsheets is taken off again.
    """
    if "'" in text:
        text = _MARKED_AS_TEXT.sub("", bare(text))
    if text.isascii() and text.isprintable():
        return text.strip() if "  " not in text else _SPACES.sub(" ", text).strip()
    if _SUSPECT.search(text):
        text = ftfy.fix_encoding(text)
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _INVISIBLE.sub("", text).encode("utf-8", "ignore").decode()
    return _LINES.sub("\n", _SPACES.sub(" ", _CONTROL.sub(" ", text))).strip()


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """*text* in small letters and digits, without accents, everything else one space: for comparing."""
    if not text.isascii():
        spread = unicodedata.normalize("NFKD", text.translate(_ORDINALS).casefold())
        text = _MARKS.sub("", spread)
    return _OTHER.sub(" ", text.lower()).strip()


def holds(text: str, words: str) -> bool:
    """Whether the whole *words* stand somewhere in *text*, both plain."""
    return f" {words} " in f" {text} "


def cut(text: str, most: int) -> str:
    """*text*, or as many whole words of it as fit into *most* characters, with an ellipsis."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    shorter = kept.rpartition(" ")[0]
    return (shorter if len(shorter) > most // 2 else kept).rstrip(" ,;:.-") + "…"
