"""Explaining a person: traced reasons over all systems, links, the runbook, and what no system tells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.answer import Answer, Citation
from tools.catalog.explaining import explain_person
from tools.catalog.tracing import topics, wonders_why_still
from tools.context import Principal
from tools.errors import NeedsAttention, Refused
from tools.ports import ConsentMark, Engagement, Found, Health, Person, Tie
from tools.rules.agreements import ConsentEvent

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JANE = "jane@acme.com"
STOPPED = ConsentMark(
    scope="global", state="opt_out_global", at=datetime(2026, 1, 16, tzinfo=UTC), source="field history",
    writer="Marketo Sync",
)  # fmt: skip


def explain(stack: Any, question: str, **context: Any) -> Answer:
    """The trace of one question."""
    answer = explain_person.call(stack.context(**context), {"email": JANE, "question": question})
    assert isinstance(answer, Answer)
    return answer


def told(answer: Answer) -> list[tuple[str, ...]]:
    """The rows of what the systems tell, as far as they say anything."""
    found = {table.title: table.rows for table in answer.tables}
    return [tuple(map(str, row)) for row in found.get("What the systems tell", ())]


def test_not_mailable_is_traced_to_who_wrote_it_and_when(stack: Any, subject: Any) -> None:
    """Each consent mark with writer and day, the bounce with its own words, and our tombstone."""
    stack.holds("salesforce", JANE, consent=(STOPPED,))
    stack.holds(
        "sendgrid", JANE, deliverability="invalid", deliverability_raw="550 5.1.1 user unknown",
        deliverability_at=NOW - timedelta(days=4),
    )  # fmt: skip
    stack.records.purged.add(subject(JANE))
    answer = explain(stack, "why is jane@acme.com not mailable")
    assert "Salesforce: opted out of everything since 2026-01-16, written by Marketo Sync" in answer.text
    assert "SendGrid: the mailbox is invalid since 2026-11-18" in answer.text
    assert "we purged this address before" in answer.text
    rows = told(answer)
    assert (
        "Mail", "Salesforce", "opted out of everything", "2026-01-16", "Marketo Sync", "field history",
        "Contact salesforce-1",
    ) in rows  # fmt: skip
    assert any(row[5] == "550 5.1.1 user unknown" for row in rows)
    assert ("Mail", "SendGrid", "has not got the opt-out that Salesforce has") in {row[:3] for row in rows}
    assert answer.private
    assert (answer.facts["email"], answer.facts["purged_before"]) == (JANE, "yes")
    assert answer.facts["reasons"] == sum(1 for row in rows if "no record" in row[2]) + 3


def test_who_took_an_opt_out_back_is_named(stack: Any) -> None:
    """A box un-ticked by an import is told with the import's name, and is itself no reason against mail."""
    undone = ConsentMark(scope="global", state="none", at=NOW, source="field history", writer="Data Import")
    stack.holds("salesforce", JANE, consent=(undone,))
    stack.holds("sendgrid", JANE, consent=(STOPPED,))
    answer = explain(stack, "why does she still get our newsletter although she opted out")
    rows = {row[1:5] for row in told(answer)}
    lifted = "holds no opt-out any more: it was taken off"
    assert ("Salesforce", lifted, "2026-11-22", "Data Import") in rows
    assert answer.text.startswith(
        "jane@acme.com (in Salesforce and SendGrid): SendGrid: opted out of everything since 2026-01-16,"
        " written by Marketo Sync. Mail still goes because Salesforce: holds no opt-out any more: it was"
        " taken off on 2026-11-22 by Data Import"
    )
    assert "compare suppressions" in answer.next_steps
    none = explain(stack, "why does she get nothing")
    assert lifted not in none.text
    assert none.facts["mailable"] == "no"


def test_a_bounce_that_life_has_cancelled_is_no_reason(stack: Any) -> None:
    """An old bounce before a later click is shown and does not count."""
    stack.holds(
        "marketo", JANE, deliverability="invalid", deliverability_raw="550 5.1.1",
        deliverability_at=NOW - timedelta(days=700), last_activity=NOW - timedelta(days=7),
    )  # fmt: skip
    stack.holds("sendgrid", JANE)
    stack.holds("salesforce", JANE)
    answer = explain(stack, "why does she get no mail")
    assert "the mailbox is invalid, which no longer counts" in {row[2] for row in told(answer)}
    assert "nothing the systems tell speaks against it" in answer.text


def test_no_mql_is_walked_score_fit_filters_sync_timing(stack: Any) -> None:
    """Score and stage, empty fields of fit, ties and opt-outs that filter, a missing CRM record, dates."""
    tie = Tie(kind="customer_account", text="customer or partner account 'Acme'")
    stack.holds("marketo", JANE, score=40, lifecycle="Engaged", title="CMO", created=NOW - timedelta(days=90))
    stack.holds("sendgrid", JANE)
    answer = explain(stack, "why didn't jane@acme.com MQL?")
    says = [row[2] for row in told(answer)]
    assert says[0] == "score 40 and lifecycle Engaged"
    assert "no country, company and industry on record" in says
    assert ("Qualification", "Salesforce", "has no record of this address") in {
        row[:3] for row in told(answer)
    }
    assert "record created" in says
    stack.holds("salesforce", JANE, ties=(tie,), consent=(STOPPED,), country="Spain")
    again = told(explain(stack, "why did she never qualify"))
    assert any(row[5] == tie.text for row in again)
    assert "opted out of everything" in {row[2] for row in again}


def test_no_score_at_all_is_said(stack: Any) -> None:
    """Where no system keeps a score, that is the finding, not a guess."""
    stack.holds("salesforce", JANE, title="CMO", country="Spain", company="Acme", industry="Energy")
    assert "no system has a score for them" in explain(stack, "trace the score").text


def test_sync_tells_who_has_the_person_and_how_the_systems_do(stack: Any) -> None:
    """Absent records, doubled ones, other spellings, and a system that is not permitted."""

    def poorly() -> Health:
        return Health(
            system="marketo", as_of=NOW, reachable=True, permitted=False, note="We may not see email."
        )

    stack.holds("salesforce", JANE, created=NOW - timedelta(days=2))
    stack.holds("salesforce", JANE, object="Lead", last_activity=NOW)
    stack.salesforce.held[0] = replaced(stack.salesforce.held[0], address=" Jane@Acme.com")
    stack.marketo.health = poorly
    says = {row[2] for row in told(explain(stack, "how come she never synced to Marketo"))}
    assert {
        "has no record of this address", "has 2 records of this address", "We may not see email.",
        "record created", "last activity seen",
    } <= says  # fmt: skip
    assert any(words.startswith("spells the address") for words in says)


def replaced(person: Person, **changed: Any) -> Person:
    """A person with other values."""
    from dataclasses import replace

    return replace(person, **changed)


def test_routing_tells_owner_and_what_routing_goes_by(stack: Any) -> None:
    """Owner, a missing country, a second record, or that nobody owns it."""
    stack.holds("salesforce", JANE)
    answer = explain(stack, "why was this lead not assigned")
    assert "no system has an owner" in answer.text
    assert "no country on record" in answer.text
    stack.holds("salesforce", JANE, object="Lead", owner="Pat", country="Spain")
    says = {row[2] for row in told(explain(stack, "routed to the wrong rep"))}
    assert {"owned by Pat", "has 2 records of this address, each routed by itself"} <= says


def test_what_no_system_tells_is_said_plainly(stack: Any) -> None:
    """The limits of the trace are part of it, for the topics asked about."""
    stack.holds("salesforce", JANE, score=3)
    answer = explain(stack, "why no MQL")
    silent = next(table for table in answer.tables if table.title == "What no system tells")
    assert {row[0] for row in silent.rows} == {"Qualification"}
    assert any("scoring rules" in str(row[1]) for row in silent.rows)


def test_a_question_about_nothing_in_particular_traces_everything(stack: Any) -> None:
    """Topics are found by their words; without one, all are walked."""
    assert topics("what happened to her") == ("mail", "mql", "sync", "route")
    assert topics("why is she not mailable") == ("mail",)
    assert topics("why wasn't it routed to sales") == ("route",)
    stack.holds("salesforce", JANE, score=3, owner="Pat")
    assert {row[0] for row in told(explain(stack, "what is going on"))} >= {"Qualification", "Routing"}


def test_the_runbooks_section_is_cited(stack: Any) -> None:
    """The section is found by the question without the address; only a likely one is shown without claim."""
    page = Citation(title="Lead lifecycle", heading="Why not an MQL?", path="lead-lifecycle.md", quote="…")
    other = Citation(title="Routing", heading="Order", path="lead-routing.md", quote="…")
    ours = Citation(title="Decision 8", heading="Decision", path="handbook/decisions/0008.md", quote="…")
    stack.holds("salesforce", JANE, score=3)
    stack.runbooks.found = Found(outcome="answer", citations=(ours, page, other), passage="…")
    answer = explain(stack, "why didn't jane@acme.com MQL?")
    assert answer.citations == (page, other)
    assert "become an MQL" in stack.runbooks.asked[0][0]
    question, audiences = stack.runbooks.asked[1]
    assert JANE not in question
    assert {"everyone", "marops"} <= audiences
    stack.runbooks.found = Found(outcome="closest", citations=(page, other))
    assert explain(stack, "why no MQL").citations == (page,)
    explain(stack, "why no MQL", private=False)
    assert stack.runbooks.asked[-1][1] == {"everyone"}


@dataclass
class Linked:
    """A vendor in memory that shows its records to people."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def people(self, addresses: Sequence[str] | None = None) -> Iterator[list[Person]]:
        return self.inner.people(addresses)  # type: ignore[no-any-return] # the vendor in memory is untyped here

    def record_link(self, object: str, record_id: str) -> str:
        return f"https://crm.example/{object}/{record_id}"


def test_records_are_linked_where_the_vendor_shows_them(stack: Any) -> None:
    """A row leads to the record it speaks of."""
    stack.holds("salesforce", JANE, owner="Pat", country="Spain")
    systems: Mapping[str, Any] = {"salesforce": Linked(stack.salesforce)}
    rows = told(explain(stack, "why was it routed so", systems=systems))
    assert rows[0][6] == "https://crm.example/Contact/salesforce-1"


def test_what_a_role_may_not_read_is_left_out_by_name(stack: Any) -> None:
    """Consent and sales are withheld by class; without the right to contacts nothing is told."""
    stack.holds("salesforce", JANE, consent=(STOPPED,), owner="Pat")
    stack.policy.classes = frozenset({"public", "contact"})
    answer = explain(stack, "what happened to her")
    assert "Withheld, because your role may not read it: data of class commercial and consent" in answer.text
    assert not any("opted out" in row[2] or "Pat" in row[2] for row in told(answer))
    assert "opted out" not in answer.text
    guest = Principal(id="U_GUEST", name="Guest", roles=frozenset())
    with pytest.raises(Refused):
        explain(stack, "why", principal=guest)


def test_a_system_that_cannot_be_read_is_named(stack: Any) -> None:
    """The trace goes on without it, says so, and never calls the person absent from there."""
    stack.holds("salesforce", JANE)
    stack.marketo.broken = NeedsAttention("Marketo does not let us in", do="Check the credentials.")
    answer = explain(stack, "why is she not in Marketo")
    assert "Marketo could not be read: Marketo does not let us in" in answer.text
    assert not any(row[1] == "Marketo" and "no record" in row[2] for row in told(answer))


def test_somebody_nobody_knows(stack: Any) -> None:
    """An address in no system is said to be in none."""
    answer = explain(stack, "why does she get nothing")
    assert "Nobody with the address jane@acme.com is in the systems that could be read" in answer.text


def test_what_our_own_runs_did_is_told_from_the_ledger(stack: Any, subject: Any) -> None:
    """A suppression by a run of ours is named with the run; what was only seen is not said twice."""
    own = ConsentEvent(
        system="marketo", scope="global", state="opt_out_global", at=NOW, source="run", writer="U_MAX",
        evidence="ticket 12", run="R-5", seen=NOW,
    )  # fmt: skip
    seen = replace(own, run="", system="salesforce")
    stack.records.ledger += [(subject(JANE), own), (subject(JANE), seen)]
    stack.holds("marketo", JANE, consent=(STOPPED,))
    rows = [row for row in told(explain(stack, "why is she not mailable")) if row[1] == "Clearance"]
    assert [row[2:6] for row in rows] == [
        ("was suppressed in Marketo by our run R-5", "2026-11-22", "U_MAX", "ticket 12")
    ]


def test_evidence_that_we_keep_is_shown_with_its_source(stack: Any, subject: Any) -> None:
    """What a purge copied from the CRM is told in its words, also once the record is gone."""
    kept = ConsentEvent(
        system="salesforce", scope="#evidence Contact 003A", state="express", at=NOW, source="Contact 003A",
        writer="", evidence="paper form, trade fair", run="R-5", seen=NOW,
    )  # fmt: skip
    stack.records.ledger.append((subject(JANE), kept))
    stack.records.purged.add(subject(JANE))
    rows = [row for row in told(explain(stack, "why is she not mailable")) if "evidence" in str(row[2])]
    assert [row[2:6] for row in rows] == [
        ("we keep the evidence of consent that Salesforce held", "2026-11-22", "",
         "paper form, trade fair (Contact 003A)"),
    ]  # fmt: skip


def test_an_erased_person_is_not_called_purged(stack: Any, subject: Any) -> None:
    """What is left says that they asked for it, when, and under which reference."""
    erased = ConsentEvent(
        system="clearance", scope="global", state="erased", at=NOW, source="erasure", writer="",
        evidence="DSR-77", run="R-4", seen=NOW,
    )  # fmt: skip
    stack.records.ledger.append((subject(JANE), erased))
    stack.records.purged.add(subject(JANE))
    answer = explain(stack, "why is she not mailable")
    assert "was erased at their request" in answer.text
    assert "purged" not in answer.text
    [row] = [row for row in told(answer) if row[1] == "Clearance"]
    assert row[5] == "DSR-77"


def test_a_click_makes_a_dead_mailbox_doubtful(stack: Any) -> None:
    """An invalid mark without a time beside a click of last week: said, with what to ask next."""
    stack.holds("marketo", JANE, deliverability="invalid", deliverability_raw="550 5.1.1")
    at = NOW - timedelta(days=6)
    stack.marketo.clicked.append(Engagement(system="marketo", record_id="marketo-1", at=at))
    answer = explain(stack, "why does she get no mail")
    assert "as the person clicked in a mail on 2026-11-16" in answer.text
    assert "anyone wrongly suppressed after a bounce?" in answer.next_steps
    stack.marketo.broken = NeedsAttention("Marketo does not let us in", do="Check.")
    assert "clicked" not in explain(stack, "why does she get no mail").text


def test_a_converted_lead_and_a_record_kept_out_are_told(stack: Any) -> None:
    """What is on the record itself comes first; a tie makes “never synced” doubtful."""
    stack.holds("salesforce", JANE, owner="Pat", country="Spain")
    stack.holds("salesforce", JANE, object="Lead", held_back="was converted: its contact counts", country="x")
    routed = explain(stack, "why was it not routed")
    assert routed.text == "jane@acme.com (in Salesforce): Salesforce: was converted: its contact counts."
    stack.holds("marketo", JANE, linked="003", modified=NOW)
    synced = explain(stack, "why is she not in Marketo")
    assert "was converted: its contact counts" in synced.text
    assert "Marketo: is synced with the CRM's record 003" in synced.text
    assert "record last changed" in {row[2] for row in told(synced)}
    stack.marketo.held[0] = replaced(stack.marketo.held[0], linked="")
    assert "is tied to no record of the CRM" in explain(stack, "why is she not in Salesforce").text


@pytest.mark.parametrize(
    ("question", "still"),
    [
        ("why does she still get our newsletter although she opted out", True),
        ("why do mails keep coming", True),
        ("he opted in but still gets nothing", False),
        ("why isn't she mailable", False),
        ("why does he keep getting mail", True),
        ("she continues to receive invites", True),
    ],
)
def test_why_mail_goes_on_is_told_from_why_there_is_none(question: str, still: bool) -> None:
    """The opposite question has the opposite reasons."""
    assert wonders_why_still(question) is still
