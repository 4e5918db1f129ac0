"""Our own records of consent: bases, erasures, the ledger and the guard, where things go wrong."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tools.errors import RetryLater
from tools.plan import Change, Veto
from tools.ports import Expressed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """Noon."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def base_row(kept: Any, **over: Any) -> Change:
    """The row that makes an observation the base."""
    values = {"observation": kept.id, "people": kept.people, "sha256": kept.sha256, **over}
    return Change(
        subject="", system="clearance", object="base", record_id=None, op="create", set=values, seq=1
    )


@pytest.fixture
def own(store: Any) -> Any:
    """Our own records over a store, with one observation kept."""
    from bot.engine import own_records
    from bot.engine.observing import OurObservations

    pair = own_records.connect(store, Clock())
    seen = OurObservations(store, Clock())
    return SimpleNamespace(
        reader=pair.reader, writer=pair.writer, seen=seen, store=store,
        kept=seen.keep(b"parquet", people=3, systems=frozenset({"marketo"})),
    )  # fmt: skip


def test_an_observation_becomes_the_base_and_stops_being_it(own: Any) -> None:
    """Agreed on, read back, taken back, and agreed on once more."""
    assert own.seen.base() is None
    [outcome] = own.writer.apply([base_row(own.kept)])
    assert (outcome.state, outcome.record_id) == ("applied", own.kept.id)
    assert own.writer.read_back([base_row(own.kept)], NOW) == ["landed"]
    base = own.seen.base()
    assert (base.id, own.seen.content(base), base.people) == (own.kept.id, b"parquet", 3)
    assert list(own.seen.written(base)) == list(own.seen.returned(base)) == list(own.seen.lowered(base)) == []
    now = own.reader.current("base", [own.kept.id], frozenset())[own.kept.id]
    done = Change(subject="", system="clearance", object="base", record_id=own.kept.id, op="create", seq=1)
    back = own.reader.inverse(done, now=now, at=NOW)
    assert isinstance(back, Expressed)
    undone = Change(
        subject="", system="clearance", object="base", record_id=back.record_id, op="delete",
        backup=back.backup, seq=1,
    )  # fmt: skip
    assert own.writer.apply([undone])[0].state == "applied"
    assert own.writer.read_back([undone], NOW) == ["landed"]
    assert own.seen.base() is None
    assert isinstance(own.reader.inverse(done, now=None, at=NOW), Veto)
    again = own.reader.inverse(undone, now=None, at=NOW)
    assert isinstance(again, Expressed)
    assert again.set["observation"] == own.kept.id
    assert own.writer.reversibility("create", "base", NOW).how == "inverse"


def test_what_was_not_cleared_is_never_the_base(own: Any) -> None:
    """Another hash, other content, or no such observation: the row fails and says so."""
    from sqlalchemy import update

    from bot.store.tables import observation_parts

    for row in (base_row(own.kept, sha256="0" * 64), base_row(own.kept, observation="O-99")):
        assert own.writer.apply([row])[0].state == "failed"
    with own.store.begin() as connection:
        connection.execute(update(observation_parts).values(content=b"other"))
    assert own.writer.apply([base_row(own.kept)])[0].state == "failed"
    assert own.seen.base() is None
    assert own.writer.apply([]) == own.writer.read_back([], NOW) == []


def test_an_erasure_is_said_to_be_final(own: Any) -> None:
    """Before approval, and whoever asks for its undo."""
    row = Change(
        subject="a" * 64, system="clearance", object="erasure", record_id="a" * 64, op="delete",
        set={"address": "x@y.example", "request_reference": "DSR-1"}, seq=1,
    )  # fmt: skip
    assert own.writer.reversibility("delete", "erasure", NOW).how == "none"
    assert own.writer.read_back([row], NOW) == ["not_landed"]
    assert own.writer.apply([row])[0].state == "applied"
    assert own.writer.read_back([row], NOW) == ["landed"]
    refused = own.reader.inverse(row, now=None, at=NOW)
    assert isinstance(refused, Veto)
    assert refused.code == "not_reversible"


def test_conversation_and_files_that_name_an_erased_person_go(own: Any) -> None:
    """Whoever said it; others' words stay."""
    from bot.store import files, personal, turns
    from tools.answer import File

    def said(words: str) -> Any:
        return turns.Turn(
            surface="s",
            channel="c",
            thread="t",
            principal="U",
            said=words,
            replied="",
            outcome="answered",
            at=NOW,
        )

    with own.store.begin() as connection:
        turns.add(connection, said("look up Jane@Acme.example"))
        turns.add(connection, said("bounce report"))
        key = files.put(connection, File(name="a.csv", content=b"JANE@acme.example\n"), owner="U", now=NOW)
        personal.forget_text(connection, "jane@acme.example")
        assert [each.said for each in turns.recent(connection, surface="s", channel="c", thread="t")] == [
            "bounce report"
        ]
        assert files.get(connection, key, owner="U") is None
        assert personal.left_of(connection, ["f" * 64]) == set()


def test_a_look_is_made_by_one_worker(own: Any) -> None:
    """Whoever moves the mark first has it."""
    from bot.store import observations

    with own.store.begin() as connection:
        assert observations.looked(connection, "guard") is None
        assert observations.look(connection, "guard", seen=None, until=NOW)
        assert not observations.look(connection, "guard", seen=None, until=NOW)
        later = NOW + timedelta(minutes=5)
        assert observations.look(connection, "guard", seen=NOW, until=later)
        assert not observations.look(connection, "guard", seen=NOW, until=later)
        assert observations.looked(connection, "guard") == later


def test_an_opt_out_in_the_ledger_holds_an_undo_back(own: Any) -> None:
    """One seen at a vendor vetoes by name; one that our own run wrote does not."""
    from bot.engine import objections
    from bot.store import ledger

    def row(who: str) -> Change:
        return Change(
            subject=who, system="marketo", object="lead", record_id="1", op="unsuppress",
            set={"unsubscribed": False}, seq=1,
        )  # fmt: skip

    def entry(who: str, run: str | None) -> Any:
        return ledger.LedgerEntry(
            subject=who, system="sendgrid", scope="global", state="opt_out_global", at=NOW,
            source="global unsubscribe", run_id=run, seen_at=NOW,
        )  # fmt: skip

    with own.store.begin() as connection:
        ledger.add(connection, [entry("a", None), entry("b", "R-1")])
        ledger.add(connection, [])
    rows = [row("a"), row("b"), row("c")]
    found = objections.sift(own.store, "R-9", {}, rows, live=False)
    assert [type(each).__name__ for each in found] == ["Veto", "Change", "Change"]
    assert "SendGrid" in found[0].text
    with own.store.begin() as connection:
        ledger.erase(connection, ["a"])
        assert ledger.history(connection, "a") == []


class Away:
    """A reader whose vendor is away."""

    def consent_changes(self, since: datetime | None = None) -> Any:
        del since  # whatever is asked
        raise RetryLater("away", after=5)

    def look_cost(self) -> int:
        return 1


def test_a_vendor_that_is_away_is_looked_at_from_the_same_moment_again(desk: Any) -> None:
    """Nothing it changed meanwhile is missed, and the audit trail names it."""
    from bot.engine.guarding import FIRST, Guard
    from bot.store import observations

    before = desk.clock.now()
    assert Guard(desk.engine, {"marketo": Away()}).tend().unread == {  # type: ignore[dict-item] # enough of a reader
        "marketo": "away. Ask again in 5 s; a run goes on by itself."
    }
    with desk.store.read() as connection:
        seen = observations.looked(connection, "guard:marketo")
    assert seen is not None
    assert seen < before - FIRST + timedelta(hours=1)
    assert desk.events("guard.looked")[-1].data["unread"] == ["marketo"]


SPREAD = """
[[rule]]
id = "spread"
when = { tools = ["suppress_contacts"], effects = ["consent"], roles = ["opt_out_guard"] }
verdict = { allow = true }

[[consent_group]]
name = "Newsletter"
salesforce = "Newsletter_Opt_Out__c"
"""


def test_where_policy_allows_it_the_guard_carries_opt_outs_on(desk_with: Any) -> None:
    """A rule for its role, and a new opt-out in one system is in all of them."""
    from bot.engine.guarding import Guard

    desk = desk_with(SPREAD)
    someone = desk.trap("unicode_name")
    readers = {name: desk.readers[name] for name in ("salesforce", "sendgrid")}
    guard = Guard(desk.engine, readers)
    guard.tend()
    desk.write("salesforce", object="Contact", record_id=someone["contact"], op="update",
               set={"HasOptedOutOfEmail": True})  # fmt: skip
    seen = guard.tend()
    assert len(seen.plans) == 1
    desk.drive()
    assert desk.stopped(someone["email"])["sendgrid"] == {True}


def test_an_opt_out_of_a_group_is_carried_to_that_group_and_no_further(desk_with: Any) -> None:
    """The Newsletter is two systems' group; other mail goes on, and a group of one system stays its own."""
    from bot.engine.guarding import Guard

    desk = desk_with(SPREAD)
    maya = desk.trap("unicode_name")["email"]
    guard = Guard(desk.engine, {name: desk.readers[name] for name in ("salesforce", "sendgrid")})
    guard.tend()
    numbers = {each["name"]: str(each["id"]) for each in desk.readers["sendgrid"].client.groups()}
    for name in ("Events", "Newsletter"):
        desk.write(
            "sendgrid", object="group_suppression", record_id=f"{numbers[name]}/{desk.key(maya)}",
            op="suppress", set={"email": maya, "group_id": numbers[name]},
        )  # fmt: skip
    [plan] = guard.tend().plans
    assert desk.engine.card(plan).header.counts == {"salesforce": {"suppress": 1}}
    desk.drive()
    guard.tend()  # enters our own rows
    assert desk.stopped(maya)["salesforce"] == {False}
    told = [each.scope for each in desk.history(maya) if each.system == "salesforce"]
    assert told == ["Newsletter"]
