"""The registry: typed functions to strict schemas, and the whole catalogue held to its contract."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import Field

from tools import registry
from tools.answer import Answer
from tools.catalog.planned import PLANNED
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Plan
from tools.registry import Registry, Tool, load, planned, tool

EXAMPLES = tuple(f"example {number}" for number in range(8))
NAMES = {
    "lookup_person explain_person erase_person export_suppressions compare_suppressions sync_suppressions",
    "suppress_contacts restore_contacts report_bounces purge_bounces recover_suppressed import_list",
    "export_people",
    "preview_segment create_segment refresh_segment list_segments report_campaign list_campaigns",
    "find_underperforming challenge preflight_campaign set_campaign_status clone_campaign add_to_campaign",
    "remove_from_campaign draft_variations simulate report_data_quality find_duplicates merge_duplicates",
    "normalize_fields update_records report_pipeline report_license_usage brief_renewal compare_pricing",
    "reclaim_licenses make_value_case search_runbooks report_health list_agents create_agent set_agent_state",
    "set_agent_autonomy report_agent morning_brief list_requests show_plan undo search_audit show_policy",
    "help",
}


@pytest.fixture(scope="module")
def catalogue() -> Registry:
    """The shipped tools."""
    return load()


def test_every_tool_of_the_contract_is_there(catalogue: Registry) -> None:
    """Built or planned, under its name, in a stable order."""
    assert set(catalogue) == {name for line in NAMES for name in line.split()}
    assert list(catalogue) == sorted(catalogue)


def test_every_tool_has_varied_examples(catalogue: Registry) -> None:
    """At least eight, no two alike, none claimed by two tools."""
    seen: dict[str, str] = {}
    for name, found in catalogue.items():
        said = [" ".join(re.findall(r"\w+", example.lower())) for example in found.examples]
        assert len(set(said)) >= 8, name
        assert len(set(said)) == len(said), name
        for example in said:
            assert seen.setdefault(example, name) == name, example


def test_a_description_is_one_short_line(catalogue: Registry) -> None:
    """A user could read it, and a model pays for it by the token."""
    for found in catalogue.values():
        assert found.description.endswith(".")
        assert len(found.description) <= 100, found.name
        assert found.subject


def test_the_whole_catalogue_is_cheap_to_send(catalogue: Registry) -> None:
    """At most 7,000 tokens, reckoned at four characters each."""
    wire = [
        {"type": "function", "function": {"name": each.name, "description": each.description,
                                          "parameters": each.schema, "strict": True}}
        for each in catalogue.values()
    ]  # fmt: skip
    assert len(json.dumps(wire, separators=(",", ":"))) / 4 <= 7000


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object of a schema."""
    if isinstance(schema, dict):
        yield schema
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from nodes(each)


def test_every_schema_is_strict(catalogue: Registry) -> None:
    """No extras, every key required, no open dicts, no noise, and references resolve."""
    for found in catalogue.values():
        for node in nodes(found.schema):
            assert registry.OFF_THE_WIRE.isdisjoint(node.keys() - set(node.get("properties", ()))), found.name
            if node.get("type") == "object" and "properties" in node:
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
            if "$ref" in node:
                assert node["$ref"].removeprefix("#/$defs/") in found.schema["$defs"]


def test_arguments_carry_their_kind(catalogue: Registry) -> None:
    """The interpreter fills slots by kind; the wire never sees it."""
    assert catalogue["report_bounces"].kinds == {
        "period": "period", "bounce_class": "bounce_class", "system": "system",
    }  # fmt: skip
    kinds = {name: name for name in ("emails", "file", "reason", "group", "columns")}
    assert catalogue["suppress_contacts"].kinds == kinds
    assert catalogue["preview_segment"].kinds == {"definition": "definition"}
    without = [(name, argument) for name, found in catalogue.items()
               for argument in found.arguments.model_fields if argument not in found.kinds]  # fmt: skip
    assert without == []


def test_a_filter_tree_is_validated(catalogue: Registry) -> None:
    """Nested, with events and memberships; an unknown key is refused."""
    tree = {
        "all": [
            {"field": "title", "op": "contains", "value": "VP"},
            {"not": {"member": "Newsletter"}},
            {"any": [{"event": "page_visit", "count": {"gte": 2}, "within": "last_30_days"},
                     {"field": "score", "op": "gte", "value": 50}]},
        ]
    }  # fmt: skip
    found = catalogue["preview_segment"]
    assert found.arguments.model_validate({"definition": tree}).model_dump(
        by_alias=True, exclude_none=True
    ) == {"definition": tree}
    with pytest.raises(InvalidArguments):
        found.validate({"definition": {"all": [], "sql": "DROP"}})


def test_planned_tools_are_never_called(catalogue: Registry, stack: Any) -> None:
    """They are data: understood, and answered “not yet”."""
    assert {found.name for found in catalogue.values() if found.planned} == {each.name for each in PLANNED}
    for found in PLANNED:
        assert catalogue[found.name] not in catalogue.available()
        with pytest.raises(InvalidArguments, match=f"can't do “{found.name.replace('_', ' ')}” yet"):
            catalogue[found.name].call(stack.context(), {})


def test_summaries_tell_help_what_it_needs(catalogue: Registry) -> None:
    """What changes data and what is planned."""
    by_name = {each.name: each for each in catalogue.summaries()}
    assert (by_name["purge_bounces"].changes, by_name["purge_bounces"].planned) == (True, False)
    assert (by_name["report_health"].changes, by_name["report_health"].planned) == (False, False)
    assert {each.name for each in catalogue.summaries() if each.planned} == {each.name for each in PLANNED}


def test_a_null_means_the_default(catalogue: Registry) -> None:
    """A strict server must send every key; null leaves the default."""
    assert catalogue["purge_bounces"].validate({"older_than_days": None, "systems": None}) == {
        "older_than_days": 0, "systems": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        ({"older_than_days": -1}, "older_than_days"),
        ({"older_than_days": "many"}, "older_than_days"),
        ({"systems": ["pardot"]}, "systems.0"),
        ({"force": True}, "force"),
    ],
)
def test_bad_arguments_are_named(catalogue: Registry, args: dict[str, object], fault: str) -> None:
    """So that the person or the model can mend them."""
    with pytest.raises(InvalidArguments) as caught:
        catalogue["purge_bounces"].validate(args)
    assert caught.value.on.startswith(fault)


def a_tool(context: ToolContext, *, number: Annotated[int, Field(description="How many")] = 3) -> Answer:
    """Count something.

    More about it.
    """
    return Answer(text=f"{number} by {context.principal.name}")


def test_a_function_becomes_a_tool(stack: Any) -> None:
    """Its first paragraph is the description, its signature the schema; arguments are checked."""
    made = tool(examples=EXAMPLES)(a_tool)
    assert made.description == "Count something."
    assert made.schema["properties"] == {"number": {"description": "How many", "type": ["integer", "null"]}}
    answer = made.call(stack.context(), {"number": 4})
    assert isinstance(answer, Answer)
    assert answer.text == "4 by Max"


def no_docstring(context: ToolContext) -> Answer:
    return Answer(text=str(context))


def positional(context: ToolContext, number: int) -> Answer:
    """Take a number."""
    return Answer(text=f"{context}{number}")


def neither(context: ToolContext) -> str:
    """Give text."""
    return str(context)


@pytest.mark.parametrize(
    ("function", "examples", "fault"),
    [
        (no_docstring, EXAMPLES, "no docstring"),
        (a_tool, EXAMPLES[:7], "8 different examples"),
        (a_tool, ("same",) * 8, "8 different examples"),
        (positional, EXAMPLES, "keyword-only"),
        (neither, EXAMPLES, "Answer or Plan"),
    ],
)
def test_a_bad_tool_is_refused_where_it_is_written(
    function: Any, examples: tuple[str, ...], fault: str
) -> None:
    """Not when somebody asks for it."""
    with pytest.raises(ValueError, match=fault):
        tool(examples=examples)(function)


def test_a_planned_tool_needs_examples_too() -> None:
    """They are what it is understood by."""
    with pytest.raises(ValueError, match="8 different examples"):
        planned("later", "Later.", returns="plan", subject="x", arguments={}, examples=("one",))


def test_names_are_taken_once() -> None:
    """A second tool of the same name is an error, whoever ships it."""
    made = tool(examples=EXAMPLES)(a_tool)
    with pytest.raises(ValueError, match="two tools are called"):
        Registry([made, made])


def test_a_tool_that_plans() -> None:
    """What it returns is read from its annotation."""

    def change_things(context: ToolContext) -> Plan:
        """Change things."""
        return Plan(summary=context.principal.name, rows=())

    made: Tool = tool(examples=EXAMPLES, destructive=True)(change_things)
    assert (made.returns, made.destructive, made.planned) == ("plan", True, False)
