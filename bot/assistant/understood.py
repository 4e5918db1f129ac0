"""What was understood, in words: the tool and its arguments, shown with every reply."""

from collections.abc import Callable, Mapping

from tools.registry import Tool

_OPS = {
    "eq": "is", "ne": "is not", "in": "is one of", "not_in": "is none of", "contains": "contains",
    "starts_with": "starts with", "gt": "is over", "gte": "is at least", "lt": "is under",
    "lte": "is at most",
    "between": "is between", "is_set": "is set", "is_not_set": "is not set",
}  # fmt: skip


def understood(tool: Tool, args: Mapping[str, object]) -> str:
    """One line: “Report bounces · period: last 30 days · system: marketo”."""
    parts = [tool.name.replace("_", " ").capitalize()]
    for name in tool.arguments.model_fields:
        value = args.get(name)
        if value is not None and value != []:
            parts.append(f"{name.replace('_', ' ')}: {in_words(value)}")
    return " · ".join(parts)


def in_words(value: object) -> str:
    """A value as people read it; filter trees as sentences."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(in_words(each) for each in value)
    if isinstance(value, Mapping):
        return _clause(value)
    return str(value).replace("_", " ") if str(value).startswith(("last_", "this_")) else str(value)


def _clause(value: Mapping[str, object]) -> str:
    shape = next((each for each in _SHAPES if each in value), None)
    if shape is not None:
        return _SHAPES[shape](value)
    return ", ".join(f"{name}: {in_words(each)}" for name, each in value.items())


def _joined(value: Mapping[str, object], joint: str, word: str) -> str:
    inner = value[joint]
    return word.join(in_words(each) for each in inner) if isinstance(inner, list) else in_words(inner)


def _compared(value: Mapping[str, object]) -> str:
    said = f"{value.get('field')} {_OPS.get(str(value['op']), value['op'])}"
    return said if value.get("value") is None else f"{said} {in_words(value['value'])}"


def _set(value: Mapping[str, object]) -> str:
    return f"{value['field']} → {in_words(value['value']) if value.get('value') is not None else 'empty'}"


def _event(value: Mapping[str, object]) -> str:
    parts = [str(value["event"]).replace("_", " ")]
    where, count = value.get("where"), value.get("count")
    if isinstance(where, Mapping):
        parts.append(f"({_clause(where)})")
    if isinstance(count, Mapping):
        parts += [
            f"{_OPS.get(str(name), '').removeprefix('is ')} {times} times" for name, times in count.items()
        ]
    if value.get("within"):
        parts.append(f"within {in_words(value['within'])}")
    return " ".join(parts)


_SHAPES: Mapping[str, Callable[[Mapping[str, object]], str]] = {
    "all": lambda value: _joined(value, "all", " and "),
    "any": lambda value: _joined(value, "any", " or "),
    "not": lambda value: f"not ({in_words(value['not'])})",
    "op": _compared,
    "event": _event,
    "member": lambda value: f"member of {value['member']}",
    "field": _set,
}
