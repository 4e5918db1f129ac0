"""What a model may be used for, in memory and in the store that processes share."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.assistant.budgets import Budgets, Limits, MemoryLedger, StoreLedger

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEW = Limits(person_day_tokens=100, day_tokens=150, person_per_minute=3)


@pytest.fixture(params=["memory", "store"])
def ledger(request, store):
    return MemoryLedger() if request.param == "memory" else StoreLedger(store)


def test_a_persons_tokens_of_a_day_run_out_and_come_back_the_next_day(ledger):
    """The one who used them up is refused, others are not; tomorrow is a new day."""
    budgets = Budgets(FEW, ledger)
    budgets.spent("U_ANA", NOW, 60)
    assert budgets.refusal("U_ANA", NOW, first=False) == ""
    budgets.spent("U_ANA", NOW, 60)
    assert "Your budget" in budgets.refusal("U_ANA", NOW, first=False)
    assert budgets.refusal("U_MAX", NOW, first=False) == ""
    tomorrow = NOW + timedelta(days=1)
    assert budgets.refusal("U_ANA", tomorrow, first=False) == ""
    budgets.spent("U_ANA", tomorrow, 10)
    assert budgets.ledger.used("U_ANA", tomorrow.date()) == (10, 10)


def test_the_day_in_all_is_everybodys(ledger):
    """What others used counts for the budget of the day."""
    budgets = Budgets(FEW, ledger)
    budgets.spent("U_ANA", NOW, 80)
    budgets.spent("U_DANA", NOW, 80)
    assert "Today's budget" in budgets.refusal("U_MAX", NOW, first=False)


def test_requests_of_a_minute_are_counted_by_person(ledger):
    """After three in a row the fourth waits; later steps of a turn do not count."""
    budgets = Budgets(FEW, ledger)
    assert [budgets.refusal("U_ANA", NOW, first=True) for _ in range(3)] == ["", "", ""]
    assert "one minute" in budgets.refusal("U_ANA", NOW, first=True)
    assert budgets.refusal("U_ANA", NOW, first=False) == ""
    assert budgets.refusal("U_MAX", NOW, first=True) == ""


def test_processes_count_into_the_same_numbers(store):
    """Two ledgers over one database see each other's tokens and requests; days gone by are dropped."""
    one, other = Budgets(FEW, StoreLedger(store)), Budgets(FEW, StoreLedger(store))
    one.spent("U_ANA", NOW, 100)
    assert "Your budget" in other.refusal("U_ANA", NOW, first=False)
    for each in (one, other, one):
        assert each.refusal("U_MAX", NOW, first=True) == ""
    assert "one minute" in other.refusal("U_MAX", NOW, first=True)
    tomorrow = NOW + timedelta(days=1)
    other.spent("U_MAX", tomorrow, 5)
    assert one.ledger.used("U_ANA", NOW.date()) == (0, 0)


def test_no_name_of_a_person_stands_in_the_ledger(store):
    """The counters hold hashes of people."""
    from sqlalchemy import text

    StoreLedger(store).spend("U_ANA", NOW.date(), 7)
    with store.read() as connection:
        names = connection.execute(text("SELECT name FROM counters")).scalars().all()
    assert any(each.startswith("t:20261122:") for each in names)
    assert not any("U_ANA" in each for each in names)
