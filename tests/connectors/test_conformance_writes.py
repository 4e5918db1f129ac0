"""What every connector's writer must do, whatever the vendor: run over the twin, through HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import httpx
import pytest

from tools.errors import NeedsAttention, OutcomeUnknown, RetryLater
from tools.plan import Change, Op

CONSERVATIVE = frozenset({"address", "deliverability", "ties"})


def since():
    """A moment before anything the test does."""
    return datetime.now(UTC) - timedelta(minutes=1)


def settled(own_twin):
    """Let the vendors' asynchronous jobs be done."""
    own_twin.advance(5)


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


def impatient(connected, seconds):
    """Wait no longer than this for an answer from now on."""
    client = connected.writer.client
    if hasattr(client, "door"):
        client.door.timeout = (5.0, seconds)
    else:
        client.transport._client.timeout = httpx.Timeout(seconds, connect=5.0)


def test_a_write_that_times_out_is_unknown(own_twin, vendor, addresses, kit):
    """No answer within the time-out is no answer: nothing is sent again."""
    connected = kit.over(own_twin.url, vendor.name)
    rows = kit.changes(connected, kit.everyone(connected, addresses[:2]), "suppress")
    impatient(connected, 0.4)
    own_twin.fault(system=vendor.name, match=vendor.suppresses, kind="timeout", seconds=1.0, when="after")
    with pytest.raises(OutcomeUnknown):
        connected.writer.apply(rows)
    own_twin.clear_faults()
    impatient(connected, 30.0)
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
    rows = kit.changes(connected, kit.everyone(connected, addresses[:2]), "suppress")
    own_twin.fault(system=vendor.name, match=vendor.suppresses, kind="401")
    if vendor.name in kit.LASTING:  # its key does not expire: a refused one waits for a person
        with pytest.raises(NeedsAttention):
            connected.writer.apply(rows)
        return
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


def test_batches_stay_within_the_vendors_maximum(connected, vendor):
    """No op is given more rows than the vendor documents, nor more than there are."""
    for op in get_args(Op):
        for name in vendor.objects:
            for total in (1, 150, 1_000, 2_000):
                assert 1 <= connected.writer.batch_size(op, name, total) <= max(vendor.batch, 300)


def test_a_full_batch_is_accepted(own_twin, connected, vendor, addresses, kit):
    """A batch of the writer's own size is taken whole."""
    people = kit.everyone(connected, addresses[:300])
    rows = kit.changes(connected, people, "suppress")
    size = connected.writer.batch_size("suppress", rows[0].object, len(rows))
    outcomes = connected.writer.apply(rows[:size])
    assert {each.state for each in outcomes} == {"applied"}


@pytest.mark.parametrize(
    "bad", ["//evil.example/x", "https://evil.example", "1 OR 1=1", "' OR Id != '", "../../x"]
)
def test_ids_that_are_no_ids_never_leave(own_twin, connected, vendor, addresses, bad, kit):
    """An id out of a record or a file cannot lead a token astray or widen a query."""
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


FLAGS = {
    "salesforce": ("Contact", "Email", "HasOptedOutOfEmail"),
    "marketo": ("lead", "email", "unsubscribed"),
    "sendgrid": ("unsubscribes", "email", "email"),
    "hubspot": ("contact", "email", "hs_email_optout"),
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
