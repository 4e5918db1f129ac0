"""Fills a tool's arguments from a request: each argument has a kind, each kind one way to be found in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.assistant.offline.features import tokens
from bot.assistant.offline.fillers import CLOSED, Context, member
from bot.assistant.offline.lexicon import lexicon
from bot.assistant.offline.names import Names
from bot.assistant.offline.phrases import OPEN
from bot.assistant.offline.reading import Reading, Span
from tools.registry import Tool

NAMED = ("campaign", "segment", "list", "vendor", "agent")
COMMON = 2  # a word in this many examples of a tool is no name there


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The arguments understood, and the required ones still open."""

    args: Mapping[str, object] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What else may fill an argument: attachments, the last plan of the thread, names of other tools."""

    files: Sequence[str] = ()
    last_plan: str = ""


def fill(tool: Tool, reading: Reading, extras: Extras) -> Filled:
    """Every argument that the words give, in the order of the signature; names last, from what is left."""
    args: dict[str, object] = {}
    later: list[tuple[str, str]] = []
    for name in tool.arguments.model_fields:
        kind = kind_of(tool, name)
        if kind in NAMED or kind == "name":
            later.append((name, kind))
            continue
        value = _value(kind, Context(reading, name, allowed(tool, name), extras.files, extras.last_plan))
        if value is not None:
            args[name] = value
    args |= _names(tool, reading, sorted(later, key=lambda each: each[1] != "name"))
    args = _sorted_out(tool, args)
    required = (name for name, each in tool.arguments.model_fields.items() if each.is_required())
    return Filled(args=args, missing=tuple(name for name in required if name not in args))


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
    return {"boolean": "flag", "integer": "count"}.get(str(schema.get("type")), "word")


def allowed(tool: Tool, name: str) -> tuple[str, ...]:
    """The closed set an argument takes its value from; empty when it is open."""
    schema = _schema(tool, name)
    items = schema.get("items")
    inner = items if isinstance(items, Mapping) else schema
    return tuple(str(each) for each in inner.get("enum", ()) if each is not None)


def _value(kind: str, at: Context) -> object:
    if kind in {"system", "systems"} or not at.allowed:
        filler = CLOSED.get(kind) or OPEN.get(kind) or OPEN["word"]
        return filler(at)
    return member(kind)(at)


def _names(tool: Tool, reading: Reading, wanted: list[tuple[str, str]]) -> dict[str, object]:
    found: dict[str, object] = {}
    used: tuple[Span, ...] = ()
    for name, kind in wanted:
        names = Names(reading, plain_words(tool), used)
        span = names.given() if kind == "name" else names.find(kind)
        if span is not None and span.value:
            found[name] = span.value
            used = (*used, span)
    return found


def _sorted_out(tool: Tool, args: dict[str, object]) -> dict[str, object]:
    """Addresses given leave no filter; a filter made only of a name that was taken goes."""
    kinds = {name: kind_of(tool, name) for name in args}
    if "emails" in kinds.values():
        args = {name: value for name, value in args.items() if kinds[name] != "definition"}
    return args


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
    spec = tool.schema["properties"][name]
    options = [each for each in spec.get("anyOf", (spec,)) if each.get("type") != "null"]
    return options[0] if options else spec
