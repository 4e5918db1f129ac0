"""HubSpot's statuses of subscriptions by batch: each row answered for itself, whatever the call comes to."""

from dataclasses import replace

import pytest

from tools.errors import NeedsAttention, OutcomeUnknown, RetryLater
from tools.plan import Change

BATCH = "POST .*/statuses/batch/write$"
MANY = 6


@pytest.fixture
def vendor(kit):
    """HubSpot, on the twin that has batches."""
    return kit.VENDORS["hubspot"]


@pytest.fixture
def hubspot(own_twin, connected):
    """HubSpot, for Enterprise."""
    yield connected
    own_twin.settings(hubspot_enterprise=True)


def rows(hubspot, kit, addresses, op="suppress", group="events"):
    """The rows that take these people off a kind of mail, or let them back."""
    people = kit.everyone(hubspot, addresses)
    said = [hubspot.reader.express_group(op, each, group, note="a form of 3 May") for each in people]
    return [
        Change(
            subject=each.subject, system="hubspot", object=wish.object, record_id=wish.record_id, op=wish.op,
            set=wish.set, guard=wish.guard, backup=wish.backup,
        )
        for each, wish in zip(people, said, strict=True)
    ]  # fmt: skip


def states(outcomes):
    """What was said of each row."""
    return [each.state for each in outcomes]


def writes(own_twin):
    """The paths of writes to preferences."""
    log = own_twin.log("hubspot")
    found = [each["path"] for each in log if each["method"] == "POST" and "/statuses/" in each["path"]]
    return [each.rpartition("/statuses/")[2] for each in found]


def test_a_hundred_leave_and_come_back_in_a_call_each(own_twin, hubspot, kit, addresses):
    """One write for leaving; for coming back one read of who has opted out of everything, and one write."""
    mine = addresses[:MANY]
    leave = rows(hubspot, kit, mine)
    own_twin.clear_log()
    assert states(hubspot.writer.apply(leave)) == ["applied"] * MANY
    assert writes(own_twin) == ["batch/write"]
    assert hubspot.writer.read_back(leave, None) == ["landed"] * MANY
    assert len(own_twin.log("hubspot")) <= hubspot.writer.cost("suppress", leave[0].object, MANY) == 4
    back = rows(hubspot, kit, mine, "unsuppress")
    own_twin.clear_log()
    assert states(hubspot.writer.apply(back)) == ["applied"] * MANY
    assert writes(own_twin) == ["batch/unsubscribe-all/read", "batch/write"]
    assert hubspot.writer.read_back(back, None) == ["landed"] * MANY
    assert hubspot.writer.cost("unsuppress", back[0].object, 100) == 2 + 1 + 1 + 2


def test_who_opted_out_of_everything_meanwhile_is_kept_out_of_the_batch(own_twin, hubspot, kit, addresses):
    """Only that row fails; the others come back, and the opt-out of everything stays."""
    mine = addresses[:3]
    hubspot.writer.apply(rows(hubspot, kit, mine))
    back = rows(hubspot, kit, mine, "unsuppress")
    hubspot.writer.apply(kit.changes(hubspot, kit.everyone(hubspot, mine[1:2]), "suppress"))
    outcomes = hubspot.writer.apply(back)
    assert states(outcomes) == ["applied", "failed", "applied"]
    assert outcomes[1].error.startswith("OPTED_OUT_OF_ALL")
    [stopped] = kit.everyone(hubspot, mine[1:2])
    assert {mark.scope.lower() for mark in stopped.consent} == {"global", "events"}


def test_two_groups_of_one_address_are_told_apart(own_twin, hubspot, kit, addresses):
    """A batch's errors name the address alone, its results the subscription too."""
    one, other = (rows(hubspot, kit, addresses[:1], group=name)[0] for name in ("events", "product updates"))
    own_twin.fault(system="hubspot", match=BATCH, kind="partial", rows=[1])
    outcomes = hubspot.writer.apply([one, other])
    assert states(outcomes) == ["applied", "failed"]
    assert "VALIDATION_ERROR" in outcomes[1].error
    assert hubspot.writer.read_back([one, other], None) == ["landed", "not_landed"]


def test_an_address_that_is_none_fails_by_itself(hubspot, kit, addresses):
    """The batch goes on."""
    found = rows(hubspot, kit, addresses[:3])
    found[1] = replace(found[1], set={**found[1].set, "email": "no address"})
    assert states(hubspot.writer.apply(found)) == ["applied", "failed", "applied"]


@pytest.mark.parametrize(("kind", "truth"), [("drop_reply", "landed"), ("502", "not_landed")])
def test_a_batch_whose_answer_is_lost_is_in_doubt_and_not_sent_again(
    own_twin, hubspot, kit, addresses, kind, truth
):
    """Read back, it tells what happened."""
    found = rows(hubspot, kit, addresses[:MANY])
    own_twin.fault(system="hubspot", match=BATCH, kind=kind)
    own_twin.clear_log()
    with pytest.raises(OutcomeUnknown):
        hubspot.writer.apply(found)
    assert writes(own_twin) == ["batch/write"]
    own_twin.clear_faults()
    assert hubspot.writer.read_back(found, None) == [truth] * MANY


@pytest.mark.parametrize(("kind", "error"), [("429", RetryLater), ("401", NeedsAttention)])
def test_a_batch_turned_away_has_done_nothing(own_twin, hubspot, kit, addresses, kind, error):
    """It can be sent again later."""
    found = rows(hubspot, kit, addresses[:MANY])
    own_twin.fault(system="hubspot", match=BATCH, kind=kind)
    with pytest.raises(error):
        hubspot.writer.apply(found)
    own_twin.clear_faults()
    assert hubspot.writer.read_back(found, None) == ["not_landed"] * MANY
    assert states(hubspot.writer.apply(found)) == ["applied"] * MANY


def test_a_batch_refused_whole_goes_row_by_row(own_twin, hubspot, kit, addresses):
    """It has done nothing, so that nothing is done twice (here: more inputs than a call takes)."""
    found = rows(hubspot, kit, addresses[:1]) * 101
    own_twin.clear_log()
    assert states(hubspot.writer.apply(found)) == ["applied"] * 101
    assert len(writes(own_twin)) == 1 + 101


def test_without_the_right_to_batches_a_call_sets_one(own_twin, hubspot, kit, addresses):
    """That is found out by the refusal, once, and the price says so from then on."""
    found = rows(hubspot, kit, addresses[:3])
    found[1] = replace(found[1], set={**found[1].set, "subscriptionId": "77"})
    own_twin.settings(hubspot_enterprise=False)  # since it was asked
    own_twin.clear_log()
    assert states(hubspot.writer.apply(found)) == ["applied", "failed", "applied"]
    assert writes(own_twin)[0] == "batch/write"
    own_twin.clear_log()
    assert states(hubspot.writer.apply(found)) == ["applied", "failed", "applied"]
    assert "batch/write" not in writes(own_twin)
    assert hubspot.writer.cost("suppress", found[0].object, 100) == 2 + 1 + 100
