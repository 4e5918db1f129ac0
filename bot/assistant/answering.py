"""What is typed while a question of ours is open: the option picked, the question dropped, or asked again."""

from collections.abc import Sequence

from bot.assistant import choosing
from bot.assistant.model import PastTurn
from bot.assistant.turn import Turn
from bot.assistant.utterance import Choice, Reply

DROPPED = "All right, I drop that. Nothing was planned and nothing is changed."
UNREAD = "I can't read that as an answer."
NEEDED = "I can't go on without that; “never mind” drops it."
ONE = "I take one of them: say its number or its words."
OTHER = frozenset({"the other", "the other one", "the other too", "and the other", "and the other one",
                   "now the other", "now the other one", "then the other", "then the other one",
                   "the other one too", "the rest", "and the rest", "now the rest"})  # fmt: skip
AN_ANSWER = 9  # words; more are a request of their own
PAIR = 2


def picked(past: Sequence[PastTurn], who: str, text: str) -> Choice | None:
    """The option this person's words pick, of what the last turn offered them.

    “The other one” picks what was left of two when the first was picked before.
    """
    last = past[-1] if past else None
    if last is None or last.principal != who:
        return None
    if found := choosing.chosen(text, last):
        return found
    before = past[-PAIR] if len(past) >= PAIR else None
    if before is None or text.casefold().strip(" .!") not in OTHER or before.principal != who:
        return None
    left = [each for each in before.choices if each.text != last.said]
    return left[0] if len(left) == 1 and len(before.choices) == PAIR else None


def unanswered(turn: Turn) -> Reply | None:
    """The reply to words that answer an open question with no, or with nothing."""
    asked = turn.open
    if asked is None:
        return None
    if choosing.said_no(turn.text):
        return Reply(outcome="declined", text=DROPPED)
    if len(asked.choices) > 1 and (choosing.said_yes(turn.text) or choosing.said_all(turn.text)):
        return again(turn, asked, ONE)
    if choosing.said_nothing(turn.text):
        return again(turn, asked, NEEDED)
    return None


def still_open(turn: Turn) -> Reply | None:
    """The open question once more, when a few words were neither its answer nor a request."""
    asked = turn.open
    if asked is None or len(turn.text.split()) > AN_ANSWER or asked.replied.startswith(UNREAD):
        return None
    return again(turn, asked, UNREAD)


def again(turn: Turn, asked: PastTurn, why: str) -> Reply:
    """A question asked before, with why it is asked again."""
    turn.asked_for = asked.asked_for
    question = asked.replied
    for each in (UNREAD, NEEDED, ONE):
        question = question.removeprefix(each).strip()
    return Reply(
        outcome="asked",
        text=f"{why} {question}",
        tool=asked.tool,
        args=asked.args,
        choices=asked.choices,
    )
