"""Undo: a run taken back by a plan from its journal, in reverse, and what is refused by name."""

from dataclasses import replace

import pytest

from tools.context import Principal
from tools.errors import InvalidArguments, Refused
from tools.plan import Change, Veto

MAX = Principal(id="U_MAX", name="Max", roles=frozenset({"marops"}))


@pytest.fixture
def undo(scene):
    """`undo(ref, *vendors) -> (plan, changes, vetoes)`, the rows numbered as the store would."""
    from bot.engine import undo as undoing

    def make(ref, *vendors, asker=MAX):
        systems = {vendor.system: vendor for vendor in vendors}
        plan = undoing.plan(scene.store, ref, systems, scene.clock, asker)
        rows = list(plan.rows)
        changes = [row for row in rows if isinstance(row, Change)]
        return (
            plan,
            [replace(row, seq=place) for place, row in enumerate(changes, 1)],
            [row for row in rows if isinstance(row, Veto)],
        )

    return make


def test_updates_go_back_to_what_they_were(scene, undo):
    """After an undo the vendor's records are the same as before the run, byte for byte."""
    vendor = scene.vendor()
    vendor.records = scene.people(12)
    before = {key: dict(fields) for key, fields in vendor.records.items()}
    made = scene.clear(scene.changes(12))
    scene.worker(vendor).run(made.run_id)
    assert vendor.records != before
    plan, rows, vetoes = undo(made.run_id, vendor)
    assert plan.undo_of == made.run_id
    assert plan.summary == f"Undo {made.run_id} (Set fields): 12 rows in reverse order"
    assert not vetoes
    back = scene.clear(rows, undo_of=made.run_id)
    scene.worker(vendor).run(back.run_id)
    assert scene.run_of(back).state == "landed"
    assert vendor.records == before


def test_a_row_somebody_changed_since_is_vetoed_by_name(scene, undo):
    """Their value stays; the others go back."""
    vendor = scene.vendor()
    vendor.records = scene.people(3)
    made = scene.clear(scene.changes(3))
    scene.worker(vendor).run(made.run_id)
    vendor.records["r2"]["unsubscribed"] = "asked by phone"
    _, rows, vetoes = undo(made.plan_id, vendor)
    assert [row.record_id for row in rows] == ["r1", "r3"]
    assert [(veto.record_id, veto.code) for veto in vetoes] == [("r2", "changed_since")]


def test_what_was_suppressed_and_deleted_comes_back_once_when_made_anew(scene, undo):
    """The backup is from before the suppression, so one row re-creates the record; it says that it is new."""
    vendor = scene.vendor()
    vendor.records = scene.people(4)
    rows = scene.changes(4) + scene.changes(4, op="delete", stage=1, first=5)
    made = scene.clear(rows)
    scene.worker(vendor).run(made.run_id)
    assert vendor.records == {}
    plan, rows, vetoes = undo(made.run_id, vendor)
    assert [(row.op, row.stage) for row in rows] == [("create", 0)] * 4
    assert not vetoes
    assert "not identical" in rows[0].reason
    assert plan.summary.endswith("Not identical, as they come back as new records: 4 marketo lead records")
    back = scene.clear(rows, undo_of=made.run_id)
    scene.worker(vendor).run(back.run_id)
    assert sorted(fields["email"] for fields in vendor.records.values()) == [
        f"p{number}@example.com" for number in range(1, 5)
    ]
    assert not any(fields["unsubscribed"] for fields in vendor.records.values())


def test_what_was_suppressed_and_deleted_comes_back_and_is_released_when_undeleted(scene, undo):
    """The very same record returns suppressed, so its suppression is taken back in a later stage."""
    vendor = scene.vendor()
    vendor.bin = True
    vendor.records = scene.people(3)
    before = {key: dict(fields) for key, fields in vendor.records.items()}
    made = scene.clear(scene.changes(3) + scene.changes(3, op="delete", stage=1, first=4))
    scene.worker(vendor).run(made.run_id)
    _, rows, vetoes = undo(made.run_id, vendor)
    assert [(row.op, row.stage) for row in rows] == [("create", 0)] * 3 + [("update", 1)] * 3
    assert not vetoes
    back = scene.clear(rows, undo_of=made.run_id)
    scene.worker(vendor).run(back.run_id)
    assert scene.run_of(back).state == "landed"
    assert vendor.records == before


def test_what_has_no_way_back_is_named_unrecoverable(scene, undo):
    """A deleted record whose backup was erased is a veto with its id."""
    vendor = scene.vendor()
    vendor.records = scene.people(2)
    rows = [replace(row, backup={} if row.seq == 2 else row.backup) for row in scene.changes(2, op="delete")]
    made = scene.clear(rows)
    scene.worker(vendor).run(made.run_id)
    _, changes, vetoes = undo(made.run_id, vendor)
    assert len(changes) == 1
    assert [(veto.record_id, veto.code) for veto in vetoes] == [("r2", "unrecoverable")]


def test_rows_that_never_landed_or_may_have_are_not_guessed(scene, undo):
    """A dropped row has nothing to take back; an unknown one is for a person to look at."""
    from tools.ports import Outcome

    vendor = scene.vendor(batch=3)
    vendor.records = scene.people(3)
    vendor.next = [
        lambda batch, take: [
            take(batch[0]),
            Outcome(state="applied", record_id=batch[1].record_id),
            Outcome(state="unknown"),
        ]
    ]
    vendor.reads = [["cannot_tell"], ["landed", "not_landed", "cannot_tell"]]
    made = scene.clear(scene.changes(3))
    scene.worker(vendor).run(made.run_id)
    _, rows, vetoes = undo(made.run_id, vendor)
    assert [row.record_id for row in rows] == ["r1"]
    assert {veto.record_id: veto.code for veto in vetoes} == {"r2": "never_landed", "r3": "unknown_outcome"}


def test_an_undo_can_itself_be_undone(scene, undo):
    """The second undo brings the first run's state back."""
    vendor = scene.vendor()
    vendor.records = scene.people(2)
    made = scene.clear(scene.changes(2))
    scene.worker(vendor).run(made.run_id)
    done = {key: dict(fields) for key, fields in vendor.records.items()}
    _, rows, _ = undo(made.run_id, vendor)
    back = scene.clear(rows, undo_of=made.run_id)
    scene.worker(vendor).run(back.run_id)
    _, again, vetoes = undo(back.run_id, vendor)
    assert not vetoes
    third = scene.clear(again, undo_of=back.run_id)
    scene.worker(vendor).run(third.run_id)
    assert vendor.records == done


def test_what_cannot_be_undone_is_refused_with_a_sentence(scene, undo):
    """Unknown runs, runs under way, those that changed nothing or are undone, and people without a role."""
    vendor = scene.vendor()
    vendor.records = scene.people(2)
    with pytest.raises(InvalidArguments, match="no run of that name"):
        undo("R-99", vendor)
    made = scene.clear(scene.changes(2))
    with pytest.raises(InvalidArguments, match="still queued"):
        undo(made.run_id, vendor)
    scene.worker(vendor).run(made.run_id)
    with pytest.raises(Refused, match="may not undo"):
        undo(made.run_id, vendor, asker=Principal(id="U_GUEST", name="Guest", kind="guest"))
    _, rows, _ = undo(made.run_id, vendor)
    back = scene.clear(rows, undo_of=made.run_id)
    with pytest.raises(Refused, match=f"taken back by {back.plan_id} already"):
        undo(made.run_id, vendor)


def test_a_run_that_changed_nothing_has_nothing_to_take_back(scene, undo):
    """Everything was gone already."""
    vendor = scene.vendor()
    empty = scene.clear(scene.changes(1, op="delete"))
    scene.worker(vendor).run(empty.run_id)
    with pytest.raises(InvalidArguments, match="nothing to take back"):
        undo(empty.run_id, vendor)


def test_a_stopped_run_is_undone_as_far_as_it_came(scene, undo):
    """What was applied before the stop goes back; what waited was never touched."""
    from bot.store import runs

    vendor = scene.vendor(batch=1)
    vendor.records = scene.people(3)
    made = scene.clear(scene.changes(3))

    def stop(batch, take):
        with scene.store.begin() as connection:
            runs.request_stop(connection, made.run_id, by="U_IVY")
        return [take(change) for change in batch]

    vendor.next = [stop]
    scene.worker(vendor).run(made.run_id)
    _, rows, vetoes = undo(made.run_id, vendor)
    assert [row.record_id for row in rows] == ["r1"]
    assert not vetoes


def test_tombstones_are_written_by_a_run_and_taken_away_by_its_undo(scene, undo):
    """The purge's tombstone names its run; the undo removes it as a row of its own; one from before stays."""
    from bot.engine import own_records
    from bot.store import tombstones

    own = own_records.connect(scene.store, scene.clock, key_id="k7")
    rows = [
        Change(
            subject=f"s{number}", system="clearance", object="tombstone", record_id=None, op="create",
            set={"bounce_class": "invalid"}, seq=number,
        )
        for number in (1, 2)
    ]  # fmt: skip
    old = tombstones.Tombstone(
        subject="s2", key_id="k1", bounce_class="invalid", run_id="R-0", at=scene.clock.now()
    )
    with scene.store.begin() as connection:
        tombstones.put(connection, [old])
    scene.clock.sleep(3600)
    made = scene.clear(rows)
    executor = scene.worker(clearance=own)
    executor.run(made.run_id)
    assert scene.run_of(made).state == "landed"
    with scene.store.read() as connection:
        found = tombstones.find(connection, ["s1", "s2"])
    assert (found["s1"].run_id, found["s1"].key_id) == (made.run_id, "k7")
    _, changes, vetoes = undo(made.run_id, own.reader)
    assert [(row.op, row.record_id) for row in changes] == [("delete", "s1")]
    assert [veto.code for veto in vetoes] == ["not_ours"]
    back = scene.clear(changes, undo_of=made.run_id)
    executor.run(back.run_id)
    with scene.store.read() as connection:
        assert set(tombstones.find(connection, ["s1", "s2"])) == {"s2"}
    assert undo(back.run_id, own.reader)[1][0].set == {"bounce_class": "invalid"}


def test_our_own_records_say_what_they_are(scene):
    """As a system among others it has no people, is healthy, costs nothing, and can be taken back."""
    from bot.engine import own_records

    own = own_records.connect(scene.store, scene.clock)
    assert (own.reader.system, own.writer.system) == ("clearance", "clearance")
    assert list(own.reader.people()) == list(own.reader.bounces()) == list(own.reader.memberships([])) == []
    assert own.reader.count() == {}
    assert own.reader.health().reachable
    assert own.reader.capabilities["people"]
    assert own.writer.cost("create", "tombstone", 9) == own.writer.daily_limit() == own.writer.lag() == 0
    assert own.writer.reversibility("create", "tombstone", scene.clock.now()).how == "inverse"
    assert own.writer.batch_size("create", "tombstone", 5000) <= own.writer.calls_per_minute()
    gone = Change(subject="s9", system="clearance", object="tombstone", record_id="s9", op="create", seq=1)
    assert own.reader.inverse(gone, now=None, at=scene.clock.now()).code == "changed_since"
    removed = replace(gone, op="delete")
    assert own.reader.inverse(removed, now={"at": "x"}, at=scene.clock.now()).code == "changed_since"
