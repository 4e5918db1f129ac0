"""What is allowed and what can be asked: the policy and the catalogue, explained."""

import re
from collections.abc import Mapping, Sequence

from tools.answer import Answer, Evidence, Table
from tools.catalog.across import listing
from tools.catalog.arguments import Question, Topic
from tools.context import ToolContext, ToolSummary
from tools.ports import ClauseView
from tools.registry import tool
from tools.rules import word_match

CLOSE_ENOUGH = 0.34  # a third of the question's words: below it nothing is claimed
SHOWN = 5
# What people call the deeds that a policy names, and the words every question about a policy holds.
DEEDS: Mapping[str, str] = {
    "purge": "delete", "remove": "delete", "wipe": "delete", "clean": "delete", "forget": "erase",
    "suppress": "mailed consent-change", "unsubscribe": "mailed consent-change",
    "opt": "mailed consent-change",
    "resubscribe": "mailable consent-lowered", "restore": "mailable consent-lowered",
    "unsuppress": "mailable consent-lowered", "dedupe": "merge", "combine": "merge", "licence": "access",
    "license": "access", "edit": "update", "change": "update", "launch": "send", "add": "create",
    "bot": "agent", "automation": "agent",
}  # fmt: skip
ASKING = frozenset(
    word_match.stems(
        "approve approval allow allowed permission permitted rule policy clause request sign off vote votes "
        "say stopped apply count people one two three"
    )
)
VERBS = frozenset(word_match.stems("list lists show report find help do"))  # half of all names begin so
READING = frozenset(word_match.stems("read see view look show export download data figures amounts"))


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
        "do I need approval to delete 20 contacts",
        "who has to sign off on an erasure",
        "how many votes does a merge of 3000 records take",
        "may a marketer import a list",
        "is an agent allowed to delete on its own",
        "what may guests see",
        "which clause covers consent changes",
        "what is the quorum for large changes",
        "who can restore an opt-out",
        "can I export people without asking",
        "limits for changes over 1,000 people",
    ),
)
def show_policy(context: ToolContext, *, question: Question | None = None) -> Answer:
    """Show the policy clause that applies to a question."""
    clauses = context.policy.clauses()
    close = _applying(question or "", clauses)
    reading = "" if close else _reading(context, question or "")
    shown = tuple(close) or clauses
    return Answer(
        text=reading or _policy_text(question, close, len(clauses)),
        tables=(_clause_table(shown),) if shown else (),
        facts={"clauses": len(shown), "clause": close[0].id if close else ""},
        evidence=(
            Evidence(source="clearance", query="policy", as_of=context.clock.now(), count=len(clauses)),
        ),
    )


def _applying(question: str, clauses: tuple[ClauseView, ...]) -> list[ClauseView]:
    """The clauses that speak of what the question asks, best first."""
    words = [DEEDS.get(word, word) for word in re.findall(r"[\w-]+", question.lower().replace(",", ""))]
    asked = " ".join(word for word in words if not ASKING.issuperset(word_match.stems(word)))
    texts = [f"{each.id} {each.text.replace(',', '')}" for each in clauses]
    ranked = word_match.rank(asked, texts, known=True)
    return [clauses[index] for index, score in ranked if score >= CLOSE_ENOUGH][:SHOWN]


def _reading(context: ToolContext, question: str) -> str:
    """What the role a question names, or else the asker, may read; "" when it is not about reading."""
    if READING.isdisjoint(word_match.stems(question)):
        return ""
    words = re.findall(r"\w+", question.lower())
    named = next((role for word in words for role in (word, word.rstrip("s")) if _classes(context, role)), "")
    roles = frozenset({named}) if named else context.principal.roles
    classes = listing(sorted(context.policy.readable(roles)))
    who = f"The role {named}" if named else "You"
    return f"{who} may read data of class {classes or 'none'}; anything else is withheld, by class."


def _classes(context: ToolContext, role: str) -> frozenset[str]:
    return context.policy.readable(frozenset({role}))


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
    best = _about(topic or "", context.tools)
    shown = best or ready
    return Answer(
        text=_help_text(topic, best, len(ready), len(context.tools) - len(ready)),
        tables=(_tool_table(shown),) if shown else (),
        facts={"tools": len(ready), "planned": len(context.tools) - len(ready), "shown": len(shown)},
        next_steps=tuple(each.examples[0] for each in shown if not each.planned)[:3],
    )


def _about(topic: str, tools: Sequence[ToolSummary]) -> list[ToolSummary]:
    """The tools a topic names, by name and purpose; by how people ask for them when none is so named."""
    asking = " ".join(word for word in topic.split() if not VERBS.issuperset(word_match.stems(word)))
    names = [each.name.replace("_", " ") for each in tools]
    named = [f"{name} {each.description}" for name, each in zip(names, tools, strict=True)]
    asked = [" ".join(each.examples) for each in tools]
    for texts in (names, named, asked):
        ranked = word_match.rank(asking or topic, texts, known=True)
        found = [tools[index] for index, score in ranked if score >= CLOSE_ENOUGH]
        if found:
            return sorted(found, key=lambda each: each.planned)[:SHOWN]
    return []


def _help_text(topic: str | None, best: list[ToolSummary], ready: int, planned: int) -> str:
    if best:
        later = " I understand that and answer “not yet”: it is planned." if best[0].planned else ""
        return f"About {topic}: {best[0].description}{later}"
    unknown = f"Nothing I do is called {topic}. " if topic else ""
    later = f" {planned} more are planned and answered “not yet”." if planned else ""
    return (
        f"{unknown}Say in your own words what you need: I answer, or prepare the exact change and wait for "
        f"clearance. I can do {ready} things today.{later}"
    )


def _tool_table(shown: Sequence[ToolSummary]) -> Table:
    rows = tuple(
        (
            each.name.replace("_", " "),
            each.description,
            "; ".join(each.examples[:2]),
            "yes" if each.changes else "no",
            "not yet" if each.planned else "yes",
        )
        for each in shown
    )
    columns = ("name", "what for", "ask like this", "changes data", "today")
    return Table(title="What I can do", columns=columns, rows=rows)
