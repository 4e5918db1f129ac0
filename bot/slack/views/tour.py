"""`/marops try`: a newcomer's first purge and its undo, on made-up data."""

from bot.assistant.utterance import Choice
from bot.slack.views.answer import choices
from bot.slack.views.pieces import Message, message, sections

STEPS = """Let's purge dead addresses, on made-up people, and take it back.
1. Press the first button. I look for mailboxes that no longer exist and show exactly what I would change.
2. Somebody of marops other than you presses Approve on the card. Nothing is changed before that.
3. Watch it run; I read every record back and say what really landed.
4. Press Undo on that last message: it is a plan like any other, and comes back the same way."""


def tour() -> Message:
    """The four steps, and a button for the first."""
    steps = (
        Choice(label="1. Find what is dead", text="purge contacts that hard-bounced"),
        Choice(label="What bounced?", text="report bounces last_30_days"),
        Choice(label="Who may approve?", text="show policy for deletes"),
    )
    return message("Your first purge, and its undo", [*sections(STEPS), *choices(steps)])
