"""What each vendor tells of itself beside being up: calls and whose, failures, credentials, what ends."""

from datetime import date, datetime
from typing import Any

import httpx
import pytest

KEYS = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}
JOBS = "/salesforce/services/data/v62.0/jobs/ingest"


@pytest.fixture
def own_hubspot(hubspot_twin: Any) -> Any:
    """The twin with HubSpot, without faults."""
    hubspot_twin.clear_faults()
    yield hubspot_twin
    hubspot_twin.clear_faults()


def test_marketo_tells_who_calls_and_its_limit_is_the_documented_one(own_twin: Any, kit: Any) -> None:
    """Calls by user with ourselves among them, the next midnight Central time, how long the token lives."""
    health = kit.over(own_twin.url, "marketo").reader.health()
    assert health.calls_as in health.calls_by
    assert sum(health.calls_by.values()) == health.calls_used
    assert health.calls_assumed
    assert (health.calls_reset.hour, health.calls_reset > health.as_of) == (6, True)
    assert "min and is renewed by itself" in health.credential
    assert health.credential_expires is None


def test_salesforce_tells_jobs_that_failed(own_twin: Any, kit: Any) -> None:
    """A bulk job that was stopped today is counted by its state; where we may not look nothing is said."""
    reader = kit.over(own_twin.url, "salesforce").reader
    assert reader.health().errors_today == {}
    with httpx.Client(base_url=own_twin.url, trust_env=False) as http:
        token = http.post("/salesforce/services/oauth2/token", data=KEYS).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        job = http.post(f"{JOBS}/", json={"object": "Contact", "operation": "update"}).json()["id"]
        assert http.patch(f"{JOBS}/{job}", json={"state": "Aborted"}).is_success
    assert reader.health().errors_today == {"Aborted": 1}
    own_twin.fault(system="salesforce", match="GET .*/jobs/ingest", kind="500", times=9)
    health = reader.health()
    own_twin.clear_faults()
    assert (health.reachable, health.errors_today) == (True, None)


def test_sendgrid_tells_mail_that_was_turned_away(own_twin: Any, kit: Any) -> None:
    """Blocks of the last day, scopes and the minute's end; without the right to look nothing is said."""
    reader = kit.over(own_twin.url, "sendgrid").reader
    health = reader.health()
    assert health.errors_today == {}
    assert "scopes" in health.credential
    assert isinstance(health.calls_reset, datetime)
    own_twin.fault(system="sendgrid", match="GET .*/suppression/blocks", kind="500", times=9)
    assert reader.health().errors_today is None
    own_twin.clear_faults()


def test_hubspot_tells_its_token_its_reset_and_its_version_ends(own_hubspot: Any, kit: Any) -> None:
    """App and scopes of the token; the numbered API's last day, which a dated version does not have."""
    health = kit.over(own_hubspot.url, "hubspot").reader.health()
    assert health.credential == "The token of private app 456, with 8 scopes."
    assert (health.calls_reset.hour, health.errors_today) == (0, None)
    assert (health.api_ends, "HUBSPOT_API_VERSION=2026-09" in health.api_note) == (date(2027, 3, 30), True)
    dated = kit.over(own_hubspot.url, "hubspot", version="2026-09").reader
    own_hubspot.fault(system="hubspot", match="access-token-info", kind="500", times=9)
    assert (dated.health().api_ends, dated.health().credential) == (None, "")


def test_hubspot_shows_a_contact_at_its_accounts_address(own_hubspot: Any, kit: Any) -> None:
    """The page of a record needs the account's number, which is asked for once."""
    reader = kit.over(own_hubspot.url, "hubspot").reader
    own_hubspot.fault(system="hubspot", match="account-info.*details", kind="500", times=9)
    assert reader.record_link("contact", "40000001") == ""
    own_hubspot.clear_faults()
    page = "https://app.hubspot.example/contacts/48000001/record/0-1/40000001"
    assert [reader.record_link("contact", "40000001") for _ in range(2)] == [page, page]
    assert reader.record_link("contact", "../settings") == ""
