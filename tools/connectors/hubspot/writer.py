"""HubSpot, written: 100 contacts a call, answered row by row; opt-outs one by one without Enterprise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import ClassVar

from typing_extensions import override

from tools.connectors.hubspot import groups, lifting, merging, statuses
from tools.connectors.hubspot.answers import HINTS, failures, refusal
from tools.connectors.hubspot.audiences import LIST, RECORD
from tools.connectors.hubspot.client import BATCH, Client, Record
from tools.connectors.hubspot.fields import OPT_OUT, YES
from tools.connectors.hubspot.landing import read_back
from tools.connectors.hubspot.undoing import ERASURE, LIFTING
from tools.connectors.values import key_of, text
from tools.errors import Refused
from tools.http import following
from tools.plan import Change, Op, Reversibility, System
from tools.ports import Outcome, Read, Writer

DAILY_CALLS = 650_000  # Marketing Hub Professional; Enterprise has a million
MINUTE_CALLS = 900.0  # of 190 calls in ten seconds, what leaves room for other apps
LIFTED = 3  # calls that lifting one opt-out takes: when it was made, subscribing, taking that back
RESTORABLE = timedelta(days=90)  # after which HubSpot deletes a contact for good
OWN = frozenset({"idempotency_key", OPT_OUT}) | LIFTING  # of a row, never sent as properties


@dataclass(frozen=True, slots=True)
class HubSpotWriter(Writer):
    """Changes HubSpot. For the executor alone."""

    system: ClassVar[System] = "hubspot"
    client: Client

    @override
    def batch_size(self, op: Op, object: str, total: int) -> int:
        return 1 if op == "merge" or object == ERASURE else BATCH

    @override
    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        if not changes:
            return []
        try:
            if changes[0].object == groups.SUBSCRIPTION:
                return statuses.apply(self.client, changes)
            return self._acts()[changes[0].op](changes)
        except Refused as error:
            hint = "HubSpot refused the whole batch; look at its rows."
            return [Outcome(state="failed", error=error.detail or error.what, hint=hint) for _ in changes]

    def _acts(self) -> Mapping[Op, Callable[[Sequence[Change]], list[Outcome]]]:
        return {
            "create": self._create,
            "update": self._update,
            "delete": self._archive,
            "suppress": self._suppress,
            "unsuppress": self._lift,
            "merge": self._merge,
            "add_member": partial(self._move, "add"),
            "remove_member": partial(self._move, "remove"),
        }

    def _create(self, changes: Sequence[Change]) -> list[Outcome]:
        """Opt out the addresses that are to be, make the contacts, lift what our own deletion left behind."""
        stopped = [each for each in changes if each.set.get(OPT_OUT) == YES]
        refused = {
            id(change): outcome
            for change, outcome in zip(stopped, self._opted_out(stopped), strict=True)
            if outcome.state != "applied"
        }
        left = [each for each in changes if id(each) not in refused]
        make = partial(self._made, left)
        made = iter(following(len(stopped), "hubspot", make) if left else [])
        return [refused.get(id(each)) or next(made) for each in changes]

    def _made(self, changes: Sequence[Change]) -> list[Outcome]:
        made = self._written(
            "create", changes, [{"properties": _properties(each), "associations": []} for each in changes]
        )
        returning = [
            change
            for change, outcome in zip(changes, made, strict=True)
            if outcome.state == "applied" and change.set.get(OPT_OUT) == "false"
        ]
        if returning:
            following(1, "hubspot", partial(lifting.returned, self.client, returning))
        return made

    def _update(self, changes: Sequence[Change]) -> list[Outcome]:
        inputs = [{"id": number(each.record_id), "properties": _properties(each)} for each in changes]
        return self._written("update", changes, inputs)

    def _written(self, verb: str, changes: Sequence[Change], inputs: Sequence[Record]) -> list[Outcome]:
        """A batch with a trace on each input, so that one bad row does not refuse the others."""
        traced = [{**each, "objectWriteTraceId": str(row)} for row, each in enumerate(inputs)]
        answer = self.client.batch(verb, traced)
        done = {
            text(each.get("objectWriteTraceId")): text(each["id"]) for each in answer.get("results") or ()
        }
        here = {text(each["id"]) for each in answer.get("results") or ()}
        failed = failures(answer)
        return [
            _outcome(
                change, done.get(str(row)), failed.get(str(row)) or failed.get(text(change.record_id)), here
            )
            for row, change in enumerate(changes)
        ]

    def _archive(self, changes: Sequence[Change]) -> list[Outcome]:
        if changes[0].object == ERASURE:
            return [self._erased(each, done) for done, each in enumerate(changes)]
        self.client.batch("archive", [{"id": number(each.record_id)} for each in changes])
        return [Outcome(state="applied", record_id=each.record_id) for each in changes]

    def _erased(self, change: Change, done: int) -> Outcome:
        following(done, "hubspot", partial(self.client.erase, number(change.record_id)))
        return Outcome(state="applied", record_id=change.record_id)

    def _suppress(self, changes: Sequence[Change]) -> list[Outcome]:
        for each in changes:
            number(each.record_id)
        return self._opted_out(changes)

    def _opted_out(self, changes: Sequence[Change]) -> list[Outcome]:
        """Opt the rows' addresses out: by batch where the account may."""
        if not changes:
            return []
        return self._batch(changes) if self.client.has_batches() else self._singly(changes)

    def _batch(self, changes: Sequence[Change]) -> list[Outcome]:
        answer = self.client.unsubscribe_many([_address(each) for each in changes])
        failed = failures(answer)
        done = {key_of(each.get("subscriberIdString")) for each in answer.get("results") or ()}
        return [
            Outcome(state="applied", record_id=each.record_id)
            if key_of(_address(each)) in done
            else refusal(each, failed.get(_address(each)))
            for each in changes
        ]

    def _singly(self, changes: Sequence[Change]) -> list[Outcome]:
        out: list[Outcome] = []
        for each in changes:
            taken = sum(outcome.state == "applied" for outcome in out)
            try:
                self._one(taken, _address(each))
            except Refused as error:
                out.append(Outcome(state="failed", error=error.detail, hint=HINTS["VALIDATION_ERROR"]))
            else:
                out.append(Outcome(state="applied", record_id=each.record_id))
        return out

    def _one(self, taken: int, address: str) -> None:
        """One address; a refusal is this row's alone, any other failure leaves doubt about those before."""
        refused: list[Refused] = []

        def send() -> None:
            try:
                self.client.unsubscribe(address)
            except Refused as error:
                refused.append(error)

        following(taken, "hubspot", send)
        if refused:
            raise refused[0]

    def _lift(self, changes: Sequence[Change]) -> list[Outcome]:
        return [
            following(done, "hubspot", partial(lifting.lifted, self.client, each))
            for done, each in enumerate(changes)
        ]

    def _merge(self, changes: Sequence[Change]) -> list[Outcome]:
        return [merging.apply(self.client, each, number(each.record_id)) for each in changes]

    def _move(self, verb: str, changes: Sequence[Change]) -> list[Outcome]:
        """Into or out of static lists, a call for each list."""
        lists: dict[str, list[Change]] = {}
        for each in changes:
            number(each.record_id or text(each.set.get(RECORD)))
            lists.setdefault(number(text(each.set.get(LIST))), []).append(each)
        missing: set[tuple[str, str]] = set()
        for done, (listed, rows) in enumerate(lists.items()):
            ids = [member_of(each) for each in rows]
            answer = following(done, "hubspot", partial(self.client.change_members, listed, verb, ids))
            missing |= {(listed, text(each)) for each in answer.get("recordIdsMissing") or ()}
        return [
            refusal(each, {"category": "OBJECT_NOT_FOUND"})
            if (text(each.set[LIST]), member_of(each)) in missing
            else Outcome(state="applied", record_id=member_of(each))
            for each in changes
        ]

    @override
    def read_back(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        if changes and changes[0].object == groups.SUBSCRIPTION:
            return groups.read_back(self.client, changes)
        return read_back(self.client, changes) if changes else []

    @override
    def lag(self) -> float:
        """Contacts read by id show writes at once; what hangs on them follows within seconds."""
        return 2.0

    @override
    def reversibility(self, op: Op, object: str, now: datetime) -> Reversibility:
        if object == ERASURE:
            note = "erased for good; HubSpot keeps the address from imports and from its app"
            return Reversibility(system="hubspot", op=op, how="none", note=note)
        if op == "delete":
            note = (
                "made anew from the backup: new id, history and associations lost;"
                " HubSpot itself restores it by hand, in its app,"
                f" for 90 days: until {now + RESTORABLE:%Y-%m-%d}"
            )
            return Reversibility(system="hubspot", op=op, how="recreate", note=note)
        if op == "merge":
            return Reversibility(system="hubspot", op=op, how="none", note="HubSpot cannot undo a merge")
        note = (
            "an express consent to one kind of mail comes back as not specified" if op == "suppress" else ""
        )
        return Reversibility(system="hubspot", op=op, how="inverse", note=note)

    @override
    def cost(self, op: Op, object: str, total: int) -> int:
        """Guard, writes and landing. Opt-outs take a call each without Enterprise, and one to find that out.

        A contact made anew whose opt-out has to be lifted takes three calls more, which is not in here.
        """
        if total <= 0:
            return 0
        pages = ceil(total / BATCH)
        calls = 3 * pages
        if object == ERASURE:
            calls = 2 * pages + total
        elif object == groups.SUBSCRIPTION:
            calls = groups.cost(op, total, batches=self.client.seems_to_have_batches())
        elif op == "suppress":
            calls = 2 * pages + 1 + (pages if self.client.seems_to_have_batches() else total)
        elif op == "unsuppress":
            calls = 2 * pages + LIFTED * total
        elif op == "merge":
            calls = 7 * total
        return calls

    @override
    def daily_limit(self) -> int:
        return DAILY_CALLS

    @override
    def calls_per_minute(self) -> float:
        return MINUTE_CALLS


def number(record_id: str | None) -> str:
    """A contact's or list's id. Raises `Refused` on anything else."""
    if record_id is None or not record_id.isascii() or not record_id.isdigit():
        raise Refused("That is no HubSpot id", on=str(record_id)[:40])
    return record_id


def member_of(change: Change) -> str:
    """The contact that a row about a place in a list is about."""
    return text(change.record_id or change.set.get(RECORD))


def _properties(change: Change) -> Record:
    """A row's values as the wire has them: text, "" to clear."""
    return {name: text(value) for name, value in change.set.items() if name not in OWN}


def _address(change: Change) -> str:
    return text(change.set.get("email"))


def _outcome(change: Change, made: str | None, failure: Record | None, here: set[str]) -> Outcome:
    if made or (change.record_id and change.record_id in here):
        return Outcome(state="applied", record_id=made or change.record_id)
    if failure:
        return refusal(change, failure)
    return Outcome(state="unknown", record_id=change.record_id)
