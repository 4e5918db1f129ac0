"""What the twin's Salesforce and Marketo tell each other, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

DATA = "/salesforce/services/data/v62.0"
LEADS = "/marketo/rest/v1/leads"
KEYS = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}
LAG = 180.0


@dataclass
class Both:
    """Both systems, changed as their users would."""

    twin: Any
    http: httpx.Client
    salesforce_key: str
    marketo_key: str

    def salesforce(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.salesforce_key}"}
        reply = self.http.request(method, f"{DATA}{path}", headers=headers, json=body)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None

    def marketo(self, path: str, rows: list[dict[str, Any]], **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.marketo_key}"}
        reply = self.http.post(f"{LEADS}{path}", headers=headers, json={"input": rows, **more}).json()
        assert reply["success"], reply
        return reply["result"]

    def contact(self, record: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.twin.state("salesforce")["salesforce"]["Contact"].get(record)
        return found

    def lead(self, number: int) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.twin.state("marketo")["marketo"]["lead"].get(str(number))
        return found

    def leads_at(self, address: str) -> list[dict[str, Any]]:
        leads = self.twin.state("marketo")["marketo"]["lead"].values()
        return [each for each in leads if each["email"] == address]


@pytest.fixture
def both(own_twin: Any) -> Iterator[Both]:
    """Both systems with sessions."""
    own_twin.clear_faults()
    own_twin.advance(1)
    with httpx.Client(base_url=own_twin.url, trust_env=False, verify=False) as http:
        session = http.post("/salesforce/services/oauth2/token", data=KEYS).json()["access_token"]
        token = http.get("/marketo/identity/oauth/token", params=KEYS).json()["access_token"]
        yield Both(own_twin, http, session, token)
    own_twin.settings(
        sync_deletes_to_marketo=False, sync_deletes_to_salesforce=False, sync_email_invalid=True
    )


@pytest.fixture
def pair(own_twin: Any) -> tuple[str, int, str]:
    """A contact, its lead, and their address; opted out nowhere."""
    state = own_twin.state()
    leads = {each["sfdcId"]: each for each in state["marketo"]["lead"].values() if not each["unsubscribed"]}
    found = next(
        each
        for each in state["salesforce"]["Contact"].values()
        if each["Id"] in leads and not each["HasOptedOutOfEmail"] and not each["IsEmailBounced"]
        and not any(case["ContactId"] == each["Id"] for case in state["salesforce"]["Case"].values())
    )  # fmt: skip
    return found["Id"], leads[found["Id"]]["id"], found["Email"]


def test_an_opt_out_in_marketo_reaches_salesforce_after_the_lag(both, pair):
    """Not before; and the record says that the sync user wrote it."""
    contact, lead, address = pair
    both.marketo(".json", [{"email": address, "unsubscribed": True}])
    both.twin.advance(LAG - 20)
    assert not both.contact(contact)["HasOptedOutOfEmail"]
    both.twin.advance(30)
    after = both.contact(contact)
    assert after["HasOptedOutOfEmail"]
    users = both.twin.state("salesforce")["salesforce"]["User"]
    assert users[after["LastModifiedById"]]["Name"] == "Marketo Sync"
    assert both.lead(lead)["unsubscribed"]


def test_the_opt_out_goes_both_ways_and_so_does_its_clearing(both, pair):
    """An un-ticked box in Salesforce clears Marketo's opt-out and its durable table: a trap to catch."""
    contact, lead, address = pair
    for opted_out in (True, False):
        both.salesforce("PATCH", f"/sobjects/Contact/{contact}", {"HasOptedOutOfEmail": opted_out})
        assert bool(both.lead(lead)["unsubscribed"]) is not opted_out
        both.twin.advance(LAG + 5)
        assert bool(both.lead(lead)["unsubscribed"]) is opted_out
        durable = both.twin.state("marketo")["marketo"]["durable_unsubscribe"]
        assert (address in durable) is opted_out


def test_a_change_of_something_else_does_not_touch_the_opt_out(both, pair):
    """Fields sync on their own: a new phone number cannot bring back an older consent."""
    contact, lead, address = pair
    both.salesforce("PATCH", f"/sobjects/Contact/{contact}", {"Phone": "+49 555 7"})
    both.marketo(".json", [{"email": address, "unsubscribed": True}])
    both.twin.advance(LAG + 5)
    assert (both.contact(contact)["HasOptedOutOfEmail"], both.lead(lead)["unsubscribed"]) == (True, True)


@pytest.mark.parametrize("mapped", [True, False])
def test_an_invalid_address_is_told_where_that_is_mapped(both, pair, mapped):
    """emailInvalid becomes a bounce in Salesforce, in organisations that map it."""
    contact, _, address = pair
    both.twin.settings(sync_email_invalid=mapped)
    both.marketo(".json", [{"email": address, "emailInvalid": True, "emailInvalidCause": "550 5.1.1 gone"}])
    both.twin.advance(LAG + 5)
    after = both.contact(contact)
    assert (after["IsEmailBounced"], after["EmailBouncedReason"]) == (
        mapped,
        "550 5.1.1 gone" if mapped else None,
    )


@pytest.mark.parametrize("deletes", [True, False])
def test_a_deleted_contact_flags_or_deletes_the_lead(both, pair, deletes):
    """Organisations differ: detect, do not assume."""
    contact, lead, _ = pair
    both.twin.settings(sync_deletes_to_marketo=deletes)
    both.salesforce("DELETE", f"/sobjects/Contact/{contact}")
    assert not both.lead(lead)["sfdcIsDeleted"]
    both.twin.advance(LAG + 5)
    after = both.lead(lead)
    assert after is None if deletes else after["sfdcIsDeleted"]


@pytest.mark.parametrize("deletes", [True, False])
def test_a_deleted_lead_leaves_the_contact_unless_told(both, pair, deletes):
    """Marketo does not delete in Salesforce by itself."""
    contact, lead, _ = pair
    both.twin.settings(sync_deletes_to_salesforce=deletes)
    both.marketo("/delete.json", [{"id": lead}])
    both.twin.advance(LAG + 5)
    assert (both.contact(contact) is None) is deletes


def test_a_touched_contact_brings_its_deleted_lead_back_as_another(both, pair):
    """The lead has a new id and loses its history, but the durable opt-out holds."""
    contact, lead, address = pair
    both.marketo(".json", [{"email": address, "unsubscribed": True}])
    both.marketo("/delete.json", [{"id": lead}])
    both.twin.advance(LAG + 5)
    assert both.leads_at(address) == []
    both.salesforce("PATCH", f"/sobjects/Contact/{contact}", {"Title": "Touched"})
    both.twin.advance(LAG + 5)
    (back,) = both.leads_at(address)
    assert back["id"] > lead
    assert (back["unsubscribed"], back["sfdcId"]) == (True, contact)


def test_a_new_contact_becomes_a_lead_and_one_without_address_does_not(both):
    """Creation is synced as well."""
    made = both.salesforce(
        "POST", "/sobjects/Contact", {"LastName": "New", "Email": "new.contact@one.example"}
    )
    both.salesforce("POST", "/sobjects/Contact", {"LastName": "Nobody"})
    before = len(both.twin.state("marketo")["marketo"]["lead"])
    both.twin.advance(LAG + 5)
    assert [each["sfdcId"] for each in both.leads_at("new.contact@one.example")] == [made["id"]]
    assert len(both.twin.state("marketo")["marketo"]["lead"]) == before + 1


def test_what_is_gone_when_its_turn_comes_is_left_alone(both, pair):
    """A change is synced from what is there then, not from what was."""
    contact, lead, address = pair
    both.marketo(".json", [{"email": address, "unsubscribed": True}])
    both.salesforce("PATCH", f"/sobjects/Contact/{contact}", {"HasOptedOutOfEmail": True})
    both.salesforce("DELETE", f"/sobjects/Contact/{contact}")
    both.marketo("/delete.json", [{"id": lead}])
    both.twin.advance(LAG + 5)
    assert both.contact(contact) is None
    assert both.lead(lead) is None


@pytest.mark.parametrize(
    ("mapped", "over", "back"), [("map", True, False), ("both", True, True), ("", False, False)]
)
def test_a_changed_profile_goes_where_it_is_mapped(both, pair, mapped, over, back):
    """Titles go from Salesforce to Marketo after the lag, the other way where wanted, and never echo."""
    contact, lead, address = pair
    both.twin.settings(sync_profile=mapped)
    both.salesforce("PATCH", f"/sobjects/Contact/{contact}", {"Title": "Chief of Tests"})
    both.twin.advance(LAG - 20)
    assert both.lead(lead)["title"] != "Chief of Tests"
    both.twin.advance(30)
    assert (both.lead(lead)["title"] == "Chief of Tests") is over
    both.marketo(".json", [{"email": address, "title": "Head of Trials"}])
    both.twin.advance(LAG + 5)
    assert (both.contact(contact)["Title"] == "Head of Trials") is back
    both.twin.settings(sync_profile="map")
