"""SOQL's tree turned into SQL over the twin's tables, with bound values only."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tools.twin.salesforce import ids, soql_dates
from tools.twin.salesforce.schema import OBJECTS, Field, SObject
from tools.twin.salesforce.soql import (
    Comparison,
    Condition,
    DateWord,
    Malformed,
    Moment,
    Semi,
    Sort,
    Value,
)
from tools.twin.world import World

DEEPEST: Final = 5
TOO_MANY: Final = 30_000  # SQLite's bound variables in one statement, with room


@dataclass(frozen=True)
class View:
    """What the API user sees of the organisation: field-level security, and whether history is tracked."""

    today: date
    hidden: frozenset[str]
    histories: bool

    @classmethod
    def of(cls, world: World) -> "View":
        """The view that the settings give."""
        hidden = frozenset(name.lower() for name in world.settings.salesforce_hidden_fields)
        return cls(world.now().date(), hidden, world.settings.salesforce_field_history)

    def shows(self, source: SObject, field: Field) -> bool:
        """Whether field-level security lets the API user see this field."""
        return f"{source.name}.{field.name}".lower() not in self.hidden


def sobject(name: str, view: View) -> SObject:
    """The object of that name, or the vendor's INVALID_TYPE.

    An object whose history is not tracked has no history object: an assumption, as both are switched on in
    one place.
    """
    found = OBJECTS.get(name.lower())
    if found is None or (found.history_of and not view.histories):
        raise Malformed(f"sObject type '{name}' is not supported.", "INVALID_TYPE")
    return found


class Compiler:
    """Builds one SELECT over one object: gathers joins and values as columns and conditions come."""

    def __init__(self, source: SObject, view: View, *, deleted: bool, alias: str = "t") -> None:
        self.source = source
        self.view = view
        self.deleted = deleted
        self.alias = alias
        self.values: list[Any] = []
        self._joins: dict[tuple[str, ...], tuple[str, SObject, str]] = {}

    def resolve(self, path: tuple[str, ...]) -> tuple[str, Field]:
        """The SQL column and the field a dotted path names."""
        if len(path) > DEEPEST:
            raise Malformed("relationships may be followed five levels up")
        alias, owner = self.parent(path[:-1])
        found = owner.fields.get(path[-1].lower())
        if found is None or not self.view.shows(owner, found):
            raise Malformed(f"No such column '{path[-1]}' on entity '{owner.name}'.", "INVALID_FIELD")
        return found.formula.format(alias=alias) or f'{alias}."{found.name}"', found

    def parent(self, path: tuple[str, ...]) -> tuple[str, SObject]:
        """The alias and object a chain of parent relationships leads to."""
        if not path:
            return self.alias, self.source
        key = tuple(part.lower() for part in path)
        if key not in self._joins:
            above, owner = self.parent(path[:-1])
            found = next((each for each in owner.fields.values() if each.parent.lower() == key[-1]), None)
            if found is None or not found.to:
                raise Malformed(
                    f"Didn't understand relationship '{path[-1]}' in field path.", "INVALID_FIELD"
                )
            target, alias = OBJECTS[found.to.lower()], f"{self.alias}{len(self._joins) + 1}"
            join = f'LEFT JOIN {target.table} {alias} ON {alias}."Id" = {above}."{found.name}"'
            self._joins[key] = (alias, target, join)
        alias, target, _ = self._joins[key]
        return alias, target

    @property
    def tables(self) -> str:
        """The FROM clause with all joins asked for so far."""
        joins = " ".join(join for _, _, join in self._joins.values())
        return f"FROM {self.source.table} {self.alias} {joins}".rstrip()

    def where(self, condition: Condition | None) -> str:
        """The WHERE clause; deleted rows are out unless asked for."""
        parts = [] if self.deleted else [f'{self.alias}."IsDeleted" = 0']
        if condition is not None:
            parts.append(self.condition(condition))
        return f"WHERE {' AND '.join(parts)}" if parts else ""

    def condition(self, condition: Condition) -> str:
        """One condition. SOQL knows two truth values: what is null is false, and its negation true."""
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        if condition.how == "NOT":
            return f"NOT COALESCE({self.condition(condition.parts[0])}, 0)"
        return "(" + f" {condition.how} ".join(self.condition(part) for part in condition.parts) + ")"

    def _comparison(self, given: Comparison) -> str:
        """`path operator value`."""
        column, described = self.resolve(given.path)
        if not described.filterable:
            words = f"field '{described.name}' can not be filtered in a query call"
            raise Malformed(words, "INVALID_FIELD")
        if isinstance(given.value, Semi):
            return self._semi(column, given.operator, given.value)
        if isinstance(given.value, tuple):
            return self._members(column, described, given)
        if isinstance(given.value, DateWord):
            sql, values = soql_dates.condition(
                column, given.operator, given.value, described.type, self.view.today
            )
            self.values.extend(values)
            return sql
        value = bound(described, given.value)
        self.values.append(value)
        if given.operator == "LIKE":
            return f"{column} LIKE ? ESCAPE '\\'"
        operator = {"=": "IS", "!=": "IS NOT"}.get(given.operator, given.operator)
        return f"{column} {operator} ?"

    def _members(self, column: str, described: Field, given: Comparison) -> str:
        """`path IN (…)`; NOT IN takes nulls along, as SOQL does."""
        assert isinstance(given.value, tuple)
        if len(self.values) + len(given.value) > TOO_MANY:
            raise Malformed("too many values in one query")
        self.values.extend(bound(described, value) for value in given.value)
        inside = f"{column} IN ({', '.join('?' * len(given.value))})"
        return inside if given.operator == "IN" else f"NOT COALESCE({inside}, 0)"

    def _semi(self, column: str, operator: str, semi: Semi) -> str:
        """`path IN (SELECT …)`."""
        source = sobject(semi.source, self.view)
        inner = Compiler(source, self.view, deleted=self.deleted, alias=f"{self.alias}s")
        chosen, described = inner.resolve(semi.path)
        if described.type not in {"id", "reference"}:
            raise Malformed("a semi-join selects an id or a reference")
        where = inner.where(semi.where)
        self.values.extend(inner.values)
        known = f"{where} AND {chosen} IS NOT NULL" if where else f"WHERE {chosen} IS NOT NULL"
        inside = f"{column} IN (SELECT {chosen} {inner.tables} {known})"
        return inside if operator == "IN" else f"NOT COALESCE({inside}, 0)"

    def order(self, sorts: tuple[Sort, ...]) -> str:
        """The ORDER BY clause. Without one it is by Id: an assumption, the vendor promises nothing."""
        parts = []
        for sort in sorts:
            column, _ = self.resolve(sort.path)
            way = "DESC" if sort.descending else "ASC"
            parts.append(f"{column} {way} NULLS {'LAST' if sort.nulls_last else 'FIRST'}")
        return "ORDER BY " + ", ".join([*parts, f'{self.alias}."Id"'])


def bound(described: Field, value: Value) -> Any:  # noqa: ANN401  # what SQLite binds
    """A literal as the field's column stores it; the vendor's complaint when the types do not fit."""
    if value is None:
        return None
    if described.type in {"id", "reference"}:
        record = ids.normal(value)
        if record is None:
            raise Malformed(f"invalid ID field: {value}", "INVALID_QUERY_FILTER_OPERATOR")
        return record
    if described.type == "boolean" and isinstance(value, bool):
        return int(value)
    if described.type in {"datetime", "date"} and isinstance(value, Moment):
        return soql_dates.stored(value, described.type)
    if described.type in {"double", "currency", "int"} and isinstance(value, int | float):
        return value
    textual = described.type not in {"boolean", "datetime", "date", "double", "currency", "int"}
    if textual and isinstance(value, str):
        return value
    raise Malformed(
        f"value of filter criterion for field '{described.name}' must be of type {described.type}"
        " and should not be enclosed in quotes" * isinstance(value, str),
        "INVALID_FIELD",
    )
