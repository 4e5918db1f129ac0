"""What the twin is seeded with: the same every time, in the shares asked for, with every trap."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.twin.seed import seeded
from tools.twin.state import dump
from tools.twin.world import World

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TIES = {
    "opportunity_role", "case", "customer_account", "campaign_window", "recent_activity", "legal_hold",
    "target_account", "phone_in_use", "frozen_owner", "consent_evidence", "quote", "contract",
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A thousand people, half of whom bounced."""
    made = seeded(seed=11, people=1_000, bounced_share=0.5, now=NOW)
    yield made
    made.close()


@pytest.fixture(scope="module")
def state(world: World) -> dict[str, Any]:
    return dump(world)


@pytest.fixture(scope="module")
def traps(twin: Any) -> dict[str, list[dict[str, Any]]]:
    return twin.traps()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(".000+0000", "+00:00"))


def whole(seed: int, people: int = 200) -> dict[str, Any]:
    made = seeded(seed=seed, people=people, now=NOW)
    try:
        activities = [tuple(row) for row in made.rows("SELECT * FROM mk_activity ORDER BY id")]
        return dump(made) | {"activities": activities}
    finally:
        made.close()


def test_the_same_seed_and_now_give_the_same_state():
    """Everything is equal, activities included; another seed differs."""
    assert whole(7) == whole(7)
    assert whole(7) != whole(8)


@pytest.mark.parametrize("arguments", [{"people": -1}, {"people": 1_000_001}, {"bounced_share": 1.5}])
def test_sizes_out_of_range_are_refused(arguments):
    """0 to 1,000,000 people, a share from 0 to 1."""
    with pytest.raises(ValueError, match="people must be"):
        seeded(**arguments)


def test_an_empty_twin_has_its_traps():
    """Even without a crowd there is something to find."""
    made = seeded(people=0, now=NOW)
    assert len(dump(made)["marketo"]["lead"]) > 30
    made.close()


def invalid_systems(world: World) -> Counter[str]:
    """How many systems call each address invalid, by the text they recorded."""
    found: Counter[str] = Counter()
    dead = ("5.1.1", "5.1.2", "5.1.3", "5.2.1")
    for row in world.rows("SELECT email, reason FROM sg_bounces"):
        found[row["email"]] += any(each in row["reason"] for each in dead)
    for row in world.rows("SELECT LOWER(TRIM(email)) AS email FROM mk_lead WHERE emailInvalid = 1"):
        found[row["email"]] += 1
    for table in ("sf_contact", "sf_lead"):
        for row in world.rows(
            f"SELECT LOWER(TRIM(Email)) AS email, EmailBouncedReason AS reason FROM {table}"
        ):
            found[row["email"]] += any(each in (row["reason"] or "") for each in dead)
    return found


def test_bounces_come_in_the_shares_that_were_asked_for(world):
    """Half bounced; of these 60 % invalid, 20 % blocked, 13 % full: counted from the vendors' own records."""
    systems = invalid_systems(world)
    twice = {
        row["email"]
        for row in world.rows(
            "SELECT LOWER(TRIM(lead.email)) AS email FROM mk_activity JOIN mk_lead lead ON lead.id = leadId"
            ' WHERE typeId = 8 AND detail LIKE \'%"Category": "2"%\' GROUP BY leadId'
            " HAVING JULIANDAY(MAX(at)) - JULIANDAY(MIN(at)) >= 14"
        )
    }
    invalid = {email for email, count in systems.items() if count}
    strong = {email for email, count in systems.items() if count > 1} | twice
    blocked = world.rows("SELECT 1 FROM mk_lead WHERE emailSuspended = 1")
    full = world.rows(
        'SELECT DISTINCT leadId FROM mk_activity WHERE typeId = 27 AND detail LIKE \'%"Category": "3"%\''
    )
    assert abs(len(invalid) - 300) < 40
    assert abs(len(strong) - 250) < 40
    assert abs(len(blocked) - 100) < 10
    assert abs(len(full) - 65) < 10


def test_a_small_part_is_in_one_or_two_systems_only(state):
    """Everybody is somewhere; most are everywhere; some are missing in each."""
    salesforce = {
        str(each["Email"]).strip().lower()
        for name in ("Contact", "Lead")
        for each in state["salesforce"][name].values()
    }
    marketo = {str(each["email"]).strip().lower() for each in state["marketo"]["lead"].values()}
    sendgrid = {each["email"] for each in state["sendgrid"]["contact"].values()}
    everybody = salesforce | marketo | sendgrid
    everywhere = salesforce & marketo & sendgrid
    assert 0.75 < len(everywhere) / len(everybody) < 0.99
    for part in (salesforce, marketo, sendgrid):
        assert everybody - part


def test_every_address_is_at_a_domain_nobody_can_have(state):
    """All domains are reserved; no mail can ever leave for a real person."""
    for each in state["marketo"]["lead"].values():
        assert each["email"].strip().lower().endswith(".example")


def test_the_twins_now_is_where_it_was_put(world):
    """Times are relative to `now`, and nothing was recorded in the future."""
    assert NOW <= world.now() < NOW + timedelta(minutes=10)
    assert world.one("SELECT MAX(at) AS last FROM mk_activity")["last"] <= "2026-11-22T12:00:00Z"
    assert world.one("SELECT MAX(CreatedDate) AS last FROM sf_contact")["last"] <= "2026-11-22T12:00:00Z"


def test_five_thousand_people_are_there_at_once():
    """Seeding does not keep anybody waiting."""
    started = time.process_time()
    seeded(people=5_000).close()
    assert time.process_time() - started < 3


def test_the_resurrected_opt_out_names_the_import(twin, traps):
    """Opted out at SendGrid yesterday, un-ticked in Salesforce today by the import, subscribed in Marketo."""
    (trap,) = traps["resurrected_opt_out"]
    state = twin.state()
    contact = state["salesforce"]["Contact"][trap["contact"]]
    writer = state["salesforce"]["User"][contact["LastModifiedById"]]
    entry = state["sendgrid"]["unsubscribes"][trap["email"]]
    assert (contact["HasOptedOutOfEmail"], writer["Name"]) == (False, "Data Import")
    assert not state["marketo"]["lead"][str(trap["marketo_id"])]["unsubscribed"]
    now = datetime.fromisoformat(twin.now())
    assert now - moment(contact["LastModifiedDate"]) < timedelta(days=1)
    assert timedelta(hours=23) < now - datetime.fromtimestamp(entry["created"], UTC) < timedelta(days=2)


def test_duplicates_hold_opposite_consent(twin, traps):
    """One address, a contact that is mailable and a lead that opted out."""
    (trap,) = traps["duplicate_opposite_consent"]
    state = twin.state("salesforce")["salesforce"]
    contact, lead = state["Contact"][trap["contact"]], state["Lead"][trap["lead"]]
    assert contact["Email"] == lead["Email"]
    assert (contact["HasOptedOutOfEmail"], lead["HasOptedOutOfEmail"]) == (False, True)


def test_every_tie_holds_somebody_back(twin, traps):
    """For each veto there is one invalid person whom it alone keeps, visible in Salesforce's records."""
    assert {name.removeprefix("bounced_with_") for name in traps if name.startswith("bounced_with_")} == TIES
    state = twin.state("salesforce")["salesforce"]
    held = {tie: state["Contact"][traps[f"bounced_with_{tie}"][0]["contact"]] for tie in TIES}
    roles = {each["ContactId"] for each in state["OpportunityContactRole"].values()}
    cases = {each["ContactId"] for each in state["Case"].values()}
    quoted = {each["ContactId"] for each in state["Quote"].values()}
    signed = {each["CustomerSignedId"] for each in state["Contract"].values()}
    accounts, users = state["Account"], state["User"]
    recent = (datetime.fromisoformat(twin.now()) - timedelta(days=90)).date().isoformat()
    in_window = {
        each["ContactId"]
        for each in state["CampaignMember"].values()
        if state["Campaign"][each["CampaignId"]]["StartDate"] >= recent
    }

    def ties(contact: dict[str, Any]) -> set[str]:
        signs = {
            "opportunity_role": contact["Id"] in roles,
            "case": contact["Id"] in cases,
            "quote": contact["Id"] in quoted,
            "contract": contact["Id"] in signed,
            "customer_account": accounts[contact["AccountId"]]["Type"] in {"Customer", "Partner"},
            "campaign_window": contact["Id"] in in_window,
            "recent_activity": (contact["LastActivityDate"] or "") >= recent,
            "legal_hold": contact["Legal_Hold__c"],
            "target_account": accounts[contact["AccountId"]]["Target_Account__c"],
            "phone_in_use": contact["Phone"] is not None,
            "frozen_owner": users[contact["OwnerId"]]["Records_Frozen__c"],
            "consent_evidence": contact["Consent_Evidence__c"] is not None,
        }
        return {tie for tie, sign in signs.items() if sign}

    assert {tie: ties(contact) for tie, contact in held.items()} == {tie: {tie} for tie in TIES}
    free = state["Contact"][traps["invalid_by_two_systems"][0]["contact"]]
    assert ties(free) == set()
    target = held["target_account"]["AccountId"]
    assert [each["Id"] for each in state["Contact"].values() if each["AccountId"] == target] == [
        held["target_account"]["Id"]
    ]


def test_deliverability_traps_are_what_they_are_called(twin, traps):
    """Suspended yesterday is historic; blocked mail is filed as a bounce; full is soft; a click is recent."""
    state = twin.state()
    leads, now = state["marketo"]["lead"], datetime.fromisoformat(twin.now())

    def lead(name: str) -> dict[str, Any]:
        return leads[str(traps[name][0]["marketo_id"])]

    suspended = lead("suspended_26_hours_ago")
    assert suspended["emailSuspended"]
    assert timedelta(hours=25) < now - moment(suspended["emailSuspendedAt"]) < timedelta(hours=27)
    assert lead("wrongly_suppressed")["emailInvalid"]
    blocked = traps["blocked_filed_as_hard_bounce"][0]["email"]
    assert (
        "5.7." in state["sendgrid"]["bounces"][blocked]["reason"]
        or "571" in state["sendgrid"]["bounces"][blocked]["reason"]
    )
    assert not lead("mailbox_full")["emailInvalid"]
    assert traps["complained"][0]["email"] in state["sendgrid"]["spam_reports"]
    assert list(state["sendgrid"]["invalid_emails"]) == [traps["malformed_by_one_system"][0]["email"]]


def test_systems_spell_one_address_differently(twin, traps):
    """Case, spaces, a plus-tag and an international domain."""
    case, spaces, plus, domain = (
        traps[name][0]["addresses"]
        for name in ("address_in_other_case", "address_with_spaces", "plus_alias", "international_domain")
    )
    assert case["salesforce"].isupper()
    assert spaces["salesforce"].strip() == spaces["sendgrid"] != spaces["salesforce"]
    assert "+news@" in plus["marketo"]
    assert "@xn--" in domain["sendgrid"]
    assert domain["marketo"].split("@")[1].encode("idna").decode() == domain["sendgrid"].split("@")[1]


def test_text_is_data_whatever_it_says(twin, traps):
    """Companies with instructions in their names, and names beyond ASCII, come out as they went in."""
    state = twin.state("salesforce")["salesforce"]
    companies = [state["Lead"][each["lead"]]["Company"] for each in traps["injection_in_company"]]
    assert any("Ignore all previous" in each for each in companies)
    assert any("<!channel>" in each for each in companies)
    names = {state["Contact"][each["contact"]]["Name"] for each in traps["unicode_name"]}
    assert "さくら 山ノ辺田" in names
