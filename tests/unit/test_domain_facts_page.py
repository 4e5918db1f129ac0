"""The page of facts cannot rot: what it names exists, and what holds a fact is named."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "knowledge" / "handbook" / "domain-facts.md"
CONSENT = ROOT / "tests" / "scenarios" / "consent"
FACTS = [CONSENT / f"test_{kind}_facts.py" for kind in ("bounce", "sync", "record", "hubspot")]


def rows() -> list[list[str]]:
    """The cells of every fact."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [each for each in cells if each[0] not in {"fact", "--"}]


@cache
def functions_of(file: Path) -> frozenset[str]:
    """The test functions a file defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


def named(cell: str) -> list[str]:
    """What a cell has in code type."""
    return re.findall(r"`([^`]+)`", cell)


def test_every_fact_has_a_source_a_module_and_a_test() -> None:
    """Four cells, none of them empty."""
    found = rows()
    assert len(found) > 40
    for cells in found:
        assert len(cells) == 4, cells
        fact, source, held, test = cells
        assert fact
        assert source
        assert named(held), fact
        assert named(test), fact


def test_every_module_and_every_test_named_exists() -> None:
    """A module that moved or a test that was renamed is found here."""
    for fact, _, held, test in rows():
        for module in named(held):
            assert (ROOT / module).is_file(), f"{fact}: {module}"
        for each in named(test):
            file, _, function = each.partition("::")
            assert (ROOT / file).is_file(), f"{fact}: {file}"
            assert function in functions_of(ROOT / file), f"{fact}: {each}"


def test_every_test_of_a_fact_is_on_the_page() -> None:
    """Whoever adds one says there what it holds."""
    text = PAGE.read_text(encoding="utf-8")
    for file in FACTS:
        for function in (each for each in functions_of(file) if each.startswith("test_")):
            assert f"{file.name}::{function}`" in text, function
