"""Marketo's own traps: failures inside HTTP 200, quotas, suspended and invalid, long queries, lists."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tools.connectors.marketo.client import SUSPENDED, DayUsedUp, QueueFull, UnderWay, failure, midnight
from tools.connectors.marketo.fields import consent, deliverability
from tools.connectors.marketo.writer import number
from tools.errors import NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.plan import Change


@pytest.fixture
def marketo(own_twin, kit):
    """Marketo over a twin that is put back afterwards."""
    own_twin.clear_faults()
    own_twin.clear_log()
    yield kit.over(own_twin.url, "marketo")
    own_twin.clear_faults()
    own_twin.settings(marketo_daily_calls=50_000)


def trap(twin, name):
    """One seeded trap's person in Marketo."""
    return twin.traps()[name][0]


def row(lead, op, values=None, **more):
    """A change of one lead."""
    return Change(
        subject="s", system="marketo", object="lead", record_id=lead, op=op, set=values or {}, **more
    )


@pytest.mark.parametrize(
    ("code", "write", "error"),
    [
        ("606", True, RetryLater),
        ("615", True, RetryLater),
        ("608", True, RetryLater),
        ("713", True, RetryLater),
        ("604", True, OutcomeUnknown),
        ("611", True, OutcomeUnknown),
        ("604", False, RetryLater),
        ("611", False, RetryLater),
        ("607", False, DayUsedUp),
        ("1029", False, Refused),
        ("603", False, NeedsAttention),
        ("600", True, NeedsAttention),
        ("1003", True, Refused),
        ("1006", False, Refused),
        ("610", False, Refused),
    ],
)
def test_codes_are_named_by_recovery(code, write, error):
    """Marketo fails with HTTP 200: its codes say whether to wait, stop, read back or call a person."""
    found = failure(code, "the vendor's words about a@b.example", write=write, now=datetime.now(UTC))
    assert type(found) is error
    assert code in found.detail
    assert "@" not in found.detail


def test_suspended_is_history_after_a_day(twin, kit):
    """A lead suspended 26 hours ago is mailable though the flag stays; two hours ago it is blocked.

    Source: Marketo's documentation of hard and soft bounces.
    """
    marketo = kit.over(twin.url, "marketo")
    for name, state in (("suspended_26_hours_ago", "ok"), ("suspended_2_hours_ago", "blocked")):
        person = kit.everyone(marketo, [trap(twin, name)["email"]])[0]
        assert person.raw["emailSuspended"] is True
        assert person.deliverability == state


def test_what_the_flags_say():
    """Consent and mailbox are two axes: each flag speaks for one of them, a box for its group."""
    now = datetime.now(UTC)
    said = {"unsubscribed": True, "unsubscribedReason": "form"}
    assert [mark.state for mark in consent(said, SUSPENDED)] == ["opt_out_global"]
    assert [mark.source for mark in consent({"blackListed": True}, SUSPENDED)] == ["blackListed"]
    suspended = consent({"marketingSuspended": True}, SUSPENDED)
    assert [(mark.scope, mark.state) for mark in suspended] == [("marketing", "opt_out_group")]
    assert consent({"emailInvalid": True}, SUSPENDED) == ()
    assert deliverability({"unsubscribed": True}, now)[0] == "ok"
    assert (
        deliverability({"emailInvalid": True, "emailInvalidCause": "550 5.1.1 user unknown"}, now)[0]
        == "invalid"
    )
    assert (
        deliverability({"emailInvalid": True, "emailInvalidCause": "554 5.7.1 blocked by policy"}, now)[0]
        == "blocked"
    )


def test_a_long_query_goes_as_a_form(twin, kit, addresses):
    """More addresses than a URI of 8 KB holds are asked in a form that Marketo takes for a GET."""
    twin.clear_log()
    found = kit.everyone(kit.over(twin.url, "marketo"), addresses[:299])
    assert len(found) == 299
    asked = [each for each in twin.log("marketo") if each["path"] == "/rest/v1/leads.json"]
    assert [(each["method"], each["query"]) for each in asked] == [("POST", "_method=GET")]


def test_an_hour_later_the_token_is_renewed(own_twin, marketo, addresses, kit):
    """Tokens live an hour: the next call gets a new one and goes on, a write as well."""
    people = kit.everyone(marketo, addresses[:2])
    own_twin.advance(3_700)
    own_twin.clear_log()
    rows = kit.changes(marketo, people, "suppress")
    assert [each.state for each in marketo.writer.apply(rows)] == ["applied"] * 2
    paths = [each["path"] for each in own_twin.log("marketo")]
    assert paths.count("/identity/oauth/token") == 1


def test_a_token_that_is_never_taken_needs_a_person(own_twin, marketo, addresses, kit):
    """A second refusal right after a new token is no expiry."""
    own_twin.fault(system="marketo", match="/rest/", kind="401", times=100)
    with pytest.raises(NeedsAttention, match="token"):
        kit.everyone(marketo, addresses[:1])


def test_the_daily_quota_tells_when_it_comes_back(own_twin, marketo, addresses, kit):
    """607 is not waited for here, and says until when: the next midnight, Central Standard Time."""
    kit.everyone(marketo, addresses[:1])
    own_twin.settings(marketo_daily_calls=1)
    with pytest.raises(DayUsedUp, match="used up") as caught:
        kit.everyone(marketo, addresses[:1])
    until = midnight(datetime.now(UTC))
    assert f"{until:%Y-%m-%d} 06:00 UTC" in caught.value.do
    assert abs(caught.value.after - (until - datetime.now(UTC)).total_seconds()) < 60
    assert marketo.reader.health().reachable


def test_1029_is_told_apart_by_its_words():
    """The same code says that the queue is full, that the day's megabytes are gone, or that a job is done."""
    now = datetime.now(UTC)
    full = failure("1029", "Too many jobs in queue", write=False, now=now)
    gone = failure("1029", "Export daily quota 500MB exceeded", write=False, now=now)
    done = failure("1029", "Export is already Queued", write=False, now=now)
    odd = failure("1029", "Something else", write=False, now=now)
    assert [type(each) for each in (full, gone, done, odd)] == [QueueFull, DayUsedUp, UnderWay, Refused]


def test_the_reason_is_written_beside_the_opt_out(own_twin, marketo, addresses, kit):
    """Suppressing sets unsubscribed and says why."""
    person = kit.everyone(marketo, addresses[:1])[0]
    said = marketo.reader.express("suppress", person, note="Mailbox gone: P-7")
    assert said.set == {"unsubscribed": True, "unsubscribedReason": "Mailbox gone: P-7"}
    marketo.writer.apply([row(person.record_id, "suppress", said.set)])
    again = kit.everyone(marketo, addresses[:1])[0]
    assert again.raw["unsubscribedReason"] == "Mailbox gone: P-7"
    assert [mark.state for mark in again.consent] == ["opt_out_global"]


def test_guards_of_a_lead(twin, kit):
    """A suppression rests on the address and the invalid flag, a deletion never on consent."""
    marketo = kit.over(twin.url, "marketo")
    person = kit.everyone(marketo, [trap(twin, "invalid_by_two_systems")["email"]])[0]
    facts = frozenset({"address", "consent", "deliverability", "ties"})
    suppress = marketo.reader.express("suppress", person, note="x", rests_on=facts)
    delete = marketo.reader.express("delete", person, note="x", rests_on=facts)
    assert suppress.guard == {"email": person.address, "unsubscribed": False, "emailInvalid": True}
    assert delete.guard == {"email": person.address, "emailInvalid": True}
    assert marketo.reader.express("merge", person, note="x") is None


def test_rows_are_skipped_with_reasons(own_twin, marketo):
    """A lead that is gone, an unknown field, an id that is none: each row fails with its code and a hint."""
    outcomes = marketo.writer.apply([row("999999999", "update", {"title": "x"})])
    assert (outcomes[0].state, outcomes[0].error[:4]) == ("failed", "1004")
    assert outcomes[0].hint
    outcomes = marketo.writer.apply([row("1000001", "update", {"noSuchField": "x"})])
    assert outcomes[0].error.startswith("1006")
    outcomes = marketo.writer.apply([row("999999999", "delete")])
    assert outcomes[0].error.startswith("1004")
    assert number("17") == 17
    for bad in ("", "1;2", "-1", "１", None):
        with pytest.raises(Refused):
            number(bad)


def test_a_delete_is_made_anew_under_another_id(own_twin, marketo, addresses, kit):
    """What the API may not write is left out; a lead that is there already is not doubled."""
    person = kit.everyone(marketo, addresses[:1])[0]
    gone = row(person.record_id, "delete", backup=person.raw)
    marketo.writer.apply([gone])
    back = marketo.reader.inverse(gone, now=None, at=datetime.now(UTC))
    assert not {"id", "createdAt", "sfdcId", "emailSuspended"} & set(back.set)
    create = replace(gone, op="create", record_id=None, set={**back.set, "idempotency_key": "k"})
    made = marketo.writer.apply([create])[0]
    assert made.state == "applied"
    assert made.record_id != person.record_id
    twice = marketo.writer.apply([create])[0]
    assert (twice.state, twice.error[:4]) == ("failed", "1005")


def test_inverses_of_a_lead(marketo, addresses, kit):
    """Updates go back to the backup; what somebody touched since, and a person's own opt-out, stay."""
    person = kit.everyone(marketo, addresses[:1])[0]
    at = datetime.now(UTC)
    changed = row(person.record_id, "update", {"title": "Chief"}, backup=person.raw)
    back = marketo.reader.inverse(changed, now={**person.raw, "title": "Chief"}, at=at)
    assert (back.op, back.set, back.guard) == ("update", {"title": person.title}, {"title": "Chief"})
    assert marketo.reader.inverse(changed, now={**person.raw, "title": "CEO"}, at=at).code == "changed_since"
    assert marketo.reader.inverse(changed, now=None, at=at).code == "gone"
    assert (
        marketo.reader.inverse(replace(changed, backup={}), now={"title": "Chief"}, at=at).code == "no_backup"
    )
    stop = {"unsubscribed": True, "unsubscribedReason": "ours"}
    own = row(person.record_id, "suppress", stop, backup={**person.raw, "unsubscribed": True})
    assert marketo.reader.inverse(own, now={**person.raw, **stop}, at=at).code == "own_opt_out"
    ours = replace(own, backup=person.raw)
    reworded = {**person.raw, **stop, "unsubscribedReason": "asked on the phone"}
    assert marketo.reader.inverse(ours, now=reworded, at=at).code == "changed_since"
    assert marketo.reader.inverse(replace(own, op="create"), now=person.raw, at=at).op == "delete"
    member = row(person.record_id, "add_member", {"listId": 1})
    assert marketo.reader.inverse(member, now=person.raw, at=at).op == "remove_member"


def test_lists_are_joined_and_left(own_twin, marketo, addresses, kit):
    """Members go into and out of static lists, several lists at once, and read back."""
    people = kit.everyone(marketo, addresses[:3])
    lists = [each["id"] for each in marketo.reader.client.read("/rest/v1/lists.json")["result"]][:2]
    since = datetime.now(UTC) - timedelta(minutes=1)
    joins = [row(each.record_id, "add_member", {"listId": listed}) for listed in lists for each in people]
    mixed = joins[::2] + joins[1::2]
    assert {each.state for each in marketo.writer.apply(mixed)} == {"applied"}
    assert marketo.writer.read_back(mixed, since) == ["landed"] * 6
    leaves = [replace(each, op="remove_member") for each in mixed[:4]]
    assert marketo.writer.read_back(leaves, since) == ["not_landed"] * 4
    assert {each.state for each in marketo.writer.apply(leaves)} == {"applied"}
    assert marketo.writer.read_back(leaves, since) == ["landed"] * 4
    assert marketo.writer.read_back(mixed, since) == ["not_landed"] * 4 + ["landed"] * 2
    assert marketo.writer.apply(leaves[:1])[0].state == "failed"


def test_a_second_list_that_fails_leaves_doubt(own_twin, marketo, addresses, kit):
    """When one list was taken and the next is refused, "nothing was taken" would be a lie."""
    people = kit.everyone(marketo, addresses[:1])
    lists = [each["id"] for each in marketo.reader.client.read("/rest/v1/lists.json")["result"]][:2]
    rows = [row(people[0].record_id, "add_member", {"listId": listed}) for listed in lists]
    own_twin.fault(system="marketo", match=f"POST /rest/v1/lists/{lists[1]}/", kind="429")
    with pytest.raises(OutcomeUnknown):
        marketo.writer.apply(rows)


def test_memberships_by_list_and_by_lead_agree(twin, kit, addresses):
    """A few people are asked one by one, many are looked up list by list: the same lists come out."""
    marketo = kit.over(twin.url, "marketo")
    people = kit.everyone(marketo, addresses[:30])
    many = {(m.subject, m.list_or_campaign) for batch in marketo.reader.memberships(people) for m in batch}
    few = {
        (m.subject, m.list_or_campaign)
        for at in (0, 10, 20)
        for batch in marketo.reader.memberships(people[at : at + 10])
        for m in batch
    }
    assert few == many


def test_clicks_of_scanners_are_left_out(twin, kit):
    """Only people's own clicks count as a sign of life; asked for everybody and for some, they agree."""
    marketo = kit.over(twin.url, "marketo")
    since = datetime.now(UTC) - timedelta(days=400)
    every = [each for batch in marketo.reader.engagements(since) for each in batch]
    alive = kit.everyone(marketo, [trap(twin, "wrongly_suppressed")["email"]])
    some = [each for batch in marketo.reader.engagements(since, alive) for each in batch]
    assert some
    assert {each.record_id for each in some} == {each.record_id for each in alive}
    assert set(some) <= set(every)


def test_a_bounce_without_an_address_is_looked_up(twin, kit):
    """Where the activity does not name the address, the lead does; a deleted lead's bounce is left out."""
    marketo = kit.over(twin.url, "marketo")
    lead = trap(twin, "invalid_by_two_systems")["marketo_id"]
    page = [
        {
            "leadId": lead,
            "activityDate": "2026-01-02T03:04:05Z",
            "attributes": [{"name": "Category", "value": "2"}],
        },
        {"leadId": 1, "activityDate": "2026-01-02T03:04:05Z", "attributes": []},
    ]
    known = marketo.reader._addresses(page)
    assert known[lead] == trap(twin, "invalid_by_two_systems")["email"]
    events = [marketo.reader._event(each, known) for each in page]
    assert events[0].bounce_class == "invalid"
    assert events[1] is None
