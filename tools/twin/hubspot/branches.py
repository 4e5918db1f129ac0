"""A list's filter branch: a root OR of ANDs of property filters, checked and put into SQL."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tools.twin.hubspot.errors import bad_request
from tools.twin.hubspot.fields import PROPERTIES
from tools.twin.wire import Json

Term = tuple[str, list[Any]]
SINGLE: Final = {
    "IS_EQUAL_TO": "=", "IS_NOT_EQUAL_TO": "!=", "IS_GREATER_THAN": ">", "IS_LESS_THAN": "<",
    "IS_GREATER_THAN_OR_EQUAL_TO": ">=", "IS_LESS_THAN_OR_EQUAL_TO": "<=",
}  # fmt: skip
WITHIN: Final = {"IS_ANY_OF": "", "IS_NONE_OF": "NOT ", "IS_EQUAL_TO": "", "IS_NOT_EQUAL_TO": "NOT "}


def members_where(branch: str | None) -> Term:
    """The condition on contacts of a stored branch; nobody without one."""
    return _root(json.loads(branch)) if branch else ("0", [])


def checked(branch: Json) -> str:
    """The branch as it is stored. Raises `HubSpotError` when it is not one that the twin can evaluate."""
    if not isinstance(branch, dict):
        raise bad_request("filterBranch is needed for a DYNAMIC list")
    _root(branch)
    return json.dumps(branch)


def _root(branch: Mapping[str, Json]) -> Term:
    if branch.get("filterBranchType") != "OR":
        raise bad_request("The root filter branch must be of type OR")
    if branch.get("filters"):
        raise bad_request("The root filter branch can have no filters of its own")
    terms = [_and(each) for each in branch.get("filterBranches") or []]
    if not terms:
        raise bad_request("The root filter branch needs at least one AND branch")
    return "(" + " OR ".join(sql for sql, _ in terms) + ")", [v for _, held in terms for v in held]


def _and(branch: Mapping[str, Json]) -> Term:
    if branch.get("filterBranchType") != "AND":
        raise bad_request("The children of the root filter branch must be of type AND")
    terms = [_property(each) for each in branch.get("filters") or []]
    return "(" + (" AND ".join(sql for sql, _ in terms) or "1") + ")", [v for _, held in terms for v in held]


def _property(given: Mapping[str, Json]) -> Term:
    name, operation = str(given.get("property")), given.get("operation") or {}
    if given.get("filterType") != "PROPERTY" or name not in PROPERTIES:
        raise bad_request(f"No property filter can be made of {name}")
    operator, empty = str(operation.get("operator")), bool(operation.get("includeObjectsWithNoValueSet"))
    sql, values = _operation(name, operator, operation)
    return (f"({sql} OR {name} IS NULL)" if empty else f"({sql})"), values


def _operation(name: str, operator: str, operation: Mapping[str, Json]) -> Term:
    if operator in {"IS_KNOWN", "IS_UNKNOWN"}:
        return f"{name} IS {'NOT ' * (operator == 'IS_KNOWN')}NULL", []
    if "values" in operation and operator in WITHIN:
        values = [str(each) for each in operation["values"]]
        return f"{name} {WITHIN[operator]}IN ({', '.join('?' * len(values))})", values
    value = operation.get("value")
    text = str(value).lower() if isinstance(value, bool) else value
    if operator in SINGLE:
        column = f"CAST({name} AS REAL)" if operation.get("operationType") == "NUMBER" else name
        return f"{column} {SINGLE[operator]} ?", [text]
    if operator == "CONTAINS":
        return f"{name} LIKE ?", [f"%{text}%"]
    raise bad_request(f"operator {operator} is not one of those allowed")
