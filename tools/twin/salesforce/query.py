"""REST query, queryAll and queryMore: 2,000 records a page, parents nested, children as sub-results."""

import re
from array import array
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from tools.twin.salesforce import soql
from tools.twin.salesforce.errors import RestError
from tools.twin.salesforce.ids import make
from tools.twin.salesforce.schema import Field, SObject
from tools.twin.salesforce.soql import Child, Malformed, Query
from tools.twin.salesforce.soql_sql import Compiler, View, sobject
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

PAGE: Final = 2_000
CURSORS: Final = 10
LONGEST_URI: Final = 16_384
LOCATOR: Final = re.compile(r"(01g[a-zA-Z0-9]{15})-(\d+)")


@dataclass
class Cursor:
    """An open query: the rows it found, by rowid, in order."""

    query: Query
    source: SObject
    rows: "array[int]"
    deleted: bool


def open_cursor(world: World, text: str, *, deleted: bool) -> Cursor:
    """Run a query for its row numbers; raises `RestError` as the vendor would."""
    try:
        query = soql.parse(text)
        view = View.of(world)
        source = sobject(query.source, view)
        compiler = Compiler(source, view, deleted=deleted)
        where, order = compiler.where(query.where), compiler.order(query.order)
        _check_columns(view, query, source)
    except Malformed as error:
        raise RestError(error.code, str(error)) from error
    limit = f"LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset}"
    sql = f"SELECT {compiler.alias}.rowid {compiler.tables} {where} {order} {limit}"
    found = world.db.execute(sql, compiler.values)
    return Cursor(query, source, array("q", (row[0] for row in found)), deleted)


def _check_columns(view: View, query: Query, source: SObject) -> None:
    """Refuse unknown columns before anything is read."""
    compiler = Compiler(source, view, deleted=True)
    for column in query.columns:
        if isinstance(column, Child):
            child, _ = _child_of(source, column.relation, view)
            inner = Compiler(child, view, deleted=True)
            for path in column.columns:
                inner.resolve(path)
            inner.where(column.where)
        else:
            compiler.resolve(column)


def _child_of(source: SObject, relation: str, view: View) -> tuple[SObject, str]:
    """The child object and its reference field that a relationship names."""
    for name, (child, key) in source.children.items():
        if name.lower() == relation.lower():
            return sobject(child, view), key
    raise Malformed(
        f"Didn't understand relationship '{relation}' in FROM part of query call.", "INVALID_TYPE"
    )


def present(described: Field, value: Any) -> Json:  # noqa: ANN401  # what SQLite returned
    """A stored value as REST shows it."""
    if value is None:
        return None
    if described.type == "boolean":
        return bool(value)
    if described.type == "datetime":
        return value[:-1] + ".000+0000"
    if described.type == "anyType":  # the changed field's own type: booleans are the ones tracked here
        return {"true": True, "false": False}.get(value, value)
    return value


class Selection:
    """Reads rows of one object with dotted columns, and nests parents as REST does."""

    def __init__(
        self, world: World, source: SObject, columns: list[tuple[str, ...]], *, deleted: bool
    ) -> None:
        self.world = world
        self.source = source
        self.compiler = Compiler(source, View.of(world), deleted=deleted)
        self.columns = [(path, *self.compiler.resolve(path)) for path in columns]
        self.parents = {path[:depth] for path in columns for depth in range(1, len(path))}

    def read(self, where: str, values: list[Any], version: str, order: str = "") -> list[tuple[Any, Json]]:
        """Pairs of a row's key (`rowid`, or the foreign key asked for) and its record."""
        wanted = [column for _, column, _ in self.columns]
        above = {path: f'{self.compiler.parent(path)[0]}."Id"' for path in sorted(self.parents)}
        chosen = ", ".join(
            [f'{self.compiler.alias}.rowid, {self.compiler.alias}."Id"', *above.values(), *wanted]
        )
        found = self.world.db.execute(f"SELECT {chosen} {self.compiler.tables} {where} {order}", values)
        return [(row[0], self._record(tuple(row), list(above), version)) for row in found]

    def _record(self, row: tuple[Any, ...], above: list[tuple[str, ...]], version: str) -> Json:
        """One record from one row."""
        record: dict[str, Json] = {"attributes": attributes(self.source, row[1], version)}
        nested: dict[tuple[str, ...], dict[str, Json] | None] = {(): record}
        for path, parent_id in zip(above, row[2:], strict=False):
            holder = nested[path[:-1]]
            target = self.compiler.parent(path)[1]
            inner = {"attributes": attributes(target, parent_id, version)} if parent_id else None
            nested[path] = inner
            if holder is not None:
                holder[path[-1]] = inner
        for (path, _, described), value in zip(self.columns, row[2 + len(above) :], strict=True):
            holder = nested[path[:-1]]
            if holder is not None:
                holder[described.name] = present(described, value)
        return record


def attributes(source: SObject, record_id: str, version: str) -> dict[str, str]:
    """The `attributes` of a record."""
    return {"type": source.name, "url": f"/services/data/{version}/sobjects/{source.name}/{record_id}"}


def fetch(world: World, cursor: Cursor, start: int, size: int, version: str) -> list[Json]:
    """The records from `start` on, at most `size`, in the query's order."""
    numbers = cursor.rows[start : start + size]
    plain = [column for column in cursor.query.columns if not isinstance(column, Child)]
    selection = Selection(world, cursor.source, plain, deleted=True)
    marks = ", ".join(str(number) for number in numbers)
    records = dict(selection.read(f"WHERE {selection.compiler.alias}.rowid IN ({marks})", [], version))
    page = [records[number] for number in numbers if number in records]
    for child in cursor.query.columns:
        if isinstance(child, Child):
            _add_children(world, cursor, child, page, version)
    return page


def _add_children(world: World, cursor: Cursor, child: Child, page: list[Json], version: str) -> None:
    """Fill in one child relationship of a page of records; null where a record has none."""
    target, key = _child_of(cursor.source, child.relation, View.of(world))
    columns = [*child.columns, (key,)]
    selection = Selection(world, target, columns, deleted=cursor.deleted)
    where, order = selection.compiler.where(child.where), selection.compiler.order(child.order)
    owners = [record["attributes"]["url"].rsplit("/", 1)[1] for record in page]
    marks = f'{selection.compiler.alias}."{key}" IN ({", ".join("?" * len(owners))})'
    where = f"{where} AND {marks}" if where else f"WHERE {marks}"
    shown = key in {path[-1] for path in child.columns}
    by_owner: dict[str, list[Json]] = {}
    for _, record in selection.read(where, [*selection.compiler.values, *owners], version, order):
        owner = record[key] if shown else record.pop(key)
        by_owner.setdefault(owner, []).append(record)
    for owner, record in zip(owners, page, strict=True):
        mine = by_owner.get(owner, [])[: child.limit]
        whole = {"totalSize": len(mine), "done": True, "records": mine}
        record[child.relation] = whole if mine else None


def query(call: Call, version: str, *, deleted: bool = False) -> Reply:
    """GET query?q=…."""
    if len(call.target) > LONGEST_URI:
        raise RestError("URI_TOO_LONG", "URI Too Long", HTTPStatus.REQUEST_URI_TOO_LONG)
    cursor = open_cursor(call.world, call.query.get("q", ""), deleted=deleted)
    if cursor.query.counts:
        return as_json({"totalSize": len(cursor.rows), "done": True, "records": []})
    key = make("01g", call.world.count("cursor"))
    cursors = call.world.memory.setdefault("cursors", {})
    while len(cursors) >= CURSORS:
        cursors.pop(next(iter(cursors)))
    cursors[key] = cursor
    return _page(call, key, cursor, 0, version)


def query_all(call: Call, version: str) -> Reply:
    """GET queryAll?q=…: deleted rows as well, while the recycle bin holds them."""
    return query(call, version, deleted=True)


def query_more(call: Call, version: str, locator: str) -> Reply:
    """GET query/{locator}: the next page."""
    found = LOCATOR.fullmatch(locator)
    cursor = call.world.memory.get("cursors", {}).get(found[1]) if found else None
    if found is None or cursor is None:
        raise RestError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(call, found[1], cursor, int(found[2]), version)


def _page(call: Call, key: str, cursor: Cursor, start: int, version: str) -> Reply:
    """One page, with the address of the next."""
    records = fetch(call.world, cursor, start, PAGE, version)
    following = start + PAGE
    done = following >= len(cursor.rows)
    document: dict[str, Json] = {"totalSize": len(cursor.rows), "done": done, "records": records}
    if not done:
        document["nextRecordsUrl"] = f"/services/data/{version}/query/{key}-{following}"
    return as_json(document, rows=len(records))
