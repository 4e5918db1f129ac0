"""Files as they really come: read whatever their encoding, or refused with what to do; and their way back."""

import csv
import io
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest

from tools.answer import File
from tools.errors import InvalidArguments

TEXT = "Email,Name,City\njane@acme.com,Jané Dœ,Köln\nbob@acme.com,Bob B,Bonn\n"
WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


def scan(content: bytes, name: str = "list.csv") -> Any:
    """The file looked through as an import does before it asks any vendor."""
    from tools.catalog.import_file import scanned

    context: Any = SimpleNamespace(files={name: File(name=name, content=content)})
    return scanned(context, name)


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, TEXT)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [TEXT.encode("utf-16"), TEXT.replace(",", "\t").encode("utf-16"), TEXT.encode("cp1252"),
     TEXT.encode("utf-8-sig"), TEXT.replace(",", ";").encode(), TEXT.replace(",", "|").encode(),
     TEXT.replace("Köln", '"Köln\nam Rhein"').encode(), TEXT.replace("\n", "\r").encode()],
)  # fmt: skip
def test_any_export_of_a_spreadsheet_is_read(content: bytes) -> None:
    """UTF-16 with its mark, Windows' own letters, semicolons, tabs, pipes, line ends inside a cell."""
    jane, bob = scan(content).good()
    assert (jane.addresses, jane.values["last_name"], bob.values["city"]) == (
        ("jane@acme.com",),
        "Dœ",
        "Bonn",
    )


@pytest.mark.parametrize(
    ("content", "what", "do"),
    [
        (b"", "The file is empty", "Attach one with an address per row"),
        (b"\r\n , ,\r\n", "The file is empty", "Attach one with an address per row"),
        (b"Email,Name\n", "The file has a header and no rows", "Attach one with people in it"),
        (b"Name,City\nJane,Bonn\n", "No column of the file holds addresses", "column Name is the address"),
        (bytes(range(256)) * 8, "That is not a text file", "Save it as CSV or XLSX"),
        (b"%PDF-1.7", "That is a PDF", "Save it as CSV or XLSX"),
        (b"{\\rtf1 jane@acme.com}", "That is a text document", "Save it as CSV or XLSX"),
        (b"<html><table><tr><td>jane@acme.com", "That is a web page or XML", "Open it in Excel"),
        (b'[{"email": "jane@acme.com"}]', "That is JSON", "Save it as CSV or XLSX"),
        (WORKBOOK + "EncryptedPackage".encode("utf-16-le"), "with a password", "Save it without one"),
        (WORKBOOK, "That workbook cannot be read", "Save it as CSV or XLSX"),
        (zipped("leads.csv"), "That is a zip archive, not a workbook", "Unpack it"),
        (b"PK\x03\x04whatever", "damaged", "Save it as CSV or XLSX"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_what_to_do(content: bytes, what: str, do: str) -> None:
    """One sentence that names the file, what it is, and the way out."""
    with pytest.raises(InvalidArguments, match=what) as caught:
        scan(content)
    assert do in caught.value.do
    assert "list.csv" in caught.value.on


def test_a_formula_never_reaches_a_vendor() -> None:
    """The address in a HYPERLINK is found, the call of a program is only words."""
    text = 'Email,Company\n"=HYPERLINK(""http://x.example"",""jane@acme.com"")","=cmd|\' /C calc\'!A0"\n'
    [row] = scan(text.encode()).good()
    assert row.addresses == ("jane@acme.com",)
    assert row.values["company"] == "cmd|' /C calc'!A0"


@pytest.mark.untraced
def test_a_file_of_forty_megabytes_is_read_in_little_more_than_its_size() -> None:
    """What is kept of a row is eight bytes for its address; the time grows with the rows."""
    import tracemalloc

    note = "x" * 1_900
    content = b"Email,Notes\n" + b"".join(b"p%d@acme.com,%s\n" % (n, note.encode()) for n in range(21_000))
    assert len(content) > 40_000_000
    tracemalloc.start()
    found = scan(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.people == 21_000
    assert peak < 60_000_000  # decoding copies the bytes once; rows are not kept


def test_rejected_rows_come_back_and_go_in_again(own_twin: Any, max_: Any) -> None:
    """The file opens in a spreadsheet, runs nothing there, and is a list again once mended."""
    gone = own_twin.traps()["opted_out_only_in_sendgrid"][0]["email"]
    text = (
        "Email;Vorname;Firma;Notes\nann@newco.example;Ann;Newco;\nbob(at)newco.example;=cmd|calc;+Bobco;@x\n"
        f"{gone};;;\nann@newco.example;;;twice\n"
    )
    max_.asks("import fair.csv", text, "fair.csv")
    content = max_.file("fair-not-imported.csv")
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert header == ["line", "why it was not imported", "Email", "Vorname", "Firma", "Notes"]
    assert [row[0] for row in rows] == ["3", "4", "5"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    mended = content.replace(b"bob(at)newco.example", b"bob@newco.example")
    reply = max_.asks("import fair-not-imported.csv", mended, "fair-not-imported.csv")
    decided = {row[0]: row[1:3] for row in max_.table(reply, "Columns")}
    assert decided["line"] == decided["why it was not imported"] == ("ignored", "I wrote it myself")
    with max_.engine.store.read() as connection:
        from bot.store import plans

        made = [each for each in plans.rows(connection, reply.card.header.key) if each.object == "Lead"]
    [bob] = [each.set for each in made if each.set["Email"] == "bob@newco.example"]
    assert (bob["FirstName"], bob["Company"]) == ("Cmd|calc", "Bobco")
    again = max_.file("fair-not-imported.csv").decode("utf-8-sig")
    assert again.splitlines()[0] == "line,why it was not imported,Email,Vorname,Firma,Notes"
    assert gone in again


def test_which_sheet_of_a_workbook_is_read_is_said() -> None:
    """The first with addresses; the others that hold anything are named, with what to do."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Read me"
    book.active.append(["How to use this list"])
    for name, address in (("Leads", "ann@newco.example"), ("Old", "bob@newco.example")):
        sheet = book.create_sheet(name)
        sheet.append(["E-Mail", "Name"])
        sheet.append([address, "Somebody"])
    book.create_sheet("Empty")
    out = io.BytesIO()
    book.save(out)
    found = scan(out.getvalue(), "list.xlsx")
    assert [row.addresses[0] for row in found.good()] == ["ann@newco.example"]
    assert list(found.sentences()) == [
        "Only the sheet “Leads” is read, not “Read me” and “Old”: attach another as a file of its own."
    ]


def test_a_list_without_titles_says_how_to_name_its_columns() -> None:
    """By number; a list of addresses alone needs nothing said."""
    text = b"ann@newco.example,Ann,Germany\nbob@newco.example,Bob,France\n"
    assert list(scan(text).sentences()) == [
        "The list has no titles: say what its columns are, as “column 2 is the job title”."
    ]
    assert list(scan(b"ann@newco.example\nbob@newco.example\n").sentences()) == []
