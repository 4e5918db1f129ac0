"""Where consent stands in Marketo, and who made it so: the flags of the lead, the story of the activity log.

The flags are the truth of today; the log has their times and writers for about 25 months. A durable
unsubscribe, which Marketo keeps by address, cannot be read: only its effect on a lead that returns can.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from typing_extensions import override

from tools.abilities import ConsentRecord, KeepsConsent
from tools.connectors.marketo.client import BATCH, Client, Record
from tools.connectors.marketo.extract import Extract
from tools.connectors.marketo.fields import attributes
from tools.connectors.values import chunks, iso, moment, subject_of, text
from tools.ports import Clock, ConsentMark, ConsentState

KEPT = timedelta(days=760)  # activities are kept for about 25 months; nothing older can be asked
SAME_ACT = timedelta(minutes=5)  # a click on "unsubscribe" and the change of the flag it causes
UNSUBSCRIBED, NEW = "Unsubscribe Email", "New Lead"  # names of activity types
FLAGS = ("unsubscribed", "blackListed")  # beside the boxes of single groups
FIELDS = ("email", "unsubscribed", "unsubscribedReason", "blackListed", "marketingSuspendedCause")
UNTOLD = "cleared, and the activity log does not tell by whom"
THEMSELVES = "the person"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of one flag of one lead: to which value, when, by what and by whom."""

    flag: str
    value: bool
    at: datetime
    source: str
    writer: str


Story = Mapping[str, Mapping[str, Turn]]  # lead id -> flag -> its last turn


@dataclass(frozen=True, slots=True)
class Keeper(KeepsConsent):
    """Reads consent of everybody, or of those touched since a moment."""

    client: Client
    subject: Callable[[str], str]
    clock: Clock

    @override
    def consent_changes(self, since: datetime | None = None) -> Iterator[list[ConsentRecord]]:
        """Flags of all leads out of a bulk extract, or of those the activity log names since then."""
        found = self.everybody() if since is None else self.touched(since)
        boxes = self.client.boxes()
        said = (
            record
            for lead, told in found
            for record in records(lead, told, subject_of(self.subject, lead.get("email")), boxes)
        )
        yield from chunks(said, BATCH)

    @override
    def look_cost(self) -> int:
        return 3 * 2  # changes, clicks and new leads: a paging token and a page of each

    def everybody(self) -> Iterator[tuple[Record, Mapping[str, Turn]]]:
        """Every lead out of a bulk extract, with the last turn of each flag the log still has.

        Where the extract is older than this read, what the log tells of the time in between goes over it.
        """
        told = self.story(self.clock.now() - KEPT)
        extract = Extract(self.client, self.clock, ["id", *self.known()])
        turned = {text(lead["id"]): lead for lead in self._since(extract)}
        for page in extract.leads():
            current = (turned.pop(text(each["id"]), each) for each in page)
            yield from ((each, told.get(text(each["id"]), {})) for each in current)
        yield from ((each, told.get(lead, {})) for lead, each in turned.items())

    def _since(self, extract: Extract) -> Iterator[Record]:
        """What an extract that another read began does not know yet: leads touched since, as they are now."""
        walk = extract.walk()
        if walk.resumed:
            yield from (lead for lead, _ in self.touched(walk.began))

    def touched(self, since: datetime) -> Iterator[tuple[Record, Mapping[str, Turn]]]:
        """Leads whose flags turned, or that were created, since then; the flags as they are now."""
        told = self.story(since)
        new = {text(each["leadId"]) for each in self._activities(NEW, since)}
        for page in self.client.leads("id", sorted({*told, *new}), self.known()):
            yield from ((each, told.get(text(each["id"]), {})) for each in page)

    def known(self) -> list[str]:
        """The fields of consent this instance has."""
        return [*(name for name in FIELDS if name in self.client.described()), *self.client.boxes()]

    def story(self, since: datetime) -> Story:
        """The last turn of each flag since then, by lead. A person's own click outweighs its echo."""
        found: defaultdict[str, dict[str, Turn]] = defaultdict(dict)
        start = max(since, self.clock.now() - KEPT)
        for lead, turn in self._turns(start):
            before = found[lead].get(turn.flag)
            if (
                before is None
                or turn.at > before.at + SAME_ACT
                or (turn.writer, turn.value) == (THEMSELVES, before.value)
            ):
                found[lead][turn.flag] = turn
        return found

    def _turns(self, since: datetime) -> Iterator[tuple[str, Turn]]:
        turns = [*self._changed(since), *self._clicked(since)]
        return iter(sorted(turns, key=lambda each: each[1].at))

    def _changed(self, since: datetime) -> Iterator[tuple[str, Turn]]:
        flags = [*(name for name in FLAGS if name in self.client.described()), *self.client.boxes()]
        for page in self.client.changes(flags, iso(since)):
            for each in page:
                yield from _turns_of(each, flags)

    def _clicked(self, since: datetime) -> Iterator[tuple[str, Turn]]:
        for each in self._activities(UNSUBSCRIBED, since):
            at = moment(each.get("activityDate"))
            if at is not None:
                source = f"unsubscribe link in {text(each.get('primaryAttributeValue')) or 'a mail'}"
                yield text(each["leadId"]), Turn("unsubscribed", True, at, source, THEMSELVES)

    def _activities(self, name: str, since: datetime) -> Iterator[Record]:
        number = self.client.activity_types().get(name)
        start = max(since, self.clock.now() - KEPT)
        pages = self.client.activities([number], iso(start)) if number is not None else ()
        return (each for page in pages for each in page)


def _turns_of(change: Record, flags: Sequence[str]) -> Iterator[tuple[str, Turn]]:
    """The turns in one change of data values, with the source and the user the log names."""
    at, told = moment(change.get("activityDate")), attributes(change)
    source, reason = told.get("Source", ""), told.get("Reason", "")
    why = f"{source}: {reason}" if reason and reason != source else source
    writer = told.get("Modifying User") or source
    for each in change.get("fields") or ():
        if at is not None and each.get("name") in flags:
            value = text(each.get("newValue")).lower() in {"true", "1"}
            yield text(change["leadId"]), Turn(text(each["name"]), value, at, why, writer)


def marks(lead: Record, told: Mapping[str, Turn], boxes: Mapping[str, str]) -> list[ConsentMark]:
    """A lead's marks: one for all mail, and one for each group whose box is or was ever ticked."""
    out = [_global(lead, told)]
    for box, group in boxes.items():
        left = bool(lead.get(box))
        if left or box in told:
            why = text(lead.get(f"{box}Cause")) if left else ""
            state: ConsentState = "opt_out_group" if left else "none"
            out.append(_mark(group, state, box, told, why))
    return out


def _global(lead: Record, told: Mapping[str, Turn]) -> ConsentMark:
    if lead.get("unsubscribed"):
        why = text(lead.get("unsubscribedReason"))
        return _mark("global", "opt_out_global", "unsubscribed", told, why)
    if lead.get("blackListed"):
        return _mark("global", "opt_out_global", "blackListed", told, "")
    last = max(("unsubscribed", "blackListed"), key=lambda flag: _when(told, flag))
    return _mark("global", "none", last, told, "")


def _when(told: Mapping[str, Turn], flag: str) -> float:
    turn = told.get(flag)
    return turn.at.timestamp() if turn else 0.0


def _mark(scope: str, state: ConsentState, flag: str, told: Mapping[str, Turn], why: str) -> ConsentMark:
    """The mark with the turn that made it so; a turn that says the opposite is not its cause."""
    turn, stopped = told.get(flag), state != "none"
    if turn is None:
        return ConsentMark(
            scope=scope, state=state, at=None, source=(f"{flag}: {why}" if why else flag) if stopped else ""
        )
    if turn.value != stopped:
        return ConsentMark(scope=scope, state=state, at=None, source=f"{flag}: {why or UNTOLD}")
    source = "; ".join(part for part in (turn.source, why) if part)
    return ConsentMark(scope=scope, state=state, at=turn.at, source=source, writer=turn.writer)


def records(
    lead: Record, told: Mapping[str, Turn], subject: str, boxes: Mapping[str, str]
) -> list[ConsentRecord]:
    """A lead's consent, scope by scope."""
    return [
        ConsentRecord(
            system="marketo",
            object="lead",
            record_id=text(lead["id"]),
            subject=subject,
            address=text(lead.get("email")),
            mark=mark,
        )
        for mark in marks(lead, told, boxes)
    ]
