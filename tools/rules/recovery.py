"""Who was suppressed for a dead mailbox and should not be: what bounces and signs of life say of a mark.

A mark such as "invalid" is meant for mailboxes that do not exist. It is wrong where the person has shown
life since, and where every bounce behind it was a block, a full box or a technical failure: those say
something about us or about that hour, and pass. Source: Marketo's and SendGrid's documentation of bounces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tools.rules.deliverability import Finding, Signal

PASSING = frozenset({"blocked", "full", "technical"})
Why = Literal["alive", "not_permanent"]
WhyNot = Literal["still_invalid", "too_soon", "soft_bounces", "unclear", "complained"]
WORDS: dict[WhyNot, str] = {
    "still_invalid": "nothing has contradicted the invalid bounces",
    "too_soon": "the last bounce is too recent to have passed",
    "soft_bounces": "soft bounces keep coming and nothing has arrived since",
    "unclear": "the bounce's words say nothing clear",
    "complained": "the person has reported us as spam",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a mark may go (`why`), or why it stays (`why_not`); one of them is set."""

    why: Why | None = None
    why_not: WhyNot | None = None


def judge_mark(signals: Sequence[Signal], finding: Finding) -> Verdict:  # noqa: PLR0911 (one line a reason)
    """What is to be done about a dead-mailbox mark, from all systems' bounces and the finding on them."""
    if any(each.bounce_class == "complaint" for each in signals):
        return Verdict(why_not="complained")
    if finding.standing:
        return Verdict(why_not="still_invalid")
    if finding.wrongly_suppressed:
        return Verdict(why="alive")
    if finding.soft_candidate:
        return Verdict(why_not="soft_bounces")
    if finding.state != "ok":
        return Verdict(why_not="too_soon")
    if not signals or any(each.bounce_class not in PASSING for each in signals):
        return Verdict(why_not="unclear")
    return Verdict(why="not_permanent")
