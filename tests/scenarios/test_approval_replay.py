"""Changing the policy: which of the recent plans would have been decided differently."""


def test_raising_a_quorum_shows_the_plans_it_would_have_changed(desk, tmp_path):
    """Deletes would have needed two votes; what was asked two of, or is no delete, stays as it was."""
    from bot.engine.policy import Policy
    from bot.engine.replay import replay
    from bot.store import plans

    start = desk.clock.now()
    small = desk.plan("delete", 3)
    desk.plan("update", 3)
    desk.plan("create", 1)
    desk.plan("delete", 1001, by="U_DANA")
    stricter = tmp_path / "clearance.toml"
    stricter.write_text(
        """
        [[rule]]
        id = "delete"
        when = { effects = ["delete"] }
        verdict = { approve = "marops", quorum = 2 }
        [[rule]]
        id = "create-by-marops"
        when = { effects = ["create"] }
        verdict = { deny = "Nothing new for now." }
        """,
        encoding="utf-8",
    )
    with desk.store.read() as connection:
        found = replay(plans.since(connection, start), current=desk.policy, other=Policy.load(stricter))
    assert [(each.plan, each.was, each.would_be) for each in found] == [
        (small.header.id, "1 vote of marops", "2 votes of marops"),
        ("P-1003", "allowed", "refused"),
    ]
    assert (found[0].clause_was, found[0].clause_would_be) == ("delete", "delete")
