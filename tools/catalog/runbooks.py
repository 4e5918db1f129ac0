"""Answers from the team's runbooks, quoted and cited, or the plain words that they do not cover it."""

from tools.answer import Answer, Evidence
from tools.catalog.across import listing
from tools.catalog.arguments import Question
from tools.context import ToolContext
from tools.ports import Found
from tools.registry import tool

EVERYONE = "everyone"  # the audience of pages that are not kept for a role


@tool(
    examples=(
        "what does the runbook say about bounces?",
        "how do I import a trade show list",
        "what's our process for list imports",
        "who has to approve a purge according to our docs",
        "why do we suppress instead of delete",
        "naming convention for campaigns",
        "is there a playbook for a bad send?",
        "how do you decide whether a bounce is hard",
        "steps for onboarding a new vendor",
        "what's the SLA for list uploads",
        "documentation on the Marketo sync",
        "how should I handle a GDPR request",
        "how do I handle a bounced import",
        "what is our naming convention for programs",
        "is there documentation on lead scoring",
        "how are hard bounces defined here",
        "what's the procedure for a new campaign",
        "where is it written how we treat consent",
        "what do I do when a sync fails",
        "what do we do when a list comes without consent",
        "what are the steps to merge accounts",
        "how does one take a contact out of a nurture",
        "what's the right way to handle spam complaints",
        "procedure for importing trade show leads",
        "what do I have to prepare before erasing somebody",
        "what does the playbook say about warming up an IP",
        "how do we name campaigns",
        "guidance on duplicate accounts",
        "where is it written how we treat role addresses",
        "instructions for launching a webinar",
        "how is an MQL defined here",
    ),
)
def search_runbooks(context: ToolContext, *, question: Question) -> Answer:
    """Answer how-to and process questions from the runbooks, with the section cited."""
    own = context.principal.roles if context.private else frozenset()
    found = context.runbooks.search(question, audiences=own | {EVERYONE})
    return Answer(
        text=_text(found),
        citations=found.citations,
        facts={"outcome": found.outcome, "passages": len(found.citations)},
        evidence=(_evidence(context, found),),
        next_steps=_next_steps(context, found),
    )


def _text(found: Found) -> str:
    read = listing(f"“{typed}” as “{searched}”" for typed, searched in found.corrected)
    spelling = f"I read {read}." if read else ""
    if found.outcome == "answer":
        return "\n".join(filter(None, (spelling, found.passage)))
    said = (
        "The runbooks do not answer this. The closest sections are below; none of them is a claim."
        if found.outcome == "closest"
        else "The runbooks do not cover this. Nothing close was found, so there is no answer to give."
    )
    return " ".join(filter(None, (spelling, said, found.notice)))


def _evidence(context: ToolContext, found: Found) -> Evidence:
    """How the pages were searched; the notice says so when by words alone."""
    return Evidence(
        source="runbooks",
        query="sections found by words and meaning." if found.mode == "dense" else "sections found.",
        as_of=context.clock.now(),
        count=len(found.citations),
        note=found.notice,
    )


def _next_steps(context: ToolContext, found: Found) -> tuple[str, ...]:
    """How people ask for the tool that the passage names."""
    named = [each for each in context.tools if each.name == found.tool and not each.planned]
    return ((found.ask or named[0].examples[0]),) if named else ()
