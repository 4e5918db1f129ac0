"""What is allowed and what can be asked: the policy and the catalogue, explained."""

from tools.answer import Answer, Evidence, Table
from tools.catalog.arguments import Question, Topic
from tools.context import ToolContext, ToolSummary
from tools.ports import ClauseView
from tools.registry import tool
from tools.rules import word_match

CLOSE_ENOUGH = 0.34  # a third of the question's words: below it the whole policy is shown instead
SHOWN = 5


@tool(
    examples=(
        "who has to approve a purge?",
        "am I allowed to delete contacts",
        "what does the policy say about consent changes",
        "how many approvals for 1,000 people",
        "can an agent send on its own?",
        "which rule stopped my request",
        "approval rules",
        "do I need sign-off to suppress someone",
        "show the policy",
        "what may a marketer read",
        "why does this need two votes",
        "what needs approval?",
        "who may approve deletes",
        "are marketers allowed to see deal amounts",
        "how many votes does a merge need",
        "what is the rule for more than 200 people",
        "may I export personal data",
        "is an intern allowed to read revenue figures",
    ),
)
def show_policy(context: ToolContext, *, question: Question | None = None) -> Answer:
    """Show the policy clause that applies to a question."""
    clauses = context.policy.clauses()
    ranked = word_match.rank(question or "", [f"{each.id} {each.text} {each.verdict}" for each in clauses])
    close = [clauses[index] for index, score in ranked if score >= CLOSE_ENOUGH][:SHOWN]
    shown = tuple(close) or clauses
    return Answer(
        text=_policy_text(question, close, len(clauses)),
        tables=(_clause_table(shown),) if shown else (),
        facts={"clauses": len(shown), "clause": close[0].id if close else ""},
        evidence=(
            Evidence(source="clearance", query="policy", as_of=context.clock.now(), count=len(clauses)),
        ),
    )


def _policy_text(question: str | None, close: list[ClauseView], total: int) -> str:
    if close:
        return f"Clause {close[0].id} applies: {close[0].text.rstrip('.')}. Verdict: {close[0].verdict}."
    if question:
        return f"No clause names that in these words. All {total} are below; what no rule allows is denied."
    return f"The policy has {total} clauses. The strictest that matches wins; what no rule allows is denied."


def _clause_table(clauses: tuple[ClauseView, ...]) -> Table:
    rows = tuple((each.id, each.text, each.verdict) for each in clauses)
    return Table(title="Policy", columns=("clause", "rule", "verdict"), rows=rows)


@tool(
    examples=(
        "help",
        "what can you do?",
        "how does this work",
        "show me examples",
        "help with bounces",
        "what can I ask you",
        "commands",
        "I'm new here, where do I start",
        "give me a tour",
        "how do I use you for suppression lists",
        "what are your features",
        "how can you help me",
        "help me get started",
        "what kind of requests do you understand",
        "list of commands",
        "what are you for",
    ),
)
def help(context: ToolContext, *, topic: Topic | None = None) -> Answer:
    """Say what can be asked, with examples."""
    ready = [each for each in context.tools if not each.planned]
    matches = word_match.rank(topic or "", [_words(each) for each in ready])
    best = [ready[index] for index, score in matches if score >= CLOSE_ENOUGH][:SHOWN]
    shown = best or ready
    planned = sum(1 for each in context.tools if each.planned)
    return Answer(
        text=_help_text(topic, best, len(ready), planned),
        tables=(_tool_table(shown),) if shown else (),
        facts={"tools": len(ready), "planned": planned, "shown": len(shown)},
        next_steps=tuple(each.examples[0] for each in shown[:3]),
    )


def _words(each: ToolSummary) -> str:
    return " ".join((each.name.replace("_", " "), each.description, *each.examples))


def _help_text(topic: str | None, best: list[ToolSummary], ready: int, planned: int) -> str:
    if best:
        return f"About {topic}: {best[0].description}"
    unknown = f"Nothing I do is called {topic}. " if topic else ""
    later = f" {planned} more are planned and answered “not yet”." if planned else ""
    return (
        f"{unknown}Say in your own words what you need: I answer, or prepare the exact change and wait for "
        f"clearance. I can do {ready} things today.{later}"
    )


def _tool_table(shown: list[ToolSummary]) -> Table:
    rows = tuple(
        (each.name, each.description, "; ".join(each.examples[:2]), "yes" if each.changes else "no")
        for each in shown
    )
    return Table(
        title="What I can do", columns=("name", "what for", "ask like this", "changes data"), rows=rows
    )
