"""Marketo, written: 300 rows a call, answered row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import ClassVar

from typing_extensions import override

from tools.connectors.marketo import merging, places
from tools.connectors.marketo.client import BATCH, Client, Record
from tools.connectors.marketo.places import number
from tools.connectors.values import key_of, moment, spellings, text
from tools.errors import OutcomeUnknown, Refused
from tools.http import following, redact
from tools.plan import Change, Op, Reversibility, System
from tools.ports import Outcome, Read, Writer
from tools.rules.consent_groups import SCOPED

DAILY_CALLS = 50_000  # the usual subscription; some have fewer
MINUTE_CALLS = 150.0  # Adobe advises 50 calls in 20 s, half of what it allows
MERGES = 20
SLACK = timedelta(minutes=5)  # clocks differ: a lead made by a run may seem a little older than it
DONE = {"updated", "created", "deleted", "added", "removed", "memberof"}
HINTS: Mapping[str, str] = {
    "1004": "The lead is gone already.",
    "1005": "A lead with this address is there already.",
    "1006": "The field does not exist in this Marketo.",
    "1007": "Several leads match; merge them in Marketo first.",
    "1008": "Give the API user rights on the lead's partition.",
    "1011": "The field cannot be written by the API.",
}


@dataclass(frozen=True, slots=True)
class MarketoWriter(Writer):
    """Changes Marketo. For the executor alone."""

    system: ClassVar[System] = "marketo"
    client: Client

    @override
    def batch_size(self, op: Op, object: str, total: int) -> int:
        """300 rows; fewer merges, which are a call each: a batch is a bounded stretch of doubt."""
        return MERGES if op == "merge" else BATCH

    @override
    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        if not changes:
            return []
        try:
            return self._applied(changes)
        except Refused as error:
            hint = "Marketo refused the whole batch; look at its rows."
            return [Outcome(state="failed", error=error.detail or error.what, hint=hint) for _ in changes]

    def _applied(self, changes: Sequence[Change]) -> list[Outcome]:
        op = changes[0].op
        if op == "create":
            return self._created(changes)
        if op == "delete":
            return _outcomes(self.client.delete([number(change.record_id) for change in changes]), changes)
        if op in {"add_member", "remove_member"}:
            return self._moved(changes)
        if op == "merge":
            return self._merged(changes)
        records = [{"id": number(change.record_id), **_written(change)} for change in changes]
        return _outcomes(self.client.sync(records, "updateOnly", "id"), changes)

    def _created(self, changes: Sequence[Change]) -> list[Outcome]:
        """Create; then say once more that an address may be mailed, where the row says so.

        Marketo keeps opt-outs by address through a deletion (the durable unsubscribe) and puts them back on a
        lead that returns, whatever the creation said.
        """
        records = [_written(change) for change in changes]
        made = _outcomes(self.client.sync(records, "createOnly", "email"), changes)
        mailable = [
            {"id": number(outcome.record_id), "unsubscribed": False, "unsubscribedReason": None}
            for outcome, record in zip(made, records, strict=True)
            if outcome.state == "applied" and record.get("unsubscribed") is False
        ]
        if mailable:
            following(1, "marketo", partial(self.client.sync, mailable, "updateOnly", "id"))
        return made

    def _moved(self, changes: Sequence[Change]) -> list[Outcome]:
        """Into or out of static lists and programs."""
        results = places.apply(self.client, changes)
        outcomes = _outcomes([results[place] for place in sorted(results)], changes)
        return [
            replace(outcome, record_id=change.record_id or places.place_of(change))
            for outcome, change in zip(outcomes, changes, strict=True)
        ]

    def _merged(self, changes: Sequence[Change]) -> list[Outcome]:
        """The winner's values first, opt-outs among them, all in one call; then each merge by itself."""
        stopped = dict(merging.moved(self.client, changes))
        written = [
            place for place, each in enumerate(changes) if place not in stopped and merging.values_of(each)
        ]
        if written:
            rows = [changes[place] for place in written]
            records = [{"id": number(each.record_id), **merging.values_of(each)} for each in rows]
            done = _outcomes(self.client.sync(records, "updateOnly", "id"), rows)
            stopped |= {
                place: outcome.error
                for place, outcome in zip(written, done, strict=True)
                if outcome.state == "failed"
            }
        return [
            self._one_merge(change, stopped.get(place, ""), sent=bool(written) or place > 0)
            for place, change in enumerate(changes)
        ]

    def _one_merge(self, change: Change, why_not: str, *, sent: bool) -> Outcome:
        hint = "Look at the leads in Marketo, and ask for the merge again."
        if why_not:
            return Outcome(state="failed", record_id=change.record_id, error=why_not, hint=hint)
        why = following(int(sent), "marketo", partial(self._refusal, change))
        if why:
            return Outcome(state="failed", record_id=change.record_id, error=why, hint=hint)
        return Outcome(state="applied", record_id=change.record_id)

    def _refusal(self, change: Change) -> str:
        """Merge; Marketo's words when it refuses this one, "" when it is done."""
        try:
            self.client.merge(number(change.record_id), [number(each) for each in merging.losers_of(change)])
        except Refused as error:
            return error.detail or error.what
        return ""

    @override
    def read_back(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        if not changes:
            return []
        op = changes[0].op
        if op == "create":
            return self._made(changes, since)
        if op in {"add_member", "remove_member"}:
            return places.read_back(self.client, changes)
        if op == "merge":
            return merging.read_back(self.client, changes)
        names = sorted({name for change in changes for name in _written(change)})
        held = self._held(changes, names)
        return [_read(change, held.get(text(change.record_id))) for change in changes]

    def _held(self, changes: Sequence[Change], names: Sequence[str]) -> Mapping[str, Record]:
        ids = [str(number(change.record_id)) for change in changes]
        return {text(each["id"]): each for page in self.client.leads("id", ids, names) for each in page}

    def _made(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        """A lead made is found by its address, if it was created since the run began; see `_created`."""
        addresses = [key_of(change.set.get("email")) for change in changes]
        asked = [each for key in addresses if key for each in spellings(key)]
        names = ["email", "unsubscribed", "createdAt"]
        held: dict[str, Record] = {}
        for page in self.client.leads("email", asked, names):
            for each in page:
                made = moment(each.get("createdAt"))
                if made is None or made >= since - SLACK:
                    held[key_of(each.get("email"))] = each
        return [
            _returned(change, held.get(address)) for change, address in zip(changes, addresses, strict=True)
        ]

    @override
    def lag(self) -> float:
        """Marketo shows its own writes by id at once; a second for its indexes."""
        return 1.0

    @override
    def reversibility(self, op: Op, object: str, now: datetime) -> Reversibility:
        if op == "delete":
            note = "made anew from the backup: new id; activities, places in lists and programs lost"
            return Reversibility(system="marketo", op=op, how="recreate", note=note)
        return Reversibility(system="marketo", op=op, how="none" if op == "merge" else "inverse")

    @override
    def cost(self, op: Op, object: str, total: int) -> int:
        batches = ceil(max(total, 0) / BATCH)
        if op == "merge":
            return total + 3 * ceil(max(total, 0) / MERGES) + 2 * batches
        return batches * (2 if op in {"create", "add_member", "remove_member"} else 3)

    @override
    def daily_limit(self) -> int:
        return DAILY_CALLS

    @override
    def calls_per_minute(self) -> float:
        return MINUTE_CALLS


def _written(change: Change) -> Record:
    return {name: value for name, value in change.set.items() if name not in {"idempotency_key", SCOPED}}


def _read(change: Change, now: Record | None) -> Read:
    """A lead gone since cannot be mailed: its suppression stands; any other write of it does not."""
    if change.op == "delete":
        return "landed" if now is None else "not_landed"
    if now is None:
        return "landed" if change.op == "suppress" else "not_landed"
    return (
        "landed"
        if all(_same(value, now.get(name)) for name, value in _written(change).items())
        else "not_landed"
    )


def _returned(change: Change, now: Record | None) -> Read:
    """Made anew and, where the row says so, mailable."""
    opted_out = now is not None and bool(now.get("unsubscribed"))
    as_planned = now is not None and not (change.set.get("unsubscribed") is False and opted_out)
    return "landed" if as_planned else "not_landed"


def _same(planned: object, now: object) -> bool:
    """Whether two wire values are the same; Marketo returns an emptied field as null."""
    return (planned or None) == (now or None)


def _outcomes(results: Sequence[Record], changes: Sequence[Change]) -> list[Outcome]:
    if len(results) != len(changes):
        raise OutcomeUnknown(
            "Marketo answered for fewer rows than it was sent",
            do="What really happened is read back before anything is sent again.",
            detail=f"{len(results)} of {len(changes)}",
        )
    return [_outcome(each, change) for each, change in zip(results, changes, strict=True)]


def _outcome(result: Record, change: Change) -> Outcome:
    if result.get("status") in DONE:
        return Outcome(state="applied", record_id=text(result.get("id")) or change.record_id)
    first = (result.get("reasons") or [{}])[0]
    code = text(first.get("code"))
    return Outcome(
        state="failed",
        record_id=change.record_id,
        error=redact(f"{code}: {text(first.get('message'))}"),
        hint=HINTS.get(code, "Open the lead in Marketo."),
    )
