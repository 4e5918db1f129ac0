"""Everything that is read about one address: records in every system, consent, mailbox, lists, tombstone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.answer import Evidence
from tools.catalog.across import evidence, life_of, vendors
from tools.context import ToolContext
from tools.errors import ClearanceError
from tools.plan import System
from tools.ports import ConsentState, Membership, Person
from tools.rules.consent import Mailable, effective, join, mailable
from tools.rules.deliverability import Deliverability, Signal, judge

# Which class of data each part of a person belongs to; a role reads the classes the policy gives it.
CONTACT, CONSENT, COMMERCIAL, PERSONAL = "contact", "consent", "commercial", "personal"


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything read about one address, and which systems could not be read."""

    records: Sequence[Person]
    memberships: Sequence[Membership]
    evidence: tuple[Evidence, ...]
    unread: Mapping[System, str]
    purged_before: bool
    now: datetime
    subject: str = ""

    def consent(self) -> ConsentState:
        """What holds for all mail: the systems' words joined, the most restrictive first."""
        joined: Mapping[str, ConsentState] = {}
        for person in self.records:
            for mark in person.consent:
                joined = join(joined, {mark.scope: mark.state})
        return effective(joined)

    def deliverability(self) -> Deliverability:
        """The systems' states of the mailbox, aged, against signs of life."""
        signals = [
            Signal(each.system, each.deliverability, each.deliverability_at or each.as_of)
            for each in self.records
            if each.deliverability != "ok" and (each.deliverability != "unknown" or each.deliverability_raw)
        ]
        return judge(signals, life_of(self.records, {}), now=self.now).state

    def mailable(self) -> Mailable:
        """Derived from both axes."""
        return mailable(self.consent(), self.deliverability())

    def last_touch(self) -> datetime | None:
        """The latest activity any system has seen."""
        return max((each.last_activity for each in self.records if each.last_activity), default=None)


def read(context: ToolContext, address: str) -> Dossier:
    """One address looked up in every connected system; one that cannot be read is named, not fatal."""
    records: list[Person] = []
    memberships: list[Membership] = []
    proofs: list[Evidence] = []
    unread: dict[System, str] = {}
    for system, reader in vendors(context).items():
        try:
            own = [person for batch in reader.people([address]) for person in batch]
            held = [each for batch in reader.memberships(own) for each in batch] if own else []
        except ClearanceError as error:
            unread[system] = error.sentence()
            continue
        records += own
        memberships += held
        proofs.append(evidence(context, system, "people and memberships by address", len(own)))
    subject = context.subject(address)
    return Dossier(
        records=records,
        memberships=memberships,
        evidence=tuple(proofs),
        unread=unread,
        purged_before=subject in context.records.tombstoned([subject]),
        now=context.clock.now(),
        subject=subject,
    )
