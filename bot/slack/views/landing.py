"""The last word on a run, and the short lines a thread gets on the way there."""

from bot import wording
from bot.engine.cards import PlanCard
from bot.slack.escape import mrkdwn
from bot.slack.views.card import UNDOABLE, undo
from bot.slack.views.pieces import Message, actions, bold, context, message, section, titled, words


def landing(shown: PlanCard) -> Message:
    """What really is so now, read back from the systems, what is not, and the way back."""
    run = shown.run
    text = f"{shown.header.id}: {wording.landing_headline(shown)}"
    blocks = [
        section(f"{bold(wording.landing_headline(shown))}\n{mrkdwn(shown.header.summary)}"),
        *titled("By system", wording.landing_lines(shown)),
        context(wording.next_step(shown)),
    ]
    if run is not None and run.state in UNDOABLE:
        blocks.append(actions(undo(run.id)))
    return message(text, blocks)


def revised(shown: PlanCard) -> Message:
    """A request that was made smaller: its card shows the new revision, and votes start anew."""
    return words(
        f"{shown.header.id} was made smaller: {wording.revision_line(shown) or 'it has been decided since.'} "
        f"{wording.next_step(shown)}"
    )


def ended(shown: PlanCard) -> Message:
    """A request that will not run: how it was decided and what to do now."""
    state = wording.STATES[shown.header.state]
    return words(f"{shown.header.id}: {state}. {wording.decision_line(shown)} {wording.next_step(shown)}")


def halted(shown: PlanCard) -> Message:
    """A run that stopped or needs a person: where it is, and how to take back what was done."""
    line = wording.progress_line(shown.run) if shown.run else wording.STATES[shown.header.state]
    text = f"{shown.header.id}: {line}"
    blocks = [section(mrkdwn(text)), *titled("Read back", wording.landing_lines(shown))]
    if shown.run is not None and shown.run.state in UNDOABLE:
        blocks.append(actions(undo(shown.run.id)))
    return message(text, blocks)
