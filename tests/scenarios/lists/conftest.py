"""Somebody with a list, over the real engine and the offline vendors."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tools.answer import File

VOTERS = ("U_DANA", "U_IVY")


class Lister:
    """Max, who imports lists, and the two who clear what he asks for."""

    def __init__(self, chat: Any, home: Path) -> None:
        self.chat = chat
        self.engine = chat.app.engine
        self._files = home / "files"

    def asks(self, words: str, content: str | bytes = "", name: str = "list.csv") -> Any:
        """The reply to these words with that file attached."""
        raw = content.encode() if isinstance(content, str) else content
        return self.chat.say(words, {name: File(name=name, content=raw)} if raw else {})

    def approved(self, reply: Any) -> str:
        """The id of the plan of this reply, which two others have approved."""
        assert reply.card is not None, self.shown
        plan: str = reply.card.header.id
        for who in VOTERS:
            if self.engine.card(plan).header.state == "pending":
                self.chat.who = who
                assert self.chat.vote(plan, "approve")[0]
        self.chat.who = "U_MAX"
        return plan

    def landed(self, reply: Any) -> Any:
        """The card of the reply's plan after its landing."""
        return self.chat.follow(self.approved(reply), quiet=True)

    def undone(self, card: Any) -> Any:
        """The card of the undo of that card's run, after its landing."""
        return self.landed(self.asks(f"undo {card.run.id}"))

    def vetoes(self, reply: Any) -> dict[str, int]:
        """How many rows were left alone, by code."""
        return dict(reply.card.header.vetoes)

    def rows(self, reply: Any) -> list[list[str]]:
        """Every row of the plan and every row left alone, as the file of details has them."""
        import csv

        file = self.engine.rows_csv(reply.card.header.id, asker=self.chat.principal)
        return list(csv.reader(StringIO(file.content.decode("utf-8-sig"))))

    def table(self, reply: Any, start: str) -> list[tuple[Any, ...]]:
        """The rows of the card's table whose title starts so."""
        tables = [each for read in reply.card.header.evidence for each in read.tables]
        return next((list(each.rows) for each in tables if each.title.startswith(start)), [])

    def file(self, name: str) -> bytes:
        """A file that came back."""
        return (self._files / name).read_bytes()

    @property
    def shown(self) -> str:
        """What was printed so far."""
        text: str = self.chat.console.export_text(clear=False)
        return text


@pytest.fixture
def listing(home: Path) -> Iterator[Callable[[Any], Lister]]:
    """`listing(twin)`: Max at a terminal over that twin."""
    from contextlib import ExitStack

    from bot.app import opened
    from bot.commands.chat import Chat

    with ExitStack() as stack:

        def make(twin: Any) -> Lister:
            app = stack.enter_context(opened(twin=twin.url, home=home))
            chat = Chat(app, Console(record=True, width=200, file=StringIO()), "U_MAX")
            return Lister(chat, home)

        yield make


@pytest.fixture
def max_(own_twin: Any, listing: Any) -> Lister:
    """Max at a terminal over the shared twin, which is put back afterwards."""
    made: Lister = listing(own_twin)
    return made


@pytest.fixture
def changed(own_twin: Any) -> Iterator[Callable[..., None]]:
    """`changed(name=value)`: settings of the twin, put back afterwards."""
    names: set[str] = set()

    def change(**given: Any) -> None:
        names.update(given)
        own_twin.settings(**given)

    yield change
    own_twin.settings(**{name: [] for name in names})
