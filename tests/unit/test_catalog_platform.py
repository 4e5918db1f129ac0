"""The health report: every system a row, whatever it says, and what to do next."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import SystemClock
from tools.answer import Answer
from tools.catalog import platform
from tools.catalog.platform import report_health
from tools.context import ToolContext
from tools.errors import InvalidArguments, RetryLater
from tools.ports import Health
from tools.rules.email_key import SubjectKey

KEY = SubjectKey(b"a key for tests", "k0")


class NoLimit:
    """A quota nobody else shares."""

    def __init__(self) -> None:
        self.reserved: list[tuple[str, str, bool]] = []

    def reserve(self, system: str, bucket: str = "api", *, urgent: bool = True) -> float:
        self.reserved.append((system, bucket, urgent))
        return 0.0

    def learned(self, system: str, bucket: str = "api", *, retry_after: float) -> None:
        raise AssertionError(f"{system} {bucket} asked for {retry_after} s")


def over(twin: Any) -> dict[str, Any]:
    """Readers of the three vendors over the twin."""
    from tools.connectors import marketo, salesforce, sendgrid

    shared: dict[str, Any] = {"subject": KEY, "clock": SystemClock(), "quota": NoLimit()}
    oauth = {"client_id": "twin-client", "client_secret": "twin-secret"}
    return {
        "salesforce": salesforce.connect(base_url=f"{twin.url}/salesforce", **oauth, **shared).reader,
        "marketo": marketo.connect(base_url=f"{twin.url}/marketo", **oauth, **shared).reader,
        "sendgrid": sendgrid.connect(base_url=f"{twin.url}/sendgrid", api_key="SG.twin", **shared).reader,
    }


def report(context: ToolContext, **args: object) -> Answer:
    """The report, asked with these arguments."""
    answer = report_health.call(context, args)
    assert isinstance(answer, Answer)
    return answer


def rows(answer: Answer, title: str = "Systems") -> dict[str, tuple[Any, ...]]:
    """A table's rows by their first column."""
    table = next((each for each in answer.tables if each.title == title), None)
    return {str(row[0]): row for row in table.rows} if table else {}


def says(stack: Any, system: str, **given: Any) -> None:
    """Make a vendor say this of itself."""
    vendor = stack.vendor(system)
    health = Health(**{"system": system, "as_of": stack.now, "reachable": True, "permitted": True, **given})
    vendor.health = lambda: health


@pytest.fixture
def told(stack: Any, now: Any) -> Any:
    """Three vendors that can be made to say things."""
    stack.now = now
    return stack


def test_all_is_fine_in_one_sentence(told: Any) -> None:
    """Nothing to say is said in a sentence, with what each system does not tell marked so."""
    answer = report(told.context())
    assert answer.text == "Salesforce, Marketo and SendGrid are fine."
    assert rows(answer)["Marketo"][1:] == ("fine", *["not told"] * 5)
    assert (answer.facts["systems"], answer.facts["fine"], answer.next_steps) == (3, 3, ())
    assert len(answer.evidence) == 3
    assert "What to do next" not in {each.title for each in answer.tables}


def test_what_is_wrong_comes_first_with_what_to_do(told: Any, now: Any) -> None:
    """Quota, lag, backlog, errors, credential and fields: each in its column, and a line of what to do."""
    says(
        told, "marketo", calls_used=48_000, calls_limit=50_000, sync_lag_seconds=3_600, sync_backlog=12_000,
        errors_today={"1003": 3}, credential_expires=now + timedelta(days=5),
        missing_fields=("emailInvalid",),
    )  # fmt: skip
    answer = report(told.context())
    assert answer.text == "Marketo has used 96% of its calls. 2 of 3 systems are fine."
    assert rows(answer)["Marketo"][1:] == (
        "trouble", "48,000 of 50,000 a day", "96.0", "3,600 s behind, 12,000 waiting", 3, "2026-11-27",
    )  # fmt: skip
    assert answer.facts["marketo_calls_percent"] == "96.0"
    steps = next(each for each in answer.tables if each.title == "What to do next")
    assert len(steps.rows) == 5
    assert all(row[3] for row in steps.rows)
    assert answer.next_steps


def test_a_dead_system_is_a_row(told: Any) -> None:
    """A system that cannot be reached, or whose reader fails, is told and the others are answered."""
    says(told, "sendgrid", reachable=False, permitted=False, note="No answer from SendGrid.")

    def broken() -> Health:
        raise RetryLater("Salesforce cannot be reached", after=5)

    told.salesforce.health = broken
    answer = report(told.context())
    assert rows(answer)["SendGrid"][1:3] == ("cannot be reached", "")
    assert rows(answer)["Salesforce"][1] == "cannot be reached"
    assert rows(answer)["Marketo"][1] == "fine"
    assert "1 of 3 systems is fine" in answer.text


def test_a_silent_system_does_not_hold_up_the_others(told: Any, monkeypatch: Any) -> None:
    """All systems are asked at once, and one that does not answer in time is told as such."""
    released = threading.Event()
    monkeypatch.setattr(platform, "PATIENCE", 0.2)

    def silent() -> Health:
        released.wait(30)
        return Health(system="marketo", as_of=told.now, reachable=True, permitted=True)

    told.marketo.health = silent
    answer = report(told.context())
    released.set()
    assert rows(answer)["Marketo"][1] == "cannot be reached"
    assert "did not answer" in rows(answer, "What to do next")["Marketo"][3]
    assert rows(answer)["SendGrid"][1] == "fine"


def test_one_system_is_asked_alone(told: Any) -> None:
    """Named, only that one is asked; one that is not connected is said with those that are."""
    answer = report(told.context(), system="marketo")
    assert answer.text == "Marketo is fine."
    assert set(rows(answer)) == {"Marketo"}
    with pytest.raises(InvalidArguments):
        report(told.context(), system="hubspot")


def test_over_the_twin(twin: Any, stack: Any) -> None:
    """The real readers fill in quota and errors; what their vendors do not tell is marked so."""
    answer = report(stack.context(systems=over(twin), subject=KEY, clock=SystemClock()))
    found = rows(answer)
    assert set(found) == {"Salesforce", "Marketo", "SendGrid"}
    assert all(row[1] != "cannot be reached" for row in found.values())
    assert found["Marketo"][2].endswith("of 50,000 a day")
    assert found["SendGrid"][2].endswith(" a minute")
    assert isinstance(found["Marketo"][5], int)
