"""The twin's programs, merges and extracts at Marketo; groups, lists and exports at SendGrid."""

import csv
import gzip
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

KEYS = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}
REST = "/marketo/rest/v1"
ASSET = "/marketo/rest/asset/v1"
EXPORT = "/marketo/bulk/v1/leads/export"
V3 = "/sendgrid/v3"
PROGRAM = 3_001


@pytest.fixture
def http(own_twin: Any) -> Iterator[httpx.Client]:
    """A client of the twin, which is put back afterwards."""
    own_twin.clear_faults()
    own_twin.advance(30)
    with httpx.Client(base_url=own_twin.url, trust_env=False, verify=False, timeout=20) as client:
        yield client
    own_twin.clear_faults()
    own_twin.settings(marketo_export_seconds=0, marketo_exports_fail=0)


@pytest.fixture
def marketo(http: httpx.Client) -> httpx.Client:
    """With Marketo's token."""
    token = http.get("/marketo/identity/oauth/token", params=KEYS).json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"
    return http


@pytest.fixture
def sendgrid(http: httpx.Client) -> httpx.Client:
    """With SendGrid's key."""
    http.headers["Authorization"] = "Bearer SG.twin"
    return http


def code(reply: httpx.Response) -> str:
    """The code of a request that Marketo refused."""
    return str(reply.json()["errors"][0]["code"])


def test_programs_and_channels_come_in_pages(marketo):
    """Assets by maxReturn and offset; past the end a warning stands for the result."""
    found = marketo.get(f"{ASSET}/programs.json", params={"maxReturn": 2}).json()["result"]
    assert [each["id"] for each in found] == [PROGRAM, PROGRAM + 1]
    past = marketo.get(f"{ASSET}/programs.json", params={"offset": 9}).json()
    assert past["warnings"]
    assert "result" not in past
    channels = marketo.get(f"{ASSET}/channels.json").json()["result"]
    assert [each["name"] for each in channels[0]["progressionStatuses"]][:2] == ["Invited", "Registered"]
    assert code(marketo.get(f"{ASSET}/smartLists.json", params={"maxReturn": 201})) == "1003"


def test_members_of_programs_are_given_moved_and_taken(own_twin, marketo):
    """By status of the channel; unknown leads, statuses and programs are refused."""
    lead = next(iter(own_twin.state("marketo")["marketo"]["lead"].values()))["id"]
    base = f"{REST}/programs/{PROGRAM}/members"
    body = {"statusName": "Invited", "input": [{"leadId": lead}, {"leadId": 5}]}
    given = marketo.post(f"{base}/status.json", json=body).json()["result"]
    assert given[0]["status"] in {"created", "updated"}
    assert given[1]["reasons"][0]["code"] == "1004"
    moved = marketo.post(f"{base}/status.json", json={"statusName": "Attended", "input": [{"leadId": lead}]})
    assert moved.json()["result"][0]["status"] == "updated"
    asked = {"filterType": "leadId", "filterValues": f"{lead},5", "fields": "statusName"}
    held = marketo.get(f"{base}.json", params=asked).json()["result"]
    assert [(each["leadId"], each["statusName"]) for each in held] == [(lead, "Attended")]
    people = marketo.get(f"{REST}/leads/programs/{PROGRAM}.json", params={"batchSize": 5}).json()
    assert all(each["membership"]["progressionStatus"] for each in people["result"])
    assert people["nextPageToken"]
    taken = marketo.post(f"{base}/delete.json", json={"input": [{"leadId": lead}, {"leadId": lead}]})
    assert [each["status"] for each in taken.json()["result"]] == ["deleted", "skipped"]
    assert code(marketo.post(f"{base}/status.json", json={**body, "statusName": "Dancing"})) == "1003"
    assert code(marketo.get(f"{base}.json", params={"filterType": "statusName"})) == "1003"
    assert code(marketo.get(f"{REST}/leads/programs/9.json")) == "1013"


def test_merges_asked_wrongly_are_refused(own_twin, marketo):
    """Three losers at most, all of them there, none of them the winner; a fault refuses or drops one."""
    first, second = (each["id"] for each in list(own_twin.state("marketo")["marketo"]["lead"].values())[:2])
    path = f"{REST}/leads/{first}/merge.json"
    for wrong in ("", "1,2,3,4", str(first), "x"):
        assert code(marketo.post(path, params={"leadIds": wrong})) == "1003"
    assert code(marketo.post(path, params={"leadIds": "5"})) == "1004"
    for kind in ("partial", "drop_row"):
        own_twin.fault(system="marketo", match="merge", kind=kind)
        done = marketo.post(path, params={"leadIds": second}).json()["success"]
        assert done == (kind == "drop_row")
        own_twin.clear_faults()
    assert str(second) in own_twin.state("marketo")["marketo"]["lead"]


def test_extracts_run_two_at_a_time_and_are_fetched_by_parts(own_twin, marketo):
    """Queued, processing, completed by the clock; a part of the file by its range; some end as failed."""
    own_twin.settings(marketo_export_seconds=60)
    spec = {"format": "CSV", "fields": ["id"], "filter": {"staticListId": 1000}}
    jobs = [
        marketo.post(f"{EXPORT}/create.json", json=spec).json()["result"][0]["exportId"] for _ in range(3)
    ]
    for job in jobs:
        marketo.post(f"{EXPORT}/{job}/enqueue.json")

    def states() -> list[str]:
        return [marketo.get(f"{EXPORT}/{job}/status.json").json()["result"][0]["status"] for job in jobs]

    assert states() == ["Processing", "Processing", "Queued"]
    own_twin.advance(61)
    own_twin.settings(marketo_exports_fail=1)
    assert sorted(states()) == ["Completed", "Failed", "Processing"]
    done = jobs[states().index("Completed")]
    whole = marketo.get(f"{EXPORT}/{done}/file.json")
    part = marketo.get(f"{EXPORT}/{done}/file.json", headers={"Range": "bytes=3-9"})
    assert (whole.status_code, part.status_code) == (200, 206)
    assert part.content == whole.content[3:10]
    assert part.headers["content-range"] == f"bytes 3-9/{len(whole.content)}"


def test_any_code_of_marketos_can_be_a_fault(own_twin, marketo):
    """A request can be told to be refused with a code; other systems know no such kinds."""
    for number in ("607", "615", "1003", "1029", "608"):
        own_twin.fault(system="marketo", match="describe", kind=number)
        assert code(marketo.get(f"{REST}/leads/describe.json")) == number
        own_twin.clear_faults()
    with pytest.raises(ValueError, match="kind must be"):
        own_twin.fault(system="sendgrid", kind="607")


def test_groups_are_left_and_joined_again(sendgrid, own_twin):
    """An address leaves a group, shows in all three readings, and comes back; unknown groups are 404."""
    email, base = "leaves@one.example", f"{V3}/asm/groups/20002/suppressions"
    assert [each["name"] for each in sendgrid.get(f"{V3}/asm/groups").json()][:2] == [
        "Newsletter",
        "Product news",
    ]
    assert sendgrid.post(base, json={"recipient_emails": [email]}).status_code == 201
    assert email in sendgrid.get(base).json()
    listed = sendgrid.get(f"{V3}/asm/suppressions").json()
    assert (listed[0]["email"], listed[0]["group_name"]) == (email, "Product news")
    mine = sendgrid.get(f"{V3}/asm/suppressions/{email}").json()["suppressions"]
    assert [each["suppressed"] for each in mine] == [False, True, False]
    assert sendgrid.delete(f"{base}/{email}").status_code == 204
    assert email not in sendgrid.get(base).json()
    assert sendgrid.get(f"{V3}/asm/groups/9/suppressions").status_code == 404
    own_twin.fault(system="sendgrid", match="POST /v3/asm/groups", kind="partial")
    assert sendgrid.post(base, json={"recipient_emails": [email]}).status_code == 400


def test_exports_are_files_behind_links_without_a_key(sendgrid, own_twin):
    """Pending, then ready; the file needs no key; of a list only its members; wrong orders are refused."""
    listed = sendgrid.get(f"{V3}/marketing/lists").json()["result"][0]
    path = f"{V3}/marketing/contacts/exports"
    job = sendgrid.post(path, json={"list_ids": [listed["id"]], "file_type": "csv"}).json()["id"]
    assert sendgrid.get(f"{path}/{job}").json()["status"] == "pending"
    own_twin.advance(5)
    ready = sendgrid.get(f"{path}/{job}").json()
    assert (ready["status"], ready["contact_count"]) == ("ready", listed["contact_count"])
    packed = sendgrid.get(ready["urls"][0], headers={"Authorization": ""})
    found = list(csv.DictReader(io.StringIO(gzip.decompress(packed.content).decode())))
    assert len(found) == listed["contact_count"]
    assert {"CONTACT_ID", "EMAIL"} <= set(found[0])
    missing = job.replace(job[0], "0" if job[0] != "0" else "1", 1)
    assert sendgrid.get(f"{path}/{missing}").status_code == 404
    assert sendgrid.get(ready["urls"][0].replace(job, missing)).status_code == 404
    assert sendgrid.post(path, json={"file_type": "json"}).status_code == 400
    assert sendgrid.post(path, json={"list_ids": [missing]}).status_code == 404


def test_lists_asked_wrongly_are_refused(sendgrid):
    """No contacts named, a list that is not there, a contact put on such a list."""
    listed = sendgrid.get(f"{V3}/marketing/lists").json()["result"][0]["id"]
    assert sendgrid.delete(f"{V3}/marketing/lists/{listed}/contacts").status_code == 400
    nowhere = f"{V3}/marketing/lists/{'0' * 36}/contacts"
    assert sendgrid.delete(nowhere, params={"contact_ids": "x"}).status_code == 404
    put = {"list_ids": ["0"], "contacts": [{"email": "a@b.example"}]}
    assert sendgrid.put(f"{V3}/marketing/contacts", json=put).status_code == 400


def test_a_group_is_made_with_a_name_of_its_own(sendgrid):
    """A name of at most 30 characters and a description of at most 100; nobody has left it yet."""
    made = sendgrid.post(f"{V3}/asm/groups", json={"name": "Courses", "description": "What can be learned"})
    assert (made.status_code, made.json()["is_default"]) == (201, False)
    last = sendgrid.get(f"{V3}/asm/groups").json()[-1]
    assert last == {**made.json(), "unsubscribes": 0}
    for wrong, field in (
        ({"name": "Courses", "description": "again"}, "name"),
        ({"name": "x" * 31, "description": "too long"}, "name"),
        ({"name": "Silent"}, "description"),
    ):
        refused = sendgrid.post(f"{V3}/asm/groups", json=wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
