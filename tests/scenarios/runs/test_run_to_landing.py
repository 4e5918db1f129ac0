"""A cleared run goes to its end: guards, batches, outcomes, landing, and what is refused."""

import pytest


def _kinds(store):
    from bot.store import outbox

    with store.begin() as connection:
        found = outbox.claim(connection, surface="terminal", by="t", now=store.now(connection), limit=100)
    return [notice.kind for notice in found]


def test_a_run_lands_in_batches_and_says_so(scene):
    """Every row is applied once, in batches of the writer's size, read back, reported; the plan landed."""
    from bot.engine.landing import run_view
    from bot.store import plans

    vendor = scene.vendor(batch=10, guard=7)
    vendor.records = scene.people(25)
    made = scene.clear(scene.changes(25))
    executor = scene.worker(vendor)
    assert executor.run(made.run_id) is None
    assert vendor.applied == list(range(1, 26))
    assert [rows for what, rows in vendor.calls if what == "apply"] == [10, 10, 5]
    assert vendor.count("current") == 4
    assert scene.states(made) == {"applied": 25}
    with scene.store.read() as connection:
        view = run_view(connection, made.plan_key)
        assert plans.get(connection, made.plan_key).header.state == "landed"
    assert view.state == "landed"
    assert view.landing.landed == view.landing.planned == {"marketo": {"update": 25}}
    assert view.landing.residue_count == 0
    assert _kinds(scene.store)[0] == "run.started"
    assert executor.run(made.run_id) is None
    assert len(vendor.applied) == 25


def test_a_drifted_row_is_left_alone_and_named(scene):
    """A row whose guard reads otherwise now is not written; the report names the field, never its value."""
    vendor = scene.vendor()
    vendor.records = scene.people(3)
    vendor.records["r2"]["email"] = "new@example.com"
    made = scene.clear(scene.changes(3))
    scene.worker(vendor).run(made.run_id)
    assert vendor.applied == [1, 3]
    run = scene.run_of(made)
    assert run.state == "residue"
    residue = run.landing["residue"][0]
    assert (residue["seq"], residue["state"], residue["why"]) == (2, "drifted", "changed since: email")
    assert "example.com" not in str(run.landing)
    assert scene.states(made) == {"applied": 2, "drifted": 1}


def test_a_record_already_gone_is_skipped_and_counts_as_landed(scene):
    """Deleting what is gone already needs no request; an update of it has drifted."""
    vendor = scene.vendor()
    vendor.records = scene.people(1)
    made = scene.clear(scene.changes(2, op="delete"))
    scene.worker(vendor).run(made.run_id)
    assert vendor.applied == [1]
    assert scene.states(made) == {"applied": 1, "skipped": 1}
    assert scene.run_of(made).state == "landed"
    other = scene.clear(scene.changes(1))
    scene.worker(vendor).run(other.run_id)
    assert scene.states(other) == {"drifted": 1}


def test_a_person_who_failed_in_an_early_stage_is_not_touched_later(scene):
    """Suppress before delete: where the suppression failed, drifted or is unknown, the delete is skipped."""
    from tools.ports import Outcome

    first, second = scene.vendor("sendgrid"), scene.vendor("marketo")
    first.records, second.records = scene.people(3), scene.people(3)

    def refuse_second(batch, take):
        outcomes = [take(change) for change in batch]
        outcomes[1] = Outcome(state="failed", error="1003 p2@example.com is odd", hint="Fix it.")
        return outcomes

    first.next = [refuse_second]
    rows = scene.changes(3, system="sendgrid", op="suppress", guarded=False)
    rows += scene.changes(3, op="delete", stage=1, first=4)
    made = scene.clear(rows)
    scene.worker(first, second).run(made.run_id)
    assert second.applied == [4, 6]
    landing = scene.run_of(made).landing
    assert [(r["seq"], r["state"]) for r in landing["residue"]] == [(2, "failed"), (5, "skipped")]
    assert landing["residue"][0]["why"] == "1003 <address> is odd"
    assert landing["residue"][0]["what_to_do"] == "Fix it."


def test_a_row_silently_dropped_is_named_by_the_landing(scene):
    """A vendor that says yes and does nothing is found out: n - 1 landed, and which did not."""
    from tools.ports import Outcome

    vendor = scene.vendor()
    vendor.records = scene.people(5)
    vendor.next = [
        lambda batch, take: [
            Outcome(state="applied", record_id=c.record_id) if c.seq == 4 else take(c) for c in batch
        ]
    ]
    made = scene.clear(scene.changes(5))
    scene.worker(vendor).run(made.run_id)
    landing = scene.run_of(made).landing
    assert landing["landed"] == {"marketo": {"update": 4}}
    assert landing["planned"] == {"marketo": {"update": 5}}
    assert [r["seq"] for r in landing["residue"]] == [4]


def test_the_landing_waits_twice_the_longest_lag(scene):
    """Reading back at once would see the vendor's past."""
    vendor = scene.vendor(lag=30.0)
    vendor.records = scene.people(1)
    scene.worker(vendor).run(scene.clear(scene.changes(1)).run_id)
    assert scene.clock.slept == 60.0


def test_nothing_leaves_when_the_stored_rows_are_not_the_cleared_ones(scene):
    """The digest is computed anew from the rows; unequal means a person must look, and no request at all."""
    vendor = scene.vendor()
    vendor.records = scene.people(2)
    made = scene.clear(scene.changes(2), digest="0" * 64)
    scene.worker(vendor).run(made.run_id)
    run = scene.run_of(made)
    assert run.state == "needs_attention"
    assert "not the rows that were cleared" in run.attention
    assert vendor.calls == []
    assert "run.needs_attention" in _kinds(scene.store)


def test_nothing_leaves_without_a_clearance(scene):
    """A run whose clearance is for another digest sends nothing."""
    from sqlalchemy import update

    from bot.store.tables import clearances

    vendor = scene.vendor()
    vendor.records = scene.people(2)
    made = scene.clear(scene.changes(2))
    with scene.store.begin() as connection:
        connection.execute(update(clearances).values(digest="f" * 64))
    scene.worker(vendor).run(made.run_id)
    assert scene.run_of(made).state == "needs_attention"
    assert vendor.calls == []


def test_creates_keep_the_id_the_vendor_gave(scene):
    """A created record's new id is in the journal, for read-back and undo."""
    from bot.store import journal, runs
    from tools.plan import Change

    vendor = scene.vendor()
    row = Change(
        subject="s", system="marketo", object="lead", record_id=None, op="create", set={"a": 1}, seq=1
    )
    made = scene.clear([row])
    scene.worker(vendor).run(made.run_id)
    with scene.store.read() as connection:
        run = runs.get(connection, made.run_id)
        group = journal.groups(connection, made.plan_key)[0]
        entry = journal.applied(connection, run, group, after=0, limit=5)[0]
    assert entry.change.record_id == "new-1"
    assert run.state == "landed"


def test_a_worker_without_a_lease_sends_nothing(scene):
    """A worker that was declared dead may neither write nor send."""
    from bot.engine.leases import LeaseLost

    vendor = scene.vendor()
    vendor.records = scene.people(2)
    made = scene.clear(scene.changes(2))
    with pytest.raises(LeaseLost):
        scene.worker(vendor, enter=False).run(made.run_id)
    assert vendor.calls == []
