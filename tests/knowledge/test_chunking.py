"""Passages: by heading, about one size, nothing lost, code, tables and HTML whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.chunking import SIZE, Passage, passages, slug
from knowledge.runbook import read_page

LONG = "A sentence about bounces. " * 20


def cut(text: str, path: str = "p.md") -> list[Passage]:
    """The passages of a page with this text."""
    return passages(read_page(path, text.encode()))


def test_sections_become_passages_with_their_headings_above_them() -> None:
    """The trail is title > H2 > H3 and the id is path, heading, number."""
    made = cut(f"# Title\n\n## First\n\n{LONG}\n\n### Deep\n\n{LONG}\n\n## Second\n\n{LONG}")
    assert [passage.trail for passage in made] == ["Title > First", "Title > First > Deep", "Title > Second"]
    assert [passage.id for passage in made] == ["p.md#first#1", "p.md#deep#1", "p.md#second#1"]
    assert made[1].indexed.startswith("Title > First > Deep\nA sentence")


def test_small_sections_share_a_passage_and_keep_their_headings() -> None:
    """Packed sections can still be cited one by one."""
    (made,) = cut("# T\n\n## A\n\n### One\n\nshort\n\n### Two\n\nalso short")
    assert [part.heading for part in made.parts] == ["A", "One", "Two"]
    assert "Two\nalso short" in made.body


def test_small_sections_of_different_chapters_stay_apart() -> None:
    """A passage never spans two chapters that both have text."""
    made = cut(f"# T\n\n## A\n\n{'word ' * 30}\n\n## B\n\n{'term ' * 30}")
    assert [passage.parts[0].heading for passage in made] == ["A", "B"]


def test_the_same_heading_twice_gives_two_ids() -> None:
    """Ids are unique within a page."""
    made = cut(f"# T\n\n## Same\n\n{LONG}\n\n## Same\n\n{LONG}")
    assert [passage.id for passage in made] == ["p.md#same#1", "p.md#same#2"]


def test_headings_in_code_and_comments_are_text() -> None:
    """A comment in a shell script is no section."""
    made = cut(
        "# T\n\n```sh\n# not a heading\n```\n\n~~~\n## nor this\n~~~\n\n<!-- \n# nor this\n-->\n\ntext"
    )
    assert len(made) == 1
    assert "# not a heading" in made[0].body
    assert "nor this\n-->" not in made[0].body


def test_underlined_headings_count() -> None:
    """Setext headings make sections, a table's rule and a divider do not."""
    made = cut(f"T\n===\n\nPart\n----\n\n{LONG}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\nend")
    assert {part.heading for passage in made for part in passage.parts} == {"Part"}


def test_a_long_table_is_cut_between_rows_under_its_head() -> None:
    """Each piece starts with the head, and no row is lost."""
    rows = [f"| row {number} | {'x' * 60} |" for number in range(60)]
    made = cut("# T\n\n## Table\n\n| name | value |\n|---|---|\n" + "\n".join(rows))
    assert len(made) > 2
    assert all(passage.body.startswith("| name | value |") for passage in made)
    assert all(sum(row in passage.body for passage in made) == 1 for row in rows)


def test_long_code_is_cut_between_lines_inside_fences() -> None:
    """Each piece is a fence of its own."""
    code = "\n".join(f"call({number})" for number in range(400))
    made = cut(f"# T\n\n```python\n{code}\n```")
    assert len(made) > 2
    assert all(passage.body.startswith("```python\n") and passage.body.endswith("\n```") for passage in made)
    assert all(f"call({number})" in "\n".join(p.body for p in made) for number in range(400))


def test_one_endless_word_is_cut() -> None:
    """A line without a space does not make a passage without end."""
    made = cut("# T\n\n" + "x" * 10_000)
    assert max(len(passage.body) for passage in made) <= SIZE
    assert sum(passage.body.count("x") for passage in made) == 10_000


def test_html_and_links_become_plain_text() -> None:
    """Tags, scripts and shortcodes go, the words in them stay."""
    (made,) = cut(
        "# T\n\n<div class='x'><b>Bold</b></div> [a link](http://x.example) ![alt](y.png) **strong** "
        "<script>alert('no')</script> {{< note >}} a &lt; b\n\n> [!NOTE]\n> kept [!UICONTROL Save]"
    )
    assert "Bold" in made.body
    assert "a link alt strong" in made.body
    assert "a < b" in made.body
    assert "kept Save" in made.body
    assert not any(gone in made.body for gone in ("alert", "div", "x.example", "note >", "[!"))


def test_a_section_names_a_tool_and_how_to_ask_for_it() -> None:
    """The hint is read from a comment, the words from the line that begins with Ask."""
    (made,) = cut('# T\n\n## Purge\n\nAsk: "purge the bounced contacts"\n<!-- tool: purge_bounces -->\n')
    assert (made.parts[0].tool, made.parts[0].ask) == ("purge_bounces", "purge the bounced contacts")
    assert "tool:" not in made.body


def test_a_heading_with_nothing_under_it_can_still_be_found() -> None:
    """An empty section is kept for its heading."""
    made = cut("# T\n\n## Empty one\n\n## Other\n\ntext")
    assert any(part.heading == "Empty one" for passage in made for part in passage.parts)


@pytest.mark.parametrize(
    ("heading", "anchor"), [("Who *approves*?", "who-approves"), ("§", "top"), ("Größe 2", "größe-2")]
)
def test_anchors_are_readable(heading: str, anchor: str) -> None:
    """Letters of any language stay, everything else becomes a dash."""
    assert slug(heading) == anchor


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "# H",
                "## A",
                "### B",
                "text words",
                "- item",
                "```",
                "| a | b |",
                "|---|---|",
                "",
                "<!--",
                "-->",
                "x" * 1500,
            ]
        ),
        max_size=40,
    )
)
def test_any_mixture_of_lines_is_cut_without_failing(lines: list[str]) -> None:
    """Passages stay near their size, ids are unique, and cutting twice gives the same."""
    made = cut("\n".join(lines))
    assert len({passage.id for passage in made}) == len(made)
    assert all(len(passage.body) <= SIZE * 1.3 for passage in made)
    assert made == cut("\n".join(lines))
