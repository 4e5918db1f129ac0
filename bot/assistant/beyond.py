"""Words of a request that its call has no place for: what is left out, how many, since when, in which system.

Each is a span of the words, so that it can be named in a question and taken out of the request.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from bot.assistant.offline.lexicon import lexicon, pattern
from bot.assistant.offline.reading import Reading, Span
from tools.registry import Tool

_LIMIT = re.compile(
    r"\b(?:(?:only|just)\s+(?:the\s+)?(?:first|top|last)?\s*|(?:the\s+)?(?:first|top)\s+|at\s+most\s+|up\s+to\s+|"
    r"no\s+more\s+than\s+|max(?:imum|\.)?\s+(?:of\s+)?|limit(?:ed)?\s+to\s+)"
    r"(?:\d[\d,.]*|two|three|five|ten|twenty|fifty|a\s+hundred)\b"
    r"(?!\s*(?:%|percent|days?|weeks?|months?|quarters?|years?|hours?|systems?|or\b))"
    r"(?:\s+(?:rows?|people|contacts|leads|records|of\s+them|ones))?",
    re.IGNORECASE,
)
_RECORDS = r"(?:leads|contacts|accounts)"
_ALONE = re.compile(
    rf"\b(?:only|just)\s+(?:from\s+|for\s+)?(?:the\s+|our\s+)?(?P<one>{_RECORDS})\b"
    rf"|\b(?P<other>{_RECORDS})\s+(?:only|alone)\b",
    re.IGNORECASE,
)
# Kinds of arguments with room for a period or a system, whatever they are called.
_TIMED = frozenset({"period", "question", "topic", "word", "schedule"})
_PLACED = frozenset({"system", "systems", "vendor", "question", "topic", "word", "segment", "campaign"})
_OF_WORDS = frozenset({"question", "topic"})


def left_out(tool: Tool, args: Mapping[str, object], said: Reading) -> Iterator[Span]:
    """What is to be left out, where nothing of the call leaves it out."""
    kinds = {kind: args.get(name) for name, kind in tool.kinds.items()}
    if _OF_WORDS & kinds.keys() or kinds.get("group") or "'not'" in str(kinds.get("definition")):
        return
    for each in said.spared:
        inside = Reading(each.value, said.today)
        columns = any(each.start <= span.start < each.end for span in said.of("column"))
        people = {span.value for span in inside.of("email")}
        gone = kinds.get("emails") and people.isdisjoint(_strings(kinds["emails"]))
        apart = kinds.get("systems") and set(inside.systems).isdisjoint(_strings(kinds["systems"]))
        if not (columns or (people and gone) or (inside.systems and apart)):
            yield each


def limited(said: Reading) -> Iterator[Span]:
    """“The first 10 rows”, “only 5”: no change takes a number of people from words."""
    for match in _LIMIT.finditer(said.kept.text):
        yield Span("limit", match.start(), match.end(), match[0])


def elsewhen(tool: Tool, args: Mapping[str, object], said: Reading) -> Iterator[Span]:
    """A stretch of time, for a tool that has no place for one; an age is none."""
    aged = any(kind == "days" and args.get(name) for name, kind in tool.kinds.items())
    if aged or not _TIMED.isdisjoint(tool.kinds.values()):
        return
    for each in said.kept.of("period"):
        words = said.text[each.start : each.end]
        if words.lower() not in _said_to(tool) and each.value not in {"today", *_leaves(args)}:
            yield Span("period", each.start, each.end, words)


def elsewhere(tool: Tool, said: Reading) -> Iterator[Span]:
    """A system, for a tool that has no place for one and is about all."""
    if not _PLACED.isdisjoint(tool.kinds.values()):
        return
    shape = re.compile(rf"\b(?:in|on|from)\s+(?:the\s+|our\s+)?(?P<one>{_system()})", re.IGNORECASE)
    for match in shape.finditer(said.kept.text):
        yield Span("system", match.start("one"), match.end("one"), match["one"])


def only_there(tool: Tool, said: Reading) -> Iterator[Span]:
    """“Only in Marketo”: one system alone, for a tool that takes each person everywhere."""
    if not _PLACED.isdisjoint(tool.kinds.values()):
        return
    shape = re.compile(
        rf"\b(?:only|just)\s+(?:in|on|from|for|at)\s+(?:the\s+|our\s+)?(?P<one>{_system()})"
        rf"|(?P<other>{_system()})\s+(?:only|alone)\b",
        re.IGNORECASE,
    )
    for match in shape.finditer(said.kept.text):
        group = "one" if match["one"] else "other"
        yield Span("system", match.start(group), match.end(group), match[group])


def of_a_kind(tool: Tool, said: Reading) -> Iterator[Span]:
    """Bounces of a class, people of a stage or a kind of record, where the tool's own words know none."""
    text = said.kept.text
    for shape in (*(() if "bounce_class" in tool.kinds.values() else _classes()), _stages()):
        found = () if shape.search(_said_to(tool)) else shape.finditer(text)
        yield from (Span("kind", match.start(), match.end(), match.group()) for match in found)
    if "object" not in tool.arguments.model_fields:
        for match in _ALONE.finditer(text):
            yield Span("kind", match.start(), match.end(), match["one"] or match["other"])


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (leaf for each in value.values() for leaf in _leaves(each))
    elif isinstance(value, list | tuple):
        yield from (leaf for each in value for leaf in _leaves(each))
    else:
        yield str(value)


def _strings(value: object) -> set[str]:
    return {str(each) for each in value} if isinstance(value, list | tuple) else {str(value)}


@lru_cache(maxsize=1)
def _system() -> str:
    names = [each for said_so in lexicon().table("systems").values() for each in said_so.split("|")]
    return pattern(names).pattern


@lru_cache(maxsize=1)
def _classes() -> tuple[re.Pattern[str], ...]:
    table = lexicon().table("values", "bounce_class")
    return tuple(pattern(said.split("|")) for said in table.values())


@lru_cache(maxsize=1)
def _stages() -> re.Pattern[str]:
    """Words that say who people are: customers, directors, those in retail."""
    named = [each for said in lexicon().table("lifecycle").values() for each in said.split("|")]
    titles = lexicon().table("titles")["patterns"].split("|")
    return pattern([*named, *titles, *lexicon().table("industries")["names"].split("|")])


@lru_cache(maxsize=128)
def _said_to(tool: Tool) -> str:
    """All that people say to this tool, as one text."""
    return " ".join((*tool.examples, tool.description)).lower()
