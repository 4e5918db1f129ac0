"""The twin's Salesforce: field security, picklists, rules, history, campaign members, merges, tasks."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

DATA = "/salesforce/services/data/v62.0"
SOAP = "/salesforce/services/Soap/u/62.0"
COLLECTION = f"{DATA}/composite/sobjects"
KEYS = {"grant_type": "client_credentials", "client_id": "twin-client", "client_secret": "twin-secret"}
PLAIN = {
    "salesforce_hidden_fields": [], "salesforce_read_only_fields": [], "salesforce_required_fields": [],
    "salesforce_restricted_picklists": [], "salesforce_refused_values": [], "salesforce_locked_records": [],
    "salesforce_refuses_duplicates": False, "salesforce_field_history": True,
}  # fmt: skip


@pytest.fixture
def salesforce(own_twin: Any) -> Iterator[httpx.Client]:
    """A client with a session; the administrator's settings are put back afterwards."""
    own_twin.clear_faults()
    with httpx.Client(base_url=own_twin.url, trust_env=False, verify=False, timeout=10) as client:
        session = client.post("/salesforce/services/oauth2/token", data=KEYS).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {session}"
        yield client
    own_twin.clear_faults()
    own_twin.settings(**PLAIN)


def ask(salesforce: httpx.Client, text: str, resource: str = "query") -> list[dict[str, Any]]:
    reply = salesforce.get(f"{DATA}/{resource}", params={"q": text})
    assert reply.is_success, reply.text
    found: list[dict[str, Any]] = reply.json()["records"]
    return found


def refused(reply: httpx.Response) -> str:
    """The code a request was refused with."""
    assert reply.status_code == 400, reply.text
    return str(reply.json()[0]["errorCode"])


def created(salesforce: httpx.Client, name: str, **values: Any) -> httpx.Response:
    return salesforce.post(f"{DATA}/sobjects/{name}", json=values)


def made(salesforce: httpx.Client, name: str, **values: Any) -> str:
    reply = created(salesforce, name, **values)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def changed(salesforce: httpx.Client, name: str, record: str, **values: Any) -> httpx.Response:
    return salesforce.patch(f"{DATA}/sobjects/{name}/{record}", json=values)


def merged(
    salesforce: httpx.Client, master: str, *losers: str, kind: str = "Contact", values: str = ""
) -> str:
    """What the SOAP call answers."""
    token = salesforce.headers["Authorization"].removeprefix("Bearer ")
    gone = "".join(f"<recordToMergeIds>{each}</recordToMergeIds>" for each in losers)
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">'
        f"<e:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader></e:Header><e:Body><merge>"
        f"<request><masterRecord><type>{kind}</type>{values}<Id>{master}</Id></masterRecord>{gone}</request>"
        "</merge></e:Body></e:Envelope>"
    )
    return salesforce.post(SOAP, content=body, headers={"Content-Type": "text/xml"}).text


def test_a_hidden_field_is_nowhere(own_twin, salesforce):
    """Field-level security hides a field from describe, query, read and write alike."""
    one = made(salesforce, "Contact", LastName="Seen", Title="Known")
    own_twin.settings(salesforce_hidden_fields=["Contact.Title"])
    described = salesforce.get(f"{DATA}/sobjects/Contact/describe").json()["fields"]
    assert "Title" not in {each["name"] for each in described}
    for text in ("SELECT Title FROM Contact", "SELECT Id FROM Contact WHERE Title = 'x'"):
        assert refused(salesforce.get(f"{DATA}/query", params={"q": text})) == "INVALID_FIELD"
    assert "Title" not in salesforce.get(f"{DATA}/sobjects/Contact/{one}").json()
    assert refused(changed(salesforce, "Contact", one, Title="x")) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    job = salesforce.post(
        f"{DATA}/jobs/query", json={"operation": "query", "query": "SELECT Title FROM Lead"}
    )
    assert job.is_success


def test_a_read_only_field_is_read_and_not_written(own_twin, salesforce):
    """describe() says so, and a write is refused."""
    own_twin.settings(salesforce_read_only_fields=["Contact.Title"])
    described = {
        each["name"]: each for each in salesforce.get(f"{DATA}/sobjects/Contact/describe").json()["fields"]
    }
    assert (described["Title"]["updateable"], described["LastName"]["updateable"]) == (False, True)
    assert (
        refused(created(salesforce, "Contact", LastName="X", Title="Y")) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    )


def test_picklists_refuse_only_where_they_are_restricted(own_twin, salesforce):
    """A value a picklist does not list is taken until an administrator restricts it."""
    lead = made(salesforce, "Lead", LastName="P", Company="P Ltd", Status="Simmering")
    own_twin.settings(salesforce_restricted_picklists=["Lead.Status"])
    status = next(
        each
        for each in salesforce.get(f"{DATA}/sobjects/Lead/describe").json()["fields"]
        if each["name"] == "Status"
    )
    assert status["restrictedPicklist"]
    assert "Working" in {each["value"] for each in status["picklistValues"]}
    code = refused(changed(salesforce, "Lead", lead, Status="Boiling"))
    assert code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert changed(salesforce, "Lead", lead, Status="Working").status_code == 204


@pytest.mark.parametrize(
    ("settings", "values", "code"),
    [
        ({"salesforce_refused_values": ["Lead.Title=Intern"]}, {"Title": "Intern"},
         "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"salesforce_required_fields": ["Lead.LeadSource"]}, {}, "REQUIRED_FIELD_MISSING"),
        ({"salesforce_refuses_duplicates": True}, {"Email": "twice@rules.example"}, "DUPLICATES_DETECTED"),
    ],
)  # fmt: skip
def test_an_organisations_rules_refuse_new_records(own_twin, salesforce, settings, values, code):
    """Validation rules, required fields and duplicate rules, each with the vendor's code; others pass."""
    made(salesforce, "Lead", LastName="First", Company="R Ltd", Email="twice@rules.example")
    own_twin.settings(**settings)
    assert refused(created(salesforce, "Lead", LastName="R", Company="R Ltd", **values)) == code
    made(salesforce, "Lead", LastName="R", Company="R Ltd", LeadSource="Web", Email="once@rules.example")


def test_a_locked_record_is_neither_written_nor_deleted(own_twin, salesforce):
    """Somebody else holds it."""
    one = made(salesforce, "Contact", LastName="Held")
    own_twin.settings(salesforce_locked_records=[one])
    assert refused(changed(salesforce, "Contact", one, Title="x")) == "UNABLE_TO_LOCK_ROW"
    assert refused(salesforce.delete(f"{DATA}/sobjects/Contact/{one}")) == "UNABLE_TO_LOCK_ROW"


def test_history_keeps_who_changed_the_box_and_cannot_be_filtered_by_value(own_twin, salesforce):
    """One line a change, none for other fields; values are only read; untracked, nothing is there."""
    one = made(salesforce, "Contact", LastName="Told")
    for value in (True, True, False):
        changed(salesforce, "Contact", one, HasOptedOutOfEmail=value, Title=str(value))
    columns = "Field, OldValue, NewValue, CreatedBy.Name"
    text = f"SELECT {columns} FROM ContactHistory WHERE ContactId = '{one}'"
    lines = ask(salesforce, text)
    assert [(each["Field"], each["OldValue"], each["NewValue"]) for each in lines] == [
        ("HasOptedOutOfEmail", False, True), ("HasOptedOutOfEmail", True, False),
    ]  # fmt: skip
    assert {each["CreatedBy"]["Name"] for each in lines} == {"Clearance Integration"}
    child = f"SELECT Id, (SELECT NewValue FROM Histories) FROM Contact WHERE Id = '{one}'"
    assert ask(salesforce, child)[0]["Histories"]["totalSize"] == 2
    by_value = "SELECT Id FROM ContactHistory WHERE NewValue = 'true'"
    assert refused(salesforce.get(f"{DATA}/query", params={"q": by_value})) == "INVALID_FIELD"
    own_twin.settings(salesforce_field_history=False)
    changed(salesforce, "Contact", one, HasOptedOutOfEmail=True)
    assert refused(salesforce.get(f"{DATA}/query", params={"q": text})) == "INVALID_TYPE"
    relations = salesforce.get(f"{DATA}/sobjects/Contact/describe").json()["childRelationships"]
    assert "Histories" not in {each["relationshipName"] for each in relations}
    own_twin.settings(salesforce_field_history=True)
    assert len(ask(salesforce, text)) == 2
    assert refused(created(salesforce, "ContactHistory")) == "INVALID_TYPE_FOR_OPERATION"


def test_members_have_their_campaigns_statuses(salesforce):
    """The first is the default, an unknown one becomes it, responding is dated, and nobody is in twice."""
    campaign = ask(salesforce, "SELECT Id FROM Campaign WHERE Name = 'Autumn Webinar Invite'")[0]["Id"]
    listed = ask(
        salesforce,
        f"SELECT Label FROM CampaignMemberStatus WHERE CampaignId = '{campaign}' ORDER BY SortOrder",
    )
    assert [each["Label"] for each in listed] == ["Sent", "Registered", "Attended", "Responded"]
    one = made(salesforce, "Contact", LastName="Member")
    before = ask(salesforce, f"SELECT NumberOfContacts FROM Campaign WHERE Id = '{campaign}'")[0]
    member = made(salesforce, "CampaignMember", CampaignId=campaign, ContactId=one, Status="Dancing")
    text = f"SELECT Status, HasResponded, FirstRespondedDate FROM CampaignMember WHERE Id = '{member}'"
    assert [ask(salesforce, text)[0][name] for name in ("Status", "HasResponded")] == ["Sent", False]
    changed(salesforce, "CampaignMember", member, Status="attended")
    now = ask(salesforce, text)[0]
    assert (now["Status"], now["HasResponded"]) == ("Attended", True)
    assert now["FirstRespondedDate"]
    after = ask(salesforce, f"SELECT NumberOfContacts FROM Campaign WHERE Id = '{campaign}'")[0]
    assert after["NumberOfContacts"] == before["NumberOfContacts"] + 1
    twice = created(salesforce, "CampaignMember", CampaignId=campaign, ContactId=one)
    assert refused(twice) == "DUPLICATE_VALUE"
    assert refused(created(salesforce, "CampaignMember", CampaignId=campaign)) == "REQUIRED_FIELD_MISSING"


def pair(salesforce: httpx.Client) -> tuple[str, str, str, str]:
    """Two contacts, the second in a campaign, with a case and a task: their ids and the campaign's."""
    campaign = ask(salesforce, "SELECT Id FROM Campaign LIMIT 1")[0]["Id"]
    one = made(salesforce, "Contact", LastName="Kept", Title="Boss", Email="kept@merge.example")
    two = made(salesforce, "Contact", LastName="Lost", Title="Aide", HasOptedOutOfEmail=True)
    made(salesforce, "CampaignMember", CampaignId=campaign, ContactId=two)
    made(salesforce, "Case", ContactId=two, Subject="Help")
    task = made(salesforce, "Task", WhoId=two, Subject="Call")
    return one, two, campaign, task


def test_a_merge_keeps_the_masters_values_and_takes_the_children(salesforce):
    """Check-boxes are the master's too; members, cases and tasks move; the loser says into whom it went."""
    one, two, campaign, task = pair(salesforce)
    answer = merged(salesforce, one, two)
    assert "<success>true</success>" in answer
    assert f"<mergedRecordIds>{two}</mergedRecordIds>" in answer
    assert f"<updatedRelatedIds>{task}</updatedRelatedIds>" in answer
    order = [answer.index(f"<{each}>") for each in ("id", "mergedRecordIds", "success", "updatedRelatedIds")]
    assert order == sorted(order)  # a sequence in the vendor's WSDL
    kept = salesforce.get(f"{DATA}/sobjects/Contact/{one}").json()
    assert (kept["Title"], kept["HasOptedOutOfEmail"]) == ("Boss", False)
    for name in ("CampaignMember", "Case"):
        assert ask(salesforce, f"SELECT Id FROM {name} WHERE ContactId = '{one}'"), name
    assert ask(salesforce, f"SELECT Who.Name FROM Task WHERE Id = '{task}'")[0]["Who"]["Name"] == "Kept"
    lost = ask(salesforce, f"SELECT IsDeleted, MasterRecordId FROM Contact WHERE Id = '{two}'", "queryAll")[0]
    assert (lost["IsDeleted"], lost["MasterRecordId"]) == (True, one)
    assert campaign


def test_values_given_with_a_merge_win(salesforce):
    """What the request sets or clears is set or cleared on the master."""
    one, two, _, _ = pair(salesforce)
    merged(
        salesforce, one, two,
        values="<fieldsToNull>Title</fieldsToNull><HasOptedOutOfEmail>true</HasOptedOutOfEmail>",
    )  # fmt: skip
    kept = salesforce.get(f"{DATA}/sobjects/Contact/{one}").json()
    assert (kept["Title"], kept["HasOptedOutOfEmail"]) == (None, True)


def test_a_person_stays_in_a_campaign_once(salesforce):
    """When both are members the master's place is kept and the other goes to the bin."""
    one, two, campaign, _ = pair(salesforce)
    mine = made(salesforce, "CampaignMember", CampaignId=campaign, ContactId=one)
    merged(salesforce, one, two)
    left = ask(salesforce, f"SELECT Id FROM CampaignMember WHERE ContactId = '{one}'")
    assert [each["Id"] for each in left] == [mine]


def test_merges_are_refused_for_the_vendors_reasons(own_twin, salesforce):
    """More than three, itself, other objects, converted leads, objects that cannot be merged."""
    one, two, campaign, _ = pair(salesforce)
    more = [made(salesforce, "Contact", LastName=f"More {number}") for number in range(2)]
    converted = own_twin.traps()["converted_lead"][0]["lead"]
    lead = made(salesforce, "Lead", LastName="L", Company="L Ltd")
    cases = [
        (merged(salesforce, one, two, *more), "NUMBER_OUTSIDE_VALID_RANGE"),
        (merged(salesforce, one), "NUMBER_OUTSIDE_VALID_RANGE"),
        (merged(salesforce, one, one), "INVALID_FIELD"),
        (merged(salesforce, one, lead), "INVALID_CROSS_REFERENCE_KEY"),
        (merged(salesforce, lead, converted, kind="Lead"), "CANNOT_UPDATE_CONVERTED_LEAD"),
        (merged(salesforce, campaign, campaign, kind="Campaign"), "INVALID_TYPE"),
        (merged(salesforce, one, two, kind="Nothing"), "INVALID_TYPE"),
    ]
    assert all(f"<statusCode>{code}</statusCode>" in answer for answer, code in cases), cases
    assert ask(salesforce, f"SELECT Id FROM Contact WHERE Id IN ('{one}', '{two}')")


def test_a_merge_can_be_dropped_or_refused_by_a_fault(own_twin, salesforce):
    """A dropped merge says done and did nothing."""
    one, two, _, _ = pair(salesforce)
    own_twin.fault(system="salesforce", match="Soap", kind="drop_row")
    assert "<success>true</success>" in merged(salesforce, one, two)
    assert ask(salesforce, f"SELECT Id FROM Contact WHERE Id = '{two}'")
    own_twin.clear_faults()
    own_twin.fault(system="salesforce", match="Soap", kind="partial")
    assert "UNABLE_TO_LOCK_ROW" in merged(salesforce, one, two)


def test_a_merged_record_comes_back_without_its_children(salesforce):
    """Undelete brings the loser back as the vendor documents it: what it had stays with the master."""
    one, two, campaign, _ = pair(salesforce)
    merged(salesforce, one, two)
    token = salesforce.headers["Authorization"].removeprefix("Bearer ")
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">'
        f"<e:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader></e:Header>"
        f"<e:Body><undelete><ids>{two}</ids></undelete></e:Body></e:Envelope>"
    )
    assert "<success>true</success>" in salesforce.post(SOAP, content=body).text
    back = ask(salesforce, f"SELECT MasterRecordId FROM Contact WHERE Id = '{two}'")[0]
    assert back["MasterRecordId"] is None
    assert ask(salesforce, f"SELECT Id FROM CampaignMember WHERE ContactId = '{two}'") == []
    assert ask(salesforce, f"SELECT Id FROM CampaignMember WHERE CampaignId = '{campaign}' LIMIT 1")


def test_people_are_somewhere_and_come_from_somewhere(salesforce):
    """Cities, states, industries and lead sources are seeded, some of them missing."""
    for name, fields in (("Contact", "MailingCity, MailingState"), ("Lead", "City, State")):
        rows = ask(salesforce, f"SELECT {fields}, LeadSource FROM {name}")
        for field in fields.split(", "):
            filled = [each[field] for each in rows if each[field]]
            assert 0 < len(filled) < len(rows), field
        assert len({each["LeadSource"] for each in rows}) > 3


def composite(salesforce: httpx.Client, *queries: str) -> httpx.Response:
    """Queries sent as one request."""
    asked = [
        {"method": "GET", "url": f"/services/data/v62.0/query?q={each}", "referenceId": f"r{number}"}
        for number, each in enumerate(queries)
    ]
    return salesforce.post(f"{DATA}/composite", json={"compositeRequest": asked})


def test_a_composite_answers_five_queries_as_one_call(salesforce):
    """Each has its own status and body; it is one call of the day; six are refused, and so are writes."""
    before = salesforce.get(f"{DATA}/limits").json()["DailyApiRequests"]["Remaining"]
    good, bad = "SELECT+Id+FROM+Lead+LIMIT+3", "SELECT+Nothing+FROM+Lead"
    answers = composite(salesforce, good, bad).json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in answers] == [200, 400]
    assert len(answers[0]["body"]["records"]) == 3
    assert answers[1]["body"][0]["errorCode"] == "INVALID_FIELD"
    assert [each["referenceId"] for each in answers] == ["r0", "r1"]
    assert salesforce.get(f"{DATA}/limits").json()["DailyApiRequests"]["Remaining"] == before - 2
    assert refused(composite(salesforce, *[good] * 6)) == "INVALID_INPUT"
    writing = {"method": "DELETE", "url": "/services/data/v62.0/sobjects/Lead/x", "referenceId": "w"}
    answer = salesforce.post(f"{DATA}/composite", json={"compositeRequest": [writing]}).json()
    assert answer["compositeResponse"][0]["httpStatusCode"] == 404
