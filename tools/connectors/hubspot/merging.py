"""Merging contacts: put into HubSpot's words, done, and read back.

HubSpot keeps the more marketable status, takes the other record out of every static list, lists of people
never to be mailed among them, and may give the merged record a new id (its knowledge base; sources disagree
on the last). So an opt-out of any of the records is first set on the address that stays, the static lists are
read before and filled again afterwards, and who won is read back and never predicted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from tools.abilities import Merges, Values
from tools.connectors.fitting import Target, Unfit
from tools.connectors.hubspot.client import Client, Record
from tools.connectors.hubspot.editing import Editor, different
from tools.connectors.hubspot.fields import OPT_OUT, YES
from tools.connectors.merging import merged
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
        opted_out = any(each.raw.get(OPT_OUT) == YES for each in (winner, *losers))
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
        raise Refused("A contact that was to be merged is gone", on=winner)
    places = _places(client, [winner, *losers])
    done, now = 0, winner
    if any(each.get(OPT_OUT) == YES for each in held.values()):  # since the plan was made, too
        client.unsubscribe(text(held[winner].get("email")))
        done = 1
    for loser in losers:
        now = following(done, "hubspot", partial(client.merge, now, loser))
        done += 1
    for listed in places:
        following(done, "hubspot", partial(client.change_members, listed, "add", [now]))
    values = {name: text(value) for name, value in change.set.items() if name not in {LOSERS, OPT_OUT}}
    if values:
        record = {"id": now, "properties": values}
        following(done, "hubspot", partial(client.batch, "update", [record]))
    return Outcome(state="applied", record_id=now)


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
    """Whether all records lead to one contact now, opted out where the plan says so."""
    held = [client.one(each) for each in (text(change.record_id), *losers_of(change))]
    ids = {text(each["id"]) for each in held if each is not None}
    if len(ids) != 1 or held[0] is None:
        return "not_landed"
    address = text(held[0]["properties"].get("email"))
    lowered = change.set.get(OPT_OUT) == YES and client.opted_out(address) is None
    return "not_landed" if lowered else "landed"
