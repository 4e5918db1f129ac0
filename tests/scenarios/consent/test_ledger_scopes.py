"""Queries of the ledger by scope, on both databases: what a row of ours names is what the entry is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from tools.plan import Change
from tools.rules.consent_groups import SCOPED

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EMPTY = ("args", "counts", "vetoes", "reversibility", "cost", "samples", "evidence", "verdict")
WORDS = ("id", "tool", "principal", "requester", "said", "summary", "digest", "surface", "channel", "thread")


def test_a_row_is_about_the_group_it_names_or_about_all_mail(store: Any) -> None:
    """The scope is read out of the row itself, by the database."""
    from bot.store import drafts, ledger, observations
    from bot.store.tables import plan_rows, plans

    row = {"subject": "a", "system": "sendgrid", "object": "x", "op": "suppress"}
    of_all = Change(**row, record_id="a", seq=1, set={"email": "a@x.example"})  # type: ignore[arg-type] # words
    of_one = Change(**row, record_id="1/a", seq=2, set={SCOPED: "Weekly “News”"})  # type: ignore[arg-type] # words
    plan: dict[str, Any] = {
        **dict.fromkeys(WORDS, "w"),
        **{name: {} for name in EMPTY},
        "effects": [],
        "revision": 0,
        "people": 1,
        "policy_version": 1,
        "state": "landed",
        "created_at": NOW,
        "expires_at": NOW,
    }
    with store.begin() as connection:
        key = connection.execute(insert(plans).values(**plan)).inserted_primary_key[0]
        drafts.add_rows(connection, key, [of_all, of_one], now=NOW)
        asked = select(ledger.scope()).select_from(plan_rows).order_by(plan_rows.c.seq)
        assert list(connection.execute(asked).scalars()) == ["global", "Weekly “News”"]
        ledger.absorb(connection, since=NOW - timedelta(days=1), now=NOW)
        assert ledger.history(connection, "a") == []  # no run has done it
        assert ledger.suppressed_by(connection, "R-1", ["a"]) == frozenset()
        assert list(observations.written(connection, "R-1")) == []
