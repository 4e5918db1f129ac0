"""A person's rows in SendGrid: contact, suppression entries, global unsubscribe."""

from tools.twin.seed_people import Bounce, Person
from tools.twin.seed_rows import Rows
from tools.twin.seed_salesforce import reason


def declare(rows: Rows) -> None:
    """Name the columns seeded."""
    rows.table("sg_contact", "id, email, first_name, last_name, country, external_id, created_at, updated_at")
    rows.table("sg_bounces", "email, created, reason, status")
    rows.table("sg_blocks", "email, created, reason, status")
    rows.table("sg_invalid_emails", "email, created, reason")
    rows.table("sg_spam_reports", "email, created, ip")
    rows.table("sg_unsubscribes", "email, created")


def person(rows: Rows, someone: Person) -> None:
    """A person's contact and suppressions. Entries of a list outlive the contact, and need none."""
    email = someone.address("sendgrid").strip().lower()
    if someone.sendgrid:
        created = rows.at(someone.created)
        key = f"{someone.n:08x}-5e9d-4000-8000-{someone.n:012x}"
        names = (key, email, someone.first, someone.last, someone.country, str(someone.n))
        rows.add("sg_contact", (*names, created, created))
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
