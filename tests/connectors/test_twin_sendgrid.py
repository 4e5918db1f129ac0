"""The twin's SendGrid: suppression lists, the global unsubscribe, contacts and their jobs."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

V3 = "/sendgrid/v3"
GLOBAL = f"{V3}/asm/suppressions/global"
CONTACTS = f"{V3}/marketing/contacts"


@pytest.fixture
def sendgrid(own_twin: Any) -> Iterator[httpx.Client]:
    """A client with the key."""
    own_twin.clear_faults()
    own_twin.advance(1)
    headers = {"Authorization": "Bearer SG.twin"}
    with httpx.Client(base_url=own_twin.url, headers=headers, trust_env=False, verify=False) as client:
        yield client
    own_twin.clear_faults()


def some(own_twin: Any, count: int) -> list[dict[str, Any]]:
    """So many contacts."""
    return list(own_twin.state("sendgrid")["sendgrid"]["contact"].values())[:count]


def test_the_key_is_needed_and_says_what_it_may(sendgrid):
    """401 with a list of errors without it; its scopes with it."""
    assert "suppression.read" in sendgrid.get(f"{V3}/scopes").json()["scopes"]
    refused = sendgrid.get(f"{V3}/scopes", headers={"Authorization": "Bearer SG.other"})
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["field"] is None
    assert sendgrid.get(f"{V3}/nothing").status_code == 404


def test_every_answer_tells_the_rate_and_the_last_is_429(own_twin, sendgrid):
    """X-RateLimit headers count down; over the limit is 429 until the minute ends."""
    hurry = own_twin.settings()["hurry"]
    own_twin.settings(sendgrid_calls_per_minute=3, hurry=1)
    try:
        replies = [sendgrid.get(f"{V3}/scopes") for _ in range(8)]
        assert replies[0].headers["X-RateLimit-Limit"] == "3"
        assert replies[0].headers["X-RateLimit-Remaining"] in {"0", "1", "2"}
        assert int(replies[0].headers["X-RateLimit-Reset"]) > 0
        assert 429 in {each.status_code for each in replies}
    finally:
        own_twin.settings(sendgrid_calls_per_minute=600, hurry=hurry)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("bounces", {"created", "email", "reason", "status"}),
        ("blocks", {"created", "email", "reason", "status"}),
        ("invalid_emails", {"created", "email", "reason"}),
        ("spam_reports", {"created", "email", "ip"}),
        ("unsubscribes", {"created", "email"}),
    ],
)
def test_lists_are_paged_newest_first(sendgrid, own_twin, kind, fields):
    """limit and offset walk the whole list once; each entry has the documented fields."""
    whole = own_twin.state("sendgrid")["sendgrid"][kind]
    found: list[dict[str, Any]] = []
    while page := sendgrid.get(f"{V3}/suppression/{kind}", params={"limit": 7, "offset": len(found)}).json():
        found += page
    assert {each["email"] for each in found} == set(whole)
    assert len(found) == len(whole)
    assert set(found[0]) == fields
    assert [each["created"] for each in found] == sorted((each["created"] for each in found), reverse=True)
    one = sendgrid.get(f"{V3}/suppression/{kind}/{found[0]['email']}").json()
    assert one == [found[0]]
    assert sendgrid.get(f"{V3}/suppression/{kind}/nobody@one.example").json() == []


def test_a_window_of_time_can_be_asked_for(sendgrid):
    """start_time and end_time are Unix seconds, both included."""
    found = sendgrid.get(f"{V3}/suppression/bounces").json()
    middle = found[len(found) // 2]["created"]
    late = sendgrid.get(f"{V3}/suppression/bounces", params={"start_time": middle}).json()
    early = sendgrid.get(f"{V3}/suppression/bounces", params={"end_time": middle}).json()
    assert all(each["created"] >= middle for each in late)
    assert all(each["created"] <= middle for each in early)
    assert len(late) + len(early) >= len(found) + 1


@pytest.mark.parametrize("params", [{"limit": 501}, {"limit": 0}, {"offset": "x"}, {"start_time": -1}])
def test_pages_hold_five_hundred_at_most(sendgrid, params):
    """Numbers out of range are 400 and name the field."""
    refused = sendgrid.get(f"{V3}/suppression/bounces", params=params)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, next(iter(params)))


def test_bounces_are_deleted_by_address_or_all_at_once(sendgrid, own_twin):
    """`emails` removes those; `delete_all` wipes the list: one flag, everything."""
    first, second, third = list(own_twin.state("sendgrid")["sendgrid"]["bounces"])[:3]
    assert (
        sendgrid.request("DELETE", f"{V3}/suppression/bounces", json={"emails": [first, second]}).status_code
        == 204
    )
    assert sendgrid.delete(f"{V3}/suppression/bounces/{third}").status_code == 204
    left = own_twin.state("sendgrid")["sendgrid"]["bounces"]
    assert not {first, second, third} & set(left)
    assert left
    assert sendgrid.request("DELETE", f"{V3}/suppression/bounces", json={"emails": []}).status_code == 400
    assert sendgrid.request("DELETE", f"{V3}/suppression/bounces", content=b"{").status_code == 400
    assert sendgrid.request("DELETE", f"{V3}/suppression/bounces", json=[]).status_code == 400
    assert (
        sendgrid.request("DELETE", f"{V3}/suppression/bounces", json={"delete_all": True}).status_code == 204
    )
    assert own_twin.state("sendgrid")["sendgrid"]["bounces"] == {}
    assert (
        sendgrid.request(
            "DELETE", f"{V3}/suppression/unsubscribes", json={"emails": ["a@b.example"]}
        ).status_code
        == 404
    )


def test_the_global_unsubscribe_is_added_read_and_removed(sendgrid):
    """201 with the addresses, `{}` for one that is not there, removed one at a time."""
    address = "stop+me@one.example"
    made = sendgrid.post(GLOBAL, json={"recipient_emails": [address, address]})
    assert (made.status_code, made.json()) == (201, {"recipient_emails": [address, address]})
    assert sendgrid.get(f"{GLOBAL}/STOP%2Bme%40one.example").json() == {"recipient_email": address}
    assert sendgrid.get(f"{V3}/suppression/unsubscribes", params={"limit": 1}).json()[0]["email"] == address
    assert sendgrid.delete(f"{GLOBAL}/{address}").status_code == 204
    assert sendgrid.get(f"{GLOBAL}/{address}").json() == {}
    refused = sendgrid.post(GLOBAL, json={"recipient_emails": ["fine@one.example", "no address"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "recipient_emails.1")
    assert sendgrid.get(f"{GLOBAL}/fine@one.example").json() == {}


def test_contacts_are_found_by_address_and_by_id(sendgrid, own_twin):
    """Up to 100; a missing one carries an error; none at all is 404."""
    first, second = some(own_twin, 2)
    asked = [first["email"].upper(), second["email"], "nobody@one.example"]
    found = sendgrid.post(f"{CONTACTS}/search/emails", json={"emails": asked}).json()["result"]
    assert [found[each.lower()].get("contact", {}).get("id") for each in asked] == [
        first["id"],
        second["id"],
        None,
    ]
    assert found["nobody@one.example"] == {"error": "contact not found"}
    assert (
        sendgrid.post(f"{CONTACTS}/search/emails", json={"emails": ["nobody@one.example"]}).status_code == 404
    )
    assert (
        sendgrid.post(f"{CONTACTS}/search/emails", json={"emails": ["a@b.example"] * 101}).status_code == 400
    )
    assert sendgrid.post(f"{CONTACTS}/search/emails", json={"emails": ["no address"]}).status_code == 400
    batch = sendgrid.post(f"{CONTACTS}/batch", json={"ids": [first["id"], "none"]}).json()["result"]
    assert [each["id"] for each in batch] == [first["id"]]
    assert sendgrid.post(f"{CONTACTS}/batch", json={"ids": ["x"] * 101}).status_code == 400
    assert sendgrid.get(f"{CONTACTS}/{first['id']}").json()["email"] == first["email"]
    assert sendgrid.get(f"{CONTACTS}/{'0' * 36}").status_code == 404


def test_deleting_contacts_is_a_job_that_is_done_later(sendgrid, own_twin):
    """202 with a job id; pending, then completed with counts; suppressions stay."""
    people = some(own_twin, 3)
    before = sendgrid.get(f"{CONTACTS}/count").json()["contact_count"]
    suppressions = own_twin.state("sendgrid")["sendgrid"]["bounces"]
    queued = sendgrid.delete(CONTACTS, params={"ids": ",".join(each["id"] for each in people)})
    job = f"{CONTACTS}/imports/{queued.json()['job_id']}"
    assert queued.status_code == 202
    assert sendgrid.get(job).json()["status"] == "pending"
    assert sendgrid.get(f"{CONTACTS}/count").json()["contact_count"] == before
    own_twin.advance(2)
    done = sendgrid.get(job).json()
    assert (done["status"], done["results"]["deleted_count"]) == ("completed", 3)
    assert sendgrid.get(f"{CONTACTS}/count").json()["contact_count"] == before - 3
    assert own_twin.state("sendgrid")["sendgrid"]["bounces"] == suppressions
    assert sendgrid.delete(CONTACTS).status_code == 400
    assert sendgrid.delete(CONTACTS, params={"delete_all_contacts": "true"}).status_code == 400
    assert sendgrid.get(f"{CONTACTS}/imports/{'0' * 36}").status_code == 404


def test_upserting_contacts_creates_and_updates_by_address(sendgrid, own_twin):
    """Addresses are kept in lower case and are the key."""
    known = some(own_twin, 1)[0]
    rows = [
        {"email": known["email"].upper(), "city": "Utrecht"},
        {"email": "New.One@one.example", "first_name": "New"},
    ]
    job = sendgrid.put(CONTACTS, json={"contacts": rows}).json()["job_id"]
    own_twin.advance(2)
    results = sendgrid.get(f"{CONTACTS}/imports/{job}").json()["results"]
    assert (results["created_count"], results["updated_count"], results["errored_count"]) == (1, 1, 0)
    assert sendgrid.get(f"{CONTACTS}/{known['id']}").json()["city"] == "Utrecht"
    found = sendgrid.post(f"{CONTACTS}/search/emails", json={"emails": ["new.one@one.example"]}).json()[
        "result"
    ]
    assert found["new.one@one.example"]["contact"]["email"] == "new.one@one.example"
    for wrong in ({"contacts": []}, {"contacts": [{"city": "Nowhere"}]}):
        assert sendgrid.put(CONTACTS, json=wrong).status_code == 400


@pytest.mark.parametrize("kind", ["drop_row", "partial"])
def test_single_rows_of_a_job_can_be_dropped_or_refused(own_twin, sendgrid, kind):
    """A dropped row is counted as done and is not; a refused one makes the job errored."""
    one, two = some(own_twin, 2)
    own_twin.fault(system="sendgrid", match="contacts", kind=kind, rows=[0], times=2)
    deletes = sendgrid.delete(CONTACTS, params={"ids": f"{one['id']},{two['id']}"}).json()["job_id"]
    upserts = sendgrid.put(CONTACTS, json={"contacts": [{"email": "dropped@one.example"}]}).json()["job_id"]
    own_twin.advance(2)
    results = [sendgrid.get(f"{CONTACTS}/imports/{job}").json() for job in (deletes, upserts)]
    expected = "completed" if kind == "drop_row" else "errored"
    assert [each["status"] for each in results] == [expected, expected]
    left = own_twin.state("sendgrid")["sendgrid"]["contact"]
    assert one["id"] in left
    assert two["id"] not in left
    assert "dropped@one.example" not in {each["email"] for each in left.values()}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", GLOBAL, {"recipient_emails": ["a@one.example", "b@one.example"]}),
        ("DELETE", f"{V3}/suppression/bounces", {"emails": ["a@one.example"]}),
    ],
)
def test_a_refused_address_refuses_the_request(own_twin, sendgrid, method, path, body):
    """These endpoints have no answer per row: the request is refused and names the field."""
    own_twin.fault(system="sendgrid", kind="partial")
    refused = sendgrid.request(method, path, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"].split(".")[1]) == (400, "0")
    assert sendgrid.get(f"{GLOBAL}/b@one.example").json() == {}
