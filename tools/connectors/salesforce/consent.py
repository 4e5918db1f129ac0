"""Everybody's consent: every contact and lead with its opt-out box, and who ticked it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from tools.abilities import ConsentRecord, KeepsConsent
from tools.connectors.salesforce.bulk import Bulk
from tools.connectors.salesforce.client import Client, Record
from tools.connectors.salesforce.fields import PEOPLE
from tools.connectors.salesforce.marks import HISTORIES, LINE, OPT_OUT, box_mark, mark
from tools.connectors.salesforce.reading import rows
from tools.connectors.values import chunks, iso, subject_of, text
from tools.errors import NeedsAttention, Refused
from tools.ports import ConsentMark

BATCH = 2_000
COLUMNS = (
    f"Id, Email, {OPT_OUT}, CreatedDate, CreatedById, CreatedBy.Name, LastModifiedDate, LastModifiedById,"
    " LastModifiedBy.Name"
)


@dataclass(frozen=True, slots=True)
class Keeper(KeepsConsent):
    """The opt-out boxes of an organisation."""

    client: Client
    bulk: Bulk
    subject: Callable[[str], str]

    @override
    def consent_changes(self, since: datetime | None = None) -> Iterator[list[ConsentRecord]]:
        """Every contact and lead, or those changed since then. Raises `NeedsAttention` for a hidden box."""
        for object in PEOPLE:
            if OPT_OUT not in self.client.describe(object):
                raise hidden(object, OPT_OUT)
        for object in PEOPLE:
            try:
                yield from self._of(object, since)
            except Refused as error:
                self._look_again(object, error)
                raise

    @override
    def look_cost(self) -> int:
        histories = sum(HISTORIES in self.client.relations(each) for each in PEOPLE)
        boxes = 1 + len(self.client.names.fields("salesforce"))
        return len(PEOPLE) + histories * boxes

    def _look_again(self, object: str, error: Refused) -> None:
        """Rights may change under a running process: a box hidden since it was described is named, too."""
        self.client.forget(object)
        if OPT_OUT not in self.client.describe(object):
            raise hidden(object, OPT_OUT) from error

    def _of(self, object: str, since: datetime | None) -> Iterator[list[ConsentRecord]]:
        touched = f" WHERE SystemModstamp >= {iso(since)}" if since else ""
        tracked = HISTORIES in self.client.relations(object)
        boxes = self._boxes(object)
        latest = {
            field: self._history(object, touched, field) if tracked else {} for field in (OPT_OUT, *boxes)
        }
        for block in chunks(self._rows(self._soql(object, touched), object), BATCH):
            yield [
                found
                for each in block
                for found in (
                    self._record(each, object, latest[OPT_OUT], tracked=tracked),
                    *self._groups(each, object, latest, boxes),
                )
            ]

    def query(self) -> str:
        """What is asked for everybody, in SOQL."""
        return "; ".join(self._soql(object, "") for object in PEOPLE)

    def _soql(self, object: str, touched: str) -> str:
        columns = ", ".join((COLUMNS, *self._boxes(object)))
        return f"SELECT {columns} FROM {object}{_living(object, touched)}"  # noqa: S608 (SOQL, described names)

    def _boxes(self, object: str) -> Mapping[str, str]:
        """The groups of mail by their box, of the boxes that this object has."""
        known = self.client.describe(object)
        return {
            name: group for name, group in self.client.names.fields("salesforce").items() if name in known
        }

    def _groups(
        self,
        record: Record,
        object: str,
        latest: Mapping[str, Mapping[str, Record]],
        boxes: Mapping[str, str],
    ) -> Iterator[ConsentRecord]:
        for field, group in boxes.items():
            if found := box_mark(record, latest[field].get(text(record["Id"])), field, group):
                yield self._told(record, object, found)

    def _history(self, object: str, touched: str, field: str) -> dict[str, Record]:
        """The latest change of a box by record, of the records touched."""
        among = f" AND {object}Id IN (SELECT Id FROM {object}{touched})" if touched else ""  # noqa: S608 (as above)
        soql = (
            f"SELECT {object}Id, {LINE} FROM {object}History WHERE Field = '{field}'{among}"  # noqa: S608 (as above)
            " ORDER BY CreatedDate"
        )
        return {text(each[f"{object}Id"]): each for each in self._rows(soql, object)}

    def _rows(self, soql: str, object: str) -> Iterator[Record]:
        return rows(self.client, self.bulk, soql, self.client.describe(object))

    def _record(
        self, record: Record, object: str, latest: Mapping[str, Record], *, tracked: bool
    ) -> ConsentRecord:
        return self._told(record, object, mark(record, latest.get(text(record["Id"])), tracked=tracked))

    def _told(self, record: Record, object: str, found: ConsentMark) -> ConsentRecord:
        return ConsentRecord(
            system="salesforce",
            object=object,
            record_id=text(record["Id"]),
            subject=subject_of(self.subject, record.get("Email")),
            address=text(record.get("Email")),
            mark=found,
        )


def _living(object: str, touched: str) -> str:
    """The condition without converted leads: what they were is a contact now. Their opt-outs count."""
    if object != "Lead":
        return touched
    living = f"(IsConverted = false OR {OPT_OUT} = true)"
    return f"{touched} AND {living}" if touched else f" WHERE {living}"


def hidden(object: str, field: str) -> NeedsAttention:
    """What to do about a field that field-level security hides from us."""
    return NeedsAttention(
        f"Salesforce hides {field} from us",
        on=object,
        do=f"Give the integration user field-level security for {object}.{field}.",
    )
