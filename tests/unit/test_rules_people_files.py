"""Columns in four languages, rows as people send them, and why a row is no person."""

import pytest

from tools.errors import InvalidArguments
from tools.rules.column_words import said_of_columns
from tools.rules.header_mapping import layout, meaning_of
from tools.rules.list_cells import addresses_in, clean
from tools.rules.people_files import FileRow, open_file
from tools.rules.tabular import lines


def rows(text: str) -> list[FileRow]:
    return list(open_file(text.encode(), "list.csv").rows)


@pytest.mark.parametrize(
    ("title", "meaning"),
    [("E-Mail-Adresse", "address"), ("Adresse électronique", "address"), ("Correo electrónico", "address"),
     ("contact_email", "address"), ("Prénom", "first_name"), ("FirstName", "first_name"), ("Vorname",
     "first_name"),
     ("Last", "last_name"), ("Apellidos", "last_name"), ("Full name", "full_name"), ("Firma", "company"),
     ("Raison sociale", "company"), ("Job Title", "title"), ("Telefon-Nr.", "phone"), ("Mobile Phone",
     "phone"),
     ("Mailing Country", "country"), ("PLZ", "postal_code"), ("Lead Source", "lead_source"),
     ("Has Opted Out Of Email", "opted_out"), ("Einwilligung", "opted_in"), ("Status", "consent_status"),
     ("Notes", None), ("", None)],
)  # fmt: skip
def test_what_a_title_means(title: str, meaning: str | None) -> None:
    """In English, German, French and Spanish; without case, accents and punctuation."""
    assert meaning_of(title) == meaning


def test_the_mapping_is_a_sentence_people_can_check() -> None:
    """What is used, as what, and what is left out."""
    file = open_file(b"Booth scans of Tuesday;;;\n\nE-Mail;Firma;Notes;\na@x.com;Acme;hot;\n", "x.csv")
    assert file.layout.sentence() == "E-Mail → E-mail; Firma → Company; left out: Notes"
    assert [row.values for row in file.rows] == [{"address": "a@x.com", "company": "Acme"}]


def test_a_file_without_a_header_keeps_what_is_sure() -> None:
    """The address and the country are known by what they are; the rest would be guessing."""
    file = open_file(b"a@x.com,Jane,Deutschland\nb@x.com,Bob,FR\n", "x.csv")
    assert file.layout.header == 0
    assert file.layout.sentence() == "column 1 → E-mail; column 3 → Country; left out: column 2"
    assert [row.values["country"] for row in file.rows] == ["Deutschland", "FR"]


def test_a_column_can_be_said_to_mean_something() -> None:
    """By name or number; what fits no column or field is a question with choices."""
    head = list(lines(b"Email,Org,Stuff\na@x.com,Acme,y\n", "x"))
    found = layout(head, "x", said_of_columns(["org = the company", "3: ignore"]))
    assert found.sentence() == "Email → E-mail; Org → Company; left out: Stuff"
    assert [each.how for each in found.columns] == ["title", "said", "said"]
    for said in (["Orgg=company"], ["Org=shoe size"]):
        with pytest.raises(InvalidArguments) as caught:
            layout(head, "x", said_of_columns(said))
        assert caught.value.choices


@pytest.mark.parametrize(
    ("said", "what"),
    [(["Mail=address"], "2 columns of that title"),
     (["4=company", "5=company"], "cannot both be the company"),
     (["just words"], "does not say what a column is"), (["99=company"], "no such column")],
)  # fmt: skip
def test_what_is_said_of_columns_has_to_be_clear(said: list[str], what: str) -> None:
    """Two of one title, two of one meaning, none at all: each is a question."""
    head = list(lines("Mail,Mail,会社,A,B\na@x.com,b@x.com,Acme,x,y\n".encode(), "x"))
    with pytest.raises(InvalidArguments, match=what):
        layout(head, "x", said_of_columns(said))
    assert layout(head, "x", said_of_columns(["Column 2=address", "会社=firma"])).sentence() == (
        "Mail (column 2) → E-mail; 会社 → Company; left out: Mail (column 1), A, B"
    )


@pytest.mark.parametrize(
    ("text", "rivals"),
    [("Email,Work Email\na@x.com,a2@x.com\nb@x.com,\n", ["Email", "Work Email"]),
     ("Email,Work Email\na@x.com,A@x.com\n", []), ("Email,Work Email\na@x.com,\nb@x.com,\n", []),
     ("Email,Mail 2\na@x.com,\n,b@x.com\n", ["Email", "Mail 2"]),
     ("Kontaktinfo,Firma\na@x.com,Acme\n", ["Kontaktinfo"]), ("Kontaktinfo\na@x.com\n", []),
     ("a@x.com,b@x.com\nc@x.com,d@x.com\n", ["column 1", "column 2"]), ("a@x.com,Jane\n", []),
     ("Owner,Email\nmax@us.com,a@x.com\n", []), ("Email,Notes\na@x.com,see b@x.com\n", [])],
)  # fmt: skip
def test_a_guess_between_columns_is_known_for_one(text: str, rivals: list[str]) -> None:
    """Several called so with different people, or none called so: whoever reads the file may ask."""
    assert [each.title for each in layout(list(lines(text.encode(), "x")), "x").rivals] == rivals


def test_a_name_beside_the_first_name_is_the_last_one() -> None:
    """`Vorname; Name` is how German lists say it; a whole name is split only where it stands alone."""
    assert rows("Email,Vorname,Name\na@x.com,Ana,Neu\n")[0].values["last_name"] == "Neu"
    assert rows("Email,Surname,Name\na@x.com,Neu,Ana\n")[0].values["first_name"] == "Ana"


def test_why_a_column_is_left_out() -> None:
    """Another is that already, it says nothing new, a person said so, or nothing is called so."""
    head = list(
        lines(b"Email,Firma,Company,Name,First name,Last name,Stuff,Old\na@x.com,A,B,C D,C,D,s,o\n", "x")
    )
    found = layout(head, "x", said_of_columns(["Old=ignore", "Stuff=firma"]))
    assert {each.title: each.why for each in found.columns if each.why} == {
        "Firma": "Stuff is the company", "Company": "Stuff is the company",
        "Name": "first and last name have columns of their own", "Old": "you said so",
    }  # fmt: skip


def test_a_whole_name_is_split_unless_its_parts_are_there() -> None:
    """`Doe, Jane` and `Dr. Ana de la Cruz` come apart as people mean them."""
    assert rows('Email,Name\na@x.com,"Doe, Jane"\n')[0].values["last_name"] == "Doe"
    both = rows("Email,Name,First name,Last name\na@x.com,Ms J Doe,Jane,Doe\n")[0].values
    assert both == {"address": "a@x.com", "first_name": "Jane", "last_name": "Doe"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [("n/a,Jane", "no e-mail address"), ("jane(at)x.com,Jane", "not an e-mail address"), ("Total,3",
    "a row of totals"),
     ("a@x.com; b@x.com,Jane", "2 addresses in one cell; put each person on a row of their own"),
     ("a@x.com,Jane,extra", "3 cells where the header has 2: probably a comma outside quotes"),
     ("Email,Name", "the header once more"), ("a@x.com,Jane,,", "")],
)  # fmt: skip
def test_why_a_row_is_no_person(row: str, problem: str) -> None:
    """In words that tell how to mend it."""
    assert rows(f"Email,Name\nfirst@x.com,First\n{row}\n")[1].problem == problem


@pytest.mark.parametrize(
    ("cell", "value"),
    [("=HYPERLINK(1)", "HYPERLINK(1)"), ("@SUM(A1)", "SUM(A1)"), ('="00123"', "00123"), ("+49 89 1234",
    "+49 89 1234"),
     ("N/A", ""), ("-", ""), (" a \n b ", "a b"), ("'=x", "x"), ("x" * 600, "x" * 500)],
)  # fmt: skip
def test_a_cell_becomes_a_harmless_value(cell: str, value: str) -> None:
    """No formula leaves a file for the CRM; the ways of writing nothing are nothing."""
    assert clean(cell) == value


def test_every_address_of_a_cell_is_found() -> None:
    """As mail clients, Slack and people write them, each once."""
    cell = "Jane <Jane@X.com>, <mailto:bob@x.com|bob@x.com> | jane@x.com;mailto:lee@x.com"
    assert addresses_in(cell) == ("jane@x.com", "bob@x.com", "lee@x.com")


@pytest.mark.parametrize(
    ("header", "cell", "consent"),
    [("Opt in", "ja", "opted in"), ("Opt out", "x", "opted out"), ("Opt out", "no", "opted in"),
     ("Status", "Unsubscribed", "opted out"), ("Status", "abonné", "opted in"), ("Status", "hot", ""),
     ("Consent", "opted in", "opted in"), ("Consent", "Opted-Out", "opted out"),
     ("Opt in", "unsubscribed", "opted out"), ("Opt in", "Subscribed", "opted in"),
     ("Opt out", "Unsubscribed", "opted out"), ("GDPR consent", "withdrawn", "opted out")],
)  # fmt: skip
def test_what_a_row_says_of_consent(header: str, cell: str, consent: str) -> None:
    """An opt-out is heard in whatever column."""
    assert rows(f"Email,{header}\na@x.com,{cell}\n")[0].consent == consent


@pytest.mark.untraced
def test_two_hundred_thousand_rows_stream() -> None:
    """The first row is there before the last is looked at, and nothing is kept of the others."""
    content = b"Email,Name\n" + b"".join(b"p%d@x.com,P %d\n" % (n, n) for n in range(200_000))
    stream = open_file(content, "big.csv").rows
    assert next(stream).line == 2
    assert sum(1 for row in stream if not row.problem) == 199_999


@pytest.mark.parametrize("digits", [32, 40, 64])
def test_a_list_of_hashes_is_told_from_one_without_addresses(digits: int) -> None:
    """Partners send stop lists as hashes; nobody can be found by one, and that is said."""
    text = "id,email_hash\n1," + "0aF9" * (digits // 4) + "\n"
    with pytest.raises(InvalidArguments, match="holds hashes") as caught:
        rows(text)
    assert "ask whoever sent it" in caught.value.do
