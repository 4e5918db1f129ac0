"""Pages as they are read: front matter in every state of repair, encodings, binary, empty, huge."""

from datetime import date

import pytest

from knowledge.runbook import MAX_BYTES, is_stale, read_page

GOOD = b"""---
title: Bounces
owner: dana
team: marops
last_reviewed: 2026-03-01
review_every: 90d
status: active
supersedes: [old-bounces.md]
audience: marops, admin
---
# Something else

Text.
"""


def test_front_matter_is_read() -> None:
    """Every key of the front matter arrives with its type."""
    page = read_page("a/bounces.md", GOOD)
    assert (page.title, page.owner, page.team, page.status) == ("Bounces", "dana", "marops", "active")
    assert (page.last_reviewed, page.review_days) == (date(2026, 3, 1), 90)
    assert (page.supersedes, page.audience) == (("old-bounces.md",), ("marops", "admin"))
    assert page.problems == ()
    assert page.body.startswith("# Something else")


def test_a_page_without_front_matter_takes_its_first_heading_as_title() -> None:
    """Nothing is required of a page."""
    page = read_page("x.md", b"```\n# not this\n```\n# Real *title*\n\ntext")
    assert (page.title, page.problems, page.audience) == ("Real title", (), ())


@pytest.mark.parametrize(
    ("path", "title"),
    [("lists/import-rules.md", "Import rules"), ("lists/index.md", "Lists"), ("_.md", "_.md")],
)
def test_a_page_without_any_heading_is_called_like_its_file(path: str, title: str) -> None:
    """The file's name becomes the title, an index page takes its folder's."""
    assert read_page(path, b"just text").title == title


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        (b"title: [unclosed\nowner: dana", "not valid YAML"),
        (b"- a\n- b", "not a list of `key: value` lines"),
        (b"last_reviewed: 2026-13-45", "last_reviewed"),
        (b"last_reviewed: last spring", "should be a date"),
        (b"review_every: sometimes", "should be a time"),
        (b"status: whatever", "should be active, draft or deprecated"),
        (b"title: {a: b}", "should be one line of text"),
        (b"supersedes: {a: b}", "should be a word or a list"),
        (b"a: &a [x,x]\nb: &b [*a,*a]\naudience: [*b,*b]", "should be a word or a list"),
        (b"x: " + b"y" * 20_000, "too long"),
    ],
)
def test_malformed_front_matter_is_reported_and_the_page_served(block: bytes, problem: str) -> None:
    """A broken page says what is wrong with it and keeps its text."""
    page = read_page("x.md", b"---\n" + block + b"\n---\n# Title\n\nText here.")
    assert any(problem in found for found in page.problems), page.problems
    assert "Text here." in page.body


def test_front_matter_that_never_ends_is_reported() -> None:
    """The whole page is then text."""
    page = read_page("x.md", b"---\ntitle: Open\n\nText here.")
    assert "not closed" in page.problems[0]
    assert "Text here." in page.body
    assert page.title == "Open"


def test_broken_yaml_still_gives_the_keys_that_can_be_read() -> None:
    """Keys are salvaged line by line, the audience among them."""
    page = read_page("x.md", b"---\ntitle: Good\nowner: [bad\naudience: marops\n---\ntext")
    assert (page.title, page.audience) == ("Good", ("marops",))


def test_an_audience_that_cannot_be_read_closes_the_page() -> None:
    """A page that meant to be restricted does not become public through a slip."""
    page = read_page("x.md", b"---\naudience: {only: marops\ntitle: x\n---\ntext")
    assert page.audience == ("admin",)
    assert any("audience" in problem for problem in page.problems)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_are_read(encoding: str) -> None:
    """Text with accents survives every usual encoding; the odd one is reported."""
    page = read_page("x.md", "# Café\r\n\r\nNaïve – text".encode(encoding))
    assert (page.title, "Naïve – text" in page.body) == ("Café", True)
    assert bool(page.problems) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("content", "problem"), [(b"", "empty"), (b" \n\n ", "empty"), (b"\x89PNG\x00\x01", "binary")]
)
def test_pages_without_text_are_reported(content: bytes, problem: str) -> None:
    """Binary and empty files are not served."""
    page = read_page("x.md", content)
    assert not page.readable
    assert problem in page.problems[0]


def test_a_huge_page_is_cut_at_a_whole_character() -> None:
    """Only the beginning is read, and the page says so."""
    page = read_page("x.md", ("é" * MAX_BYTES).encode())
    assert "larger than" in page.problems[0]
    assert len(page.problems) == 1
    assert set(page.body) == {"é"}


@pytest.mark.parametrize(
    ("reviewed", "days", "stale"),
    [
        (date(2026, 3, 1), 90, True),
        (date(2026, 10, 1), 90, False),
        (None, 90, True),
        (None, None, False),
        (date(2020, 1, 1), None, False),
    ],
)
def test_a_page_is_stale_once_its_review_is_overdue(
    reviewed: date | None, days: int | None, stale: bool
) -> None:
    """A page without a rhythm never is; one with a rhythm and no date always is."""
    assert is_stale(reviewed, days, date(2026, 11, 22)) is stale


@pytest.mark.parametrize(
    ("written", "days"), [("90d", 90), ("6 months", 180), ("2 weeks", 14), ("1y", 365), ("45", 45)]
)
def test_review_rhythms_can_be_written_in_words(written: str, days: int) -> None:
    """Days, weeks, months and years are understood."""
    assert read_page("x.md", f"---\nreview_every: {written}\n---\nx".encode()).review_days == days
