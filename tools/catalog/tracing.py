"""Clues to why something is so for one person, by what is asked about: mail, qualification, sync, routing.

A clue is what one system says of one record. What speaks against the thing asked for is marked so; the order
of the trace follows the team's walk: score, fit, filters, sync, timing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tools.catalog.across import clicks, listing, vendors
from tools.catalog.dossiers import COMMERCIAL, CONSENT, CONTACT, PERSONAL, Dossier
from tools.context import ToolContext
from tools.errors import ClearanceError
from tools.plan import System
from tools.ports import ConsentMark, Person
from tools.rules import word_match
from tools.rules.agreements import ConsentEvent
from tools.rules.consent import GLOBAL, OBJECTIONS, WORDS, mailable
from tools.rules.email_key import normalise
from tools.rules.proofs import is_proof
from tools.rules.stack import KINDS, title
from tools.rules.vetoes import VETOES

Topic = Literal["mail", "mql", "sync", "route"]

ASKED: Mapping[Topic, str] = {
    "mail": "mailable mail email newsletter nurture invite unsubscribe subscribed opted consent bounce "
    "mailing receive nothing arrives skipped suppressed",
    "mql": "mql qualified qualification qualify score scored scoring lifecycle stage status stuck",
    "sync": "sync synced showing appear missing salesforce marketo hubspot sendgrid crm",
    "route": "route routed routing assigned assignment owner sales rep handed",
}
NOBODY_TELLS: Mapping[Topic, tuple[str, ...]] = {
    "mail": (
        "Frequency caps and the audience rules of a single send",
        "What the mailbox provider did after it took a mail: inbox, spam folder, silence",
    ),
    "mql": (
        "Which scoring rules ran, what each gave, and the threshold: the automation's programs hold them",
        "When and by which rule a lifecycle stage changed, unless the CRM tracks that field's history",
    ),
    "sync": ("Sync rules and filters that hold a record back, and errors of single records",),
    "route": ("Which assignment rule ran, and the territory table behind it",),
}
# Fields a grade of fit usually rests on. Source: the walk of the lead-lifecycle runbook.
FIT: tuple[tuple[str, str], ...] = (
    ("title", "job title"), ("country", "country"), ("company", "company"), ("industry", "industry"),
)  # fmt: skip
_STILL = re.compile(r"\b(still|keep(s|ing)?|continues?|although|though|despite|goes on)\b", re.IGNORECASE)
_NOTHING = re.compile(r"n't\b|\b(not|nothing|never|none|no|stopped)\b", re.IGNORECASE)
CLICKED_WITHIN = timedelta(days=180)  # a click this recent says that somebody reads what arrives
FILTERS = frozenset({"customer_account", "opportunity_role", "legal_hold", "frozen_owner"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What one system says: of which record, since when, written by whom, in which words of its own."""

    topic: Topic
    says: str
    data_class: str = CONTACT
    system: System | None = None
    record: Person | None = None
    since: datetime | None = None
    writer: str = ""
    raw: str = ""
    against: bool = False  # it speaks against what is asked for
    lets: bool = False  # it lets mail through although there is an objection
    doubts: bool = False  # it makes a reason against doubtful
    once: bool = False  # it happened then, and is not so since then

    def sentence(self) -> str:
        """The clue in words, with its system, writer and day."""
        word, comma = (" on", "") if self.once else (" since", ", written")
        since = f"{word} {self.since:%Y-%m-%d}" if self.since else ""
        by = f"{comma} by {self.writer}" if self.writer else ""
        where = f"{title(self.system)}: " if self.system else ""
        return f"{where}{self.says}{since}{by}"


def topics(question: str) -> tuple[Topic, ...]:
    """What a question is about; everything, when it does not say."""
    asked = set(word_match.stems(question))
    found = tuple(topic for topic, words in ASKED.items() if asked & set(word_match.stems(words)))
    return found or tuple(ASKED)


def wonders_why_still(question: str) -> bool:
    """Whether it is asked why mail goes on although somebody objected, and not why there is none."""
    return bool(_STILL.search(question)) and not _NOTHING.search(question)


def clues(context: ToolContext, dossier: Dossier, about: Sequence[Topic]) -> Iterator[Clue]:
    """The trace, topic by topic."""
    for topic in about:
        yield from TRACES[topic](context, dossier)


def _mail(context: ToolContext, dossier: Dossier) -> Iterator[Clue]:
    """Consent, mailbox and our own record, each with time and writer; then where mail cannot come from."""
    history = context.records.consent_history(dossier.subject)
    erased = [each for each in history if each.state == "erased" and each.system == "clearance"]
    for each in erased[-1:]:
        words = "this address was erased at their request, and is suppressed whenever it returns"
        yield Clue(
            topic="mail", says=words, system="clearance", since=each.at, raw=each.evidence, against=True,
            once=True,
        )  # fmt: skip
    if dossier.purged_before and not erased:
        words = "we purged this address before and suppress it whenever it returns"
        yield Clue(topic="mail", says=words, system="clearance", data_class=CONTACT, against=True)
    objected = any(mark.state in OBJECTIONS for person in dossier.records for mark in person.consent)
    for person in dossier.records:
        yield from (_consent("mail", person, mark, objected=objected) for mark in person.consent)
    yield from _ours(history)
    yield from _mailbox("mail", dossier)
    yield from _alive(context, dossier)
    yield from _silent(dossier)
    for system in _absent(context, dossier) if dossier.records else ():
        if KINDS.get(system) == "map":
            words = "has no record of this address, so nothing is sent from there"
            yield Clue(topic="mail", says=words, system=system, against=True)
    if dossier.records and not dossier.memberships:
        yield Clue(topic="mail", says="is in no list or campaign that could be read")


def _consent(topic: Topic, person: Person, mark: ConsentMark, *, objected: bool = False) -> Clue:
    """A mark; one that allows mail although another record objects lets mail through."""
    scope = "" if mark.scope == "global" else f" ({mark.scope})"
    lifted = objected and mark.state == "none" and mark.at is not None
    allowed = "holds no opt-out any more: it was taken off" if lifted else "holds no opt-out"
    return Clue(
        topic=topic,
        says=f"{allowed if mark.state == 'none' else WORDS[mark.state]}{scope}",
        data_class=CONSENT,
        system=person.system,
        record=person,
        since=mark.at,
        writer=mark.writer,
        raw=mark.source,
        against=mark.state in OBJECTIONS,
        lets=lifted,
        once=lifted,
    )


def _ours(history: Sequence[ConsentEvent]) -> Iterator[Clue]:
    """What runs of ours did to this person's consent, by run: the ledger has it."""
    for each in history:
        if is_proof(each.scope):
            yield Clue(
                topic="mail", says=f"we keep the evidence of consent that {title(each.system)} held",
                data_class=CONSENT, system="clearance", since=each.seen,
                raw=f"{each.evidence} ({each.source})",
            )  # fmt: skip
        elif each.run and each.system != "clearance":
            done = "suppressed" if each.state in OBJECTIONS else "made mailable again"
            yield Clue(
                topic="mail", says=f"was {done} in {title(each.system)} by our run {each.run}",
                data_class=CONSENT, system="clearance", since=each.at or each.seen, writer=each.writer,
                raw=each.evidence or each.source, once=True,
            )  # fmt: skip


def _alive(context: ToolContext, dossier: Dossier) -> Iterator[Clue]:
    """A click of the last months where a system calls the mailbox dead: such a mark may be wrong."""
    dead = [each for each in dossier.records if each.deliverability == "invalid"]
    if not dead:
        return
    try:
        pressed = clicks(vendors(context), dossier.now - CLICKED_WITHIN, dossier.records)
    except ClearanceError:
        return  # a system that does not answer is named where the records are read
    for person in dossier.records:
        if at := pressed.get((person.system, person.record_id)):
            words = "the mark of a dead mailbox may be wrong, as the person clicked in a mail"
            yield Clue(
                topic="mail",
                says=words,
                data_class=PERSONAL,
                system=person.system,
                record=person,
                since=at,
                doubts=True,
                once=True,
            )


def _mailbox(topic: Topic, dossier: Dossier) -> Iterator[Clue]:
    """Each system's bounce, and whether it still counts beside later signs of life."""
    counted = dossier.deliverability()
    unreachable = not mailable("none", counted).yes
    for person in dossier.records:
        silent = person.deliverability == "unknown" and not person.deliverability_raw
        if silent or (person.deliverability == "ok" and person.record_id == person.subject):
            continue
        stands = unreachable and person.deliverability == counted
        past = "" if stands or person.deliverability == "ok" else ", which no longer counts"
        yield Clue(
            topic=topic,
            says=f"the mailbox is {person.deliverability}{past}",
            system=person.system,
            record=person,
            since=person.deliverability_at,
            raw=person.deliverability_raw,
            against=stands,
        )


def _silent(dossier: Dossier) -> Iterator[Clue]:
    """Systems that do not have an opt-out of everything which others have: they would mail, or are behind."""
    stopped = {
        each.system
        for each in dossier.records
        if any(mark.scope == GLOBAL and mark.state in OBJECTIONS for mark in each.consent)
    }
    behind = [each for each in dossier.records if stopped and each.system not in stopped]
    for person in behind:
        words = f"has not got the opt-out that {listing(map(title, sorted(stopped)))} has"
        yield Clue(
            topic="mail", says=words, data_class=CONSENT, system=person.system, record=person, lets=True
        )


def _qualified(context: ToolContext, dossier: Dossier) -> Iterator[Clue]:
    """Score, fit, filters, sync, timing."""
    yield from _scores(dossier)
    for person in dossier.records:
        missing = [words for name, words in FIT if not getattr(person, name)]
        if missing and KINDS.get(person.system) != "esp":
            yield Clue(
                topic="mql", says=f"no {listing(missing)} on record", system=person.system, record=person,
                against=True,
            )  # fmt: skip
    for person in dossier.records:
        for tie in person.ties:
            if tie.kind in FILTERS:
                yield Clue(
                    topic="mql", says=VETOES[tie.kind].sentence, data_class=COMMERCIAL, system=person.system,
                    record=person, raw=tie.text, against=True,
                )  # fmt: skip
        stops = [mark for mark in person.consent if mark.state in OBJECTIONS]
        yield from (_consent("mql", person, mark) for mark in stops)
    yield from (each for each in _mailbox("mql", dossier) if each.against)
    yield from _present("mql", context, dossier, kind="crm")
    yield from _times("mql", dossier)


def _scores(dossier: Dossier) -> Iterator[Clue]:
    scored = False
    for person in dossier.records:
        if person.score is None and not person.lifecycle:
            continue
        scored = scored or person.score is not None
        stage = f"lifecycle {person.lifecycle}" if person.lifecycle else ""
        score = f"score {person.score}" if person.score is not None else ""
        says = listing(filter(None, (score, stage)))
        yield Clue(topic="mql", says=says, data_class=COMMERCIAL, system=person.system, record=person)
    if not scored and dossier.records:
        yield Clue(topic="mql", says="no system has a score for them", data_class=COMMERCIAL, against=True)


def _times(topic: Topic, dossier: Dossier) -> Iterator[Clue]:
    for person in dossier.records:
        if person.created:
            yield Clue(
                topic=topic, says="record created", system=person.system, record=person, since=person.created
            )
        if person.last_activity:
            yield Clue(
                topic=topic, says="last activity seen", data_class=PERSONAL, system=person.system,
                record=person, since=person.last_activity,
            )  # fmt: skip


def _synced(context: ToolContext, dossier: Dossier) -> Iterator[Clue]:
    """Who has the person, tied to what, spelled how, how often; and how the systems themselves are doing."""
    yield from _present("sync", context, dossier)
    yield from _tied(dossier)
    yield from _times("sync", dossier)
    for person in dossier.records:
        if person.address != normalise(person.address):
            words = f"spells the address “{person.address}”"
            yield Clue(topic="sync", says=words, system=person.system, record=person)
    for system, reader in vendors(context).items():
        own = [each for each in dossier.records if each.system == system]
        if len(own) > 1:
            words = f"has {len(own)} records of this address"
            yield Clue(topic="sync", says=words, system=system, record=own[0], against=True)
        health = reader.health()
        if health.note:
            yield Clue(topic="sync", says=health.note, system=system, against=not health.permitted)


def _tied(dossier: Dossier) -> Iterator[Clue]:
    """What a record says of its tie to the CRM: without one nothing is carried, not even an opt-out."""
    for person in dossier.records:
        if person.linked == "":
            words = (
                "is tied to no record of the CRM: never sent, or a sync rule or inclusion list keeps it out"
            )
            yield Clue(topic="sync", says=words, system=person.system, record=person, against=True)
        elif person.linked:
            words = f"is synced with the CRM's record {person.linked}"
            yield Clue(topic="sync", says=words, system=person.system, record=person, doubts=True)
        if person.held_back:
            yield Clue(topic="sync", says=person.held_back, system=person.system, record=person, against=True)
        if person.modified:
            yield Clue(
                topic="sync", says="record last changed", system=person.system, record=person,
                since=person.modified,
            )  # fmt: skip


def _absent(context: ToolContext, dossier: Dossier) -> list[System]:
    held = {each.system for each in dossier.records}
    return [system for system in vendors(context) if system not in held and system not in dossier.unread]


def _present(topic: Topic, context: ToolContext, dossier: Dossier, kind: str = "") -> Iterator[Clue]:
    for system in _absent(context, dossier):
        if not kind or KINDS.get(system) == kind:
            yield Clue(topic=topic, says="has no record of this address", system=system, against=True)


def _routed(context: ToolContext, dossier: Dossier) -> Iterator[Clue]:
    """Owner, what routing usually goes by, and second records that may have been routed instead."""
    owned = False
    for person in dossier.records:
        if person.owner:
            owned = True
            yield Clue(
                topic="route", says=f"owned by {person.owner}", data_class=COMMERCIAL, system=person.system,
                record=person,
            )  # fmt: skip
        if KINDS.get(person.system) == "crm" and not person.country:
            yield Clue(
                topic="route", says="no country on record", system=person.system, record=person, against=True
            )
    if not owned and dossier.records:
        yield Clue(topic="route", says="no system has an owner", data_class=COMMERCIAL, against=True)
    for person in dossier.records:
        if person.held_back and KINDS.get(person.system) == "crm":
            yield Clue(
                topic="route", says=person.held_back, system=person.system, record=person, against=True
            )
    twice = [each for each in dossier.records if KINDS.get(each.system) == "crm" and not each.held_back]
    if len(twice) > 1:
        words = f"has {len(twice)} records of this address, each routed by itself"
        yield Clue(topic="route", says=words, system=twice[0].system, record=twice[0], against=True)
    yield from _present("route", context, dossier, kind="crm")


TRACES: Mapping[Topic, Callable[[ToolContext, Dossier], Iterator[Clue]]] = {
    "mail": _mail,
    "mql": _qualified,
    "sync": _synced,
    "route": _routed,
}
