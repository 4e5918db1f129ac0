"""`clearance demo`: the main job on the twin, typed line by line as in `clearance chat`."""

import shutil
import time
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bot import ways_back, wording
from bot.app import opened
from bot.commands.chat import HELP, Chat, typed
from bot.settings import Settings
from tools.errors import ClearanceError
from tools.rules.stack import title

ASKER, VOTERS = "U_ANA", ("U_MAX", "U_DANA")
State = Mapping[str, Mapping[str, Mapping[str, object]]]  # system, kind, record id
WIDTH = 118  # columns when nobody sits at a terminal


def run(*, seed: int, people: int, script: bool, map: str = "marketo") -> int:
    """Play the story (`script`), or open a conversation on a fresh twin. 0 when everything held."""
    console = Console(highlight=False, width=WIDTH if script else None)
    home = Settings().home / "demo"
    shutil.rmtree(home, ignore_errors=True)
    try:
        with opened(home=home, seed=seed, people=people, map=map) as app:
            chat = Chat(app, console, ASKER)
            return Story(chat).play(seed) if script else _talk(chat)
    except ClearanceError as error:
        console.print(error.sentence())
        return 1


def _talk(chat: Chat) -> int:
    who = chat.principal.name
    held = ", ".join(title(each) for each in chat.app.connected if each != "clearance")
    chat.console.print(f"You are {who}, a marketer, on a twin of {held}.")
    chat.console.print(HELP)
    chat.console.print(
        "Try: which contacts bounced in the last 90 days?  ·  purge the contacts that hard-bounced"
    )
    while chat.line(typed(chat.console)):
        pass
    return 0


class Story:
    """The scripted demo: each step prints the line a person types, then what they would see."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.console = chat.console
        self.failures: list[str] = []

    def play(self, seed: int) -> int:
        """Words, plan, clearance, run, landing, undo, audit; then the twin is compared with what it was."""
        started, before = time.monotonic(), self._twin()
        self.console.print(Rule(f"Clearance on the twin, seed {seed}"))
        self._type("how do we handle hard bounces?")
        self._type("report the bounces of the last 90 days by class and system")
        purge = self._change("purge the contacts that hard-bounced")
        self._expect("the purge landed", self._state(purge) in {"landed", "landed_with_residue"})
        self._as(ASKER)
        run = self.chat.app.engine.card(purge).run
        undo = self._change(f"undo {run.id if run else purge}")
        self._expect("the undo landed", self._state(undo) in {"landed", "landed_with_residue"})
        self._type("/audit")
        self._compare(before, undo)
        self.console.print(Rule(f"{time.monotonic() - started:.0f} s"))
        for failure in self.failures:
            self.console.print(Text(f"did not hold: {failure}", style="red"))
        return int(bool(self.failures))

    def _change(self, words: str) -> str:
        """Ask for a change, be refused one's own approval, then let MarOps approve."""
        self.chat.plan = ""
        self._type(words)
        plan = self.chat.plan
        self._expect(f"“{words}” made a plan", bool(plan))
        if not plan:
            return plan
        self._type(f"/approve {plan}")
        self._expect("the requester's own approval was refused", self._state(plan) == "pending")
        for voter in VOTERS:
            if self._state(plan) == "pending":
                self._as(voter)
                self._type(f"/approve {plan}")
        return plan

    def _as(self, who: str) -> None:
        if self.chat.who != who:
            self._type(f"/as {who}")

    def _type(self, line: str) -> None:
        self.console.print()
        self.console.print(Text(f"{self.chat.principal.name} > {line}", style="bold cyan"))
        self.chat.line(line)

    def _state(self, plan: str) -> str:
        return self.chat.app.engine.card(plan).header.state if plan else ""

    def _expect(self, what: str, held: bool) -> None:  # noqa: FBT001 (what is expected, and whether it held)
        if not held:
            self.failures.append(what)

    def _twin(self) -> State:
        assert self.chat.app.twin is not None
        return self.chat.app.twin.state(stamps=False)

    def _compare(self, before: State, undo: str) -> None:
        """What is still different at the vendors, beside what the undo's card had named."""
        lines = sorted(_differences(before, self._twin()))
        self.console.print()
        self.console.print(
            Text("The vendors now, against before the purge (only what differs):", style="bold")
        )
        for line in lines or ["nothing"]:
            self.console.print(f"  {line}")
        if undo:
            card = self.chat.app.engine.card(undo)
            self.console.print("What the undo had named before it was approved:")
            for line in [*ways_back.not_identical_lines(card), *wording.veto_lines(card)] or ["nothing"]:
                self.console.print(f"  {line}")


def _differences(before: State, after: State) -> Iterator[str]:
    for system, objects in before.items():
        for kind, was in objects.items():
            now = after[system].get(kind, {})
            gone, new = len(was.keys() - now.keys()), len(now.keys() - was.keys())
            changed = sum(was[key] != now[key] for key in was.keys() & now.keys())
            if gone or new or changed:
                yield f"{system} {kind}: {gone} gone, {new} new, {changed} changed, of {len(was):,}"
