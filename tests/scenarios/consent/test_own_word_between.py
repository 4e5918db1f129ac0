"""A person opts out between a plan and its run: what we wrote upon it is still their own word."""

from typing import Any

from bot.engine.guarding import Guard

HOUR = 3_600


def opts_out(desk: Any, address: str) -> None:
    """The person uses the link at the foot of a mail."""
    desk.write(
        "sendgrid", object="global_suppression", record_id=desk.key(address), op="suppress",
        set={"email": address},
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
