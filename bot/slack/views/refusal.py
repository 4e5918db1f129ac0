"""Saying no, and saying that something failed: in one plain sentence, never in an exception's words."""

from bot.slack.views.pieces import Message, words


def refusal(text: str) -> Message:
    """Why a click or a request does not count, for the clicker alone."""
    return words(text or "That does not count here.")


def failure(reference: str) -> Message:
    """Something of ours broke; the reference finds it in the log."""
    return words(
        "I could not finish that. Try again; if it happens twice, "
        f"tell whoever runs me: reference {reference}."
    )


def elsewhere(where: str) -> Message:
    """The short line where people ask, when the answer itself holds personal data and went elsewhere."""
    return words(f"I sent it {where}: it holds personal data.")
