"""Merging leads: put into Marketo's words, done, and read back.

A merge keeps the winner's values and fills its empty ones from the losers in their order, so an opt-out of a
loser would be lost: every restrictive flag that any of them has is written to the winner first, and the
losers are looked at once more just before they go. Source: Marketo's documentation of Merge Leads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import override

from tools.abilities import Merges, Values
from tools.connectors.fitting import Target, Unfit
from tools.connectors.marketo.client import Client, Record
from tools.connectors.marketo.editing import RESTRICTIVE, Editor
from tools.connectors.merging import merged, readdressed
from tools.connectors.values import text
from tools.plan import Change, Fields, Veto
from tools.ports import Expressed, Person, Read

LOSERS = 3  # documented: lead ids of one merge
MERGED = "leadIds"  # the vendor's name for the leads that go


@dataclass(frozen=True, slots=True)
class Merger(Merges):
    """Merges leads."""

    editor: Editor

    @override
    def merge_limit(self) -> int:
        return LOSERS + 1

    @override
    def express_merge(self, winner: Person, losers: Sequence[Person], values: Values) -> Expressed | Veto:
        target = Target.of(winner, "merge")
        if refused := _refused(target, winner, losers):
            return refused
        try:
            wanted = self.editor.fitted(values)
        except Unfit as error:
            return target.veto(error.code, str(error))
        flags = _restrictive(self.editor.client)
        ticked: dict[str, object] = {
            name: True for name in flags if any(each.raw.get(name) for each in (winner, *losers))
        }
        new = {name: value for name, value in wanted.items() if value != winner.raw.get(name)}
        given = {name: value for name, value in new.items() if name not in flags or value}
        guarded = [name for name in given if name not in flags]
        return merged(winner, losers, {**given, **ticked}, key=MERGED, guarded=("email", *guarded))


def _restrictive(client: Client) -> tuple[str, ...]:
    """The flags that stay set, those of groups of mail that the policy names among them."""
    return (*RESTRICTIVE, *client.names.fields("marketo"))


def _refused(target: Target, winner: Person, losers: Sequence[Person]) -> Veto | None:
    everybody = (winner, *losers)
    if not 1 <= len(losers) <= LOSERS:
        return target.veto("too_many", f"Marketo merges {LOSERS + 1} leads at a time, the winner included")
    if any(each.object != "lead" for each in everybody):
        return target.veto("other_object", "Marketo merges leads with leads")
    if len({each.record_id for each in everybody}) < len(everybody):
        return target.veto("same_record", "A lead cannot be merged with itself")
    if len({text(each.raw.get("sfdcId")) for each in everybody if each.raw.get("sfdcId")}) > 1:
        words = "Several of them are in Salesforce: merge them there, and Marketo follows"
        return target.veto("in_crm", words)
    return None


def losers_of(change: Change) -> list[str]:
    """The leads that a merge takes away."""
    found = change.set.get(MERGED)
    return [text(each) for each in found] if isinstance(found, list | tuple) else []


def values_of(change: Change) -> Fields:
    """What is written to the winner before the merge."""
    return {name: value for name, value in change.set.items() if name != MERGED}


def moved(client: Client, changes: Sequence[Change]) -> Mapping[int, str]:
    """By place, why a merge must not be sent: a loser is gone, opted out or was given another address."""
    flags = [name for name in _restrictive(client) if name in client.described()]
    held = _held(client, [each for change in changes for each in losers_of(change)], [*flags, "email"])
    out: dict[int, str] = {}
    for place, change in enumerate(changes):
        for loser in losers_of(change):
            now = held.get(loser)
            if now is None:
                out[place] = "1004: a lead that was to be merged is gone"
            elif any(now.get(name) and change.set.get(name) is not True for name in flags):
                out[place] = "opted out: a lead that was to be merged has opted out since"
        if place not in out and readdressed(change, losers_of(change), held, "email"):
            out[place] = "changed: a lead that was to be merged has another address since"
    return out


def read_back(client: Client, changes: Sequence[Change]) -> list[Read]:
    """Whether the losers are gone and the winner has the values."""
    names = sorted({name for change in changes for name in values_of(change)})
    held = _held(client, [text(change.record_id) for change in changes], names)
    left = _held(client, [each for change in changes for each in losers_of(change)], [])
    return [_read(change, held.get(text(change.record_id)), left) for change in changes]


def _held(client: Client, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Record]:
    known = [name for name in fields if name in client.described()]
    return {text(each["id"]): each for page in client.leads("id", ids, known) for each in page}


def _read(change: Change, winner: Record | None, left: Mapping[str, Record]) -> Read:
    if winner is None or any(loser in left for loser in losers_of(change)):
        return "not_landed"
    kept = all((winner.get(name) or None) == (value or None) for name, value in values_of(change).items())
    return "landed" if kept else "cannot_tell"  # merged, and somebody has written the winner since
