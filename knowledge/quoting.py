"""Which section of a passage, and which line of the section, bears most on a question."""

import re
from collections.abc import Iterator, Mapping

from knowledge.chunking import Part, Passage
from knowledge.words import terms

LONGEST = 320  # characters of a quoted line
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“(*`])")
_NO_QUOTE = ("```", "~~~", "Ask:")
_MARK = re.compile(r"^\s*(?:[-*+>]|\d+[.)]|#{1,6})\s+")


def best_part(passage: Passage, weights: Mapping[str, float]) -> Part:
    """The section of a passage that holds most of the question's words, its heading counting double."""
    if len(passage.parts) == 1:
        return passage.parts[0]

    def worth(part: Part) -> float:
        heading, text = set(terms(" ".join(part.trail))), set(terms(part.text))
        return sum(weight * (2 * (term in heading) + (term in text)) for term, weight in weights.items())

    return max(passage.parts, key=worth)


def quote(part: Part, weights: Mapping[str, float]) -> str:
    """The line of a section with most of the question's words; the first line when none has any."""
    best, best_worth = "", -1.0
    for line in _lines(part.text):
        found = set(terms(line))
        worth = sum(weight for term, weight in weights.items() if term in found) / (1 + len(line) / 2_000)
        if worth > best_worth:
            best, best_worth = line, worth
    return best if len(best) <= LONGEST else f"{best[:LONGEST].rsplit(' ', 1)[0]} …"


def _lines(text: str) -> Iterator[str]:
    """Sentences and list items without their list marks; code fences and table rules left out."""
    for line in text.split("\n"):
        bare = _MARK.sub("", line).strip()
        if bare.startswith("|"):
            bare = " · ".join(cell.strip() for cell in bare.strip("|").split("|") if cell.strip(" -:"))
        if bare.startswith(_NO_QUOTE) or not re.search(r"\w", bare):
            continue
        yield from (sentence.strip() for sentence in _SENTENCE.split(bare))
