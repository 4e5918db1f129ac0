"""Questions without an answer: kept without personal data, grouped into what to write."""

from datetime import UTC, datetime

from knowledge.gaps import Gap, blanked, gap_of, themes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def gap(question: str, nearest: str = "", at: datetime = NOW) -> Gap:
    """A gap asked then."""
    return Gap(question=question, why="none", nearest=nearest, at=at)


def test_an_answered_question_leaves_no_gap_unless_it_did_not_help(shelf) -> None:
    """None and closest are gaps; an answer is one when somebody says so."""
    shelf.write("caps.md", "# Frequency caps\n\nThree messages a week at most.\n")
    shelf.index()
    found = shelf.ask("frequency caps")
    assert found.outcome == "answer"
    assert gap_of("frequency caps", found, now=NOW) is None
    unhelpful = gap_of("frequency caps", found, now=NOW, unhelpful=True)
    assert unhelpful is not None
    assert (unhelpful.why, unhelpful.nearest) == ("thumbs_down", "caps.md")
    missing = gap_of("wifi password", shelf.ask("wifi password"), now=NOW)
    assert missing is not None
    assert (missing.why, missing.nearest) == ("none", "")


def test_questions_are_kept_without_addresses_and_numbers() -> None:
    """Whom a question was about is nobody's business later."""
    assert blanked("why is  Jane.Doe@example.com\n not mailed, call +49 (30) 123-4567") == (
        "why is <address> not mailed, call <number>"
    )


def test_questions_about_one_thing_are_one_theme() -> None:
    """Most asked first, with the page that comes closest most often."""
    found = themes(
        [
            gap("how do I set up RCS messaging"),
            gap("who approves the swag budget", "runbooks/approvals.md"),
            gap("swag budget approval", "runbooks/approvals.md"),
            gap("what is our swag budget?", "runbooks/vendor-renewal.md"),
            gap("the of and"),
        ]
    )
    assert [(theme.times, theme.nearest) for theme in found] == [(3, "runbooks/approvals.md"), (1, "")]
    assert found[0].question == "swag budget approval"
    assert len(found[0].others) == 2
    assert themes([]) == []
