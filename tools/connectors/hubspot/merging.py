"""Merging contacts: put into HubSpot's words, done, and read back.

HubSpot keeps the more marketable status, takes the other record out of every static list, lists of people
never to be mailed among them, and may give the merged record a new id (its knowledge base; sources disagree
on the last). So an opt-out of any of the records is first set on the address that stays, the static lists are
read before and filled again afterwards, and who won is read back and never predicted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from tools.abilities import Merges, Values
from tools.connectors.fitting import Target, Unfit
from tools.connectors.hubspot.client import Client, Record
from tools.connectors.hubspot.editing import Editor, different
from tools.connectors.hubspot.fields import OPT_OUT, YES
from tools.connectors.merging import merged, readdressed
from tools.connectors.values import text
from tools.errors import Refused
from tools.http import following
from tools.plan import Change, Veto
from tools.ports import Expressed, Outcome, Person, Read

LOSERS = "objectIdToMerge"  # HubSpot's name for the record that goes
LIMIT = 2  # documented: two contacts a call


@dataclass(frozen=True, slots=True)
class Merger(Merges):
    """Merges contacts."""

    editor: Editor

    @override
    def merge_limit(self) -> int:
        return LIMIT

    @override
    def express_merge(self, winner: Person, losers: Sequence[Person], values: Values) -> Expressed | Veto:
        target = Target.of(winner, "merge")
        if len({each.record_id for each in (winner, *losers)}) <= len(losers):
            return target.veto("same_record", "A contact cannot be merged with itself")
        if len(losers) != LIMIT - 1:
            return target.veto("too_many", "HubSpot merges two contacts at a time")
        try:
            wanted = self.editor.fitted(
                {name: value for name, value in values.items() if name != "opted_out"}
            )
        except Unfit as error:
            return target.veto(error.code, str(error))
        new = different(wanted, winner.raw)
        stopped = any(each.raw.get(OPT_OUT) == YES for each in (winner, *losers))
        opted_out = stopped or values.get("opted_out") is True
        lowered = {OPT_OUT: YES} if opted_out else {}
        return merged(winner, losers, {**new, **lowered}, key=LOSERS, guarded=("email", *new))


def losers_of(change: Change) -> list[str]:
    """The records that a merge takes away."""
    found = change.set.get(LOSERS)
    return [text(each) for each in found] if isinstance(found, list | tuple) else []


def apply(client: Client, change: Change, winner: str) -> Outcome:
    """Merge one; the outcome has the id the merged contact has now."""
    losers = losers_of(change)
    if not losers or not all(each.isascii() and each.isdigit() for each in losers):
        raise Refused("Nothing to merge", on=winner)
    held = {text(each["id"]): each["properties"] for each in _held(client, [winner, *losers])}
    if len(held) <= len(losers):
        now = _together(client, [winner, *losers])
        if not now:
            raise Refused("A contact that was to be merged is gone", on=winner)
        return _valued(client, change, now, 0)  # merged by a request whose answer was lost
    _require_same(change, losers, held)
    places = _places(client, [winner, *losers])
    done, now = 0, winner
    if _stopped(change, held):
        for each in held.values():  # the address that goes stays one of the contact's, and may mail again
            following(done, "hubspot", partial(client.unsubscribe, text(each.get("email"))))
            done += 1
    for loser in losers:
        now = following(done, "hubspot", partial(client.merge, now, loser))
        done += 1
    for listed in places:
        following(done, "hubspot", partial(client.change_members, listed, "add", [now]))
    return _valued(client, change, now, done)


def _require_same(change: Change, losers: Sequence[str], held: Mapping[str, Record]) -> None:
    if readdressed(change, losers, held, "email"):
        raise Refused("A contact that was to be merged has another address since", on=text(change.record_id))


def _stopped(change: Change, held: Mapping[str, Record]) -> bool:
    """Whether any of them has objected, since the plan was made too."""
    return change.set.get(OPT_OUT) == YES or any(each.get(OPT_OUT) == YES for each in held.values())


def _valued(client: Client, change: Change, now: str, done: int) -> Outcome:
    """The merged contact gets the values of the row."""
    if values := _values(change):
        record = {"id": now, "properties": values}
        following(done, "hubspot", partial(client.batch, "update", [record]))
    return Outcome(state="applied", record_id=now)


def _values(change: Change) -> Mapping[str, str]:
    return {name: text(value) for name, value in change.set.items() if name not in {LOSERS, OPT_OUT}}


def _together(client: Client, ids: Sequence[str]) -> str:
    """The one contact that all these ids lead to; "" when they do not."""
    held = [client.one(each) for each in ids]
    found = {text(each["id"]) for each in held if each is not None}
    return found.pop() if len(found) == 1 and None not in held else ""


def _held(client: Client, ids: Sequence[str]) -> list[Record]:
    return [each for page in client.contacts(ids, ["email", OPT_OUT]) for each in page]


def _places(client: Client, ids: Sequence[str]) -> list[str]:
    """The static lists that any of the records is in."""
    found = [
        text(each["listId"])
        for record in client.lists_of(ids)
        for each in record.get("recordListMemberships") or ()
    ]
    return [each for each in dict.fromkeys(found) if client.static(each)]


def read_back(client: Client, change: Change) -> Read:
    """Whether all records lead to one contact now, with the row's values, opted out where the row says so."""
    now = _together(client, [text(change.record_id), *losers_of(change)])
    if not now:
        return "not_landed"
    wanted = _values(change)
    [held] = [each["properties"] for page in client.contacts([now], ["email", *wanted]) for each in page]
    if any(text(held.get(name)) != value for name, value in wanted.items()):
        return "not_landed"
    lowered = change.set.get(OPT_OUT) == YES and client.opted_out(text(held.get("email"))) is None
    return "not_landed" if lowered else "landed"
