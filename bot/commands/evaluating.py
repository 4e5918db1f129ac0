"""`clearance eval`: run cases through a planner and score what it would do."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.app import App, model_of, opened, policy_of, settings_of
from bot.assistant.cases import Case, Effects, load_cases
from bot.assistant.evaluation import evaluate
from bot.assistant.scores import Report, side_by_side
from bot.commands.chat import Chat
from bot.engine.directory import KnownPeople
from bot.people import DEMO
from bot.settings import Settings
from tools.errors import ClearanceError
from tools.registry import load
from tools.twin.handle import TwinHandle

State = Mapping[str, Mapping[str, Mapping[str, object]]]  # system, object, record id
VOTERS = ("U_MAX", "U_DANA", "U_IVY")
OFFLINE = ""
SMALL = 1200  # people of the twin on which effects are looked at
BY_ROLE = {"marketer": "U_ANA", "marops": "U_MAX", "admin": "U_IVY", "guest": "U_GUEST"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to evaluate: the cases, the planners (none: the one of the settings), and how to print.

    `compare` puts the interpreter beside the models named, or beside the one of the settings.
    """

    file: Path
    models: tuple[str, ...] = ()
    offline: bool = False
    compare: bool = False
    effects: bool = False
    now: str = ""
    as_json: bool = False


def run(wanted: Wanted) -> int:
    """Print the report; with two planners a comparison. 1 when the cases cannot be read."""
    console = Console(highlight=False)
    try:
        cases = load_cases(wanted.file)
        reports = [_report(wanted, name, cases) for name in _planners(wanted)]
    except ClearanceError as error:
        console.print(error.sentence())
        return 1
    except OSError as error:
        console.print(f"{wanted.file} cannot be read: {error.strerror}.")
        return 1
    if wanted.as_json:
        found = [report.as_json() for report in reports]
        print(json.dumps(found[0] if len(found) == 1 else found, default=str))  # noqa: T201 (for programs)
    else:
        _show(console, reports)
    return 0


def _planners(wanted: Wanted) -> tuple[str, ...]:
    if wanted.compare:
        return (OFFLINE, *(wanted.models or (settings_of().openai_model,)))
    return ((OFFLINE,) if wanted.offline or not wanted.models else ()) + wanted.models


def _report(wanted: Wanted, name: str, cases: list[Case]) -> Report:
    settings, registry = settings_of(), load()
    people = KnownPeople(DEMO, policy_of(settings))
    model = model_of(settings if name else _keyless(settings, wanted), registry, name)
    with _trial(wanted.effects, name) as effects:
        results = evaluate(
            cases,
            model,
            registry,
            principal=lambda who: people.principal(speaker(who)),
            now=datetime.fromisoformat(wanted.now),
            effects=effects,
        )
        return Report(model.name, tuple(results))


def _keyless(settings: Settings, wanted: Wanted) -> Settings:
    """`--offline` and `--compare` leave a configured model aside where the interpreter is meant."""
    aside = wanted.offline or wanted.compare
    return settings.model_copy(update={"openai_api_key": None}) if aside else settings


def speaker(said: str) -> str:
    """Who asks: a person of the twin, or anybody with that role (`marops`, `U_MARKETER`)."""
    return BY_ROLE.get(said.lower().removeprefix("u_"), said)


@contextmanager
def _trial(wanted: bool, model: str) -> Iterator[Callable[[Case], Effects] | None]:  # noqa: FBT001 (on or off)
    """A small twin on which each case is said, cleared and landed; then it is put back to the start."""
    if not wanted:
        yield None
        return
    from tools.twin.server import running

    over = {"openai_model": model} if model else {"openai_api_key": None}
    with running(seed=7, people=SMALL) as twin:
        twin.snapshot("case")
        yield lambda case: _tried(case, twin, over)


def _tried(case: Case, twin: TwinHandle, over: Mapping[str, object]) -> Effects:
    """What a case changes on a fresh twin, asked of a bot that remembers nothing."""
    before = twin.state(stamps=False)
    with tempfile.TemporaryDirectory(prefix="clearance-eval-") as folder:
        with opened(home=Path(folder), twin=twin.url, over=over) as app:
            _said(app, case)
        found = _changed(before, twin.state(stamps=False))
    twin.restore("case")
    return found


def _said(app: App, case: Case) -> None:
    """The case in a thread of its own; what it plans is approved by everybody who may."""
    asker = speaker(case.speaker)
    chat = Chat(app, Console(quiet=True), asker, thread=app.new_thread())
    for words in (*case.after, case.say):
        chat.who = asker
        reply = chat.respond(words)
        if reply.card is not None:
            _cleared(app, chat, asker)


def _cleared(app: App, chat: Chat, asker: str) -> None:
    for voter in VOTERS:
        if voter != asker and app.engine.card(chat.plan).header.state == "pending":
            chat.who = voter
            chat.vote(chat.plan, "approve")
    if app.engine.card(chat.plan).header.state in {"cleared", "running"}:
        chat.follow(quiet=True)


def _changed(before: State, after: State) -> Effects:
    """Counts by system and object; where nothing changed nothing is said."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for system, objects in before.items():
        for object, was in objects.items():
            changed = _compared(was, after[system].get(object, {}))
            if changed:
                found.setdefault(system, {})[object] = changed
    return found


def _compared(was: Mapping[str, object], now: Mapping[str, object]) -> dict[str, int]:
    counted = {
        "deleted": len(was.keys() - now.keys()),
        "created": len(now.keys() - was.keys()),
        "updated": sum(was[key] != now[key] for key in was.keys() & now.keys()),
    }
    return {name: number for name, number in counted.items() if number}


def _show(console: Console, reports: list[Report]) -> None:
    columns, rows = side_by_side(reports)
    table = Table(*columns, title="Understanding", title_justify="left")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for report in reports:
        for pair in report.confusions()[:20]:
            console.print(
                f"{report.planner}: {pair['meant']} taken for {pair['taken']}, {pair['times']} times"
            )
        for line in report.failures():
            console.print(f"  {line}", markup=False)
