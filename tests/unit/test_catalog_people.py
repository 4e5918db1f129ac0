"""Looking a person up: every system, both axes, and what a role may not read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.answer import Answer
from tools.catalog.people import lookup_person
from tools.context import Principal
from tools.errors import InvalidArguments, NeedsAttention, Refused
from tools.ports import ConsentMark, Membership, Tie

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JANE = "jane@acme.com"


def lookup(stack: Any, email: str = JANE, **context: Any) -> Answer:
    """What is known of an address."""
    answer = lookup_person.call(stack.context(**context), {"email": email})
    assert isinstance(answer, Answer)
    return answer


def tables(answer: Answer) -> dict[str, Any]:
    """The tables by title."""
    return {table.title: table for table in answer.tables}


def test_a_person_is_found_in_every_system_however_spelled(stack: Any, subject: Any) -> None:
    """Records, consent, mailbox, memberships, ties and sales, each with its system."""
    express = ConsentMark(scope="global", state="express", at=NOW, source="double opt-in", writer="form 12")
    stack.holds(
        "salesforce", JANE, first_name="Jane", last_name="Doe", company="Acme", owner="Dana", score=80,
        ties=(Tie(kind="opportunity_role", text="open opportunity 'Renewal'", record_id="006"),),
        last_activity=NOW - timedelta(days=3), lifecycle="SQL", roles=("006",),
    )  # fmt: skip
    stack.holds("marketo", JANE, consent=(express,), deliverability="ok")
    stack.marketo.lists.append(
        Membership(
            system="marketo", record_id="1", as_of=NOW, list_or_campaign="Newsletter", subject=subject(JANE),
            status="member",
        )
    )  # fmt: skip
    answer = lookup(stack, " Jane@ACME.com ")
    assert answer.text == (
        "jane@acme.com is mailable (express consent). 2 records in Salesforce and Marketo, none in SendGrid."
    )
    assert answer.private
    assert answer.facts == {
        "email": JANE, "mailable": "yes", "records": 2, "systems": 2, "deliverability": "ok",
        "memberships": 1, "purged_before": "no", "consent": "express consent", "last_touch": "2026-11-19",
    }  # fmt: skip
    shown = tables(answer)
    assert shown["Records"].rows[0][:4] == ("Salesforce", "Contact", "salesforce-1", "Jane Doe")
    assert shown["Consent"].rows == (
        ("Marketo", "marketo-1", "global", "express consent", "2026-11-22", "double opt-in", "form 12"),
    )
    assert shown["Lists and campaigns"].rows == (("Marketo", "Newsletter", "member", ""),)
    assert shown["What holds the record"].rows[0][2] == "open opportunity 'Renewal'"
    assert shown["Sales"].rows == (("Salesforce", "SQL", 80, "Dana", 1),)
    assert {each.source for each in answer.evidence} == {"salesforce", "marketo", "sendgrid"}


def test_the_most_restrictive_word_wins(stack: Any, opted_out: ConsentMark) -> None:
    """One system's opt-out outweighs another's consent."""
    express = ConsentMark(scope="global", state="express", at=NOW, source="import")
    stack.holds("marketo", JANE, consent=(express,))
    stack.holds("sendgrid", JANE, consent=(opted_out,))
    answer = lookup(stack)
    assert answer.text.startswith("jane@acme.com is not mailable: opted out of everything.")
    assert answer.facts["mailable"] == "no"


@pytest.mark.parametrize(
    ("state", "hours", "mailable"),
    [("blocked", 26, "yes"), ("blocked", 2, "no"), ("invalid", 9000, "no"), ("full", 24 * 31, "yes")],
)
def test_the_mailbox_is_judged_as_of_now(stack: Any, state: Any, hours: int, mailable: str) -> None:
    """Suspended 26 hours ago is mailable, whatever the flag still says."""
    stack.holds("marketo", JANE, deliverability=state, deliverability_at=NOW - timedelta(hours=hours))
    assert lookup(stack).facts["mailable"] == mailable


def test_a_state_without_a_time_counts_as_new(stack: Any) -> None:
    """A vendor that keeps no time gets the stricter reading; nothing known is no reason."""
    stack.holds("marketo", JANE, deliverability="invalid")
    stack.holds("salesforce", JANE, deliverability="unknown")
    answer = lookup(stack)
    assert answer.facts["deliverability"] == "invalid"
    assert "the mailbox no longer exists" in answer.text


def test_an_unknown_address_says_so_and_what_to_do(stack: Any, subject: Any) -> None:
    """Where was looked, and how to keep mail from going there; a tombstone is mentioned."""
    answer = lookup(stack)
    assert answer.text.startswith(
        "Nobody with the address jane@acme.com is in Salesforce, Marketo and SendGrid."
    )
    assert answer.facts["records"] == 0
    assert answer.next_steps == ("suppress jane@acme.com",)
    stack.records.purged.add(subject(JANE))
    assert "We purged this address before" in lookup(stack).text


def test_something_that_is_no_address_is_refused(stack: Any) -> None:
    """With what one looks like."""
    with pytest.raises(InvalidArguments, match="not an e-mail address"):
        lookup(stack, "jane at acme")


@pytest.mark.parametrize(
    ("classes", "hidden", "withheld"),
    [
        ({"contact"}, {"Consent", "Sales", "What holds the record", "Last touch"},
         "consent, commercial and personal"),
        ({"contact", "consent"}, {"Sales", "What holds the record", "Last touch"}, "commercial and personal"),
        ({"contact", "consent", "personal"}, {"Sales", "What holds the record"}, "commercial"),
        ({"contact", "consent", "personal", "commercial"}, set(), ""),
    ],
)  # fmt: skip
def test_what_a_role_may_not_read_is_withheld_by_class(
    stack: Any, opted_out: ConsentMark, classes: set[str], hidden: set[str], withheld: str
) -> None:
    """The refusal names the classes, and nothing of them is in the answer."""
    stack.policy.classes = frozenset(classes)
    stack.holds(
        "salesforce", JANE, consent=(opted_out,), owner="Dana", last_activity=NOW,
        ties=(Tie(kind="case", text="case 7 about money"),),
    )  # fmt: skip
    answer = lookup(stack)
    assert hidden.isdisjoint(tables(answer))
    assert ("Withheld" in answer.text) is bool(withheld)
    if withheld:
        assert f"data of class {withheld}." in answer.text
    if "consent" not in classes:
        assert "opted out" not in repr(answer)
        assert "consent" not in answer.facts
    if "commercial" not in classes:
        assert "case 7" not in repr(answer)
        assert "Dana" not in repr(answer)


def test_who_may_not_read_contacts_gets_nothing(stack: Any) -> None:
    """Guests have no role and therefore no class; not even whether the address is known."""
    stack.holds("salesforce", JANE)
    with pytest.raises(Refused, match="class contact"):
        lookup(stack, principal=Principal(id="U_GUEST", name="Guest", kind="guest"))
    assert stack.salesforce.asked == []


def test_a_system_that_fails_is_named(stack: Any) -> None:
    """The others still answer."""
    stack.holds("marketo", JANE)
    stack.salesforce.broken = NeedsAttention("Salesforce refuses our key", do="Renew it.")
    answer = lookup(stack)
    assert answer.facts["records"] == 1
    assert "Salesforce could not be read: Salesforce refuses our key. Renew it." in answer.text


def test_text_of_records_is_shown_harmless(stack: Any) -> None:
    """Hidden letters and line breaks in a company's name do not reach the table."""
    stack.holds("salesforce", JANE, company="Ac\u200bme\nInc\u202e")
    assert tables(lookup(stack))["Records"].rows[0][4] == "Acme Inc"


def test_a_group_left_and_an_entry_without_a_record_are_said(stack: Any, subject: Any) -> None:
    """Mail of one kind that somebody has left; a suppression list that knows the address alone."""
    left = ConsentMark(scope="Newsletter", state="opt_out_group", at=None, source="group unsubscribe")
    stack.holds("marketo", JANE, consent=(left,))
    stack.holds("sendgrid", JANE, record_id=subject(JANE), object="global_suppression")
    answer = lookup(stack)
    assert answer.text == (
        "jane@acme.com is mailable (no consent on record), but not with Newsletter. 1 record in Marketo and"
        " an entry without a record on the suppression list of SendGrid, none in Salesforce."
    )
    assert ("SendGrid", "global suppression", "") in {row[:3] for row in tables(answer)["Records"].rows}
    stack.policy.classes = frozenset({"contact"})
    assert "Newsletter" not in repr(lookup(stack))


def test_who_came_back_after_a_purge_is_said(stack: Any, subject: Any, opted_out: ConsentMark) -> None:
    """A tombstone beside a record: the address was imported again."""
    stack.holds("salesforce", JANE, consent=(opted_out,), held_back="was converted")
    stack.records.purged.add(subject(JANE))
    answer = lookup(stack)
    assert "We purged this address before; it came back." in answer.text
    assert tables(answer)["Records"].rows[0][8] == "was converted"
    assert answer.next_steps == ("why is jane@acme.com not mailable?",)
