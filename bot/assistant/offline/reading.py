"""A request read once: the spans that are names and values, and the words with those masked."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from bot.assistant.offline import columns, dates, sparing
from bot.assistant.offline.lexicon import lexicon, pattern

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9\u00a1-\uffff-]+(?:\.[A-Za-z0-9\u00a1-\uffff-]+)+")
_FILE = re.compile(r"(?<![\w@])[\w.()-]+\.(?:csv|xlsx?|tsv|txt)\b", re.IGNORECASE)
_QUOTED = re.compile(
    r"[\"“”„]([^\"“”„\n]{1,200})[\"“”]|(?<!\w)['‘]([^'‘’\n]{2,200})['’](?!\w)|`([^`\n]{1,200})`"
)
_PLAN = re.compile(r"\b[PR]-?\d{1,9}\b|\b(?:plan|run)\s+#?(\d{1,9})\b", re.IGNORECASE)
_REFERENCE = re.compile(r"\b[A-Z][A-Z0-9]{0,9}-\d+\b|#\d+\b")
_DOMAIN = re.compile(
    r"(?<![\w@.])@?(?:[a-z0-9-]+\.)+(?:com|net|org|io|de|fr|co|uk|eu|ai|edu|gov|info|biz|dev|app|nl|es|it|se|ch|at|be|us|ca)\b",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@])[@#][\w.-]+")
_CAPITALS = re.compile(r"(?<![\w@])[A-Z][\w'’&+-]*(?: (?:[A-Z][\w'’&+-]*|&|\d{1,4}(?![\w%])))*")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,.]*%?(?![\w-])")


@dataclass(frozen=True, slots=True)
class Span:
    """A value found in the text: where it is and what it says.

    Kinds: column email file quoted plan reference domain period handle name number. The value of a column is
    what it is said to be, as `title=meaning`, a line each.
    """

    kind: str
    start: int
    end: int
    value: str


class Reading:
    """The text of a request with its spans. See `Span.kind`."""

    def __init__(self, text: str, today: date) -> None:
        self.text = text
        self.today = today

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """All values found, earliest first, none overlapping; more specific kinds win."""
        taken: list[Span] = []
        for find in FINDERS:
            for span in find(self):
                if all(span.end <= each.start or span.start >= each.end for each in taken):
                    taken.append(span)
        return tuple(sorted(taken, key=lambda each: each.start))

    def of(self, *kinds: str) -> list[Span]:
        """The spans of these kinds, in order."""
        return [each for each in self.spans if each.kind in kinds]

    @cached_property
    def masked(self) -> str:
        """The text in lower case with every span replaced by its kind and what it says by itself."""
        return self._masked(_words_of)

    @cached_property
    def bare(self) -> str:
        """The same without a word of names: “webinar” in “Winter Webinar” is no topic of the request."""
        return self._masked(lambda span: "" if span.kind in {"name", "quoted"} else _words_of(span))

    def _masked(self, said: Callable[[Span], str]) -> str:
        parts: list[str] = []
        at = 0
        for span in self.spans:
            parts += [self.text[at : span.start], f" x{span.kind} ", said(span)]
            at = span.end
        joined = "".join([*parts, self.text[at:]])
        return _rejoined(re.sub(r"\s+", " ", _apostrophes(joined)).strip().lower())

    def without(self, names: tuple[Span, ...]) -> "Reading":
        """The same request with these names blanked: “launch” in “Spring Launch” is no word of it."""
        text = self.text
        for each in names:
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
        return Reading(text, self.today)

    @cached_property
    def kept(self) -> "Reading":
        """The same request without what it leaves out: “but not bob@globex.com” names nobody to act on."""
        text = sparing.kept(self.text)
        return self if text == self.text else Reading(text, self.today)

    @cached_property
    def spared(self) -> tuple[Span, ...]:
        """What it leaves out, each with its cue: kind `spared`, the value without the cue."""
        return tuple(Span("spared", start, end, what) for start, end, what in sparing.spared(self.text))

    @cached_property
    def systems(self) -> tuple[str, ...]:
        """The vendors named, in order of mention."""
        found = (
            (each.start(), name) for name, shape in _system_patterns() for each in shape.finditer(self.text)
        )
        return tuple(dict.fromkeys(name for _, name in sorted(found)))


def _rejoined(masked: str) -> str:
    """Verbs of two parts put together again: “switch the campaign on” → “switch on the campaign”."""
    return _separated().sub(_together, masked)


def _together(match: re.Match[str]) -> str:
    whole = f"{match['verb']} {match['particle']}"
    return f"{whole}{match['between']}" if whole in lexicon().verbs else match.group()


def _words_of(span: Span) -> str:
    """What a value says by itself: “unsubs.csv” holds opt-outs, “Winter Webinar” is a campaign."""
    if span.kind in {"name", "quoted"}:
        last = span.value.lower().rpartition(" ")[2]
        return next((f" {kind} " for kind, nouns in _name_nouns() if last in nouns), "")
    if span.kind == "period":
        return f" {span.value} " if span.value in {"today", "yesterday"} else ""
    if span.kind != "file":
        return ""
    return " ".join(re.findall(r"[A-Za-z]{3,}", span.value.rpartition(".")[0])) + " "


def _matches(kind: str, shape: re.Pattern[str]) -> Callable[[Reading], Iterator[Span]]:
    def find(reading: Reading) -> Iterator[Span]:
        for match in shape.finditer(reading.text):
            inner = next((each for each in match.groups() if each), None) or match.group()
            yield Span(kind, match.start(), match.end(), inner)

    return find


def _columns(reading: Reading) -> Iterator[Span]:
    for found in columns.scan(reading.text):
        yield Span("column", found.start, found.end, "\n".join(found.pairs))


def _periods(reading: Reading) -> Iterator[Span]:
    for found in dates.scan(reading.text, reading.today):
        yield Span("period", found.start, found.end, found.literal)


def _names(reading: Reading) -> Iterator[Span]:
    """Words written large that nobody would write so but in a name: “Spring Launch”, “ZoomInfo”."""
    for match in _CAPITALS.finditer(reading.text):
        start, words = match.start(), match.group().split()
        while words and _no_name(words[0], first=_opens(reading.text, start)):
            start += len(words[0]) + 1
            words = words[1:]
        if all(dates.scan(each, reading.today) or each.isdigit() for each in words):
            continue  # “Q3 2026”, “October”
        if len(words) > 1 or (words and words[0].lower() not in lexicon().known and not words[0].isupper()):
            yield Span("name", start, match.end(), reading.text[start : match.end()])


def _opens(text: str, start: int) -> bool:
    return start == 0 or text[:start].rstrip()[-1:] in {".", "!", "?", "\n", ":"}


def _no_name(word: str, *, first: bool) -> bool:
    """The large first word of a sentence, an acronym, or a vendor is no part of a name."""
    lower = word.lower().strip("'’s")
    if any(shape.fullmatch(word) for _, shape in _system_patterns()):
        return True
    return (first and lower in lexicon().known | lexicon().stop) or word in {"I", "I'm", "I'd", "I've", "I’m"}


FINDERS: tuple[Callable[[Reading], Iterator[Span]], ...] = (
    _columns,
    _matches("email", _EMAIL),
    _matches("quoted", _QUOTED),
    _matches("file", _FILE),
    _matches("plan", _PLAN),
    _matches("reference", _REFERENCE),
    _matches("domain", _DOMAIN),
    _names,
    _periods,
    _matches("handle", _HANDLE),
    _matches("number", _NUMBER),
)

PARTICLES = ("on hold", "back in", "back on", "back", "on", "off", "out", "up", "down", "in", "live", "away")


@lru_cache(maxsize=1)
def _separated() -> re.Pattern[str]:
    """A verb, up to six words, its particle, and there the phrase ends."""
    verbs = {
        verb.removesuffix(f" {each}")
        for verb in lexicon().verbs
        for each in PARTICLES
        if verb.endswith(f" {each}")
    }
    heads = "|".join(sorted((each for each in verbs if each.isalpha()), key=lambda each: (-len(each), each)))
    ends = (
        "xperiod|please|pls|now|again|until|till|for|because|since|and|asap|right|today|as|due|if|once|from"
    )
    return re.compile(
        rf"\b(?P<verb>{heads})(?P<between>(?:\s+(?!and\b|or\b)[\w'&-]+){{1,6}}?)\s+"
        rf"(?P<particle>{'|'.join(PARTICLES)})"
        rf"(?=\s*(?:$|[.,!?;:)]|(?:{ends})\b))"
    )


_compiled: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {}


def _system_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    if "systems" not in _compiled:
        table = lexicon().table("systems")
        _compiled["systems"] = tuple((name, pattern(each.split("|"))) for name, each in table.items())
    return _compiled["systems"]


@lru_cache(maxsize=1)
def _name_nouns() -> tuple[tuple[str, frozenset[str]], ...]:
    """Nouns that names of a kind end in."""
    heads = lexicon().table("heads").items()
    return tuple((kind, frozenset(each.partition("!")[2].split())) for kind, each in heads if "!" in each)


def _apostrophes(text: str) -> str:
    return text.replace("’", "'").replace("‘", "'")
