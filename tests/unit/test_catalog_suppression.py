"""Suppressing people by name or by file: it only ever adds."""

from typing import Any

import pytest

from tools.catalog.across import BLOCK, blocks
from tools.catalog.suppression import suppress_contacts
from tools.errors import InvalidArguments
from tools.plan import Change, Plan, Veto
from tools.ports import ConsentMark

JANE, BOB = "jane@acme.com", "bob@globex.com"


def suppress(
    stack: Any, files: dict[str, bytes] | None = None, **args: object
) -> tuple[list[Change], list[Veto], Plan]:
    """The rows, the vetoes, and the plan."""
    plan = suppress_contacts.call(stack.context(files=files), args)
    assert isinstance(plan, Plan)
    rows = list(plan.rows)
    return (
        [row for row in rows if isinstance(row, Change)],
        [row for row in rows if isinstance(row, Veto)],
        plan,
    )


def test_every_record_in_every_system_is_reached(stack: Any) -> None:
    """ESP, then MAP, then CRM; leads and contacts alike; with the reason where the vendor has a place."""
    stack.holds("salesforce", JANE)
    stack.holds("salesforce", JANE, object="Lead")
    stack.holds("marketo", JANE)
    stack.holds("sendgrid", JANE)
    rows, vetoes, plan = suppress(stack, emails=["Jane@ACME.com"], reason="competitor")
    assert vetoes == []
    assert sorted((row.stage, row.system, row.object) for row in rows) == [
        (0, "sendgrid", "contact"), (1, "marketo", "lead"), (2, "salesforce", "Contact"),
        (2, "salesforce", "Lead"),
    ]  # fmt: skip
    assert {row.op for row in rows} == {"suppress"}
    assert {row.set["note"] for row in rows} == {"competitor"}
    assert plan.summary == "Suppress 1 address in Salesforce, Marketo and SendGrid. Reason: competitor."


def test_an_address_nobody_knows_is_suppressed_at_the_esp(stack: Any, subject: Any) -> None:
    """And the row says that no system holds it."""
    [row], vetoes, _ = suppress(stack, emails=[JANE])
    assert (row.system, row.record_id, row.subject) == ("sendgrid", subject(JANE), subject(JANE))
    assert "no system holds it" in row.reason
    assert vetoes == []


def test_without_an_esp_an_unknown_address_is_named(stack: Any) -> None:
    """There is nothing to write on, and that is said."""
    context = stack.context(systems={"salesforce": stack.salesforce})
    plan = suppress_contacts.call(context, {"emails": [JANE]})
    assert isinstance(plan, Plan)
    [veto] = plan.rows
    assert isinstance(veto, Veto)
    assert veto.code == "unknown_address"


def test_who_is_suppressed_already_is_not_written_again(stack: Any, opted_out: ConsentMark) -> None:
    """It is counted as already suppressed."""
    for system in ("salesforce", "marketo", "sendgrid"):
        stack.holds(system, JANE, consent=(opted_out,))
    rows, [veto], _ = suppress(stack, emails=[JANE])
    assert rows == []
    assert veto.code == "already_suppressed"


def test_a_file_is_taken_row_by_row(stack: Any, subject: Any) -> None:
    """Doubles collapse with both numbers shown, junk and opted-in rows are listed with their line."""
    content = b"Email,Opt In\njane@acme.com,\nJANE@acme.com,\nbob@globex.com,no\nn/a,\nana@initech.de,yes\n"
    rows, vetoes, plan = suppress(stack, files={"Optouts.CSV": content}, file="optouts.csv")
    assert {row.subject for row in rows} == {subject(JANE), subject(BOB)}
    assert {(veto.code, veto.record_id, veto.text) for veto in vetoes} == {
        ("not_an_address", "line 5", "no e-mail address"),
        ("less_restrictive", "line 6", "ignored: less restrictive"),
    }
    assert plan.summary == (
        "Suppress 2 addresses (5 rows: 1 given twice, 1 ignored because they say opted in and 1 without an "
        "address) in Salesforce, Marketo and SendGrid. Reason: asked for in Clearance."
    )
    assert [(each.query, each.count) for each in plan.evidence] == [("rows of Optouts.CSV", 5)]


def test_a_file_that_says_opted_in_resubscribes_nobody(stack: Any) -> None:
    """Thirty-seven such rows are thirty-seven lines in the list of what was ignored."""
    lines = "".join(f"p{number}@acme.com,subscribed\n" for number in range(37))
    rows, vetoes, _ = suppress(
        stack, files={"list.csv": f"email,status\n{lines}{JANE},unsubscribed\n".encode()}
    )
    assert len(rows) == 1
    assert [veto.code for veto in vetoes] == ["less_restrictive"] * 37
    assert not any(row.op == "unsuppress" for row in rows)


def test_addresses_and_a_file_go_together(stack: Any, subject: Any) -> None:
    """Who is in both is suppressed once."""
    rows, _, _ = suppress(
        stack, files={"a.csv": b"bob@globex.com\njane@acme.com\n"}, emails=[JANE], file="a.csv"
    )
    assert sorted(row.subject for row in rows) == sorted([subject(JANE), subject(BOB)])


@pytest.mark.parametrize(
    ("files", "args", "what", "hint"),
    [
        ({}, {}, "Whom should I suppress", "attach a CSV"),
        ({"a.csv": b"x@a.com\n", "b.csv": b"y@b.com\n"}, {}, "Which of the files", "Name it"),
        ({"a.csv": b"x@a.com\n"}, {"file": "c.csv"}, "not attached", "Attached: a.csv"),
        ({}, {"file": "c.csv"}, "no file attached", "Attach the list"),
        ({"a.csv": b""}, {}, "empty", "one with an address per row"),
        ({"a.csv": b"PK\x03\x04"}, {}, "workbook", "Save it as CSV"),
        ({"a.csv": b"Email\n"}, {}, "a header and no rows", "Attach one with people in it"),
        ({}, {"emails": ["jane@acme.com", "nobody", "also not"]}, "no e-mail addresses", "name@company.com"),
    ],
)
def test_what_cannot_be_taken_is_said_with_a_way_out(
    stack: Any, files: dict[str, bytes], args: dict[str, object], what: str, hint: str
) -> None:
    """Nothing is planned for a part of what was asked when the rest is unclear."""
    with pytest.raises(InvalidArguments, match=what) as caught:
        suppress(stack, files=files, **args)
    assert hint in caught.value.do


def test_the_faults_name_the_bad_addresses(stack: Any) -> None:
    """So that the person can mend them."""
    with pytest.raises(InvalidArguments) as caught:
        suppress(stack, emails=[JANE, "nobody", "also not"])
    assert caught.value.on == "nobody, also not"


def test_nothing_is_read_before_the_rows_are(stack: Any) -> None:
    """A file is known, and then people are resolved block by block, once per system."""
    content = "".join(f"p{number}@acme.com\n" for number in range(300)).encode()
    plan = suppress_contacts.call(stack.context(files={"a.csv": content}), {})
    assert isinstance(plan, Plan)
    assert stack.sendgrid.asked == []
    rows = iter(plan.rows)
    next(rows)
    assert stack.sendgrid.asked == ["people"]
    assert 1 + sum(1 for _ in rows) == 300
    assert stack.sendgrid.asked == ["people"]


def test_blocks_are_streamed() -> None:
    """No address beyond the block at hand is looked at, and none is lost."""
    seen: list[int] = []
    source = (seen.append(number) or f"p{number}@acme.com" for number in range(2 * BLOCK + 1))
    found = blocks(source)
    assert len(next(found)) == BLOCK
    assert len(seen) == BLOCK
    assert [len(block) for block in found] == [BLOCK, 1]
