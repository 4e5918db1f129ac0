"""What every connector must do, whatever the vendor: run over the twin, through HTTP and the real clients."""

import gc
import inspect
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
import structlog

from bot import log
from tools.errors import NeedsAttention, Refused, RetryLater
from tools.plan import Op
from tools.ports import Reader, Writer

CONSERVATIVE = frozenset({"address", "deliverability", "ties"})


def settled(own_twin):
    """Let the vendors' asynchronous jobs be done."""
    own_twin.advance(5)


def test_people_are_found_by_address(connected, vendor, addresses, kit):
    """Every record behind each address is found, keyed by the same subject everywhere, and whole."""
    found = kit.everyone(connected, [f"  {each.upper()} " for each in addresses[:25]])
    assert {each.address.lower() for each in found} == set(addresses[:25])
    assert all(each.system == vendor.name and each.object in vendor.objects for each in found)
    assert all(each.subject and each.raw and each.record_id for each in found)


def test_unknown_addresses_find_nobody(connected, kit):
    """Addresses nobody holds, and what is no address, are no failure."""
    assert kit.everyone(connected, ["nobody@nowhere.example", "not an address", ""]) == []
    assert kit.everyone(connected, []) == []


def test_more_people_than_one_page(connected, addresses, kit):
    """A list longer than the vendor's page is found whole."""
    many = addresses[:350]
    assert {each.address.lower() for each in kit.everyone(connected, many)} == set(many)


def test_a_read_survives_failures(own_twin, connected, vendor, addresses, kit):
    """429, 500, a cut connection and an expired token in the middle of a read are gone through."""
    kinds = ("429", "500", "drop_reply", "401")
    for kind in kinds[:-1] if vendor.name in kit.LASTING else kinds:  # its key does not expire
        own_twin.fault(system=vendor.name, match=vendor.reads, kind=kind)
        assert len(kit.everyone(connected, addresses[:10])) == 10, kind
        assert own_twin.faults()[-1]["struck"] == 1
        own_twin.clear_faults()


def test_the_vendors_wish_for_a_pause_is_passed_on(own_twin, vendor, addresses, kit):
    """A 429 makes everybody who shares the quota wait."""
    quota = kit.CountingQuota()
    connected = kit.over(own_twin.url, vendor.name, quota=quota)
    kit.everyone(connected, addresses[:1])
    own_twin.clear_faults()
    own_twin.fault(system=vendor.name, match=vendor.reads, kind="429")
    kit.everyone(connected, addresses[:1])
    own_twin.clear_faults()
    assert quota.pauses
    assert all(pause > 0 for pause in quota.pauses)


def test_every_call_takes_a_slot_first(own_twin, vendor, addresses, kit):
    """As many slots are reserved as the vendor counts requests."""
    quota = kit.CountingQuota()
    own_twin.clear_log()
    kit.everyone(kit.over(own_twin.url, vendor.name, quota=quota), addresses[:10])
    assert len(quota.reserved) == len(own_twin.log(vendor.name))


def test_a_read_that_keeps_failing_says_try_later(own_twin, connected, vendor, addresses, kit):
    """A vendor that stays down is a RetryLater, in words without an address."""
    own_twin.fault(system=vendor.name, match=".*", kind="500", times=1000)
    with pytest.raises(RetryLater) as caught:
        kit.everyone(connected, addresses[:1])
    assert "@" not in caught.value.sentence()
    assert "@" not in caught.value.detail


def test_nobody_listening_says_try_later(vendor, addresses, kit):
    """A refused connection means that nothing was sent: for a write as well."""
    connected = kit.over("http://127.0.0.1:9", vendor.name)
    with pytest.raises(RetryLater):
        kit.everyone(connected, addresses[:1])


def test_wrong_credentials_need_a_person(own_twin, vendor, addresses, kit):
    """A refused login names what to check and shows no secret."""
    wrong = kit.LASTING.get(vendor.name, {"client_secret": "hush"})
    connected = kit.over(own_twin.url, vendor.name, **wrong)
    with pytest.raises(NeedsAttention) as caught:
        kit.everyone(connected, addresses[:1])
    assert "hush" not in f"{caught.value.sentence()} {caught.value.detail}"
    assert caught.value.do


def test_guards_hold_what_the_decision_rested_on(connected, addresses, kit):
    """The guard of a row reads the same again, and tells a record that is gone from one that changed."""
    people = kit.everyone(connected, addresses[:5])
    rows = kit.changes(connected, people, "delete", rests_on=CONSERVATIVE)
    names = frozenset(name for row in rows for name in row.guard)
    now = connected.reader.current(
        rows[0].object, [row.record_id for row in rows], names or frozenset({"id"})
    )
    for row in rows:
        assert {name: now[row.record_id][name] for name in row.guard} == dict(row.guard)
    connected.writer.apply(rows[:1])


def test_a_record_that_is_gone_reads_as_none(own_twin, connected, vendor, addresses, kit):
    """The guard read of a deleted record is None."""
    rows = kit.changes(connected, kit.everyone(connected, addresses[:2]), "delete")
    connected.writer.apply(rows[:1])
    settled(own_twin)
    now = connected.reader.current(
        rows[0].object, [row.record_id for row in rows], frozenset({"email", "Email"})
    )
    assert now[rows[0].record_id] is None
    assert now[rows[1].record_id] is not None


def test_capabilities_say_what_cannot_be_done(connected):
    """Every op is in the table: fully, or with the sentence that says why not."""
    table = connected.reader.capabilities
    assert set(get_args(Op)) <= set(table)
    assert all(why == "" or why.endswith(".") for why in table.values())
    if table["count"]:
        with pytest.raises(Refused):
            connected.reader.count()
    else:
        assert all(number > 0 for number in connected.reader.count().values())


def test_everybody_or_a_sentence(connected, twin):
    """All people are listed, or the reader says that it cannot."""
    if connected.reader.capabilities["people_all"]:
        with pytest.raises(Refused):
            next(connected.reader.people())
    else:
        assert sum(len(batch) for batch in connected.reader.people()) > 1_000


def test_bounces_are_classified_and_bounded(connected, vendor):
    """Bounces come with our class beside the vendor's words, and `since` leaves older ones out."""
    every = [each for batch in connected.reader.bounces() for each in batch]
    start = datetime.now(UTC) - timedelta(days=60)
    late = [each for batch in connected.reader.bounces(start) for each in batch]
    assert every
    assert {each.system for each in every} == {vendor.name}
    assert {each.bounce_class for each in every} > {"invalid"}
    assert 0 < len(late) < len(every)
    assert all(each.at >= start for each in late)


def test_memberships_name_the_list(connected, addresses, kit):
    """People's lists and campaigns come by name, keyed by the same subjects."""
    people = kit.everyone(connected, addresses[:40])
    found = [each for batch in connected.reader.memberships(people) for each in batch]
    assert {each.subject for each in found} <= {each.subject for each in people}
    few = [each for batch in connected.reader.memberships(people[:3]) for each in batch]
    assert {(each.subject, each.list_or_campaign) for each in few} <= {
        (e.subject, e.list_or_campaign) for e in found
    }


def test_health_answers_and_never_raises(own_twin, connected, vendor, kit):
    """Health tells a working system from one that is down and one that refuses us."""
    good = connected.reader.health()
    assert (good.system, good.reachable, good.permitted) == (vendor.name, True, True)
    assert good.calls_used is not None
    gone = kit.over("http://127.0.0.1:9", vendor.name).reader.health()
    assert (gone.reachable, gone.permitted) == (False, False)
    assert gone.note
    wrong = kit.LASTING.get(vendor.name, {"client_secret": "hush"})
    refused = kit.over(own_twin.url, vendor.name, **wrong).reader.health()
    assert not refused.permitted
    assert "hush" not in refused.note


def test_a_reader_cannot_reach_a_writer(connected):
    """Nothing reachable from a reader can apply a change, and reader and writer are different objects."""
    seen, waiting = set(), [connected.reader]
    while waiting:
        found = waiting.pop()
        if (
            id(found) in seen
            or inspect.ismodule(found)
            or inspect.isroutine(found)
            or isinstance(found, type)
        ):
            continue
        seen.add(id(found))
        assert not isinstance(found, type(connected.writer))
        waiting += [each for each in gc.get_referents(found) if not inspect.isframe(each)]
    assert not hasattr(connected.reader, "apply")


def test_protocols_are_met(connected):
    """Reader and writer have every method of the ports with the ports' own parameters."""
    for port, made in ((Reader, connected.reader), (Writer, connected.writer)):
        for name, member in vars(port).items():
            if inspect.isfunction(member) and not name.startswith("_"):
                ours = inspect.signature(getattr(type(made), name))
                assert list(ours.parameters) == list(inspect.signature(member).parameters), name


def test_the_quotas_wait_is_slept(own_twin, vendor, addresses, kit):
    """A slot in the future is waited for before the request leaves."""
    slept = []

    class Watching(kit.RealClock):
        def sleep(self, seconds):
            slept.append(seconds)

    connected = kit.over(own_twin.url, vendor.name, quota=kit.CountingQuota(wait=0.7), clock=Watching())
    kit.everyone(connected, addresses[:1])
    assert set(slept) == {0.7}


def test_nothing_personal_is_logged(own_twin, connected, addresses, capsys, kit):
    """Log lines hold neither addresses nor tokens."""
    before = structlog.get_config()
    log.configure("debug")  # whatever an earlier test of this process has left
    kit.everyone(connected, addresses[:2])
    structlog.configure(**before)
    out = capsys.readouterr().err
    assert "vendor.called" in out
    assert not any(each.split("@")[0] in out for each in addresses[:2])
    assert "Bearer" not in out
    assert "SG." not in out
