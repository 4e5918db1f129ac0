"""A tool is a typed function: `@tool` turns its signature into a strict JSON schema and refuses a bad one.

Nothing is registered at import: the decorator returns a `Tool`, and `load` collects those of the catalogue
and of other people's packages (entry-point group `clearance.tools`) through the same door.
"""

import importlib
import inspect
import pkgutil
import typing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from typing_extensions import override

from tools.answer import Answer
from tools.context import ToolContext, ToolSummary
from tools.errors import InvalidArguments
from tools.plan import Plan

MINIMUM_EXAMPLES = 8


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool: its name, what it is for, examples in people's words, and the function behind it.

    `planned` tools are data: they are understood and answered "not yet", and can never be called.
    """

    name: str
    description: str
    examples: tuple[str, ...]
    returns: Literal["answer", "plan"]
    arguments: type[BaseModel]
    destructive: bool = False
    function: Callable[..., Answer | Plan] | None = None
    subject: str = ""  # the catalogue file it lives in: people, bounces, …

    @property
    def planned(self) -> bool:
        """Whether it exists only as data."""
        return self.function is None

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The strict JSON schema of the arguments: no extras, every key required, optional = null."""
        return strict_schema(self.arguments)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each argument that has one (period, system, emails, campaign, …), by name."""
        properties = self.arguments.model_json_schema().get("properties", {})
        found = {name: _kind(spec) for name, spec in properties.items()}
        return {name: kind for name, kind in found.items() if kind}

    def validate(self, args: Mapping[str, object]) -> dict[str, Any]:
        """The arguments with defaults filled in. Raises `InvalidArguments` naming each bad one."""
        given = {name: value for name, value in args.items() if value is not None}
        try:
            checked = self.arguments.model_validate(given)
        except ValidationError as error:
            raise InvalidArguments(
                f"{self.name} cannot take that", on=_faults(error), do="Say it again with that put right."
            ) from error
        return {name: getattr(checked, name) for name in type(checked).model_fields}

    def call(self, context: ToolContext, args: Mapping[str, object]) -> Answer | Plan:
        """Validate and run. A planned tool refuses in plain words."""
        if self.function is None:
            raise InvalidArguments(
                f"I can't do “{self.name.replace('_', ' ')}” yet", do="Say “help” for what I can do today."
            )
        return self.function(context, **self.validate(args))

    def summary(self) -> ToolSummary:
        """The tool as help shows it."""
        return ToolSummary(
            name=self.name,
            description=self.description,
            examples=self.examples,
            changes=self.returns == "plan",
            planned=self.planned,
        )


class Registry(Mapping[str, Tool]):
    """All tools by name, in a stable order."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for each in sorted(tools, key=lambda found: found.name):
            if each.name in self._tools:
                raise ValueError(f"two tools are called {each.name!r}")
            self._tools[each.name] = each

    @override
    def __getitem__(self, name: str) -> Tool:
        return self._tools[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    @override
    def __len__(self) -> int:
        return len(self._tools)

    def available(self) -> tuple[Tool, ...]:
        """The tools that can be called."""
        return tuple(found for found in self._tools.values() if not found.planned)

    def summaries(self) -> tuple[ToolSummary, ...]:
        """Every tool as help shows it, planned ones included."""
        return tuple(found.summary() for found in self._tools.values())


def tool(
    *, examples: tuple[str, ...], destructive: bool = False
) -> Callable[[Callable[..., Answer | Plan]], Tool]:
    """Turn `(context, *, arg: Annotated[type, Field(description=…)]) -> Answer | Plan` into a tool.

    The docstring is its description; examples are help, index and tests at once. `destructive` is only a
    hint for help: what a plan really does is read from its rows.
    """

    def register(function: Callable[..., Answer | Plan]) -> Tool:
        name = function.__name__
        description = inspect.getdoc(function) or ""
        if not description:
            raise ValueError(f"tool {name!r} has no docstring")
        if len(set(examples)) < MINIMUM_EXAMPLES:
            raise ValueError(f"tool {name!r} needs {MINIMUM_EXAMPLES} different examples")
        return Tool(
            name=name,
            description=description.split("\n\n")[0].replace("\n", " "),
            examples=examples,
            returns=_returns(function),
            arguments=arguments_of(function),
            destructive=destructive,
            function=function,
            subject=function.__module__.rpartition(".")[2],
        )

    return register


def load(package: str = "tools.catalog") -> Registry:
    """The shipped catalogue and other people's tools (entry points `clearance.tools`)."""
    modules = [importlib.import_module(package)]
    modules += [
        importlib.import_module(f"{package}.{info.name}")
        for info in pkgutil.iter_modules(modules[0].__path__)
    ]
    modules += [entry.load() for entry in metadata.entry_points(group="clearance.tools")]
    return Registry(found for module in modules for found in tools_in(module))


def tools_in(module: object) -> list[Tool]:
    """The tools a module defines, and the planned ones it lists in `PLANNED`."""
    members = vars(module)
    own = [found for found in members.values() if isinstance(found, Tool)]
    return own + list(members.get("PLANNED", ()))


def arguments_of(function: Callable[..., object]) -> type[BaseModel]:
    """The pydantic model of a tool's keyword-only arguments."""
    hints = typing.get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            raise ValueError(f"argument {name!r} of {function.__name__!r} must be keyword-only")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], default)
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def planned(  # noqa: PLR0913 (the parts of a tool, by keyword)
    name: str,
    description: str,
    *,
    returns: Literal["answer", "plan"],
    subject: str,
    arguments: Mapping[str, tuple[Any, Any]],
    examples: tuple[str, ...],
    destructive: bool = False,
) -> Tool:
    """A tool that is not built yet, as data.

    `arguments` maps each name to its type and its default (`...` when it is required).
    """
    if len(set(examples)) < MINIMUM_EXAMPLES:
        raise ValueError(f"tool {name!r} needs {MINIMUM_EXAMPLES} different examples")
    fields: dict[str, Any] = dict(arguments)
    return Tool(
        name=name,
        description=description,
        examples=examples,
        returns=returns,
        arguments=create_model(name, __config__=ConfigDict(extra="forbid"), **fields),
        destructive=destructive,
        subject=subject,
    )


# What a strict server has no use for: noise, our own metadata, and limits that `validate` keeps anyway.
OFF_THE_WIRE = frozenset({"title", "default", "kind", "minLength", "maxLength"})


def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema as strict servers want it: no titles, no defaults, optional is nullable.

    A definition used once is written in place; one used again, which includes every recursive one, stays
    under `$defs`.
    """
    whole = {"properties": {}, **model.model_json_schema()}
    shared: dict[str, Any] = whole.pop("$defs", {})
    uses = Counter(_references(whole) + _references(list(shared.values())))
    kept = frozenset(name for name, times in uses.items() if times > 1)
    schema = _closed(whole, shared, kept)
    if kept:
        schema["$defs"] = {name: _tidy(shared[name], shared, kept) for name in sorted(kept)}
    return schema


def _references(spec: object) -> list[str]:
    """The names of definitions a schema refers to, as often as it does."""
    if isinstance(spec, list):
        return [name for each in spec for name in _references(each)]
    if not isinstance(spec, dict):
        return []
    if "$ref" in spec:
        return [_definition(spec)]
    return [name for each in spec.values() for name in _references(each)]


def _tidy(spec: Any, shared: Mapping[str, Any], kept: frozenset[str]) -> Any:  # noqa: ANN401 (a node of JSON)
    if isinstance(spec, list):
        return [_tidy(each, shared, kept) for each in spec]
    if not isinstance(spec, dict):
        return spec
    if "$ref" in spec:
        name = _definition(spec)
        return {"$ref": f"#/$defs/{name}"} if name in kept else _tidy(shared[name], shared, kept)
    if "properties" in spec:
        return _closed(spec, shared, kept)
    return {name: _tidy(each, shared, kept) for name, each in spec.items() if name not in OFF_THE_WIRE}


def _closed(spec: Mapping[str, Any], shared: Mapping[str, Any], kept: frozenset[str]) -> dict[str, Any]:
    """An object: every key required, nothing else allowed. Keys are data here, whatever they are called."""
    needed = spec.get("required", ())
    properties = {
        name: _optional(_tidy(each, shared, kept), required=name in needed)
        for name, each in spec["properties"].items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _definition(spec: Mapping[str, Any]) -> str:
    return str(spec["$ref"]).rpartition("/")[2]


def _kind(spec: Mapping[str, Any]) -> str:
    nested = (each.get("kind") for each in spec.get("anyOf", ()))
    return str(spec.get("kind") or next(filter(None, nested), ""))


def _optional(spec: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """Null beside the type, which is shorter than a choice and says the same."""
    choices = [each for each in spec.get("anyOf", ()) if each != {"type": "null"}]
    nullable = len(choices) < len(spec.get("anyOf", ()))
    if required and not nullable:
        return spec
    plain = {**choices[0], **_without(spec, "anyOf")} if nullable and len(choices) == 1 else spec
    if isinstance(plain.get("type"), str) and "anyOf" not in plain:
        values = {"enum": [*plain["enum"], None]} if "enum" in plain else {}
        return {**plain, "type": [plain["type"], "null"], **values}
    return spec if nullable else {"anyOf": [spec, {"type": "null"}]}


def _without(spec: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key != name}


def _returns(function: Callable[..., object]) -> Literal["answer", "plan"]:
    kind = typing.get_type_hints(function).get("return")
    if kind is Answer:
        return "answer"
    if kind is Plan:
        return "plan"
    raise ValueError(f"tool {function.__name__!r} must return Answer or Plan")


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'arguments'}: {fault['msg'].lower()}"
        for fault in error.errors(include_url=False)
    )
