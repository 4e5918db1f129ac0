"""Watching and stopping: steps on the card, a Stop that really stops, one last message."""

from typing import Any

import pytest

pytestmark = pytest.mark.slack


def going(office: Any, count: int = 12) -> tuple[Any, str, dict[str, Any]]:
    """A run whose vendor takes its time, with its card."""
    addresses = ", ".join(office.somebody() for _ in range(count))
    thread = office.asked("U_ANA", f"suppress {addresses}")
    asked = thread.card()
    thread.remembered()
    office.twin.fault(system="sendgrid", kind="timeout", match="POST|PATCH|PUT", seconds=1.0, times=500)
    office.press("U_MAX", asked, "clearance_approve")
    card = thread.card("clearance_stop")
    return thread, thread.plan, card


@pytest.fixture(autouse=True)
def _healthy_vendors(office: Any) -> Any:
    yield
    office.twin.clear_faults()


def vendor_requests(office: Any) -> int:
    return len(office.twin.log())


def test_stop_in_flight_really_stops(office: Any) -> None:
    """Once it says stopped the vendors get no further request, and the card offers what is next."""
    thread, plan, card = going(office)
    office.slack.wait(lambda: office.app.engine.card(plan).run.state in {"running", "parked", "verifying"})
    office.press("U_MAX", card, "clearance_stop")
    office.told("U_MAX", "Stopping")
    office.slack.wait(lambda: office.app.engine.card(plan).run.state == "stopped")
    before = vendor_requests(office)
    thread.said("stopped")
    halted = thread.card("clearance_resume")
    assert "clearance_undo" in str(halted)
    assert vendor_requests(office) == before
    endings = [each for each in thread.messages() if "stopped:" in each["text"]]
    assert len({each["ts"] for each in endings}) == len(endings)


def test_the_native_stop_button_stops_what_runs_in_its_thread(office: Any) -> None:
    """Slack's own Stop halts the thread's run as well."""
    thread, plan, _ = going(office)
    office.slack.wait(lambda: office.app.engine.card(plan).run.state in {"running", "parked", "verifying"})
    stopped = {
        "type": "event_callback",
        "team_id": "T0DEMO",
        "api_app_id": "A0CLEARANCE",
        "event_id": f"Ev{thread.ts}",
        "authorizations": [{"team_id": "T0DEMO", "user_id": office.slack.bot, "is_bot": True}],
        "event": {
            "type": "agent_session_stopped",
            "user": "U_ANA",
            "channel": office.slack.channel,
            "thread_ts": thread.ts,
        },
    }
    office.deliver(stopped)
    office.slack.wait(lambda: office.app.engine.card(plan).run.state == "stopped")


def test_steps_are_shown_and_end_in_one_message(office: Any) -> None:
    """While it runs the card has steps; afterwards there is one last message and no step left open."""
    thread, _, card = going(office, count=2)
    assert "Read everything back" in str(card)
    assert "plan" in [block["type"] for block in card["blocks"]]
    office.twin.clear_faults()
    thread.said("Landed")
    done = thread.card("· landed")
    assert "plan" not in [block["type"] for block in done["blocks"]]

    def ends() -> list[Any]:
        return [
            each
            for each in thread.messages()
            if "Landed" in str(each) and each["blocks"][0]["type"] == "section"
        ]

    assert len(office.slack.wait(ends)) == 1


def test_where_slack_has_no_steps_they_are_words(office: Any) -> None:
    """A workspace that refuses the block gets the same steps as a paragraph."""
    office.slack.refused = {"plan"}
    thread, _, card = going(office, count=2)
    assert "Send the changes" in str(card)
    assert "plan" not in [block["type"] for block in card["blocks"]]
    office.slack.refused = set()
    office.twin.clear_faults()
    thread.said("Landed")
