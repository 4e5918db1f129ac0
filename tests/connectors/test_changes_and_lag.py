"""What changed lately, told by the real readers over the twin; and how far behind that shows a sync to be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from tools.catalog.measuring import Look, looked, ways
from tools.catalog.platform import report_health
from tools.context import ToolContext
from tools.rules.sync_lag import EDGES, SAMPLE

DATA = "/salesforce/services/data/v62.0"
KEYS = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}
LAG = 180.0


@dataclass
class Office:
    """A CRM and an automation with their readers, changed as their users would."""

    twin: Any
    http: httpx.Client
    token: str
    readers: dict[str, Any]
    automation: str

    def patch(self, record: str, **values: Any) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        reply = self.http.patch(f"{DATA}/sobjects/Contact/{record}", headers=headers, json=values)
        assert reply.is_success, reply.text

    def looks(self) -> dict[str, Look]:
        """What is measured now, by the system that is behind."""
        clock = SimpleNamespace(now=lambda: _now(self.twin))
        context = cast("ToolContext", SimpleNamespace(systems=self.readers, clock=clock))
        found = looked(context, ways(context, self.readers, ()))
        return {each.target: each for each in found}


@pytest.fixture(params=["marketo", "hubspot"])
def office(request: pytest.FixtureRequest, twin: Any, kit: Any) -> Iterator[Office]:
    """Both sides on a twin that is put back afterwards."""
    name = request.param
    served = request.getfixturevalue("hubspot_twin") if name == "hubspot" else twin
    served.snapshot("before-lag")
    served.clear_faults()
    served.advance(1)
    clock = SimpleNamespace(now=lambda: _now(served), sleep=served.advance)
    readers = {each: kit.over(served.url, each, clock=clock).reader for each in ("salesforce", name)}
    with httpx.Client(base_url=served.url, trust_env=False) as http:
        token = http.post("/salesforce/services/oauth2/token", data=KEYS).json()["access_token"]
        yield Office(served, http, token, readers, name)
    served.settings(sync_profile="map")
    served.restore("before-lag")


def _now(twin: Any) -> datetime:
    return datetime.fromisoformat(twin.now())


@pytest.fixture
def synced(office: Office) -> list[str]:
    """Contacts that both sides have and tie to each other, mailable in both."""
    state = office.twin.state()
    contacts = state["salesforce"]["Contact"].values()
    if office.automation == "marketo":
        tied = {each["sfdcId"]: each["unsubscribed"] for each in state["marketo"]["lead"].values()}
    else:
        held = state["hubspot"]["contact"].values()
        tied = {each["salesforcecontactid"]: each["hs_email_optout"] for each in held}
    return [
        each["Id"] for each in contacts
        if each["Id"] in tied and not tied[each["Id"]] and not each["HasOptedOutOfEmail"]
        and not each["Block_Marketo_Sync__c"]
    ]  # fmt: skip


def test_what_waits_is_counted_until_it_is_over_there(office: Office, synced: list[str]) -> None:
    """Changed in Salesforce and not there yet: late, with the oldest and the field; after the lag in step."""
    before = office.looks()[office.automation].lag
    assert before is not None
    for record in synced[:3]:
        office.patch(record, Title="Chief of Tests")
    office.twin.advance(120)
    lag = office.looks()[office.automation].lag
    assert lag is not None
    assert (lag.late - before.late, lag.fields[0]) == (3, "job title")
    assert lag.oldest is not None
    assert timedelta(seconds=110) < lag.oldest < timedelta(seconds=179)
    office.twin.advance(65)
    after = office.looks()[office.automation].lag
    assert after is not None
    assert (after.late, after.over - before.over) == (before.late, 3)
    assert after.median is not None
    assert after.median <= timedelta(seconds=LAG + 60)


def test_an_opt_out_on_its_way_is_late_too(office: Office, synced: list[str]) -> None:
    """Consent is the field that matters most."""
    office.patch(synced[0], HasOptedOutOfEmail=True)
    lag = office.looks()[office.automation].lag
    assert lag is not None
    assert "opted out" in lag.fields
    office.twin.advance(LAG + 5)
    assert "opted out" not in cast("Any", office.looks()[office.automation].lag).fields


def test_the_other_way_round(office: Office, synced: list[str]) -> None:
    """Changed in the automation: Salesforce is behind, until the sync has written it where that is mapped."""
    office.twin.settings(sync_profile="both")
    state = office.twin.state("salesforce")["salesforce"]["Contact"]
    address = state[synced[0]]["Email"]
    person = next(each for batch in office.readers[office.automation].people([address]) for each in batch)
    before = cast("Any", office.looks()["salesforce"].lag).late
    _write(office, person.record_id, address)
    assert cast("Any", office.looks()["salesforce"].lag).late == before + 1
    office.twin.advance(LAG + 5)
    assert cast("Any", office.looks()["salesforce"].lag).late == before


def _write(office: Office, record: str, address: str) -> None:
    if office.automation == "marketo":
        token = office.http.get("/marketo/identity/oauth/token", params=KEYS).json()["access_token"]
        reply = office.http.post(
            "/marketo/rest/v1/leads.json", headers={"Authorization": f"Bearer {token}"},
            json={"input": [{"email": address, "phone": "+49 30 4711"}]},
        )  # fmt: skip
    else:
        reply = office.http.patch(
            f"/hubspot/crm/v3/objects/contacts/{record}", headers={"Authorization": "Bearer pat-twin"},
            json={"properties": {"phone": "+49 30 4711"}},
        )  # fmt: skip
    assert reply.is_success, reply.text


def test_a_record_that_a_rule_keeps_out_is_no_backlog(office: Office, synced: list[str]) -> None:
    """Held back by a box of the record's own, or not there at all: told apart from late."""
    before = cast("Any", office.looks()[office.automation].lag)
    office.patch(synced[0], Block_Marketo_Sync__c=True, Title="Chief of Tests")
    state = office.twin.state()
    here = {each["Email"] for each in state["salesforce"]["Contact"].values() if each["Email"]}
    held = state[office.automation]["lead" if office.automation == "marketo" else "contact"].values()
    there = {str(each["email"]).lower() for each in held}
    absent = next(address for address in sorted(here) if address.strip().lower() not in there)
    record = next(e["Id"] for e in state["salesforce"]["Contact"].values() if e["Email"] == absent)
    office.patch(record, Title="Chief of Tests")
    lag = cast("Any", office.looks()[office.automation].lag)
    assert (lag.kept_out - before.kept_out, lag.late) == (2, before.late)


def test_a_look_is_a_handful_of_calls(office: Office, synced: list[str]) -> None:
    """The cost does not grow with what changed: pages of a few stretches, and the others by address."""
    for record in synced[: SAMPLE + 5]:
        office.patch(record, Title="Chief of Tests")
    office.looks()  # what describes the systems is asked for once
    office.twin.clear_log()
    lag = office.looks()[office.automation].lag
    assert lag is not None
    assert (lag.late, lag.more) == (SAMPLE, True)
    assert lag.sentence().startswith(f"at least {SAMPLE} records behind")
    assert len(office.twin.log()) <= 25


def test_changes_come_in_stretches_newest_first(office: Office) -> None:
    """Each stretch has its own people, with the time of the change; the edges are those asked for."""
    now = _now(office.twin)
    for name, reader in office.readers.items():
        found = reader.changed([now - edge for edge in EDGES], SAMPLE)
        assert [each.until for each in found] == [now - edge for edge in EDGES[:-1]]
        for part in found:
            assert len(part.people) <= 2 * SAMPLE
            assert all(part.since <= each.modified < part.until for each in part.people)
            assert all(each.system == name for each in part.people)


def test_the_report_begins_with_what_was_measured(office: Office, synced: list[str]) -> None:
    """Over the real readers: what is up, how far behind, when the credential ends."""
    for record in synced[:14]:
        office.patch(record, Title="Chief of Tests")
    office.twin.advance(60)
    context = SimpleNamespace(
        systems=office.readers,
        clock=SimpleNamespace(now=lambda: _now(office.twin)),
        records=SimpleNamespace(requests=lambda **_: []),
        principal=SimpleNamespace(id="U_MAX"),
        credentials_end={office.automation: _now(office.twin).date() + timedelta(days=5)},
    )
    answer = cast("Any", report_health.call(cast("ToolContext", context), {}))
    name = {"marketo": "Marketo", "hubspot": "HubSpot"}[office.automation]
    assert answer.text.startswith(f"Both are up (Salesforce and {name}); {name} is 14 records behind, the")
    assert f"{name} has a credential that ends in 5 days" in answer.text
    row = next(each for each in answer.tables[0].rows if each[0] == name)
    assert row[1] == "yes"
    assert row[4].startswith("14 of ")
    assert answer.facts[f"{office.automation}_behind_salesforce"] == 14
