"""Where consent stands in SendGrid: lists of who complained, unsubscribed from all, or left a group.

Bounces, blocks and malformed addresses say something about mailboxes, not about consent. SendGrid tells when
an entry was made, and not by whom: a person's click and an import look alike.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from tools.abilities import ConsentRecord, KeepsConsent
from tools.connectors.sendgrid.client import PAGE, Client, Record
from tools.connectors.sendgrid.everybody import contacts
from tools.connectors.sendgrid.fields import Standing
from tools.connectors.values import chunks, key_of, moment, subject_of, text
from tools.ports import ConsentMark

SPEAKING = ("spam_reports", "unsubscribes")  # the lists that speak of consent
SILENT = ConsentMark(scope="global", state="none", at=None, source="")
BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class Keeper(KeepsConsent):
    """Reads consent: entries of lists and groups, and contacts without one."""

    client: Client
    subject: Callable[[str], str]

    @override
    def consent_changes(self, since: datetime | None = None) -> Iterator[list[ConsentRecord]]:
        """Complaints, global and group unsubscribes, and contacts without one; entries since then only."""
        found = self.everybody() if since is None else self.since(since)
        said = (
            record
            for contact, address, marks in found
            for record in records(contact, address, marks, subject_of(self.subject, address))
        )
        yield from chunks(said, PAGE)

    @override
    def look_cost(self) -> int:
        return len(SPEAKING) + 1  # and the groups

    def everybody(self) -> Iterator[tuple[Record | None, str, tuple[ConsentMark, ...]]]:
        """Contact or None, address and marks: every contact, then the addresses only lists know."""
        standing = self._standing()
        seen: set[str] = set()
        for contact in contacts(self.client):
            key = key_of(contact.get("email"))
            seen.add(key)
            yield contact, text(contact.get("email")), _whole(standing.consent(key))
        for key in standing.addresses():
            if key not in seen:
                yield None, key, standing.consent(key)

    def since(self, start: datetime) -> Iterator[tuple[Record | None, str, tuple[ConsentMark, ...]]]:
        """Entries made since then. One taken away since leaves no trace that could be read."""
        standing = self._standing(start)
        for block in chunks(standing.addresses(), BLOCK):
            known = {
                key_of(each.get("email")): each for page in self.client.contacts_of(block) for each in page
            }
            for key in block:
                yield known.get(key), key, standing.consent(key)

    def _standing(self, start: datetime | None = None) -> Standing:
        lists = {name: self.client.whole(name, start) for name in SPEAKING}
        left = self.client.left_groups()
        return Standing(lists, left if start is None else _made_since(left, start))


def _made_since(left: Mapping[str, list[Record]], start: datetime) -> dict[str, list[Record]]:
    late = {
        key: [each for each in entries if (at := moment(each.get("created_at"))) is None or at >= start]
        for key, entries in left.items()
    }
    return {key: entries for key, entries in late.items() if entries}


def _whole(marks: tuple[ConsentMark, ...]) -> tuple[ConsentMark, ...]:
    """The marks with a word on all mail: `none` where no list holds the address."""
    return marks if any(mark.scope == "global" for mark in marks) else (SILENT, *marks)


def records(
    contact: Record | None, address: str, marks: tuple[ConsentMark, ...], subject: str
) -> list[ConsentRecord]:
    """One address's consent, scope by scope; without a contact it is known by its subject."""
    return [
        ConsentRecord(
            system="sendgrid",
            object="contact" if contact else "address",
            record_id=text(contact.get("id")) if contact else subject,
            subject=subject,
            address=text(contact.get("email")) if contact else address,
            mark=mark,
        )
        for mark in marks
    ]
