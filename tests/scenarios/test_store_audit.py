"""The audit chain: every change, gap and cut is found, here and in an export read elsewhere."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, update

from bot.engine import audit
from bot.store.audit import GENESIS, Search, events, search
from bot.store.tables import audit as table
from tools.errors import InvalidArguments

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def chain(store):
    """A chain of five events."""
    with store.begin() as connection:
        for number in range(5):
            audit.record(
                connection,
                name="plan.proposed" if number % 2 else "plan.cleared",
                actor="U_MAX",
                about=f"P-100{number}",
                data={"people": number, "share": 0.5, "effects": {"delete", "consent"}},
                now=NOW,
            )
    return store


def check(store, **more):
    """Verify the stored chain."""
    with store.read() as connection:
        return audit.verify(connection, **more)


def tamper(store, statement):
    """Change rows behind the engine's back."""
    with store.begin() as connection:
        connection.execute(statement)


def test_an_untouched_chain_holds(chain):
    """Every event follows the one before; the head is its last hash."""
    found = check(chain)
    assert (found.ok, found.events, found.broken_at, found.why) == (True, 5, None, "")
    with chain.read() as connection:
        all_events = list(events(connection))
    assert all_events[0].previous == GENESIS
    assert found.head == all_events[-1].hash
    assert all_events[0].data["effects"] == ["consent", "delete"]


def test_an_empty_chain_holds(store):
    """Nothing written is nothing broken."""
    assert check(store).ok


@pytest.mark.parametrize(
    "values", [{"data": {"people": 99}}, {"actor": "U_EVE"}, {"name": "plan.rejected"}, {"about": "P-1"}]
)
def test_a_changed_event_is_found(chain, values):
    """Whatever is changed in an event, the first broken link is that event."""
    tamper(chain, update(table).where(table.c.seq == 3).values(**values))
    found = check(chain)
    assert (found.ok, found.broken_at, found.events) == (False, 3, 2)
    assert "changed after it was written" in found.why


def test_a_removed_event_is_a_gap(chain):
    """The number that is missing is named."""
    tamper(chain, delete(table).where(table.c.seq == 2))
    found = check(chain)
    assert (found.ok, found.broken_at) == (False, 2)
    assert "missing" in found.why


def test_a_cut_end_is_found(chain):
    """The last number given out is kept apart from the events."""
    tamper(chain, delete(table).where(table.c.seq >= 4))
    found = check(chain)
    assert (found.ok, found.broken_at) == (False, 4)
    assert "5 events were written" in found.why


def test_an_event_rehashed_by_hand_breaks_the_next_link(chain):
    """A forged event with a right hash of its own no longer fits its successor."""
    with chain.read() as connection:
        third = list(events(connection))[2]
    from dataclasses import replace

    forged = replace(third, actor="U_EVE")
    values = {"actor": "U_EVE", "hash": audit.digest(forged)}
    tamper(chain, update(table).where(table.c.seq == 3).values(**values))
    found = check(chain)
    assert (found.broken_at, found.ok) == (4, False)
    assert "does not follow" in found.why


def test_a_chain_rewritten_from_the_start_is_found_by_a_noted_event(chain):
    """Somebody who rewrites everything cannot match a number and hash noted elsewhere."""
    head = check(chain)
    anchor = (head.events, head.head)
    assert check(chain, anchor=anchor).ok
    with chain.read() as connection:
        old = list(events(connection))
    tamper(chain, delete(table))
    previous = GENESIS
    from dataclasses import replace

    for event in old:
        forged = replace(event, actor="U_EVE", previous=previous)
        previous = audit.digest(forged)
        row = {name: getattr(forged, name) for name in type(forged).__slots__}
        tamper(chain, insert(table).values(**{**row, "data": dict(forged.data), "hash": previous}))
    assert check(chain).ok
    found = check(chain, anchor=anchor)
    assert (found.ok, found.broken_at) == (False, 5)


def test_appending_after_a_cut_does_not_hide_it(chain):
    """A new event never takes a number that was given out before."""
    tamper(chain, delete(table).where(table.c.seq >= 4))
    with chain.begin() as connection:
        audit.record(connection, name="run.started", actor="clearance", about="R-1", data={}, now=NOW)
    assert check(chain).broken_at == 4


def test_an_export_verifies_without_the_database(chain):
    """Its lines carry all that is hashed; a changed line is found."""
    with chain.read() as connection:
        lines = list(audit.export(connection))
    assert audit.verify_export([*lines, ""]).ok
    assert audit.verify_export(lines) == check(chain)
    forged = json.loads(lines[1]) | {"actor": "U_EVE"}
    assert audit.verify_export([lines[0], json.dumps(forged), *lines[2:]]).broken_at == 2
    assert not audit.verify_export(lines[:3], anchor=(5, check(chain).head)).ok
    for broken in ("not json", "[]", "{}", '{"at": "yesterday"}'):
        with pytest.raises(InvalidArguments, match="no audit event"):
            audit.verify_export([broken])


def test_addresses_never_get_into_the_chain(store):
    """An address that strays into an event's data or actor is withheld, at any depth."""
    with store.begin() as connection:
        audit.record(
            connection,
            name="call.failed",
            actor="ann@example.com",
            about="",
            data={"why": "no ann@example.com here", "deep": [{"to": ("bob@example.com", 3, None)}]},
            now=NOW,
        )
    with store.read() as connection:
        (line,) = audit.export(connection)
    assert "example.com" not in line
    assert line.count("(withheld)") == 3


def test_events_are_found_by_actor_words_and_time(chain):
    """Every word must be in the name, the id or the data; newest come first."""
    with chain.read() as connection:
        found = search(connection, Search(what="proposed"))
        assert [each.seq for each in found] == [4, 2]
        assert [each.seq for each in search(connection, Search(what="p-1003"))] == [4]
        assert search(connection, Search(what="consent", who="U_MAX", limit=2))[0].seq == 5
        assert search(connection, Search(who="U_ANA")) == []
        assert search(connection, Search(what="100%")) == []
        assert search(connection, Search(since=NOW.replace(hour=13))) == []
        assert len(search(connection, Search(since=NOW, until=NOW))) == 5


def test_a_rolled_back_event_leaves_no_gap(chain):
    """What did not happen takes no number."""
    with chain.begin() as connection:
        audit.record(connection, name="plan.cleared", actor="U_MAX", about="P-1", data={}, now=NOW)
        connection.rollback()
    with chain.begin() as connection:
        audit.record(connection, name="plan.cleared", actor="U_MAX", about="P-1", data={}, now=NOW)
    assert (check(chain).ok, check(chain).events) == (True, 6)
