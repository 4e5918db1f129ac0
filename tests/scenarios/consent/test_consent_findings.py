"""Opt-outs that somebody undid are raised as findings: one a cause, kept until they are honoured again."""

from typing import Any

import pytest


@pytest.fixture
def guard(desk: Any) -> Any:
    """The guard of consent, which has looked once."""
    from bot.engine.guarding import Guard

    made = Guard(desk.engine, {name: desk.readers[name] for name in desk.vendors})
    made.tend()
    return made


def opt_out(desk: Any, trap: str, *, stopped: bool) -> str:
    """Tick or un-tick the box of a person's contact in Salesforce; returns the address."""
    person = desk.trap(trap)
    desk.write("salesforce", object="Contact", record_id=person["contact"], op="update",
               set={"HasOptedOutOfEmail": stopped})  # fmt: skip
    return str(person["email"])


def kept(desk: Any) -> list[Any]:
    """The findings that are open."""
    from bot.store import findings

    with desk.store.read() as connection:
        return findings.open_ones(connection)


def notices(desk: Any) -> list[str]:
    """What there is to show, taken."""
    from bot.store import outbox

    with desk.store.begin() as connection:
        found = outbox.claim(connection, surface="findings", by="test", now=desk.clock.now())
        outbox.done(connection, [each.key for each in found], desk.clock.now())
    return [f"{each.kind} {each.plan_id}" for each in found]


def test_whoever_un_ticks_a_box_is_a_finding_until_the_box_is_ticked_again(desk: Any, guard: Any) -> None:
    """The guard names the writer; seen again, it is the same finding."""
    opt_out(desk, "unicode_name", stopped=True)
    guard.tend()
    assert kept(desk) == []
    opt_out(desk, "unicode_name", stopped=False)
    assert guard.tend().findings == ["F-1"]
    [found] = kept(desk)
    assert (found.kind, found.system, found.scope) == ("resurrection", "salesforce", "global")
    assert found.people == 1
    assert found.writer == "Clearance Integration"
    assert found.waits_since is not None
    assert found.first_at is not None
    assert found.waits_since <= found.first_at
    assert notices(desk) == ["finding.raised F-1"]
    assert desk.events("finding.raised")[-1].data["people"] == 1
    assert guard.tend().findings == []  # seen again, it is no news
    assert notices(desk) == []


def test_more_people_of_the_same_cause_join_and_leave_one_by_one(desk: Any, guard: Any) -> None:
    """Ticked again by anybody or suppressed by a run of ours, they are settled; the last one ends it."""
    first = opt_out(desk, "unicode_name", stopped=True)
    opt_out(desk, "mailbox_full", stopped=True)
    guard.tend()
    for trap in ("unicode_name", "mailbox_full"):
        opt_out(desk, trap, stopped=False)
        assert guard.tend().findings == ["F-1"]
    assert [each.people for each in kept(desk)] == [2]

    opt_out(desk, "mailbox_full", stopped=True)
    guard.tend()
    guard.tend()  # the ledger knows now
    assert [(each.people, each.settled) for each in kept(desk)] == [(1, 1)]
    desk.land(desk.call("suppress_contacts", emails=[first]).card)
    guard.tend()
    assert kept(desk) == []
    assert notices(desk)[-1] == "finding.settled F-1"
    assert desk.events("finding.settled")[-1].about == "F-1"


def test_a_comparison_raises_what_it_finds_and_a_sync_settles_it(desk: Any, guard: Any) -> None:
    """The import of the resurrected opt-out is a finding by name; asked again, it is the same one."""
    assert desk.call("compare_suppressions").answer.facts["resurrection"] > 0
    found = {(each.system, each.writer): each for each in kept(desk)}
    assert found["salesforce", "Data Import"].people >= 1
    ids = sorted(each.id for each in kept(desk))
    desk.call("compare_suppressions")
    assert sorted(each.id for each in kept(desk)) == ids
    desk.land(desk.call("sync_suppressions").card)
    guard.tend()
    assert kept(desk) == []


def test_the_same_cause_after_its_end_is_a_new_finding(desk: Any, guard: Any) -> None:
    """What was settled stays so; erased people are in none."""
    from bot.store import findings

    for _ in range(2):
        opt_out(desk, "unicode_name", stopped=True)
        guard.tend()
        opt_out(desk, "unicode_name", stopped=False)
        guard.tend()
        if len(kept(desk)) and kept(desk)[0].id == "F-1":
            opt_out(desk, "unicode_name", stopped=True)
            guard.tend()
            guard.tend()
            assert kept(desk) == []
    assert [each.id for each in kept(desk)] == ["F-2"]
    with desk.store.begin() as connection:
        findings.erase(connection, findings.open_people(connection, "F-2"))
    guard.tend()
    assert kept(desk) == []
    with desk.store.begin() as connection:
        assert findings.prune(connection, before=desk.clock.now()) == 2
        assert findings.get(connection, "F-1") is None


def test_a_group_settles_under_any_spelling_of_its_name(desk: Any) -> None:
    """Systems spell one group differently; the ledger's word under either spelling ends the finding."""
    from bot.engine import findings
    from bot.store import ledger
    from bot.store.ledger import LedgerEntry
    from tools.findings import Undone, resurrections

    now = desk.clock.now()
    undone = Undone("s-1", "salesforce", "Product Updates", "Data Import", None, None)
    findings.keep(desk.store, resurrections([undone]), by="test", now=now)
    assert len(kept(desk)) == 1
    with desk.store.begin() as connection:
        word = LedgerEntry(
            subject="s-1",
            system="salesforce",
            scope="product  updates",
            state="opt_out_group",
            at=now,
            seen_at=now,
            writer="",
            source="Product_Updates__c",
        )
        ledger.add(connection, [word])
    assert findings.review(desk.store, now=now) == ["F-1"]
    assert kept(desk) == []
