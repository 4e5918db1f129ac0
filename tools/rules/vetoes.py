"""What holds a person's record in place: each tie refuses the purge by name and suppresses instead.

Sources: the Information Commissioner's direct-marketing guidance (who objects is suppressed, not deleted);
CASL, which puts the proof of consent on the sender; attribution and pipeline history that a deletion loses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

TieKind = Literal[
    "opportunity_role", "campaign_window", "case", "quote", "contract", "customer_account", "recent_activity",
    "legal_hold", "target_account", "phone_in_use", "frozen_owner", "consent_evidence",
]  # fmt: skip

WRONGLY_SUPPRESSED = "wrongly_suppressed"


@dataclass(frozen=True, slots=True)
class VetoRule:
    """Why a tie refuses a deletion, and what is done instead."""

    sentence: str
    instead: str = "suppress"


# In the order in which they are named when several hold.
VETOES: Mapping[TieKind, VetoRule] = {
    "legal_hold": VetoRule("is under a legal hold or an open data request"),
    "consent_evidence": VetoRule("carries evidence of consent or objection that must be kept"),
    "opportunity_role": VetoRule("has a role in an opportunity"),
    "customer_account": VetoRule("belongs to a customer or partner account"),
    "contract": VetoRule("has signed a contract"),
    "quote": VetoRule("has been quoted a price"),
    "case": VetoRule("has a case"),
    "recent_activity": VetoRule("showed activity of their own in the last 180 days"),
    "campaign_window": VetoRule("is in a campaign inside the attribution window"),
    "target_account": VetoRule("is the only contact of a target account"),
    "phone_in_use": VetoRule("is still reached by phone or another channel"),
    "frozen_owner": VetoRule("belongs to an owner whose records are frozen"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A deletion refused: the code of the weightiest tie, all ties by name, what is done instead."""

    code: TieKind
    text: str
    instead: str


def refusal(ties: Sequence[tuple[TieKind, str]]) -> Refusal | None:
    """What these ties (kind, and the vendor's facts in words) make of a deletion; None when nothing holds."""
    if not ties:
        return None
    kinds = list(VETOES)
    ordered = sorted(dict.fromkeys(ties), key=lambda tie: kinds.index(tie[0]))
    named = [text or VETOES[kind].sentence for kind, text in ordered]
    first = ordered[0][0]
    return Refusal(first, "; ".join(named), VETOES[first].instead)
