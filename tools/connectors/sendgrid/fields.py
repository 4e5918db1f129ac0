"""SendGrid's records put into our shapes, and what of them can be written back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tools.connectors.reading import texts
from tools.connectors.sendgrid.client import LISTS, Client, Record
from tools.connectors.sendgrid.describing import NAMES
from tools.connectors.values import moment, text
from tools.ports import BounceClass, ConsentMark, ConsentState, Deliverability, Person
from tools.rules.bounces import classify

# What a contact may be created with; the rest of a contact is the vendor's own.
WRITABLE = (
    "email", "alternate_emails", "first_name", "last_name", "phone_number", "address_line_1",
    "address_line_2", "city", "state_province_region", "postal_code", "country", "custom_fields",
)  # fmt: skip
GLOBAL: tuple[tuple[str, ConsentState, str], ...] = (  # the lists about all mail
    ("spam_reports", "complaint", "spam report"),
    ("unsubscribes", "opt_out_global", "global unsubscribe"),
)
HARD = ("invalid_emails", "bounces", "blocks")  # the lists that speak of deliverability, clearest first


@dataclass(frozen=True, slots=True)
class Standing:
    """What the suppression lists hold on a set of addresses, by list and normalised address."""

    lists: Mapping[str, Mapping[str, Sequence[Record]]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[Record]] = field(default_factory=dict)

    @classmethod
    def read(cls, client: Client, keys: Sequence[str]) -> "Standing":
        """Ask every list, and who has left a group, for these addresses."""
        return cls({name: client.by_key(name, keys) for name in LISTS}, client.left_groups(keys))

    @classmethod
    def whole(cls, client: Client) -> "Standing":
        """Every entry of every list and group."""
        return cls({name: client.whole(name) for name in LISTS}, client.left_groups())

    def addresses(self) -> list[str]:
        """Every address that a list or a group holds, once."""
        return list(dict.fromkeys(key for held in (*self.lists.values(), self.groups) for key in held))

    def on(self, name: str, key: str) -> Sequence[Record]:
        """An address's records on one list."""
        return self.lists.get(name, {}).get(key, ())

    def known(self, key: str) -> bool:
        """Whether any list holds the address."""
        return key in self.groups or any(key in held for held in self.lists.values())

    def consent(self, key: str) -> tuple[ConsentMark, ...]:
        """The person's opt-outs: complaint, global, by group."""
        marks = [
            ConsentMark(scope="global", state=state, at=moment(each.get("created")), source=source)
            for name, state, source in GLOBAL
            for each in self.on(name, key)
        ]
        marks += [
            ConsentMark(
                scope=text(each.get("group_name")),
                state="opt_out_group",
                at=moment(each.get("created_at")),
                source="group unsubscribe",
            )
            for each in self.groups.get(key, ())
        ]
        return tuple(marks)

    def deliverability(self, key: str) -> tuple[Deliverability, str, datetime | None]:
        """The clearest bounce as class, raw text and time; `ok` when no list holds one."""
        for name in HARD:
            for each in self.on(name, key):
                found = bounce_class(name, each)
                state: Deliverability = "unknown" if found == "complaint" else found
                return state, raw(each), moment(each.get("created"))
        return "ok", "", None


def raw(record: Record) -> str:
    """The vendor's status and words for a bounce."""
    return " ".join(part for part in (text(record.get("status")), text(record.get("reason"))) if part)


def bounce_class(name: str, record: Record) -> BounceClass:
    """Our class of a record on the list `name`."""
    return classify(
        system="sendgrid", text=text(record.get("reason")), category=name, code=text(record.get("status"))
    )


def person(record: Record, *, key: str, subject: str, standing: Standing, as_of: datetime) -> Person:
    """A marketing contact as we read it."""
    state, words, at = standing.deliverability(key)
    return Person(
        system="sendgrid",
        record_id=text(record.get("id")),
        as_of=as_of,
        subject=subject,
        address=text(record.get("email")),
        object="contact",
        **texts(record, NAMES),
        consent=standing.consent(key),
        deliverability=state,
        deliverability_raw=words,
        deliverability_at=at,
        created=moment(record.get("created_at")),
        raw=record,
    )


def suppressed_only(*, key: str, subject: str, standing: Standing, as_of: datetime) -> Person:
    """An address that only suppression lists know: there is no contact to delete, only a suppression to keep.

    Its record id is the subject, so that no address gets into journals and audit.
    """
    state, words, at = standing.deliverability(key)
    return Person(
        system="sendgrid",
        record_id=subject,
        as_of=as_of,
        subject=subject,
        address=key,
        object="global_suppression",
        consent=standing.consent(key),
        deliverability=state,
        deliverability_raw=words,
        deliverability_at=at,
        raw={"email": key},
    )


def rebuilt(backup: Mapping[str, object]) -> Record:
    """The writable part of a contact's backup, with the lists it was on."""
    kept = {name: backup[name] for name in WRITABLE if backup.get(name) not in (None, "", [], {})}
    return {**kept, "list_ids": backup.get("list_ids") or []}
