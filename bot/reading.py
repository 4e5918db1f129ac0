"""What a long read has told so far, as one line that a surface shows; and that line in a terminal."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from tools.progress import heard_by
from tools.rules.stack import title


class Told:
    """The latest sentence of each system, in the order they spoke up."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}
        self._lock = threading.Lock()

    def note(self, source: str, sentence: str) -> None:
        """Take in a sentence; with an empty one that source has nothing more to say."""
        with self._lock:
            if sentence:
                self._said[source] = sentence
            else:
                self._said.pop(source, None)

    def line(self) -> str:
        """All of it: `Salesforce: 40,000 people read · Marketo: 3 of about 24 months read`."""
        with self._lock:
            said = list(self._said.items())
        return " · ".join(f"{title(source)}: {sentence}" if source else sentence for source, sentence in said)


@contextmanager
def shown_on(console: Console) -> Iterator[None]:
    """Show what is told in this block as one line of a terminal; nowhere where output is no terminal."""
    if not console.is_terminal:
        yield
        return
    told = Told()
    with console.status("") as status:

        def show(source: str, sentence: str) -> None:
            told.note(source, sentence)
            status.update(Text(told.line()))

        with heard_by(show):
            yield
