"""A model's sentences are shown only if every figure, id, name, address and date in them has a source.

Sources are this turn's tool results, the arguments of its calls and the asker's own words. References such as
`{r1.count}` are filled in by code. A sentence that fails is withheld, and counted.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.offline.lexicon import lexicon
from bot.assistant.results import Sources
from bot.assistant.text import neutral
from tools.registry import Tool

_REFERENCE = re.compile(r"\{(r\d+\.[\w.]+)\}")
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d“\"‹(*_-])|\n+")
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"https?://[^\s<>|)\]]+|\b(?:[\w-]+\.)+(?:com|net|org|io|de|co|ai|eu|uk|example|test)\b[^\s<>|)\]]*",
    re.IGNORECASE,
)
_ID = re.compile(r"\b[A-Z]{1,5}-\d+\b|\b(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?\b")
_NUMBER = re.compile(r"\d[\d,.]*")
_QUOTED = re.compile(r"[“\"„]([^”\"“\n]{2,120})[”\"“]")
_NAME = re.compile(r"\b[A-Z][\w&'’-]+")
_ISO_DATE = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "dozen": "12", "hundred": "100", "thousand": "1000",
    "million": "1000000",
}  # fmt: skip
_PLAIN_NAMES = frozenset(
    [
        "salesforce",
        "marketo",
        "hubspot",
        "sendgrid",
        "slack",
        "clearance",
        "crm",
        "map",
        "esp",
        "csv",
        "api",
        "i",
        "i'm",
        "i've",
        "utc",
        "soql",
    ]
)
TARGETS = frozenset(
    {
        "email",
        "emails",
        "campaign",
        "segment",
        "list",
        "group",
        "vendor",
        "agent",
        "plan",
        "file",
        "definition",
    }
)


@dataclass(frozen=True, slots=True)
class Grounded:
    """The text with unsupported sentences taken out, and how many those were."""

    text: str
    withheld: int


def ground(text: str, sources: Sources) -> Grounded:
    """Fill in references, then keep the sentences that have a source for everything they claim."""
    known = Known(sources.text)
    kept: list[str] = []
    withheld = 0
    for line in text.splitlines():
        sentences = [each for each in _SENTENCES.split(line) if each.strip()]
        good = [
            filled for each in sentences if (filled := _supported(each, sources.facts, known)) is not None
        ]
        withheld += len(sentences) - len(good)
        if good:
            kept.append(" ".join(good))
    return Grounded(text=neutral("\n".join(kept)).strip(), withheld=withheld)


def unsupported_targets(tool: Tool, args: Mapping[str, object], sources: Sources) -> list[str]:
    """What a change aims at and nobody named: addresses, ids and names without a source."""
    known = Known(sources.text)
    values = (
        value for name, each in args.items() if tool.kinds.get(name) in TARGETS for value in _leaves(each)
    )
    return [each for each in values if not known.words_of(each)]


class Known:
    """What the sources hold, in the forms people write it."""

    def __init__(self, text: str) -> None:
        self._text = text.casefold()
        self._numbers = {_digits(each) for each in _NUMBER.findall(text)}
        for year, month, day in _ISO_DATE.findall(text):
            self._numbers |= {year, str(int(month)), str(int(day))}
            self._text += f" {calendar.month_name[min(int(month), 12)].casefold()}"

    def holds(self, said: str) -> bool:
        """Whether it stands in the sources, as whole words."""
        return re.search(rf"(?<!\w){re.escape(said.casefold())}(?!\w)", self._text) is not None

    def number(self, said: str) -> bool:
        """Whether this number stands in the sources, however its thousands are grouped."""
        return _digits(said) in self._numbers

    def words_of(self, said: str) -> bool:
        """Whether every word of this stands in the sources."""
        return all(self.holds(each) or self.number(each) for each in re.findall(r"[\w.@+'-]+", said))


def _supported(sentence: str, facts: Mapping[str, str], known: Known) -> str | None:
    """The sentence with references filled in, or None when it claims what no source holds."""
    if any(name not in facts for name in _REFERENCE.findall(sentence)):
        return None
    rest = _REFERENCE.sub(" ", sentence)
    if not all(known.holds(each.strip(".,;")) for each in _exact(rest)):
        return None
    bare = _LINK.sub(" ", _ADDRESS.sub(" ", rest))
    if not all(known.number(each) for each in _numbers(bare)):
        return None
    if not all(_plain_name(each) or known.holds(each) for each in _names(bare)):
        return None
    return _REFERENCE.sub(lambda match: facts[match[1]], sentence)


def _exact(sentence: str) -> Iterator[str]:
    yield from _ADDRESS.findall(sentence)
    yield from _LINK.findall(_ADDRESS.sub(" ", sentence))
    yield from _ID.findall(sentence)
    yield from _QUOTED.findall(sentence)


def _numbers(sentence: str) -> Iterator[str]:
    listed = re.sub(r"^\s*\d{1,2}[.)]\s", "", sentence)  # the number of a list item claims nothing
    yield from _NUMBER.findall(_ID.sub(" ", listed))
    yield from (_WORDS[each] for each in re.findall(r"[a-z]+", listed.lower()) if each in _WORDS)


def _names(sentence: str) -> Iterator[str]:
    for match in _NAME.finditer(_ID.sub(" ", sentence)):
        yield match.group().rstrip("'’").removesuffix("'s").removesuffix("’s")


def _plain_name(said: str) -> bool:
    word = said.casefold().replace("’", "'")
    return word in _PLAIN_NAMES or word in _common()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Words of everyday and of the trade: written large at the start of a sentence they are no name."""
    return lexicon().known | lexicon().stop | frozenset(_EVERYDAY.split())


_EVERYDAY = """here nothing none neither both there during over under most many few several however also
therefore overall since because although while according currently please note next first second third last
finally total altogether would sorry unfortunately based result results contacts found shown see table below
above yes no these those it they everything nobody somebody people person could cannot"""


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (
            leaf
            for name, each in value.items()
            if name in {"value", "member", "all", "any", "not"}
            for leaf in _leaves(each)
        )
    elif isinstance(value, list):
        yield from (leaf for each in value for leaf in _leaves(each))


def _digits(said: str) -> str:
    """A number without grouping: 1,234.0 and 1234 are one."""
    plain = said.rstrip(".,").replace(",", "")
    whole, _, fraction = plain.partition(".")
    return f"{whole.lstrip('0') or '0'}.{fraction.rstrip('0')}".rstrip(".")
