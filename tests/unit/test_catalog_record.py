"""Our own record, the policy, the runbooks and help, as tools."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tools.answer import Answer, Citation
from tools.catalog.guidance import help as help_tool
from tools.catalog.guidance import show_policy
from tools.catalog.record import list_requests, search_audit, show_plan, undo
from tools.catalog.runbooks import search_runbooks
from tools.context import ToolSummary
from tools.errors import InvalidArguments
from tools.plan import Plan
from tools.ports import AuditView, ClauseView, Found, PlanView, RequestView

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ask(tool: Any, stack: Any, **args: object) -> Answer:
    """A tool's answer."""
    answer = tool.call(stack.context(), args)
    assert isinstance(answer, Answer)
    return answer


def request(number: int, state: str, waits_on: str = "") -> RequestView:
    """A request in a state."""
    return RequestView(
        plan=f"P-{number}", summary="Suppress 3 addresses", requester="Ana", state=state, waits_on=waits_on,
        people=3, created_at=NOW,
    )  # fmt: skip


def test_requests_are_listed_with_what_they_wait_on(stack: Any) -> None:
    """Counts first; the newest can be opened next."""
    stack.records.listed = [request(2, "pending", "marops"), request(1, "landed")]
    answer = ask(list_requests, stack)
    assert answer.text == "2 requests; 1 of them wait on somebody."
    assert answer.facts == {"requests": 2, "waiting": 1, "people": 6}
    assert answer.tables[0].rows[0] == (
        "P-2", "Suppress 3 addresses", "Ana", "pending", "marops", 3, "2026-11-22 12:00 UTC",
    )  # fmt: skip
    assert answer.next_steps == ("show P-2",)
    assert stack.records.asked == [(None, "U_MAX")]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (None, "There are no requests."),
        ("waiting", "There are no requests waiting."),
        ("landed", "There are no requests that are landed."),
    ],
)
def test_an_empty_list_says_so(stack: Any, status: str | None, text: str) -> None:
    """In the words it was asked with."""
    assert ask(list_requests, stack, status=status).text == text


def test_a_long_list_says_how_much_it_leaves_out(stack: Any) -> None:
    """A thread bears fifty rows."""
    stack.records.listed = [request(number, "landed") for number in range(60)]
    [table] = ask(list_requests, stack, status="landed").tables
    assert (len(table.rows), table.title) == (50, "Requests, the newest 50 of 60")


def test_a_plan_is_opened_by_any_spelling_of_its_id(stack: Any) -> None:
    """With its tables; it may name people, so it is private."""
    stack.records.plans["P-1042"] = PlanView(
        plan="P-1042", state="pending", text="Purge 3 people.", facts={"rows": 12},
        tables=(("Rows", ("system", "rows"), (("marketo", 12),)),),
    )  # fmt: skip
    answer = ask(show_plan, stack, plan=" p-1042 ")
    assert answer.text == "Purge 3 people."
    assert answer.facts == {"rows": 12, "plan": "P-1042", "state": "pending"}
    assert answer.tables[0].rows == (("marketo", 12),)
    assert answer.private
    with pytest.raises(InvalidArguments, match="no such plan"):
        ask(show_plan, stack, plan="P-1")


def test_undo_takes_a_run_or_a_plan(stack: Any) -> None:
    """The plan comes from the journal; without a name it asks which."""
    back = Plan(summary="Undo R-17", rows=(), undo_of="R-17")
    stack.records.undoable = {"R-17": back, "P-1042": back}
    assert undo.call(stack.context(), {"run": "r-17"}) is back
    assert undo.call(stack.context(), {"plan": "P-1042"}) is back
    with pytest.raises(InvalidArguments, match="Which run"):
        undo.call(stack.context(), {})


def test_the_audit_is_searched_by_who_what_and_when(stack: Any) -> None:
    """The period is resolved with the asker's clock; the figures are those of the trail."""
    stack.records.events = [
        AuditView(seq=7, at=NOW, name="plan.approved", actor="U_MAX", about="P-2", data={"vote": "approve"}),
        AuditView(seq=6, at=NOW, name="plan.created", actor="U_ANA", about="P-2", data={}),
    ]
    answer = ask(search_audit, stack, who="U_MAX", what="approved", period="last_week")
    assert answer.text == "1 audit event about “approved” by U_MAX 2026-11-09 to 2026-11-15."
    assert answer.tables[0].rows == (
        (7, "2026-11-22 12:00 UTC", "plan.approved", "U_MAX", "P-2", '{"vote": "approve"}'),
    )
    [(_, _, since, until)] = stack.records.asked
    assert (since, until) == (datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
    assert ask(search_audit, stack).facts == {"events": 2}
    assert ask(search_audit, stack, who="nobody").tables == ()


CLAUSES = (
    ClauseView(id="delete", text="Deleting records needs somebody of MarOps who is not the one who asks.",
               verdict="approve: marops, 1"),
    ClauseView(id="consent-lowered", text="Making anybody mailable who is not needs two people of MarOps.",
               verdict="approve: marops, 2"),
    ClauseView(id="create", text="MarOps creates lists without a vote.", verdict="allow"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("who has to approve deleting records?", "delete"),
        ("what about making somebody mailable again", "consent-lowered"),
        ("can I create lists", "create"),
        ("do I need sign-off to purge people", "delete"),
        ("may I resubscribe somebody", "consent-lowered"),
        ("may I go home", ""),
        (None, ""),
    ],
)
def test_the_clause_that_applies_is_shown(stack: Any, question: str | None, clause: str) -> None:
    """By the words of the question; when none fits, the whole policy is."""
    stack.policy.texts = CLAUSES
    answer = ask(show_policy, stack, question=question)
    assert answer.facts["clause"] == clause
    if clause:
        assert answer.text.startswith(f"Clause {clause} applies:")
    else:
        assert answer.facts["clauses"] == 3
        assert "what no rule allows is denied" in answer.text


@pytest.mark.parametrize(
    ("question", "who"),
    [
        ("may I see deal amounts", "You"),
        ("what can marketers read?", "The role marketer"),
        ("show me what a marketer may export", "The role marketer"),
    ],
)
def test_what_may_be_read_is_told_by_class(stack: Any, question: str, who: str) -> None:
    """For the role a question names, or for the asker."""
    stack.policy = ByRole()
    told = ask(show_policy, stack, question=question).text
    assert told == f"{who} may read data of class contact and public; anything else is withheld, by class."


class ByRole:
    """A policy under which two roles read contacts."""

    def clauses(self) -> tuple[ClauseView, ...]:
        return CLAUSES

    def readable(self, roles: frozenset[str]) -> frozenset[str]:
        return frozenset({"public", "contact"}) if roles & {"marketer", "marops"} else frozenset()


TOOLS = (
    ToolSummary(name="report_bounces", description="Report bounces.",
                examples=("bounce report", "hard bounces"), changes=False, planned=False),
    ToolSummary(name="purge_bounces", description="Remove dead mailboxes.",
                examples=("purge bounces", "clean up"), changes=True, planned=False),
    ToolSummary(name="list_agents", description="List agents.", examples=("agents", "fleet"), changes=False,
                planned=True),
)  # fmt: skip


def test_help_lists_what_can_be_asked(stack: Any) -> None:
    """Only what exists, with examples to say; what is planned is counted, not offered."""
    stack.tools = TOOLS
    answer = ask(help_tool, stack)
    assert answer.facts == {"tools": 2, "planned": 1, "shown": 2}
    assert [row[0] for row in answer.tables[0].rows] == ["report bounces", "purge bounces"]
    assert answer.next_steps == ("bounce report", "purge bounces")
    assert "1 more are planned" in answer.text


def test_help_about_a_topic(stack: Any) -> None:
    """The tools that speak of it; an unknown topic says so and shows all."""
    stack.tools = TOOLS
    answer = ask(help_tool, stack, topic="purging dead mailboxes")
    assert answer.text == "About purging dead mailboxes: Remove dead mailboxes."
    assert ask(help_tool, stack, topic="astrology").text.startswith("Nothing I do is called astrology.")


@pytest.mark.parametrize("topic", ["agents", "list agents", "what about the fleet"])
def test_help_about_something_planned(stack: Any, topic: str) -> None:
    """It is understood and said to be planned; nothing of it is offered as a next step."""
    stack.tools = TOOLS
    answer = ask(help_tool, stack, topic=topic)
    assert (
        answer.text == f"About {topic}: List agents. I understand that and answer “not yet”: it is planned."
    )
    assert answer.tables[0].rows[0][-1] == "not yet"
    assert answer.next_steps == ()


def test_help_without_any_tool(stack: Any) -> None:
    """An empty catalogue has no table."""
    assert ask(help_tool, stack).tables == ()


CITED = Citation(title="Bounces", heading="Hard", path="bounces.md", quote="A hard bounce is final.")


@pytest.mark.parametrize(
    ("found", "text", "citations", "next_steps"),
    [
        (Found(outcome="answer", citations=(CITED,), passage="It is final.", tool="purge_bounces"),
         "It is final.", 1, ("purge bounces",)),
        (Found(outcome="closest", citations=(CITED,), passage="not shown"),
         "The runbooks do not answer this", 1, ()),
        (Found(outcome="none", citations=(), tool="list_agents"), "The runbooks do not cover this", 0, ()),
    ],
)  # fmt: skip
def test_runbooks_answer_or_say_that_they_do_not(
    stack: Any, found: Found, text: str, citations: int, next_steps: tuple[str, ...]
) -> None:
    """Three outcomes; only the first makes a claim, and only a tool that exists is offered."""
    stack.tools, stack.runbooks.found = TOOLS, found
    answer = ask(search_runbooks, stack, question="is a hard bounce final?")
    assert answer.text.startswith(text)
    assert len(answer.citations) == citations
    assert answer.facts == {"outcome": found.outcome, "passages": citations}
    assert answer.next_steps == next_steps
    assert stack.runbooks.asked == [("is a hard bounce final?", frozenset({"marops", "everyone"}))]


def test_a_channel_is_answered_from_pages_for_everyone(stack: Any) -> None:
    """What a role may read goes to that person alone, never into a room."""
    search_runbooks.call(stack.context(), {"question": "how do we purge?"})
    search_runbooks.call(stack.context(private=False), {"question": "how do we purge?"})
    assert [audiences for _, audiences in stack.runbooks.asked] == [{"marops", "everyone"}, {"everyone"}]
