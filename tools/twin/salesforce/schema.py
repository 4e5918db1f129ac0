"""The objects and fields the twin's organisation has, as describe() shows them and as SQLite keeps them."""

from dataclasses import dataclass, field
from typing import Final

from tools.twin.salesforce.ids import make
from tools.twin.world import World

SQL_TYPES: Final = {"boolean": "INTEGER", "double": "REAL", "currency": "REAL", "int": "INTEGER"}
EXACT_TYPES: Final = frozenset({"id", "reference", "datetime", "date"})


@dataclass(frozen=True)
class Field:
    """One field. References have `to`, the object pointed to, and `parent`, the relationship's name.

    `also` are further objects a reference may point to. `values` are what a picklist lists. A `formula` is
    SQL over the row's `{alias}` instead of a column: such a field is worked out when it is asked for.
    """

    name: str
    type: str
    length: int = 0
    writable: bool = True
    to: str = ""
    parent: str = ""
    required: bool = False
    also: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    formula: str = ""
    filterable: bool = True

    @property
    def column(self) -> str:
        """The SQL definition of its column. Text compares without case, ids with it."""
        kind = SQL_TYPES.get(self.type)
        if kind:
            return f'"{self.name}" {kind}' + (" NOT NULL DEFAULT 0" if self.type == "boolean" else "")
        return f'"{self.name}" TEXT' + ("" if self.type in EXACT_TYPES else " COLLATE NOCASE")


@dataclass(frozen=True)
class SObject:
    """One object: its key prefix, fields, child relationships and the children a delete takes along."""

    name: str
    prefix: str
    own: tuple[Field, ...]
    children: dict[str, tuple[str, str]] = field(default_factory=dict)
    cascades: tuple[tuple[str, str], ...] = ()
    indexes: tuple[str, ...] = ()
    history_of: str = ""

    @property
    def table(self) -> str:
        """Its SQLite table."""
        return f"sf_{self.name.lower()}"

    @property
    def fields(self) -> dict[str, Field]:
        """Fields by lower-case name, the system's own included."""
        return _fields(self)


def text(name: str, length: int = 255, *, writable: bool = True, required: bool = False) -> Field:
    """A text field."""
    return Field(name, "string", length, writable=writable, required=required)


def flag(name: str, *, writable: bool = True) -> Field:
    """A check-box."""
    return Field(name, "boolean", writable=writable)


def when(name: str, kind: str = "datetime", *, writable: bool = True, required: bool = False) -> Field:
    """A date-and-time field, or a date."""
    return Field(name, kind, writable=writable, required=required)


def link(name: str, to: str, *also: str, writable: bool = True, required: bool = False) -> Field:
    """A reference; its relationship is named like the field without `Id`."""
    parent = name.removesuffix("__c") + "__r" if name.endswith("__c") else name.removesuffix("Id")
    return Field(name, "reference", 18, to=to, also=also, parent=parent, writable=writable, required=required)


def pick(name: str, *values: str, length: int = 40) -> Field:
    """A picklist that lists these values."""
    return Field(name, "picklist", length, values=values)


def counted(name: str, key: str) -> Field:
    """How many members with this key a campaign has."""
    members = 'SELECT COUNT(*) FROM sf_campaignmember member WHERE member."IsDeleted" = 0'
    formula = f'({members} AND member."CampaignId" = {{alias}}."Id" AND member."{key}" IS NOT NULL)'
    return Field(name, "int", writable=False, formula=formula)


def history(name: str, prefix: str, of: str) -> "SObject":
    """The field history of an object. What a value was and became can be read, not filtered by."""
    key = f"{of}Id"
    values = (Field("OldValue", "anyType", 255, writable=False, filterable=False),
              Field("NewValue", "anyType", 255, writable=False, filterable=False))  # fmt: skip
    own = (link(key, of, writable=False), text("Field", 255, writable=False), *values)
    return SObject(name, prefix, own, indexes=(key,), history_of=of)


SYSTEM: Final = (
    Field("Id", "id", 18, writable=False),
    flag("IsDeleted", writable=False),
    when("CreatedDate", writable=False),
    link("CreatedById", "User", writable=False),
    when("LastModifiedDate", writable=False),
    link("LastModifiedById", "User", writable=False),
    when("SystemModstamp", writable=False),
)
BOUNCE: Final = (
    text("EmailBouncedReason"),
    when("EmailBouncedDate"),
    flag("IsEmailBounced", writable=False),
)
LEAD_SOURCES: Final = ("Web", "Webinar", "Trade Show", "Partner Referral", "Purchased List", "Other")
INDUSTRIES: Final = (
    "Financial Services", "Technology", "Manufacturing", "Healthcare", "Retail", "Energy", "Logistics",
)  # fmt: skip
PERSON: Final = (
    Field("Email", "email", 80),
    text("FirstName", 40),
    text("LastName", 80, required=True),
    text("Name", 121, writable=False),
    text("Title", 128),
    Field("Phone", "phone", 40),
    Field("MobilePhone", "phone", 40),
    flag("DoNotCall"),
    flag("HasOptedOutOfEmail"),
    *BOUNCE,
    link("OwnerId", "User"),
    when("LastActivityDate", "date", writable=False),
    flag("Legal_Hold__c"),
    flag("Data_Request_Open__c"),
    # a check-box by which organisations keep a record out of the sync (GitLab's marketing handbook)
    flag("Block_Marketo_Sync__c"),
    flag("Newsletter_Opt_Out__c"),  # a check-box of the organisation's own for one kind of mail
    text("Consent_Evidence__c"),
    pick("LeadSource", *LEAD_SOURCES),
)
_ALL: Final = (
    SObject(
        "User",
        "005",
        (text("Name", 121), text("Username", 80), Field("Email", "email", 128), flag("IsActive"),
         when("LastLoginDate", writable=False), flag("Records_Frozen__c")),
    ),
    SObject(
        "Account",
        "001",
        (text("Name", 255, required=True), pick("Type"), pick("Industry", *INDUSTRIES), text("Website"),
         Field("NumberOfEmployees", "int"), flag("Target_Account__c"), link("OwnerId", "User")),
        {"Contacts": ("Contact", "AccountId"), "Opportunities": ("Opportunity", "AccountId"),
         "Contracts": ("Contract", "AccountId"), "Cases": ("Case", "AccountId")},
    ),
    SObject(
        "Contact",
        "003",
        (*PERSON, text("MailingCity", 40), text("MailingState", 80), text("MailingPostalCode", 20),
         text("MailingCountry", 80), link("AccountId", "Account"),
         link("MasterRecordId", "Contact", writable=False)),
        {"OpportunityContactRoles": ("OpportunityContactRole", "ContactId"), "Cases": ("Case", "ContactId"),
         "CampaignMembers": ("CampaignMember", "ContactId"), "Tasks": ("Task", "WhoId"),
         "Quotes": ("Quote", "ContactId"), "ContractsSigned": ("Contract", "CustomerSignedId"),
         "Histories": ("ContactHistory", "ContactId")},
        cascades=(("CampaignMember", "ContactId"),),
        indexes=("Email", "AccountId"),
    ),
    SObject(
        "Lead",
        "00Q",
        (*PERSON, text("Company", 255, required=True),
         pick("Status", "Open", "Working", "Nurture", "MQL", "Qualified", "Unqualified"),
         pick("Rating", "Hot", "Warm", "Cold"), pick("Industry", *INDUSTRIES), text("Website"),
         Field("NumberOfEmployees", "int"), text("City", 40), text("State", 80), text("PostalCode", 20),
         text("Country", 80), flag("IsConverted", writable=False),
         link("ConvertedContactId", "Contact", writable=False),
         link("MasterRecordId", "Lead", writable=False)),
        {"CampaignMembers": ("CampaignMember", "LeadId"), "Tasks": ("Task", "WhoId"),
         "Histories": ("LeadHistory", "LeadId")},
        cascades=(("CampaignMember", "LeadId"),),
        indexes=("Email",),
    ),
    SObject(
        "Opportunity",
        "006",
        (text("Name", 120, required=True), link("AccountId", "Account"), Field("Amount", "currency"),
         pick("StageName"), when("CloseDate", "date", required=True), flag("IsClosed", writable=False),
         flag("IsWon", writable=False), link("OwnerId", "User")),
        {"OpportunityContactRoles": ("OpportunityContactRole", "OpportunityId")},
        cascades=(("OpportunityContactRole", "OpportunityId"),),
        indexes=("AccountId",),
    ),
    SObject(
        "OpportunityContactRole",
        "00K",
        (link("OpportunityId", "Opportunity", required=True), link("ContactId", "Contact", required=True),
         pick("Role"), flag("IsPrimary")),
        indexes=("ContactId", "OpportunityId"),
    ),
    SObject(
        "Campaign",
        "701",
        (text("Name", 80, required=True), pick("Type"), pick("Status"), flag("IsActive"),
         when("StartDate", "date"), when("EndDate", "date"), Field("NumberSent", "double"),
         counted("NumberOfContacts", "ContactId"), counted("NumberOfLeads", "LeadId"),
         link("OwnerId", "User")),
        {"CampaignMembers": ("CampaignMember", "CampaignId"),
         "CampaignMemberStatuses": ("CampaignMemberStatus", "CampaignId")},
        cascades=(("CampaignMember", "CampaignId"), ("CampaignMemberStatus", "CampaignId")),
    ),
    SObject(
        "CampaignMemberStatus",
        "01Y",
        (link("CampaignId", "Campaign", required=True), text("Label", 765, required=True),
         flag("HasResponded"), flag("IsDefault"), Field("SortOrder", "int")),
        indexes=("CampaignId",),
    ),
    SObject(
        "CampaignMember",
        "00v",
        (link("CampaignId", "Campaign", required=True), link("ContactId", "Contact"), link("LeadId", "Lead"),
         pick("Status"), flag("HasResponded", writable=False),
         when("FirstRespondedDate", "date", writable=False)),
        indexes=("ContactId", "LeadId", "CampaignId"),
    ),
    SObject(
        "Case",
        "500",
        (text("CaseNumber", 30, writable=False), link("ContactId", "Contact"), link("AccountId", "Account"),
         text("Subject"), pick("Status"), flag("IsClosed", writable=False)),
        indexes=("ContactId", "AccountId"),
    ),
    SObject(
        "Task",
        "00T",
        (text("Subject"), pick("Status", "Not Started", "Completed"), when("ActivityDate", "date"),
         link("WhoId", "Contact", "Lead")),
        indexes=("WhoId",),
    ),
    history("ContactHistory", "03h", "Contact"),
    history("LeadHistory", "03j", "Lead"),
    SObject(
        "Contract",
        "800",
        (text("ContractNumber", 30, writable=False), link("AccountId", "Account", required=True),
         pick("Status"), when("StartDate", "date"), when("EndDate", "date", writable=False),
         link("CustomerSignedId", "Contact")),
        indexes=("AccountId", "CustomerSignedId"),
    ),
    SObject(
        "Quote",
        "0Q0",
        (text("Name", required=True), text("QuoteNumber", 30, writable=False), pick("Status"),
         link("OpportunityId", "Opportunity"), link("AccountId", "Account", writable=False),
         link("ContactId", "Contact")),
        indexes=("ContactId",),
    ),
)  # fmt: skip
OBJECTS: Final = {entry.name.lower(): entry for entry in _ALL}
_CACHE: Final[dict[str, dict[str, Field]]] = {}


def _fields(sobject: SObject) -> dict[str, Field]:
    """The fields of an object by lower-case name, worked out once."""
    if sobject.name not in _CACHE:
        _CACHE[sobject.name] = {entry.name.lower(): entry for entry in (*SYSTEM, *sobject.own)}
    return _CACHE[sobject.name]


def by_prefix(record_id: str) -> SObject | None:
    """The object whose records' ids begin like this one."""
    return next((entry for entry in _ALL if record_id.startswith(entry.prefix)), None)


def create(world: World) -> None:
    """Create the objects' tables, without secondary indexes: those come after the seed."""
    for entry in _ALL:
        columns = [each.column for each in entry.fields.values() if not each.formula]
        columns[0] += " PRIMARY KEY"
        hidden = '"DeletedDate" TEXT, "DeletedWith" TEXT'
        world.run(f"CREATE TABLE {entry.table} ({', '.join(columns)}, {hidden})")


def index(world: World) -> None:
    """Create the secondary indexes."""
    for entry in _ALL:
        for column in entry.indexes:
            world.run(f'CREATE INDEX {entry.table}_{column} ON {entry.table} ("{column}")')
        world.run(f"CREATE INDEX {entry.table}_bin ON {entry.table} (DeletedDate) WHERE IsDeleted = 1")


def new_id(world: World, sobject: SObject) -> str:
    """The id of the next record of this object."""
    return make(sobject.prefix, world.count(sobject.name))
