"""Marketo, written: 300 rows a call, answered row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil

from typing_extensions import override

from tools.connectors.marketo.client import BATCH, Client, Record
from tools.connectors.values import key_of, text
from tools.errors import OutcomeUnknown, Refused
from tools.http import following, redact
from tools.plan import Change, Op, Reversibility, System
from tools.ports import Outcome, Read, Writer

DAILY_CALLS = 50_000  # the usual subscription; some have fewer
MINUTE_CALLS = 150.0  # Adobe advises 50 calls in 20 s, half of what it allows
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

    client: Client

    @property
    @override
    def system(self) -> System:
        return "marketo"

    @override
    def batch_size(self, op: Op, object: str, total: int) -> int:
        return BATCH

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
        """Into or out of static lists, a call for each list."""
        method = "POST" if changes[0].op == "add_member" else "DELETE"
        lists: dict[int, list[int]] = {}
        for place, change in enumerate(changes):
            lists.setdefault(number(text(change.set.get("listId"))), []).append(place)
        out: dict[int, Outcome] = {}
        for done, (listed, places) in enumerate(lists.items()):
            body = {"input": [{"id": number(changes[place].record_id)} for place in places]}
            send = partial(self.client.write, method, f"/rest/v1/lists/{listed}/leads.json", body)
            results = following(done, "marketo", send)
            rows = [changes[place] for place in places]
            out.update(zip(places, _outcomes(results, rows), strict=True))
        return [out[place] for place in range(len(changes))]

    @override
    def read_back(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        if not changes:
            return []
        op = changes[0].op
        if op == "create":
            return self._made(changes)
        if op in {"add_member", "remove_member"}:
            return self._members(changes)
        names = sorted({name for change in changes for name in change.set})
        held = self._held(changes, names)
        return [_read(change, held.get(text(change.record_id))) for change in changes]

    def _held(self, changes: Sequence[Change], names: Sequence[str]) -> Mapping[str, Record]:
        ids = [str(number(change.record_id)) for change in changes]
        return {text(each["id"]): each for page in self.client.leads("id", ids, names) for each in page}

    def _made(self, changes: Sequence[Change]) -> list[Read]:
        """A lead made is found by its address: `createOnly` lets there be only one."""
        addresses = [text(change.set.get("email")) for change in changes]
        pages = self.client.leads("email", [each for each in addresses if each], ["email", "unsubscribed"])
        held = {key_of(each.get("email")): each for page in pages for each in page}
        return [
            _returned(change, held.get(key_of(address)))
            for change, address in zip(changes, addresses, strict=True)
        ]

    def _members(self, changes: Sequence[Change]) -> list[Read]:
        """Whether each lead is in its list, 300 ids a call."""
        lists: dict[int, list[str]] = {}
        for change in changes:
            lists.setdefault(number(text(change.set.get("listId"))), []).append(text(change.record_id))
        inside: set[tuple[int, str]] = set()
        for listed, ids in lists.items():
            for start in range(0, len(ids), BATCH):
                asked = {"id": ",".join(ids[start : start + BATCH])}
                for each in self.client.read(f"/rest/v1/lists/{listed}/leads/ismember.json", asked)["result"]:
                    if each.get("status") == "memberof":
                        inside.add((listed, text(each["id"])))
        wanted = changes[0].op == "add_member"
        return [
            "landed"
            if ((int(text(each.set["listId"])), text(each.record_id)) in inside) == wanted
            else "not_landed"
            for each in changes
        ]

    @override
    def lag(self) -> float:
        """Marketo shows its own writes by id at once; a second for its indexes."""
        return 1.0

    @override
    def reversibility(self, op: Op, object: str, now: datetime) -> Reversibility:
        if op == "delete":
            note = "made anew from the backup: new id, activities and scores of programs lost"
            return Reversibility(system="marketo", op=op, how="recreate", note=note)
        return Reversibility(system="marketo", op=op, how="none" if op == "merge" else "inverse")

    @override
    def cost(self, op: Op, object: str, total: int) -> int:
        batches = ceil(max(total, 0) / BATCH)
        return batches * (2 if op in {"add_member", "remove_member"} else 3)

    @override
    def daily_limit(self) -> int:
        return DAILY_CALLS

    @override
    def calls_per_minute(self) -> float:
        return MINUTE_CALLS


def number(record_id: str | None) -> int:
    """A lead's or list's id as a number. Raises `Refused` on anything else."""
    if record_id is None or not record_id.isascii() or not record_id.isdigit():
        raise Refused("That is no Marketo id", on=str(record_id)[:40])
    return int(record_id)


def _written(change: Change) -> Record:
    return {name: value for name, value in change.set.items() if name != "idempotency_key"}


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
