"""What a long read has told so far, as one line that a surface shows."""

import threading

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
