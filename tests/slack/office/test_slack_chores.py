"""What the surface does by itself: reminders at fit hours, put-off requests back, files gone in time."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.engine.rules import Reminders
from bot.slack.gap_report import GapReport
from bot.slack.keeping import Keeping
from bot.slack.reminding import Reminding, local
from bot.store import gaps, reminders, surface_files

pytestmark = pytest.mark.slack

TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


class At:
    """A clock that stands at one moment."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def sleep(self, _seconds: float) -> None:
        raise AssertionError("nothing here waits")


def asked_at_nine(office: Any, plan: str) -> None:
    """As if the request had been made on Tuesday at nine, and what other tests have asked for much later."""
    with office.app.store.begin() as connection:
        connection.execute(
            text(
                "UPDATE approvals SET created_at = '2036-01-01T00:00:00.000000Z'"
                " WHERE created_at <> '2026-11-24T09:00:00.000000Z'"
            )
        )
        connection.execute(
            text(
                "UPDATE approvals SET created_at = '2026-11-24T09:00:00.000000Z',"
                " expires_at = '2036-11-25T09:00:00.000000Z'"
                " WHERE plan_key IN (SELECT key FROM plans WHERE id = :plan)"
            ),
            {"plan": plan},
        )


def kept(office: Any, file: str) -> Any:
    """Whether the store knows of the file."""
    with office.app.store.read() as connection:
        return connection.execute(
            text("SELECT file_id FROM surface_files WHERE file_id = :file"), {"file": file}
        ).all()


def rounds(office: Any, moment: datetime) -> int:
    return Reminding(replace(office.surface.parts, clock=At(moment))).round()


@pytest.mark.parametrize(
    ("moment", "zone", "fit"),
    [
        (TUESDAY, "UTC", True),
        (TUESDAY, "America/Los_Angeles", False),
        (TUESDAY.replace(hour=19, minute=59), "UTC", True),
        (TUESDAY.replace(hour=20), "UTC", False),
        (TUESDAY.replace(hour=7, minute=59), "UTC", False),
        (TUESDAY.replace(hour=7, minute=59), "Europe/Berlin", True),
        (TUESDAY.replace(day=28), "UTC", False),
        (TUESDAY.replace(day=27, hour=23), "Pacific/Auckland", False),
        (TUESDAY, "Nowhere/Atall", True),
    ],
)
def test_nobody_is_reminded_at_night_or_on_weekends(moment: datetime, zone: str, fit: bool) -> None:
    """Quiet hours and weekends are those of the reminded person's own zone."""
    assert Reminders().fits(local(moment, zone)) is fit
    weekend = Reminders.model_validate({"weekends": True})
    assert weekend.fits(datetime(2026, 11, 28, 12, tzinfo=ZoneInfo("UTC")))


def test_approvers_are_reminded_once_of_all_that_waits(office: Any) -> None:
    """After two hours, at noon, each gets one message for everything; the asker and voters get none."""
    plans = []
    for user in ("U_ANA", "U_MAX"):
        thread = office.asked(user)
        thread.card()
        plans.append(thread.plan)
    for plan in plans:
        asked_at_nine(office, plan)
    assert rounds(office, TUESDAY.replace(hour=10)) == 0
    assert rounds(office, TUESDAY.replace(hour=22)) == 0
    assert rounds(office, TUESDAY) == 3
    assert rounds(office, TUESDAY.replace(minute=30)) == 0
    assert "2 requests wait on you" in str(office.inbox("U_DANA", "wait on you"))
    mine = str(office.inbox("U_MAX", "waits on you"))
    assert plans[0] in mine
    assert plans[1] not in mine
    assert "3 hours ago" in mine
    assert rounds(office, TUESDAY.replace(day=25, hour=13)) == 3


def test_what_was_put_off_comes_back_with_its_card(office: Any) -> None:
    """At the moment chosen the card is in the direct message; before it there is silence."""
    thread = office.asked("U_ANA")
    thread.card()
    with office.app.store.begin() as connection:
        reminders.snooze(connection, thread.plan, "U_DANA", until=TUESDAY, now=TUESDAY)
    assert rounds(office, TUESDAY.replace(hour=7)) == 0
    assert rounds(office, TUESDAY.replace(minute=1)) >= 1
    assert "asked me to come back" in str(office.inbox("U_DANA", f"come back to {thread.plan}"))
    office.inbox("U_DANA", "clearance_approve")
    with office.app.store.begin() as connection:
        reminders.snooze(connection, thread.plan, "U_ANA", until=TUESDAY, now=TUESDAY)
    rounds(office, TUESDAY.replace(hour=7))
    home = office.slack.direct("U_ANA")
    assert not [each for each in office.slack.messages(home) if thread.plan in str(each)]


def test_files_are_deleted_from_slack_when_their_time_is_over(office: Any, uploaded: Any) -> None:
    """Our own file goes; of one that only its owner may delete, the owner is asked."""
    office.press("U_MAX", office.asked("U_ANA").card(), "clearance_details")
    sent = office.inbox("U_MAX", "Every row")
    office.slack.wait(lambda: kept(office, sent["files"][0]["id"]))
    theirs = uploaded("list.csv", b"email\na@b.example\n")
    keeping = Keeping(office.surface.parts)
    now = datetime.now(UTC)
    attached = surface_files.SurfaceFile(
        surface="slack",
        file_id=theirs["id"],
        principal="U_ANA",
        channel="D1",
        kind="attached",
        created_at=now,
        expires_at=now,
        detail={"name": "list.csv"},
    )
    with office.app.store.begin() as connection:
        surface_files.put(connection, attached)
        surface_files.use(connection, attached, now=now)
        connection.execute(text("UPDATE surface_files SET expires_at = '2020-01-02T00:00:00.000000Z'"))
        first = "UPDATE surface_files SET expires_at = '2020-01-01T00:00:00.000000Z' WHERE kind = 'attached'"
        connection.execute(text(first))
    office.slack.fail("files.delete", error="cant_delete_file")
    office.slack.fail("files.delete", error="fatal_error")
    assert keeping.sweep() == 1
    with office.app.store.begin() as connection:
        connection.execute(text("UPDATE surface_files SET expires_at = '2020-01-01T00:00:00.000000Z'"))
    keeping.sweep()
    gone = {each["file"] for each in office.slack.sent("files.delete")}
    assert {theirs["id"], sent["files"][0]["id"]} <= gone
    with office.app.store.begin() as connection:
        connection.execute(text("UPDATE surface_files SET expires_at = '2020-01-01T00:00:00.000000Z'"))
    assert keeping.sweep() == 0


def test_an_answer_brings_its_chart_with_words_for_it(office: Any) -> None:
    """The picture goes where the answer is, with an alternative text that tells its figures."""
    thread = office.asked("U_DANA", "report bounces of the last 90 days")
    thread.said("clearance_feedback")

    def pictures() -> list[dict[str, Any]]:
        asked = office.slack.sent("files.getUploadURLExternal")
        return [each for each in asked if str(each["filename"]).startswith("chart-")]

    drawn = office.slack.wait(pictures)
    assert drawn[0]["alt_txt"].startswith("Bar chart: Addresses by class in addresses.")


def test_what_the_runbooks_lack_is_reported_once_a_week(office: Any) -> None:
    """On Monday at nine where the administrator is: themes, most asked first; silence without any."""
    monday = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)

    def report(moment: datetime) -> int:
        return GapReport(replace(office.surface.parts, clock=At(moment))).round()

    with office.app.store.begin() as connection:
        gaps.prune(connection, before=datetime(2030, 1, 1, tzinfo=UTC))
    assert report(monday) == 0
    asked = ("who approves the swag budget", "swag budget approval", "how do we set up RCS messaging")
    with office.app.store.begin() as connection:
        for question in asked:
            page = "runbooks/approvals.md" if "swag" in question else ""
            found = gaps.Gap(question=question, audience="everyone", kind="closest", page=page, at=monday)
            gaps.add(connection, found)
    assert report(monday.replace(hour=8)) == 0
    assert report(monday.replace(day=29)) == 0
    assert report(monday) == 1
    assert report(monday.replace(hour=15)) == 0
    told = str(office.inbox("U_IVY", "no sure answer"))
    assert "3 questions last week" in told
    assert "2 × swag budget approval — extend runbooks/approvals.md" in told
    assert "1 × how do we set up RCS messaging — no page comes near" in told
