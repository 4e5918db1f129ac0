"""How the letters of a text file are kept: Unicode where it is, else what makes words of its bytes.

A file of single bytes does not say what it is. Of the encodings that office programs write, the one is taken
in which the fewest signs, controls and strange capitals stand inside words; of equals the commonest.
charset-normalizer was measured on such lists: a few German or French names are Central European to it.
"""

import codecs
import io
import re
import unicodedata
from collections.abc import Mapping

LOOKED_AT = 1 << 18  # bytes in which words are looked for
_CHUNK = 1 << 16
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # which say it themselves
STRAY = "stray-windows-bytes"  # what is done with bytes that are no UTF-8 in a file that mostly is
# In the order of how common they are; every byte is a letter of the second, so that one always fits.
OLD = ("cp1252", "mac_roman", "cp1250", "cp1251", "cp932")
WORDS: Mapping[str, str] = {
    "cp1252": "Windows, Western Europe",
    "mac_roman": "Macintosh, Western Europe",
    "cp1250": "Windows, Central Europe",
    "cp1251": "Windows, Cyrillic",
    "cp932": "Shift JIS, Japanese",
}
_WORD = re.compile(r"\S*[^\x00-\x7f]\S*")
_RUN = re.compile(r"[À-ÿ]{3}")  # three such letters in a row: Cyrillic read as Western
_BEFORE = "“„«¡¿‹"  # signs that stand before a word, after one, within one
_AFTER = "”»›®™©°ºª²³¹…€"
_BETWEEN = "’´·"
_SIGNS = frozenset(_BEFORE + _AFTER + _BETWEEN)  # some count as letters: ª, º
_TWO = 2


def encoding(content: bytes) -> str:
    """Unicode with or without mark, else what the bytes look like; `utf-8` where only some are."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = content[:4096]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return "utf-8-sig" if _decodes(content, "utf-8") else _likeliest(content)


def opened(content: bytes) -> io.TextIOWrapper:
    """The text of a file, to be streamed; what is no letter in its encoding is not lost."""
    codec = encoding(content)
    codecs.register_error(STRAY, _stray)
    errors = STRAY if codec == "utf-8" else "replace"
    return io.TextIOWrapper(io.BytesIO(content), encoding=codec, errors=errors, newline="")


def guessed(content: bytes) -> str:
    """In words what a file is taken for that does not say it itself; "" where nothing was guessed."""
    codec = "" if content.startswith(WORKBOOKS) else encoding(content)
    if codec == "utf-8":
        return "UTF-8 with some letters as Windows writes them"
    return WORDS.get(codec, "")


def _decodes(content: bytes, codec: str) -> bool:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=codec)
    try:
        while text.read(_CHUNK):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _stray(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


def _likeliest(content: bytes) -> str:
    """The least strange; UTF-8 among them where some letters are: two exports pasted into one file."""
    head = content[:LOOKED_AT]
    able = {codec: head.decode(codec, errors="ignore") for codec in OLD if _decodes(content, codec)}
    if any(not letter.isascii() for letter in head.decode("utf-8", errors="ignore")):
        codecs.register_error(STRAY, _stray)
        able = {"utf-8": head.decode("utf-8", errors=STRAY), **able}
    return min(able, key=lambda codec: _strangeness(able[codec]))


def _strangeness(text: str) -> int:
    """In how many places of its words a text looks as no language does."""
    return sum(_strange(word) for word in _WORD.findall(text))


def _strange(word: str) -> int:
    found = len(_RUN.findall(word))
    for at, letter in enumerate(word):
        if letter.isascii():
            continue
        before, after = word[max(at - 1, 0) : at], word[at + 1 : at + 2]
        if letter in _SIGNS:
            found += _misplaced(letter, before, after)
        elif _is_latin(letter):
            found += _capital_inside(letter, before, after)
        elif letter.isalpha():
            found += _is_latin(before) or _is_latin(after) or _half_width(letter)  # another script in a word
        elif unicodedata.category(letter).startswith("C"):
            found += _TWO
        else:
            found += _misplaced(letter, before, after)
    return found


def _capital_inside(letter: str, before: str, after: str) -> bool:
    """Whether small and capital letters take turns in a word: `MŸller`, `éRìc`."""
    if letter.isupper():
        return before.isalpha() and (before.islower() or after.islower())
    return after.isupper()


def _misplaced(sign: str, before: str, after: str) -> bool:
    """Whether a sign stands where none does: `£ódŸ`, `Sm¿rg`, `Zo‘`, `Pe–a`."""
    if sign in _BEFORE:
        return before.isalpha()
    if sign in _AFTER:
        return after.isalpha()
    return sign not in _BETWEEN and (before.isalpha() or after.isalpha())


def _is_latin(letter: str) -> bool:
    return bool(letter) and letter.isalpha() and unicodedata.name(letter, "").startswith("LATIN")


def _half_width(letter: str) -> bool:
    return "\uff61" <= letter <= "\uff9f"
