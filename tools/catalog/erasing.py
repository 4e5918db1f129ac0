"""Erasing a person after a legal request: every record in every system, and what we keep ourselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.abilities import Erases
from tools.catalog.across import change, chosen, evidence, listing, records_of, targets
from tools.catalog.arguments import Email, Reference
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Change, Plan, System, Veto
from tools.ports import Expressed, Person, Reader
from tools.registry import tool
from tools.rules.email_key import normalise
from tools.rules.plain_text import one_line, without_addresses
from tools.rules.stack import ORDER, delete_stage, suppress_stage, title

ERASURE_STAGE = 2 * len(ORDER)  # after every deletion: what is left of the person is the proof of it
HOLDS = frozenset({"legal_hold"})  # what the law wants kept outweighs the request


@tool(
    destructive=True,
    examples=(
        "erase jane@acme.com, GDPR request DSR-2291",
        "right to be forgotten for bob@globex.com, ticket PRIV-88",
        "process the erasure request of maria@initech.de ref DSR-17",
        "wipe all personal data of tom@umbrella.io, legal case L-204",
        "forget lee@acme.com everywhere, privacy request 5521",
        "gdpr delete ana@globex.com DSR-3001",
        "data subject asked us to remove everything about him: sam@initech.com, DSR-44",
        "CCPA deletion for kim@acme.com, request number C-1009",
        "GDPR erasure for dana@acme.com, reference DSR-902",
        "permanently remove omar@globex.com, subject access request SAR-12",
        "article 17 request from tim@initech.de, case 7741",
        "please anonymise and forget lena@umbrella.io, privacy ticket PRV-9",
        "carry out the erasure for pia@lantern.io, reference LEG-12",
        "RTBF request for dev@harbor.co under PRIV-77, all systems",
        "anna@ridge.com wants all her data gone, GDPR request DSR-9",
        "legal says lee@quartz.dev must be forgotten, ticket GD-40",
        "data subject deletion: mo@tidal.app, case 5521",
        "process the deletion request DSAR-15 of sara@birch.se",
        "please have tom@cedar.org erased from every tool, privacy ticket P-REQ-8",
        "execute right to be forgotten for ivo@delta.bg (REQ-301)",
        "kim@fern.kr invoked article 17, ref LEGAL-7, erase her",
        "wipe all personal data on joe@slate.us, request CCPA-3",
    ),
)
def erase_person(context: ToolContext, *, email: Email, request_reference: Reference) -> Plan:
    """Erase a person for good from every system after a legal erasure request."""
    address = normalise(email)
    reference = one_line(without_addresses(request_reference), longest=80)
    if not any(letter.isdigit() for letter in reference):
        raise InvalidArguments(
            "An erasure needs the reference of its request", do="Name it, such as DSR-2291."
        )
    readers = chosen(context, None)
    subject = context.subject(address)
    records = records_of(readers, [address]).get(subject, ())
    return Plan(
        summary=_summary(records, readers, reference),
        rows=_Erasure(context, readers, reference).rows(subject, address, records),
        evidence=tuple(
            evidence(context, system, "people by address", sum(each.system == system for each in records))
            for system in readers
        ),
    )


def _summary(records: Sequence[Person], readers: Mapping[System, Reader], reference: str) -> str:
    held = "1 record" if len(records) == 1 else f"{len(records):,} records"
    bin_ = " Salesforce keeps deleted records in its bin for 15 days; an administrator empties it."
    return (
        f"Erase one person for good, request {reference}: {held} in {listing(map(title, readers))}, and all "
        "we keep ourselves. This cannot be undone. A keyed hash stays, so the address is suppressed if it "
        f"returns.{bin_ if any(each.system == 'salesforce' for each in records) else ''}"
    )


@dataclass(frozen=True, slots=True)
class _Erasure:
    """One erasure: stop mail, delete the records, forget the person."""

    context: ToolContext
    readers: Mapping[System, Reader]
    reference: str

    def rows(self, subject: str, address: str, records: Sequence[Person]) -> Iterator[Change | Veto]:
        held = [tie for person in records for tie in person.ties if tie.kind in HOLDS]
        yield from self._suppressions(subject, address, records, held=bool(held))
        for person in records:
            if held:
                yield self._kept(person, held[0].text)
            else:
                yield from self._deletion(person)
        if not held:
            yield self._forgetting(subject, address)

    def _suppressions(
        self, subject: str, address: str, records: Sequence[Person], *, held: bool
    ) -> Iterator[Change]:
        """Mail stops first, whatever takes longer; the sending side's list keeps it stopped afterwards."""
        for reader, person in targets(self.context, self.readers, records, subject, address):
            if isinstance(reader, Erases) and not held:  # gone for good, no opt-out is left to read back
                continue
            note = f"erasure request {self.reference}"
            wish = reader.express("suppress", person, note=note, rests_on=frozenset({"address"}))
            if wish:
                yield change(person, wish, stage=suppress_stage(person.system), reason=note)

    def _deletion(self, person: Person) -> Iterator[Change]:
        reader, reason = self.readers[person.system], f"erasure request {self.reference}"
        if isinstance(reader, Erases):
            wish: Expressed | None = reader.express_erasure(person)
        else:
            wish = reader.express("delete", person, note=reason, rests_on=frozenset({"address"}))
        if wish:
            yield change(person, wish, stage=delete_stage(person.system), reason=reason)

    def _kept(self, person: Person, why: str) -> Veto:
        return Veto(
            subject=person.subject,
            system=person.system,
            object=person.object,
            record_id=person.record_id,
            op="delete",
            code="legal_hold",
            text=f"under a legal hold ({one_line(why)}): ask the privacy team",
            instead="suppress",
        )

    def _forgetting(self, subject: str, address: str) -> Change:
        return Change(
            subject=subject,
            system="clearance",
            object="erasure",
            record_id=subject,
            op="delete",
            set={"address": address, "request_reference": self.reference},
            stage=ERASURE_STAGE,
            reason=f"erasure request {self.reference}",
        )
