"""The twin's Bulk API 2.0 and its SOAP undelete."""

import csv
import io
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tools.twin.salesforce import ids

DATA = "/salesforce/services/data/v62.0"
INGEST = f"{DATA}/jobs/ingest"
QUERY = f"{DATA}/jobs/query"
KEYS = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}


@pytest.fixture
def salesforce(own_twin: Any) -> Iterator[httpx.Client]:
    """A client with a session."""
    own_twin.clear_faults()
    with httpx.Client(base_url=own_twin.url, trust_env=False, verify=False, timeout=20) as client:
        session = client.post("/salesforce/services/oauth2/token", data=KEYS).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {session}"
        yield client
    own_twin.clear_faults()
    own_twin.settings(salesforce_bulk_seconds=0)


def ask(salesforce: httpx.Client, text: str) -> list[dict[str, Any]]:
    return salesforce.get(f"{DATA}/query", params={"q": text}).json()["records"]


def free(salesforce: httpx.Client, count: int) -> list[str]:
    """Contacts no case holds."""
    text = f"SELECT Id FROM Contact WHERE Id NOT IN (SELECT ContactId FROM Case) ORDER BY Id LIMIT {count}"
    return [each["Id"] for each in ask(salesforce, text)]


def lines(reply: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reply.text)))


def ingest(salesforce: httpx.Client, operation: str, data: str, name: str = "Contact") -> str:
    """A job created, filled and closed."""
    spec = {"object": name, "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
    job = salesforce.post(INGEST, json=spec).json()
    assert job["state"] == "Open"
    uploaded = salesforce.put(f"/salesforce/{job['contentUrl']}", content=data.encode())
    assert uploaded.status_code == 201
    closed = salesforce.patch(f"{INGEST}/{job['id']}", json={"state": "UploadComplete"}).json()
    assert closed["state"] == "UploadComplete"
    return str(job["id"])


def test_a_delete_takes_five_calls_and_tells_each_row(salesforce, own_twin):
    """Create, upload, close, poll, failed rows; the ids that were refused are named with their reason."""
    wanted = free(salesforce, 300)
    own_twin.clear_log()
    job = ingest(salesforce, "delete", "Id\n" + "\n".join([*wanted, wanted[0], "nonsense"]) + "\n")
    done = salesforce.get(f"{INGEST}/{job}").json()
    failed = lines(salesforce.get(f"{INGEST}/{job}/failedResults"))
    assert len(own_twin.log("salesforce")) == 5
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (
        "JobComplete",
        302,
        2,
    )
    assert [each["sf__Error"].split(":")[0] for each in failed] == ["ENTITY_IS_DELETED", "MALFORMED_ID"]
    good = lines(salesforce.get(f"{INGEST}/{job}/successfulResults"))
    assert [each["sf__Id"] for each in good] == wanted
    assert lines(salesforce.get(f"{INGEST}/{job}/unprocessedrecords")) == []
    assert salesforce.delete(f"{INGEST}/{job}").status_code == 204
    assert salesforce.get(f"{INGEST}/{job}").status_code == 404


def test_an_empty_cell_is_left_alone_and_na_clears(salesforce):
    """`#N/A` sets null; an empty cell changes nothing; booleans come as words."""
    one = ask(salesforce, "SELECT Id, Title FROM Contact WHERE Phone != null LIMIT 1")[0]
    ingest(salesforce, "update", f"Id,Phone,Title,HasOptedOutOfEmail\n{one['Id']},#N/A,,true\n")
    after = ask(salesforce, f"SELECT Phone, Title, HasOptedOutOfEmail FROM Contact WHERE Id = '{one['Id']}'")[
        0
    ]
    assert (after["Phone"], after["Title"], after["HasOptedOutOfEmail"]) == (None, one["Title"], True)


def test_an_insert_returns_new_ids(salesforce):
    """sf__Created is true and the id is the new one."""
    job = ingest(salesforce, "insert", "LastName,Email\nBulk,bulk.one@one.example\n")
    made = lines(salesforce.get(f"{INGEST}/{job}/successfulResults"))[0]
    assert made["sf__Created"] == "true"
    found = ask(salesforce, f"SELECT Email FROM Contact WHERE Id = '{made['sf__Id']}'")
    assert [each["Email"] for each in found] == ["bulk.one@one.example"]


def test_a_hard_delete_skips_the_bin(salesforce):
    """queryAll does not see what was deleted for good."""
    (one,) = free(salesforce, 1)
    ingest(salesforce, "hardDelete", f"Id\n{one}\n")
    text = f"SELECT Id FROM Contact WHERE Id = '{one}'"
    assert salesforce.get(f"{DATA}/queryAll", params={"q": text}).json()["totalSize"] == 0


@pytest.mark.parametrize(
    ("operation", "data", "words"),
    [
        ("delete", "Id,Email\nx,y\n", "only records IDs"),
        ("update", "Title\nx\n", "Id not specified"),
        ("insert", "LastName,Nothing\nx,y\n", "Field name not found : Nothing"),
    ],
)
def test_a_file_that_cannot_be_read_fails_as_a_whole(salesforce, operation, data, words):
    """Wrong columns fail the job with a message."""
    job = salesforce.get(f"{INGEST}/{ingest(salesforce, operation, data)}").json()
    assert job["state"] == "Failed"
    assert words in job["errorMessage"]


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"object": "Contact", "operation": "upsert"}, "INVALIDJOB"),
        ({"object": "Nothing", "operation": "delete"}, "INVALIDENTITY"),
        ({"object": "Contact", "operation": "delete", "columnDelimiter": "DOT"}, "INVALIDJOB"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(salesforce, spec, code):
    """Operations, objects and delimiters are checked when the job is created."""
    reply = salesforce.post(INGEST, json=spec)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


def test_multipart_creates_fills_and_closes_in_one_call(salesforce):
    """Up to 100,000 characters go with the job's creation; more are refused."""
    (one,) = free(salesforce, 1)
    spec = '{"object": "Contact", "operation": "delete", "contentType": "CSV", "lineEnding": "LF"}'
    files = {"job": (None, spec, "application/json"), "content": ("content", f"Id\n{one}\n", "text/csv")}
    job = salesforce.post(INGEST, files=files).json()
    assert salesforce.get(f"{INGEST}/{job['id']}").json()["numberRecordsProcessed"] == 1
    assert ask(salesforce, f"SELECT Id FROM Contact WHERE Id = '{one}'") == []
    files["content"] = ("content", "Id\n" + "x" * 100_000, "text/csv")
    assert salesforce.post(INGEST, files=files).status_code == 400
    assert len(salesforce.get(INGEST).json()["records"]) >= 1


def test_states_go_one_way(salesforce):
    """A job takes data only while open, closes once, and shows results only when finished."""
    spec = {"object": "Contact", "operation": "delete"}
    job = salesforce.post(INGEST, json=spec).json()["id"]
    assert salesforce.get(f"{INGEST}/{job}/failedResults").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert salesforce.delete(f"{INGEST}/{job}").status_code == 400
    assert salesforce.patch(f"{INGEST}/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert salesforce.put(f"{INGEST}/{job}/batches", content=b"Id\n").status_code == 400
    assert salesforce.patch(f"{INGEST}/{job}", json={"state": "UploadComplete"}).status_code == 400


def test_an_aborted_job_leaves_the_rest_undone(own_twin, salesforce):
    """What the passed share of its time had done stays done; the rest is listed as unprocessed."""
    wanted = free(salesforce, 100)
    own_twin.settings(salesforce_bulk_seconds=1_000)
    job = ingest(salesforce, "delete", "Id\n" + "\n".join(wanted) + "\n")
    assert salesforce.get(f"{INGEST}/{job}").json()["state"] == "InProgress"
    own_twin.advance(400)
    assert salesforce.patch(f"{INGEST}/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    rest = {each["Id"] for each in lines(salesforce.get(f"{INGEST}/{job}/unprocessedrecords"))}
    good = {each["sf__Id"] for each in lines(salesforce.get(f"{INGEST}/{job}/successfulResults"))}
    assert len(good) in {40, 41}
    assert rest == set(wanted) - good
    left = {each["Id"] for each in ask(salesforce, "SELECT Id FROM Contact")}
    assert rest <= left
    assert not good & left


def test_a_long_job_is_done_when_its_time_has_come(own_twin, salesforce):
    """InProgress until then, JobComplete after."""
    (one,) = free(salesforce, 1)
    own_twin.settings(salesforce_bulk_seconds=60)
    job = ingest(salesforce, "delete", f"Id\n{one}\n")
    assert salesforce.get(f"{INGEST}/{job}").json()["state"] == "InProgress"
    own_twin.advance(61)
    assert salesforce.get(f"{INGEST}/{job}").json()["state"] == "JobComplete"


@pytest.mark.parametrize("kind", ["drop_row", "partial"])
@pytest.mark.parametrize("match", ["PUT .*batches", "jobs/ingest"])
def test_rows_of_a_job_can_be_dropped_or_refused(own_twin, salesforce, kind, match):
    """The fault meets the job's rows, whichever of its requests it matched."""
    one, two = free(salesforce, 2)
    own_twin.fault(system="salesforce", match=match, kind=kind, rows=[1])
    job = ingest(salesforce, "delete", f"Id\n{one}\n{two}\n")
    assert salesforce.get(f"{INGEST}/{job}").json()["numberRecordsFailed"] == (1 if kind == "partial" else 0)
    assert [
        each["Id"] for each in ask(salesforce, f"SELECT Id FROM Contact WHERE Id IN ('{one}','{two}')")
    ] == [two]


def test_a_query_job_pages_by_locator(salesforce):
    """Create, one poll, pages; the header says where the next begins, or the word null."""
    expected = [each["Id"] for each in ask(salesforce, "SELECT Id FROM Lead ORDER BY Id")]
    text = "SELECT Id, Email, Owner.Name, HasOptedOutOfEmail, CreatedDate, Phone FROM Lead ORDER BY Id"
    job = salesforce.post(QUERY, json={"operation": "query", "query": text}).json()["id"]
    assert salesforce.get(f"{QUERY}/{job}/results").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert salesforce.get(f"{QUERY}/{job}").json()["numberRecordsProcessed"] == len(expected)
    found: list[dict[str, str]] = []
    locator, pages = "", 0
    while locator != "null":
        params = {"maxRecords": "100"} | ({"locator": locator} if locator else {})
        page = salesforce.get(f"{QUERY}/{job}/results", params=params)
        locator, pages = page.headers["Sforce-Locator"], pages + 1
        assert int(page.headers["Sforce-NumberOfRecords"]) == len(lines(page))
        found += lines(page)
    assert [each["Id"] for each in found] == expected
    assert pages == -(-len(expected) // 100)
    assert set(found[0]) == {"Id", "Email", "Owner.Name", "HasOptedOutOfEmail", "CreatedDate", "Phone"}
    assert {each["HasOptedOutOfEmail"] for each in found} <= {"true", "false"}
    assert found[0]["CreatedDate"].endswith(".000Z")
    assert "" in {each["Phone"] for each in found}
    wrong = salesforce.get(f"{QUERY}/{job}/results", params={"locator": "x"})
    assert wrong.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    assert salesforce.patch(f"{QUERY}/{job}", json={"state": "Aborted"}).status_code == 400
    assert salesforce.delete(f"{QUERY}/{job}").status_code == 204
    assert salesforce.get(f"{QUERY}/{job}").status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "SELECT COUNT() FROM Lead",
        "SELECT Id, (SELECT Id FROM CampaignMembers) FROM Lead",
        "SELECT Id FROM Lead OFFSET 2",
    ],
)
def test_bulk_queries_take_less_than_rest(salesforce, text):
    """Counts, children and offsets are refused."""
    reply = salesforce.post(QUERY, json={"operation": "query", "query": text})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALIDJOB")


@pytest.mark.parametrize(("ending", "mark"), [("LF", "\n"), ("CRLF", "\r\n")])
def test_files_end_and_part_their_lines_as_the_job_wishes(salesforce, ending, mark):
    """Of a query and of an ingest; other endings and delimiters are refused."""
    wish = {"lineEnding": ending, "columnDelimiter": "SEMICOLON"}
    asked = {"operation": "query", "query": "SELECT Id, LastName FROM Contact LIMIT 2", **wish}
    job = salesforce.post(QUERY, json=asked).json()["id"]
    salesforce.get(f"{QUERY}/{job}")
    file = salesforce.get(f"{QUERY}/{job}/results").text
    assert (file.startswith(f'"Id";"LastName"{mark}'), file.count(mark)) == (True, 3)
    (one,) = free(salesforce, 1)
    spec = {"object": "Contact", "operation": "update", "contentType": "CSV", **wish}
    job = salesforce.post(INGEST, json=spec).json()
    salesforce.put(f"/salesforce/{job['contentUrl']}", content=f"Id;Title{mark}{one};CFO{mark}".encode())
    salesforce.patch(f"{INGEST}/{job['id']}", json={"state": "UploadComplete"})
    done = salesforce.get(f"{INGEST}/{job['id']}/successfulResults").text
    assert done == f'"sf__Id";"sf__Created";"Id";"Title"{mark}"{one}";"false";"{one}";"CFO"{mark}'
    assert salesforce.post(INGEST, json={**spec, "lineEnding": "CR"}).status_code == 400
    assert salesforce.post(QUERY, json={**asked, "columnDelimiter": "DOT"}).status_code == 400


def test_a_query_job_can_be_aborted_before_it_is_polled(salesforce):
    """Aborted is a state; other operations are refused."""
    job = salesforce.post(QUERY, json={"operation": "queryAll", "query": "SELECT Id FROM Lead"}).json()["id"]
    assert salesforce.patch(f"{QUERY}/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    refused = salesforce.post(QUERY, json={"operation": "delete", "query": "SELECT Id FROM Lead"})
    assert refused.status_code == 400


def envelope(
    salesforce: httpx.Client, wanted: list[str], *, session: str = "", call: str = "undelete"
) -> str:
    key = session or salesforce.headers["Authorization"].removeprefix("Bearer ")
    inside = "".join(f"<u:ids>{each}</u:ids>" for each in wanted)
    return (
        '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:u="urn:partner.soap.sforce.com"><e:Header><u:SessionHeader><u:sessionId>'
        f"{key}</u:sessionId></u:SessionHeader></e:Header><e:Body><u:{call}>{inside}</u:{call}></e:Body></e:Envelope>"
    )


def soap(salesforce: httpx.Client, body: str) -> httpx.Response:
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
    return salesforce.post("/salesforce/services/Soap/u/62.0", content=body.encode(), headers=headers)


def test_undelete_brings_back_records_with_their_memberships(salesforce):
    """Results in the order of the ids, each with success or an error of its own."""
    text = "SELECT ContactId FROM CampaignMember WHERE ContactId != null LIMIT 1"
    one = ask(salesforce, text)[0]["ContactId"]
    members = f"SELECT Id FROM CampaignMember WHERE ContactId = '{one}'"
    before = ask(salesforce, members)
    ingest(salesforce, "delete", f"Id\n{one}\n")
    reply = soap(salesforce, envelope(salesforce, [one, one, ids.make("003", 10**8), "nonsense"]))
    assert reply.headers["content-type"].startswith("text/xml")
    assert [part.split("<")[0] for part in reply.text.split("<success>")[1:]] == [
        "true",
        "false",
        "false",
        "false",
    ]
    codes = [part.split("<")[0] for part in reply.text.split("<statusCode>")[1:]]
    assert codes == ["UNDELETE_FAILED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]
    assert ask(salesforce, members) == before
    assert ask(salesforce, f"SELECT Id FROM Contact WHERE Id = '{one}'")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda client: envelope(client, ["x"], session="dead"), "INVALID_SESSION_ID"),
        (lambda client: envelope(client, ["x"] * 201), "EXCEEDED_ID_LIMIT"),
        (lambda client: envelope(client, ["x"], call="emptyRecycleBin"), "INVALID_OPERATION"),
        (lambda _client: "<broken", "INVALID_SOAP"),
        (lambda _client: '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "INVALID_SOAP"),
    ],
)
def test_soap_refuses_by_fault(salesforce, make, code):
    """HTTP 500 with a Fault that names the code twice."""
    reply = soap(salesforce, make(salesforce))
    assert reply.status_code == 500
    assert f"<faultcode>sf:{code}</faultcode>" in reply.text
    assert f"<sf:exceptionCode>{code}</sf:exceptionCode>" in reply.text
    assert ' xmlns="' not in reply.text  # a fault's own elements are in no namespace


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [("401", 500, "INVALID_SESSION_ID"), ("429", 500, "REQUEST_LIMIT_EXCEEDED"), ("502", 502, "Bad Gateway")],
)
def test_soap_fails_in_its_own_words(own_twin, salesforce, kind, status, words):
    """Injected failures come as faults, a gateway's as HTML."""
    own_twin.fault(system="salesforce", match="Soap", kind=kind)
    reply = soap(salesforce, envelope(salesforce, ["x"]))
    assert (reply.status_code, words in reply.text) == (status, True)


@pytest.mark.parametrize("kind", ["drop_row", "partial"])
def test_an_undelete_can_be_dropped_or_refused(own_twin, salesforce, kind):
    """The row faults meet undelete as well."""
    (one,) = free(salesforce, 1)
    ingest(salesforce, "delete", f"Id\n{one}\n")
    own_twin.fault(system="salesforce", match="Soap", kind=kind)
    reply = soap(salesforce, envelope(salesforce, [one]))
    assert (
        f"<success>{str(kind == 'drop_row').lower()}" in reply.text,
        ask(salesforce, f"SELECT Id FROM Contact WHERE Id = '{one}'"),
    ) == (True, [])


def test_thousands_of_deletes_are_quick(salesforce):
    """A big job is done in a moment, so that benches measure the product and not the twin."""
    rows = "".join(f"Bulk {number},bulk.{number}@one.example\n" for number in range(3_000))
    job = ingest(salesforce, "insert", "LastName,Email\n" + rows)
    made = [each["sf__Id"] for each in lines(salesforce.get(f"{INGEST}/{job}/successfulResults"))]
    started = time.process_time()
    ingest(salesforce, "delete", "Id\n" + "\n".join(made) + "\n")
    assert time.process_time() - started < 6
