"""From a call to a verdict: what is judged, what runs at once, what waits, what is refused."""

import pytest

from tools.errors import InvalidArguments, NeedsAttention, RetryLater


def test_marops_creates_without_a_vote(desk):
    """An allowed plan is cleared by the standing clearance of its rule, which the administrator owns."""
    from bot.store import clearances

    card = desk.plan("create", 3)
    assert (card.header.state, card.verdict, card.clause) == ("cleared", "allow", "create-by-marops")
    assert card.approval is None
    assert desk.enqueued == [card.run.id]
    with desk.store.begin() as connection:
        minted = clearances.of_plan(connection, card.header.key)
        standing = clearances.hold(connection, "policy:create-by-marops")
    assert (minted.digest, minted.standing_id) == (card.header.digest, "policy:create-by-marops")
    assert (standing.owner, standing.people_budget) == ("U_IVY", 200)


@pytest.mark.parametrize(
    ("by", "op", "count", "clause", "quorum"),
    [
        ("U_ANA", "create", 1, "create-by-others", 1),
        ("U_ANA", "update", 1, "update", 1),
        ("U_MAX", "update", 1, "update", 1),
        ("U_MAX", "delete", 1, "delete", 1),
        ("U_MAX", "merge", 1, "merge", 1),
        ("U_MAX", "suppress", 1, "consent-change", 1),
        ("U_MAX", "unsuppress", 1, "consent-lowered", 2),
        ("U_MAX", "create", 201, "people-over-200", 1),
        ("U_MAX", "delete", 1001, "people-over-1000", 2),
    ],
)
def test_what_a_plan_does_decides_who_votes(desk, by, op, count, clause, quorum):
    """The strictest rule that matches the rows names clause, group and quorum."""
    card = desk.plan(op, count, by=by)
    assert (card.header.state, card.clause) == ("pending", clause)
    assert (card.approval.group, card.approval.quorum, card.approval.clause) == ("marops", quorum, clause)
    assert card.clause_text.endswith(".")
    assert desk.enqueued == []


def test_people_are_counted_once_however_many_systems_hold_them(desk):
    """A hundred and fifty people in two systems are a hundred and fifty."""
    card = desk.call("change_others", op="add_member", count=150).card
    assert card.header.people == 150
    assert card.clause == "update"
    assert card.header.counts == {"marketo": {"add_member": 150}, "sendgrid": {"add_member": 150}}


def test_splitting_a_request_does_not_help(desk):
    """Two requests of the same person and tool within a day add up; a day later they do not."""
    from datetime import timedelta

    assert desk.plan("update", 150).clause == "update"
    second = desk.plan("update", 60, first=151)
    assert (second.clause, second.header.people) == ("people-over-200", 60)
    assert desk.plan("update", 60, first=151, by="U_DANA").clause == "update"
    desk.clock.sleep(timedelta(hours=25).total_seconds())
    assert desk.plan("update", 60, first=151).clause == "update"


def test_the_same_people_again_add_nothing_and_a_withdrawn_request_frees_its_people(desk):
    """Distinct people are counted, and only of requests that still stand."""
    first = desk.plan("update", 150)
    assert desk.plan("update", 150).clause == "update"
    desk.engine.withdraw(first.header.id, by="U_MAX")
    assert desk.plan("update", 150).clause == "update"
    assert desk.plan("update", 60, first=500).clause == "people-over-200"


def test_a_standing_clearance_is_used_up(desk_with):
    """Beyond the people a day it covers, the next plan needs a vote and says why."""
    desk = desk_with("""
        [[rule]]
        id = "create-by-marops"
        when = { effects = ["create"], roles = ["marops"], agent = false }
        verdict = { allow = true, people_per_day = 5 }
    """)
    assert desk.plan("create", 4).header.state == "cleared"
    card = desk.plan("create", 2, first=5)
    assert (card.header.state, card.clause) == ("pending", "budget-used-up")
    assert "5 people a day" in card.clause_text
    assert desk.plan("create", 1, first=5).header.state == "cleared"


def test_a_revoked_standing_clearance_gives_way_to_votes(desk):
    """Once taken back, it clears nothing, and it does not come back by itself."""
    from bot.engine import clearance

    desk.plan("create", 1)
    assert clearance.revoke(desk.store, "policy:create-by-marops")
    assert not clearance.revoke(desk.store, "policy:create-by-marops")
    card = desk.plan("create", 1)
    assert card.header.state == "pending"
    assert "No standing clearance" in card.clause_text


def test_an_agent_acts_only_within_what_a_person_gave_it(desk_with):
    """Policy may let agents act; a named, budgeted permission for the tool is needed as well."""
    from bot.engine import clearance
    from bot.store.clearances import Standing
    from tools.context import Principal

    desk = desk_with("""
        [[rule]]
        id = "agents-propose"
        when = { agent = true, effects = ["create"] }
        verdict = { allow = true }
    """)
    agent = Principal(id="agent:tidy", name="Tidy", roles=frozenset({"marops"}), kind="agent")
    assert desk.plan("create", 1, principal=agent).header.state == "pending"
    given = Standing(
        id=clearance.agent_standing("agent:tidy", "change_people"),
        owner="U_DANA",
        clause="agents-propose",
        tool="change_people",
        people_budget=2,
    )
    assert clearance.grant(desk.store, given, now=desk.clock.now())
    assert not clearance.grant(desk.store, given, now=desk.clock.now())
    assert desk.plan("create", 2, principal=agent).header.state == "cleared"
    assert desk.plan("create", 1, first=3, principal=agent).clause == "budget-used-up"
    assert desk.plan("delete", 1, principal=agent).clause == "delete"


def test_untrusted_text_takes_away_what_was_allowed(desk):
    """After a file or a record was read in the same turn, an allowed plan needs a vote."""
    card = desk.plan("create", 1, tainted=True)
    assert (card.header.state, card.clause) == ("pending", "untrusted-text")
    assert desk.vote(card, "U_DANA").accepted


def test_guests_and_strangers_get_nothing(desk):
    """Without a role neither a question nor a change is answered, and the refusal is audited."""
    from bot.engine.calls import Denied

    for who in ("U_GUEST", "U_NOBODY"):
        for tool, args in (("change_people", {"op": "create"}), ("count_people", {})):
            result = desk.call(tool, by=who, **args)
            assert isinstance(result, Denied)
            assert result.clause == "no-role"
    assert desk.count("plans") == 0
    assert len(desk.events("call.denied")) == 4


def test_a_bot_has_no_rights_whatever_roles_it_claims(desk):
    """Roles on an account that is a bot count for nothing."""
    from bot.engine.calls import Denied
    from tools.context import Principal

    bot = Principal(id="B_1", name="Robot", roles=frozenset({"marops"}), kind="bot")
    assert isinstance(desk.call("count_people", principal=bot), Denied)


def test_a_rule_can_deny_before_and_after_the_rows_are_known(desk_with):
    """A freeze on a tool stops it from running; a denial by effect discards the plan's rows."""
    from bot.engine.calls import Answered, Denied

    desk = desk_with("""
        [[rule]]
        id = "no-counting"
        when = { tools = ["count_people"], unless_roles = ["admin"] }
        verdict = { deny = "Counting is frozen this week." }
        [[rule]]
        id = "no-merging"
        when = { effects = ["merge"] }
        verdict = { deny = "Nothing is merged before the migration." }
    """)
    frozen = desk.call("count_people")
    assert isinstance(frozen, Denied)
    assert (frozen.text, frozen.clause) == ("Counting is frozen this week.", "no-counting")
    assert isinstance(desk.call("count_people", by="U_IVY"), Answered)
    denied = desk.call(op="merge", count=3)
    assert isinstance(denied, Denied)
    assert denied.clause == "no-merging"
    assert (desk.count("plans"), desk.count("plan_rows"), desk.count("backups")) == (0, 0, 0)


def test_an_answer_comes_back_and_is_audited(desk):
    """A question is answered with what the tool said; the audit holds tool and asker."""
    result = desk.call("count_people")
    assert result.answer.text == "2 systems."
    event = desk.events("call.answered")[0]
    assert (event.actor, event.data["tool"]) == ("U_MAX", "count_people")


def test_unknown_tools_and_bad_arguments_can_be_repaired(desk):
    """Both raise what is wrong; a near miss names the tools that are close."""
    with pytest.raises(InvalidArguments, match="no such tool") as unknown:
        desk.call("change_poeple", op="update")
    assert "change_people" in unknown.value.choices
    with pytest.raises(InvalidArguments, match="cannot take that"):
        desk.call("change_people", op="update", count="many")
    with pytest.raises(InvalidArguments, match="can't do"):
        desk.call("later")
    assert [each.data["why"] for each in desk.events("call.failed")] == ["InvalidArguments"] * 2


def test_nothing_to_change_is_an_answer_that_names_what_was_left_alone(desk):
    """A plan without rows is no plan; its vetoes are told by reason."""
    result = desk.call("refuse_all", count=3)
    assert "1 person (3 rows) left alone" in result.answer.text
    assert result.answer.tables[0].rows == (("has an open deal", "suppress", 3),)
    assert result.answer.facts == {"rows": 0, "left_alone": 3}
    assert (desk.count("plans"), desk.count("plan_vetoes")) == (0, 0)
    assert desk.call("refuse_all", count=0).answer.text == "Nothing needs changing."


def test_a_stream_that_breaks_off_leaves_nothing(desk):
    """What was read before the vendor failed is removed, and the failure is passed on."""
    with pytest.raises(RetryLater, match="busy"):
        desk.call("break_off")
    assert (desk.count("plans"), desk.count("plan_rows")) == (0, 0)


def test_a_system_nobody_can_write_to_is_named(desk):
    """A plan for a vendor that is not connected is refused before anybody votes."""
    del desk.engine._calling.drafting._writers["sendgrid"]
    with pytest.raises(NeedsAttention, match="cannot change"):
        desk.call("change_others", op="update")
    assert desk.count("plans") == 0


def test_the_card_says_what_it_takes_and_how_it_comes_back(desk):
    """Reversibility with its end, expected calls, minutes and share of the quota are on the card."""
    card = desk.plan("delete", 25)
    back = card.header.reversibility[0]
    assert (back.system, back.op, back.how) == ("marketo", "delete", "undelete")
    assert back.until > card.header.created_at
    cost = card.header.cost[0]
    assert (cost.calls, cost.minutes, cost.quota_share) == (9, 0.15, 0.009)
    assert len(card.header.samples) == 10
    assert card.header.samples[0].who == "p1@example.com"


def test_samples_come_from_every_system_and_show_before_and_after(desk):
    """Ten samples over two systems are five of each; before is the backup's side of the changed fields."""
    card = desk.call("change_others", op="update", count=30).card
    assert sorted({(each.system, each.op) for each in card.header.samples}) == [
        ("marketo", "update"),
        ("sendgrid", "update"),
    ]
    assert sum(each.system == "sendgrid" for each in card.header.samples) == 5
    shown = desk.plan("update", 1).header.samples[0]
    assert (shown.before, shown.after) == ({"title": "VP"}, {"title": "CMO"})


def test_the_digest_covers_header_and_rows(desk):
    """It is the digest that anybody can compute from the stored rows; another requester has another."""
    from bot.store import plans
    from tools.plan import Digest

    card = desk.plan("delete", 3)
    header = card.header
    worked = Digest(
        tool=header.tool,
        args=header.args,
        principal=header.principal,
        revision=1,
        policy_version=header.policy_version,
    )
    with desk.store.read() as connection:
        for change in plans.rows(connection, header.key):
            worked.add(change)
    assert worked.hexdigest() == header.digest
    assert header.args == {"op": "delete", "count": 3, "first": 1, "opt_in": False}
    assert desk.plan("delete", 3, by="U_DANA").header.digest != header.digest


def test_the_same_request_twice_is_two_plans_each_with_its_own_clearance(desk):
    """Equal rows give equal digests; clearing one does not clear the other."""
    one, two = desk.plan("delete", 1), desk.plan("delete", 1)
    assert one.header.digest == two.header.digest
    assert desk.vote(one, "U_DANA").accepted
    assert desk.engine.card(two.header.id).header.state == "pending"
    assert desk.vote(two, "U_DANA").accepted
    assert len(desk.enqueued) == 2


def test_policy_in_another_time_zone_is_judged_by_the_requesters_clock(desk_with):
    """A night rule holds at night where the requester is."""
    from datetime import UTC, datetime

    from bot.engine.calls import Denied

    desk = desk_with("""
        [[rule]]
        id = "night"
        when = { hours = "22:00-06:00" }
        verdict = { deny = "Nothing is changed at night." }
    """)
    desk.clock.at = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)  # 22:30 in Berlin
    assert isinstance(desk.call("count_people"), Denied)
    from dataclasses import replace

    lost = replace(desk.principal("U_MAX"), timezone="Atlantis/Capital")  # then the hour in UTC counts
    assert not isinstance(desk.call("count_people", principal=lost), Denied)
    desk.clock.at = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert not isinstance(desk.call("count_people"), Denied)
