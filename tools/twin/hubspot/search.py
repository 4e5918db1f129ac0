"""POST contacts/search: five groups of ten filters, 25 in all, 200 a page, 10,000 results."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from tools.twin.hubspot.contacts import body
from tools.twin.hubspot.errors import bad_request
from tools.twin.hubspot.fields import PROPERTIES
from tools.twin.hubspot.shown import limit_of, shown
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import iso

GROUPS, FILTERS, IN_ALL, MOST, PAGE = 5, 10, 25, 10_000, 200
QUERIED: Final = ("firstname", "lastname", "email", "phone", "company")
COMPARED: Final = {"EQ": "=", "NEQ": "!=", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
Term = tuple[str, list[Any]]


def search(call: Call) -> Reply:
    """Filters within a group all hold, of the groups one; `query` is looked for in names and addresses."""
    given = body(call)
    size = limit_of(given.get("limit"), most=PAGE)
    start = str(given.get("after") or "0")
    if not start.isdigit() or int(start) + size > MOST:
        raise bad_request(f"after and limit must stay within {MOST} results, after was {start}")
    where, values = _where(given)
    counted = call.world.one(f"SELECT COUNT(*) AS total FROM hs_person WHERE {where}", values)
    total = int(counted["total"]) if counted else 0
    rows = call.world.rows(
        f"SELECT * FROM hs_person WHERE {where} ORDER BY {_order(given)} LIMIT ? OFFSET ?",
        [*values, size, int(start)],
    )
    names = given.get("properties") or []
    document: dict[str, Json] = {"total": total, "results": [shown(call.world, row, names) for row in rows]}
    after = int(start) + size
    if after < total:
        document["paging"] = {"next": {"after": str(after)}}
    return as_json(document, rows=len(rows))


def _where(given: Mapping[str, Json]) -> Term:
    terms: list[str] = []
    values: list[Any] = []
    for group in _groups(given):
        parts = [_filter(each) for each in group]
        terms.append("(" + " AND ".join(sql for sql, _ in parts) + ")" if parts else "1")
        values += [value for _, held in parts for value in held]
    where = f"archived = 0 AND ({' OR '.join(terms)})" if terms else "archived = 0"
    words = str(given.get("query") or "").strip()
    if words:
        where += " AND (" + " OR ".join(f"{name} LIKE ?" for name in QUERIED) + ")"
        values += [f"%{words}%"] * len(QUERIED)
    return where, values


def _groups(given: Mapping[str, Json]) -> list[list[Mapping[str, Json]]]:
    """The filters by group, within the limits."""
    groups = [group.get("filters") or [] for group in given.get("filterGroups") or []]
    if len(groups) > GROUPS:
        raise bad_request(f"filterGroups: at most {GROUPS} are allowed, {len(groups)} were given")
    if any(len(group) > FILTERS for group in groups):
        raise bad_request(f"filters: at most {FILTERS} are allowed in a group")
    if sum(map(len, groups)) > IN_ALL:
        raise bad_request(f"filters: at most {IN_ALL} are allowed in all")
    return groups


def _filter(given: Mapping[str, Json]) -> Term:
    name, operator = str(given.get("propertyName")), str(given.get("operator"))
    if name not in PROPERTIES:
        raise bad_request(f"There was a problem with the request: no property named {name}")
    column = f"CAST({name} AS REAL)" if PROPERTIES[name].type == "number" else name
    if operator == "HAS_PROPERTY":
        return f"{name} IS NOT NULL", []
    if operator == "NOT_HAS_PROPERTY":
        return f"{name} IS NULL", []
    if operator in {"IN", "NOT_IN"}:
        return _among(name, column, operator, given.get("values") or [])
    value = _value(name, given.get("value"))
    if operator in COMPARED:
        empty = f" OR {name} IS NULL" if operator == "NEQ" else ""
        return f"({column} {COMPARED[operator]} ?{empty})", [value]
    if operator == "BETWEEN":
        return f"{column} BETWEEN ? AND ?", [value, _value(name, given.get("highValue"))]
    if operator in {"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}:
        return _token(name, operator, str(given.get("value") or ""))
    raise bad_request(f"operator {operator} is not one of those allowed")


def _among(name: str, column: str, operator: str, values: Sequence[Json]) -> Term:
    if not values:
        raise bad_request(f"{operator} needs values")
    marks = ", ".join("?" * len(values))
    return f"{column} {'NOT ' * (operator == 'NOT_IN')}IN ({marks})", [_value(name, each) for each in values]


def _token(name: str, operator: str, word: str) -> Term:
    """A word anywhere; `*` stands for any letters."""
    pattern = f"%{word.replace('*', '%')}%"
    return f"COALESCE({name}, '') {'NOT ' * (operator == 'NOT_CONTAINS_TOKEN')}LIKE ?", [pattern]


def _value(name: str, given: Json) -> Any:  # noqa: ANN401  # what SQLite binds
    """A filter's value in its column's terms; moments may come as milliseconds since 1970."""
    kind, text = PROPERTIES[name].type, str(given if given is not None else "")
    try:
        if kind == "number":
            return float(text)
        if kind == "datetime":
            return iso(datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdigit() else _parsed(text))
    except ValueError as error:
        raise bad_request(f"{name}: the value {text} is not valid") from error
    return text.lower() if name == "email" else text


def _parsed(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _order(given: Mapping[str, Json]) -> str:
    """One sort rule: an object, the same as JSON in a string (as the vendor's clients send it), or a name."""
    sorts = given.get("sorts") or []
    if len(sorts) > 1:
        raise bad_request("sorts: only one rule can be applied")
    rule = sorts[0] if sorts else "createdate"
    if isinstance(rule, str) and rule.startswith("{"):
        rule = json.loads(rule)
    if isinstance(rule, str):
        rule = {"propertyName": rule.lstrip("-"), "direction": "DESCENDING" * rule.startswith("-")}
    name = str(rule.get("propertyName"))
    if name not in PROPERTIES:
        raise bad_request(f"sorts: no property named {name}")
    column = f"CAST({name} AS REAL)" if PROPERTIES[name].type == "number" else name
    return f"{column} {'DESC' if rule.get('direction') == 'DESCENDING' else 'ASC'}, id"
