"""Fills a tool's arguments from a request: each argument has a kind, each kind one way to be found."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from bot.assistant.offline.assigning import unassigned
from bot.assistant.offline.features import tokens
from bot.assistant.offline.fillers import CLOSED, Context, member
from bot.assistant.offline.lexicon import lexicon
from bot.assistant.offline.names import Names
from bot.assistant.offline.phrases import OPEN
from bot.assistant.offline.reading import Reading, Span
from tools.registry import Tool

NAMED = ("campaign", "segment", "list", "vendor", "agent")
# Kinds that are a stretch of the words, or know themselves what is left out.
WHOLE = frozenset(
    {"question", "reason", "rule", "changes", "topic", "word", "columns", "definition", "group"}
)
COMMON = 2  # a word in this many examples of a tool is no name there


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The arguments understood."""

    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What else may fill an argument: attachments, the last plan of the thread, names of other tools."""

    files: Sequence[str] = ()
    last_plan: str = ""
    other_tool: str = ""


def fill(tool: Tool, reading: Reading, extras: Extras, *, turned: bool = False) -> Filled:
    """Every argument that the words give, in the order of the signature.

    What they leave out fills nothing; `turned` fills it in, for a caller who takes it away himself.
    """
    kinds = {name: kind_of(tool, name) for name in tool.arguments.model_fields}
    names = _names(tool, reading, kinds)
    rest = reading.without(tuple(names.values()))
    args: dict[str, object] = {}
    for name, kind in kinds.items():
        if name in names:
            args[name] = names[name].value
        elif kind not in NAMED and kind != "name":
            read = rest if allowed(tool, name) else reading
            at = _context(name, read, allowed(tool, name), extras, kinds)
            value = _value(kind, at) if turned or kind in WHOLE else _kept(kind, at)
            if value is not None:
                args[name] = value
    return Filled(args=_sorted_out(args, kinds))


def _context(
    name: str, reading: Reading, values: tuple[str, ...], extras: Extras, kinds: Mapping[str, str]
) -> Context:
    return Context(
        reading=reading,
        argument=name,
        allowed=values,
        files=extras.files,
        last_plan=extras.last_plan,
        runs_apart="run" in kinds.values(),
        assigns="values" in kinds.values(),
        other_tool=extras.other_tool,
    )


def kind_of(tool: Tool, name: str) -> str:
    """The kind an argument declares, else the one its name or its allowed values suggest."""
    declared = tool.kinds.get(name)
    if declared:
        return declared
    for kind, words in lexicon().table("kinds").items():
        if name in words.split("|") or name.endswith(f"_{kind}"):
            return kind
    schema = _schema(tool, name)
    if allowed(tool, name):
        return "word"
    types = schema.get("type")
    first = types[0] if isinstance(types, list) else types
    return {"boolean": "flag", "integer": "count"}.get(str(first), "word")


def allowed(tool: Tool, name: str) -> tuple[str, ...]:
    """The closed set an argument takes its value from; empty when it is open."""
    schema = _schema(tool, name)
    items = schema.get("items")
    inner = items if isinstance(items, Mapping) else schema
    members = inner.get("enum")
    return tuple(str(each) for each in members if each is not None) if isinstance(members, list) else ()


def _value(kind: str, at: Context) -> object:
    if kind in {"system", "systems"} or not at.allowed:
        filler = CLOSED.get(kind) or OPEN.get(kind) or OPEN["word"]
        return filler(at)
    return member(kind)(at)


def _kept(kind: str, at: Context) -> object:
    """The value without what is left out; where systems are, all others."""
    read = at.reading.kept
    if at.assigns and kind == "object":  # “lead source” names a field, and no leads
        read = Reading(unassigned(read.text), read.today)
    value = _value(kind, replace(at, reading=read))
    if kind != "systems" or at.reading.kept is at.reading:
        return value
    out = {each for span in at.reading.spared for each in Reading(span.value, at.reading.today).systems}
    return value or ([each for each in at.allowed if each not in out] if out else None)


def _names(tool: Tool, reading: Reading, kinds: Mapping[str, str]) -> dict[str, Span]:
    """Names, the surest first: those somebody gives, those beside their noun, then what is left."""
    plain = plain_words(tool)
    words = tuple(_after_own_word(reading, [name for name, kind in kinds.items() if kind == "word"]))
    found: dict[str, Span] = {}
    sole = sum(kind in NAMED for kind in kinds.values()) == 1
    ways: tuple[tuple[bool, Callable[[Names, str], Span | None]], ...] = (
        (True, lambda names, _: names.given()),
        *(((False, Names.quoted),) if sole else ()),
        (False, Names.beside_noun),
        (False, Names.anywhere),
        (True, Names.anywhere),
    )
    for naming, way in ways:
        for name, kind in kinds.items():
            wanted = kind == "name" if naming else kind in NAMED
            span = (
                way(Names(reading, plain, (*found.values(), *words)), kind)
                if wanted and name not in found
                else None
            )
            if span is not None:
                found[name] = span
    return found


def _after_own_word(reading: Reading, names: Sequence[str]) -> Iterator[Span]:
    """“source Trade Show”: what follows the name of an open argument is its value, and nobody's name."""
    for name in names:
        shape = rf"\b(?i:{re.escape(name)})(?:\s+is|\s*[:=])?\s+((?:[A-Z0-9][\w&'-]*\s?)+)"
        for match in re.finditer(shape, reading.text):
            yield Span("word", match.start(1), match.end(1), match[1].strip())


def _sorted_out(args: dict[str, object], kinds: Mapping[str, str]) -> dict[str, object]:
    """Addresses given leave no room for a filter: the people are named. What a filter says is no name."""
    if any(kinds[name] == "emails" for name in args):
        args = {name: value for name, value in args.items() if kinds[name] != "definition"}
    said = {
        leaf.casefold()
        for name, value in args.items()
        if kinds[name] == "definition"
        for leaf in _leaves(value)
    }
    return {
        name: value
        for name, value in args.items()
        if kinds[name] not in NAMED or not isinstance(value, str) or value.casefold() not in said
    }


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (leaf for each in value.values() for leaf in _leaves(each))
    elif isinstance(value, list):
        yield from (leaf for each in value for leaf in _leaves(each))


@lru_cache(maxsize=256)
def _plain(examples: tuple[str, ...]) -> frozenset[str]:
    seen: dict[str, int] = {}
    for each in examples:
        for word in set(tokens(each.lower())):
            seen[word] = seen.get(word, 0) + 1
    return frozenset(word for word, times in seen.items() if times >= COMMON)


def plain_words(tool: Tool) -> frozenset[str]:
    """Words common among a tool's examples: they say what is done, not to what."""
    return _plain(tool.examples) | lexicon().known


def _schema(tool: Tool, name: str) -> Mapping[str, object]:
    spec: Mapping[str, Any] = tool.schema["properties"][name]
    options: list[Mapping[str, object]] = [
        each for each in spec.get("anyOf", (spec,)) if each.get("type") != "null"
    ]
    return options[0] if options else spec
