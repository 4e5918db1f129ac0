"""Salesforce REST through simple-salesforce: queries, Collections, describe. Ids are checked before use."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from tools.connectors.salesforce.door import Door, session_through
from tools.connectors.values import chunks
from tools.errors import Refused
from tools.http import problem, retried
from tools.rules.consent_groups import GroupNames

COLLECTION = 200  # documented: records of one create, update or delete by sObject Collections
RETRIEVE = 2_000  # documented: ids of one sObject Collections retrieve
URI = 16_000  # characters of a request line we keep below; Salesforce refuses above 16,384
TOGETHER = 5  # documented: queries in one composite request, which counts as one call
LONG = 75_000  # quoted characters of a query in a composite; 100,000 plain ones are documented

Record = dict[str, Any]
T = TypeVar("T")
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def checked(record_id: object) -> str:
    """A record id fit for a URL or a query. Raises `Refused`: anything else might lead the token astray."""
    if not isinstance(record_id, str) or not _ID.fullmatch(record_id):
        raise Refused("That is no Salesforce record id", on=str(record_id)[:40])
    return record_id


def named(name: str) -> str:
    """An object's or field's name fit for a query (format_soql escapes values, never names)."""
    if not _NAME.fullmatch(name):
        raise Refused("That is no Salesforce name", on=name[:40])
    return name


@dataclass(slots=True)
class Client:
    """Calls of the REST API by what they are for."""

    door: Door
    version: str
    names: GroupNames = field(default_factory=GroupNames)
    _salesforce: Any = None
    _described: dict[str, Record] = field(default_factory=dict)

    @property
    def api(self) -> Any:  # noqa: ANN401 (simple_salesforce.Salesforce, imported late: it loads zeep)
        """simple-salesforce over our session. Its token is a placeholder; the door has the real one."""
        if self._salesforce is None:
            from simple_salesforce.api import Salesforce

            self._salesforce = Salesforce(
                session_id="door",
                instance_url=self.door.base_url,
                session=session_through(self.door),
                version=self.version,
            )
        return self._salesforce

    def describe(self, object: str) -> Mapping[str, Record]:
        """The fields we may see of an object, by name; asked once."""
        fields: Mapping[str, Record] = self._whole(object)["fields"]
        return fields

    def relations(self, object: str) -> frozenset[str]:
        """The names of an object's child relationships, as far as we may see them."""
        children: frozenset[str] = self._whole(object)["children"]
        return children

    def derived(self, object: str, name: str, make: Callable[[Mapping[str, Record]], T]) -> T:
        """What is made of an object's fields, made once for each description of it."""
        whole = self._whole(object)
        if name not in whole:
            whole[name] = make(whole["fields"])
        made: T = whole[name]
        return made

    def forget(self, object: str) -> None:
        """Describe an object anew when it is next asked about: what we may see of it has changed."""
        self._described.pop(object, None)

    def _whole(self, object: str) -> Record:
        if object not in self._described:
            found = retried(lambda: self.api.restful(f"sobjects/{named(object)}/describe"))
            children = {each.get("relationshipName") for each in found.get("childRelationships", ())}
            fields = {each["name"]: each for each in found["fields"]}
            self._described[object] = {"fields": fields, "children": frozenset(children - {None})}
        return self._described[object]

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[list[Record]]:
        """The records of a query, page by page as the vendor cuts them (at most 2,000).

        `deleted` takes in what is in the recycle bin.
        """
        yield from self.sized(soql, deleted=deleted)[1]

    def sized(self, soql: str, *, deleted: bool = False) -> tuple[int, Iterator[list[Record]]]:
        """How many records a query finds, and its pages, of which only the first has been asked for."""
        page = retried(lambda: self.api.query(soql, include_deleted=deleted))
        return int(page["totalSize"]), self._pages(page)

    def together(self, queries: Sequence[str]) -> Iterator[tuple[int, Iterator[list[Record]]]]:
        """What `sized` says of each of these queries, in their order, asked five at a time."""
        for block in chunks(queries, TOGETHER):
            body = {
                "allOrNone": False,
                "compositeRequest": [
                    {
                        "method": "GET",
                        "url": f"{self._data}/query?q={quote(soql)}",
                        "referenceId": f"q{number}",
                    }
                    for number, soql in enumerate(block)
                ],
            }
            answer = retried(partial(self.api.restful, "composite", method="POST", json=body))
            for each in answer["compositeResponse"]:
                page = _told(each)
                yield int(page["totalSize"]), self._pages(page)

    @property
    def _data(self) -> str:
        return f"/services/data/v{self.version}"

    def _pages(self, page: Record) -> Iterator[list[Record]]:
        while True:
            yield [bare(each) for each in page["records"]]
            if page["done"]:
                return
            following = page["nextRecordsUrl"]
            page = retried(partial(self.api.query_more, following, identifier_is_url=True))

    def total(self, object: str) -> int:
        """How many records an object has."""
        soql = f"SELECT COUNT() FROM {named(object)}"  # noqa: S608 (SOQL; the name is checked)
        return int(retried(lambda: self.api.query(soql))["totalSize"])

    def within(
        self, template: str, values: Sequence[str], most: int = RETRIEVE, limit: int = URI
    ) -> Iterator[str]:
        """Queries from a template with one `{}` for a list, each as long as the request line allows.

        `limit` is that length, as it is counted after quoting; `LONG` for queries sent together.
        """
        from simple_salesforce.format import format_soql

        room = limit - len(quote(template)) - 200
        block: list[str] = []
        used = 0
        for value in values:
            length = len(quote(format_soql("{},", value)))
            if block and (used + length > room or len(block) >= most):
                yield format_soql(template, block)
                block, used = [], 0
            block.append(value)
            used += length
        if block:
            yield format_soql(template, block)

    def retrieve(self, object: str, ids: Iterable[str], fields: Iterable[str]) -> dict[str, Record | None]:
        """These fields of these records by id, 2,000 a call; None for one that is gone."""
        wanted = sorted({"Id", *map(named, fields)})
        found: dict[str, Record | None] = {}
        for block in chunks(map(checked, ids), RETRIEVE):
            body = {"ids": block, "fields": wanted}
            path = f"composite/sobjects/{named(object)}"
            answer = retried(partial(self.api.restful, path, method="POST", json=body))
            held = {each["Id"][:15]: bare(each) for each in answer or () if each}
            found.update({each: held.get(each[:15]) for each in block})
        return found

    def create(self, records: Sequence[Record]) -> list[Record]:
        """Create up to 200 records, each on its own merits; results in input order."""
        return self._collection("POST", records)

    def update(self, records: Sequence[Record]) -> list[Record]:
        """Update up to 200 records, each on its own merits; results in input order."""
        return self._collection("PATCH", records)

    def _collection(self, method: str, records: Sequence[Record]) -> list[Record]:
        body = {"allOrNone": False, "records": list(records)}
        return list(self.api.restful("composite/sobjects", method=method, json=body) or ())

    def delete(self, ids: Sequence[str]) -> list[Record]:
        """Delete up to 200 records, each on its own merits; results in input order."""
        params = {"ids": ",".join(map(checked, ids)), "allOrNone": "false"}
        return list(self.api.restful("composite/sobjects", params=params, method="DELETE") or ())

    def jobs(self) -> list[Record]:
        """The organisation's bulk jobs, one page of them, whoever made them."""
        return list(retried(lambda: self.api.restful("jobs/ingest")).get("records") or ())

    def limits(self) -> Record:
        """The organisation's limits."""
        return dict(retried(self.api.limits))


def _told(answer: Mapping[str, Any]) -> Record:
    """The body of a subrequest's answer. Raises what its status means."""
    status, body = int(answer["httpStatusCode"]), answer["body"]
    if found := problem("salesforce", status, str(body), {}, write=False):
        raise found
    return dict(body)


def bare(record: Mapping[str, Any]) -> Record:
    """A record without the vendor's `attributes`; children as plain lists, parents as plain records."""
    out: Record = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict) and "records" in value:
            out[name] = [bare(each) for each in value["records"]]
        else:
            out[name] = bare(value) if isinstance(value, dict) else value
    return out
