"""A person's rows in Salesforce, and the organisation around them."""

from typing import Final

from tools.twin import seed_words as words
from tools.twin.salesforce.ids import make
from tools.twin.salesforce.schema import OBJECTS
from tools.twin.seed_people import TARGET, Bounce, Person, company_name, domain
from tools.twin.seed_places import place
from tools.twin.seed_rows import Rows
from tools.twin.world import World

INTEGRATION, SYNC, IMPORT, FROZEN, FIRST_REP, REPS = 1, 2, 3, 4, 5, 8
USERS: Final = (
    ("Clearance Integration", "integration", 0), ("Marketo Sync", "marketo.sync", 0),
    ("Data Import", "data.import", 0), ("Channel Team (records frozen)", "channel.team", 1),
    *((f"Sales Rep {number + 1}", f"rep{number + 1}", 0) for number in range(REPS)),
)  # fmt: skip
STAMPS: Final = "CreatedDate, CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp"
PERSON: Final = (
    "Id, Email, FirstName, LastName, Name, Title, Phone, HasOptedOutOfEmail, EmailBouncedReason,"
    " EmailBouncedDate, IsEmailBounced, OwnerId, LastActivityDate, Legal_Hold__c, Consent_Evidence__c,"
    f" MobilePhone, DoNotCall, Data_Request_Open__c, Block_Marketo_Sync__c, LeadSource, {STAMPS}"
)
OPT_OUT: Final = "HasOptedOutOfEmail"
SOURCES: Final = ("Web", "Webinar", "Trade Show", None, "Partner Referral", "Purchased List", "Web")
CHANGE: Final = "Id, Field, OldValue, NewValue, CreatedDate, CreatedById"
STATUSES: Final = (("Sent", 0), ("Responded", 1))
EVENT_STATUSES: Final = (("Sent", 0), ("Registered", 1), ("Attended", 1), ("Responded", 1))


def declare(rows: Rows) -> None:
    """Name the columns seeded."""
    rows.table("sf_user", f"Id, Name, Username, Email, IsActive, LastLoginDate, Records_Frozen__c, {STAMPS}")
    rows.table("sf_account", f"Id, Name, Type, Industry, Website, Target_Account__c, OwnerId, {STAMPS}")
    rows.table("sf_contact", f"{PERSON}, MailingCity, MailingState, MailingCountry, AccountId")
    rows.table(
        "sf_lead",
        f"{PERSON}, City, State, Country, Company, Industry, Status, IsConverted, ConvertedContactId",
    )
    rows.table("sf_contacthistory", f"ContactId, {CHANGE}")
    rows.table("sf_leadhistory", f"LeadId, {CHANGE}")
    rows.table(
        "sf_opportunity",
        f"Id, Name, AccountId, Amount, StageName, CloseDate, IsClosed, IsWon, OwnerId, {STAMPS}",
    )
    rows.table("sf_opportunitycontactrole", f"Id, OpportunityId, ContactId, Role, IsPrimary, {STAMPS}")
    rows.table(
        "sf_campaign", f"Id, Name, Type, Status, IsActive, StartDate, EndDate, NumberSent, OwnerId, {STAMPS}"
    )
    rows.table(
        "sf_campaignmemberstatus", f"Id, CampaignId, Label, HasResponded, IsDefault, SortOrder, {STAMPS}"
    )
    rows.table("sf_campaignmember", f"Id, CampaignId, ContactId, LeadId, Status, HasResponded, {STAMPS}")
    rows.table("sf_case", f"Id, CaseNumber, ContactId, AccountId, Subject, Status, IsClosed, {STAMPS}")
    rows.table(
        "sf_contract",
        f"Id, ContractNumber, AccountId, Status, StartDate, EndDate, CustomerSignedId, {STAMPS}",
    )
    rows.table("sf_quote", f"Id, Name, QuoteNumber, Status, OpportunityId, AccountId, ContactId, {STAMPS}")


def stamps(rows: Rows, created: float, changed: float, writer: int = INTEGRATION) -> tuple[str, ...]:
    """The values of the system's own columns."""
    modified = rows.at(changed)
    return (rows.at(created), make("005", INTEGRATION), modified, make("005", writer), modified)


def organisation(rows: Rows) -> None:
    """Users and campaigns."""
    for number, (name, login, frozen) in enumerate(USERS, start=1):
        address = f"{login}@twin.example"
        values = (make("005", number), name, address, address, 1, rows.at(number), frozen)
        rows.add("sf_user", (*values, *stamps(rows, 2000, 100)))
    for number, (name, kind, status, start, end) in enumerate(words.CAMPAIGNS, start=1):
        active = int(status == "In Progress")
        campaign = (
            make("701", number),
            name,
            kind,
            status,
            active,
            rows.date(start),
            rows.date(end),
            1000 * number,
        )
        rows.add("sf_campaign", (*campaign, make("005", FIRST_REP), *stamps(rows, start + 14, start)))
        _statuses(rows, number, kind, start)


def _statuses(rows: Rows, number: int, kind: str, start: float) -> None:
    """The statuses members of a campaign may have; the first is the default."""
    chosen = EVENT_STATUSES if kind in {"Webinar", "Conference"} else STATUSES
    for order, (label, responded) in enumerate(chosen, start=1):
        status = (make("01Y", number * 10 + order), make("701", number), label, responded, int(order == 1))
        rows.add("sf_campaignmemberstatus", (*status, order, *stamps(rows, start + 14, start)))


def account(rows: Rows, index: int, *, name: str = "", kind: str = "", target: bool = False) -> None:
    """One company. Without a kind, its tenth decides: customers, partners, target accounts, prospects."""
    tenth = index % 10
    kind = kind or ("Customer" if tenth == 0 else "Partner" if tenth == 1 else "Prospect")
    target = target or (tenth == TARGET and not name)
    owner = make("005", FIRST_REP + index % REPS)
    industry = words.INDUSTRIES[index % len(words.INDUSTRIES)]
    record = make("001", index + 1)
    values = (
        record,
        name or company_name(index),
        kind,
        industry,
        f"https://{domain(index)}",
        int(target),
        owner,
    )
    rows.add("sf_account", (*values, *stamps(rows, 1500, 300)))
    if kind == "Customer":
        contract = (
            make("800", index + 1),
            f"{index + 1:08d}",
            record,
            "Activated",
            rows.date(300),
            rows.date(-65),
            None,
        )
        rows.add("sf_contract", (*contract, *stamps(rows, 300, 300)))


def companies(rows: Rows, count: int) -> None:
    """The crowd's companies."""
    for index in range(count):
        account(rows, index)


def person(rows: Rows, someone: Person) -> None:
    """A person's contact or lead or both, with what is tied to them."""
    if someone.contact:
        _contact(rows, someone)
    if someone.lead:
        _lead(rows, someone)


def _shared(rows: Rows, someone: Person, prefix: str, *, opted_out: bool) -> tuple[object, ...]:
    """The columns a contact and a lead share."""
    bounce = next((each for each in someone.bounces if each.system == "salesforce"), None)
    owner = FROZEN if "frozen_owner" in someone.ties else FIRST_REP + someone.company % REPS
    changed = someone.unticked if someone.resurrected else min(someone.created, 10 + someone.n % 300)
    day = None if someone.last_activity is None else rows.date(someone.last_activity)
    evidence = "paper form, trade fair, not copied" if "consent_evidence" in someone.ties else None
    return (
        make(prefix, someone.n + 1), someone.address("salesforce") or None, someone.first, someone.last,
        f"{someone.first} {someone.last}", someone.title, someone.phone or None, int(opted_out),
        reason(someone, bounce)[0] if bounce else None, rows.at(bounce.days) if bounce else None,
        int(bounce is not None),
        make("005", owner), day, int("legal_hold" in someone.ties), evidence,
        f"+49 555 {someone.n % 10_000:04d}" if "mobile_phone" in someone.ties else None,
        *(int(each in someone.ties) for each in ("do_not_call", "data_request", "block_sync")),
        SOURCES[someone.n * 5 % len(SOURCES)],
        *stamps(rows, someone.created, changed, IMPORT if someone.resurrected else INTEGRATION),
    )  # fmt: skip


def reason(someone: Person, bounce: Bounce) -> tuple[str, str]:
    """The text and SMTP status of a bounce."""
    texts = words.REASONS[bounce.kind]
    return texts[someone.n % len(texts)]


def _contact(rows: Rows, someone: Person) -> None:
    """A contact with its opportunity, case and campaign."""
    record, home = make("003", someone.n + 1), make("001", someone.company + 1)
    opted_out = "salesforce" in someone.opted_out
    shared = _shared(rows, someone, "003", opted_out=opted_out)
    rows.add("sf_contact", (*shared, *place(someone), someone.country, home))
    _history(rows, someone, "sf_contacthistory", record, opted_out=opted_out)
    if "opportunity_role" in someone.ties:
        _opportunity(rows, someone, record, home)
    _papers(rows, someone, record, home)
    if "case" in someone.ties:
        status, closed = ("Closed", 1) if someone.n % 2 else ("New", 0)
        values = (
            make("500", someone.n + 1),
            f"{someone.n + 1:08d}",
            record,
            home,
            "Cannot log in",
            status,
            closed,
        )
        rows.add("sf_case", (*values, *stamps(rows, 90, 60)))
    _membership(rows, someone, "ContactId", record)


def _opportunity(rows: Rows, someone: Person, record: str, home: str) -> None:
    """An opportunity, open or closed, with the person's role in it."""
    number = someone.n + 1
    stages = ("Closed Won", 1, 1), ("Negotiation", 0, 0), ("Proposal", 0, 0)
    stage, closed, won = stages[number % 3]
    if "closed_lost" in someone.ties:
        stage, closed, won = "Closed Lost", 1, 0
    if "negotiation" in someone.ties:
        stage, closed, won = stages[1]
    owner, due = make("005", FIRST_REP + someone.company % REPS), 120 if closed else -45
    name = f"{someone.company_name or company_name(someone.company)} {'Renewal' if closed else 'Expansion'}"[
        :120
    ]
    values = (
        make("006", number),
        name,
        home,
        5_000 + number * 37 % 90_000,
        stage,
        rows.date(due),
        closed,
        won,
        owner,
    )
    rows.add("sf_opportunity", (*values, *stamps(rows, 200, 30)))
    role = (
        make("00K", number),
        make("006", number),
        record,
        "Decision Maker" if number % 2 else "Influencer",
        number % 2,
    )
    rows.add("sf_opportunitycontactrole", (*role, *stamps(rows, 200, 200)))


def _papers(rows: Rows, someone: Person, record: str, home: str) -> None:
    """A quote made out to the person, and a contract they signed for an account that is no customer."""
    number = someone.n + 1
    if "quote" in someone.ties:
        values = (make("0Q0", number), "Expansion", f"{number:08d}", "Presented", None, home, record)
        rows.add("sf_quote", (*values, *stamps(rows, 60, 60)))
    if "contract" in someone.ties:
        dates = (rows.date(900), rows.date(500))
        contract = (make("800", 5_000_000 + number), f"{5_000_000 + number:08d}", home, "Expired", *dates)
        rows.add("sf_contract", (*contract, record, *stamps(rows, 900, 500)))


def _membership(rows: Rows, someone: Person, key: str, record: str) -> None:
    """A place in a campaign: a recent one where that is the tie, else an old one for one in four."""
    recent = "campaign_window" in someone.ties
    if not recent and someone.n % 4 and "old_campaign" not in someone.ties:
        return
    chosen = words.RECENT_CAMPAIGNS if recent else words.OLD_CAMPAIGNS
    campaign = chosen[someone.n % len(chosen)]
    contact, lead = (record, None) if key == "ContactId" else (None, record)
    number = someone.n * 2 + (1 if contact else 2)
    responded = int(someone.n % 5 == 0)
    values = (
        make("00v", number),
        make("701", campaign + 1),
        contact,
        lead,
        "Responded" if responded else "Sent",
        responded,
    )
    days = words.CAMPAIGNS[campaign][3]
    rows.add("sf_campaignmember", (*values, *stamps(rows, days, days)))


def _lead(rows: Rows, someone: Person) -> None:
    """A lead; the duplicate of a contact may hold the opposite consent."""
    opted_out = (
        "lead" if someone.contact and "lead" in someone.opted_out else "salesforce"
    ) in someone.opted_out
    shared = _shared(rows, someone, "00Q", opted_out=opted_out)
    company = someone.company_name or company_name(someone.company)
    converted = int("converted" in someone.ties)
    target = make("003", someone.n + 1) if converted and someone.contact else None
    status = "Qualified" if converted else ("Open", "Working", "Nurture")[someone.n % 3]
    industry = words.INDUSTRIES[someone.company % len(words.INDUSTRIES)]
    where = (*place(someone), someone.country)
    rows.add("sf_lead", (*shared, *where, company, industry, status, converted, target))
    record = make("00Q", someone.n + 1)
    _history(rows, someone, "sf_leadhistory", record, opted_out=opted_out)
    _membership(rows, someone, "LeadId", record)


def _history(rows: Rows, someone: Person, table: str, record: str, *, opted_out: bool) -> None:
    """Who ticked or un-ticked the opt-out: the sync, or the import that undid it today."""
    prefix, number = ("03h" if table == "sf_contacthistory" else "03j"), someone.n * 2
    if opted_out:
        days = someone.opted_out.get("salesforce", someone.opted_out.get("lead", 30.0))
        ticked = (record, make(prefix, number + 1), OPT_OUT, "false", "true")
        rows.add(table, (*ticked, rows.at(days), make("005", SYNC)))
    if someone.resurrected:
        later = someone.unticked
        earlier = max(max(someone.opted_out.values()) - 0.1, later + 0.05)
        ticked = (record, make(prefix, number + 1), OPT_OUT, "false", "true")
        rows.add(table, (*ticked, rows.at(earlier), make("005", SYNC)))
        cleared = (record, make(prefix, number + 2), OPT_OUT, "true", "false")
        rows.add(table, (*cleared, rows.at(later), make("005", IMPORT)))


def finish(world: World) -> None:
    """Start the id series after what was seeded."""
    for source in OBJECTS.values():
        world.count(source.name, 10_000_000)
