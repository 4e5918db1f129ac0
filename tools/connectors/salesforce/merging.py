"""Merging contacts or leads: put into Salesforce's words, done, and read back.

A merge keeps the master's values, check-boxes included, unless others are given with it (the vendor's guide
to merge()). An opt-out of a loser would so be lost: every restrictive box that any of the records has is
given as ticked, and the losers are looked at once more just before they go.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import override

from tools.abilities import Merges, Values
from tools.connectors.fitting import Target, Unfit
from tools.connectors.merging import merged, readdressed
from tools.connectors.salesforce.client import RETRIEVE, Client, Record, checked, named
from tools.connectors.salesforce.editing import Editor
from tools.connectors.salesforce.fields import PEOPLE
from tools.connectors.salesforce.landing import same
from tools.connectors.salesforce.marks import OPT_OUT
from tools.connectors.salesforce.soap import LOSERS, Merge, merge
from tools.connectors.salesforce.ties import LEGAL_HOLD
from tools.connectors.values import text
from tools.http import redact
from tools.plan import Change, Veto
from tools.ports import Expressed, Person, Read

MERGED = "recordToMergeIds"  # the vendor's name for the records that go
RESTRICTIVE = (OPT_OUT, "DoNotCall", "HasOptedOutOfFax", LEGAL_HOLD)


@dataclass(frozen=True, slots=True)
class Merger(Merges):
    """Merges contacts, or leads."""

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
            given = self.editor.fitted(winner.object, values, creating=False)
        except Unfit as error:
            return target.veto(error.code, str(error))
        new = {name: value for name, value in given.items() if not same(value, winner.raw.get(name))}
        boxes = _restrictive(self.editor.client)
        ticked = {name: True for name in boxes if any(each.raw.get(name) for each in (winner, *losers))}
        replaced = [name for name in new if name not in boxes]
        lowered = {name: value for name, value in new.items() if name in boxes and not value}
        if lowered.keys() - ticked.keys():
            return target.veto("consent", "A merge never takes an opt-out or a hold back")
        return merged(winner, losers, {**new, **ticked}, key=MERGED, guarded=("Email", *replaced))


def _restrictive(client: Client) -> tuple[str, ...]:
    """The boxes that stay ticked, those of groups of mail that the policy names among them."""
    return (*RESTRICTIVE, *client.names.fields("salesforce"))


def _refused(target: Target, winner: Person, losers: Sequence[Person]) -> Veto | None:
    everybody = (winner, *losers)
    if not 1 <= len(losers) <= LOSERS:
        words = f"Salesforce merges {LOSERS + 1} records at a time, the winner included"
        return target.veto("too_many", words)
    if converted := next((each for each in everybody if each.raw.get("IsConverted")), None):
        words = "Salesforce does not merge converted leads"
        return Target.of(converted, "merge").veto("converted", words)
    if any(each.object != winner.object or each.object not in PEOPLE for each in everybody):
        return target.veto("other_object", "Salesforce merges contacts with contacts and leads with leads")
    if len({each.record_id[:15] for each in everybody}) < len(everybody):
        return target.veto("same_record", "A record cannot be merged with itself")
    if any(OPT_OUT not in each.raw for each in everybody):
        words = f"Salesforce hides {winner.object}.{OPT_OUT} from us: field-level security must let us see it"
        return target.veto("hidden_field", words)
    return None


def losers_of(change: Change) -> list[str]:
    """The records that a merge takes away."""
    found = change.set.get(MERGED)
    return [checked(each) for each in found] if isinstance(found, list | tuple) else []


def apply(client: Client, changes: Sequence[Change]) -> list[str]:
    """Merge; per change "" when it is done, else a code and words. The losers are read again before.

    A loser who has opted out since the plan was made would lose it, and one whose address was changed may be
    somebody else: such a merge is not sent.
    """
    kind = changes[0].object
    if OPT_OUT not in client.describe(kind):
        return [f"INVALID_FIELD: {kind}.{OPT_OUT} is hidden, so an opt-out made since would be lost"] * len(
            changes
        )
    boxes = [name for name in _restrictive(client) if name in client.describe(kind)]
    losers = [each for change in changes for each in losers_of(change)]
    held = client.retrieve(kind, losers, [*boxes, "Email"])
    errors = [_moved(change, held, boxes) for change in changes]
    left = [change for change, error in zip(changes, errors, strict=True) if not error]
    merges = [Merge(kind, checked(each.record_id), _values(each), losers_of(each)) for each in left]
    done = iter(merge(client, merges) if merges else [])
    return [error or redact(next(done)) for error in errors]


def _moved(change: Change, held: Mapping[str, Record | None], boxes: Sequence[str]) -> str:
    for loser in losers_of(change):
        now = held[loser]
        if now is None:
            return "ENTITY_IS_DELETED: a record that was to be merged is gone"
        if any(now.get(name) and change.set.get(name) is not True for name in boxes):
            return "OPTED_OUT_SINCE: a record that was to be merged has opted out since"
    if readdressed(change, losers_of(change), held, "Email"):
        return "CHANGED_SINCE: a record that was to be merged has another address since"
    return ""


def _values(change: Change) -> Mapping[str, object]:
    return {name: value for name, value in change.set.items() if name != MERGED}


def read_back(client: Client, changes: Sequence[Change]) -> list[Read]:
    """Whether each merge is true now: the losers point at the master, and the master has the values."""
    kind = named(changes[0].object)
    names = {name for change in changes for name in _values(change)}
    masters = client.retrieve(kind, [checked(change.record_id) for change in changes], names)
    losers = {text(each["Id"])[:15]: each for each in _gone(client, kind, changes)}
    return [_read(change, masters[text(change.record_id)], losers) for change in changes]


def _gone(client: Client, kind: str, changes: Sequence[Change]) -> Iterator[Record]:
    """The losers as they are, in the bin or not."""
    ids = [each for change in changes for each in losers_of(change)]
    template = f"SELECT Id, IsDeleted, MasterRecordId FROM {kind} WHERE Id IN {{}}"  # noqa: S608 (SOQL, checked)
    for soql in client.within(template, ids, RETRIEVE):
        for page in client.query(soql, deleted=True):
            yield from page


def _read(change: Change, master: Record | None, losers: Mapping[str, Record]) -> Read:
    into = [
        found is None or text(found.get("MasterRecordId"))[:15] == text(change.record_id)[:15]
        for found in (losers.get(each[:15]) for each in losers_of(change))
    ]
    if master is None or not all(into):
        return "not_landed"
    kept = all(same(value, master.get(name)) for name, value in _values(change).items())
    return "landed" if kept else "cannot_tell"  # merged, and somebody has written the master since
