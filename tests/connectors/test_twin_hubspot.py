"""The twin's HubSpot, held against the vendor's own Python client and its documented limits and errors."""

import gc
import json
from contextlib import contextmanager

import httpx
import pytest

from tools.twin.seed import seeded

# the vendor's client never closes its connections
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

OBJECTS = "/crm/v3/objects/contacts"
DATED = "/crm/objects/2026-09/contacts"
CONTACT = "/services/data/v60.0/sobjects/Contact"
PREFERENCES = "/communication-preferences/v4/statuses"


@pytest.fixture
def own(hubspot_twin):
    """The twin with HubSpot, put back afterwards."""
    hubspot_twin.snapshot("before-hubspot")
    hubspot_twin.clear_faults()
    yield hubspot_twin
    hubspot_twin.clear_faults()
    hubspot_twin.settings(
        hubspot_enterprise=True, hubspot_daily_calls=650_000, hubspot_merge_new_id=True,
        hubspot_subscriptions=4,
    )  # fmt: skip
    hubspot_twin.restore("before-hubspot")


@pytest.fixture
def http(own):
    """Plain HTTP with the token."""
    headers = {"Authorization": "Bearer pat-twin"}
    with httpx.Client(base_url=f"{own.url}/hubspot", headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def client(own):
    """The vendor's own client."""
    from hubspot import Client

    base = f"{own.url}/hubspot"
    yield Client.create(access_token="pat-twin", host=base, base_url=base)
    gc.collect()


@pytest.fixture
def some(http):
    """A hundred contacts with their addresses, none opted out."""
    asked = {"limit": 100, "properties": "email,hs_email_optout"}
    found = http.get(OBJECTS, params=asked).json()["results"]
    return [each for each in found if not each["properties"]["hs_email_optout"]]


def address(record):
    """A record's address."""
    return record["properties"]["email"]


def models():
    """The client's request models."""
    from hubspot.crm.contacts import models as found

    return found


# -- through the vendor's client


def test_the_client_reads_every_contact_by_paging(client, own):
    """The list's pages hold every contact once, with what was asked for."""
    ids, after = [], None
    while True:
        page = client.crm.contacts.basic_api.get_page(limit=100, after=after, properties=["email"])
        ids += [each.id for each in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    assert len(ids) == len(set(ids)) == len(own.state("hubspot")["hubspot"]["contact"])


def test_the_client_reads_a_batch_by_address_with_history(client, own):
    """By address, with the history of a property; what is not there is told in errors."""
    trap = own.traps()["invalid_by_two_systems"][0]
    asked = models().BatchReadInputSimplePublicObjectId(
        id_property="email",
        properties=["email"],
        properties_with_history=["hs_email_hard_bounce_reason_enum"],
        inputs=[{"id": trap["email"].upper()}, {"id": "nobody@nowhere.example"}],
    )
    found = client.crm.contacts.batch_api.read(asked)
    (record,) = found.results
    assert (record.id, found.num_errors) == (str(trap["hubspot_id"]), 1)
    assert found.errors[0].context == {"ids": ["nobody@nowhere.example"]}
    (line,) = record.properties_with_history["hs_email_hard_bounce_reason_enum"]
    assert (line.value, line.source_type) == ("UNKNOWN_USER", "EMAIL")


def test_the_client_upserts_a_batch(client, some):
    """One contact is new, one is changed, and each says so."""
    inputs = [
        {"id": "new@upsert.example", "idProperty": "email", "properties": {"firstname": "New"}},
        {"id": address(some[0]), "idProperty": "email", "properties": {"city": "Ulm"}},
    ]
    request = models().BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs)
    made, changed = client.crm.contacts.batch_api.upsert(request).results
    assert (made.new, changed.new, changed.id) == (True, False, some[0]["id"])
    read = client.crm.contacts.basic_api.get_by_id(some[0]["id"], properties=["city"])
    assert read.properties["city"] == "Ulm"


def test_the_client_searches(client, own):
    """Filters of a group all hold, groups are alternatives; the total is the whole."""
    bounced = {"propertyName": "hs_email_hard_bounce_reason_enum", "operator": "EQ", "value": "UNKNOWN_USER"}
    out = {"propertyName": "hs_email_optout", "operator": "EQ", "value": "true"}
    rule = json.dumps({"propertyName": "hs_object_id", "direction": "DESCENDING"})

    def total(*groups):
        request = models().PublicObjectSearchRequest(
            filter_groups=[{"filters": list(group)} for group in groups], sorts=[rule], limit=5, after="0",
            properties=["email"],
        )  # fmt: skip
        found = client.crm.contacts.search_api.do_search(request)
        ids = [int(each.id) for each in found.results]
        assert ids == sorted(ids, reverse=True)
        return found.total

    records = own.state("hubspot")["hubspot"]["contact"].values()
    hard = {
        each["hs_object_id"] for each in records if each["hs_email_hard_bounce_reason_enum"] == "UNKNOWN_USER"
    }
    gone = {each["hs_object_id"] for each in records if each["hs_email_optout"] == "true"}
    assert (total([bounced]), total([out])) == (len(hard), len(gone))
    assert (total([bounced, out]), total([bounced], [out])) == (len(hard & gone), len(hard | gone))


def test_the_client_archives_and_reads_what_is_archived(client, some):
    """Archived contacts are read with `archived=true` only, for 90 days."""
    request = models().BatchInputSimplePublicObjectId(inputs=[{"id": some[0]["id"]}])
    assert client.crm.contacts.batch_api.archive(request) is None
    with pytest.raises(Exception, match="404"):
        client.crm.contacts.basic_api.get_by_id(some[0]["id"])
    kept = client.crm.contacts.basic_api.get_by_id(some[0]["id"], archived=True)
    assert kept.archived
    assert kept.archived_at is not None


def test_what_was_archived_90_days_ago_is_gone(own, http, some):
    """After that nothing brings it back, and no endpoint does before."""
    http.delete(f"{OBJECTS}/{some[0]['id']}")
    assert http.get(f"{OBJECTS}/{some[0]['id']}", params={"archived": "true"}).status_code == 200
    own.advance(91 * 86_400)
    assert http.get(f"{OBJECTS}/{some[0]['id']}", params={"archived": "true"}).status_code == 404


def test_the_client_merges_with_the_documented_losses(client, own):
    """The merged record has a new id, the more marketable status, and the loser's static lists are lost.

    Source: HubSpot's knowledge base on merging records.
    """
    winner, loser = (str(each["hubspot_id"]) for each in own.traps()["merge_pair"])
    state = own.state("hubspot")["hubspot"]
    (suppression,) = [each for each in state["list"].values() if "suppression" in each["name"]]
    assert int(loser) in suppression["members"]
    assert state["contact"][loser]["hs_marketable_status"] == "false"
    request = models().PublicMergeInput(primary_object_id=winner, object_id_to_merge=loser)
    merged = client.crm.contacts.basic_api.merge(request)
    assert merged.id not in {winner, loser}
    after = own.state("hubspot")["hubspot"]
    assert after["contact"][merged.id]["hs_marketable_status"] == "true"
    assert after["contact"][merged.id]["hs_additional_emails"] == state["contact"][loser]["email"]
    held = after["list"][suppression["listId"]]["members"]
    assert {int(loser), int(merged.id)}.isdisjoint(held)
    for old in (winner, loser):
        assert client.crm.contacts.basic_api.get_by_id(old).id == merged.id
    loser_address = state["contact"][loser]["email"]
    assert client.crm.contacts.basic_api.get_by_id(loser_address, id_property="email").id == merged.id


def test_a_merge_may_keep_the_primary_id(own, http, some):
    """Sources disagree, so it is a setting."""
    own.settings(hubspot_merge_new_id=False)
    body = {"primaryObjectId": some[0]["id"], "objectIdToMerge": some[1]["id"]}
    assert http.post(f"{OBJECTS}/merge", json=body).json()["id"] == some[0]["id"]
    assert http.post(f"{OBJECTS}/merge", json={**body, "objectIdToMerge": some[0]["id"]}).status_code == 400
    assert http.post(f"{OBJECTS}/merge", json={**body, "objectIdToMerge": "7"}).status_code == 404


def test_the_client_works_with_lists(client, some):
    """A list is made, filled, read by page and by record, renamed and deleted."""
    from hubspot.crm.lists.models import ListCreateRequest, ListSearchRequest

    api, members = client.crm.lists.lists_api, client.crm.lists.memberships_api
    request = ListCreateRequest(object_type_id="0-1", processing_type="MANUAL", name="Mine")
    number = api.create(request).list.list_id
    ids = [each["id"] for each in some[:3]]
    assert members.add(number, [*ids, "7"]).record_ids_missing == ["7"]
    assert members.add(number, ids).records_ids_added == []
    assert members.remove(number, ids[2:]).record_ids_removed == ids[2:]
    page = members.get_page(number, limit=1)
    assert ([each.record_id for each in page.results], page.paging.next.after) == ([ids[0]], ids[0])
    assert number in {each.list_id for each in members.get_lists("0-1", ids[0]).results}
    found = api.do_search(ListSearchRequest(query="Min", additional_properties=["hs_list_size"], offset=0))
    assert [each.additional_properties for each in found.lists] == [{"hs_list_size": "2"}]
    assert api.update_name(number, list_name="Ours").updated_list.name == "Ours"
    assert api.get_by_name("Ours", "0-1").list.size == 2
    api.remove(number)
    with pytest.raises(Exception, match="404"):
        api.get_by_id(number)


def test_a_dynamic_list_fills_itself(client, http, own):
    """Its filters decide: a root OR of ANDs; memberships cannot be written, and a snapshot stands still."""
    from hubspot.crm.lists import models as lists

    operation = {
        "operationType": "ENUMERATION", "operator": "IS_ANY_OF", "values": ["Germany"],
        "includeObjectsWithNoValueSet": False,
    }  # fmt: skip
    single = {"filterType": "PROPERTY", "property": "country", "operation": operation}
    inner = {
        "filterBranchType": "AND",
        "filterBranchOperator": "AND",
        "filterBranches": [],
        "filters": [single],
    }
    root = {"filterBranchType": "OR", "filterBranchOperator": "OR", "filterBranches": [inner], "filters": []}
    made = {}
    for kind in ("DYNAMIC", "SNAPSHOT"):
        request = lists.ListCreateRequest(
            object_type_id="0-1", processing_type=kind, name=kind, filter_branch=root
        )
        made[kind] = client.crm.lists.lists_api.create(request).list
    records = own.state("hubspot")["hubspot"]["contact"]
    germans = [key for key, each in records.items() if each["country"] == "Germany"]
    assert made["DYNAMIC"].size == made["SNAPSHOT"].size == len(germans) > 10
    http.patch(f"{OBJECTS}/{germans[0]}", json={"properties": {"country": "France"}})
    sizes = [client.crm.lists.lists_api.get_by_id(each.list_id).list.size for each in made.values()]
    assert sizes == [len(germans) - 1, len(germans)]
    refused = http.put(f"/crm/v3/lists/{made['DYNAMIC'].list_id}/memberships/add", json=[germans[0]])
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")


def test_the_client_sets_preferences_one_by_one(client, some):
    """v3: one subscription of one address; who has left it is not subscribed again by this version."""
    from hubspot.communication_preferences.models import PublicUpdateSubscriptionStatusRequest as Request

    api, mine = client.communication_preferences.status_api, address(some[0])
    kinds = client.communication_preferences.definition_api.get_page().subscription_definitions
    wanted = Request(email_address=mine, subscription_id=kinds[1].id)
    assert api.subscribe(wanted).status == "SUBSCRIBED"
    assert api.unsubscribe(wanted).status == "NOT_SUBSCRIBED"
    with pytest.raises(Exception, match="opted out"):
        api.subscribe(wanted)
    held = {each.id: each.source_of_status for each in api.get_email_status(mine).subscription_statuses}
    assert held[kinds[1].id] == "SUBSCRIPTION_STATUS"


def test_the_client_reads_properties(client):
    """Describe: what is read-only says so."""
    found = {each.name: each for each in client.crm.properties.core_api.get_all("contacts").results}
    assert found["hs_marketable_status"].modification_metadata.read_only_value
    assert not found["firstname"].modification_metadata.read_only_value
    assert [each.value for each in found["lifecyclestage"].options][:2] == ["subscriber", "lead"]
    assert client.crm.properties.core_api.get_by_name("contacts", "email").type == "string"


# -- shapes, limits and errors


def test_numbered_and_dated_paths_serve_the_same(http, some):
    """One handler behind both versions of a path."""
    for tail in (f"/{some[0]['id']}", "?limit=3&properties=email&properties=firstname"):
        assert http.get(OBJECTS + tail).json() == http.get(DATED + tail).json() | {
            each: value for each, value in http.get(OBJECTS + tail).json().items() if each == "paging"
        }
    assert (
        http.get("/crm/properties/2026-09/contacts").json() == http.get("/crm/v3/properties/contacts").json()
    )
    assert http.get("/crm/lists/2026-09/1").json() == http.get("/crm/v3/lists/1").json()
    assert http.get("/account-info/2026-09/details").json() == http.get("/account-info/v3/details").json()
    assert "results" in http.get("/communication-preferences/2026-09/definitions").json()


def test_errors_have_the_documented_body(own, http, some):
    """status, message, correlationId and category; the rest by kind."""
    taken = http.post(OBJECTS, json={"properties": {"email": address(some[0])}})
    assert (taken.status_code, taken.json()["category"]) == (409, "CONFLICT")
    assert some[0]["id"] in taken.json()["message"]
    bad = {"email": "none", "hs_marketable_status": "true", "lifecyclestage": "king", "nothing": "x"}
    refused = http.post(OBJECTS, json={"properties": bad})
    assert refused.status_code == 400
    codes = {each["code"] for each in refused.json()["errors"]}
    assert codes == {"INVALID_EMAIL", "READ_ONLY_VALUE", "INVALID_OPTION", "PROPERTY_DOESNT_EXIST"}
    assert http.get(f"{OBJECTS}/7").json()["category"] == "OBJECT_NOT_FOUND"
    assert http.get("/nothing").status_code == 404
    assert http.put(f"{OBJECTS}/merge").status_code == 405
    assert http.post(OBJECTS, content=b"{").json()["category"] == "VALIDATION_ERROR"
    stranger = http.get(OBJECTS, headers={"Authorization": "Bearer other"})
    assert (stranger.status_code, stranger.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    own.fault(system="hubspot", match="details", kind="401")
    expired = http.get("/account-info/v3/details").json()
    assert (expired["category"], expired["status"]) == ("EXPIRED_AUTHENTICATION", "error")
    assert {"message", "correlationId"} <= set(expired)


def test_190_calls_in_ten_seconds_and_so_many_a_day(own, http):
    """Over a limit every call is 429 with the policy's name; headers count down."""
    first = http.get("/account-info/v3/details")
    assert first.headers["X-HubSpot-RateLimit-Max"] == "190"
    left = int(first.headers["X-HubSpot-RateLimit-Remaining"])
    answers = [http.get("/account-info/v3/details") for _ in range(left + 1)]
    body = answers[-1].json()
    assert [answers[-2].status_code, answers[-1].status_code] == [200, 429]
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    own.advance(1)
    used = http.get("/account-info/v3/api-usage/daily/private-apps").json()["results"][0]
    assert used["currentUsage"] >= 190
    own.settings(hubspot_daily_calls=used["currentUsage"])
    assert http.get("/account-info/v3/details").json()["policyName"] == "DAILY"
    own.advance(86_400)
    assert http.get("/account-info/v3/details").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("batch/read", {"inputs": [{"id": "1"}] * 101, "properties": [], "propertiesWithHistory": []}),
        ("batch/read", {"inputs": [{"id": "1"}] * 51, "properties": [], "propertiesWithHistory": ["email"]}),
        ("batch/read", {"inputs": [{"id": "1"}], "idProperty": "firstname"}),
        ("batch/archive", {"inputs": [{"id": "1"}] * 101}),
        ("batch/update", {"inputs": [{"id": "1", "properties": {}}] * 2}),
        ("batch/update", {"inputs": []}),
        ("batch/create", {"inputs": [{}]}),
        ("batch/upsert", {"things": 1}),
        ("search", {"filterGroups": [{"filters": []}] * 6}),
        (
            "search",
            {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 11}]},
        ),
        (
            "search",
            {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 9}] * 3},
        ),
        ("search", {"limit": 201}),
        ("search", {"after": "9901", "limit": 100}),
        ("search", {"filterGroups": [{"filters": [{"propertyName": "nothing", "operator": "EQ"}]}]}),
        ("search", {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "LIKE"}]}]}),
        ("search", {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "IN"}]}]}),
        (
            "search",
            {"filterGroups": [{"filters": [{"propertyName": "createdate", "operator": "GT", "value": "?"}]}]},
        ),
        ("search", {"sorts": ["email", "firstname"]}),
        ("search", {"sorts": ["nothing"]}),
    ],
)
def test_requests_beyond_the_documented_limits_are_refused(http, path, body):
    """100 inputs, 50 with history; 5 groups of 10 filters, 25 in all; 200 a page, 10,000 results."""
    answer = http.post(f"{OBJECTS}/{path}", json=body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("operator", "more", "want"),
    [
        ("CONTAINS_TOKEN", {"value": "*nny*"}, {"Anny", "Jenny"}),
        ("NOT_CONTAINS_TOKEN", {"value": "Anny"}, {"Jenny", "Tom"}),
        ("IN", {"values": ["Tom", "Anny"]}, {"Tom", "Anny"}),
        ("NOT_IN", {"values": ["Tom"]}, {"Anny", "Jenny"}),
        ("NEQ", {"value": "Tom"}, {"Anny", "Jenny"}),
        ("BETWEEN", {"value": "B", "highValue": "M"}, {"Jenny"}),
        ("NOT_HAS_PROPERTY", {}, set()),
    ],
)
def test_search_operators(http, operator, more, want):
    """Each operator means what it says."""
    for name in ("Anny", "Jenny", "Tom"):
        http.post(
            OBJECTS, json={"properties": {"email": f"{name}@ops.example", "firstname": name, "city": "Ops"}}
        )
    filters = [{"propertyName": "city", "operator": "EQ", "value": "Ops"}]
    filters.append({"propertyName": "firstname", "operator": operator, **more})
    body = {"filterGroups": [{"filters": filters}], "properties": ["firstname"]}
    found = http.post(f"{OBJECTS}/search", json=body).json()["results"]
    assert {each["properties"]["firstname"] for each in found} == want
    assert http.post(f"{OBJECTS}/search", json={"query": "anny@ops"}).json()["total"] == 1


def test_a_batch_fails_input_by_input_only_with_traces(http, some):
    """Without `objectWriteTraceId` one bad input refuses all; with it the others go through (HTTP 207)."""
    good, bad = {"properties": {"email": "good@batch.example"}}, {"properties": {"email": address(some[0])}}
    whole = http.post(f"{OBJECTS}/batch/create", json={"inputs": [good, bad]})
    assert whole.status_code == 409
    traced = [{**good, "objectWriteTraceId": "a"}, {**bad, "objectWriteTraceId": "b"}]
    part = http.post(f"{OBJECTS}/batch/create", json={"inputs": traced})
    assert (part.status_code, part.json()["numErrors"]) == (207, 1)
    assert part.json()["errors"][0]["context"] == {"objectWriteTraceId": ["b"]}
    assert [each["objectWriteTraceId"] for each in part.json()["results"]] == ["a"]
    gone = {"inputs": [{"id": "7", "properties": {"city": "x"}}]}
    assert (
        http.post(f"{OBJECTS}/batch/update", json=gone).json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    )


def test_row_faults_strike_batches(own, http, some):
    """`drop_row` is reported as done and is not; `partial` refuses in the vendor's words."""
    ids = [each["id"] for each in some[:3]]
    own.fault(system="hubspot", match="batch/archive", kind="drop_row", rows=[1])
    assert (
        http.post(f"{OBJECTS}/batch/archive", json={"inputs": [{"id": each} for each in ids]}).status_code
        == 204
    )
    assert [http.get(f"{OBJECTS}/{each}").status_code for each in ids] == [404, 200, 404]
    own.clear_faults()
    own.fault(system="hubspot", match="batch/(create|upsert)", kind="drop_row", times=2)
    new = {"properties": {"email": "dropped@batch.example"}}
    assert http.post(f"{OBJECTS}/batch/create", json={"inputs": [new]}).status_code == 201
    put = {"id": "dropped@batch.example", "idProperty": "email", "properties": {}}
    assert http.post(f"{OBJECTS}/batch/upsert", json={"inputs": [put]}).json()["results"][0]["new"]
    assert http.get(f"{OBJECTS}/dropped@batch.example", params={"idProperty": "email"}).status_code == 404
    own.clear_faults()
    own.fault(system="hubspot", match=OBJECTS, kind="partial", times=4)
    assert http.patch(f"{OBJECTS}/{ids[1]}", json={"properties": {"city": "x"}}).status_code == 400
    assert http.delete(f"{OBJECTS}/{ids[1]}").status_code == 400
    merge = {"primaryObjectId": ids[1], "objectIdToMerge": some[4]["id"]}
    assert http.post(f"{OBJECTS}/merge", json=merge).status_code == 400
    assert http.post(f"{OBJECTS}/batch/archive", json={"inputs": [{"id": ids[1]}]}).status_code == 400


def test_opting_out_of_everything_belongs_to_the_address(own, http, some):
    """It outlives the contact and holds for one made anew; SUBSCRIBED through v4 lifts it."""
    mine, path = address(some[0]), f"{PREFERENCES}/{address(some[0])}"
    assert http.post(f"{path}/unsubscribe-all").status_code == 400  # a channel is needed
    done = http.post(f"{path}/unsubscribe-all", params={"channel": "EMAIL"}).json()["results"]
    assert {each["setStatusSuccessReason"] for each in done} == {"UNSUBSCRIBE_FROM_ALL_OCCURRED"}
    wide = http.get(f"{path}/unsubscribe-all", params={"channel": "EMAIL"}).json()["results"]
    assert [each["wideStatusType"] for each in wide] == ["PORTAL_WIDE"]
    older = http.get(f"/communication-preferences/v3/status/email/{mine}").json()["subscriptionStatuses"]
    assert {each["sourceOfStatus"] for each in older} == {"PORTAL_WIDE_STATUS"}
    http.delete(f"{OBJECTS}/{some[0]['id']}")
    again = http.post(OBJECTS, json={"properties": {"email": mine}}).json()["id"]
    read = {"properties": "hs_email_optout"}
    assert http.get(f"{OBJECTS}/{again}", params=read).json()["properties"]["hs_email_optout"] == "true"
    body = {"channel": "EMAIL", "subscriptionId": 7_814_112, "statusState": "SUBSCRIBED"}
    lifted = http.post(path, json=body).json()["results"][0]
    assert (lifted["status"], lifted["setStatusSuccessReason"]) == ("SUBSCRIBED", "RESUBSCRIBE_OCCURRED")
    assert http.get(f"{OBJECTS}/{again}", params=read).json()["properties"]["hs_email_optout"] == ""
    assert http.post(path, json={**body, "statusState": "NEVER"}).status_code == 400
    assert http.post(path, json={**body, "subscriptionId": 1}).status_code == 400
    http.post(path, json={**body, "statusState": "NOT_SPECIFIED"})
    held = http.get(path, params={"channel": "EMAIL"}).json()["results"]
    assert {each["status"] for each in held} <= {"NOT_SPECIFIED", "SUBSCRIBED"}


def test_batches_of_preferences_need_enterprise(own, http, some):
    """Marketing Hub Enterprise only: else 403 that names the scope."""
    path = "/communication-preferences/2026-03/statuses/batch/unsubscribe-all"
    body = {"inputs": [address(some[0]), "no address"]}
    ask = {"channel": "EMAIL"}
    done = http.post(path, params={**ask, "verbose": "true"}, json=body).json()
    assert [each["subscriberIdString"] for each in done["results"]] == [address(some[0])]
    assert (done["numErrors"], done["results"][0]["statuses"][0]["status"]) == (1, "UNSUBSCRIBED")
    read = http.post(f"{path}/read", params=ask, json={"inputs": [address(some[0])]}).json()["results"]
    assert read[0]["wideStatuses"][0]["status"] == "UNSUBSCRIBED"
    assert http.post(path, params=ask, json={"inputs": ["a@b.example"] * 101}).status_code == 400
    own.settings(hubspot_enterprise=False)
    refused = http.post(path, params=ask, json=body)
    scopes = refused.json()["errors"][0]["context"]["requiredGranularScopes"]
    assert (refused.status_code, refused.json()["category"], len(scopes)) == (403, "MISSING_SCOPES", 1)


def test_a_batch_sets_statuses_input_by_input(own, http, some):
    """Each input names address and channel; what is so already keeps its time; Enterprise only."""
    path = "/communication-preferences/2026-09/statuses/batch/write"
    leave = {"channel": "EMAIL", "subscriptionId": 7_814_112, "statusState": "UNSUBSCRIBED"}
    good = {**leave, "subscriberIdString": address(some[0])}
    wrong = [
        {**leave, "subscriberIdString": "no address"}, {**good, "channel": "SMS"},
        {**good, "subscriptionId": 1}, {**good, "statusState": "NEVER"},
    ]  # fmt: skip
    done = http.post(path, json={"inputs": [*wrong, good]}).json()
    assert (done["numErrors"], len(done["errors"]), len(done["results"])) == (4, 4, 1)
    assert done["errors"][0]["context"]["subscriberIdString"] == ["no address"]
    [first] = done["results"]
    assert (first["status"], first["setStatusSuccessReason"]) == ("UNSUBSCRIBED", "REQUESTED_CHANGE_OCCURRED")
    own.advance(3_600)
    [again] = http.post(path, json={"inputs": [good]}).json()["results"]
    assert (again["timestamp"], again["setStatusSuccessReason"]) == (first["timestamp"], "NO_STATUS_CHANGE")
    assert http.post(path, json={"inputs": [good] * 101}).status_code == 400
    assert http.post(path, json={"inputs": []}).status_code == 400
    own.settings(hubspot_enterprise=False)
    assert http.post(path, json={"inputs": [good]}).status_code == 403


def test_a_kind_of_mail_that_is_not_made_yet_is_not_told(own, http):
    """Neither as a definition nor as a property of contacts."""
    own.settings(hubspot_subscriptions=2)
    told = http.get("/communication-preferences/v4/definitions").json()["results"]
    names = {each["name"] for each in http.get("/crm/v3/properties/contacts").json()["results"]}
    own.settings(hubspot_subscriptions=4)
    assert {each for each in names if each.startswith("hs_email_optout_")} == {
        f"hs_email_optout_{each['id']}" for each in told
    }
    assert len(told) == 2


def test_gdpr_delete_is_for_good(own, http, some):
    """The contact goes without a bin; an address nobody has is taken note of."""
    body = {"objectId": address(some[0]), "idProperty": "email"}
    assert http.post(f"{OBJECTS}/gdpr-delete", json=body).status_code == 204
    assert http.get(f"{OBJECTS}/{some[0]['id']}", params={"archived": "true"}).status_code == 404
    assert http.post(f"{OBJECTS}/gdpr-delete", json=body).status_code == 204
    assert http.post(f"{OBJECTS}/gdpr-delete", json={"objectId": "7"}).status_code == 404


def test_statistics_add_up(http):
    """Sent is delivered and bounced; by e-mail and in all; a span or ids are needed."""
    span = {"startTimestamp": "2020-01-01T00:00:00Z", "endTimestamp": "2030-01-01T00:00:00Z"}
    found = http.get("/marketing/emails/2026-09/statistics/list", params=span).json()
    counted = found["aggregate"]["counters"]
    assert counted["bounce"] == counted["hardbounced"] + counted["softbounced"] > 0
    assert 0 < counted["click"] < counted["open"] < counted["delivered"] < counted["sent"]
    each = [found["campaignAggregations"][str(number)]["counters"]["sent"] for number in found["emails"]]
    assert sum(each) == counted["sent"]
    one = http.get("/marketing/v3/emails/statistics/list", params={"emailIds": found["emails"][0]}).json()
    assert one["aggregate"]["counters"]["sent"] == each[0]
    assert http.get("/marketing/v3/emails/statistics/list").status_code == 400
    assert http.get("/marketing/v3/emails", params={"limit": 2}).json()["paging"]["next"]["after"] == "2"


# -- the Salesforce integration


def contact_of(own, http, trap, place=0):
    """A trap's contact in HubSpot, and its record in Salesforce, as both read now."""
    entry = own.traps()[trap][place]
    names = "email,hs_email_optout,salesforcecontactid,salesforcedeleted"
    found = http.get(f"{OBJECTS}/{entry['hubspot_id']}", params={"properties": names}).json()["properties"]
    with salesforce(own) as door:
        record = door.get(f"{CONTACT}/{entry['contact']}")
    return found, record.json() if record.status_code == 200 else None


@contextmanager
def salesforce(own):
    """Plain HTTP to the twin's Salesforce."""
    form = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}
    with httpx.Client(base_url=f"{own.url}/salesforce", trust_env=False) as http:
        token = http.post("/services/oauth2/token", data=form).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


def test_an_opt_out_goes_both_ways_after_the_lag(own, http):
    """From HubSpot to Salesforce and back, when the clock has moved on. Source: HubSpot's knowledge base."""
    found, record = contact_of(own, http, "invalid_by_one_event")
    http.post(f"{PREFERENCES}/{found['email']}/unsubscribe-all", params={"channel": "EMAIL"})
    assert not contact_of(own, http, "invalid_by_one_event")[1]["HasOptedOutOfEmail"]
    own.advance(400)
    assert contact_of(own, http, "invalid_by_one_event")[1]["HasOptedOutOfEmail"]
    other = own.traps()["mailbox_full"][0]
    with salesforce(own) as door:
        path = f"{CONTACT}/{other['contact']}"
        assert door.patch(path, json={"HasOptedOutOfEmail": True}).status_code == 204
        own.advance(400)
        assert contact_of(own, http, "mailbox_full")[0]["hs_email_optout"] == "true"
        door.patch(path, json={"HasOptedOutOfEmail": False})  # un-ticking does not opt back in
        own.advance(400)
    assert contact_of(own, http, "mailbox_full")[0]["hs_email_optout"] == "true"
    assert record["Id"] == found["salesforcecontactid"]


def test_outside_the_inclusion_list_nothing_is_carried(own, http):
    """An opt-out stays where it is until the contact comes into the list; then it reaches both sides."""
    before, record = contact_of(own, http, "outside_inclusion_list")
    assert (before["hs_email_optout"], record["HasOptedOutOfEmail"]) == ("true", False)
    http.post(f"{PREFERENCES}/{before['email']}/unsubscribe-all", params={"channel": "EMAIL"})
    own.advance(400)
    assert not contact_of(own, http, "outside_inclusion_list")[1]["HasOptedOutOfEmail"]
    for place in (0, 1):
        number = own.traps()["outside_inclusion_list"][place]["hubspot_id"]
        http.patch(f"{OBJECTS}/{number}", json={"properties": {"sync_to_salesforce": "true"}})
    own.advance(400)
    found, record = contact_of(own, http, "outside_inclusion_list")
    assert (record["HasOptedOutOfEmail"], found["salesforcecontactid"]) == (True, record["Id"])
    assert contact_of(own, http, "outside_inclusion_list", 1)[0]["hs_email_optout"] == "true"


def test_what_an_import_unticked_stays_out_in_hubspot(own, http):
    """The seeded trap: out in HubSpot, un-ticked in Salesforce by an import user."""
    found, record = contact_of(own, http, "unticked_in_salesforce")
    assert (found["hs_email_optout"], record["HasOptedOutOfEmail"]) == ("true", False)


def test_deletes_are_not_carried_and_returns_are(own, http):
    """A record deleted in Salesforce marks the contact; one that returns there is linked or made anew."""
    entry = own.traps()["suspended_2_hours_ago"][0]
    path = f"{CONTACT}/{entry['contact']}"
    with salesforce(own) as door:
        door.delete(path)
        own.advance(400)
        assert contact_of(own, http, "suspended_2_hours_ago")[0]["salesforcedeleted"] == "true"
        http.delete(f"{OBJECTS}/{entry['hubspot_id']}")
        made = {"LastName": "New", "Email": "fresh@sync.example", "HasOptedOutOfEmail": True}
        door.post(CONTACT, json=made)
        own.advance(400)
    read = http.get(
        f"{OBJECTS}/fresh@sync.example", params={"idProperty": "email", "properties": "hs_email_optout"}
    )
    assert read.json()["properties"]["hs_email_optout"] == "true"


def test_both_hold_the_same_people():
    """With both, each marketing automation has every person once; Marketo's seed is the same in any case."""
    alone, both = seeded(people=60), seeded(people=60, map="both")
    for table in ("mk_lead", "sf_contact", "sg_contact"):
        kept = [tuple(row) for row in alone.rows(f"SELECT * FROM {table} ORDER BY 1 LIMIT 60")]
        if table == "mk_lead":
            strip = [tuple(row)[1:8] for row in both.rows(f"SELECT * FROM {table} ORDER BY 1 LIMIT 60")]
            assert strip == [each[1:8] for each in kept]
    leads = {row["email"].strip().lower() for row in both.rows("SELECT email FROM mk_lead")}
    contacts = [row["email"] for row in both.rows("SELECT email FROM hs_contact")]
    assert len(contacts) == len(set(contacts))
    assert set(contacts) == leads
    assert alone.one("SELECT COUNT(*) AS n FROM hs_contact")["n"] == 0
    alone.close()
    both.close()


# -- lists, in detail


def branch(name, **operation):
    """A filter branch of one property."""
    single = {
        "filterType": "PROPERTY",
        "property": name,
        "operation": {"includeObjectsWithNoValueSet": False, **operation},
    }
    inner = {
        "filterBranchType": "AND",
        "filterBranchOperator": "AND",
        "filterBranches": [],
        "filters": [single],
    }
    return {"filterBranchType": "OR", "filterBranchOperator": "OR", "filterBranches": [inner], "filters": []}


def made(http, filters, kind="DYNAMIC"):
    """A list of these filters."""
    body = {
        "name": f"L{len(str(filters))}",
        "objectTypeId": "0-1",
        "processingType": kind,
        "filterBranch": filters,
    }
    return http.post("/crm/v3/lists", json=body)


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        (branch("country", operator="IS_EQUAL_TO", operationType="STRING", value="Japan"), {"Japan"}),
        (branch("country", operator="CONTAINS", operationType="STRING", value="apa"), {"Japan"}),
        (branch("hubspotscore", operator="IS_GREATER_THAN", operationType="NUMBER", value=200), set()),
        (branch("state", operator="IS_KNOWN", operationType="ALL_PROPERTY"), set()),
        (
            branch(
                "hs_email_optout", operator="IS_EQUAL_TO", operationType="BOOL", value=False,
                includeObjectsWithNoValueSet=True,
            ),
            None,
        ),
    ],
)  # fmt: skip
def test_filters_mean_what_they_say(http, own, filters, matches):
    """Text, numbers, flags, known and unknown; records without a value when that is asked for."""
    listed = made(http, filters).json()["list"]
    page = http.get(f"/crm/v3/lists/{listed['listId']}/memberships", params={"limit": 250}).json()["results"]
    held = own.state("hubspot")["hubspot"]["contact"]
    inside = [held[each["recordId"]] for each in page]
    if matches is None:
        assert inside
        assert not any(each["hs_email_optout"] for each in inside)
    else:
        assert {each["country"] for each in inside} == matches
        assert len(inside) == listed["size"]


@pytest.mark.parametrize(
    "filters",
    [
        None,
        {"filterBranchType": "AND", "filterBranches": [], "filters": []},
        {"filterBranchType": "OR", "filterBranches": [], "filters": [{}]},
        {"filterBranchType": "OR", "filterBranches": [], "filters": []},
        {"filterBranchType": "OR", "filterBranches": [{"filterBranchType": "OR"}], "filters": []},
        branch("nothing", operator="IS_KNOWN"),
        branch("country", operator="SOUNDS_LIKE", value="x"),
    ],
)
def test_filters_that_cannot_be_are_refused(http, filters):
    """A root OR, AND children, known properties and operators."""
    assert made(http, filters).status_code == 400


def test_static_lists_are_changed_in_one_call_and_emptied(http, some):
    """Added and removed together; a list is emptied without being deleted; mistakes are refused."""
    listed = made(http, None, kind="MANUAL").json()["list"]["listId"]
    path, ids = f"/crm/v3/lists/{listed}/memberships", [each["id"] for each in some[:3]]
    http.put(f"{path}/add", json=ids[:2])
    both = {"recordIdsToAdd": ids[2:], "recordIdsToRemove": [*ids[:1], "7"]}
    done = http.put(f"{path}/add-and-remove", json=both).json()
    assert done == {"recordsIdsAdded": ids[2:], "recordIdsRemoved": ids[:1], "recordIdsMissing": []}
    assert http.put(f"{path}/add", json={"ids": ids}).status_code == 400
    assert http.put(f"{path}/add", content=b"[").status_code == 400
    assert http.get(path, params={"after": "x"}).status_code == 400
    assert http.get(path, params={"limit": 251}).status_code == 400
    read = {"inputs": [{"objectTypeId": "0-2", "recordId": ids[0]}]}
    assert http.post("/crm/v3/lists/records/memberships/batch/read", json=read).status_code == 400
    assert http.delete(path).status_code == 204
    assert http.get(path).json()["results"] == []
    assert made(http, None, kind="MANUAL").status_code == 400  # the name is taken
    assert made(http, None, kind="MAGIC").status_code == 400
    assert http.get("/crm/v3/lists/999").status_code == 404
    assert http.get("/crm/v3/lists/object-type-id/0-1/name/None").status_code == 404
    assert http.put(f"/crm/v3/lists/{listed}/update-list-name").status_code == 400
    wanted = {"query": "", "offset": 0, "count": 1, "listIds": [listed], "additionalProperties": []}
    assert http.post("/crm/v3/lists/search", json=wanted).json()["total"] == 1
    assert len(http.get("/crm/v3/lists", params={"listIds": listed}).json()["lists"]) == 1
