"""The filter tree: which people are meant, as typed clauses that are shown, checked and computed exactly.

A tree is `{"all": […]}`, `{"any": […]}`, `{"not": …}`, a comparison `{"field", "op", "value"}`, something the
person did `{"event", "where", "count", "within"}` or a place `{"member", "status"}`. Text compares without
case; a field that is empty matches only `is_not_set` and `ne`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, get_args

from tools.errors import InvalidArguments
from tools.rules.comparing import OPERATORS, compare
from tools.rules.filter_aliases import SENIORITY, Alias, expand
from tools.rules.header_mapping import meaning_of
from tools.rules.job_titles import seniority
from tools.rules.person_fields import LABELS, CanonicalField

DEEPEST = 6
MOST_LEAVES = 60
Node = Mapping[str, object]


class Facts(Protocol):
    """What a filter is asked about: one person."""

    def value(self, field: str) -> object:
        """A field's value by its canonical name, or the vendor's; None when it is empty."""

    def member(self, name: str, status: str | None) -> bool:
        """Whether the person is in that list or campaign, with that status where one is named."""

    def did(self, event: Node) -> bool:
        """Whether the person did that."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A checked tree. `aliases` are the team's words that were put into clauses, to be shown."""

    tree: Node  # canonical names, aliases put in
    said: Node  # as it was given
    aliases: tuple[Alias, ...] = ()
    fields: frozenset[str] = frozenset()
    members: tuple[tuple[str, str | None], ...] = ()
    events: tuple[Node, ...] = ()

    def __call__(self, person: Facts) -> bool:
        """Whether the person is meant."""
        return _holds(self.tree, person)

    def sentence(self) -> str:
        """The filter in words."""
        return words(self.said)


@dataclass(slots=True)
class _Check:
    aliases: dict[str, Alias] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    members: dict[tuple[str, str | None], None] = field(default_factory=dict)
    events: list[Node] = field(default_factory=list)
    leaves: int = 0


def checked(tree: Node, *, also: Iterable[str] = ()) -> Filter:
    """The tree with aliases put in and fields by their canonical names.

    `also` are vendors' own field names that may stand beside the canonical ones. Raises `InvalidArguments`
    naming the clause that is wrong, with choices where there are any.
    """
    seen = _Check()
    done = _node(tree, 1, seen, {each.casefold(): each for each in also})
    return Filter(
        tree=done,
        said=tree,
        aliases=tuple(seen.aliases.values()),
        fields=frozenset(seen.fields),
        members=tuple(seen.members),
        events=tuple(seen.events),
    )


def words(tree: Node) -> str:
    """A tree in words: `country is Germany and title contains VP`."""
    if "all" in tree:
        return " and ".join(_bracketed(each) for each in _clauses(tree["all"]))
    if "any" in tree:
        return " or ".join(_bracketed(each) for each in _clauses(tree["any"]))
    if "not" in tree:
        return f"not {_bracketed(_mapping(tree['not']))}"
    if "member" in tree:
        status = f" as {tree['status']}" if tree.get("status") else ""
        return f"in “{tree['member']}”{status}"
    if "event" in tree:
        within = f" within {tree['within']}" if tree.get("within") else ""
        return f"did {tree['event']}{_times(tree.get('count'))}{within}"
    return _compared(tree)


def field_named(said: str, also: Mapping[str, str] | None = None) -> str:
    """A field by its canonical name, or a vendor's own. Raises `InvalidArguments` with choices."""
    plain = said.strip()
    exact = plain.casefold().replace(" ", "_")
    canonical: tuple[str, ...] = get_args(CanonicalField)
    if exact in canonical or exact == SENIORITY:
        return exact
    if also and plain.casefold() in also:
        return also[plain.casefold()]
    meaning = meaning_of(plain)
    if meaning in canonical:
        return str(meaning)
    raise InvalidArguments(
        "There is no field of that name",
        on=plain[:60],
        do=f"Fields: {', '.join(label.lower() for label in LABELS.values())}.",
        choices=tuple(label.lower() for label in list(LABELS.values())[:5]),
    )


def _node(tree: object, depth: int, seen: _Check, also: Mapping[str, str]) -> Node:
    node = _mapping(tree)
    if depth > DEEPEST:
        raise InvalidArguments("The filter is nested too deep", do=f"At most {DEEPEST} levels.")
    for joint in ("all", "any"):
        if joint in node:
            parts = _clauses(node[joint])
            if not parts:
                raise InvalidArguments("A part of the filter is empty", on=joint, do="Name a clause.")
            return {joint: [_node(each, depth + 1, seen, also) for each in parts]}
    if "not" in node:
        return {"not": _node(node["not"], depth + 1, seen, also)}
    return _leaf(node, seen, also)


def _leaf(node: Node, seen: _Check, also: Mapping[str, str]) -> Node:
    seen.leaves += 1
    if seen.leaves > MOST_LEAVES:
        raise InvalidArguments("The filter has too many clauses", do=f"At most {MOST_LEAVES}.")
    if node.get("member"):
        seen.members[str(node["member"]), str(node["status"]) if node.get("status") else None] = None
        return node
    if node.get("event"):
        seen.events.append(node)
        return node
    return _comparison(node, seen, also)


def _comparison(node: Node, seen: _Check, also: Mapping[str, str]) -> Node:
    if "field" not in node or "op" not in node:
        raise InvalidArguments(
            "I do not understand a clause of the filter", on=str(dict(node))[:100], do="Say it in words."
        )
    name = field_named(str(node["field"]), also)
    seen.fields.add(name)
    alias = expand(name, node)
    if alias is not None:
        seen.aliases[alias.word] = alias
        return alias.clause
    leaf = {"field": name, "op": node["op"], "value": node.get("value")}
    _fits(leaf)
    return leaf


def _fits(leaf: Node) -> None:
    """Raises `InvalidArguments` when the op takes another kind of value."""
    op, value = str(leaf["op"]), leaf["value"]
    wrong = ""
    if op not in OPERATORS:
        wrong = f"there is no comparison “{op}”"
    elif op in {"in", "not_in"} and not (isinstance(value, list | tuple) and value):
        wrong = f"“{op}” needs a list of values"
    elif op == "between" and not (isinstance(value, list | tuple) and len(value) == 2):  # noqa: PLR2004 (from, to)
        wrong = "“between” needs two values"
    elif op not in {"in", "not_in", "between", "is_set", "is_not_set"} and (
        value is None or isinstance(value, list | tuple)
    ):
        wrong = f"“{op}” needs one value"
    if wrong:
        raise InvalidArguments(
            "A clause of the filter cannot be compared", on=f"{leaf['field']}: {wrong}", do="Say it again."
        )


def _holds(node: Node, person: Facts) -> bool:
    if "all" in node:
        return all(_holds(each, person) for each in _clauses(node["all"]))
    if "any" in node:
        return any(_holds(each, person) for each in _clauses(node["any"]))
    if "not" in node:
        return not _holds(_mapping(node["not"]), person)
    if "member" in node:
        return person.member(str(node["member"]), str(node["status"]) if node.get("status") else None)
    if "event" in node:
        return person.did(node)
    name = str(node["field"])
    return compare(str(node["op"]), _held(name, person), node.get("value"), field=name)


def _held(name: str, person: Facts) -> object:
    """A field's value; how senior somebody is follows from the title."""
    if name != SENIORITY:
        return person.value(name)
    title = person.value("title")
    return seniority(str(title)) if title else None


def _clauses(value: object) -> list[Node]:
    if not isinstance(value, list | tuple):
        raise InvalidArguments("A part of the filter is no list of clauses", do="Say it in words.")
    return [_mapping(each) for each in value]


def _mapping(value: object) -> Node:
    if not isinstance(value, Mapping):
        raise InvalidArguments("I do not understand a clause of the filter", do="Say it in words.")
    return value


def _bracketed(node: Node) -> str:
    inner = words(node)
    return f"({inner})" if {"all", "any"} & set(node) else inner


_IN_WORDS: Mapping[str, str] = {
    "eq": "is", "ne": "is not", "in": "is one of", "not_in": "is none of", "contains": "contains",
    "starts_with": "starts with", "gt": "is over", "gte": "is at least", "lt": "is under",
    "lte": "is at most",
    "between": "is between", "is_set": "is filled in", "is_not_set": "is empty",
}  # fmt: skip


def _compared(node: Node) -> str:
    value = node.get("value")
    several = value if isinstance(value, list | tuple) else () if value is None else (value,)
    shown = ", ".join(map(str, several))
    name = next((label.lower() for key, label in LABELS.items() if key == node["field"]), str(node["field"]))
    name = name.lower() if name in LABELS.values() else name
    return f"{name} {_IN_WORDS.get(str(node['op']), str(node['op']))} {shown}".strip()


def _times(count: object) -> str:
    if not isinstance(count, Mapping):
        return ""
    least, most = count.get("gte"), count.get("lte")
    return (f" at least {least} times" if least else "") + (f" at most {most} times" if most else "")
