"""The store's small parts on both databases: migrations, notices, quotas, files, cards, conversation."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import inspect

from bot.store import cards, counters, files, index_state, outbox, quotas, seen, turns
from bot.store.connect import Store
from bot.store.tables import metadata
from tools.answer import File
from tools.errors import NeedsAttention

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def put(store, kind="plan.pending", surface="slack", plan="P-1", text=""):
    """Leave a notice."""
    with store.begin() as connection:
        outbox.put(
            connection,
            kind=kind,
            plan_id=plan,
            surface=surface,
            channel="C1",
            thread="T1",
            text=text,
            now=NOW,
        )


def claim(store, by="one", now=NOW, **more):
    """Take notices."""
    with store.begin() as connection:
        return outbox.claim(connection, surface="slack", by=by, now=now, **more)


def test_the_migrations_make_the_tables_of_the_code(store):
    """Alembic finds no difference between a migrated database and the tables the code speaks."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_can_be_taken_back(store):
    """Down to nothing and up again."""
    from alembic import command
    from alembic.config import Config

    from bot.store.migrate import MIGRATIONS, upgrade

    with store.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(store.engine).get_table_names() == ["alembic_version"]
    upgrade(store.engine)
    assert set(metadata.tables) < set(inspect(store.engine).get_table_names())


def test_many_can_open_a_new_database_at_once(empty_url):
    """Migrations run once, whoever comes first; the others wait and find the tables."""
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda _: Store.open(empty_url), range(6)))
    for each in opened:
        with each.begin() as connection:
            counters.following(connection, "plan")
        each.close()
    again = Store.open(empty_url)
    with again.read() as connection:
        assert counters.current(connection, "plan") == 6
    again.close()


def test_a_database_that_cannot_be_migrated_says_so_and_is_let_go(tmp_path):
    """Opening fails as a whole."""
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    with pytest.raises(NeedsAttention, match="cannot be opened") as found:
        Store.open(f"sqlite:///{broken}")
    assert "not a database" in found.value.detail
    assert "CLEARANCE_HOME" in found.value.do


def test_a_database_of_a_newer_program_is_left_alone_and_named(empty_url):
    """An older program does not touch tables it does not know."""
    store = Store.open(empty_url)
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(NeedsAttention, match="newer version") as found:
        Store.open(empty_url)
    assert "9999" in found.value.sentence()


def test_the_clock_is_the_databases(store):
    """Now is close to ours, and goes on within a transaction."""
    with store.begin() as connection:
        before = datetime.now(UTC)
        first = store.now(connection)
        assert before - timedelta(seconds=5) < first < datetime.now(UTC) + timedelta(seconds=5)
        import time

        time.sleep(0.02)
        assert store.now(connection) > first


def test_a_transaction_is_all_or_nothing(store):
    """An exception takes back what was written."""

    def half():
        with store.begin() as connection:
            counters.following(connection, "x", first=7)
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with store.begin() as connection:
        assert counters.following(connection, "x", first=7) == 7
        assert counters.following(connection, "x", first=7) == 8


def test_writers_wait_for_each_other_and_lose_nothing(store):
    """Forty threads reading and writing the same number count to forty."""

    def bump(_):
        with store.begin() as connection:
            return counters.following(connection, "x")

    with ThreadPoolExecutor(40) as pool:
        given = sorted(pool.map(bump, range(40)))
    assert given == list(range(1, 41))


def test_a_reader_sees_one_state_and_does_not_wait(store):
    """While a transaction is open, reads go on with what was committed before."""
    with store.begin() as writing:
        counters.following(writing, "x")
        with store.read() as reading:
            assert counters.current(reading, "x") == 0


def test_a_notice_is_taken_by_one(store):
    """Two processes that ask at once get different notices, oldest first."""
    for number in range(6):
        put(store, plan=f"P-{number}")
    put(store, surface="terminal")
    with ThreadPoolExecutor(3) as pool:
        parts = list(pool.map(lambda by: claim(store, by=by, limit=2), "abc"))
    taken = [notice.plan_id for part in parts for notice in part]
    assert sorted(taken) == [f"P-{number}" for number in range(6)]
    assert claim(store) == []


def test_a_claim_older_than_a_minute_may_be_taken_again(store):
    """A process that died between claiming and posting does not swallow the notice."""
    put(store, text="hello")
    (first,) = claim(store)
    assert (first.kind, first.text, first.channel, first.created_at) == ("plan.pending", "hello", "C1", NOW)
    assert claim(store, by="two", now=NOW + timedelta(seconds=59)) == []
    (second,) = claim(store, by="two", now=NOW + timedelta(seconds=61))
    assert second.key == first.key
    with store.begin() as connection:
        outbox.done(connection, [first.key], NOW)
        outbox.done(connection, [], NOW)
    assert claim(store, now=NOW + timedelta(hours=1)) == []
    with store.begin() as connection:
        assert outbox.prune(connection, before=NOW + timedelta(days=1)) == 1


def test_an_event_is_handled_once(store):
    """Of many deliveries of the same event one is the first."""

    def first(_):
        with store.begin() as connection:
            return seen.first_time(connection, "slack:1", now=NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(first, range(8))) == 1
    with store.begin() as connection:
        assert seen.known(connection, "slack:1")
        assert not seen.known(connection, "slack:2")
        assert seen.prune(connection, before=NOW + timedelta(seconds=1)) == 1
        assert seen.first_time(connection, "slack:1", now=NOW)


def test_cards_are_found_by_plan_and_by_message(store):
    """A card posted twice in one place is one; a deleted one is forgotten."""
    here = cards.Place(plan_id="P-1", surface="slack", channel="C1", message="1.2")
    there = cards.Place(plan_id="P-1", surface="slack", channel="D1", message="3.4")
    with store.begin() as connection:
        for place in (here, here, there):
            cards.put(connection, place, now=NOW)
        assert cards.places(connection, "P-1", surface="slack") == [here, there]
        assert cards.places(connection, "P-1", surface="terminal") == []
        assert cards.plan_at(connection, surface="slack", channel="D1", message="3.4") == "P-1"
        assert cards.plan_at(connection, surface="slack", channel="D1", message="9") is None
        cards.remove(connection, there)
        assert cards.places(connection, "P-1", surface="slack") == [here]


def test_a_file_is_its_owners_until_it_expires(store):
    """Nobody else finds it, and after its time nobody does."""
    with store.begin() as connection:
        now = store.now(connection)
        kept = files.put(connection, File(name="a.csv", content=b"1,2"), owner="U_ANA", now=now)
        old = files.put(
            connection, File(name="b.csv", content=b"3"), owner="U_ANA", now=now, keep=timedelta(seconds=-1)
        )
        assert files.get(connection, kept, owner="U_ANA") == File(name="a.csv", content=b"1,2")
        assert files.get(connection, kept, owner="U_MAX") is None
        assert files.get(connection, old, owner="U_ANA") is None
        assert files.expire(connection) == 1
        assert files.expire(connection) == 0


def test_a_thread_remembers_its_last_turns(store):
    """Oldest first, of this thread alone; odd bytes people paste do not break it."""

    def turn(said, thread="T1", **more):
        return turns.Turn(
            surface="slack", channel="C1", thread=thread, principal="U_ANA", said=said,
            replied="yes", outcome="answered", at=NOW, **more,
        )  # fmt: skip

    with store.begin() as connection:
        for number in range(4):
            turns.add(connection, turn(f"say {number}\0", tool="help", args={"topic": "ä"}, plan_id="P-1"))
        turns.add(connection, turn("elsewhere", thread="T2"))
        last = turns.recent(connection, surface="slack", channel="C1", thread="T1", limit=2)
        assert [each.said for each in last] == ["say 2", "say 3"]
        assert (last[0].tool, last[0].args, last[0].plan_id) == ("help", {"topic": "ä"}, "P-1")
        assert len(turns.since(connection, NOW)) == 5
        assert turns.since(connection, NOW)[-1].args is None
        assert turns.prune(connection, before=NOW + timedelta(days=1)) == 5


def test_the_index_generation_is_switched_at_once(store):
    """The newest one named is served, with its details."""
    with store.begin() as connection:
        assert index_state.served(connection, "runbooks") is None
        for name in ("g1", "g2"):
            served = index_state.Generation(
                name="runbooks", generation=name, embedder="none", detail={"pages": 3}, at=NOW
            )
            index_state.serve(connection, served)
        assert index_state.served(connection, "runbooks") == served


def reserve(store, **more):
    """Take a slot of a bucket with ten a second, five at once."""
    given = {"interval": 0.1, "tolerance": 0.4, **more}
    with store.begin() as connection:
        return quotas.reserve(connection, "acme/marketo/api", now=NOW, **given)


def test_a_quota_gives_a_burst_and_then_the_pace(store):
    """Five calls at once go out; each further one waits an interval longer."""
    waits = [reserve(store, interval=10, tolerance=40) for _ in range(8)]
    assert waits[:5] == [0.0] * 5
    assert [round(wait) for wait in waits[5:]] == [10, 20, 30]


def test_people_go_before_agents(store):
    """What is not urgent gets no burst, so that a person's call still goes out at once."""
    assert [round(reserve(store, interval=10, tolerance=0)) for _ in range(3)] == [0, 10, 20]
    assert reserve(store, interval=10, tolerance=40) == 0.0


def test_a_quota_holds_over_many_threads(store):
    """Reservations of twenty threads never overlap: the slots are evenly spread."""
    with ThreadPoolExecutor(20) as pool:
        waits = sorted(pool.map(lambda _: reserve(store, interval=60, tolerance=0), range(20)))
    gaps = [after - before for before, after in pairwise(waits[1:])]
    assert all(50 < gap < 70 for gap in gaps)


def test_a_vendors_pause_holds_for_everybody(store):
    """After a 429 nobody goes before its time; an earlier end does not shorten it."""
    with store.begin() as connection:
        quotas.push_back(connection, "acme/marketo/api", seconds=30, now=NOW)
        quotas.push_back(connection, "acme/marketo/api", seconds=5, now=NOW)
        assert 28 < quotas.ahead(connection, "acme/marketo/api") <= 30
        assert quotas.ahead(connection, "acme/sendgrid/api") == 0
    assert 28 < reserve(store, tolerance=0) <= 30
