"""A person's rows in Salesforce, and the organisation around them."""

from typing import Final

from tools.twin import seed_words as words
from tools.twin.salesforce.ids import make
from tools.twin.seed_people import TARGET, Bounce, Person, company_name, domain
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
    f" {STAMPS}"
)


def declare(rows: Rows) -> None:
    """Name the columns seeded."""
    rows.table("sf_user", f"Id, Name, Username, Email, IsActive, LastLoginDate, Records_Frozen__c, {STAMPS}")
    rows.table("sf_account", f"Id, Name, Type, Industry, Website, Target_Account__c, OwnerId, {STAMPS}")
    rows.table("sf_contact", f"{PERSON}, MailingCountry, AccountId")
    rows.table("sf_lead", f"{PERSON}, Country, Company, Status, IsConverted, ConvertedContactId")
    rows.table(
        "sf_opportunity",
        f"Id, Name, AccountId, Amount, StageName, CloseDate, IsClosed, IsWon, OwnerId, {STAMPS}",
    )
    rows.table("sf_opportunitycontactrole", f"Id, OpportunityId, ContactId, Role, IsPrimary, {STAMPS}")
    rows.table(
        "sf_campaign", f"Id, Name, Type, Status, IsActive, StartDate, EndDate, NumberSent, OwnerId, {STAMPS}"
    )
    rows.table("sf_campaignmember", f"Id, CampaignId, ContactId, LeadId, Status, HasResponded, {STAMPS}")
    rows.table("sf_case", f"Id, CaseNumber, ContactId, AccountId, Subject, Status, IsClosed, {STAMPS}")
    rows.table("sf_contract", f"Id, ContractNumber, AccountId, Status, StartDate, EndDate, {STAMPS}")


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
    changed = 0.2 if someone.resurrected else min(someone.created, 10 + someone.n % 300)
    day = None if someone.last_activity is None else rows.date(someone.last_activity)
    evidence = "paper form, trade fair, not copied" if "consent_evidence" in someone.ties else None
    return (
        make(prefix, someone.n + 1), someone.address("salesforce"), someone.first, someone.last,
        f"{someone.first} {someone.last}", someone.title, someone.phone or None, int(opted_out),
        reason(someone, bounce)[0] if bounce else None, rows.at(bounce.days) if bounce else None,
        int(bounce is not None),
        make("005", owner), day, int("legal_hold" in someone.ties), evidence,
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
    rows.add("sf_contact", (*shared, someone.country, home))
    if "opportunity_role" in someone.ties:
        _opportunity(rows, someone, record, home)
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
    stage, closed, won = (("Closed Won", 1, 1), ("Negotiation", 0, 0), ("Proposal", 0, 0))[number % 3]
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


def _membership(rows: Rows, someone: Person, key: str, record: str) -> None:
    """A place in a campaign: a recent one where that is the tie, else an old one for one in four."""
    recent = "campaign_window" in someone.ties
    if not recent and someone.n % 4:
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
    rows.add("sf_lead", (*shared, someone.country, company, status, converted, target))
    _membership(rows, someone, "LeadId", make("00Q", someone.n + 1))


def finish(world: World) -> None:
    """Start the id series after what was seeded."""
    for name in ("User", "Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole", "Campaign",
                 "CampaignMember", "Case", "Contract"):  # fmt: skip
        world.count(name, 10_000_000)
