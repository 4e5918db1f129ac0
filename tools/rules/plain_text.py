"""Text from records and files made harmless: cells that a spreadsheet would run, letters nobody can see."""

import re
import unicodedata

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ADDRESS = re.compile(r"[^\s@<>|,;]+@[^\s@<>|,;]+\.[^\s@<>|,;.]+")
_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
_KEPT = frozenset("\n\t")


def neutral_cell(value: object) -> str:
    """A value as a cell of a CSV: what a spreadsheet would run as a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def visible(text: str) -> str:
    """Text without zero-width, bidirectional, tag and control characters; line ends and tabs stay."""
    return "".join(
        letter for letter in text if letter in _KEPT or unicodedata.category(letter) not in _INVISIBLE
    )


def masked(text: str) -> str:
    """Text for a room where not everybody may see people: `jo.doe@example.com` becomes `j…@example.com`."""
    return _ADDRESS.sub(lambda found: f"{found[0][0]}…@{found[0].partition('@')[2]}", text)


def without_addresses(text: str) -> str:
    """Text fit to be kept where no address may be: each is replaced by words."""
    return _ADDRESS.sub("an address", text)


def example_addresses(text: str) -> str:
    """Text whose shape is to be kept where no address may be: each becomes one that belongs to nobody."""
    return _ADDRESS.sub("someone@example.com", text)


def one_line(text: str, *, longest: int = 200) -> str:
    """Visible text on one line, cut with an ellipsis: fit to stand inside a sentence or a cell."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"
