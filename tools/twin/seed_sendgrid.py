"""A person's rows in SendGrid: contact, suppression entries, global unsubscribe."""

from tools.twin import seed_words as words
from tools.twin.seed_people import Bounce, Person
from tools.twin.seed_rows import Rows
from tools.twin.seed_salesforce import reason

GROUP = 20_001
"""The id of the first suppression group."""
LEFT_A_GROUP = 7
"""Of forty people, the one who has left a group of mails."""


def declare(rows: Rows) -> None:
    """Name the columns seeded."""
    rows.table("sg_contact", "id, email, first_name, last_name, country, external_id, created_at, updated_at")
    rows.table("sg_bounces", "email, created, reason, status")
    rows.table("sg_blocks", "email, created, reason, status")
    rows.table("sg_invalid_emails", "email, created, reason")
    rows.table("sg_spam_reports", "email, created, ip")
    rows.table("sg_unsubscribes", "email, created")
    rows.table("sg_list", "id, name")
    rows.table("sg_member", "list_id, contact_id")
    rows.table("sg_group", "id, name, description, is_default")
    rows.table("sg_group_suppression", "group_id, email, created_at")


def organisation(rows: Rows) -> None:
    """The marketing lists and the suppression groups."""
    for place, name in enumerate(words.SENDGRID_LISTS):
        rows.add("sg_list", (list_id(place), name))
    for place, name in enumerate(words.GROUPS):
        rows.add("sg_group", (GROUP + place, name, f"Mail about {name.lower()}", int(place == 0)))


def list_id(place: int) -> str:
    """The id of a marketing list."""
    return f"{place:08x}-715e-4000-8000-{place:012x}"


def person(rows: Rows, someone: Person) -> None:
    """A person's contact and suppressions. Entries of a list outlive the contact, and need none."""
    email = someone.address("sendgrid").strip().lower()
    if someone.sendgrid:
        created = rows.at(someone.created)
        key = f"{someone.n:08x}-5e9d-4000-8000-{someone.n:012x}"
        names = (key, email, someone.first, someone.last, someone.country, str(someone.n))
        rows.add("sg_contact", (*names, created, created))
        if someone.n % 4 == 1:
            rows.add("sg_member", (list_id(someone.n // 4 % len(words.SENDGRID_LISTS)), key))
    _leave(rows, someone, email)
    for bounce in someone.bounces:
        if bounce.system == "sendgrid":
            _bounce(rows, someone, email, bounce)
    day = someone.opted_out.get("sendgrid")
    if day is not None:
        rows.add("sg_unsubscribes", (email, rows.unix(day)))
    if "malformed" in someone.ties:
        rows.add(
            "sg_invalid_emails", (email, rows.unix(35), "Mail domain mentioned in email address is unknown")
        )
    if "complaint" in someone.ties:
        rows.add("sg_spam_reports", (email, rows.unix(40), "192.0.2.7"))


def _leave(rows: Rows, someone: Person, email: str) -> None:
    """Some have left a group of mails and gone on to get the others."""
    if "left_group" in someone.ties:
        rows.add("sg_group_suppression", (GROUP, email, rows.unix(25)))
    if someone.n % 40 == LEFT_A_GROUP and not someone.bounces and not someone.trap:
        place = someone.n // 40 % len(words.GROUPS)
        rows.add("sg_group_suppression", (GROUP + place, email, rows.unix(3 + someone.n % 300)))


def _bounce(rows: Rows, someone: Person, email: str, bounce: Bounce) -> None:
    """A bounce in SendGrid's lists: blocks for refused mail, none for deferrals."""
    text, status = reason(someone, bounce)
    at = rows.unix(bounce.days)
    if bounce.kind == "technical" or (bounce.kind == "full" and someone.n % 2):
        return
    if bounce.kind == "blocked" and not (someone.filed_as_bounce or someone.n % 4 == 0):
        rows.add("sg_blocks", (email, at, text, status))
        return
    rows.add("sg_bounces", (email, at, text, status))
