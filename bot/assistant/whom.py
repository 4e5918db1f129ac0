"""Whom a request is about, where its tool is about everybody: narrower words are never dropped in silence.

A purge or a sync takes everybody whom its rule finds. “Purge the bounces at acme.com” would make its plan
larger than what was said, so a change is a question then, and an answer says that it is about everybody.
Both planners' calls pass here.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

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
ACRONYM = 3  # letters of a region that counts only when written large: “in us” is no country
STRANGE = 4  # letters from which a word that nobody knows is taken for a name
_BEFORE = r"(?:at|in|from|of|for|named|called|about|with)"
_LEAD = re.compile(rf"\b{_BEFORE}\s+(?:(?:the|our|all|only)\s+)*$", re.IGNORECASE)
_WORD = re.compile(r"\b(?:at|in|from|named|called)\s+(?P<word>[^\W\d_][\w&-]+)\b(?![.@]\w)")


def unheard(tool: Tool, args: Mapping[str, object], said: Reading) -> tuple[Span, ...]:
    """The words that name some people only, and that no argument of a call about everybody holds."""
    if not _about_everybody(tool, args):
        return ()
    held = _plain(str(dict(args)))
    found = {span.start: span for span in (*_values(said), *_regions(said), *_strangers(tool, said))}
    return tuple(found[at] for at in sorted(found) if _plain(found[at].value) not in held)


def question(tool: Tool, args: Mapping[str, object], said: str, spans: tuple[Span, ...]) -> Reply:
    """What to ask before a change of everybody's records; the button asks for just that."""
    label = tool.name.replace("_", " ")
    text = (
        f"I can't {label} for {listing(spans)} alone: it takes everybody whom its rule finds. "
        "Shall I plan it for everybody?"
    )
    choice = Choice(label="Yes, plan it for everybody", text=f"[{label}] {for_everybody(said, spans)}")
    shown = understood(tool, args)
    return Reply(outcome="asked", text=text, understood=shown, tool=tool.name, args=args, choices=(choice,))


def note(spans: tuple[Span, ...]) -> str:
    """What to say above an answer."""
    return f"This is about everybody: I can't narrow it to {listing(spans)}."


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


def _about_everybody(tool: Tool, args: Mapping[str, object]) -> bool:
    some = [name for name, kind in tool.kinds.items() if kind in SOME]
    return not any(args.get(name) for name in some) and (not some or "emails" in tool.kinds.values())


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
