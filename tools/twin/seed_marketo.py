"""A person's rows in Marketo: lead, activities, lists, durable unsubscribe."""

import json
from typing import Final

from tools.twin import seed_words as words
from tools.twin.marketo.store import FIRST_ID
from tools.twin.salesforce.ids import make
from tools.twin.seed_people import Bounce, Person, company_name
from tools.twin.seed_rows import Rows
from tools.twin.seed_salesforce import reason

LEAD: Final = (
    "id, email, firstName, lastName, company, title, phone, country, industry, leadSource, leadScore,"
    " leadStatus, unsubscribed, unsubscribedReason, emailInvalid, emailInvalidCause, emailSuspended,"
    " emailSuspendedAt, emailSuspendedCause, sfdcType, sfdcId, createdAt, updatedAt"
)
DELIVERED, BOUNCED, UNSUBSCRIBED, OPENED, CLICKED, CHANGED, BOUNCED_SOFT = 7, 8, 9, 10, 11, 13, 27
EVERYBODY: Final = 1000
"""A static list that holds every seeded lead, as organisations keep one for full exports."""
PROGRAM: Final = 3000
"""The ids of programs follow it."""
PLAIN: Final = '{"Campaign Run ID":1,"Choice Number":0}'
SOURCES: Final = ("Web", "Trade Show", "Webinar", "Partner Referral", "Purchased List")


def declare(rows: Rows) -> None:
    """Name the columns seeded."""
    rows.table("mk_lead", LEAD)
    rows.table("mk_activity", "leadId, typeId, at, assetId, asset, detail")
    rows.table("mk_list", "id, name, createdAt")
    rows.table("mk_member", "listId, leadId, at")
    rows.table("mk_durable", "email, at")
    rows.table("mk_program", "id, name, type, channel, createdAt")
    rows.table("mk_program_member", "programId, leadId, status, at")


def organisation(rows: Rows) -> None:
    """The static lists."""
    rows.add("mk_list", (EVERYBODY, "All People", rows.at(900)))
    for number, name in enumerate(words.LISTS, start=1):
        rows.add("mk_list", (1000 + number, name, rows.at(500)))
    for number, (name, kind, channel) in enumerate(words.PROGRAMS, start=1):
        rows.add("mk_program", (PROGRAM + number, name, kind, channel, rows.at(400)))


def person(rows: Rows, someone: Person) -> None:
    """A person's lead and its history."""
    if not someone.marketo:
        return
    lead = FIRST_ID + 1 + someone.n
    rows.add("mk_lead", _lead(rows, someone, lead))
    rows.add("mk_member", (EVERYBODY, lead, rows.at(min(someone.created, 60))))
    _history(rows, someone, lead)
    for bounce in someone.bounces:
        if bounce.system == "marketo":
            _bounce(rows, someone, lead, bounce)
    day = someone.opted_out.get("marketo")
    if day is not None:
        _activity(rows, lead, UNSUBSCRIBED, day, someone.n % len(words.MAILINGS), PLAIN)
        rows.add("mk_durable", (someone.address("marketo"), rows.at(day)))
    if someone.resurrected:
        detail = {"Old Value": True, "New Value": False, "Reason": "SFDC sync", "Source": "SFDC sync"}
        rows.add("mk_activity", (lead, CHANGED, rows.at(0.19), None, "Unsubscribed", json.dumps(detail)))
    if someone.n % 5 == 0:
        place = someone.n // 5 % len(words.PROGRAMS)
        status = words.CHANNELS[words.PROGRAMS[place][2]][someone.n // 35 % 2]
        rows.add("mk_program_member", (PROGRAM + 1 + place, lead, status, rows.at(min(someone.created, 50))))
    if someone.n % 3 == 0:
        rows.add(
            "mk_member", (1001 + someone.n // 3 % len(words.LISTS), lead, rows.at(min(someone.created, 60)))
        )


def _lead(rows: Rows, someone: Person, lead: int) -> tuple[object, ...]:
    """The lead's columns."""
    invalid = next(
        (each for each in someone.bounces if (each.system, each.kind) == ("marketo", "invalid")), None
    )
    blocked = next(
        (each for each in someone.bounces if (each.system, each.kind) == ("marketo", "blocked")), None
    )
    suspended = someone.suspended if someone.suspended is not None else blocked.days if blocked else None
    sfdc = ("Contact", "003") if someone.contact else ("Lead", "00Q") if someone.lead else None
    opted = "marketo" in someone.opted_out
    updated = min(someone.created, 0.2 if someone.resurrected else 5 + someone.n % 200)
    return (
        lead, someone.address("marketo"), someone.first, someone.last,
        someone.company_name or company_name(someone.company), someone.title, someone.phone or None,
        someone.country, words.INDUSTRIES[someone.company % len(words.INDUSTRIES)],
        SOURCES[someone.n % len(SOURCES)], someone.score, "Open",
        int(opted), "Unsubscribe page" if opted else None,
        int(invalid is not None), reason(someone, invalid)[0] if invalid else None,
        int(suspended is not None), rows.at(suspended) if suspended is not None else None,
        words.REASONS["blocked"][0][0] if suspended is not None else None,
        sfdc[0] if sfdc else None, make(sfdc[1], someone.n + 1) if sfdc else None,
        rows.at(someone.created), rows.at(updated),
    )  # fmt: skip


def _activity(rows: Rows, lead: int, kind: int, days: float, mailing: int, detail: str) -> None:
    """One activity about a mailing."""
    asset, name, _ = words.MAILINGS[mailing]
    rows.add("mk_activity", (lead, kind, rows.at(days), asset, name, detail))


def _history(rows: Rows, someone: Person, lead: int) -> None:
    """Deliveries, the open and the click."""
    for mailing in someone.delivered:
        _activity(rows, lead, DELIVERED, words.MAILINGS[mailing][2], mailing, PLAIN)
    mailing = someone.delivered[0] if someone.delivered else 0
    if someone.opened is not None:
        _activity(rows, lead, OPENED, someone.opened, mailing, '{"Device":"desktop","Is Bot Activity":false}')
    if someone.clicked is not None:
        detail = '{"Link":"https://www.twin.example/offer","Is Bot Activity":false}'
        _activity(rows, lead, CLICKED, someone.clicked, mailing, detail)


def _bounce(rows: Rows, someone: Person, lead: int, bounce: Bounce) -> None:
    """A bounce in Marketo's words: hard ones are type 8, soft ones type 27, each with its category."""
    detail = {
        "Campaign Run ID": 1, "Category": str(words.CATEGORY[bounce.kind]), "Choice Number": 0,
        "Details": reason(someone, bounce)[0], "Email": someone.address("marketo"),
        "Subcategory": str(words.CATEGORY[bounce.kind] * 1000 + 1),
    }  # fmt: skip
    kind = BOUNCED if bounce.kind in words.HARD else BOUNCED_SOFT
    mailing = someone.n % len(words.MAILINGS) if bounce.mailing is None else bounce.mailing
    _activity(rows, lead, kind, bounce.days, mailing, json.dumps(detail))
