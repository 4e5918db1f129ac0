"""`clearance chat` and `clearance ask`: a conversation in the terminal, line by line.

A line is words, or starts with `/`: who speaks, votes, details. The scripted demo types the same lines.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot import terminal, wording
from bot.app import App, opened
from bot.assistant.utterance import Reply, Utterance
from bot.engine.calls import ThreadRef
from bot.engine.cards import PlanCard
from bot.reading import shown_on
from tools.answer import File
from tools.context import Principal
from tools.errors import ClearanceError

HELP = """Words are a request. A line can also be:
  /as U_MAX            speak as somebody else (against the twin only)
  /approve [P-1001]    vote for the plan (the last one when none is named)
  /reject [P-1001] why vote against it, with the reason
  /withdraw [P-1001]   take your own request back
  /show [P-1001]       the card as it stands now
  /stop [R-1]          halt a run at once (everything when none is named)
  /resume R-1          go on with a run that was stopped or waits for a person
  /details [P-1001]    every row, into a CSV file
  /audit               verify the audit trail
  /quit"""
FINAL_PLAN = {"landed", "landed_with_residue", "rejected", "expired", "withdrawn", "superseded", "stale"}
FINAL_RUN = {"landed", "residue", "stopped", "needs_attention"}
POLL = 0.2  # seconds between looks at a run's progress


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One `clearance ask`: the words, who asks, who approves, and how to print."""

    words: str
    who: str
    approve_as: tuple[str, ...] = ()
    json: bool = False
    wait: bool = True
    file: Path | None = None


class Chat:
    """One person's conversation; `line` takes what was typed and returns False when it is over."""

    def __init__(self, app: App, console: Console, who: str, thread: str = "terminal") -> None:
        self.app = app
        self.console = console
        self.who = who
        self.thread = ThreadRef(surface="terminal", channel="terminal", thread=thread)
        self.plan = ""  # the last plan seen
        self.choices: tuple[str, ...] = ()
        self._commands: dict[str, Callable[[str], None]] = {
            "as": self._as,
            "approve": self._approve,
            "reject": self._reject,
            "withdraw": self._withdraw,
            "show": self._show,
            "details": self._details,
            "stop": lambda run: self.console.print(app.engine.stop(run or None, by=self.who)),
            "resume": self._resume,
            "audit": self._audit,
            "help": lambda _: self.console.print(HELP),
        }

    @property
    def principal(self) -> Principal:
        """Who speaks now."""
        return self.app.directory.principal(self.who)

    def line(self, typed: str) -> bool:
        """One line: words, a number that picks a choice, or a command."""
        typed = typed.strip()
        if typed in {"/quit", "/exit"}:
            return False
        verb, _, rest = typed[1:].partition(" ")
        if typed.startswith("/") and verb in self._commands:
            self._guarded(lambda: self._commands[verb](rest.strip()))
        elif typed.isdigit() and 0 < int(typed) <= len(self.choices):
            self.say(self.choices[int(typed) - 1])
        elif typed:
            self.say(typed)
        return True

    def say(self, words: str, files: dict[str, File] | None = None) -> Reply:
        """Ask in words; print and return the reply."""
        reply = self.respond(words, files)
        terminal.show_reply(self.console, reply)
        self.keep_files(reply)
        if reply.card is not None and reply.card.header.state in {"cleared", "running"}:
            self.follow()
        return reply

    def respond(self, words: str, files: dict[str, File] | None = None) -> Reply:
        """Ask in words, silently."""
        said = Utterance(text=words, principal=self.principal, thread=self.thread, files=files or {})
        try:
            with shown_on(self.console):
                reply = self.app.conversation.respond(said)
        except KeyboardInterrupt:
            reply = Reply(outcome="failed", text="Stopped. I read no further, and nothing was changed.")
        self.choices = tuple(each.text for each in reply.choices)
        if reply.card is not None:
            self.plan = reply.card.header.id
        return reply

    def keep_files(self, reply: Reply) -> None:
        """Write the files that came with a reply into the home directory, and say where they are."""
        kept = self.app.settings.home / "files"
        for file in (*reply.files, *(reply.answer.files if reply.answer else ())):
            kept.mkdir(parents=True, exist_ok=True)
            path = kept / Path(file.name).name
            path.write_bytes(file.content)
            self.console.print(Text(f"Written to {path}"))

    def vote(self, plan: str, vote: str, reason: str = "") -> tuple[bool, str]:
        """Vote as the one who speaks; returns whether it counted, and the sentence for the voter."""
        plan = plan or self.plan
        digest = self.app.engine.card(plan).header.digest
        result = self.app.engine.vote(
            plan,
            digest_prefix=digest[:12],
            voter=self.who,
            vote="approve" if vote == "approve" else "reject",
            reason=reason,
        )
        return result.accepted, result.text

    def follow(self, plan: str = "", *, quiet: bool = False) -> PlanCard:
        """Print progress until the run is over, then the landing."""
        plan, last = plan or self.plan, ""
        while True:
            card = self.app.engine.card(plan)
            if card.run is not None and not quiet:
                last = self._progress(card, last)
            if card.header.state in FINAL_PLAN or (card.run is not None and card.run.state in FINAL_RUN):
                break
            time.sleep(POLL)
        if not quiet:
            self.console.print(terminal.landing(card) if card.run else terminal.card(card))
        return card

    def _progress(self, card: PlanCard, last: str) -> str:
        now = wording.progress_line(card.run) if card.run else ""
        if now and now != last:
            self.console.print(Text(f"  {now}", style="dim"))
        return now

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except ClearanceError as error:
            self.console.print(Text(error.sentence(), style="yellow"))

    def _as(self, who: str) -> None:
        if self.app.twin is None:
            self.console.print("Speaking as somebody else works against the twin only.")
            return
        self.who = who or self.who
        self.console.print(
            Text(f"You are {self.principal.name} ({', '.join(sorted(self.principal.roles))}).")
        )

    def _approve(self, rest: str) -> None:
        self._voted(rest, "approve")

    def _reject(self, rest: str) -> None:
        self._voted(rest, "reject")

    def _voted(self, rest: str, vote: str) -> None:
        plan, reason = _plan_and_reason(rest)
        if self.app.twin is None:
            self.console.print("The terminal cannot approve against real vendors: vote in Slack.")
            return
        accepted, text = self.vote(plan, vote, reason)
        self.console.print(Text(text, style="" if accepted else "yellow"))
        if accepted and self.app.engine.card(plan or self.plan).header.state in {"cleared", "running"}:
            self.follow(plan)

    def _withdraw(self, plan: str) -> None:
        self.console.print(self.app.engine.withdraw(plan or self.plan, by=self.who).text)

    def _show(self, plan: str) -> None:
        self.console.print(terminal.card(self.app.engine.card(plan or self.plan)))

    def _details(self, plan: str) -> None:
        file = self.app.engine.rows_csv(plan or self.plan, asker=self.principal)
        Path(file.name).write_bytes(file.content)
        self.console.print(f"Every row is in {file.name}.")

    def _resume(self, run: str) -> None:
        self.console.print(self.app.engine.resume(run, by=self.who))

    def _audit(self, _: str) -> None:
        from bot.commands.auditing import verdict

        self.console.print(verdict(self.app.store)[1])


def interactive(who: str, twin: str, map: str = "") -> int:
    """`clearance chat`: read lines until end of input."""
    console = Console(highlight=False)
    try:
        with opened(twin=twin, map=map) as app:
            chat = Chat(app, console, app.speaker(who))
            console.print(
                Text(f"You are {chat.principal.name}. Ask in your own words; /help for more, /quit to leave.")
            )
            while chat.line(typed(console)):
                pass
    except ClearanceError as error:
        console.print(error.sentence())
        return 1
    return 0


def once(asked: Asked, twin: str, map: str = "") -> int:
    """`clearance ask`: 0 when answered, planned or landed; 1 when it failed; 2 when it asked back."""
    console = Console(highlight=False)
    try:
        with opened(twin=twin, map=map) as app:
            return _once(Chat(app, console, app.speaker(asked.who), thread=app.new_thread()), asked)
    except ClearanceError as error:
        console.print(error.sentence())
        return 1


def _once(chat: Chat, asked: Asked) -> int:
    files = (
        {asked.file.name: File(name=asked.file.name, content=asked.file.read_bytes())} if asked.file else None
    )
    reply = chat.respond(asked.words, files)
    if not asked.json:
        terminal.show_reply(chat.console, reply)
        chat.keep_files(reply)
    card = _clear(chat, reply, asked) if reply.card else None
    if asked.json:
        chat.console.print_json(terminal.as_json(reply if card is None else _with_card(reply, card)))
    if reply.outcome in {"asked", "declined"}:
        return 2
    return 1 if reply.outcome == "failed" else 0


def _clear(chat: Chat, reply: Reply, asked: Asked) -> PlanCard:
    assert reply.card is not None
    plan, asker = reply.card.header.id, chat.who
    for voter in asked.approve_as:
        if chat.app.twin is None:
            chat.console.print("--approve-as works against the twin only: vote in Slack.")
            break
        chat.who = voter
        _, text = chat.vote(plan, "approve")
        if not asked.json:
            chat.console.print(Text(text))
    chat.who = asker
    card = chat.app.engine.card(plan)
    if asked.wait and card.header.state in {"cleared", "running"}:
        card = chat.follow(plan, quiet=asked.json)
    return card


def _with_card(reply: Reply, card: PlanCard) -> Reply:
    from dataclasses import replace

    return replace(reply, card=card)


def _plan_and_reason(rest: str) -> tuple[str, str]:
    first, _, reason = rest.partition(" ")
    return (first.upper(), reason) if first.upper().startswith("P-") else ("", rest)


def typed(console: Console) -> str:
    """The next line typed or piped; end of input is `/quit`."""
    try:
        return console.input("[bold]> [/bold]") if sys.stdin.isatty() else _piped()
    except (EOFError, KeyboardInterrupt):
        return "/quit"


def _piped() -> str:
    return sys.stdin.readline() or "/quit"
