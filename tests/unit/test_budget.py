"""The house rules that no linter checks: sizes, mocks, and what a fresh import may load."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.untraced

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = sorted(path for part in ("bot", "tools", "knowledge") for path in (ROOT / part).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SLOW = {
    "slack_bolt",
    "slack_sdk",
    "openai",
    "chromadb",
    "simple_salesforce",
    "sqlalchemy",
    "dbos",
    "zeep",
    "numpy",
}


def functions(path: Path) -> list[tuple[str, int]]:
    """Every function of a file with its length in lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in found]


def test_no_file_is_over_400_lines() -> None:
    """A file that outgrows 400 lines is two files."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in PRODUCT}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_no_function_is_over_50_lines() -> None:
    """A function that outgrows 50 lines is several functions."""
    long = {f"{path.name}:{name}": n for path in PRODUCT for name, n in functions(path) if n > 50}
    assert long == {}


def test_functions_are_short_on_the_whole() -> None:
    """Half of all functions have at most 10 lines, and 95 % at most 35."""
    lengths = sorted(n for path in PRODUCT for _, n in functions(path))
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 95 // 100] <= 35


def test_no_room_for_everything() -> None:
    """No file is called after nothing in particular."""
    assert [
        path.name for path in PRODUCT if path.stem in {"utils", "helpers", "common", "manager", "misc"}
    ] == []


def test_tests_mock_almost_nothing() -> None:
    """At most 5 uses of a mock for 100 tests; peers are real."""
    texts = [path.read_text("utf-8") for path in TESTS if path.name != Path(__file__).name]
    mocks = sum(
        len(re.findall(r"\bMock\(|MagicMock|mock\.patch|monkeypatch\.setattr", text)) for text in texts
    )
    tests = sum(len(re.findall(r"^\s*(?:async )?def test_", text, re.MULTILINE)) for text in texts)
    assert mocks * 100 <= 5 * tests


def test_no_test_folder_is_a_package() -> None:
    """A package under tests would shadow the product's `tools`."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize(
    "module", ["bot.cli", "tools.registry", "tools.ports", "bot.engine.calls", "knowledge"]
)
def test_importing_the_core_loads_no_slow_library(module: str) -> None:
    """Nothing happens at import: vendor libraries are loaded where they are first used."""
    script = f"import sys, {module}; print(*[name for name in {sorted(SLOW)!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == []
