"""Salesforce, written: Collections up to 2,000 rows, Bulk 2.0 above, SOAP to come back from the bin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil
from typing import ClassVar

from typing_extensions import override

from tools.connectors.salesforce import landing, merging
from tools.connectors.salesforce.bulk import Bulk
from tools.connectors.salesforce.client import COLLECTION, RETRIEVE, Client, Record, checked, named
from tools.connectors.salesforce.fields import PEOPLE
from tools.connectors.salesforce.soap import MERGES, undelete
from tools.connectors.salesforce.undoing import BIN
from tools.connectors.values import text
from tools.errors import OutcomeUnknown, Refused
from tools.http import following, redact
from tools.plan import Change, Fields, Op, Reversibility, System
from tools.ports import Outcome, Read, Writer
from tools.rules.consent_groups import SCOPED

BULK_ABOVE = 2_000  # rows; the vendor advises bulk from here on
BULK_ROWS = 10_000  # rows of one job: the vendor's own internal batch, and a bounded stretch of doubt
BULK_CALLS = 4  # create, upload, close, poll; failed rows cost one more
DAILY_CALLS = 100_000  # Enterprise edition before licences; more with each licence
GUARDED = 2_000  # ids of one guard query that counts children
NOT_SET = {"idempotency_key", "undelete", SCOPED}

MERGE_NOTE = (
    "a merge cannot be undone in Salesforce; the records as they were before are kept in the run's backup"
)

HINTS: Mapping[str, str] = {
    "CANNOT_UPDATE_CONVERTED_LEAD": "A converted lead is read-only; change the contact it became.",
    "DUPLICATES_DETECTED": "A duplicate rule says this person is there already; look for them first.",
    "DUPLICATE_VALUE": "It is there already, so nothing was needed.",
    "INVALID_CROSS_REFERENCE_KEY": "The record, or one it points to, is not there any more.",
    "INVALID_EMAIL_ADDRESS": "Salesforce takes this for no e-mail address; correct it.",
    "INVALID_FIELD": "Give the integration user field-level security to see this field.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "Give the integration user field-level security to edit this field.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "The picklist does not list this value; use one it lists.",
    "OPTED_OUT_SINCE": "Ask for the merge again, so that the opt-out is kept.",
    "REQUIRED_FIELD_MISSING": "Salesforce requires a field that has no value here; fill it in.",
    "STRING_TOO_LONG": "The value is longer than the field; shorten it.",
    "ENTITY_IS_DELETED": "The record is in the recycle bin already.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "Give the integration user edit rights on this record.",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "Give the integration user rights on the owner.",
    "DELETE_FAILED": "Something in Salesforce still needs this record; look at its related lists.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A validation rule refuses this; ask the Salesforce administrator.",
    "UNABLE_TO_LOCK_ROW": "Somebody else was writing the record; ask again.",
    "UNDELETE_FAILED": "The record is not in the recycle bin any more.",
}


@dataclass(frozen=True, slots=True)
class SalesforceWriter(Writer):
    """Changes Salesforce. For the executor alone."""

    system: ClassVar[System] = "salesforce"
    client: Client
    bulk: Bulk

    @override
    def batch_size(self, op: Op, object: str, total: int) -> int:
        if op == "merge":
            return MERGES
        if total <= BULK_ABOVE or op in {"create", "add_member"}:
            return COLLECTION
        return BULK_ROWS

    @override
    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        if not changes:
            return []
        op, kind = changes[0].op, named(changes[0].object)
        try:
            if op in {"create", "add_member"}:
                return self._create(changes, kind)
            if op in {"delete", "remove_member"}:
                return self._delete(changes, kind)
            if op == "merge":
                errors = merging.apply(self.client, changes)
                return [_outcome(row.record_id, error) for row, error in zip(changes, errors, strict=True)]
            return self._update(changes, kind)
        except Refused as error:
            return [_outcome(None, error.detail or error.what) for _ in changes]

    def _update(self, changes: Sequence[Change], kind: str) -> list[Outcome]:
        rows = [{"Id": checked(change.record_id), **written(change)} for change in changes]
        if len(changes) > COLLECTION:
            return self._in_bulk(rows, kind, "update")
        records = [{"attributes": {"type": kind}, **row} for row in rows]
        return _paired(self.client.update(records), [row["Id"] for row in rows])

    def _delete(self, changes: Sequence[Change], kind: str) -> list[Outcome]:
        ids = [checked(change.record_id) for change in changes]
        if len(ids) > COLLECTION:
            return self._in_bulk([{"Id": each} for each in ids], kind, "delete")
        return _paired(self.client.delete(ids), ids)

    def _in_bulk(self, rows: Sequence[Fields], kind: str, operation: str) -> list[Outcome]:
        """Jobs of rows with the same columns, as an empty cell would leave a field alone."""
        groups: dict[tuple[str, ...], list[Fields]] = {}
        for row in rows:
            groups.setdefault(tuple(row), []).append(row)
        failed: dict[str, str] = {}
        for done, (columns, group) in enumerate(groups.items()):
            job = partial(self.bulk.write, kind, operation, columns, group)
            failed.update(following(done, "salesforce", job))
        return [_outcome(text(row["Id"]), redact(failed.get(text(row["Id"])[:15], ""))) for row in rows]

    def _create(self, changes: Sequence[Change], kind: str) -> list[Outcome]:
        """New records by Collections, records out of the bin by SOAP; outcomes in the order given."""
        back = {i: checked(each.set["undelete"]) for i, each in enumerate(changes) if "undelete" in each.set}
        new = [i for i in range(len(changes)) if i not in back]
        out: dict[int, Outcome] = {}
        if back:
            errors = undelete(self.client, list(back.values()))
            out.update({i: _outcome(back[i], error) for i, error in zip(back, errors, strict=True)})
        if new:
            records = [{"attributes": {"type": kind}, **written(changes[i])} for i in new]
            results = following(len(back), "salesforce", lambda: self.client.create(records))
            made = _paired(results, [None] * len(new))
            out.update(dict(zip(new, made, strict=True)))
        return [out[i] for i in range(len(changes))]

    @override
    def read_back(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        if changes and changes[0].op == "merge":
            return merging.read_back(self.client, changes)
        return landing.read_back(self.client, changes, since)

    @override
    def lag(self) -> float:
        """Salesforce shows its own writes at once; a second covers queries on indexed fields."""
        return 1.0

    @override
    def reversibility(self, op: Op, object: str, now: datetime) -> Reversibility:
        if op == "merge":
            return Reversibility(system="salesforce", op=op, how="none", note=MERGE_NOTE)
        if op == "remove_member":
            note = "made a member again with the same status; when they first responded is not kept"
            return Reversibility(system="salesforce", op=op, how="inverse", note=note)
        if op == "delete":
            note = "out of the recycle bin, sooner emptied when it is full; not everything related comes back"
            note += " and converted leads do not"
            return Reversibility(system="salesforce", op=op, how="undelete", until=now + BIN, note=note)
        return Reversibility(system="salesforce", op=op, how="inverse")

    @override
    def cost(self, op: Op, object: str, total: int) -> int:
        if total <= 0:
            return 0
        reads = ceil(total / RETRIEVE)
        guard = ceil(total / GUARDED) if op == "delete" and object in PEOPLE else reads
        batch = self.batch_size(op, object, total)
        if op == "merge":  # the losers before, the merge, master and losers after; the guard
            return ceil(total / batch) * 2 + reads * 2 + reads
        calls = ceil(total / batch) * (1 if batch == COLLECTION else BULK_CALLS)
        return calls + reads + (0 if op in {"create", "add_member"} else guard)

    @override
    def daily_limit(self) -> int:
        return self.client.door.usage[1] if self.client.door.usage else DAILY_CALLS

    @override
    def calls_per_minute(self) -> float:
        """No pace is prescribed; 25 long calls at a time are. One after the other takes about this many."""
        return 200.0


def written(change: Change) -> Record:
    """What of a change goes over the wire."""
    return {name: value for name, value in change.set.items() if name not in NOT_SET}


def _paired(results: Sequence[Record], ids: Sequence[str | None]) -> list[Outcome]:
    if len(results) != len(ids):
        raise OutcomeUnknown(
            "Salesforce answered for fewer rows than it was sent",
            do="What really happened is read back before anything is sent again.",
            detail=f"{len(results)} of {len(ids)}",
        )
    return [
        _outcome(each.get("id") or known, "" if each.get("success") else _error(each))
        for each, known in zip(results, ids, strict=True)
    ]


def _error(result: Record) -> str:
    first = (result.get("errors") or [{}])[0]
    return redact(f"{first.get('statusCode', 'UNKNOWN')}: {first.get('message', '')}")


def _outcome(record_id: str | None, error: str) -> Outcome:
    if not error:
        return Outcome(state="applied", record_id=record_id)
    code = error.split(":", maxsplit=1)[0]
    return Outcome(
        state="failed",
        record_id=record_id,
        error=error,
        hint=HINTS.get(code, "Open the record in Salesforce."),
    )
