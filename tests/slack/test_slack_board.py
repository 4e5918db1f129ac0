"""The board is read from the store in well under a second, however much is in there."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.engine.policy import Policy
from bot.slack.board import gathered
from bot.slack.views.home import home
from bot.store import reminders
from bot.store.tables import approvals, plans
from tools.context import Principal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REQUESTS, OPEN = 10_000, 1_000
MOST = 1.0  # seconds of CPU


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, _seconds: float) -> None:
        raise AssertionError("nothing here waits")


def a_plan(n: int) -> dict[str, Any]:
    return {
        "key": n,
        "id": f"P-{n}",
        "revision": 1,
        "tool": "purge_bounces",
        "args": {},
        "principal": f"U_{n % 40}",
        "requester": f"Person {n % 40}",
        "agent": None,
        "said": "purge",
        "summary": f"Purge number {n}",
        "counts": {"salesforce": {"delete": 3}},
        "people": 3,
        "vetoes": {},
        "effects": ["delete"],
        "reversibility": [],
        "cost": [],
        "samples": [],
        "evidence": [],
        "policy_version": 1,
        "verdict": {"kind": "needs_approval", "clause": "c", "text": "t", "facts": {}},
        "digest": f"{n:064d}",
        "state": "pending" if n <= OPEN else "rejected",
        "undo_of": "",
        "surface": "slack",
        "channel": "C1",
        "thread": "1.1",
        "created_at": NOW - timedelta(minutes=n),
        "expires_at": NOW + timedelta(days=1),
    }


def an_approval(n: int) -> dict[str, Any]:
    return {
        "plan_key": n,
        "digest": f"{n:064d}",
        "group": "marops",
        "quorum": 2,
        "clause": "c",
        "requester": f"U_{n % 40}",
        "barred": [],
        "state": "pending" if n <= OPEN else "rejected",
        "approved": 1,
        "created_at": NOW - timedelta(minutes=n),
        "expires_at": NOW + timedelta(days=1),
    }


def test_ten_thousand_requests_do_not_slow_the_board_down(store: Any) -> None:
    """A thousand open approvals among ten thousand requests: any page takes less than a second of CPU."""
    with store.begin() as connection:
        connection.execute(insert(plans), [a_plan(n) for n in range(1, REQUESTS + 1)])
        connection.execute(insert(approvals), [an_approval(n) for n in range(1, REQUESTS + 1)])
        reminders.snooze(connection, "P-1000", "U_0", until=NOW + timedelta(hours=1), now=NOW)
    person = Principal(id="U_0", name="Zero", roles=frozenset({"marops", "marketer"}))
    policy = Policy.load()
    for page in (0, 50, 10_000):
        began = time.process_time()
        read = gathered(store, policy, Still(), person, page=page)
        shown = home(read)
        spent = time.process_time() - began
        assert spent < MOST, f"page {page} took {spent:.2f} s of CPU"
        assert read.total == OPEN - OPEN // 40  # one's own wait on others
        assert len(shown) <= 100
    first = gathered(store, policy, Still(), person)
    assert [each.plan_id for each in first.waiting][:2] == ["P-999", "P-998"]
    assert len(first.own) == 8
    assert first.own[0].plan == "P-40"
    last = gathered(store, policy, Still(), person, page=10_000)
    assert last.page == 97
    assert last.waiting[-1].plan_id == "P-1"
    assert "P-1000" in first.asleep


def test_whoever_decides_on_nothing_sees_no_queue(store: Any) -> None:
    """A guest sees a greeting; a marketer their own requests, and nobody else's runs."""
    policy = Policy.load()
    guest = gathered(store, policy, Still(), Principal(id="G", name="Gus", kind="guest"))
    assert (guest.decides, guest.own, guest.clauses) == (False, (), ())
    marketer = Principal(id="U_ANA", name="Ana", roles=frozenset({"marketer"}))
    read = gathered(store, policy, Still(), marketer)
    assert not read.decides
    assert read.clauses
    assert list(read.ended) == []
