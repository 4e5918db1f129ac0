"""What every connector must do, whatever the vendor: run over the twin, through HTTP and the real clients."""

import gc
import inspect
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from tools.errors import NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.plan import Op
from tools.ports import Reader, Writer

CONSERVATIVE = frozenset({"address", "deliverability", "ties"})


def since():
    """A moment before anything the test does."""
    return datetime.now(UTC) - timedelta(minutes=1)


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
    assert {each.address.lower() for each in kit.everyone(connected, addresses)} >= set(addresses)


def test_a_read_survives_failures(own_twin, connected, vendor, addresses, kit):
    """429, 500, a cut connection and an expired token in the middle of a read are gone through."""
    kinds = ("429", "500", "drop_reply", "401")
    for kind in kinds[:-1] if vendor.name == "sendgrid" else kinds:  # its key does not expire
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
    wrong = {"api_key": "SG.hush"} if vendor.name == "sendgrid" else {"client_secret": "hush"}
    connected = kit.over(own_twin.url, vendor.name, **wrong)
    with pytest.raises(NeedsAttention) as caught:
        kit.everyone(connected, addresses[:1])
    assert "hush" not in f"{caught.value.sentence()} {caught.value.detail}"
    assert caught.value.do


@pytest.mark.parametrize("op", ["suppress", "delete"])
def test_a_write_is_taken_and_reads_back(own_twin, connected, addresses, op, kit):
    """Applied rows read back as landed, others as not landed; a repeat finds nothing left to do."""
    people = kit.everyone(connected, addresses[:7])
    rows = kit.changes(connected, people, op)
    assert [row.subject for row in rows] == [each.subject for each in people]
    outcomes = connected.writer.apply(rows[:4])
    settled(own_twin)
    assert [each.state for each in outcomes] == ["applied"] * 4
    assert connected.writer.read_back(rows, since()) == ["landed"] * 4 + ["not_landed"] * 3
    assert kit.changes(connected, kit.everyone(connected, [each.address for each in people[:4]]), op) == []


def test_a_row_dropped_in_silence_is_seen(own_twin, connected, vendor, addresses, kit):
    """The vendor says done and did not: the landing read names the row."""
    rows = kit.changes(connected, kit.everyone(connected, addresses[:5]), "suppress")
    own_twin.fault(system=vendor.name, match=vendor.suppresses, kind="drop_row", rows=[2])
    connected.writer.apply(rows)
    settled(own_twin)
    reads = connected.writer.read_back(rows, since())
    assert reads.count("not_landed") == 1
    assert reads[2] == "not_landed"


@pytest.mark.parametrize("case", ["suppress drop_reply", "suppress 502", "delete drop_reply", "delete 502"])
def test_a_lost_answer_is_said_and_never_repeated(own_twin, connected, vendor, addresses, case, kit):
    """A lost answer to a write is OutcomeUnknown after one request; reading back tells what happened."""
    op, kind = case.split()
    rows = kit.changes(connected, kit.everyone(connected, addresses[:3]), op)
    pattern = {"suppress": vendor.suppresses, "delete": vendor.deletes}[op]
    own_twin.fault(system=vendor.name, match=pattern, kind=kind)
    own_twin.clear_log()
    with pytest.raises(OutcomeUnknown):
        connected.writer.apply(rows)
    sent = [each for each in own_twin.log(vendor.name) if each["fault"]]
    assert len(own_twin.log(vendor.name)) == len(sent) == 1
    own_twin.clear_faults()
    settled(own_twin)
    expected = "landed" if kind == "drop_reply" else "not_landed"
    assert connected.writer.read_back(rows, since()) == [expected] * 3


def test_a_write_that_times_out_is_unknown(own_twin, vendor, addresses, kit):
    """No answer within the time-out is no answer: nothing is sent again."""
    connected = kit.over(own_twin.url, vendor.name, timeout=0.4)
    rows = kit.changes(connected, kit.everyone(connected, addresses[:2]), "suppress")
    own_twin.fault(system=vendor.name, match=vendor.suppresses, kind="timeout", seconds=1.0, when="after")
    with pytest.raises(OutcomeUnknown):
        connected.writer.apply(rows)
    own_twin.clear_faults()
    assert connected.writer.read_back(rows, since()) == ["landed"] * 2


def test_a_refused_write_was_not_taken(own_twin, connected, vendor, addresses, kit):
    """After a 429 nothing was taken, and that is what the error says."""
    rows = kit.changes(connected, kit.everyone(connected, addresses[:2]), "suppress")
    own_twin.fault(system=vendor.name, match=vendor.suppresses, kind="429")
    with pytest.raises(RetryLater) as caught:
        connected.writer.apply(rows)
    assert caught.value.after > 0
    assert connected.writer.read_back(rows, since()) == ["not_landed"] * 2


def test_an_expired_token_does_not_stop_a_write(own_twin, connected, vendor, addresses, kit):
    """A 401 is answered before anything is taken: one new token, and the write goes through once."""
    if vendor.name == "sendgrid":
        pytest.skip("SendGrid's key does not expire")
    rows = kit.changes(connected, kit.everyone(connected, addresses[:2]), "suppress")
    own_twin.fault(system=vendor.name, match=vendor.suppresses, kind="401")
    assert [each.state for each in connected.writer.apply(rows)] == ["applied"] * 2


def test_refused_rows_carry_the_vendors_words(own_twin, connected, vendor, addresses, kit):
    """A refused row fails with the vendor's code and a hint; a whole batch refused fails every row."""
    rows = kit.changes(connected, kit.everyone(connected, addresses[:3]), "suppress")
    own_twin.fault(system=vendor.name, match=vendor.suppresses, kind="partial", rows=[1])
    outcomes = connected.writer.apply(rows)
    failed = [each for each in outcomes if each.state == "failed"]
    assert len(failed) == (3 if vendor.name == "sendgrid" else 1)
    assert all(each.error and each.hint for each in failed)
    assert outcomes[1].state == "failed"


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


def test_batches_stay_within_the_vendors_maximum(connected, vendor):
    """No op is given more rows than the vendor documents, nor more than there are."""
    for op in get_args(Op):
        for name in vendor.objects:
            for total in (1, 150, 1_000, 2_000):
                assert 1 <= connected.writer.batch_size(op, name, total) <= max(vendor.batch, 300)


def test_a_full_batch_is_accepted(own_twin, connected, vendor, addresses, kit):
    """A batch of the writer's own size is taken whole."""
    people = kit.everyone(connected, addresses)
    rows = kit.changes(connected, people, "suppress")[:300]
    size = connected.writer.batch_size("suppress", rows[0].object, len(rows))
    outcomes = connected.writer.apply(rows[:size])
    assert {each.state for each in outcomes} == {"applied"}


@pytest.mark.parametrize(
    "bad", ["//evil.example/x", "https://evil.example", "1 OR 1=1", "' OR Id != '", "../../x"]
)
def test_ids_that_are_no_ids_never_leave(own_twin, connected, vendor, addresses, bad, kit):
    """An id out of a record or a file cannot lead a token astray or widen a query."""
    from dataclasses import replace

    row = kit.changes(connected, kit.everyone(connected, addresses[:1]), "delete")[0]
    own_twin.clear_log()
    outcomes = connected.writer.apply([replace(row, record_id=bad)])
    assert all("evil" not in each["path"] for each in own_twin.log())
    if (
        vendor.name == "sendgrid"
    ):  # opaque ids of the vendor, sent as a value of the query and never in the path
        assert own_twin.log(vendor.name)[0]["path"] == "/v3/marketing/contacts"
    else:
        assert [each.state for each in outcomes] == ["failed"]
        assert own_twin.log(vendor.name) == []


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
    wrong = {"api_key": "SG.hush"} if vendor.name == "sendgrid" else {"client_secret": "hush"}
    refused = kit.over(own_twin.url, vendor.name, **wrong).reader.health()
    assert not refused.permitted
    assert "hush" not in refused.note


def test_cost_is_what_the_vendor_counts(own_twin, connected, addresses, kit):
    """Guard, apply and landing take as many calls as `cost` says, for suppressing and for deleting."""
    people = kit.everyone(connected, addresses[:420])
    for op in ("suppress", "delete"):
        rows = kit.changes(connected, people, op, rests_on=CONSERVATIVE)
        connected.reader.current(
            rows[0].object, [rows[0].record_id], frozenset(rows[0].guard) or frozenset({"id"})
        )
        own_twin.clear_log()
        spend(connected, rows)
        counted = len(own_twin.log(connected.reader.system))
        predicted = connected.writer.cost(op, rows[0].object, len(rows))
        assert predicted <= counted * 1.35 + 1, (op, predicted, counted)
        assert counted <= predicted, (op, predicted, counted)


def spend(connected, rows):
    """Guard-read, apply and read back as the executor does."""
    names = frozenset(name for row in rows for name in row.guard)
    step = connected.reader.guard_batch(rows[0].object)
    for at in range(0, len(rows) if names else 0, step):
        connected.reader.current(rows[0].object, [row.record_id for row in rows[at : at + step]], names)
    size = connected.writer.batch_size(rows[0].op, rows[0].object, len(rows))
    for at in range(0, len(rows), size):
        connected.writer.apply(rows[at : at + size])
    connected.writer.read_back(rows, since())


def test_suppressing_is_undone_to_what_was(own_twin, connected, addresses, kit):
    """The inverse of a suppression restores the recorded value, unless somebody else has touched it since."""
    rows = kit.changes(connected, kit.everyone(connected, addresses[:3]), "suppress")
    connected.writer.apply(rows)
    backs = [inverse(connected, row) for row in rows]
    undo = [as_change(connected, row, back) for row, back in zip(rows, backs, strict=True)]
    assert {each.op for each in undo} == {"unsuppress"}
    connected.writer.apply(undo[:2])
    assert connected.writer.read_back(undo, since()) == ["landed", "landed", "not_landed"]
    assert inverse(connected, rows[0]).code == "changed_since"


def test_a_delete_is_undone_or_made_anew(own_twin, connected, vendor, addresses, kit):
    """The inverse of a delete brings the person back under the same address."""
    rows = kit.changes(connected, kit.everyone(connected, addresses[:2]), "delete")
    assert inverse(connected, rows[0]).code == "not_gone"
    connected.writer.apply(rows)
    settled(own_twin)
    undo = [as_change(connected, row, inverse(connected, row)) for row in rows]
    assert all(each.op == "create" and each.record_id is None for each in undo)
    assert connected.writer.read_back(undo, since()) == ["not_landed"] * 2
    outcomes = connected.writer.apply(undo)
    settled(own_twin)
    assert {each.state for each in outcomes} == {"applied"}
    assert connected.writer.read_back(undo, since()) == ["landed"] * 2
    assert {each.address.lower() for each in kit.everyone(connected, addresses[:2])} == set(addresses[:2])


def test_what_cannot_be_taken_back_says_so(connected, addresses, kit):
    """A delete without a backup, and an op the vendor has no inverse for, are vetoed by name."""
    from dataclasses import replace

    row = kit.changes(connected, kit.everyone(connected, addresses[:1]), "delete")[0]
    long_ago = datetime.now(UTC) - timedelta(days=400)
    bare = replace(row, backup={})
    assert connected.reader.inverse(bare, now=None, at=long_ago).code == "no_backup"
    merge = replace(row, op="merge")
    assert connected.reader.inverse(merge, now={"id": "x"}, at=long_ago).code == "not_reversible"


def inverse(connected, row):
    """The inverse of a row as the record reads now."""
    now = connected.reader.current(row.object, [row.record_id], frozenset())[row.record_id]
    return connected.reader.inverse(row, now=now, at=datetime.now(UTC))


def as_change(connected, row, back):
    """An inverse as a change of the undo plan."""
    from tools.plan import Change

    return Change(
        subject=row.subject, system=row.system, object=back.object, record_id=back.record_id, op=back.op,
        set=back.set, guard=back.guard, backup=back.backup,
    )  # fmt: skip


def test_reversibility_and_pace_are_told(connected, vendor):
    """How each op comes back, and how fast the vendor may be called, are known before approval."""
    now = datetime.now(UTC)
    delete = connected.writer.reversibility("delete", vendor.person, now)
    assert delete.how in {"undelete", "recreate"}
    assert delete.note
    assert (delete.until is not None) == (delete.how == "undelete")
    assert connected.writer.reversibility("suppress", vendor.person, now).how == "inverse"
    assert connected.writer.reversibility("merge", vendor.person, now).how == "none"
    assert connected.writer.calls_per_minute() > 0
    assert connected.writer.daily_limit() >= 0
    assert connected.writer.lag() >= 0
    assert connected.writer.cost("suppress", vendor.person, 0) == 0
    assert connected.writer.apply([]) == []
    assert connected.writer.read_back([], now) == []


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
    kit.everyone(connected, addresses[:2])
    out = capsys.readouterr().out
    assert "vendor.called" in out
    assert not any(each.split("@")[0] in out for each in addresses[:2])
    assert "Bearer" not in out
    assert "SG." not in out


FLAGS = {
    "salesforce": ("Contact", "Email", "HasOptedOutOfEmail"),
    "marketo": ("lead", "email", "unsubscribed"),
    "sendgrid": ("unsubscribes", "email", "email"),
}


def test_the_state_holds_what_was_written(own_twin, connected, vendor, addresses, kit):
    """The vendor's own state, not our reading of it, shows the suppression."""
    rows = kit.changes(connected, kit.everyone(connected, addresses[:1]), "suppress")
    connected.writer.apply(rows)
    listed, key, flag = FLAGS[vendor.name]
    held = kit.values(own_twin.state(vendor.name)[vendor.name][listed])
    mine = [each for each in held if str(each[key]).lower() == addresses[0]]
    assert mine
    assert all(each[flag] for each in mine)
