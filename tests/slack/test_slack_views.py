"""What people see: pure views, judged by Slack's limits and the SDK's own models."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.assistant.utterance import Choice, Reply
from bot.engine.cards import ApprovalView, LandingView, PlanCard, Residue, RunView, VoteView
from bot.slack import ids, rules
from bot.slack.views import modals, refusal
from bot.slack.views.answer import chosen, reply
from bot.slack.views.card import card
from bot.slack.views.home import Board, home
from bot.slack.views.landing import ended, halted, landing
from bot.slack.views.pieces import Message
from bot.slack.views.tour import tour
from bot.store.board import Ran, Waiting
from tools.answer import Answer, Citation, Evidence, Table
from tools.plan import Cost, PlanHeader, Reversibility, Sample
from tools.ports import ClauseView, RequestView

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NASTY = "<!channel> <@U_MAX> & <https://evil.example|click> \u202e\u200bhidden @here"


def a_sample(who: str = "lena@acme.example") -> Sample:
    return Sample(
        system="salesforce",
        object="Contact",
        record_id="003x1",
        op="update",
        who=who,
        before={"HasOptedOutOfEmail": False},
        after={"HasOptedOutOfEmail": True},
        reason="mailbox gone",
    )


def a_header(**change: Any) -> PlanHeader:
    made = PlanHeader(
        key=1,
        id="P-1042",
        revision=2,
        tool="purge_bounces",
        args={},
        principal="U_ANA",
        summary="Purge contacts whose mailbox no longer exists",
        counts={"salesforce": {"delete": 120, "update": 300}, "sendgrid": {"suppress": 420}},
        people=420,
        vetoes={"open_opportunity": 41, "case": 2},
        effects=frozenset({"delete", "consent"}),
        reversibility=(Reversibility(system="salesforce", op="delete", how="undelete", until=NOW),),
        cost=(Cost(system="salesforce", calls=12, minutes=1.5, quota_share=0.0004),),
        samples=tuple(a_sample(f"p{n}@acme.example") for n in range(10)),
        policy_version=1,
        evidence=(),
        digest="3fa9c1d2e4b5" + "0" * 52,
        state="pending",
        created_at=NOW,
        expires_at=NOW,
    )
    return replace(made, **change)


def an_approval(*votes: VoteView, state: str = "pending") -> ApprovalView:
    return ApprovalView(
        group="marops", quorum=2, clause="people-over-1000", state=state, expires_at=NOW, votes=votes
    )


def a_run(state: str, **change: Any) -> RunView:
    made = RunView(
        id="R-17",
        state=state,
        rows={"applied": 700, "waiting": 140},
        total=840,
        parked_until=None,
        attention="",
        created_at=NOW,
        started_at=NOW,
        finished_at=None,
        stopped_by="",
        landing=None,
    )
    return replace(made, **change)


def a_landing(residue: int = 0) -> LandingView:
    left = tuple(
        Residue(
            seq=n,
            system="salesforce",
            object="Contact",
            record_id=f"003x{n}",
            op="delete",
            state="failed",
            why="locked by a rule",
        )
        for n in range(residue)
    )
    planned = {"salesforce": {"delete": 120}, "sendgrid": {"suppress": 420}}
    landed = {"salesforce": {"delete": 120 - residue}, "sendgrid": {"suppress": 420}}
    return LandingView(at=NOW, landed=landed, planned=planned, residue=left, residue_count=residue)


def a_card(state: str = "pending", *, run: RunView | None = None, **change: Any) -> PlanCard:
    made = PlanCard(
        header=a_header(state=state),
        requester="U_ANA",
        requester_name="Ana Duarte",
        verdict="needs_approval",
        clause="people-over-1000",
        clause_text="More than 1,000 people need two of MarOps.",
        approval=an_approval(),
        run=run,
        veto_texts={"open_opportunity": "has an open opportunity"},
        surface="slack",
        channel="C0MAROPS",
        thread="1.1",
    )
    return replace(made, **change)


APPROVED = an_approval(
    VoteView(voter="U_MAX", voter_name="Max Okafor", vote="approve", reason="", at=NOW),
    VoteView(voter="U_DANA", voter_name="Dana Petrov", vote="approve", reason="", at=NOW),
    state="cleared",
)
REJECTED = an_approval(
    VoteView(voter="U_MAX", voter_name="Max Okafor", vote="reject", reason="wrong quarter", at=NOW),
    state="rejected",
)
CARDS = {
    "pending": a_card(),
    "no rows": a_card(header=a_header(samples=(), counts={}, vetoes={}, reversibility=(), cost=())),
    "cleared": a_card("cleared", approval=APPROVED, run=a_run("queued")),
    "running": a_card("running", approval=APPROVED, run=a_run("running")),
    "parked": a_card("running", approval=APPROVED, run=a_run("parked", parked_until=NOW)),
    "attention": a_card(
        "running", approval=APPROVED, run=a_run("needs_attention", attention="Renew the token.")
    ),
    "landed": a_card("landed", approval=APPROVED, run=a_run("landed", landing=a_landing())),
    "residue": a_card("landed_with_residue", approval=APPROVED, run=a_run("residue", landing=a_landing(50))),
    "stopped": a_card("running", approval=APPROVED, run=a_run("stopped", stopped_by="U_IVY")),
    "rejected": a_card("rejected", approval=REJECTED),
    "expired": a_card("expired", approval=an_approval(state="expired")),
    "allowed": a_card("landed", approval=None, run=a_run("landed", landing=a_landing())),
    "nasty": a_card(
        requester_name=NASTY,
        clause_text=NASTY * 40,
        header=a_header(
            summary=NASTY * 9, samples=tuple(a_sample(NASTY * 30) for _ in range(10)), vetoes={NASTY: 3}
        ),
    ),
}


def judged(message: Message) -> Message:
    """The message, after Slack's limits and the SDK's models had no complaint about either form of it."""
    for blocks in (message.blocks, message.simple):
        stamped = ids.stamped(blocks)
        assert rules.faults(stamped, text=message.text) == []
        assert [block.to_dict() for block in Block.parse_all(stamped)] == stamped
    return message


def shown(message: Message) -> str:
    """All text of a message, in one string."""
    return message.text + str(message.blocks)


def actions_of(message: Message) -> list[str]:
    return [
        each["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for each in block["elements"]
    ]


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("view", [card, landing, ended, halted])
def test_every_state_of_a_card_fits_slack(view: Any, name: str) -> None:
    """Cards, endings and landings are within Slack's limits whatever their data holds."""
    judged(view(CARDS[name]))


def test_a_pending_card_says_what_a_decision_needs() -> None:
    """Counts, requester, clause, quorum, samples, vetoes, the way back, cost, digest and expiry are on it."""
    text = shown(card(CARDS["pending"]))
    for part in (
        "P-1042",
        "revision 2",
        "3fa9c1d2e4b5",
        "delete 120",
        "420 people",
        "Ana Duarte",
        "2 marops approvals",
        "people-over-1000",
        "More than 1,000 people need two of MarOps",
        "p…@acme.example",
        "HasOptedOutOfEmail",
        "41 × has an open opportunity",
        "recycle bin",
        "about 12 calls",
        "expires 22 Nov 2026 12:00 UTC",
    ):
        assert part in text, part
    assert "p0@acme.example" not in text
    assert "p0@acme.example" in shown(judged(card(CARDS["pending"], clear=True)))
    assert [block["type"] for block in card(CARDS["pending"]).blocks].count("table") == 1


def test_those_who_may_decide_are_called_while_it_waits() -> None:
    """Our own mention of the group is markup; it goes once the decision is made."""
    assert "<!subteam^S1> Nothing is changed until" in shown(
        judged(card(CARDS["pending"], call="<!subteam^S1>"))
    )
    assert "subteam" not in shown(card(CARDS["landed"], call="<!subteam^S1>"))


def test_buttons_follow_the_state() -> None:
    """Decide while pending, stop while it runs, undo once it is over; nothing on what will never run."""
    buttons = {name: actions_of(card(CARDS[name])) for name in CARDS}
    later = [ids.EDIT, ids.DETAILS, ids.DELEGATE, ids.SNOOZE]
    assert buttons["pending"] == [ids.APPROVE, ids.REJECT, *later]
    assert buttons["running"] == buttons["parked"] == buttons["cleared"] == [ids.STOP, ids.DETAILS]
    assert buttons["landed"] == buttons["residue"] == [ids.UNDO, ids.DETAILS]
    assert buttons["stopped"] == [ids.RESUME, ids.UNDO, ids.DETAILS]
    waiting = replace(CARDS["running"], run=replace(CARDS["running"].run, state="needs_attention"))
    assert actions_of(card(waiting)) == [ids.RESUME, ids.STOP, ids.DETAILS]
    assert buttons["rejected"] == buttons["expired"] == []
    assert actions_of(landing(CARDS["landed"])) == actions_of(halted(CARDS["stopped"])) == [ids.UNDO]


def deciding(shown: Message) -> Any:
    return next(block for block in shown.blocks if block["type"] == "actions")


def test_a_button_carries_ids_only() -> None:
    """The value of a button is the plan's id and the first digits of its digest."""
    block = deciding(card(CARDS["pending"]))
    assert {each["value"] for each in block["elements"]} == {"P-1042.3fa9c1d2e4b5"}
    assert block["elements"][0]["confirm"]["title"]["text"] == "Approve P-1042?"


def test_approving_what_cannot_be_taken_back_says_so() -> None:
    """The confirm dialog warns where an op of the plan has no way back."""
    lasting = (Reversibility(system="marketo", op="merge", how="none"),)
    block = deciding(card(a_card(header=a_header(reversibility=lasting))))
    warned = block["elements"][0]["confirm"]["text"]["text"]
    assert "cannot be taken back" in warned


def test_after_the_decision_the_card_names_who_when_and_the_clause() -> None:
    """A decided card keeps no question open and says who decided."""
    text = shown(card(CARDS["running"]))
    assert "Max Okafor approved 22 Nov 2026 12:00 UTC" in text
    assert "clause people-over-1000" in text
    assert "700 of 840 rows done" in text
    assert "wrong quarter" in shown(ended(CARDS["rejected"]))


def test_a_landing_counts_what_is_and_names_what_is_not() -> None:
    """The last message says how many rows landed and lists those that did not."""
    text = shown(landing(CARDS["residue"]))
    assert "Landed 490 of 540 rows" in text
    assert "locked by a rule" in text
    assert "47 more" in text


def test_foreign_text_cannot_mention_link_or_hide() -> None:
    """A record's text shows as text: no mention, no link, no invisible character."""
    text = shown(card(CARDS["nasty"]))
    assert "<!channel>" not in text.replace("'text': '<", "").replace("raw_text", "")[:0] + _markup(
        card(CARDS["nasty"])
    )
    assert "\u202e" not in text
    assert "\u200b" not in text
    assert "@here" not in text


def _markup(message: Message) -> str:
    """Text that Slack would interpret: mrkdwn objects and the top-level text."""
    found = [message.text]

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("type") == "mrkdwn":
                assert value["verbatim"] is True
                found.append(value["text"])
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(message.blocks)
    return "\n".join(found)


ANSWER = Answer(
    text="1,310 addresses bounced.",
    tables=(
        Table(title="By class", columns=("class", "people"), rows=(("invalid", 1310), ("blocked", 402))),
        Table(title="Empty", columns=("a",), rows=()),
        Table(
            title="Long",
            columns=tuple(f"c{n}" for n in range(24)),
            rows=tuple(("x" * 200,) * 24 for _ in range(60)),
        ),
    ),
    citations=(
        Citation(
            title="Bounces",
            heading="When",
            path="runbooks/bounces.md",
            quote="Wait 14 days.",
            last_reviewed="2026-01-01",
            stale=True,
        ),
    ),
    evidence=(
        Evidence(source="salesforce", query="SELECT Id FROM Lead", as_of=NOW, count=1310, note="bulk"),
    ),
    next_steps=("purge contacts that hard-bounced", "x" * 2100),
)


@pytest.mark.parametrize(
    "said",
    [
        Reply(outcome="answered", understood="report_bounces: last 30 days", answer=ANSWER),
        Reply(outcome="answered", text="word " * 4000, answer=ANSWER),
        Reply(
            outcome="asked",
            text="Which list?",
            choices=(Choice(label="Webinar", text="the webinar list"),) * 12,
        ),
        Reply(outcome="declined", text=""),
        Reply(outcome="answered", answer=replace(ANSWER, tables=ANSWER.tables * 30)),
    ],
)
def test_every_reply_fits_slack(said: Reply) -> None:
    """Long texts, wide tables and many buttons are cut, never refused."""
    judged(reply(said))


def test_an_answer_shows_its_tables_sources_and_next_steps() -> None:
    """Text first, then tables, citation, evidence, and buttons that are words."""
    message = reply(Reply(outcome="answered", understood="report_bounces", answer=ANSWER))
    text = shown(message)
    for part in (
        "1,310 addresses",
        "By class",
        "runbooks/bounces.md",
        "overdue for review",
        "SELECT Id FROM Lead",
    ):
        assert part in text, part
    assert "The first 20 of 60 rows" in text
    offered = message.blocks[-1]["elements"]
    assert [each["value"] for each in offered] == ["purge contacts that hard-bounced"]


def test_a_choice_makes_room_for_what_was_chosen() -> None:
    """After pressing, the buttons are gone and the choice is named."""
    message = reply(Reply(outcome="asked", text="Which?", choices=(Choice(label="A", text="list A"),)))
    left = chosen(message.blocks, "A", "ana")
    assert [block["type"] for block in left] == ["section", "context"]
    assert "ana chose “A”." in str(left)


def a_request(n: int) -> Waiting:
    return Waiting(
        plan_id=f"P-{n}",
        summary="Purge <!channel> " + "x" * 400,
        requester="U_ANA",
        requester_name="Ana <@U_MAX>",
        people=3,
        approval_key=n,
        group="marops",
        quorum=2,
        approved=1,
        barred=(),
        created_at=NOW - timedelta(hours=5),
        expires_at=NOW,
    )


def test_the_board_fits_the_home_tab_however_full() -> None:
    """Queue with pages, runs with Stop and Undo, own requests, health, agents and policy, within limits."""
    own = RequestView(
        plan="P-7",
        summary="Purge",
        requester="Ana",
        state="pending",
        waits_on="1 of marops",
        people=3,
        created_at=NOW,
    )
    ran = Ran(
        run_id="R-1",
        plan_id="P-8",
        summary="Purge",
        state="landed",
        attention="",
        created_at=NOW,
        finished_at=None,
    )
    board = Board(
        name="Ana <!here>",
        now=NOW,
        decides=True,
        waiting=[a_request(n) for n in range(10)],
        total=1_000,
        page=1,
        handed={"P-1": "Max"},
        asleep={"P-2": NOW},
        going=[CARDS["running"], CARDS["stopped"], CARDS["cleared"]],
        ended=[ran] * 5,
        own=[own] * 8,
        clauses=[ClauseView(id="c", text="Deletes need a vote.", verdict="1 approval of marops")] * 20,
        health=["All is well."] * 7,
        agents=["One agent"],
    )
    view = {"type": "home", "blocks": ids.stamped(home(board))}
    assert rules.view_faults(view) == []
    View(**view).to_dict()
    told = str(view)
    for words in (
        "Waits on you (1,000)",
        "5 hours ago",
        "1 of 2 marops approvals",
        "Max asked you to decide",
        "put off until",
        "Page 2 of 100",
        "700 of 840 rows done",
        "clearance_stop",
        "clearance_undo",
        "waiting for approval on 1 of marops",
        "Agents",
        "Systems",
        "Deletes need a vote",
    ):
        assert words in told
    assert "<!channel>" not in told
    assert "<@U_MAX>" not in told


def test_an_empty_board_says_so_and_has_no_empty_sections() -> None:
    """Nothing waits, nothing was asked; no agents, no section about them."""
    told = str(home(Board(name="Ana", now=NOW, decides=True)))
    assert "Nothing waits on you" in told
    assert "You have asked for no change yet" in told
    for words in ("Agents", "Systems", "Running now", "Ran lately"):
        assert words not in told
    assert "Waits on you" not in str(home(Board(name="Gus", now=NOW)))


def test_the_reason_modal_keeps_its_inputs_findable() -> None:
    """The modal is within limits and carries where the click was as ids."""
    view = modals.reject(ids.PlanRef("P-1042", "3fa9c1d2e4b5"), channel="C1", message="1.2", thread="1.1")
    assert rules.view_faults(view) == []
    assert View(**view).to_dict()["blocks"][0]["block_id"] == ids.REASON
    assert (
        view["private_metadata"]
        == '{"plan":"P-1042.3fa9c1d2e4b5","channel":"C1","message":"1.2","thread":"1.1"}'
    )


def test_failures_are_one_plain_sentence() -> None:
    """A failure names a reference, a refusal its reason, and a private answer where it went."""
    assert "reference E-1" in judged(refusal.failure("E-1")).text
    assert judged(refusal.refusal("Not yours.")).text == "Not yours."
    assert judged(refusal.refusal("")).text
    assert "direct message" in judged(refusal.elsewhere("to you in a direct message")).text
    judged(tour())
