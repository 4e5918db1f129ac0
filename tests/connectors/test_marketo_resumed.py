"""A read of everybody in Marketo that was cut off goes on with the jobs it has and pays for nothing twice."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from tools.connectors.marketo.client import DayUsedUp
from tools.connectors.marketo.extract import Extract
from tools.connectors.marketo.kept import Kept
from tools.progress import Stopped, heard_by

FIELDS = ["id", "createdAt"]


@pytest.fixture
def marketo(own_twin, kit, tmp_path):
    """Marketo whose jobs are remembered in a store, as over several starts of the bot."""
    from bot.engine.notebook import StoredNotebook
    from bot.store.connect import Store

    own_twin.clear_faults()
    own_twin.clear_log()
    store = Store.open(f"sqlite:///{tmp_path}/notes.db")
    connected = kit.over(own_twin.url, "marketo")
    clock, client = connected.reader.clock, connected.reader.client
    clock.ahead = (datetime.fromisoformat(own_twin.now()) - datetime.now(UTC)).total_seconds()
    client.kept = Kept(StoredNotebook(store, clock), own_twin.url)
    yield connected
    own_twin.clear_faults()
    own_twin.settings(marketo_export_megabytes=500, marketo_exports_fail=0)
    store.close()


def again(marketo, fields=FIELDS):
    """The same read, as another start of the bot would do it."""
    return Extract(marketo.reader.client, marketo.reader.clock, fields)


def cut_off(marketo, pages=2):
    """A read that ends in the middle; the ids it has read."""
    walk = again(marketo).leads()
    read = [each["id"] for _ in range(pages) for each in next(walk)]
    walk.close()
    return read


def made(twin):
    """How many jobs were made, and how often a part of a file was fetched."""
    log = twin.log("marketo")
    return sum(each["path"].endswith("create.json") for each in log)


def ids(extract):
    return [each["id"] for page in extract.leads() for each in page]


def everybody(twin):
    return sorted(int(each) for each in twin.state("marketo")["marketo"]["lead"])


def test_a_read_that_was_cut_off_goes_on_with_its_jobs(own_twin, marketo):
    """Asked again, jobs queued or finished are taken as they are; all are read, as of their extract."""
    before = marketo.reader.clock.now().replace(microsecond=0)
    cut_off(marketo)
    first = made(own_twin)
    marketo.reader.clock.sleep(600)
    extract = again(marketo)
    pages = extract.leads()
    found = [each["id"] for each in next(pages)]
    assert extract.walk().resumed
    assert before <= extract.as_of < marketo.reader.clock.now() - timedelta(seconds=500)
    found += [each["id"] for page in pages for each in page]
    assert sorted(found) == everybody(own_twin)
    orders = [each["request"] for each in own_twin.log("marketo") if each["path"].endswith("create.json")]
    assert len(set(orders)) == len(orders) > first


def test_a_read_that_came_to_its_end_is_none_to_go_on_with(own_twin, marketo):
    """Who asks after that wants to know how it is now: every job is made anew, and its number is known."""
    ids(again(marketo))
    first, told = made(own_twin), []
    extract = again(marketo)
    assert not extract.walk().resumed
    with heard_by(lambda source, sentence: told.append(f"{source}: {sentence}")):
        ids(extract)
    assert made(own_twin) == 2 * first
    assert any(f"3 of about {first} months read" in each for each in told)


def test_what_came_meanwhile_is_read_as_well(own_twin, marketo):
    """A lead created after the read was cut off is in the read that goes on with it."""
    cut_off(marketo)
    marketo.reader.clock.sleep(300)
    (new,) = marketo.reader.client.sync([{"email": "late@one.example"}], "createOnly", "email")
    marketo.reader.clock.sleep(300)
    found = ids(again(marketo))
    assert found.count(new["id"]) == 1
    assert sorted(found) == everybody(own_twin)


def test_after_an_hour_it_begins_anew(own_twin, marketo):
    """What was extracted long ago is not told for now."""
    cut_off(marketo)
    marketo.reader.clock.sleep(2 * 3600)
    assert not again(marketo).walk().resumed


def test_a_day_without_megabytes_is_gone_on_with_tomorrow(own_twin, marketo):
    """What was extracted before the allowance ended is not extracted again when it is back."""
    cut_off(marketo)
    first = made(own_twin)
    own_twin.settings(marketo_export_megabytes=0)
    with pytest.raises(DayUsedUp, match="megabytes") as caught:
        ids(again(marketo))
    assert "ask again then and it goes on from there" in caught.value.do
    own_twin.settings(marketo_export_megabytes=500)
    marketo.reader.clock.sleep(caught.value.after + 60)
    extract = again(marketo)
    assert sorted(ids(extract)) == everybody(own_twin)
    orders = [each["request"] for each in own_twin.log("marketo") if each["path"].endswith("create.json")]
    assert len(set(orders)) == len(orders) > first


def test_a_job_that_marketo_has_no_more_is_made_again(own_twin, marketo):
    """A note of a job that is gone or has failed is worth nothing."""
    cut_off(marketo)
    walk = again(marketo).walk()
    from tools.connectors.marketo.kept import Job

    start = walk.began - timedelta(days=31) + timedelta(seconds=1)
    assert walk.job(start) is not None
    walk.note(Job(start, walk.began, "00000000-0000-0000-0000-000000000000", datetime.now(UTC)))
    assert sorted(ids(again(marketo))) == everybody(own_twin)


def test_two_at_once_make_one_job_a_window(own_twin, marketo):
    """Who asks the same while it is being read shares the jobs."""
    found, started = [], threading.Barrier(2)

    def read():
        started.wait()
        found.append(sorted(ids(again(marketo))))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [everybody(own_twin)] * 2
    orders = [each["request"] for each in own_twin.log("marketo") if each["path"].endswith("create.json")]
    assert len(set(orders)) == len(orders)


def test_whoever_listens_can_end_it(own_twin, marketo):
    """A read that is stopped makes no further job, and can be gone on with."""
    told = []

    def listener(source, sentence):
        told.append(sentence)
        if len(told) == 3:
            raise Stopped

    with heard_by(listener), pytest.raises(Stopped):
        ids(again(marketo))
    before = made(own_twin)
    assert again(marketo).walk().resumed
    assert made(own_twin) == before


def test_consent_read_from_an_older_extract_is_that_of_now(own_twin, marketo):
    """An opt-out made after the extract is in the read that goes on with it: the activity log tells."""
    pages = marketo.reader.consent_changes()
    first = next(pages)
    pages.close()
    marketo.reader.clock.sleep(300)
    lead = next(each for each in first if each.mark.state == "none" and each.mark.scope == "global")
    marketo.reader.client.sync([{"id": int(lead.record_id), "unsubscribed": True}], "updateOnly", "id")
    marketo.reader.clock.sleep(300)
    before = made(own_twin)
    marks = [each for page in marketo.reader.consent_changes() for each in page]
    mine = [each.mark for each in marks if each.record_id == lead.record_id and each.mark.scope == "global"]
    assert [each.state for each in mine] == ["opt_out_global"]
    assert {each.record_id for each in marks} == {str(each) for each in everybody(own_twin)}
    orders = [each["request"] for each in own_twin.log("marketo") if each["path"].endswith("create.json")]
    assert len(set(orders)) == len(orders) >= before
