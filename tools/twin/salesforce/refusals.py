"""What administrators made Salesforce refuse: field security, picklists, rules, duplicates."""

from typing import Any

from tools.twin.salesforce.errors import RowError
from tools.twin.salesforce.schema import Field, SObject
from tools.twin.world import World

PEOPLE = frozenset({"Contact", "Lead"})


def check_field(world: World, source: SObject, described: Field, value: object) -> None:
    """Refuse a field the API user may not write, and a value its picklist does not list."""
    name, settings = f"{source.name}.{described.name}", world.settings
    if not described.writable or name in {
        *settings.salesforce_hidden_fields,
        *settings.salesforce_read_only_fields,
    }:
        raise RowError(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {described.name}. Please check the security settings of"
            " this field and verify that it is read/write for your profile or permission set.",
            described.name,
        )
    restricted = name in settings.salesforce_restricted_picklists
    if restricted and value not in {None, "", *described.values}:
        raise RowError(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{described.name}: bad value for restricted picklist field: {value}",
            described.name,
        )


def required_by_rule(world: World, source: SObject) -> frozenset[str]:
    """Fields an administrator has made required."""
    named = (name.partition(".") for name in world.settings.salesforce_required_fields)
    return frozenset(field for owner, _, field in named if owner == source.name)


def check_record(world: World, source: SObject, after: dict[str, Any]) -> None:
    """Refuse a record that a validation rule does not let be saved. `after` is as it would be saved."""
    for rule in world.settings.salesforce_refused_values:
        name, _, value = rule.partition("=")
        owner, _, field = name.partition(".")
        if owner == source.name and after.get(field) == value:
            words = f"{field} must not be {value}."
            raise RowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", words, field)


def check_lock(world: World, record: str) -> None:
    """Refuse a record that somebody else is writing."""
    if record in world.settings.salesforce_locked_records:
        raise RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")


def check_duplicate(world: World, source: SObject, stored: dict[str, Any]) -> None:
    """Refuse what is there already: a person under a blocking duplicate rule, or a campaign's member."""
    if source.name == "CampaignMember":
        _check_member(world, stored)
    if not world.settings.salesforce_refuses_duplicates or source.name not in PEOPLE:
        return
    sql = f'SELECT 1 FROM {source.table} WHERE "Email" = ? AND "IsDeleted" = 0'
    if stored.get("Email") and world.one(sql, (stored["Email"],)):
        raise RowError("DUPLICATES_DETECTED", "Use one of these records?")


def _check_member(world: World, stored: dict[str, Any]) -> None:
    """A campaign has a person once."""
    sql = (
        'SELECT 1 FROM sf_campaignmember WHERE "CampaignId" = ? AND "IsDeleted" = 0'
        ' AND "ContactId" IS ? AND "LeadId" IS ?'
    )
    if world.one(sql, (stored["CampaignId"], stored.get("ContactId"), stored.get("LeadId"))):
        raise RowError("DUPLICATE_VALUE", "Already a campaign member.", "CampaignId")
