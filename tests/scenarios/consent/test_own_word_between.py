"""A person opts out between a plan and its run: what we wrote upon it is still their own word."""

from typing import Any

import pytest

from bot.engine.guarding import Guard

HOUR = 3_600
BOXES = """
[[consent_group]]
name = "Newsletter"
salesforce = "Newsletter_Opt_Out__c"
marketo = "newsletterOptOut"
"""


def opts_out(desk: Any, address: str) -> None:
    """The person uses the link at the foot of a mail."""
    desk.write(
        "sendgrid", object="global_suppression", record_id=desk.key(address), op="suppress",
        set={"email": address},
    )  # fmt: skip


def leaves(desk: Any, address: str, op: str = "suppress") -> None:
    """The person leaves Events in their preferences, or somebody puts them back."""
    groups = desk.readers["sendgrid"].client.groups()
    number = next(str(each["id"]) for each in groups if each["name"] == "Events")
    desk.write(
        "sendgrid", object="group_suppression", record_id=f"{number}/{desk.key(address)}", op=op,
        set={"email": address, "group_id": number},
    )  # fmt: skip


def test_an_undo_stops_at_an_opt_out_that_came_before_our_write(desk: Any) -> None:
    """Our row found the address on the list already; the undo leaves it there and names why."""
    maya = desk.trap("unicode_name")["email"]
    planned = desk.call("suppress_contacts", emails=[maya]).card
    opts_out(desk, maya)
    desk.clock.sleep(HOUR)
    assert desk.land(planned).header.state == "landed"
    back = desk.call("undo", plan=planned.header.id).card
    assert back.header.vetoes == {"own_opt_out": 1}
    assert "sendgrid" not in back.header.counts


def test_a_word_the_guard_saw_before_our_run_holds_in_every_system(desk: Any) -> None:
    """The ledger knows whose word it was, whatever our run wrote upon it since."""
    guard = Guard(desk.engine, {name: desk.readers[name] for name in desk.vendors})
    maya = desk.trap("unicode_name")["email"]
    planned = desk.call("suppress_contacts", emails=[maya]).card
    opts_out(desk, maya)
    assert guard.tend().opted_out["sendgrid"] == 1
    desk.clock.sleep(HOUR)
    desk.land(planned)
    guard.tend()  # enters our own rows
    nothing = desk.call("undo", plan=planned.header.id).answer
    assert nothing.facts == {"rows": 0, "left_alone": 3}
    assert "only their own act" in str(nothing.tables)


def test_an_undo_stops_at_a_group_the_person_left_before_our_write(desk: Any) -> None:
    """The entry in the group is older than our row: it is theirs, and stays."""
    maya = desk.trap("unicode_name")["email"]
    planned = desk.call("suppress_contacts", emails=[maya], group="Events").card
    leaves(desk, maya)
    desk.clock.sleep(HOUR)
    assert desk.land(planned).header.state == "landed"
    back = desk.call("undo", plan=planned.header.id).answer
    assert back.facts == {"rows": 0, "left_alone": 1}
    assert "had left it before we wrote" in str(back.tables)


def test_a_group_left_for_the_second_time_is_the_persons_own(desk: Any) -> None:
    """Back by somebody's hand in the app, then gone by their own: what we wrote is no more."""
    maya = desk.trap("unicode_name")["email"]
    planned = desk.call("suppress_contacts", emails=[maya], group="Events").card
    desk.land(planned)
    desk.clock.sleep(HOUR)
    leaves(desk, maya, op="unsuppress")
    leaves(desk, maya)
    back = desk.call("undo", plan=planned.header.id).answer
    assert back.facts == {"rows": 0, "left_alone": 1}
    assert "has left it anew since" in str(back.tables)


def test_a_box_ticked_before_our_run_is_none_of_our_writes(desk_with: Any) -> None:
    """The guard finds it so: nothing is written there and nothing taken back, and the rest goes on."""
    desk = desk_with(BOXES)
    maya = desk.trap("unicode_name")["email"]
    planned = desk.call("suppress_contacts", emails=[maya], group="Newsletter").card
    [lead] = [each for page in desk.readers["marketo"].people([maya]) for each in page]
    desk.write("marketo", object="lead", record_id=lead.record_id, op="update",
               set={"newsletterOptOut": True})  # fmt: skip
    desk.clock.sleep(HOUR)
    card = desk.land(planned)
    assert card.header.state == "landed"
    assert (planned.header.counts["marketo"], planned.header.counts["salesforce"]) == (
        {"suppress": 1},
        {"suppress": 1},
    )
    back = desk.call("undo", plan=planned.header.id).card
    assert set(back.header.counts) == {"salesforce", "sendgrid"}


def test_our_own_write_stays_ours_however_late_its_answer_is_found(desk: Any) -> None:
    """The answer is lost and SendGrid is down for an hour: the row was written when it was sent."""
    maya = desk.trap("unicode_name")["email"]
    planned = desk.call("suppress_contacts", emails=[maya], group="Events").card
    desk.twin.fault(system="sendgrid", match="POST /v3/asm/groups", kind="drop_reply")
    reads = "GET /v3/asm/suppressions/|GET /v3/asm/groups/.*/suppr"
    desk.twin.fault(system="sendgrid", match=reads, kind="500", times=200)
    digest = planned.header.digest[:12]
    desk.engine.vote(planned.header.id, digest_prefix=digest, voter="U_DANA", vote="approve")
    rest = desk.worker.run(desk.queue[0])
    assert rest.parked
    desk.clock.sleep(HOUR)
    desk.twin.clear_faults()
    desk.drive()
    assert desk.engine.card(planned.header.id).header.state == "landed"
    back = desk.call("undo", plan=planned.header.id).card
    assert back.header.counts == {"sendgrid": {"unsuppress": 1}}
    assert "(Take 1 address off “Events” in SendGrid, and off no other mail): 1 row" in back.header.summary


@pytest.mark.parametrize(
    ("system", "object", "box"),
    [("salesforce", "Contact", {"HasOptedOutOfEmail": True}), ("marketo", "lead", {"unsubscribed": True})],
)
def test_who_opts_out_of_everything_before_our_run_stays_so_without_the_ledger(
    desk: Any, system: str, object: str, box: dict[str, Any]
) -> None:
    """No guard has looked: the vendor's own dates, or what the run met, tell whose word it is."""
    maya = desk.trap("unicode_name")["email"]
    planned = desk.call("suppress_contacts", emails=[maya]).card
    [record] = [each for page in desk.readers[system].people([maya]) for each in page]
    desk.write(system, object=object, record_id=record.record_id, op="update", set=box)
    desk.clock.sleep(HOUR)
    assert desk.land(planned).header.state == "landed"
    back = desk.call("undo", plan=planned.header.id).answer
    assert back.facts["rows"] == 0
    assert "only their own act" in str(back.tables)
