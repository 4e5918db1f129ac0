"""A person's rows in HubSpot: contact, lists, e-mail events, opt-outs by address.

HubSpot stands where Marketo does: it holds the same people with the same opt-outs and bounces. Beside Marketo
(both are served) it has sent less: it saw only the bounces that another system confirms.
"""

import json
from collections.abc import Iterator
from typing import Final

from tools.twin import seed_words as words
from tools.twin.hubspot.fields import SUBSCRIPTIONS
from tools.twin.hubspot.store import FIRST_ID, spelled
from tools.twin.salesforce.ids import make
from tools.twin.seed_people import Bounce, Person, company_name
from tools.twin.seed_rows import Rows
from tools.twin.seed_salesforce import reason
from tools.twin.seed_traps import Traps
from tools.twin.world import World

CONTACT: Final = (
    "id, email, firstname, lastname, company, jobtitle, phone, country, industry, leadsource, lifecyclestage,"
    " hubspotscore, sync_to_salesforce, hs_marketable_status, hs_email_bad_address, hs_email_bounce,"
    " hs_email_delivered,"
    " hs_email_hard_bounce_reason, hs_email_hard_bounce_reason_enum, hs_email_last_send_date,"
    " hs_email_last_open_date, hs_email_last_click_date, hs_email_last_email_name, salesforcecontactid,"
    " salesforceleadid, createdate, lastmodifieddate"
)
INCLUSION, NOBODY, SNAPSHOT, FIRST_LIST = 1, 2, 3, 11
"""Lists: the inclusion list, a static suppression list, a snapshot; then the named static ones."""
ENUM: Final = {"invalid": "UNKNOWN_USER", "blocked": "POLICY", "full": "MAILBOX_FULL", "unknown": "OTHER"}
STAGES: Final = ("lead", "marketingqualifiedlead", "salesqualifiedlead", "subscriber")
SOURCES: Final = ("Web", "Trade Show", "Webinar", "Partner Referral", "Purchased List")
OUTSIDE: Final = (12, 7)
"""One in twelve of those in Salesforce is outside the inclusion list."""


def declare(rows: Rows) -> None:
    """Name the columns seeded."""
    rows.table("hs_contact", CONTACT)
    rows.table("hs_history", "contactId, name, value, at, source")
    rows.table("hs_event", "emailId, contactId, kind, at")
    rows.table("hs_list", "id, name, processing, branch, createdAt, updatedAt")
    rows.table("hs_member", "listId, contactId, at")
    rows.table("hs_optout", "email, at, source")
    rows.table("hs_status", "email, subscription, status, at, source")


def organisation(rows: Rows) -> None:
    """The lists."""
    made = rows.at(500)
    included = json.dumps(_is_true("sync_to_salesforce"))
    for number, name, kind, branch in (
        (INCLUSION, "Salesforce Inclusion List", "DYNAMIC", included),
        (NOBODY, "Do Not Mail (suppression)", "MANUAL", None),
        (
            SNAPSHOT,
            "Marketing Contacts, as of January",
            "SNAPSHOT",
            json.dumps(_is_true("hs_marketable_status")),
        ),
        *((FIRST_LIST + place, name, "MANUAL", None) for place, name in enumerate(words.LISTS)),
    ):
        rows.add("hs_list", (number, name, kind, branch, made, made))


def _is_true(name: str) -> dict[str, object]:
    """The filter branch of contacts whose property is true."""
    operation = {
        "operationType": "ENUMERATION",
        "operator": "IS_ANY_OF",
        "values": ["true"],
        "includeObjectsWithNoValueSet": False,
    }
    single = {"filterType": "PROPERTY", "property": name, "operation": operation}
    branch = {
        "filterBranchType": "AND",
        "filterBranchOperator": "AND",
        "filterBranches": [],
        "filters": [single],
    }
    return {"filterBranchType": "OR", "filterBranchOperator": "OR", "filterBranches": [branch], "filters": []}


def traps(source: Traps) -> Iterator[Person]:
    """What only HubSpot brings. Sources: its knowledge base on the Salesforce integration and on merging."""
    made = source.person("outside_inclusion_list")  # the opt-out has not reached Salesforce, and will not
    made.opted_out = {"marketo": 12.0}
    yield made
    made = source.person("outside_inclusion_list")  # nor the other way round
    made.opted_out = {"salesforce": 12.0}
    yield made
    made = source.person(
        "unticked_in_salesforce"
    )  # an import un-ticked the box; HubSpot does not opt back in
    made.opted_out, made.resurrected = {"marketo": 9.0, "sendgrid": 9.0}, True
    yield made
    first = source.person("merge_pair")  # marketable, in no suppression list
    first.marketable = "true"
    yield first
    second = source.person("merge_pair")  # the same person: not marketable, in a static suppression list
    second.first, second.last, second.company_name = first.first, first.last, first.company_name
    second.contact, second.sendgrid, second.marketable = False, False, "false"
    yield second
    first = source.person("plus_tag_double")
    first.opted_out = {"marketo": 20.0}
    yield first
    second = source.person("plus_tag_double")  # the same mailbox, mailable
    second.first, second.last = first.first, first.last
    second.email = first.email.replace("@", "+news@")
    second.contact = False
    yield second


def included(someone: Person) -> bool:
    """Whether a person is in the inclusion list of the Salesforce integration."""
    if someone.trap:
        return someone.trap != "outside_inclusion_list"
    every, rest = OUTSIDE
    return (someone.contact or someone.lead) and someone.n % every != rest


def person(rows: Rows, someone: Person) -> None:
    """A person's contact and its history."""
    if not someone.marketo:
        return
    number, address = FIRST_ID + 1 + someone.n, spelled(someone.address("hubspot"))
    bounces = _bounces(rows, someone)
    rows.add("hs_contact", _contact(rows, someone, number, bounces))
    joined = rows.at(min(someone.created, 60))
    if someone.n % 3 == 0:
        rows.add("hs_member", (FIRST_LIST + someone.n // 3 % len(words.LISTS), number, joined))
    _opt_outs(rows, someone, number, address)
    _events(rows, someone, number, bounces)
    for bounce in bounces:
        if bounce.kind in ENUM:
            note = (number, "hs_email_hard_bounce_reason_enum", ENUM[bounce.kind], rows.at(bounce.days))
            rows.add("hs_history", (*note, "EMAIL"))


def _bounces(rows: Rows, someone: Person) -> list[Bounce]:
    """What HubSpot saw bounce, oldest first."""
    seen = [each for each in someone.bounces if each.system == "marketo"]
    alone = {each.system for each in someone.bounces} == {"marketo"}
    beside = rows.world.meta("map") == "both"
    return [] if beside and alone else sorted(seen, key=lambda each: -each.days)


def _contact(rows: Rows, someone: Person, number: int, bounces: list[Bounce]) -> tuple[object, ...]:
    """The contact's columns."""
    hard = [each for each in bounces if each.kind in ENUM]
    last = words.MAILINGS[someone.delivered[0]] if someone.delivered else None
    arrived = last is not None and not bounces
    sf = "003" if someone.contact else "00Q" if someone.lead else ""
    ids = [
        make(sf, someone.n + 1) if sf == prefix and included(someone) else None for prefix in ("003", "00Q")
    ]
    told = [each.days for each in bounces] + [day for day in (someone.opted_out.get("marketo"),) if day]
    updated = min(someone.created, 5 + someone.n % 200, *told)
    marketable = someone.marketable or ("false" if "marketo" in someone.opted_out or hard else "true")
    return (
        number, spelled(someone.address("hubspot")), someone.first, someone.last,
        someone.company_name or company_name(someone.company), someone.title, someone.phone or None,
        someone.country, words.INDUSTRIES[someone.company % len(words.INDUSTRIES)],
        SOURCES[someone.n % len(SOURCES)], STAGES[someone.n % len(STAGES)], str(someone.score),
        "true" if included(someone) else "false", marketable,
        "true" if "bounced_elsewhere" in someone.ties else None,
        str(len(bounces)) if bounces else None, str(len(someone.delivered)) if arrived else None,
        reason(someone, hard[-1])[0] if hard else None, ENUM[hard[-1].kind] if hard else None,
        rows.at(last[2]) if last and arrived else None,
        rows.at(someone.opened) if someone.opened is not None else None,
        rows.at(someone.clicked) if someone.clicked is not None else None,
        last[1] if last else None, *ids,
        rows.at(someone.created), rows.at(updated),
    )  # fmt: skip


def _opt_outs(rows: Rows, someone: Person, number: int, address: str) -> None:
    """The opt-out of everything, one of a single subscription, and the static suppression list."""
    day = someone.opted_out.get("marketo")
    if day is not None:
        rows.add("hs_optout", (address, rows.at(day), "CRM_UI"))
        rows.add("hs_history", (number, "hs_email_optout", "true", rows.at(day), "EMAIL"))
    if someone.n % 37 == 5:  # noqa: PLR2004  # one in 37
        rows.add("hs_status", (address, SUBSCRIPTIONS[1][0], "UNSUBSCRIBED", rows.at(30), "EMAIL"))
    if someone.n % 11 == 4:  # noqa: PLR2004  # one in eleven
        rows.add("hs_status", (address, SUBSCRIPTIONS[0][0], "SUBSCRIBED", rows.at(someone.created), "FORM"))
    if someone.marketable == "false":
        rows.add("hs_member", (NOBODY, number, rows.at(40)))


def _events(rows: Rows, someone: Person, number: int, bounces: list[Bounce]) -> None:
    """What was sent and what became of it."""

    def add(mailing: int, kind: str, days: float) -> None:
        rows.add("hs_event", (words.MAILINGS[mailing][0], number, kind, rows.at(days)))

    for mailing in someone.delivered:
        sent = words.MAILINGS[mailing][2]
        add(mailing, "sent", sent)
        if not bounces:
            add(mailing, "delivered", sent)
    first = someone.delivered[0] if someone.delivered else 0
    if someone.opened is not None:
        add(first, "open", someone.opened)
    if someone.clicked is not None:
        add(first, "click", someone.clicked)
    for bounce in bounces:
        add(first, "bounce", bounce.days)
        add(first, "hardbounced" if bounce.kind in ENUM else "softbounced", bounce.days)


def finish(world: World) -> None:
    """One contact an address: HubSpot would not have taken the second."""
    world.run("CREATE TEMP TABLE hs_double (id INTEGER PRIMARY KEY)")
    world.run(
        "INSERT INTO hs_double SELECT id FROM hs_contact c WHERE EXISTS"
        " (SELECT 1 FROM hs_contact o WHERE o.email = c.email AND o.id < c.id)"
    )
    for table, key in (
        ("contact", "id"),
        ("history", "contactId"),
        ("event", "contactId"),
        ("member", "contactId"),
    ):
        world.run(f"DELETE FROM hs_{table} WHERE {key} IN (SELECT id FROM hs_double)")
    world.run("DROP TABLE hs_double")
