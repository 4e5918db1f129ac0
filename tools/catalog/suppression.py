"""Suppressing people: it only ever adds, in every system, whether or not anybody knows the address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tools.answer import Evidence
from tools.catalog.across import blocks, change, chosen, evidence, listing, records_of, targets
from tools.catalog.arguments import ColumnMeanings, Emails, FileName, Reason
from tools.catalog.groups import GroupName, Scope, scope_of
from tools.catalog.suppressing_list import LESS_RESTRICTIVE, OPTED_IN, Stoplist, stoplist
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Change, Plan, Veto
from tools.ports import Person, RestsOn
from tools.registry import tool
from tools.rules.email_key import normalise
from tools.rules.people_files import FileRow
from tools.rules.plain_text import one_line, without_addresses
from tools.rules.stack import suppress_stage, title

ADDRESS: frozenset[RestsOn] = frozenset({"address"})
DEFAULT_REASON = "asked for in Clearance"
UNKNOWN = "no system holds it; it is kept on the suppression list in case it arrives"


@tool(
    destructive=True,
    examples=(
        "suppress jane@acme.com, she asked us to stop",
        "opt out bob@globex.com everywhere",
        "unsubscribe maria@initech.de and tom@umbrella.io",
        "add the attached list to our suppressions",
        "do not email lee@acme.com any more",
        "import this opt-out file into Marketo",
        "never contact ana@globex.com again",
        "put these on the do-not-mail list: sam@initech.com, kim@acme.com",
        "upload suppressions.csv, reason competitor list",
        "stop sending to priya@acme.com, legal request",
        "block jon@example.com from all mailings",
        "please add tim@acme.com to the suppression list",
        "blocklist the addresses in the attached csv",
        "here is a list of opt-outs, apply it",
        "upload this unsubscribe file to our suppressions",
        "lena@globex.com wants off our mailings",
        "omar@acme.com complained, stop emailing him",
        "mark dana@umbrella.io as do not email",
        "pia@lantern.io asked support to be left alone, stop mailing her",
        "opt out dev@harbor.co and anna@ridge.com",
        "lee@quartz.dev must never be emailed again",
        "mo@tidal.app should be put on the do-not-email list",
        "unsubscribe everyone in stoplist.csv, reason: legal",
        "please make sure sara@birch.se gets no more mail",
        "take tom@cedar.org off all our mailings",
        "don't mail ivo@delta.bg any more, he complained",
        "kim@fern.kr wants out, unsubscribe her",
        "no more newsletters for joe@slate.us",
        "the people in blocked.xlsx have to be suppressed",
        "add mei@opal.sg to suppression because of a legal hold",
        "unsubscribe jane@acme.com from the Newsletter only",
        "take bob@globex.com off the Events group, he keeps the rest",
        "opt kim@fern.kr out of Product Updates alone",
        "take dev@harbor.co off the Newsletter, he gets the rest",
        "anna@ridge.com does not want the Product News any more",
        "opt mo@tidal.app out of the weekly digest",
        "stop sending the Newsletter to pia@lantern.io",
        "lee@quartz.dev no longer wants our event invitations",
        "take sara@birch.se off our monthly digest",
    ),
)
def suppress_contacts(
    context: ToolContext,
    *,
    emails: Emails | None = None,
    file: FileName | None = None,
    reason: Reason | None = None,
    group: GroupName | None = None,
    columns: ColumnMeanings | None = None,
) -> Plan:
    """Stop all mail to people, or one group's."""
    scope = scope_of(chosen(context, None), group)
    wanted = _wanted(context, emails or [], file, columns or ())
    why = without_addresses(one_line(reason or DEFAULT_REASON))
    return Plan(
        summary=_summary(wanted, scope, why),
        rows=_Suppression(context, scope, why).rows(wanted),
        files=wanted.file.files({}) if wanted.file else (),
        evidence=wanted.evidence(context),
    )


@dataclass(slots=True)
class _Wanted:
    """The addresses to suppress: those that were named, each once, and those of a list."""

    named: dict[str, None] = field(default_factory=dict)
    given: int = 0  # how often one was named
    file: Stoplist | None = None

    @property
    def count(self) -> int:
        """Different addresses."""
        return len(self.named) + (self.file.addresses - self.in_both if self.file else 0)

    @property
    def in_both(self) -> int:
        """Named addresses that stand on the list, too."""
        return sum(1 for each in self.named if self.file and self.file.holds(each))

    def addresses(self) -> Iterator[str]:
        """All of them, streamed."""
        yield from self.named
        if self.file:
            yield from (each for each in self.file.wanted() if each not in self.named)

    def evidence(self, context: ToolContext) -> tuple[Evidence, ...]:
        """What a list held, and how its columns are read."""
        if self.file is None:
            return ()
        note = f"{self.count} different addresses; {self.file.layout.sentence()}"
        found = evidence(context, "clearance", f"rows of {self.file.name}", self.file.rows, note)
        return (replace(found, tables=self.file.tables()),)


def _wanted(context: ToolContext, emails: Sequence[str], name: str | None, columns: Sequence[str]) -> _Wanted:
    wanted = _Wanted()
    bad = [each for each in emails if not _take(wanted, each)]
    if bad:
        raise InvalidArguments(
            "These are no e-mail addresses", on=one_line(", ".join(bad)), do="Write them as name@company.com."
        )
    if name or (not emails and len(context.files) == 1):
        wanted.file = stoplist(context, name or next(iter(context.files)), columns)
    if not emails and len(context.files) > 1 and not wanted.file:
        raise InvalidArguments(
            "Which of the files holds the people to suppress?",
            on=listing(context.files),
            do="Name it.",
            choices=tuple(context.files),
        )
    if not emails and not wanted.file:
        raise InvalidArguments(
            "Whom should I suppress?", do="Name the addresses, or attach a CSV with one address per row."
        )
    return wanted


def _take(wanted: _Wanted, email: str) -> bool:
    try:
        wanted.named[normalise(email)] = None
    except InvalidArguments:
        return False
    wanted.given += 1
    return True


def _summary(wanted: _Wanted, scope: Scope, why: str) -> str:
    people = "1 address" if wanted.count == 1 else f"{wanted.count:,} addresses"
    of = _of_the_rows(wanted)
    where = listing(map(title, scope.readers))
    if scope.is_group:
        only = f"Take {people}{of} off {scope.words} in {where}, and off no other mail."
        return f"{only}{scope.left_alone()} Reason: {why}."
    return f"Suppress {people}{of} in {where}. Reason: {why}."


def _of_the_rows(wanted: _Wanted) -> str:
    """What was given besides the addresses that are suppressed, in brackets; "" when nothing was."""
    held = wanted.file
    doubles = wanted.given - len(wanted.named) + (held.cells - held.addresses + wanted.in_both if held else 0)
    opted_in = held.opted_in if held else 0
    junk = held.junk if held else 0
    aside = {
        "given twice": doubles,
        "ignored because they say opted in": opted_in,
        "without an address": junk,
    }
    left = listing(f"{number:,} {what}" for what, number in aside.items() if number)
    return f" ({wanted.given + (held.rows if held else 0):,} rows: {left})" if left else ""


@dataclass(frozen=True, slots=True)
class _Suppression:
    """One request to suppress: everywhere, for one reason, of all mail or of one group."""

    context: ToolContext
    scope: Scope
    why: str

    def rows(self, wanted: _Wanted) -> Iterator[Change | Veto]:
        """What was left out of the file first, then every address's rows, block by block."""
        for row, why in wanted.file.nothing() if wanted.file else ():
            yield self._nothing(row, why)
        for addresses in blocks(wanted.addresses()):
            records = records_of(self.scope.readers, addresses)
            for address in addresses:
                subject = self.context.subject(address)
                yield from self._person(subject, address, records.get(subject, ()))

    def _nothing(self, row: FileRow, why: str) -> Veto:
        if why == OPTED_IN:
            subject = self.context.subject(row.addresses[0]) if row.addresses else ""
            return _left_out("less_restrictive", LESS_RESTRICTIVE, row.line, subject)
        return _left_out("not_an_address", why, row.line)

    def _person(self, subject: str, address: str, records: Sequence[Person]) -> Iterator[Change | Veto]:
        rows = list(self._changes(subject, address, records))
        yield from rows
        if not rows and records:
            what = f"has left {self.scope.words}" if self.scope.is_group else "already suppressed"
            yield _unchanged(subject, "already_suppressed", f"{what} everywhere")
        elif not rows:
            yield _unchanged(subject, "unknown_address", "no system holds this address or can take it alone")

    def _changes(self, subject: str, address: str, records: Sequence[Person]) -> Iterator[Change | Veto]:
        reason = self.why if records else f"{self.why}; {UNKNOWN}"
        for reader, person in targets(self.context, self.scope.readers, records, subject, address):
            wish = self.scope.express(reader, "suppress", person, note=self.why, rests_on=ADDRESS)
            if isinstance(wish, Veto):
                yield wish
            elif wish:
                yield change(person, wish, stage=suppress_stage(person.system), reason=reason)


def _left_out(code: str, text: str, line: int, subject: str = "") -> Veto:
    return Veto(
        subject=subject,
        system="clearance",
        object="file row",
        record_id=f"line {line}",
        op="suppress",
        code=code,
        text=text,
    )


def _unchanged(subject: str, code: str, text: str) -> Veto:
    return Veto(
        subject=subject,
        system="clearance",
        object="address",
        record_id=None,
        op="suppress",
        code=code,
        text=text,
    )
