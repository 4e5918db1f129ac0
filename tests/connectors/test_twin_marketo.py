"""The twin's Marketo: identity, quotas, leads, activities, lists, bulk jobs."""

import csv
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

REST = "/marketo/rest/v1"
BULK = "/marketo/bulk/v1"
IDENTITY = "/marketo/identity/oauth/token"
KEYS = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}


@pytest.fixture
def marketo(own_twin: Any) -> Iterator[httpx.Client]:
    """A client with a token and fresh quota windows."""
    own_twin.clear_faults()
    own_twin.advance(1)
    with httpx.Client(base_url=own_twin.url, trust_env=False, verify=False, timeout=20) as client:
        token = client.get(IDENTITY, params=KEYS).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client
    own_twin.clear_faults()


@pytest.fixture
def some(own_twin: Any) -> Callable[[int], list[dict[str, Any]]]:
    """So many mailable leads, with addresses of their own."""

    def first(count: int) -> list[dict[str, Any]]:
        leads = own_twin.state("marketo")["marketo"]["lead"].values()
        return [each for each in leads if not each["unsubscribed"] and not each["emailInvalid"]][:count]

    return first


def read(
    marketo: httpx.Client, kind: str, values: list[Any], fields: str = "id,email"
) -> list[dict[str, Any]]:
    params = {"filterType": kind, "filterValues": ",".join(str(each) for each in values), "fields": fields}
    reply = marketo.post(f"{REST}/leads.json", params={"_method": "GET"}, data=params).json()
    assert reply["success"], reply
    return list(reply["result"])


def error(reply: httpx.Response) -> str:
    """The code of a refused request, which comes with HTTP 200."""
    document = reply.json()
    assert (reply.status_code, document["success"], "result" in document) == (200, False, False)
    return str(document["errors"][0]["code"])


def write(marketo: httpx.Client, rows: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    reply = marketo.post(f"{REST}/leads.json", json={"input": rows, **more}).json()
    assert reply["success"], reply
    return list(reply["result"])


def test_a_token_is_the_same_until_it_ends(own_twin, marketo):
    """An early call returns the same token with less time; after an hour it is 602 and there is a new one."""
    first = marketo.post(IDENTITY, data=KEYS).json()
    own_twin.advance(600)
    second = marketo.get(IDENTITY, params=KEYS).json()
    assert second["access_token"] == first["access_token"]
    assert second["expires_in"] <= first["expires_in"] - 600
    own_twin.advance(3_600)
    assert error(marketo.get(f"{REST}/leads/describe.json")) == "602"
    assert marketo.get(IDENTITY, params=KEYS).json()["access_token"] != first["access_token"]


def test_a_token_travels_in_its_header_only(marketo):
    """No header is 600, a wrong token 601, and a query parameter does not count."""
    path = f"{REST}/leads/describe.json"
    token = marketo.headers.pop("Authorization").split()[1]
    assert error(marketo.get(path, params={"access_token": token})) == "600"
    assert error(marketo.get(path, headers={"Authorization": "Bearer no"})) == "601"
    wrong = marketo.get(IDENTITY, params=KEYS | {"client_secret": "no"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_a_hundred_calls_in_twenty_seconds_then_606(own_twin, marketo):
    """The hundred-and-first is refused, and time (the twin's, too) lets it through."""
    path, hurry = f"{REST}/leads/describe.json", own_twin.settings()["hurry"]
    own_twin.settings(hurry=0.1)  # a busy machine does not make a hundred calls in twenty seconds
    try:
        assert all(marketo.get(path).json()["success"] for _ in range(100))
        assert error(marketo.get(path)) == "606"
        own_twin.advance(200)
        assert marketo.get(path).json()["success"]
    finally:
        own_twin.settings(hurry=hurry)


def test_the_day_ends_at_607_and_begins_at_midnight_central(own_twin, marketo):
    """The daily quota stops everything until the next day; usage and errors are reported."""
    usage = marketo.get(f"{REST}/stats/usage.json").json()["result"][0]
    own_twin.settings(marketo_daily_calls=usage["total"])
    try:
        assert error(marketo.get(f"{REST}/stats/usage.json")) == "607"
        own_twin.settings(marketo_daily_calls=50_000)
        counted = marketo.get(f"{REST}/stats/errors.json").json()["result"][0]
        assert "607" in {each["errorCode"] for each in counted["errors"]}
        own_twin.advance(86_400)
        token = marketo.get(IDENTITY, params=KEYS).json()["access_token"]
        marketo.headers["Authorization"] = f"Bearer {token}"
        assert marketo.get(f"{REST}/stats/usage.json").json()["result"][0]["total"] == 1
    finally:
        own_twin.settings(marketo_daily_calls=50_000)


def test_ten_at_once_are_served_and_more_are_615(own_twin, marketo):
    """Concurrency counts requests in progress."""
    emails = [f"many.{number}@one.example" for number in range(300)]
    rows = [{"email": each, "firstName": "Many"} for each in emails]
    with ThreadPoolExecutor(24) as pool:
        replies = list(
            pool.map(lambda _: marketo.post(f"{REST}/leads.json", json={"input": rows}).json(), range(24))
        )
    codes = {each["errors"][0]["code"] for each in replies if not each["success"]}
    assert codes == {"615"}
    assert sum(each["success"] for each in replies) >= 10


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"filterType": "email", "filterValues": ",".join(["a@b.example"] * 301)}, "1003"),
        ({"filterType": "email"}, "1003"),
        ({"filterType": "phone", "filterValues": "1"}, "1003"),
        ({"filterType": "email", "filterValues": "a@b.example", "fields": "nothing"}, "1006"),
        ({"filterType": "email", "filterValues": "a@b.example", "batchSize": "301"}, "1003"),
        ({"filterType": "email", "filterValues": "a@b.example", "batchSize": "x"}, "1003"),
        ({"filterType": "email", "filterValues": "a@b.example", "nextPageToken": "x"}, "1003"),
        ({"filterType": "leadStatus", "filterValues": "Open"}, "1003"),
    ],
)
def test_a_read_that_asks_wrongly_is_refused_by_code(marketo, params, code):
    """300 values, known filters and fields, pages of 300, and no more than 1,000 matches."""
    assert error(marketo.post(f"{REST}/leads.json", params={"_method": "GET"}, data=params)) == code


def test_a_uri_holds_eight_kilobytes(marketo):
    """Longer ones are 414; the way round is a form with _method=GET."""
    params = {"filterType": "email", "filterValues": ",".join(["someone.there@one.example"] * 300)}
    assert marketo.get(f"{REST}/leads.json", params=params).status_code == 414
    assert read(marketo, "email", ["someone.there@one.example"] * 300) == []


def test_leads_are_found_by_filter_and_paged(marketo, some):
    """By address without case, in pages with a token, with the default fields or those asked for."""
    leads = some(5)
    found = read(marketo, "email", [each["email"].upper() for each in leads], "email,unsubscribed")
    assert [each["id"] for each in found] == [each["id"] for each in leads]
    assert set(found[0]) == {"id", "email", "unsubscribed"}
    params = {
        "filterType": "id",
        "filterValues": ",".join(str(each["id"]) for each in leads),
        "batchSize": "2",
    }
    pages, token = [], ""
    while True:
        page = marketo.get(
            f"{REST}/leads.json", params=params | ({"nextPageToken": token} if token else {})
        ).json()
        pages.append([each["id"] for each in page["result"]])
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert [len(each) for each in pages] == [2, 2, 1]
    one = marketo.get(f"{REST}/lead/{leads[0]['id']}.json").json()["result"][0]
    assert set(one) == {"id", "firstName", "lastName", "email", "updatedAt", "createdAt"}
    assert error(marketo.get(f"{REST}/lead/5.json")) == "1004"


def test_describe_says_what_cannot_be_written(marketo):
    """emailSuspended is read-only; emailInvalid and unsubscribed are not."""
    fields = {
        each["rest"]["name"]: each for each in marketo.get(f"{REST}/leads/describe.json").json()["result"]
    }
    assert fields["emailSuspended"]["rest"]["readOnly"]
    assert not fields["emailInvalid"]["rest"]["readOnly"]
    assert fields["unsubscribed"]["dataType"] == "boolean"
    second = marketo.get(f"{REST}/leads/describe2.json").json()["result"][0]
    assert ["email"] in second["searchableFields"]


def test_each_action_does_what_it_says(marketo, some):
    """createOnly, updateOnly, createOrUpdate and createDuplicate, with each record's status and reasons."""
    known = some(1)[0]["email"]
    fresh = {"email": "fresh.one@one.example", "firstName": "Fresh"}
    results = write(marketo, [{"email": known}, fresh], action="createOnly")
    assert (results[0]["status"], results[0]["reasons"][0]["code"]) == ("skipped", "1005")
    assert results[1]["status"] == "created"
    results = write(
        marketo, [{"email": known, "title": "New"}, {"email": "no@one.example"}], action="updateOnly"
    )
    assert (results[0]["status"], results[1]["reasons"][0]["code"]) == ("updated", "1004")
    assert read(marketo, "email", [known], "title")[0]["title"] == "New"
    twin = write(marketo, [fresh], action="createDuplicate")[0]
    assert twin["status"] == "created"
    assert len(read(marketo, "email", [fresh["email"]])) == 2
    assert write(marketo, [fresh])[0]["reasons"][0]["code"] == "1007"
    by_id = write(
        marketo, [{"id": twin["id"], "lastName": "Twin"}, {"id": 5}], lookupField="id", action="updateOnly"
    )
    assert [each["status"] for each in by_id] == ["updated", "skipped"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"email": "a@one.example", "nothing": 1}, "1006"),
        ({"email": "a@one.example", "emailSuspended": False}, "1011"),
        ({"email": "a@one.example", "unsubscribed": "perhaps"}, "1001"),
        ({"email": "a@one.example", "leadScore": "many"}, "1001"),
        ({"email": "no address"}, "1001"),
        ({"firstName": "Nobody"}, "1002"),
    ],
)
def test_a_record_that_cannot_be_written_is_skipped_with_a_reason(marketo, row, code):
    """One record's trouble is its own."""
    refused, done = write(marketo, [row, {"email": "fine.one@one.example"}])
    assert (refused["status"], refused["reasons"][0]["code"], done["status"]) == ("skipped", code, "created")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"input": [{"email": "a@b.example"}] * 301}, "1003"),
        ({"input": []}, "1003"),
        ({"input": [{"email": "a@b.example"}], "action": "merge"}, "1003"),
        ({"input": [{"email": "a@b.example"}], "lookupField": "shoe"}, "1006"),
        ([], "609"),
    ],
)
def test_a_sync_that_asks_wrongly_is_refused(marketo, body, code):
    """300 records, known actions, known lookup fields, JSON objects."""
    assert error(marketo.post(f"{REST}/leads.json", json=body)) == code
    assert error(marketo.post(f"{REST}/leads.json", content=b"{")) == "609"


def test_an_opt_out_holds_for_all_of_an_address_and_outlives_the_lead(marketo, own_twin):
    """The durable table restores it when the address returns; clearing it rewrites the table."""
    row = {"email": "durable@one.example"}
    first, second = write(marketo, [row, row], action="createDuplicate")
    write(marketo, [{"id": first["id"], "unsubscribed": True}], lookupField="id", action="updateOnly")
    assert [each["unsubscribed"] for each in read(marketo, "email", [row["email"]], "unsubscribed")] == [
        True,
        True,
    ]
    doomed = {"input": [{"id": each["id"]} for each in (first, second)]}
    assert [
        each["status"] for each in marketo.post(f"{REST}/leads/delete.json", json=doomed).json()["result"]
    ] == ["deleted"] * 2
    back = write(marketo, [row])[0]
    assert read(marketo, "id", [back["id"]], "unsubscribed")[0]["unsubscribed"]
    assert back["id"] > second["id"]
    write(marketo, [row | {"unsubscribed": False}])
    assert row["email"] not in own_twin.state("marketo")["marketo"]["durable_unsubscribe"]


def test_deletes_answer_for_each_lead_and_are_listed(marketo, some):
    """Deleted, not found, and no number; deletedleads names them since a token."""
    leads = some(2)
    since = {"sinceDatetime": datetime.now(UTC).isoformat(timespec="seconds")}
    token = marketo.get(f"{REST}/activities/pagingtoken.json", params=since).json()["nextPageToken"]
    body = {"input": [{"id": leads[0]["id"]}, {"id": 5}, {"id": "x"}, {"id": leads[1]["id"]}]}
    results = marketo.post(f"{REST}/leads/delete.json", json=body).json()["result"]
    assert [each["status"] for each in results] == ["deleted", "skipped", "skipped", "deleted"]
    assert [each["reasons"][0]["code"] for each in results[1:3]] == ["1004", "1001"]
    deleted = marketo.get(f"{REST}/activities/deletedleads.json", params={"nextPageToken": token}).json()
    assert {each["leadId"] for each in deleted["result"]} == {each["id"] for each in leads}
    assert deleted["moreResult"] is False
    over = {"input": [{"id": number} for number in range(301)]}
    assert error(marketo.post(f"{REST}/leads/delete.json", json=over)) == "1003"


@pytest.mark.parametrize("kind", ["drop_row", "partial"])
@pytest.mark.parametrize("what", ["update", "create", "delete"])
def test_single_records_can_be_dropped_or_refused(own_twin, marketo, some, kind, what):
    """A dropped record reports success and stays; a refused one is skipped with 1008."""
    email, lead = some(1)[0]["email"], some(1)[0]["id"]
    own_twin.fault(system="marketo", match="POST .*leads", kind=kind)
    if what == "delete":
        result = marketo.post(f"{REST}/leads/delete.json", json={"input": [{"id": lead}]}).json()["result"][0]
    else:
        address = email if what == "update" else "dropped@one.example"
        result = write(marketo, [{"email": address, "title": "Dropped"}])[0]
    done = {"update": "updated", "create": "created", "delete": "deleted"}[what]
    assert result["status"] == (done if kind == "drop_row" else "skipped")
    left = own_twin.state("marketo")["marketo"]["lead"].values()
    assert any(each["id"] == lead for each in left)
    assert not any(each["title"] == "Dropped" for each in left)


@pytest.mark.parametrize(("kind", "code"), [("429", "606"), ("401", "602"), ("500", "611")])
def test_failures_come_as_success_false(own_twin, marketo, kind, code):
    """HTTP 200 with the vendor's code, except at identity, which fails by status."""
    own_twin.fault(system="marketo", match="describe", kind=kind)
    assert error(marketo.get(f"{REST}/leads/describe.json")) == code
    own_twin.fault(system="marketo", match="identity", kind=kind)
    assert marketo.get(IDENTITY, params=KEYS).status_code == int(kind)


def test_a_gateway_answers_with_html(own_twin, marketo):
    """502 is not in the vendor's envelope."""
    own_twin.fault(system="marketo", kind="502")
    reply = marketo.get(f"{REST}/leads/describe.json")
    assert (reply.status_code, reply.headers["content-type"].split(";")[0]) == (502, "text/html")


def pages(marketo: httpx.Client, path: str, **params: str) -> list[dict[str, Any]]:
    """All pages of an activity endpoint since 2015."""
    since = {"sinceDatetime": "2015-01-01T00:00:00Z"}
    token = marketo.get(f"{REST}/activities/pagingtoken.json", params=since).json()["nextPageToken"]
    found: list[dict[str, Any]] = []
    while True:
        page = marketo.get(f"{REST}/activities/{path}", params={**params, "nextPageToken": token}).json()
        assert page["success"], page
        found += page["result"]
        token = page["nextPageToken"]
        if not page["moreResult"]:
            return found


def test_activities_come_oldest_first_in_pages_of_three_hundred(marketo, own_twin):
    """Deliveries of everybody, each with its mailing; ten types at most; types are listed."""
    found = pages(marketo, "../activities.json", activityTypeIds="7")
    assert len(found) > 300
    assert [each["activityDate"] for each in found] == sorted(each["activityDate"] for each in found)
    assert len({each["id"] for each in found}) == len(found)
    assert {"id", "marketoGUID", "leadId", "activityTypeId", "primaryAttributeValue", "attributes"} <= set(
        found[0]
    )
    listed = {
        each["id"]: each["name"] for each in marketo.get(f"{REST}/activities/types.json").json()["result"]
    }
    assert (listed[7], listed[8], listed[27]) == ("Email Delivered", "Email Bounced", "Email Bounced Soft")
    trap = own_twin.traps()["mailbox_full"][0]["marketo_id"]
    soft = pages(marketo, "../activities.json", activityTypeIds="8,27", leadIds=str(trap))
    assert [each["activityTypeId"] for each in soft] == [27, 27, 27]
    values = {each["name"]: each["value"] for each in soft[0]["attributes"]}
    assert (values["Category"], values["Details"][:3] in {"452", "552"}) == ("3", True)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"activityTypeIds": ""}, "1002"),
        ({"activityTypeIds": "1,2,3,4,5,6,7,8,9,10,11"}, "1003"),
        ({"activityTypeIds": "x"}, "1003"),
        ({"activityTypeIds": "7", "leadIds": ",".join(["1"] * 31)}, "1003"),
        ({"activityTypeIds": "7", "nextPageToken": "!"}, "1003"),
    ],
)
def test_activities_asked_wrongly_are_refused(marketo, params, code):
    """Types are needed, ten at most; thirty leads; a token that was issued."""
    since = {"sinceDatetime": "2026-01-01T00:00:00Z"}
    token = marketo.get(f"{REST}/activities/pagingtoken.json", params=since).json()["nextPageToken"]
    assert error(marketo.get(f"{REST}/activities.json", params={"nextPageToken": token, **params})) == code
    assert error(marketo.get(f"{REST}/activities/pagingtoken.json")) == "1001"


def test_changed_values_name_their_source(marketo, own_twin):
    """The resurrected opt-out shows who cleared it; our own changes are there as well."""
    trap = own_twin.traps()["resurrected_opt_out"][0]
    write(marketo, [{"email": trap["addresses"]["marketo"], "title": "Seen"}])
    found = pages(marketo, "leadchanges.json", fields="unsubscribed,title", leadIds=str(trap["marketo_id"]))
    names = [(each["fields"][0]["name"], each["fields"][0]["newValue"]) for each in found]
    assert names == [("unsubscribed", "false"), ("title", "Seen")]
    assert {"name": "Source", "value": "SFDC sync"} in found[0]["attributes"]


def test_lists_hold_leads(marketo, some):
    """Lists by name, members in pages, adding, removing and asking; each lead with its status."""
    (target,) = marketo.get(f"{REST}/lists.json", params={"name": "Do Not Nurture"}).json()["result"]
    base = f"{REST}/lists/{target['id']}"
    members, token = set(), ""
    while True:
        params = {"batchSize": "50", **({"nextPageToken": token} if token else {})}
        page = marketo.get(f"{base}/leads.json", params=params).json()
        members |= {each["id"] for each in page["result"]}
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert len(members) > 50
    other = next(each["id"] for each in some(200) if each["id"] not in members)
    added = marketo.post(f"{base}/leads.json", json={"input": [{"id": other}, {"id": 5}]}).json()["result"]
    assert [each["status"] for each in added] == ["added", "skipped"]
    asked = marketo.get(f"{base}/leads/ismember.json", params={"id": f"{other},5"}).json()["result"]
    assert [each["status"] for each in asked] == ["memberof", "skipped"]
    mine = marketo.get(f"{REST}/leads/{other}/listMembership.json").json()["result"]
    assert target["id"] in {each["listId"] for each in mine}
    removed = marketo.delete(f"{base}/leads.json", params={"id": f"{other},{other},5"}).json()["result"]
    assert [each["status"] for each in removed] == ["removed", "skipped", "skipped"]
    assert [each["reasons"][0]["code"] for each in removed[1:]] == ["1015", "1004"]
    both = marketo.request(
        "DELETE", f"{base}/leads.json", params={"id": [other, 5]}, json={"input": [{"id": 5}]}
    )
    assert [each["id"] for each in both.json()["result"]] == [other, 5]


def test_lists_asked_wrongly_are_refused(marketo):
    """A list that is not there, and more than 300 leads."""
    everyone = {each["name"]: each["id"] for each in marketo.get(f"{REST}/lists.json").json()["result"]}
    assert error(marketo.get(f"{REST}/lists/5/leads.json")) == "1013"
    path = f"{REST}/lists/{everyone['All People']}/leads.json"
    assert error(marketo.post(path, json={"input": [{"id": 1}] * 301})) == "1003"


def export(marketo: httpx.Client, kind: str, spec: dict[str, Any]) -> list[dict[str, str]]:
    """One export from creation to file."""
    base = f"{BULK}/{kind}/export"
    job = marketo.post(f"{base}/create.json", json={"format": "CSV", **spec}).json()["result"][0]["exportId"]
    assert marketo.get(f"{base}/{job}/status.json").json()["result"][0]["status"] == "Created"
    assert error(marketo.get(f"{base}/{job}/file.json")) == "1029"
    assert marketo.post(f"{base}/{job}/enqueue.json").json()["result"][0]["status"] == "Queued"
    done = marketo.get(f"{base}/{job}/status.json").json()["result"][0]
    found = list(csv.DictReader(io.StringIO(marketo.get(f"{base}/{job}/file.json").text)))
    assert (done["status"], done["numberOfRecords"]) == ("Completed", len(found))
    return found


def test_everybody_is_exported_by_a_static_list(marketo, own_twin):
    """The export of the list of all people has every lead, null as a word."""
    found = export(
        marketo,
        "leads",
        {"fields": ["id", "email", "phone", "unsubscribed"], "filter": {"staticListId": 1000}},
    )
    leads = own_twin.state("marketo")["marketo"]["lead"]
    assert {each["id"] for each in found} == set(leads)
    assert "null" in {each["phone"] for each in found}
    assert {each["unsubscribed"] for each in found} == {"true", "false"}


def test_activities_are_exported_by_month(marketo):
    """At most 31 days of creation; attributes are JSON."""
    now = datetime.now(UTC)
    window = {"startAt": (now - timedelta(days=30)).isoformat(), "endAt": now.isoformat()}
    found = export(marketo, "activities", {"filter": {"createdAt": window, "activityTypeIds": [7]}})
    assert {each["activityTypeId"] for each in found} == {"7"}
    assert all(each["activityDate"] >= window["startAt"][:10] for each in found)


@pytest.mark.parametrize(
    ("filter_", "code"),
    [
        ({"updatedAt": {"startAt": "2026-01-01", "endAt": "2026-01-02"}}, "1035"),
        ({"smartListId": 5}, "1035"),
        ({}, "1003"),
        ({"createdAt": {"startAt": "2026-01-01", "endAt": "2026-03-01"}}, "1003"),
        ({"createdAt": {"startAt": "never", "endAt": "2026-03-01"}}, "1001"),
    ],
)
def test_exports_asked_wrongly_are_refused(marketo, filter_, code):
    """One filter, of a kind that is on, of at most 31 days; known fields; CSV."""
    base = f"{BULK}/leads/export/create.json"
    assert error(marketo.post(base, json={"format": "CSV", "fields": ["id"], "filter": filter_})) == code
    good = {"staticListId": 1000}
    assert error(marketo.post(base, json={"format": "CSV", "fields": ["nothing"], "filter": good})) == "1006"
    assert error(marketo.post(base, json={"format": "TSV", "fields": ["id"], "filter": good})) == "1003"


def test_ten_exports_wait_and_the_next_is_1029(marketo):
    """The queue holds ten; a cancelled one makes room; another's id is not found."""
    base = f"{BULK}/leads/export"
    spec = {"format": "CSV", "fields": ["id"], "filter": {"staticListId": 1000}}
    jobs = [marketo.post(f"{base}/create.json", json=spec).json()["result"][0]["exportId"] for _ in range(11)]
    codes = [marketo.post(f"{base}/{job}/enqueue.json").json()["success"] for job in jobs]
    assert codes == [True] * 10 + [False]
    assert error(marketo.post(f"{base}/{jobs[0]}/enqueue.json")) == "1029"
    assert marketo.post(f"{base}/{jobs[0]}/cancel.json").json()["result"][0]["status"] == "Cancelled"
    assert marketo.post(f"{base}/{jobs[10]}/enqueue.json").json()["success"]
    assert error(marketo.get(f"{BULK}/activities/export/{jobs[1]}/status.json")) == "1013"


def test_an_import_tells_its_failures(marketo):
    """Counts in the status, refused rows with reasons in a file."""
    file = {
        "file": ("leads.csv", b"email,unsubscribed\nimported@one.example,true\nno address,true\n", "text/csv")
    }
    params = {"format": "csv", "lookupField": "email"}
    batch = marketo.post(f"{BULK}/leads.json", params=params, files=file).json()["result"][0]["batchId"]
    status = marketo.get(f"{BULK}/leads/batch/{batch}.json").json()["result"][0]
    assert (status["status"], status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == ("Complete", 1, 1)
    failures = marketo.get(f"{BULK}/leads/batch/{batch}/failures.json").text
    assert "no address" in failures
    assert read(marketo, "email", ["imported@one.example"], "unsubscribed")[0]["unsubscribed"]
    assert error(marketo.post(f"{BULK}/leads.json", params=params)) == "1003"


def test_a_path_that_is_not_there_is_610(marketo):
    """Unknown resources are refused in the envelope."""
    assert error(marketo.get(f"{REST}/nothing.json")) == "610"
