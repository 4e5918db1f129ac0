"""SendGrid, written. Purging deletes the marketing contact and keeps suppression and bounce records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any, ClassVar

from typing_extensions import override

from tools.connectors.sendgrid import audiences, groups
from tools.connectors.sendgrid.audiences import PLACE, by_list
from tools.connectors.sendgrid.client import CONTACTS, PAGE, SINGLES, Client
from tools.connectors.sendgrid.fields import HARD
from tools.connectors.values import key_of, text
from tools.errors import Refused
from tools.http import following
from tools.plan import Change, Op, Reversibility, System
from tools.ports import Outcome, Read, Writer

SUPPRESSIONS = 10_000  # addresses a call; the vendor documents no maximum, this keeps a call near 300 kB
MINUTE_CALLS = 300.0  # the vendor publishes no numbers; X-RateLimit headers tell when to pause
SLACK = timedelta(minutes=5)  # clocks differ: a list is read from a little before the run on

BATCHES: Mapping[tuple[str, str], int] = {
    ("suppress", "global_suppression"): SUPPRESSIONS,
    ("unsuppress", "global_suppression"): 50,  # one call each: a batch is a bounded stretch of doubt
    ("suppress", groups.MEMBER): groups.AT_ONCE,
    ("unsuppress", groups.MEMBER): 50,  # as above
    ("delete", "contact"): CONTACTS,
    ("create", "contact"): 1_000,
    ("update", "contact"): 1_000,
    ("delete", "bounce"): 1_000,
    ("add_member", PLACE): 1_000,
    ("remove_member", PLACE): CONTACTS,
}


@dataclass(frozen=True, slots=True)
class SendGridWriter(Writer):
    """Changes SendGrid. For the executor alone."""

    system: ClassVar[System] = "sendgrid"
    client: Client

    @override
    def batch_size(self, op: Op, object: str, total: int) -> int:
        """Rows of one `apply`."""
        return min(BATCHES.get((op, object), 1), max(total, 1))

    @override
    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Do one batch. A refused request fails every row of it with the vendor's words."""
        if not changes:
            return []
        act = self._acts().get((changes[0].op, changes[0].object))
        if act is None:
            return [_failed("SendGrid cannot do this", "Leave this row out.")] * len(changes)
        try:
            act(changes)
        except Refused as error:
            return [_failed(error.detail, "Look at the address; SendGrid refused the batch.")] * len(changes)
        return [Outcome(state="applied", record_id=change.record_id) for change in changes]

    def _acts(self) -> Mapping[tuple[str, str], Callable[[Sequence[Change]], None]]:
        return {
            ("suppress", "global_suppression"): lambda rows: self.client.suppress(_addresses(rows)),
            ("unsuppress", "global_suppression"): self._unsuppress,
            ("suppress", groups.MEMBER): partial(groups.apply, self.client),
            ("unsuppress", groups.MEMBER): partial(groups.apply, self.client),
            ("delete", "contact"): self._delete,
            ("create", "contact"): self._put,
            ("update", "contact"): self._put,
            ("delete", "bounce"): self._forget,
            ("add_member", PLACE): self._join,
            ("remove_member", PLACE): self._leave,
        }

    def _unsuppress(self, changes: Sequence[Change]) -> None:
        for done, address in enumerate(_addresses(changes)):
            following(done, "sendgrid", partial(self.client.unsuppress, address))

    def _delete(self, changes: Sequence[Change]) -> None:
        self.client.delete_contacts([text(change.record_id) for change in changes])

    def _forget(self, changes: Sequence[Change]) -> None:
        """Off the lists each row names (bounces, when it names none), a call for each list."""
        calls = [
            (
                name,
                [
                    key
                    for change, key in zip(changes, _addresses(changes), strict=True)
                    if name in _lists(change)
                ],
            )
            for name in HARD
        ]
        for done, (name, keys) in enumerate((name, keys) for name, keys in calls if keys):
            following(done, "sendgrid", partial(self.client.forget, name, keys))

    def _join(self, changes: Sequence[Change]) -> None:
        """Onto marketing lists: contacts are put by address with the list."""
        for done, (listed, rows) in enumerate(by_list(changes).items()):
            records = [{"email": key} for key in _addresses(rows)]
            following(done, "sendgrid", partial(self.client.put_contacts, records, [listed]))

    def _leave(self, changes: Sequence[Change]) -> None:
        """Off marketing lists, by the contacts' ids."""
        for done, (listed, rows) in enumerate(by_list(changes).items()):
            ids = [text(change.set.get("contact_id")) for change in rows]
            following(done, "sendgrid", partial(self.client.leave_list, listed, ids))

    def _put(self, changes: Sequence[Change]) -> None:
        """Contacts are put by address, so a repeat makes no double; rows are grouped by their lists."""
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for change in changes:
            record = {name: value for name, value in change.set.items() if name != "idempotency_key"}
            lists = record.pop("list_ids", None)
            listed = tuple(map(text, lists)) if isinstance(lists, list | tuple) else ()
            groups.setdefault(listed, []).append(record)
        for done, (listed, records) in enumerate(groups.items()):
            following(done, "sendgrid", partial(self.client.put_contacts, records, listed))

    @override
    def read_back(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        """Whether each row is true at SendGrid now."""
        if not changes:
            return []
        if (changes[0].op, changes[0].object) == ("suppress", "global_suppression"):
            return self._suppressed(changes, since)
        if changes[0].object == groups.MEMBER:
            return groups.read_back(self.client, changes)
        read = self._reads().get((changes[0].op, changes[0].object), self._written)
        return read(changes)

    def _reads(self) -> Mapping[tuple[str, str], Callable[[Sequence[Change]], list[Read]]]:
        return {
            ("unsuppress", "global_suppression"): lambda rows: self._off(rows, lambda _: ("unsubscribes",)),
            ("delete", "contact"): self._deleted,
            ("delete", "bounce"): lambda rows: self._off(rows, _lists),
            ("add_member", PLACE): lambda rows: audiences.read_back(self.client, rows),
            ("remove_member", PLACE): lambda rows: audiences.read_back(self.client, rows),
        }

    def _deleted(self, changes: Sequence[Change]) -> list[Read]:
        here = self.client.contacts(text(change.record_id) for change in changes)
        return [_read(change.record_id not in here) for change in changes]

    def _off(self, changes: Sequence[Change], named: Callable[[Change], Sequence[str]]) -> list[Read]:
        """Whether each address is off every list its row is about."""
        keys = _addresses(changes)
        names = dict.fromkeys(name for change in changes for name in named(change))
        held = {name: self.client.by_key(name, keys) for name in names}
        return [
            _read(not any(key in held[name] for name in named(change)))
            for key, change in zip(keys, changes, strict=True)
        ]

    def _suppressed(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        """The list from the run's beginning on; addresses put on it before are asked for apart."""
        keys = _addresses(changes)
        held = set(self.client.by_key("unsubscribes", keys, since - SLACK))
        rest = [key for key in keys if key not in held]
        held |= set(self.client.by_key("unsubscribes", rest)) if rest else set()
        return [_read(key in held) for key in keys]

    def _written(self, changes: Sequence[Change]) -> list[Read]:
        """Contacts put: each is there and holds what was written."""
        held = {
            key_of(record.get("email")): record
            for page in self.client.contacts_of(_addresses(changes))
            for record in page
        }
        return [
            _read(_holds(held.get(key), change.set))
            for key, change in zip(_addresses(changes), changes, strict=True)
        ]

    @override
    def lag(self) -> float:
        """Contact jobs are done later; a few seconds is usual for small ones."""
        return 3.0

    @override
    def reversibility(self, op: Op, object: str, now: datetime) -> Reversibility:
        """Suppressions are lifted again; a deleted contact is only made anew."""
        if op == "delete" and object == "contact":
            note = "made anew from the backup: new id, engagement history lost"
            return Reversibility(system="sendgrid", op=op, how="recreate", note=note)
        if op in {"suppress", "unsuppress", "add_member", "remove_member"} or object == "contact":
            return Reversibility(system="sendgrid", op=op, how="none" if op == "merge" else "inverse")
        return Reversibility(system="sendgrid", op=op, how="none", note="SendGrid keeps no earlier state")

    @override
    def cost(self, op: Op, object: str, total: int) -> int:
        """Calls for applying and for the landing read; a suppression's guard pages two lists."""
        if total <= 0:
            return 0
        if object == groups.MEMBER:
            return groups.cost(op, total)
        pages = total // PAGE + 1
        singly = total if total <= SINGLES else pages
        calls = ceil(total / 1_000) + ceil(total / CONTACTS)
        match (op, object):
            case ("suppress", _):
                guard, landing = pages + 1, pages  # everybody on the bounces list, few on the other
                calls = guard + ceil(total / SUPPRESSIONS) + landing
            case ("unsuppress", _):
                calls = total + singly
            case ("delete", "contact") | ("remove_member", _):
                calls = 2 * ceil(total / CONTACTS)
            case ("delete", "bounce"):
                calls = len(HARD) * (ceil(total / 1_000) + singly)
        return calls

    @override
    def daily_limit(self) -> int:
        """None is published."""
        return 0

    @override
    def calls_per_minute(self) -> float:
        """The pace we keep."""
        return MINUTE_CALLS


def _addresses(changes: Sequence[Change]) -> list[str]:
    return [key_of(change.set.get("email")) for change in changes]


def _lists(change: Change) -> list[str]:
    """The lists a row about bounces names."""
    named = change.set.get("lists")
    return [text(each) for each in named] if isinstance(named, list | tuple) else ["bounces"]


def _holds(record: Mapping[str, Any] | None, wanted: Mapping[str, object]) -> bool:
    """Whether a contact holds what was written; the vendor returns unset fields as empty."""
    if record is None:
        return False
    skipped = {"email", "list_ids", "idempotency_key", "custom_fields"}
    return all(
        (record.get(name) or "") == (value or "") for name, value in wanted.items() if name not in skipped
    )


def _read(true_now: bool) -> Read:  # noqa: FBT001 (a conversion of one boolean)
    return "landed" if true_now else "not_landed"


def _failed(error: str, hint: str) -> Outcome:
    return Outcome(state="failed", error=error, hint=hint)
