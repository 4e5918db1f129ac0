"""Names as people say them: campaigns, segments, lists, vendors, agents, things that get a name now.

Nothing here knows the live catalogue: a name is taken as said, and resolved afterwards. In order: what is
in quotes; what stands beside its noun (“the Spring Launch campaign”); what is written in capitals; what
follows a preposition or the verb.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.offline.lexicon import lexicon, pattern
from bot.assistant.offline.reading import Reading, Span

LONGEST = 7  # words in a name
CLOSE = 2  # characters: a space and a quote

_TOKEN = re.compile(r"[\w&+#'’./%-]+|[,;:!?()–—\"“”]")
_PUNCTUATION = frozenset(',;:!?()–—"“”')
_OPENING = frozenset(
    ("from", "to", "into", "for", "of", "on", "in", "about", "with", "the", "did", "is", "as")
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or mark of the text, where it stands, and whether it belongs to a value already understood."""

    text: str
    start: int
    end: int
    taken: bool

    @property
    def lower(self) -> str:
        """In lower case."""
        return self.text.lower().replace("’", "'")

    @property
    def capital(self) -> bool:
        """Written like a name."""
        return self.text[0].isupper() or (
            self.text[0].isdigit() and any(each.isupper() for each in self.text)
        )


class Names:
    """Finds names in one reading. `plain` are words too common here to be a name by themselves."""

    def __init__(self, reading: Reading, plain: frozenset[str], used: tuple[Span, ...] = ()) -> None:
        self._reading = reading
        self._plain = plain
        self._used = used
        hard = [
            each
            for each in (*reading.spans, *used)
            if each.kind not in {"period", "number", "quoted", "handle", "name"}
        ]
        self.words = [
            Word(each.group(), each.start(), each.end(), _inside(each.start(), hard))
            for each in _TOKEN.finditer(reading.text)
        ]

    def quoted(self, kind: str) -> Span | None:
        """A name in quotes."""
        return self._first_of(kind, (self._quoted,))

    def beside_noun(self, kind: str) -> Span | None:
        """A name that its own noun stands beside: surely of this kind."""
        return self._first_of(kind, (self._vendor, self._beside, self._after_noun))

    def anywhere(self, kind: str) -> Span | None:
        """The likeliest name of this kind among what is left."""
        return self._first_of(kind, (self._quoted, self._capitals, self._after_preposition, self._strange))

    def _first_of(self, kind: str, ways: tuple[Callable[[str], Span | None], ...]) -> Span | None:
        for way in ways:
            span = way(kind)
            if span is not None and span.value and not _inside(span.start, self._used):
                return span
        return None

    def given(self) -> Span | None:
        """A name somebody gives: “called Hot Leads”, “as Q1 Visitors”."""
        for shape in (_naming(), re.compile(r"\b(?:as|into|to)(?=\s+[A-Z\"“])")):
            for match in shape.finditer(self._reading.text):
                quoted = next(
                    (each for each in self._reading.of("quoted") if 0 <= each.start - match.end() <= CLOSE),
                    None,
                )
                if quoted is not None:
                    return quoted
                run = self._forward([each for each in self.words if each.start >= match.end()], naming=True)
                if run:
                    return self._span("name", run)
        return None

    def _quoted(self, kind: str) -> Span | None:
        free = (each for each in self._reading.of("quoted") if not _inside(each.start, self._used))
        span = next(free, None)
        return span and Span(kind, span.start, span.end, span.value.strip())

    def _beside(self, kind: str) -> Span | None:
        """The words before the noun of this kind; some nouns belong to the name."""
        dropped, kept = _heads(kind)
        for nouns in (dropped, kept):
            for at, word in enumerate(self.words):
                if word.lower not in nouns or word.taken or self._in_period(word):
                    continue
                run = self._backward(at)
                while run and run[0].lower in dropped:  # “campaign Autumn Newsletter”
                    run = run[1:]
                if nouns is kept and (run or self._after_determiner(at)):
                    run = self._with_noun(run, at)
                if any(each.lower not in dropped for each in run):
                    return self._span(kind, run)
        return None

    def _with_noun(self, run: list[Word], at: int) -> list[Word]:
        """A noun that belongs to the name, and capitals after it; not “email” after a name in capitals."""
        word = self.words[at]
        if not word.capital and len(run) > 1 and all(each.capital for each in run):
            return run
        following = itertools.takewhile(lambda each: each.capital and not each.taken, self.words[at + 1 :])
        return [*run, word, *(following if word.capital else ())]

    def _after_determiner(self, at: int) -> bool:
        return at > 0 and self.words[at - 1].lower in lexicon().words("determiners")

    def _in_period(self, word: Word) -> bool:
        """“Last week” is no campaign, whatever campaigns are called."""
        return _inside(word.start, self._reading.of("period"))

    def _vendor(self, kind: str) -> Span | None:
        """The vendors we know are vendors wherever they stand."""
        if kind != "vendor":
            return None
        known = {alias for each in lexicon().table("systems").values() for alias in each.split("|")}
        return next((self._span(kind, [each]) for each in self.words if each.lower in known), None)

    def _strange(self, kind: str) -> Span | None:
        """Words that no example and no lexicon knows."""
        run: list[Word] = []
        for word in self.words:
            strange = (
                not word.taken and word.text.isalpha() and word.lower not in self._plain | lexicon().stop
            )
            if strange:
                run.append(word)
            elif run:
                break
        return self._span(kind, run) if run else None

    def _after_noun(self, kind: str) -> Span | None:
        """“segment Hot Leads”, “campaign called X”."""
        dropped, _ = _heads(kind)
        for at, word in enumerate(self.words):
            if word.lower in dropped:
                following = self.words[at + 1 :]
                while following and following[0].lower in {"called", "named", ":", "for", "of"} | dropped:
                    following = following[1:]
                run = self._forward(following)
                if run and any(each.capital or each.lower not in self._plain for each in run):
                    return self._span(kind, run)
        return None

    def _capitals(self, kind: str) -> Span | None:
        runs = [run for run in self._capital_runs() if self._nameable(run, kind)]
        best = max(runs, key=len, default=None)
        return self._span(kind, best) if best else None

    def _after_preposition(self, kind: str) -> Span | None:
        for at, word in enumerate(self.words):
            if word.lower in _OPENING and at + 1 < len(self.words):
                run = self._trimmed(self._forward(self.words[at + 1 :]))
                if run and all(each.lower not in _edges() for each in run):
                    return self._span(kind, run)
        return None

    def _capital_runs(self) -> Iterator[list[Word]]:
        run: list[Word] = []
        for at, word in enumerate([*self.words, Word(",", -1, -1, taken=True)]):
            first = at == 0 or self.words[at - 1].text in ".?!"
            if (
                word.capital
                and not word.taken
                and not (first and word.lower in self._plain | lexicon().known)
            ) or (
                run
                and word.text in {"&", "-", "–", "of", "and"}
                and at + 1 < len(self.words)
                and self.words[at + 1].capital
            ):
                run.append(word)
            elif run:
                yield run
                run = []

    def _nameable(self, run: list[Word], kind: str) -> bool:
        text = " ".join(each.text for each in run).lower()
        systems = {alias for each in lexicon().table("systems").values() for alias in each.split("|")}
        if text in systems:
            return kind == "vendor"
        return text not in {"i", "i'm", "i'd", "csv", "asap", "ok", "api", "utc", "a", "pls", "url", "id"}

    def _backward(self, at: int) -> list[Word]:
        """Words before place `at`, back to an edge; generic ones in front go."""
        run: list[Word] = []
        for word in reversed(self.words[max(0, at - LONGEST) : at]):
            if word.taken or word.text in _PUNCTUATION or word.lower in _edges():
                break
            run.insert(0, word)
        return self._described(run) if run and self._after_article(at - len(run)) else self._ordered_off(run)

    @staticmethod
    def _ordered_off(run: list[Word]) -> list[Word]:
        """Without the order in front: “refresh hot prospects (segment)”."""
        front = lexicon().stop | lexicon().verbs | lexicon().words("looking")
        capitals = [at for at, each in enumerate(run) if each.capital and each.lower not in lexicon().known]
        if capitals and all(each.lower in lexicon().known for each in run[: capitals[0]]):
            run = run[capitals[0] :]  # “clicked Spring Promo”
        while len(run) > 1 and run[0].text.isupper() and run[0].lower in lexicon().known:
            run = run[1:]  # “CTR october digest”
        state = frozenset(lexicon().table("edges")["adjectives"].split())
        first = True
        while run and not run[0].capital and run[0].lower in (front if first else state | lexicon().stop):
            run, first = run[1:], False
        return run

    def _after_article(self, at: int) -> bool:
        """Whether an article or a preposition stands before place `at`: what follows is a name."""
        return at > 0 and self.words[at - 1].lower in _OPENING | lexicon().words("determiners")

    def _described(self, run: list[Word]) -> list[Word]:
        """Without adjectives of state in front: “unused Zoom seats” are seats of Zoom."""
        state = frozenset(lexicon().table("edges")["adjectives"].split()) | lexicon().stop
        while run and run[0].lower in state:
            run = run[1:]
        return run

    def _forward(self, following: list[Word], *, naming: bool = False) -> list[Word]:
        """Words up to an edge. Names being given may hold any word but an edge."""
        run: list[Word] = []
        for word in following[: LONGEST + 2]:
            if not run and word.lower in {"the", "our", "my", "a", "an", "your", "this"}:
                continue
            if word.taken or word.text in _PUNCTUATION or (word.lower in _edges() and not word.capital):
                break
            run.append(word)
        return run if naming else run[:LONGEST]

    def _trimmed(self, run: list[Word]) -> list[Word]:
        """Without generic words in front and behind, unless nothing else is there."""
        generic = self._plain | lexicon().stop | lexicon().verbs
        inner = list(run)
        while inner and not inner[0].capital and inner[0].lower in generic:
            inner = inner[1:]
        while inner and not inner[-1].capital and inner[-1].lower in generic:
            inner = inner[:-1]
        return inner

    def _span(self, kind: str, run: list[Word]) -> Span:
        start, end = run[0].start, run[-1].end
        said = self._reading.text[start:end].strip(" .'’-")
        return Span(kind, start, end, re.sub(r"['’]s$", "", said))


def _inside(start: int, spans: tuple[Span, ...] | list[Span]) -> bool:
    return any(each.start <= start < each.end for each in spans)


@lru_cache(maxsize=32)
def _heads(kind: str) -> tuple[frozenset[str], frozenset[str]]:
    dropped, _, kept = lexicon().table("heads").get(kind, "").partition("!")
    return frozenset(dropped.split()), frozenset(kept.split())


@lru_cache(maxsize=1)
def _edges() -> frozenset[str]:
    return frozenset(lexicon().table("edges")["words"].split())


@lru_cache(maxsize=1)
def _naming() -> re.Pattern[str]:
    return pattern(lexicon().table("naming")["words"].split("|"))
