"""What all systems together have recorded about mailboxes that bounced, by person."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tools.answer import Evidence
from tools.catalog.across import evidence
from tools.context import ToolContext
from tools.errors import ClearanceError
from tools.plan import System
from tools.ports import BounceEvent, Reader
from tools.progress import counted
from tools.rules.deliverability import DEFAULT, Finding, Rule, Signal, SignOfLife, judge
from tools.rules.stack import title


@dataclass(slots=True)
class Mailbox:
    """One address that bounced: the subject, the address as first seen, and every signal."""

    subject: str
    address: str
    signals: list[Signal] = field(default_factory=list)
    rule: Rule = DEFAULT

    @property
    def first(self) -> datetime:
        """When it bounced first."""
        return min(signal.at for signal in self.signals)

    @property
    def domain(self) -> str:
        """The receiving domain."""
        return self.address.rpartition("@")[2].strip().lower()

    def finding(self, life: Sequence[SignOfLife] = (), *, now: datetime) -> Finding:
        """What the signals, and signs of life, say now."""
        return judge(self.signals, life, now=now, rule=self.rule)


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """Every mailbox that bounced, what was read for it, and which systems could not be read and why."""

    by_subject: Mapping[str, Mailbox]
    evidence: tuple[Evidence, ...]
    unread: Mapping[System, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Mailbox]:
        return iter(self.by_subject.values())

    def __len__(self) -> int:
        return len(self.by_subject)


def gather(
    context: ToolContext,
    readers: Mapping[System, Reader],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    tolerant: bool = False,
) -> Mailboxes:
    """Stream each system's bounces once and keep, per person, system, class, time and send.

    `until` is exclusive. A `tolerant` reading goes on without a system that fails and names it; otherwise
    the failure is raised.
    """
    boxes: dict[str, Mailbox] = {}
    proofs: list[Evidence] = []
    unread: dict[System, str] = {}
    for system, reader in readers.items():
        cannot = reader.capabilities.get("bounces", "")
        if cannot:
            unread[system] = cannot
            continue
        try:
            read, unkeyed = _take(boxes, reader, since, until, context.mailboxes)
        except ClearanceError as error:
            if not tolerant:
                raise
            unread[system] = error.sentence()
            continue
        note = f"{unkeyed} without a usable address" if unkeyed else ""
        proofs.append(evidence(context, system, f"bounces{_within(since, until)}", read, note))
    return Mailboxes(boxes, tuple(proofs), unread)


def _take(
    boxes: dict[str, Mailbox], reader: Reader, since: datetime | None, until: datetime | None, rule: Rule
) -> tuple[int, int]:
    """Take in one system's events; returns how many there were and how many had no usable address."""
    tally: Counter[bool] = Counter()
    for batch in counted(reader.system, reader.bounces(since), "bounces"):
        for event in batch:
            if (since and event.at < since) or (until and event.at >= until):
                continue
            tally[bool(event.subject)] += 1
            if event.subject:
                _add(boxes, event, rule)
    return tally.total(), tally[False]


def _add(boxes: dict[str, Mailbox], event: BounceEvent, rule: Rule) -> None:
    box = boxes.get(event.subject)
    if box is None:
        box = boxes[event.subject] = Mailbox(event.subject, event.address, rule=rule)
    box.signals.append(Signal(event.system, event.bounce_class, event.at, event.campaign))


def _within(since: datetime | None, until: datetime | None) -> str:
    return "".join(
        (f" since {since:%Y-%m-%d %H:%M}" if since else "", f" until {until:%Y-%m-%d %H:%M}" if until else "")
    )


def unread_words(unread: Mapping[System, str]) -> str:
    """Which systems are missing from an answer, and why; "" when none is."""
    return " ".join(f"{title(system)} is missing: {why.rstrip('.')}." for system, why in unread.items())
