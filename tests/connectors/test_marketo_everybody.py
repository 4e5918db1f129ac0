"""Everybody in Marketo: bulk extracts by month of creation, and where consent stands with its story."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tools.abilities import KeepsConsent
from tools.connectors.marketo.client import DayUsedUp
from tools.connectors.marketo.extract import Extract
from tools.errors import RetryLater


@pytest.fixture
def marketo(own_twin, kit):
    """Marketo over a twin that is put back afterwards, its settings too."""
    own_twin.clear_faults()
    own_twin.advance(30)
    own_twin.clear_log()
    yield kit.over(own_twin.url, "marketo")
    own_twin.clear_faults()
    own_twin.settings(marketo_export_seconds=0, marketo_export_megabytes=500, marketo_exports_fail=0)


def trap(twin, name):
    """One seeded trap's person in Marketo."""
    return twin.traps()[name][0]


def said(batches):
    """Everything of a stream of batches."""
    return [each for batch in batches for each in batch]


def jobs(twin):
    """Extract jobs made, in the order they were asked for."""
    return [each for each in twin.log("marketo") if each["path"].endswith("export/create.json")]


def test_everybody_is_extracted_by_windows_of_31_days(own_twin, marketo):
    """Every lead comes once and whole, from windows of at most 31 days, polled once each after a minute."""
    found = said(marketo.reader.people())
    leads = own_twin.state("marketo")["marketo"]["lead"]
    assert sorted(each.record_id for each in found) == sorted(leads)
    one = next(each for each in found if each.score is not None and each.created)
    held = leads[one.record_id]
    assert {name: one.raw[name] for name in held if name in one.raw} == held
    assert (one.phone, one.industry, one.lead_source) == (
        held["phone"] or "", held["industry"] or "", held["leadSource"] or "",
    )  # fmt: skip
    polls = [each for each in own_twin.log("marketo") if each["path"].endswith("status.json")]
    assert len(polls) == len(jobs(own_twin))
    calls = len(own_twin.log("marketo"))
    assert calls <= 4 * len(jobs(own_twin)) + 5


def test_the_walk_ends_after_a_quiet_year_unless_an_older_lead_is_known(own_twin, marketo):
    """After twelve empty windows older ids are asked for; one that is there makes the walk go on."""
    first = Extract(marketo.reader.client, marketo.reader.clock, ["id", "createdAt"])
    found = said(first.leads())
    oldest = min(found, key=lambda each: each["createdAt"])
    reached = min(window(each)[0] for each in jobs(own_twin))
    born = datetime.fromisoformat(oldest["createdAt"])
    assert timedelta(days=11 * 31) < born - reached < timedelta(days=30 * 31)
    asked = [each for each in own_twin.log("marketo") if each["path"] == "/rest/v1/leads.json"]
    assert 1 <= len(asked) <= 2


def window(entry):
    """The dates of an order for an extract."""
    given = json.loads(entry["request"])["filter"]["createdAt"]
    return datetime.fromisoformat(given["startAt"]), datetime.fromisoformat(given["endAt"])


def test_windows_join_without_a_gap(own_twin, marketo):
    """Each window ends a second before the next newer one begins."""
    said(Extract(marketo.reader.client, marketo.reader.clock, ["id"]).leads())
    spans = [window(each) for each in jobs(own_twin)]
    for newer, older in pairwise(spans):
        assert newer[0] - older[1] == timedelta(seconds=1)
        assert newer[1] - newer[0] <= timedelta(days=31)


def test_a_failed_job_is_made_again_for_its_window_alone(own_twin, marketo):
    """Two jobs fail: two more jobs are made, nobody is read twice and nobody is missing."""
    own_twin.settings(marketo_exports_fail=2)
    found = said(Extract(marketo.reader.client, marketo.reader.clock, ["id"]).leads())
    ids = [each["id"] for each in found]
    assert len(ids) == len(set(ids)) == len(own_twin.state("marketo")["marketo"]["lead"])
    starts = [window(each)[0] for each in jobs(own_twin)]
    assert len(starts) - len(set(starts)) == 2


def test_a_window_that_keeps_failing_is_said(own_twin, marketo):
    """After three failed jobs for one window somebody else decides."""
    own_twin.settings(marketo_exports_fail=1_000)
    with pytest.raises(RetryLater, match="failed 3 times"):
        said(Extract(marketo.reader.client, marketo.reader.clock, ["id"]).leads())


def test_slow_jobs_and_a_full_queue_are_waited_for(own_twin, marketo):
    """Jobs run two at a time; a queue filled by others makes us wait, not fail."""
    own_twin.settings(marketo_export_seconds=90)
    own_twin.fault(system="marketo", match="enqueue", kind="1029", nth=3, times=2)
    walk = Extract(marketo.reader.client, marketo.reader.clock, ["id"]).leads()
    assert next(walk)
    assert next(walk)
    walk.close()


def test_a_lost_answer_to_an_order_is_no_second_extract(own_twin, marketo):
    """A job that was queued though nobody heard it is waited for as it is."""
    own_twin.fault(system="marketo", match="enqueue", kind="drop_reply")
    walk = Extract(marketo.reader.client, marketo.reader.clock, ["id"]).leads()
    assert next(walk)
    walk.close()
    assert len({window(each) for each in jobs(own_twin)}) == len(jobs(own_twin))


def test_a_day_without_megabytes_says_until_when(own_twin, marketo):
    """Over 500 MB a day nothing more is extracted before midnight, Central time."""
    own_twin.settings(marketo_export_megabytes=0)
    with pytest.raises(DayUsedUp, match="megabytes") as caught:
        said(marketo.reader.people())
    assert "06:00 UTC" in caught.value.do


def test_consent_of_everybody_has_a_mark_for_each_lead(own_twin, marketo):
    """Each lead has a word on all mail: opted out, with time and writer, or none."""
    assert isinstance(marketo.reader, KeepsConsent)
    found = said(marketo.reader.consent_changes())
    leads = own_twin.state("marketo")["marketo"]["lead"]
    whole = {each.record_id: each for each in found if each.mark.scope == "global"}
    assert set(whole) == set(leads)
    assert {key for key, each in whole.items() if each.mark.state == "opt_out_global"} == {
        key for key, each in leads.items() if each["unsubscribed"]
    }
    gone = whole[str(trap(own_twin, "opted_out_only_in_marketo")["marketo_id"])].mark
    assert gone.writer == "the person"
    assert "unsubscribe link" in gone.source
    assert gone.at is not None


def test_a_resurrection_names_its_writer(own_twin, marketo):
    """An opt-out that a sync took away comes with the sync as its writer and the moment it did so."""
    since = datetime.now(UTC) - timedelta(days=2)
    found = said(marketo.reader.consent_changes(since))
    mine = [
        each for each in found if each.record_id == str(trap(own_twin, "resurrected_opt_out")["marketo_id"])
    ]
    assert [(each.mark.state, each.mark.source, each.mark.writer) for each in mine] == [
        ("none", "SFDC sync", "SFDC sync")
    ]
    assert mine[0].mark.at >= since
    assert len(found) < 50


def test_our_own_writes_name_the_api_user(own_twin, marketo, addresses, kit):
    """What the API changed names the method and the user; marketing suspension is a scope of its own."""
    since = datetime.now(UTC) - timedelta(minutes=1)
    people = kit.everyone(marketo, addresses[:2])
    stop, hold = ({"id": int(each.record_id)} for each in people)
    fields = {"marketingSuspended": True, "marketingSuspendedCause": "too many mails"}
    marketo.reader.client.sync([{**stop, "blackListed": True}, {**hold, **fields}], "updateOnly", "id")
    found = said(marketo.reader.consent_changes(since))
    marks = {(each.record_id, each.mark.scope): each.mark for each in found}
    black, suspended = marks[people[0].record_id, "global"], marks[people[1].record_id, "marketing"]
    assert (black.state, black.writer) == ("opt_out_global", "api@twin.example")
    assert (suspended.state, suspended.source) == ("opt_out_group", "Web service API; too many mails")
    marketo.reader.client.sync([{**hold, "marketingSuspended": False}], "updateOnly", "id")
    again = {
        (each.record_id, each.mark.scope): each.mark for each in said(marketo.reader.consent_changes(since))
    }
    assert again[people[1].record_id, "marketing"].state == "none"


def test_a_new_lead_counts_as_touched(own_twin, marketo):
    """An import of an address brings a lead without a word on consent: it is told as such."""
    since = datetime.now(UTC) - timedelta(minutes=1)
    marketo.reader.client.sync([{"email": "fresh.import@one.example"}], "createOnly", "email")
    found = said(marketo.reader.consent_changes(since))
    assert [(each.address, each.mark.state) for each in found] == [("fresh.import@one.example", "none")]


def test_a_flag_the_log_contradicts_is_not_given_its_writer(own_twin, marketo):
    """When the log's last word is an opt-out and the flag says otherwise, nobody is named for it."""
    from tools.connectors.marketo.keeping import Turn, marks

    at = datetime.now(UTC)
    told = {"unsubscribed": Turn("unsubscribed", True, at, "unsubscribe link in a mail", "the person")}
    (mark,) = marks({"id": 1, "unsubscribed": False}, told, {})
    assert (mark.state, mark.at, mark.writer) == ("none", None, "")
    assert "does not tell" in mark.source


def test_what_no_call_tells_is_said(marketo):
    """The durable unsubscribe is named as invisible."""
    assert "no call" in marketo.reader.capabilities["durable_unsubscribe"]
