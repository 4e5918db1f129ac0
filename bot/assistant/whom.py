"""Whom a request is about, where its tool is about everybody: narrower words are never dropped in silence.

A purge or a sync takes everybody whom its rule finds. “Purge the bounces at acme.com” would make its plan
larger than what was said, so a change is a question then, and an answer says that it is about everybody.
Both planners' calls pass here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from bot.assistant import beyond
from bot.assistant.offline.kinds_of_mail import regions
from bot.assistant.offline.lexicon import lexicon
from bot.assistant.offline.mail_places import listed
from bot.assistant.offline.reading import Reading, Span
from bot.assistant.understood import understood
from bot.assistant.utterance import Choice, Reply
from tools.registry import Tool
from tools.rules.plain_text import one_line

SOME = frozenset({
    "email", "emails", "file", "segment", "list", "campaign", "definition", "run", "plan", "who", "question",
    "topic", "request_status",
})  # fmt: skip  # kinds of arguments that say whom a call is about, or that it is about nobody
ADDRESSES = frozenset({"email", "emails"})
ONE_BY_ONE = ADDRESSES | frozenset({"file", "campaign", "list", "agent", "plan", "run"})
SPARED = "spared"
ANY_DAY = date(2026, 1, 15)  # of examples: which day it is does not matter for who is named
ACRONYM = 3  # letters of a region that counts only when written large: “in us” is no country
STRANGE = 4  # letters from which a word that nobody knows is taken for a name
_BUTTON = re.compile(r"^\[[a-z ]+\]\s*", re.IGNORECASE)
_BEFORE = r"(?:at|in|from|of|for|named|called|about|with)"
_LEAD = re.compile(
    rf"\b(?:{_BEFORE}|(?:suppress|bounc|block|reject|refus|mark|defer|hit)\w*\s+by)\s+(?:(?:the|our|all|only)\s+)*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\b(?:at|in|from|named|called)\s+(?P<word>[^\W\d_][\w&-]+)\b(?![.@]\w)")


def unheard(tool: Tool, args: Mapping[str, object], said: Reading) -> tuple[Span, ...]:
    """The words that name some people only, or leave some out, and that no argument of the call holds.

    Where the people are named one by one, a period or a system beside them narrows nothing.
    """
    everybody = _about_everybody(tool, args)
    some = (*_values(said.kept), *_regions(said.kept), *_strangers(tool, said.kept)) if everybody else ()
    out = tuple(beyond.left_out(tool, args, said))
    more = tuple(_beyond(tool, args, said, everybody=everybody))
    held = _plain(str(dict(args)))
    found: dict[int, Span] = {}
    for span in (*some, *out, *more):
        words = said.text[span.start : span.end]
        if span.kind == SPARED or not (_plain(span.value) in held or _plain(words) in held):
            found.setdefault(span.start, span)
    return tuple(found[at] for at in sorted(found) if not _inside(found[at], found.values()))


def question(tool: Tool, args: Mapping[str, object], said: str, spans: tuple[Span, ...]) -> Reply:
    """What to ask before a change that takes more than was said; the button asks for just that."""
    label = tool.name.replace("_", " ")
    request = _BUTTON.sub("", said)
    shift = len(said) - len(request)
    spans = tuple(replace(each, start=each.start - shift, end=each.end - shift) for each in spans)
    if _about_everybody(tool, args):
        why, whom = "it takes everybody whom its rule finds", "for everybody"
    else:
        why, whom = "it has no place for that", "without that"
    text = f"I can't {label} {wish(spans)}: {why}. Shall I plan it {whom}?"
    choice = Choice(label=f"Yes, plan it {whom}", text=f"[{label}] {for_everybody(request, spans)}")
    shown = understood(tool, args)
    return Reply(outcome="asked", text=text, understood=shown, tool=tool.name, args=args, choices=(choice,))


def note(spans: tuple[Span, ...]) -> str:
    """What to say above an answer."""
    if all(each.kind == SPARED for each in spans):
        return f"I can't leave out {listing(spans)} here: they are in it."
    return f"This is about everybody: I can't narrow it to {listing(spans)}."


def wish(spans: tuple[Span, ...]) -> str:
    """What was said and cannot be done: for whom alone, and without whom."""
    some = tuple(each for each in spans if each.kind != SPARED)
    out = tuple(each for each in spans if each.kind == SPARED)
    parts = (f"for {listing(some)} alone" if some else "", f"without {listing(out)}" if out else "")
    return " and ".join(filter(None, parts))


def for_everybody(said: str, spans: tuple[Span, ...]) -> str:
    """The same request without the words that narrow it."""
    text = said
    for each in reversed(spans):
        before = _LEAD.sub("", text[: each.start])
        text = f"{before.rstrip(' ,')} {text[each.end :].lstrip(' ,')}".strip()
    return text


def listing(spans: tuple[Span, ...]) -> str:
    """The words themselves, in quotes."""
    names = [f"“{one_line(each.value, longest=60)}”" for each in spans[:3]]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _beyond(tool: Tool, args: Mapping[str, object], said: Reading, *, everybody: bool) -> Iterator[Span]:
    if tool.returns == "plan" and not _named(tool, args, ADDRESSES):
        yield from beyond.limited(said)
    if tool.returns == "plan":
        yield from beyond.only_there(tool, said)
    if _named(tool, args, ONE_BY_ONE):
        return
    yield from beyond.elsewhen(tool, args, said)
    if everybody:
        yield from beyond.elsewhere(tool, said)
        yield from beyond.of_a_kind(tool, said)


def _inside(one: Span, others: Iterable[Span]) -> bool:
    return any(each is not one and each.start <= one.start and one.end <= each.end for each in others)


def _named(tool: Tool, args: Mapping[str, object], kinds: frozenset[str]) -> bool:
    """Whether an argument of these kinds says whom or what is meant."""
    return any(args.get(name) for name, kind in tool.kinds.items() if kind in kinds)


@lru_cache(maxsize=128)
def _needs_names(tool: Tool) -> bool:
    """Whether people name to this tool whom they mean, as a rule: without names it takes nobody."""
    read = (Reading(each, ANY_DAY) for each in tool.examples)
    return sum(bool(each.of("email", "file")) for each in read) * 2 > len(tool.examples)


def _about_everybody(tool: Tool, args: Mapping[str, object]) -> bool:
    some = [name for name, kind in tool.kinds.items() if kind in SOME]
    if any(args.get(name) for name in some):
        return False
    return not some or ("emails" in tool.kinds.values() and not _needs_names(tool))


def _values(said: Reading) -> Iterator[Span]:
    """Addresses and domains wherever they stand; names where they stand for whose records are meant."""
    yield from said.of("email", "domain")
    for each in said.of("name", "quoted"):
        if _LEAD.search(said.text[: each.start]) and not each.value.rstrip("s'’").isupper():
            yield each


def _regions(said: Reading) -> Iterator[Span]:
    for match in _region().finditer(said.text):
        yield Span("region", match.start("region"), match.end("region"), match["region"])


def _strangers(tool: Tool, said: Reading) -> Iterator[Span]:
    """“The bounced contacts from acme”: a word that is none of ours where a company could stand."""
    for match in _WORD.finditer(said.text):
        word = match["word"].lower()
        ours = lexicon().known | listed("places") | listed("origins") | listed("ends") | _words(tool)
        inside = any(each.start <= match.start("word") < each.end for each in said.spans)
        if not inside and len(word) >= STRANGE and ours.isdisjoint({word, word.rstrip("s")}):
            yield Span("stranger", match.start("word"), match.end("word"), match["word"])


@lru_cache(maxsize=128)
def _words(tool: Tool) -> frozenset[str]:
    """How people speak to this tool."""
    return frozenset(re.findall(r"[^\W\d_]+", " ".join(tool.examples).lower()))


@lru_cache(maxsize=1)
def _region() -> re.Pattern[str]:
    names = sorted(regions(), key=lambda each: (-len(each), each))
    long = "|".join(re.escape(each) for each in names if len(each) > ACRONYM)
    short = "|".join(re.escape(each.upper()) for each in names if 1 < len(each) <= ACRONYM)
    return re.compile(rf"\b(?i:in|from)\s+(?i:the\s+)?(?P<region>(?i:{long})|{short})\b")


def _plain(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
