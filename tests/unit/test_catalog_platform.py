"""The health report: every system a row, whatever it says, the sync measured, and what to do next."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tools.abilities import Stretch
from tools.answer import Answer
from tools.catalog import measuring, platform
from tools.catalog.platform import report_health
from tools.context import ToolContext
from tools.errors import InvalidArguments, RetryLater
from tools.ports import Health, Person, RequestView

UNDECLARED = "not declared: set CREDENTIALS_END"


@dataclass
class Telling:
    """A vendor in memory that tells what changed lately."""

    inner: Any
    changes: list[Person] = field(default_factory=list)
    more: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def changed(self, edges: Sequence[datetime], most: int) -> list[Stretch]:
        parts = zip(edges[1:], edges, strict=False)
        return [
            Stretch(
                since=since, until=until, more=self.more,
                people=tuple(e for e in self.changes if e.modified and since <= e.modified < until)[:most],
            )
            for since, until in parts
        ]  # fmt: skip


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
    """Three vendors that can be made to say things, of which two tell what changed."""
    stack.now = now
    stack.salesforce, stack.marketo = Telling(stack.salesforce), Telling(stack.marketo)
    return stack


def twice(stack: Any, number: int, *, here: str, there: str, minutes: float = 12, tied: bool = True) -> None:
    """A person in Salesforce whose title changed so many minutes ago, and their lead."""
    address, at = f"p{number}@acme.com", stack.now - timedelta(minutes=minutes)
    record = f"003{number:015}"
    kept = stack.holds("salesforce", address, title=here, modified=at, record_id=record)
    stack.salesforce.changes.append(kept)
    then = stack.now - timedelta(days=30)
    stack.holds("marketo", address, title=there, modified=then, linked=record if tied else "")


def test_all_is_up_in_one_sentence(told: Any) -> None:
    """What is up comes first; what nobody tells is marked so, and nothing changed is no good news."""
    answer = report(told.context())
    assert answer.text == (
        "All three are up (Salesforce, Marketo and SendGrid); Marketo: no record changed in the last 24 h,"
        " so nothing can be said."
    )
    assert rows(answer)["Marketo"][1:] == ("yes", "not told", "cannot be told", "", "not told", UNDECLARED)
    assert rows(answer)["SendGrid"][3] == "no CRM sync"
    assert (answer.facts["systems"], answer.facts["up"], answer.facts["fine"]) == (3, 3, 3)
    assert len(answer.evidence) == 5
    assert "What to do next" not in {each.title for each in answer.tables}
    assert answer.next_steps == ()


def test_a_system_that_does_not_let_us_in_is_not_called_up(told: Any) -> None:
    """It answers and refuses: that comes first in the sentence."""
    says(told, "salesforce", permitted=False, note="Salesforce does not let us in.")
    answer = report(told.context())
    assert answer.text.startswith(
        "All three answer (Salesforce, Marketo and SendGrid), but Salesforce lacks rights;"
    )
    assert answer.text.count("lacks rights") == 1
    assert report(told.context(), system="salesforce").text.startswith("Salesforce lacks rights")


def test_how_far_the_sync_is_behind_is_measured(told: Any) -> None:
    """Records changed here that differ there, counted, with the oldest; one kept out is told apart."""
    for number in range(14):
        twice(told, number, here="CMO", there="VP")
    twice(told, 20, here="CMO", there="CMO")
    twice(told, 21, here="CMO", there="VP", tied=False)
    answer = report(told.context())
    assert answer.text == (
        "All three are up (Salesforce, Marketo and SendGrid);"
        " Marketo is 14 records behind, the oldest 12 min."
    )
    assert rows(answer)["Marketo"][3:5] == ("12 min", "14 of 15")
    measured = rows(answer, "Sync, measured")["Salesforce"]
    assert measured[:6] == ("Salesforce", "Marketo", "16", 1, 14, "12 min")
    assert (measured[7], measured[9]) == (1, "job title")
    assert answer.facts["marketo_behind_salesforce"] == 14
    proof = next(each for each in answer.evidence if each.source == "salesforce → marketo")
    assert (proof.count, proof.as_of) == (16, told.now)
    assert "job title" in proof.query


def test_a_long_wait_is_worth_a_word_and_a_sample_says_at_least(told: Any) -> None:
    """Beyond a quarter of an hour there is something to do; where others were not looked at, it says so."""
    twice(told, 1, here="CMO", there="VP", minutes=200)
    told.salesforce.more = True
    answer = report(told.context())
    assert "Marketo is at least 1 record behind, the oldest 3 h" in answer.text
    assert rows(answer)["Marketo"][4] == "1+ of 1"
    assert "job title" in rows(answer, "What to do next")["Marketo"][3]
    assert answer.next_steps == ("what do we do when a sync is behind?",)


def test_the_other_way_round_is_measured_too(told: Any) -> None:
    """A lead that changed and whose Salesforce record differs: Salesforce is behind Marketo."""
    twice(told, 1, here="CMO", there="VP", minutes=60 * 24 * 30)
    lead = replace(told.marketo.held[0], modified=told.now - timedelta(minutes=30))
    told.marketo.changes.append(lead)
    answer = report(told.context())
    assert "Salesforce is 1 record behind Marketo, the oldest 30 min" in answer.text
    assert rows(answer)["Salesforce"][3:5] == ("30 min", "1 of 1")


def test_what_cannot_be_measured_is_said(told: Any, monkeypatch: Any) -> None:
    """A system that does not tell its changes, one that fails, one that is slow: in words, never as zero."""
    told.marketo = told.marketo.inner
    answer = report(told.context())
    assert "how far Salesforce is behind Marketo could not be measured" in answer.text
    assert "does not tell what changed" in rows(answer, "Sync, measured")["Marketo"][10]
    told.marketo.broken = RetryLater("Marketo cannot be reached", after=5)
    twice(told, 1, here="CMO", there="VP")
    assert "Marketo cannot be reached" in rows(report(told.context()), "Sync, measured")["Salesforce"][10]
    monkeypatch.setattr(measuring, "PATIENCE", 0.05)
    released = threading.Event()
    told.salesforce.changed = lambda *_: released.wait(30) and []
    slow = report(told.context())
    released.set()
    assert rows(slow)["Marketo"][3] == "not measured"
    assert "took longer" in rows(slow, "Sync, measured")["Salesforce"][10]


def test_what_is_wrong_comes_first_with_what_to_do(told: Any, now: Any) -> None:
    """Quota, errors in words, credential: each in its column, and a line of what to do, the worst first."""
    says(
        told, "marketo", calls_used=48_000, calls_limit=50_000, calls_assumed=True,
        calls_reset=datetime(2026, 11, 23, 6, tzinfo=UTC), errors_today={"606": 3, "602": 9},
        calls_by={"us": 36_000, "them": 12_000}, calls_as="us", credential="The token lives for an hour.",
    )  # fmt: skip
    ends = {"marketo": date(2026, 11, 27), "salesforce": date(2027, 3, 1)}
    answer = report(told.context(credentials_end=ends))
    assert "Marketo has used 96% of its calls" in answer.text
    assert rows(answer)["Marketo"][2] == "48,000 of 50,000 (96.0 %)"
    assert rows(answer)["Marketo"][5:] == (12, "2026-11-27")
    assert rows(answer)["Salesforce"][6] == "2027-03-01"
    steps = next(each for each in answer.tables if each.title == "What to do next")
    assert [row[1] for row in steps.rows] == ["trouble", "watch", "watch"]
    assert "more than 100 calls came within 20 seconds (606, 3 times)" in str(steps.rows)
    assert "602" not in str(steps.rows)
    used = rows(answer, "API use")["Marketo"]
    assert used[1:6] == (
        "48,000", "50,000 (documented; not told) a day", "2,000", "2026-11-23 06:00 UTC",
        "36,000 (75 %), the rest by 1 other",
    )  # fmt: skip
    fails = [row for each in answer.tables if each.title == "What fails" for row in each.rows]
    assert ("Marketo", "a token had expired", 9, "602") in {row[:4] for row in fails}
    last = next(each for each in answer.tables if each.title == "What ends, and when")
    assert ("Marketo", "credential", "2026-11-27", "declared in CREDENTIALS_END") in last.rows
    assert ("Marketo", "The token lives for an hour.", "", "the vendor's") in last.rows
    assert answer.next_steps == (
        "how do we rotate credentials?", "what do we do when the API limit is reached?",
    )  # fmt: skip
    assert answer.facts["marketo_calls_left"] == 2_000


def test_a_version_of_an_api_that_ends_is_said_in_time(told: Any) -> None:
    """Its last day stands in the table from now on, and the system is fine until it is near."""
    says(told, "marketo", api_ends=date(2027, 3, 30), api_note="Move to the dated version.")
    answer = report(told.context(), system="marketo")
    assert rows(answer, "What to do next")["Marketo"][1] == "to plan"
    assert answer.facts["fine"] == 1
    last = next(each for each in answer.tables if each.title == "What ends, and when")
    assert ("Marketo", "Move to the dated version.", "2027-03-30", "the vendor's changelog") in last.rows


def test_whether_our_own_plans_still_fit(told: Any) -> None:
    """Calls that waiting and running plans are expected to take stand beside what is left."""
    says(told, "marketo", calls_used=49_900, calls_limit=50_000)
    says(told, "salesforce", calls_used=10, calls_limit=50_000)
    for number, state in enumerate(("pending", "running", "landed")):
        told.records.listed.append(
            RequestView(
                plan=f"P-{number}", summary="Purge", requester="U_MAX", state=state, waits_on="", people=9,
                created_at=told.now, calls={"marketo": 68, "salesforce": 8},
            )
        )  # fmt: skip
    answer = report(told.context())
    assert rows(answer, "API use")["Marketo"][6] == "136: does not fit"
    assert rows(answer, "API use")["Salesforce"][6] == "16: fits"
    assert "Marketo has 100 calls left, and our own plans need 136" in answer.text


def test_a_dead_system_is_a_row(told: Any) -> None:
    """A system that cannot be reached, or whose reader fails, is told and the others are answered."""
    says(told, "sendgrid", reachable=False, permitted=False, note="No answer from SendGrid.")

    def broken() -> Health:
        raise RetryLater("Salesforce cannot be reached", after=5)

    told.salesforce.health = broken
    answer = report(told.context(credentials_end={"sendgrid": date(2026, 11, 1)}))
    assert answer.text == "One of three is up: Salesforce and SendGrid cannot be reached."
    assert rows(answer)["SendGrid"][1:] == ("no", "", "", "", "", "2026-11-01")
    assert "No answer from SendGrid." in {row[3] for row in _table(answer, "What to do next")}
    assert "ended on 2026-11-01" in str(_table(answer, "What to do next"))
    assert "Sync, measured" not in {each.title for each in answer.tables}


def _table(answer: Answer, title: str) -> tuple[tuple[Any, ...], ...]:
    return next(each.rows for each in answer.tables if each.title == title)


def test_a_silent_system_does_not_hold_up_the_others(told: Any, monkeypatch: Any) -> None:
    """All systems are asked at once, and one that does not answer in time is told as such."""
    released = threading.Event()
    moments = iter([0.0] * 3)  # when it begins, and when the first and the second answer are waited for
    monkeypatch.setattr(platform, "monotonic", lambda: next(moments, platform.PATIENCE))

    def silent() -> Health:
        released.wait(30)
        return Health(system="marketo", as_of=told.now, reachable=True, permitted=True)

    told.marketo.health = silent
    answer = report(told.context())
    released.set()
    assert rows(answer)["Marketo"][1] == "no"
    assert "did not answer" in rows(answer, "What to do next")["Marketo"][3]
    assert rows(answer)["SendGrid"][1] == "yes"


def test_one_system_is_asked_alone(told: Any) -> None:
    """Named, only that one has a row, and its sync is measured; one that is not connected is said."""
    twice(told, 1, here="CMO", there="VP")
    answer = report(told.context(), system="marketo")
    assert answer.text == "Marketo is up; Marketo is 1 record behind, the oldest 12 min."
    assert set(rows(answer)) == {"Marketo"}
    assert report(told.context(), system="sendgrid").text == "SendGrid is up."
    says(told, "sendgrid", reachable=False, permitted=False)
    assert report(told.context(), system="sendgrid").text == "SendGrid cannot be reached."
    with pytest.raises(InvalidArguments):
        report(told.context(), system="hubspot")
