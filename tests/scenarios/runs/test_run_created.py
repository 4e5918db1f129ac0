"""Rows that refer to a record the same run creates: filled in from the journal, whatever crashes."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tools.errors import OutcomeUnknown


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


def _rows(scene, n=2):
    """For each of `n` people a new lead, then a place in a campaign for it."""
    from tools.plan import Change

    leads = [
        Change(subject=f"s{k}", system="marketo", object="lead", record_id=None, op="create",
               set={"email": f"p{k}@example.com"}, stage=0, reason="new", seq=k)
        for k in range(1, n + 1)
    ]  # fmt: skip
    places = [
        Change(subject=f"s{k}", system="marketo", object="place", record_id=None, op="add_member",
               set={"list": "l1", "lead": {"created": "lead"}}, stage=1, reason="on the list", seq=n + k)
        for k in range(1, n + 1)
    ]  # fmt: skip
    return [*leads, *places]


def _places(vendor):
    return sorted(each["lead"] for each in vendor.records.values() if "lead" in each)


def test_a_reference_becomes_the_id_that_the_vendor_gave(scene):
    """The later stage is sent with the new ids, lands with them, and the cleared rows stay as they were."""
    from bot.store import plans

    vendor = scene.vendor()
    made = scene.clear(_rows(scene))
    scene.worker(vendor).run(made.run_id)
    assert _places(vendor) == ["new-1", "new-2"]
    assert scene.run_of(made).state == "landed"
    with scene.store.read() as connection:
        stored = [row.set for row in plans.rows(connection, made.plan_key) if row.op == "add_member"]
    assert stored[0]["lead"] == {"created": "lead"}


def test_a_place_of_a_record_that_was_refused_is_not_sent(scene):
    """The person's create failed, so nothing refers to nothing; the others go on."""
    from tools.ports import Outcome

    vendor = scene.vendor()
    vendor.next = [
        lambda changes, take: [
            Outcome(state="failed", error="REQUIRED_FIELD_MISSING") if each.seq == 1 else take(each)
            for each in changes
        ]
    ]
    made = scene.clear(_rows(scene))
    scene.worker(vendor).run(made.run_id)
    assert _places(vendor) == ["new-2"]
    assert scene.states(made) == {"applied": 2, "failed": 1, "skipped": 1}


def test_a_reference_to_nothing_is_skipped_by_name(scene):
    """A plan that was narrowed to its places alone changes nothing and says why."""
    vendor = scene.vendor()
    rows = [replace(each, seq=number) for number, each in enumerate(_rows(scene)[2:], 1)]
    made = scene.clear(rows)
    scene.worker(vendor).run(made.run_id)
    assert vendor.applied == []
    residue = scene.run_of(made).landing["residue"]
    assert {each["why"] for each in residue} == {"the record it belongs to was not created"}
    assert all(each["what_to_do"] for each in residue)


@pytest.mark.parametrize("found", [1, 0, 2])
def test_an_id_whose_answer_was_lost_is_found_by_the_address(scene, found):
    """Once when it is surely ours; when nobody or several fit, the place is skipped rather than guessed."""
    from datetime import timedelta

    vendor = scene.vendor()

    def lost(changes, take):
        for each in changes:
            take(each)
        raise OutcomeUnknown("no answer")

    started = scene.clock.now()

    def people(addresses):
        yield [
            SimpleNamespace(
                subject="s1", object="lead", record_id=f"new-{k}", created=started + timedelta(seconds=k)
            )
            for k in range(1, found + 1)
            if addresses == ["p1@example.com"]
        ]

    vendor.people = people
    vendor.next = [lost]
    made = scene.clear(_rows(scene, 1))
    scene.finish(scene.worker(vendor), made)
    assert _places(vendor) == (["new-1"] if found == 1 else [])
    assert scene.states(made) == ({"applied": 2} if found == 1 else {"applied": 1, "skipped": 1})


def test_a_process_killed_between_the_stages_goes_on_with_the_same_ids(scene):
    """Rows in doubt are read back with the ids in them and sent once more; nothing is created twice."""
    vendor = scene.vendor()

    def killed(changes, take):
        take(changes[0])
        raise Killed

    made = scene.clear(_rows(scene))
    vendor.next = [None, killed]
    executor = scene.worker(vendor)
    with pytest.raises(Killed):
        executor.run(made.run_id)
    scene.finish(executor, made)
    assert vendor.applied == [1, 2, 3, 4]
    assert _places(vendor) == ["new-1", "new-2"]
    assert scene.run_of(made).state == "landed"


def test_undo_takes_the_place_and_then_the_record_back(scene):
    """The inverse of a row with a reference is asked with the id in it."""
    from bot.engine import undo
    from tools.context import Principal

    vendor = scene.vendor()
    asked = []
    inverse = vendor.inverse
    vendor.inverse = lambda change, *, now, at: (asked.append(change), inverse(change, now=now, at=at))[1]
    made = scene.clear(_rows(scene, 1))
    scene.worker(vendor).run(made.run_id)
    max_ = Principal(id="U_MAX", name="Max", roles=frozenset({"marops"}))
    back = list(undo.plan(scene.store, made.run_id, {"marketo": vendor}, scene.clock, max_).rows)
    assert [each.op for each in asked] == ["add_member", "create"]
    assert asked[0].set["lead"] == "new-1"
    assert [each.stage for each in back] == [0, 1]
