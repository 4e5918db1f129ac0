"""The modals of those who decide: why it is rejected, what is left of it, who else decides, until when."""

from datetime import datetime

from bot import wording
from bot.engine.cards import PlanCard
from bot.slack import ids
from bot.slack.ids import PlanRef
from bot.slack.views import forms
from bot.slack.views.pieces import Block, context, section

SYSTEMS, CAP, LEFT_OUT = "clearance_systems", "clearance_cap", "clearance_left_out"
TAKER, NOTE, UNTIL = "clearance_taker", "clearance_note", "clearance_until"
OWN = "clearance"  # our own rows follow the people: nobody picks them


def place(ref: PlanRef, *, channel: str, message: str, thread: str) -> dict[str, object]:
    """Where a button was pressed, to travel along with its modal."""
    return {"plan": ref.value(), "channel": channel, "message": message, "thread": thread}


def reject(ref: PlanRef, *, channel: str, message: str, thread: str) -> Block:
    """Ask for a reason; what was clicked and where travels along as ids."""
    asked = forms.line(ids.REASON, "Why, and what should be different?", least=3, several=True)
    where = place(ref, channel=channel, message=message, thread=thread)
    return forms.modal(ids.REJECTED, f"Reject {ref.plan_id}", "Reject", [asked], where)


def edit(shown: PlanCard, where: dict[str, object]) -> Block:
    """What to keep of a request. It only ever gets smaller; votes cast so far are void then."""
    systems = [name for name in wording.SYSTEM_ORDER if name in shown.header.counts and name != OWN]
    blocks = [
        section("Make it smaller. The result is a new revision: votes cast so far do not count for it.")
    ]
    if len(systems) > 1:
        options = [(name, wording.NAMES.get(name, name)) for name in systems]
        blocks.append(forms.boxes(SYSTEMS, "Systems to keep", options))
    blocks += [
        forms.number(
            CAP,
            "At most this many people",
            most=shown.header.people,
            hint=f"It touches {wording.people(shown.header.people)} now.",
        ),
        forms.line(
            LEFT_OUT,
            "Leave out",
            several=True,
            optional=True,
            most=3_000,
            hint="Addresses, or row numbers of the file that Details sends; one a line.",
        ),
    ]
    return forms.modal(ids.EDITED, f"Edit {shown.header.id}", "Make it smaller", blocks, where)


def delegate(ref: PlanRef, where: dict[str, object]) -> Block:
    """Who else should decide."""
    blocks = [
        forms.person(TAKER, "Who should decide?"),
        forms.line(NOTE, "What should they know?", several=True, optional=True),
        context("Whoever you pick must be allowed to decide on it anyway. You can still vote yourself."),
    ]
    return forms.modal(ids.DELEGATED, f"Hand on {ref.plan_id}", "Ask them", blocks, where)


def snooze(ref: PlanRef, where: dict[str, object], initial: datetime) -> Block:
    """Until when to be left alone about it."""
    asked = forms.moment(UNTIL, "Remind me", initial)
    return forms.modal(ids.SNOOZED, f"Later: {ref.plan_id}", "Remind me", [asked], where)
