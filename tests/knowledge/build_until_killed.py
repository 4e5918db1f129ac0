"""A builder that can be killed: run as a program with a home, a folder and a place to be killed at."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from knowledge import index
from knowledge.embedding import NoEmbedder
from knowledge.generations import FileGenerations, Generation
from knowledge.ingest import Library
from knowledge.sources import Source


class _Killed(FileGenerations):
    """Generations whose process dies right before or right after the swap."""

    def __init__(self, file: Path, when: str) -> None:
        super().__init__(file)
        self._when = when

    def swap(self, generation: Generation) -> None:
        """Swap, and die at the place named."""
        if self._when == "before swap":
            os.kill(os.getpid(), signal.SIGKILL)
        super().swap(generation)
        if self._when == "after swap":
            os.kill(os.getpid(), signal.SIGKILL)


def main(home: Path, pages: Path, when: str) -> None:
    """Build, or die trying."""
    if when == "while writing":

        def die(what: str, _done: int, _total: int) -> None:
            if what == "indexing words":
                (next(home.glob("g*-*")) / "half").write_text(index.__name__)
                os.kill(os.getpid(), signal.SIGKILL)

    else:

        def die(what: str, _done: int, _total: int) -> None:
            """Not yet."""

    library = Library(home, _Killed(home / "current.json", when), NoEmbedder())
    library.index([Source(pages)], now=datetime.now(UTC), progress=die, force=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
