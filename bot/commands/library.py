"""`clearance index`, `clearance search`, `clearance models install`: the runbooks on the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.app import clock_of, settings_of
from bot.runbooks import Shelf, embed_shipped, embedder_of, shelf
from bot.store import feedback
from bot.store.connect import Store
from bot.terminal import answer
from knowledge.evaluation import evaluate as score
from knowledge.evaluation import read_questions
from knowledge.models import install
from tools.answer import Answer
from tools.errors import ClearanceError

EVERYONE = frozenset({"everyone", "marketer", "marops", "admin"})
SAID = {
    "answer": "The runbooks say:",
    "closest": "No page answers that for sure; these sections come closest:",
    "none": "The runbooks don't cover that.",
}


def build_index(folder: Path | None) -> int:
    """Build a generation with progress; report what is wrong with pages. 0 when an index is served."""
    console = Console(highlight=False)
    if folder is not None and not folder.is_dir():
        console.print(f"{folder} is not a folder. Name one that holds Markdown pages.")
        return 1
    store = Store.open(settings_of().database)
    try:
        with _bar(console) as bar:
            task = bar.add_task("reading pages", total=None)
            report = _shelf(store).build(
                folder,
                lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
            )
    except ClearanceError as error:
        console.print(error.sentence())
        return 1
    finally:
        store.close()
    made = report.generation
    done = "Indexed" if report.changed else "Nothing changed:"
    console.print(f"{done} {made.pages:,} pages, {made.passages:,} passages.")
    for path, wrong in report.problems:
        console.print(f"  {path}: {wrong}")
    for one, other, likeness in report.duplicates:
        console.print(f"  {one} and {other} are {likeness:.0%} alike")
    if report.notice:
        console.print(report.notice)
    return 0


def search(question: str, *, as_json: bool) -> int:
    """Print what the runbooks say: 0 answer, 2 only closest sections, 3 nothing."""
    console = Console(highlight=False)
    if not question.strip():
        console.print('What should I look up? clearance search "how do we handle hard bounces"')
        return 1
    store = Store.open(settings_of().database)
    books = _shelf(store)
    try:
        books.at_hand()
        found = books.search(question, audiences=EVERYONE)
    finally:
        books.runbooks.close()
        store.close()
    if as_json:
        cited = [f"{each.title} › {each.heading}" for each in found.citations]
        console.print_json(json.dumps({"outcome": found.outcome, "citations": cited, "mode": found.mode}))
    else:
        console.print(answer(Answer(text=SAID[found.outcome], citations=found.citations)))
        if found.outcome == "answer":
            console.print(found.passage, markup=False)
    return {"answer": 0, "closest": 2, "none": 3}[found.outcome]


def evaluate(questions: Path, corpus: Path | None, embedder: str, *, as_json: bool) -> int:
    """Score the search over a folder of pages."""
    console = Console(highlight=False)
    try:
        asked = read_questions(questions)
        found = score(asked, corpus or Path("knowledge"), embedder_of(settings_of(), embedder))
    except (ValueError, OSError) as error:
        console.print(f"{error}. See the handbook's page on evaluation for the format.")
        return 1
    except ClearanceError as error:
        console.print(error.sentence())
        return 1
    shown = found if as_json else found["summary"]
    print(json.dumps(shown, indent=None if as_json else 2))  # noqa: T201 (machine-readable output)
    return 0


def list_gaps(days: int) -> int:
    """Print what was asked and not found in the last days, by theme, most asked first."""
    console = Console(highlight=False)
    store = Store.open(settings_of().database)
    try:
        missing = _shelf(store).missing(days)
    finally:
        store.close()
    if not missing:
        console.print(f"Nothing was asked in vain in {days} days.")
    for theme in missing:
        where = f"extend {theme.nearest}" if theme.nearest else "no page comes near: write one"
        console.print(f"{theme.times} × {theme.question} ({where})", markup=False)
        for other in theme.others:
            console.print(f"      {other}", markup=False)
    return 0


def questions_from_verdicts(file: Path) -> int:
    """Write people's verdicts on runbook answers as evaluation questions: a line for each.

    A thumbs-up makes the section shown the gold one. A thumbs-down makes a question that nothing shown then
    answers: the page it was about is under `not`, and `gold` waits for somebody to name the right one.
    """
    store = Store.open(settings_of().database)
    try:
        with store.read() as connection:
            given = feedback.verdicts(connection, since=datetime.min.replace(tzinfo=UTC))
    finally:
        store.close()
    rows = [row for number, each in enumerate(given, 1) if (row := _question(number, each))]
    file.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    waiting = sum(not row["gold"] for row in rows)
    console = Console(highlight=False)
    console.print(
        f"{len(rows)} questions from people's verdicts in {file}; {waiting} wait for their page under gold."
    )
    return 0


def _question(number: int, given: feedback.Feedback) -> dict[str, object] | None:
    """One verdict as a question; None when it was not about a runbook answer."""
    asked = str(given.args.get("question", ""))
    if given.tool != "search_runbooks" or not asked:
        return None
    row: dict[str, object] = {"id": f"v{number:04}", "q": asked, "kind": f"thumbs_{given.verdict}"}
    if given.verdict == "up":
        return {**row, "gold": [given.page], "heading": [given.section]}
    return {**row, "gold": [], "heading": [], "not": [given.page]}


def install_model() -> int:
    """Fetch the sentence model and embed the shipped pages; 0 also when it cannot be had: words will do."""
    console, models = Console(highlight=False), settings_of().models
    installed = install(models)
    console.print(installed.sentence)
    if installed.present and (made := embed_shipped(models)):
        console.print(f"Embedded the {made} passages of the shipped pages.")
    return 0


def _shelf(store: Store) -> Shelf:
    settings = settings_of()
    return shelf(settings, store, clock_of(settings))


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
    )
