"""Taking an opt-out back: only on the person's own later act, with evidence, and never after a complaint."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tools.catalog.across import blocks, change, chosen, listing, records_of
from tools.catalog.across import evidence as proof
from tools.catalog.arguments import Emails, Reason
from tools.catalog.groups import GroupName, Scope, scope_of
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Change, Plan, Veto
from tools.ports import ConsentMark, Person, RestsOn
from tools.registry import tool
from tools.rules import own_act
from tools.rules.consent import OBJECTIONS, WORDS, Wish, rule
from tools.rules.email_key import normalise
from tools.rules.own_act import OwnAct
from tools.rules.plain_text import one_line, without_addresses
from tools.rules.stack import ORDER, suppress_stage, title

RESTS_ON: frozenset[RestsOn] = frozenset({"address", "consent"})
ERASED = "purged or erased at their request"


@tool(
    destructive=True,
    examples=(
        "resubscribe jane@acme.com, she filled in the preference form yesterday",
        "opt bob@globex.com back in, double opt-in confirmed on 12 Nov",
        "unsuppress maria@initech.de, written request attached",
        "restore tom@umbrella.io to the mailing list, he asked by email",
        "take lee@acme.com off the suppression list, signed up again at the booth form",
        "remove the opt out for ana@globex.com, she re-subscribed herself",
        "lift the unsubscribe on sam@initech.com, evidence: form fill 8841",
        "put kim@acme.com back on our emails, she re-confirmed consent",
        "resubscribe tim@acme.com, he ticked the box on the form on 3 Nov",
        "make lena@globex.com mailable again, she asked in writing",
        "undo the unsubscribe of omar@acme.com because he opted back in via the form",
        "re-enable email for dana@umbrella.io, consent form 4410",
        "pia@lantern.io opted out by mistake and wrote that she wants our mails again, put her back",
        "dev@harbor.co signed up again through the form, lift his opt-out",
        "resubscribe anna@ridge.com, she confirmed by email on Monday",
        "lee@quartz.dev asked in writing to be subscribed again",
        "un-suppress mo@tidal.app, evidence: ticket 4410 with his request",
        "sara@birch.se ticked the newsletter box again yesterday, opt her in",
        "please allow mail to tom@cedar.org again, he re-consented at the booth",
        "ivo@delta.bg changed his mind and filled in the preference form, remove the opt-out",
        "the unsubscribe of kim@fern.kr was accidental, she sent us her consent, restore it",
        "joe@slate.us wants back on the list, see his signed form",
        "let jane@acme.com back to the Newsletter only, she ticked the box on the form yesterday",
        "resubscribe bob@globex.com to the Events group, double opt-in on 12 Nov",
        "kim@fern.kr signed up for Product Updates alone, web form of 3 Nov, opt her in",
        "put sam@initech.com back on the Newsletter, he signed the form on Monday",
        "mei@opal.sg wants Product Updates again, signed form of 12 Nov",
    ),
)
def restore_contacts(
    context: ToolContext, *, emails: Emails, evidence: Reason, group: GroupName | None = None
) -> Plan:
    """Opt people back in on their own act."""
    addresses = _addresses(emails)
    scope = scope_of(chosen(context, None), group)
    act = own_act.read(evidence, now=context.clock.now())
    if act is None:
        raise InvalidArguments(
            "An opt-out is taken back only on the person's own act",
            on=one_line(without_addresses(evidence)),
            do="Name what they did (a form, a double opt-in, a written request) and on which day.",
        )
    words = one_line(without_addresses(evidence))
    return Plan(
        summary=_summary(addresses, scope, act, words),
        rows=_Restoring(context, scope, act, words).rows(addresses),
        evidence=(proof(context, "clearance", f"own act: {act.kind}, {act.at:%Y-%m-%d}", len(addresses)),),
    )


def _addresses(emails: Sequence[str]) -> list[str]:
    if not emails:
        raise InvalidArguments("Whom should I restore?", do="Name the addresses.")
    return list(dict.fromkeys(map(normalise, emails)))


def _summary(addresses: Sequence[str], scope: Scope, act: OwnAct, words: str) -> str:
    people = "1 address" if len(addresses) == 1 else f"{len(addresses):,} addresses"
    where = listing(map(title, scope.readers))
    what = f"Make {people} mailable again in {where}"
    stays = "Complaints and erasures stay."
    if scope.is_group:
        what = f"Let {people} back to {scope.words} in {where}, and to no other mail"
        stays = f"Opt-outs of everything stay.{scope.left_alone()}"
    return (
        f"{what}, on their own act ({act.kind}, "
        f"{act.at:%Y-%m-%d}{'' if act.dated else ', as no day was named'}): {words}. {stays} "
        "Undo suppresses them again."
    )


@dataclass(frozen=True, slots=True)
class _Restoring:
    """One restoration: opt-outs of one scope that are older than the act; all else is refused by name."""

    context: ToolContext
    scope: Scope
    act: OwnAct
    words: str

    def rows(self, addresses: Sequence[str]) -> Iterator[Change | Veto]:
        for block in blocks(addresses):
            records = records_of(self.scope.readers, block)
            subjects = {self.context.subject(address): address for address in block}
            gone = self.context.records.tombstoned(list(subjects))
            for subject in subjects:
                yield from self._person(subject, records.get(subject, ()), erased=subject in gone)

    def _person(self, subject: str, records: Sequence[Person], *, erased: bool) -> Iterator[Change | Veto]:
        if erased:
            yield _veto(subject, None, "erased", f"{ERASED}: they sign up anew, they are not restored")
            return
        refused = self._refusals(records)
        if refused:
            # one objection that stands keeps the person off all mail, so nothing is lowered anywhere
            yield from (_veto(subject, person, code, text) for person, code, text in refused)
            return
        rows = [row for person in records for row in self._row(person)]
        yield from rows
        if not rows:
            yield _veto(subject, None, "not_suppressed", "no system holds an opt-out of this address")

    def _refusals(self, records: Sequence[Person]) -> list[tuple[Person, str, str]]:
        found: list[tuple[Person, str, str]] = []
        for person in records:
            for mark in person.consent:
                if self._counts(mark) and (why := self._refusal(mark)):
                    code = mark.state if mark.state in {"complaint", "erased"} else "not_later"
                    text = f"{WORDS[mark.state]} in {title(person.system)}{_on(mark.at)}: {why}"
                    found.append((person, code, text))
        return found

    def _counts(self, mark: ConsentMark) -> bool:
        """Whether it is an opt-out of what the request is about."""
        return self.scope.about(mark.scope) and mark.state in OBJECTIONS

    def _refusal(self, mark: ConsentMark) -> str:
        if mark.state == "complaint":
            return "a spam complaint is never taken back"
        wish = Wish(state="express", by="person", at=self.act.at, evidence=self.words)
        return rule(mark.state, wish, since=mark.at).refused

    def _row(self, person: Person) -> Iterator[Change | Veto]:
        if not any(self._counts(mark) for mark in person.consent):
            return
        reader = self.scope.readers[person.system]
        note = f"own act ({self.act.kind}, {self.act.at:%Y-%m-%d}): {self.words}"
        wish = self.scope.express(reader, "unsuppress", person, note=note, rests_on=RESTS_ON)
        if isinstance(wish, Veto):
            yield wish
        elif wish is None:
            text = f"{title(person.system)} offers no way to take this opt-out back"
            yield _veto(person.subject, person, "no_way", text)
        else:
            # the reverse of suppressing: what sends comes last
            stage = len(ORDER) - 1 - suppress_stage(person.system)
            yield change(person, wish, stage=stage, reason=note)


def _on(at: datetime | None) -> str:
    return f" on {at.astimezone(UTC):%Y-%m-%d}" if at else ""


def _veto(subject: str, person: Person | None, code: str, text: str) -> Veto:
    return Veto(
        subject=subject,
        system=person.system if person else "clearance",
        object=person.object if person else "address",
        record_id=person.record_id if person else None,
        op="unsuppress",
        code=code,
        text=text,
    )
