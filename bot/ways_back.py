"""What comes back of a plan and how, in sentences: said before anybody approves it."""

from collections.abc import Sequence

from bot.engine.cards import PlanCard
from bot.wording import DEEDS, NAMES, OWN, day
from tools.plan import Reversibility

# systems without an undelete, and what a record made anew there has lost
MADE_ANEW = {
    "marketo": "list memberships, activities and the sync link are gone",
    "hubspot": "history and list memberships are gone; HubSpot's app itself can restore for 90 days",
    "sendgrid": "engagement history is gone",
}

CARRIES = "sync_suppressions"  # the tool whose rows carry an opt-out that stands in another system


def reversibility_lines(card: PlanCard) -> list[str]:
    """How each op comes back at the vendors, and until when. Of an erased person nothing does."""
    told = [each for each in card.header.reversibility if each.system != OWN]
    if card.header.tool == CARRIES:
        return [_carried(each) if each.op == "suppress" else _reversibility(each) for each in told]
    return _erased_lines(told) if "erase" in card.header.effects else [_reversibility(each) for each in told]


def _erased_lines(told: Sequence[Reversibility]) -> list[str]:
    """An erasure takes our backups too; what a vendor's bin still holds has to be emptied by hand."""
    bins = [
        f"{NAMES.get(each.system, each.system)}: its bin still holds the record until {day(each.until)}, "
        "unless an administrator empties it"
        for each in told
        if each.how == "undelete" and each.until
    ]
    return ["None: nothing of this person is kept to bring them back with", *bins]


def _carried(each: Reversibility) -> str:
    """An opt-out carried further: no undo goes below the one that it carries."""
    note = f" ({each.note.rstrip('.')})" if each.note else ""
    return f"{_deed(each)}: stays for as long as the opt-out that it carries stands anywhere{note}"


def _deed(each: Reversibility) -> str:
    return f"{NAMES.get(each.system, each.system)}, {DEEDS[each.op]}"


def _reversibility(each: Reversibility) -> str:
    how = {
        "undelete": "can be brought back from the recycle bin",
        "recreate": "can only be created again, not identical",
        "inverse": "can be taken back",
        "none": "cannot be taken back",
    }[each.how]
    until = f" until {day(each.until)}" if each.until else ""
    note = f" ({each.note.rstrip('.')})" if each.note else ""
    return f"{_deed(each)}: {how}{until}{note}"


def not_identical_lines(card: PlanCard) -> list[str]:
    """What an undo brings back as new records: `Marketo: 43 made anew, not identical`."""
    if not card.header.undo_of:
        return []
    made = {
        system: ops["create"]
        for system, ops in card.header.counts.items()
        if "create" in ops and system in MADE_ANEW
    }
    return [
        f"{NAMES[system]}: {number:,} made anew from the backup, not identical (new ids, {MADE_ANEW[system]})"
        for system, number in sorted(made.items())
    ]
