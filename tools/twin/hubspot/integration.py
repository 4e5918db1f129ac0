"""HubSpot's Salesforce integration: what each side's changes do to the other.

Sources: HubSpot's knowledge base. An opt-out goes both ways; un-ticking the box in Salesforce does not opt
back in; a contact outside the inclusion list carries nothing until it is in it. That a resubscription in
HubSpot does not un-tick Salesforce's box, and that a record deleted in HubSpot is made anew only when
Salesforce creates it or brings it back, are assumptions.
"""

from collections.abc import Sequence
from typing import Any

from tools.twin import mapped_fields, served
from tools.twin.hubspot import store
from tools.twin.world import World

OPT_OUT = "HasOptedOutOfEmail"


def _contact(world: World, record: str) -> Any:  # noqa: ANN401  # a row
    """The live contact of a Salesforce record."""
    return world.one(
        "SELECT * FROM hs_person WHERE archived = 0 AND (salesforcecontactid = ? OR salesforceleadid = ?)",
        (record, record),
    )


def from_salesforce(world: World, name: str, row: Any, fields: Sequence[str]) -> None:  # noqa: ANN401  # a row
    """A Salesforce record changed, appeared or came back (no fields)."""
    contact = _contact(world, row["Id"]) or store.by_email(world, row["Email"])
    if contact is None:
        if not fields and row["Email"]:
            _new(world, name, row)
        return
    if contact["sync_to_salesforce"] != "true":
        return
    link = _link(name)
    world.run(
        f"UPDATE hs_contact SET {link} = ?, salesforcedeleted = NULL, salesforcelastsynctime = ?"
        " WHERE id = ?",
        (row["Id"], world.stamp(), contact["id"]),
    )
    if OPT_OUT in fields and row[OPT_OUT]:
        store.opt_out(world, contact["email"], "SALESFORCE")
    mapped = (
        mapped_fields.to_automation(mapped_fields.HUBSPOT, name, row, fields)
        if world.settings.sync_profile
        else {}
    )
    if any(contact[each] != value for each, value in mapped.items()):
        store.update(world, contact["id"], mapped, source="SALESFORCE")


def _link(name: str) -> str:
    return "salesforcecontactid" if name == "Contact" else "salesforceleadid"


def _new(world: World, name: str, row: Any) -> None:  # noqa: ANN401  # a row
    """A record HubSpot has not got becomes a contact; an opt-out of its address still holds."""
    if not store.ADDRESS.fullmatch(store.spelled(row["Email"])):
        return
    country = row["MailingCountry" if name == "Contact" else "Country"]
    given = {
        "email": store.spelled(row["Email"]), "firstname": row["FirstName"], "lastname": row["LastName"],
        "jobtitle": row["Title"], "phone": row["Phone"], "country": country, "sync_to_salesforce": "true",
        _link(name): row["Id"], "salesforcelastsynctime": world.stamp(),
    }  # fmt: skip
    store.insert(world, given, source="SALESFORCE")
    if row[OPT_OUT]:
        store.opt_out(world, given["email"], "SALESFORCE")


def deleted_in_salesforce(world: World, record: str) -> None:
    """A Salesforce record went to the bin: the contact stays and says so."""
    if not served.serves(world, "hubspot"):
        return
    contact = _contact(world, record)
    if contact is not None:
        world.run("UPDATE hs_contact SET salesforcedeleted = 'true' WHERE id = ?", (contact["id"],))


def to_salesforce(world: World, number: int, fields: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The Salesforce record a contact is written to, and the values; none for one outside the list."""
    contact = world.one("SELECT * FROM hs_person WHERE id = ? AND archived = 0", (number,))
    if contact is None or contact["sync_to_salesforce"] != "true":
        return "", {}
    joined = "sync_to_salesforce" in fields
    if joined:
        _joined(world, contact)
        contact = world.one("SELECT * FROM hs_person WHERE id = ?", (number,))
        assert contact is not None
    record = contact["salesforcecontactid"] or contact["salesforceleadid"] or ""
    opted = contact["hs_email_optout"] == "true" and (joined or "hs_email_optout" in fields)
    values: dict[str, Any] = {OPT_OUT: 1} if opted else {}
    if record and world.settings.sync_profile == "both":
        name = "Contact" if contact["salesforcecontactid"] else "Lead"
        values |= mapped_fields.to_salesforce(mapped_fields.HUBSPOT, name, contact, fields)
    return record, values


def _joined(world: World, contact: Any) -> None:  # noqa: ANN401  # a row
    """A contact came into the inclusion list: it is linked by address, and takes Salesforce's opt-out."""
    for name in ("Contact", "Lead"):
        row = world.one(
            f'SELECT "Id", "{OPT_OUT}" FROM sf_{name.lower()} WHERE "Email" = ? AND "IsDeleted" = 0',
            (contact["email"],),
        )
        if row is None:
            continue
        world.run(f"UPDATE hs_contact SET {_link(name)} = ? WHERE id = ?", (row["Id"], contact["id"]))
        if row[OPT_OUT]:
            store.opt_out(world, contact["email"], "SALESFORCE")
        return
