"""App Home: what waits on somebody, what you asked for, and three things to say."""

from collections.abc import Sequence

from bot import wording
from bot.assistant.utterance import Choice
from bot.slack.escape import mrkdwn
from bot.slack.views.answer import choices
from bot.slack.views.pieces import Block, bold, context, header, section
from tools.ports import RequestView

SHOWN = 12
STARTERS = ("help", "report bounces of the last 30 days", "what's waiting for approval?")


def home(name: str, waiting: Sequence[RequestView], own: Sequence[RequestView]) -> list[Block]:
    """The blocks of one person's Home tab."""
    return [
        header("Clearance"),
        section(
            f"Hello {mrkdwn(name)}. Ask in plain words, here or in a channel; "
            "nothing is changed before it is cleared."
        ),
        *choices([Choice(label=each, text=each) for each in STARTERS]),
        *_listed("Waiting for a decision", waiting, "Nothing waits for a decision."),
        *_listed("Your requests", own, "You have asked for no change yet."),
    ]


def _listed(title: str, requests: Sequence[RequestView], none: str) -> list[Block]:
    lines = [section(_line(each)) for each in requests[:SHOWN]]
    more = [context(f"… and {len(requests) - SHOWN} more.")] if len(requests) > SHOWN else []
    return [section(bold(title)), *(lines or [context(none)]), *more]


def _line(each: RequestView) -> str:
    state = wording.STATES.get(each.state, each.state)
    waits = f" on {each.waits_on}" if each.waits_on else ""
    facts = (
        f"{each.requester}, {wording.people(each.people)}, {state}{waits}, {wording.moment(each.created_at)}"
    )
    return f"{bold(each.plan)} {mrkdwn(each.summary)}\n{mrkdwn(facts)}"
