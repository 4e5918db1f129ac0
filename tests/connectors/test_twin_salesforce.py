"""The twin's Salesforce: sessions, pages, records, collections, the recycle bin."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tools.twin.salesforce import ids
from tools.twin.salesforce.schema import OBJECTS

DATA = "/salesforce/services/data/v62.0"
COLLECTION = f"{DATA}/composite/sobjects"
KEYS = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}


@pytest.fixture
def salesforce(own_twin: Any) -> Iterator[httpx.Client]:
    """A client with a session."""
    own_twin.clear_faults()
    with httpx.Client(base_url=own_twin.url, trust_env=False, verify=False, timeout=10) as client:
        session = client.post("/salesforce/services/oauth2/token", data=KEYS).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {session}"
        yield client
    own_twin.clear_faults()


def ask(salesforce: httpx.Client, text: str, resource: str = "query") -> list[dict[str, Any]]:
    return salesforce.get(f"{DATA}/{resource}", params={"q": text}).json()["records"]


def contacts(salesforce: httpx.Client, count: int) -> list[str]:
    """Contacts that nothing keeps from being deleted."""
    text = f"SELECT Id FROM Contact WHERE Id NOT IN (SELECT ContactId FROM Case) ORDER BY Id LIMIT {count}"
    return [each["Id"] for each in ask(salesforce, text)]


def changed(record: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Contact"}, "id": record, **values}


def test_ids_have_prefix_and_checksum():
    """18 characters: the 15 are case-sensitive, the last three say which letters are capitals."""
    assert ids.long_form("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert ids.normal("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert ids.normal("https://evil.example/x") is None
    made = {ids.make("003", number) for number in range(1, 20_000)}
    assert len(made) == 19_999
    assert all(len(each) == 18 and ids.normal(each) == each for each in made)


def test_a_session_is_needed_and_ends(own_twin, salesforce):
    """No or an old session is 401 INVALID_SESSION_ID."""
    assert salesforce.get(f"{DATA}/limits").status_code == 200
    own_twin.advance(7_201)
    late = salesforce.get(f"{DATA}/limits")
    none = salesforce.get(f"{DATA}/limits", headers={"Authorization": "Bearer no"})
    for reply in (late, none):
        assert reply.status_code == 401
        assert reply.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


@pytest.mark.parametrize(
    ("change", "error"),
    [({"client_secret": "no"}, "invalid_client"), ({"grant_type": "password"}, "unsupported_grant_type")],
)
def test_wrong_credentials_get_an_oauth_error(salesforce, change, error):
    """OAuth errors are 400 with `error`."""
    reply = salesforce.post("/salesforce/services/oauth2/token", data=KEYS | change)
    assert (reply.status_code, reply.json()["error"]) == (400, error)


def test_calls_are_counted_and_end_at_the_days_limit(own_twin, salesforce):
    """Every answer says the use; over the limit is 403 REQUEST_LIMIT_EXCEEDED until the next day."""
    first = salesforce.get(f"{DATA}/limits")
    used, limit = first.headers["Sforce-Limit-Info"].removeprefix("api-usage=").split("/")
    assert first.json()["DailyApiRequests"] == {"Max": int(limit), "Remaining": int(limit) - int(used)}
    own_twin.settings(salesforce_daily_calls=int(used))
    try:
        over = salesforce.get(f"{DATA}/limits")
        assert (over.status_code, over.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
        own_twin.settings(salesforce_token_seconds=10**9)
        salesforce.headers["Authorization"] = (
            "Bearer "
            + (salesforce.post("/salesforce/services/oauth2/token", data=KEYS).json()["access_token"])
        )
        own_twin.advance(86_400)
        assert salesforce.get(f"{DATA}/limits").status_code == 200
    finally:
        own_twin.settings(salesforce_daily_calls=145_000, salesforce_token_seconds=7_200)


def test_pages_hold_two_thousand_and_say_where_the_next_is(salesforce):
    """queryMore goes on where the page ended; a wrong locator is refused."""
    records = [{"attributes": {"type": "Account"}, "Name": f"Page {n}"} for n in range(200)]
    for _ in range(11):
        assert salesforce.post(COLLECTION, json={"records": records}).status_code == 200
    text = "SELECT Id FROM Account WHERE Name LIKE 'Page %' ORDER BY Id"
    first = salesforce.get(f"{DATA}/query", params={"q": text}).json()
    assert (first["totalSize"], first["done"], len(first["records"])) == (2_200, False, 2_000)
    second = salesforce.get("/salesforce" + first["nextRecordsUrl"]).json()
    assert (second["done"], len(second["records"])) == (True, 200)
    assert "nextRecordsUrl" not in second
    found = {each["Id"] for each in first["records"] + second["records"]}
    assert len(found) == 2_200
    wrong = salesforce.get(f"{DATA}/query/01g5g0000zzzzzzAAA-2000")
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize("name", [each.name for each in OBJECTS.values()])
def test_describe_names_what_may_be_written_and_asked(salesforce, name):
    """Every described field can be queried, and the system's own are not updateable."""
    described = salesforce.get(f"{DATA}/sobjects/{name}/describe").json()
    fields = {each["name"]: each for each in described["fields"]}
    assert not fields["Id"]["updateable"]
    assert not fields["SystemModstamp"]["updateable"]
    text = f"SELECT {', '.join(fields)} FROM {name} LIMIT 1"
    assert salesforce.get(f"{DATA}/query", params={"q": text}).status_code == 200
    assert described["keyPrefix"] == OBJECTS[name.lower()].prefix


def test_objects_and_versions_are_listed(salesforce):
    """The global describe and the list of versions, which needs no session."""
    listed = {each["name"] for each in salesforce.get(f"{DATA}/sobjects").json()["sobjects"]}
    assert {"Contact", "Lead", "Account", "OpportunityContactRole", "CampaignMember"} <= listed
    versions = salesforce.get("/salesforce/services/data").json()
    assert "62.0" in {each["version"] for each in versions}


def test_one_record_is_made_read_changed_and_deleted(salesforce):
    """sobjects/{Object}: 201, fields, 204, and 404 once it is gone."""
    given = {"LastName": "Made", "FirstName": "Newly", "Email": "newly.made@one.example", "DoNotCall": True}
    made = salesforce.post(f"{DATA}/sobjects/Contact", json=given)
    assert (made.status_code, made.json()["success"]) == (201, True)
    path = f"{DATA}/sobjects/Contact/{made.json()['id']}"
    record = salesforce.get(path).json()
    assert (record["Name"], record["DoNotCall"], record["IsDeleted"]) == ("Newly Made", True, False)
    assert record["CreatedDate"].endswith(".000+0000")
    assert salesforce.patch(path, json={"Phone": "+49 555 1", "FirstName": None}).status_code == 204
    few = salesforce.get(path, params={"fields": "Name,Phone"}).json()
    assert (few["Name"], few["Phone"]) == ("Made", "+49 555 1")
    assert salesforce.delete(path).status_code == 204
    gone = salesforce.get(path)
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    absent = salesforce.delete(f"{DATA}/sobjects/Contact/{ids.make('003', 10**8)}")
    assert (absent.status_code, absent.json()[0]["errorCode"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"IsEmailBounced": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Nothing__c": 1}, "INVALID_FIELD"),
        ({"LastName": None}, "REQUIRED_FIELD_MISSING"),
        ({"HasOptedOutOfEmail": "yes"}, "JSON_PARSER_ERROR"),
        ({"EmailBouncedDate": "soon"}, "JSON_PARSER_ERROR"),
        ({"Email": "no address"}, "INVALID_EMAIL_ADDRESS"),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG"),
        ({"AccountId": "x"}, "MALFORMED_ID"),
        ({"AccountId": ids.make("001", 10**8)}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_row_that_cannot_be_written_says_why(salesforce, values, code):
    """Collections answer per row, with code, words and fields, and do the others."""
    one, two = contacts(salesforce, 2)
    body = {"allOrNone": False, "records": [changed(one, **values), changed(two, Title="Changed")]}
    refused, done = salesforce.patch(COLLECTION, json=body).json()
    assert (refused["success"], refused["errors"][0]["statusCode"]) == (False, code)
    assert done == {"id": two, "success": True, "errors": []}


def test_amounts_must_be_numbers(salesforce):
    """A currency field refuses text."""
    given = {"Name": "Deal", "CloseDate": "2026-12-31", "Amount": "much"}
    refused = salesforce.post(f"{DATA}/sobjects/Opportunity", json=given)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_all_or_none_undoes_everything(salesforce):
    """One refused row rolls the others back, and each says so."""
    one, two = contacts(salesforce, 2)
    body = {
        "allOrNone": True,
        "records": [changed(one, Title="Rolled back"), changed(two, IsEmailBounced=True)],
    }
    first, second = salesforce.patch(COLLECTION, json=body).json()
    assert first["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert second["errors"][0]["statusCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert ask(salesforce, f"SELECT Title FROM Contact WHERE Id = '{one}'")[0]["Title"] != "Rolled back"


def test_collections_stop_at_two_hundred(salesforce):
    """201 records are refused for every operation, and nothing is done."""
    many = [ids.make("003", number) for number in range(1, 202)]
    records = [changed(each, Title="x") for each in many]
    for reply in (
        salesforce.patch(COLLECTION, json={"records": records}),
        salesforce.post(COLLECTION, json={"records": records}),
        salesforce.delete(COLLECTION, params={"ids": ",".join(many)}),
    ):
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")


def test_retrieve_answers_in_the_order_of_the_ids(salesforce):
    """Records by id, null for what is gone or never was; 15-character ids do as well; 2,001 are refused."""
    one, two, three = contacts(salesforce, 3)
    salesforce.delete(COLLECTION, params={"ids": two})
    asked = [three[:15], two, ids.make("003", 10**8), one]
    found = salesforce.post(
        f"{COLLECTION}/Contact", json={"ids": asked, "fields": ["Id", "Account.Name"]}
    ).json()
    assert [each and each["Id"] for each in found] == [three, None, None, one]
    assert found[0]["Account"]["Name"]
    few = salesforce.get(f"{COLLECTION}/Contact", params={"ids": f"{one},{three}", "fields": "Email"}).json()
    assert [each["Id"] for each in few] == [one, three]
    over = salesforce.post(f"{COLLECTION}/Contact", json={"ids": [one] * 2_001, "fields": ["Id"]})
    assert (over.status_code, over.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    for given, code in (
        ({"ids": ["//evil.example/x"]}, "MALFORMED_ID"),
        ({"ids": [one], "fields": ["No"]}, "INVALID_FIELD"),
    ):
        wrong = salesforce.post(f"{COLLECTION}/Contact", json=given)
        assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, code)


def test_what_is_not_served_is_said_in_the_vendors_words(salesforce):
    """Unknown paths and objects are NOT_FOUND, wrong methods not allowed, broken JSON a parser error."""
    assert salesforce.get(f"{DATA}/nothing").json()[0]["errorCode"] == "NOT_FOUND"
    assert salesforce.get(f"{DATA}/sobjects/Nothing/describe").status_code == 404
    assert salesforce.put(f"{DATA}/query").status_code == 405
    for broken in (b"{", b"[]"):
        reply = salesforce.patch(COLLECTION, content=broken)
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert salesforce.post(COLLECTION, json={"records": {}}).json() == []
    assert salesforce.post(COLLECTION, json={"records": "all"}).json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    other = salesforce.post(COLLECTION, json={"records": [{"attributes": {"type": "Nothing"}}]}).json()
    assert other[0]["errors"][0]["statusCode"] == "INVALID_TYPE"


def test_deleted_records_wait_in_the_bin_and_then_are_gone(own_twin, salesforce):
    """queryAll sees a deleted record for 15 days; its campaign memberships went with it."""
    member = ask(salesforce, "SELECT ContactId FROM CampaignMember WHERE ContactId != null LIMIT 1")[0][
        "ContactId"
    ]
    salesforce.delete(COLLECTION, params={"ids": member})
    count = f"SELECT Id, IsDeleted FROM CampaignMember WHERE ContactId = '{member}'"
    assert ask(salesforce, count) == []
    assert {each["IsDeleted"] for each in ask(salesforce, count, "queryAll")} == {True}
    text = f"SELECT Id FROM Contact WHERE Id = '{member}'"
    own_twin.settings(salesforce_token_seconds=10**9)
    keys = salesforce.post("/salesforce/services/oauth2/token", data=KEYS).json()
    salesforce.headers["Authorization"] = f"Bearer {keys['access_token']}"
    own_twin.advance(14.9 * 86_400)
    assert len(ask(salesforce, text, "queryAll")) == 1
    own_twin.advance(0.2 * 86_400)
    assert ask(salesforce, text, "queryAll") == []
    own_twin.settings(salesforce_token_seconds=7_200)


def test_deletes_are_refused_for_the_vendors_reasons(salesforce):
    """Already deleted, never there, no id, or held by a case."""
    (one,) = contacts(salesforce, 1)
    held = ask(salesforce, "SELECT ContactId FROM Case LIMIT 1")[0]["ContactId"]
    salesforce.delete(COLLECTION, params={"ids": one})
    asked = [one, ids.make("003", 10**8), "nonsense", "zzz", held]
    results = salesforce.delete(COLLECTION, params={"ids": ",".join(asked)}).json()
    assert [each["errors"][0]["statusCode"] for each in results] == [
        "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "MALFORMED_ID", "DELETE_FAILED",
    ]  # fmt: skip
    assert [each["id"] for each in results] == asked


def test_a_converted_lead_is_not_changed(own_twin, salesforce):
    """Converted leads are read-only."""
    lead = own_twin.traps()["converted_lead"][0]["lead"]
    body = {"records": [{"attributes": {"type": "Lead"}, "id": lead, "Title": "x"}]}
    refused = salesforce.patch(COLLECTION, json=body).json()[0]
    assert refused["errors"][0]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_new_address_clears_the_bounce(salesforce):
    """The bounced flag follows its reason, and a changed address has not bounced."""
    found = ask(salesforce, "SELECT Id, Email FROM Contact WHERE IsEmailBounced = true LIMIT 1")[0]
    salesforce.patch(COLLECTION, json={"records": [changed(found["Id"], Email="fresh@one.example")]})
    text = (
        f"SELECT IsEmailBounced, EmailBouncedReason, EmailBouncedDate FROM Contact WHERE Id = '{found['Id']}'"
    )
    after = ask(salesforce, text)[0]
    assert (after["IsEmailBounced"], after["EmailBouncedReason"], after["EmailBouncedDate"]) == (
        False,
        None,
        None,
    )


@pytest.mark.parametrize("kind", ["drop_row", "partial"])
def test_single_rows_can_be_dropped_or_refused(own_twin, salesforce, kind):
    """A dropped row reports success and stays; a refused one says UNABLE_TO_LOCK_ROW."""
    one, two = contacts(salesforce, 2)
    own_twin.fault(system="salesforce", match="DELETE .*composite", kind=kind, rows=[1])
    first, second = salesforce.delete(COLLECTION, params={"ids": f"{one},{two}"}).json()
    left = {each["Id"] for each in ask(salesforce, f"SELECT Id FROM Contact WHERE Id IN ('{one}', '{two}')")}
    assert first["success"]
    assert left == {two}
    assert second["success"] is (kind == "drop_row")
    if kind == "partial":
        assert second["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"


@pytest.mark.parametrize("kind", ["drop_row", "partial"])
def test_single_records_can_be_dropped_or_refused(own_twin, salesforce, kind):
    """The same for the requests of one record."""
    (one,) = contacts(salesforce, 1)
    own_twin.fault(system="salesforce", match="sobjects/Contact", kind=kind, times=3)
    made = salesforce.post(f"{DATA}/sobjects/Contact", json={"LastName": "Dropped"})
    updated = salesforce.patch(f"{DATA}/sobjects/Contact/{one}", json={"Title": "Dropped"})
    deleted = salesforce.delete(f"{DATA}/sobjects/Contact/{one}")
    codes = [201, 204, 204] if kind == "drop_row" else [400, 400, 400]
    assert [made.status_code, updated.status_code, deleted.status_code] == codes
    assert ask(salesforce, "SELECT Id FROM Contact WHERE LastName = 'Dropped' OR Title = 'Dropped'") == []
    assert ask(salesforce, f"SELECT Id FROM Contact WHERE Id = '{one}'")
