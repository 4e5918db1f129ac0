"""WordPiece, the tokenizer of BERT-like models, uncased: text to numbers of a fixed vocabulary."""

import json
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_LONGEST = 100  # letters of a word that is still looked up piece by piece
_IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))


class WordPiece:
    """The vocabulary of one model, read from its `tokenizer.json`."""

    def __init__(self, file: Path) -> None:
        """`file` holds the vocabulary under `model.vocab`."""
        self._numbers: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))["model"]["vocab"]
        self._unknown = self._numbers["[UNK]"]
        self._first, self._last = self._numbers["[CLS]"], self._numbers["[SEP]"]
        self._of_word = lru_cache(maxsize=50_000)(self._pieces)

    def numbers(self, text: str, limit: int) -> list[int]:
        """At most `limit` numbers, the opening and closing marks included."""
        found: list[int] = []
        for word in _words(text[: limit * 40]):
            found.extend(self._of_word(word))
            if len(found) >= limit - 2:
                break
        return [self._first, *found[: limit - 2], self._last]

    def _pieces(self, word: str) -> tuple[int, ...]:
        """The longest pieces of the vocabulary that make up a word, from its start."""
        if len(word) > _LONGEST:
            return (self._unknown,)
        pieces: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if mark + word[start:end] in self._numbers), None)
            if end is None:
                return (self._unknown,)
            pieces.append(self._numbers[mark + word[start:end]])
            start = end
        return tuple(pieces)


def _words(text: str) -> Iterator[str]:
    """Lower case without accents, split at spaces; punctuation and ideographs stand alone."""
    spaced = "".join(_spaced(letter) for letter in text)
    for word in spaced.split():
        letters = unicodedata.normalize("NFD", word.lower())
        yield from "".join(letter for letter in letters if unicodedata.category(letter) != "Mn").split()


@lru_cache(maxsize=20_000)
def _spaced(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter in "\t\n\r" or category == "Zs":
        return " "
    if category in {"Cc", "Cf", "Co", "Cs", "Cn"} or letter == "\ufffd":
        return ""
    point = ord(letter)
    ideograph = any(low <= point <= high for low, high in _IDEOGRAPHS)
    mark = category.startswith("P") or (point < 128 and not letter.isalnum())  # noqa: PLR2004 (ASCII symbols count as punctuation)
    return f" {letter} " if ideograph or mark else letter
