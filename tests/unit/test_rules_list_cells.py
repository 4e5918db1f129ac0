"""Cells of a list: whose address it is, which value a cell has lost, what a column says of consent."""

import pytest

from tools.rules.consent_cells import consent_said, title_of_consent
from tools.rules.list_cells import addresses_in, clean, lost
from tools.rules.people_files import FileRow, open_file


def rows(text: str) -> list[FileRow]:
    return list(open_file(text.encode(), "list.csv").rows)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Sean.O'Brien@acme.com", ("sean.o'brien@acme.com",)),
        ("'lee@acme.com'", ("lee@acme.com",)),
        ('o"neil@acme.com', ()),
        ("john smith@acme.com", ()),
        ("John Smith john.smith@acme.com", ("john.smith@acme.com",)),
        ("Smith, John <john@acme.com>", ("john@acme.com",)),
        ("Email: john@acme.com", ("john@acme.com",)),
        ("Jo Doe <x.y@acme.com>", ("x.y@acme.com",)),
        ("Jo Doe (x.y@acme.com)", ("x.y@acme.com",)),
        (".dot@acme.com.", (".dot@acme.com",)),
    ],
)
def test_a_piece_of_an_address_is_nobodys(cell: str, found: tuple[str, ...]) -> None:
    """An apostrophe belongs to a name; what a quotation mark or a blank has cut off is not somebody else."""
    assert addresses_in(cell) == found


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("4.91512E+12", "a spreadsheet has shortened"),
        ("4,91E+11", "a spreadsheet has shortened"),
        ('=CONCATENATE("A","B")', "a formula stands there"),
        ("=VLOOKUP(A2,B:C,2)", "a formula stands there"),
        ('=HYPERLINK("https://acme.com","Acme")', ""),
        ("+49 89 1234", ""),
        ("1E Mail Corp", ""),
        ("=cmd|' /C calc'!A0", ""),
    ],
)
def test_what_a_spreadsheet_has_lost_is_no_value(cell: str, why: str) -> None:
    """The digits of a long number and the result of a formula cannot be had from what is left."""
    assert (why in lost(cell)) if why else not lost(cell)


def test_a_link_is_what_it_shows() -> None:
    """Its words where it has any, else where it leads."""
    assert clean('=HYPERLINK("https://acme.com","Acme")') == "Acme"
    assert clean('=HYPERLINK("https://acme.com")') == "https://acme.com"
    [row] = rows('Email,Phone,Name\na@x.com,4.9E+12,"=LEFT(A1,3)"\n')
    assert (row.values, set(row.unread)) == ({"address": "a@x.com"}, {"phone", "last_name"})


@pytest.mark.parametrize(
    ("title", "meaning"),
    [
        ("Unsubscribed from all email", "opted_out"),
        ("UNSUB_TIME", "opted_out"),
        ("Opt-Out Date", "opted_out"),
        ("Abgemeldet am", "opted_out"),
        ("unsubscribedReason", "opted_out"),
        ("hs_email_optout_123", "opted_out"),
        ("Opted out of email: Newsletter", "opted_out"),
        ("I agree to receive marketing emails from you", "opted_in"),
        ("Werbeeinwilligung", "opted_in"),
        ("Newsletter-Einwilligung", "opted_in"),
        ("Newsletter", "opted_in"),
        ("OPTIN_TIME", None),
        ("Fax Opt Out", None),
        ("Do Not Call", None),
        ("Unsubscribe link", None),
        ("I agree to the privacy policy", None),
        ("Newsletter topic", None),
        ("Company", None),
    ],
)
def test_titles_of_consent_are_known_as_vendors_write_them(title: str, meaning: str | None) -> None:
    """The exports of mail tools, event pages and German forms; the phone and the small print are others."""
    assert title_of_consent(title) == meaning


@pytest.mark.parametrize(
    ("meaning", "cell", "consent"),
    [
        ("opted_out", "2025-05-01 10:00", "opted out"),
        ("opted_out", "NORMAL (No longer interested)", "opted out"),
        ("opted_out", "no", "opted in"),
        ("opted_out", "n/a", ""),
        ("opted_in", "Nein", "said no"),
        ("opted_in", "Ja, ich will", "opted in"),
        ("opted_in", "withdrawn", "opted out"),
        ("opted_in", "2026-03-01", ""),
        ("opted_in", "Yes, and I know that I can unsubscribe at any time", "opted in"),
        ("opted_in", "We will send you news about our products; you can unsubscribe at any time", ""),
        ("consent_status", "Do Not Contact", "opted out"),
        ("consent_status", "Unsubscribed (2025)", "opted out"),
        ("consent_status", "Declined", ""),
    ],
)
def test_a_doubt_is_read_as_the_stricter_answer(meaning: str, cell: str, consent: str) -> None:
    """A day or a reason in a column of opt-outs is an opt-out; the day of an opt-in is no yes."""
    assert consent_said(meaning, cell) == consent  # type: ignore[arg-type]  # each is a meaning


def test_an_opt_out_beside_a_consent_wins() -> None:
    """Every column that speaks of consent is heard, the strictest counts."""
    header = "Email,GDPR consent,Newsletter,UNSUB_TIME\n"
    text = f"{header}a@x.com,yes,no,\nb@x.com,yes,yes,2025-05-01\nc@x.com,yes,,\n"
    assert [row.consent for row in rows(text)] == ["said no", "opted out", "opted in"]


def test_a_status_of_who_came_is_the_campaigns() -> None:
    """Attended and no-show are no consent; where one cell is, the column is."""
    assert rows("Email,Status\na@x.com,Attended\nb@x.com,No Show\n")[1].values["member_status"] == "No Show"
    assert rows("Email,Status\na@x.com,Attended\nb@x.com,Unsubscribed\n")[1].consent == "opted out"


def test_people_swallowed_by_a_quotation_mark_are_missed() -> None:
    """One that is closed lines later hides whole rows in a cell: the row is handed back with their number."""
    text = 'Email,Company,Title\na@x.com,"Acme,CMO\nb@x.com,Beta,CEO\nc@x.com,Gamma,"VP"\n'
    [row] = rows(text)
    assert (
        row.problem == "a quotation mark is opened here and closed too late: 2 more lines stand in one cell"
    )
    noted = 'Email,Notes\na@x.com,"call me:\nboss@x.com"\n'
    assert not rows(noted)[0].problem


def test_cells_merged_over_rows_stand_in_each() -> None:
    """A company merged down over its people is everybody's, and column letters are the sheet's."""
    import io

    from openpyxl import Workbook

    from tools.rules.tabular import lines

    book = Workbook()
    sheet = book.active
    for row in (["Firma", "E-Mail"], ["Acme", "a@x.com"], [None, "b@x.com"], ["Beta", "c@x.com"]):
        sheet.append([None, *row])
    sheet.merge_cells("B2:B3")
    out = io.BytesIO()
    book.save(out)
    assert [line.cells for line in lines(out.getvalue(), "x")][1:] == [
        ("", "Acme", "a@x.com"),
        ("", "Acme", "b@x.com"),
        ("", "Beta", "c@x.com"),
    ]
