"""What buttons carry: ids and a digest prefix, never rows, names or verdicts.

The prefix ties a click to the revision that was on the screen: when the plan has changed since, the click
does not count and the clicker is told.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tools.errors import InvalidArguments
from tools.plan import PlanHeader

APPROVE = "clearance_approve"
REJECT = "clearance_reject"
REJECTED = "clearance_reject_reason"  # the modal's callback id
REASON = "clearance_reason"
DETAILS = "clearance_details"
EDIT = "clearance_edit"
EDITED = "clearance_edited"  # a modal's callback id, as are the other words in the past tense
DELEGATE = "clearance_delegate"
DELEGATED = "clearance_delegated"
SNOOZE = "clearance_snooze"
SNOOZED = "clearance_snoozed"
FEEDBACK = "clearance_feedback"
FEEDBACK_PLAIN = re.compile(r"^clearance_feedback_(up|down)$")
CORRECTED = "clearance_corrected"
SECTION = "clearance_section"  # followed by its number
SECTION_PATTERN = re.compile(rf"^{SECTION}_\d+$")
FORM = "clearance_form"  # a slash command's modal
OPEN = "clearance_open"  # a request on the Home tab: its card comes into the direct message
PAGE = "clearance_page"  # a page of the board on the Home tab, followed by its number
PAGE_PATTERN = re.compile(rf"^{PAGE}_\d+$")
ASK_ABOUT = "clearance_ask_about"  # the message shortcut
ASKED_ABOUT = "clearance_asked_about"
UNDO = "clearance_undo"
STOP = "clearance_stop"
RESUME = "clearance_resume"
CHOICE = "clearance_choice"  # followed by its number
CHOICE_PATTERN = re.compile(rf"^{CHOICE}_\d+$")
PREFIX_LENGTH = 12
WAYS: tuple[Literal["up", "down"], ...] = ("up", "down")

_VALUE = re.compile(r"^(P-\d{1,12})\.([0-9a-f]{12})$")
_PLAN = re.compile(r"^P-\d{1,12}$")
_RUN = re.compile(r"^R-\d{1,12}$")
_TURN = re.compile(r"^t\.(\d{1,18})(?:\.(\d{1,2}))?$")
_THUMB = re.compile(r"^(up|down)\.(t\.\d{1,18}|P-\d{1,12})(?:\n([^\n]*)\n([^\n]*)\n([^\n]*))?$")


@dataclass(frozen=True, slots=True)
class PlanRef:
    """The plan on a card and the first digits of the digest it was shown with."""

    plan_id: str
    digest_prefix: str

    def value(self) -> str:
        """As a button's value: `P-1042.3fa9c1d2e4b5`."""
        return f"{self.plan_id}.{self.digest_prefix}"


def of(header: PlanHeader) -> PlanRef:
    """The reference a card of this header carries."""
    return PlanRef(header.id, header.digest[:PREFIX_LENGTH])


def parse(value: str) -> PlanRef:
    """A button's value read back. Raises `InvalidArguments` for anything we did not write."""
    found = _VALUE.match(value)
    if found is None:
        raise InvalidArguments(
            "I don't know that button", do="Ask for the plan again, for instance “show P-1042”."
        )
    return PlanRef(found[1], found[2])


def turn(value: str) -> tuple[int, int]:
    """A turn's key and the number of one of its sections, read back from `t.17` or `t.17.2`.

    Raises `InvalidArguments` for anything we did not write.
    """
    found = _TURN.match(value)
    if found is None:
        raise InvalidArguments("I don't know that button", do="Ask again, and use the fresh one.")
    return int(found[1]), int(found[2] or 0)


@dataclass(frozen=True, slots=True)
class Thumb:
    """A verdict as a button carries it: which way, on a turn (`t.17`) or a plan, on which section."""

    verdict: Literal["up", "down"]
    about: str
    page: str = ""
    section: str = ""
    quote: str = ""

    def value(self) -> str:
        """As a button's value."""
        cited = [self.page[:255], self.section[:255], self.quote[:500]] if self.page else []
        return "\n".join([f"{self.verdict}.{self.about}", *(" ".join(each.split()) for each in cited)])


def thumb(value: str) -> Thumb:
    """A verdict read back. Raises `InvalidArguments` for anything we did not write."""
    found = _THUMB.match(value)
    if found is None:
        raise InvalidArguments("I don't know that button", do="Ask again, and use the fresh one.")
    verdict: Literal["up", "down"] = "up" if found[1] == "up" else "down"
    return Thumb(verdict, found[2], found[3] or "", found[4] or "", found[5] or "")


def plan(value: str) -> str:
    """A plan's id read back from a button. Raises `InvalidArguments` for anything else."""
    if not _PLAN.match(value):
        raise InvalidArguments("I don't know that request", do="Say “list requests” for those there are.")
    return value


def run(value: str) -> str:
    """A run's id read back from a button. Raises `InvalidArguments` for anything else."""
    if not _RUN.match(value):
        raise InvalidArguments(
            "I don't know that run", do="Say “undo” with the run's id, for instance “undo R-17”."
        )
    return value


def stamped(blocks: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """The blocks with ids never used before, as Slack wants for every version of a message.

    Blocks that already have an id keep it: a modal's inputs are found again by theirs.
    """
    token = uuid.uuid4().hex[:10]
    return [{"block_id": f"{token}_{number}", **block} for number, block in enumerate(blocks)]
