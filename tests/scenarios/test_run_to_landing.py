"""A cleared run goes to its end: guards, batches, outcomes, landing, and what is refused."""

import pytest


def _run(store, run_id):
    from bot.store import runs

    with store.read() as connection:
        return runs.get(connection, run_id)


def _states(store, made):
    from bot.store import journal, runs

    with store.read() as connection:
        return journal.counts(connection, runs.get(connection, made.run_id))


def _kinds(store):
    from bot.store import outbox

    with store.begin() as connection:
        found = outbox.claim(connection, surface="terminal", by="t", now=store.now(connection), limit=100)
    return [notice.kind for notice in found]


def test_a_run_lands_in_batches_and_says_so(store, worker, vendor_class, clear, changes, people):
    """Every row is applied once, in batches of the writer's size, read back, reported, and the plan has landed."""
    from bot.engine.landing import run_view
    from bot.store import plans

    vendor = vendor_class(batch=10, guard=7)
    vendor.records = people(25)
    made = clear(store, changes(25))
    executor = worker(vendor)
    assert executor.run(made.run_id) is None
    assert vendor.applied == list(range(1, 26))
    assert [rows for what, rows in vendor.calls if what == "apply"] == [10, 10, 5]
    assert vendor.count("current") == 4
    assert _states(store, made) == {"applied": 25}
    with store.read() as connection:
        view = run_view(connection, made.plan_key)
        assert plans.get(connection, made.plan_key).header.state == "landed"
    assert view.state == "landed"
    assert view.landing.landed == view.landing.planned == {"marketo": {"update": 25}}
    assert view.landing.residue_count == 0
    assert _kinds(store)[0] == "run.started"
    assert executor.run(made.run_id) is None
    assert len(vendor.applied) == 25


def test_a_drifted_row_is_left_alone_and_named(store, worker, vendor_class, clear, changes, people):
    """A row whose guard reads otherwise now is not written; the report names the field and never its value."""
    vendor = vendor_class()
    vendor.records = people(3)
    vendor.records["r2"]["email"] = "new@example.com"
    made = clear(store, changes(3))
    worker(vendor).run(made.run_id)
    assert vendor.applied == [1, 3]
    run = _run(store, made.run_id)
    assert run.state == "residue"
    residue = run.landing["residue"][0]
    assert (residue["seq"], residue["state"], residue["why"]) == (2, "drifted", "changed since: email")
    assert "example.com" not in str(run.landing)
    assert _states(store, made) == {"applied": 2, "drifted": 1}


def test_a_record_already_gone_is_skipped_and_counts_as_landed(
    store, worker, vendor_class, clear, changes, people
):
    """Deleting what is gone already needs no request; an update of it has drifted."""
    vendor = vendor_class()
    vendor.records = people(1)
    made = clear(store, changes(2, op="delete"))
    worker(vendor).run(made.run_id)
    assert vendor.applied == [1]
    assert _states(store, made) == {"applied": 1, "skipped": 1}
    assert _run(store, made.run_id).state == "landed"
    other = clear(store, changes(1))
    worker(vendor).run(other.run_id)
    assert _states(store, other) == {"drifted": 1}


def test_a_person_who_failed_in_an_early_stage_is_not_touched_later(
    store, worker, vendor_class, clear, changes, people
):
    """Suppress before delete: where the suppression failed, drifted or is unknown, the delete is skipped."""
    from tools.ports import Outcome

    first, second = vendor_class("sendgrid"), vendor_class("marketo")
    first.records, second.records = people(3), people(3)

    def refuse_second(batch, take):
        outcomes = [take(change) for change in batch]
        outcomes[1] = Outcome(state="failed", error="1003 p2@example.com is odd", hint="Fix it.")
        return outcomes

    first.next = [refuse_second]
    rows = changes(3, system="sendgrid", op="suppress", guarded=False)
    rows += changes(3, op="delete", stage=1, first=4)
    made = clear(store, rows)
    worker(first, second).run(made.run_id)
    assert second.applied == [4, 6]
    landing = _run(store, made.run_id).landing
    assert [(r["seq"], r["state"]) for r in landing["residue"]] == [(2, "failed"), (5, "skipped")]
    assert landing["residue"][0]["why"] == "1003 <address> is odd"
    assert landing["residue"][0]["what_to_do"] == "Fix it."


def test_a_row_silently_dropped_is_named_by_the_landing(store, worker, vendor_class, clear, changes, people):
    """A vendor that says yes and does nothing is found out by the read-back: n - 1 landed, and which did not."""
    from tools.ports import Outcome

    vendor = vendor_class()
    vendor.records = people(5)
    vendor.next = [
        lambda batch, take: [
            Outcome(state="applied", record_id=c.record_id) if c.seq == 4 else take(c) for c in batch
        ]
    ]
    made = clear(store, changes(5))
    worker(vendor).run(made.run_id)
    landing = _run(store, made.run_id).landing
    assert landing["landed"] == {"marketo": {"update": 4}}
    assert landing["planned"] == {"marketo": {"update": 5}}
    assert [r["seq"] for r in landing["residue"]] == [4]


def test_the_landing_waits_twice_the_longest_lag(
    store, worker, vendor_class, clear, changes, people, stepped_clock
):
    """Reading back at once would see the vendor's past."""
    vendor = vendor_class(lag=30.0)
    vendor.records = people(1)
    worker(vendor).run(clear(store, changes(1)).run_id)
    assert stepped_clock.slept == 60.0


def test_nothing_leaves_when_the_stored_rows_are_not_the_cleared_ones(
    store, worker, vendor_class, clear, changes, people
):
    """The digest is computed anew from the rows; unequal means a person must look, and no request at all."""
    vendor = vendor_class()
    vendor.records = people(2)
    made = clear(store, changes(2), digest="0" * 64)
    worker(vendor).run(made.run_id)
    run = _run(store, made.run_id)
    assert run.state == "needs_attention"
    assert "not the rows that were cleared" in run.attention
    assert vendor.calls == []
    assert "run.needs_attention" in _kinds(store)


def test_nothing_leaves_without_a_clearance(store, worker, vendor_class, clear, changes, people):
    """A run whose clearance is for another digest sends nothing."""
    from sqlalchemy import update

    from bot.store.tables import clearances

    vendor = vendor_class()
    vendor.records = people(2)
    made = clear(store, changes(2))
    with store.begin() as connection:
        connection.execute(update(clearances).values(digest="f" * 64))
    worker(vendor).run(made.run_id)
    assert _run(store, made.run_id).state == "needs_attention"
    assert vendor.calls == []


def test_creates_keep_the_id_the_vendor_gave(store, worker, vendor_class, clear):
    """A created record's new id is in the journal, for read-back and undo."""
    from bot.store import journal, runs
    from tools.plan import Change

    vendor = vendor_class()
    row = Change(
        subject="s", system="marketo", object="lead", record_id=None, op="create", set={"a": 1}, seq=1
    )
    made = clear(store, [row])
    worker(vendor).run(made.run_id)
    with store.read() as connection:
        run = runs.get(connection, made.run_id)
        group = journal.groups(connection, made.plan_key)[0]
        entry = journal.applied(connection, run, group, after=0, limit=5)[0]
    assert entry.change.record_id == "new-1"
    assert run.state == "landed"


def test_a_worker_without_a_lease_sends_nothing(store, worker, vendor_class, clear, changes, people):
    """A worker that was declared dead may neither write nor send."""
    from bot.engine.leases import LeaseLost

    vendor = vendor_class()
    vendor.records = people(2)
    made = clear(store, changes(2))
    with pytest.raises(LeaseLost):
        worker(vendor, enter=False).run(made.run_id)
    assert vendor.calls == []
