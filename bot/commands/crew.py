"""Processes of our own: workers beside what listens, so that no run holds up what answers Slack.

Each is a `clearance` command started as a child, started again when it dies, and ended by its id.
"""

import os
import subprocess
import sys
import threading
import time

import structlog

RESTART_SECONDS = (0.2, 1.0, 5.0, 30.0)  # longer each time while a child dies young
YOUNG_SECONDS = 30.0
STOP_SECONDS = 20.0

log = structlog.get_logger(__name__)


class Child:
    """One `clearance` command kept alive until `stop`. It ends by itself when this process is gone."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self._ending = threading.Event()
        self._process = self._started()
        self._keeper = threading.Thread(target=self._keep, name=f"keep-{words[0]}", daemon=True)
        self._keeper.start()

    @property
    def pid(self) -> int:
        """The process as it is now."""
        return self._process.pid

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Ask it to end, and end it after `timeout` seconds: what is under way goes on at the next start."""
        self._ending.set()
        self._keeper.join()
        self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            log.warning("child.killed", command=self._words[0], pid=self._process.pid)
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _started(self) -> subprocess.Popen[bytes]:
        # -P: a folder called tools where somebody starts us is not ours
        command = [sys.executable, "-P", "-m", "bot", *self._words, "--attached"]
        return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 (our own command)

    def _keep(self) -> None:
        deaths, born = 0, time.monotonic()
        while not self._ending.wait(0.2):
            status = self._process.poll()
            if status is None:
                continue
            deaths = deaths + 1 if time.monotonic() - born < YOUNG_SECONDS else 0
            pause = RESTART_SECONDS[min(deaths, len(RESTART_SECONDS) - 1)]
            log.warning("child.died", command=self._words[0], status=status, again_in=pause)
            if self._ending.wait(pause):
                return
            self._process, born = self._started(), time.monotonic()


def when_abandoned(then: threading.Event) -> None:
    """Set `then` once whoever started this process is gone: the pipe they hold as our input closes."""

    def watch() -> None:
        while os.read(0, 1024):  # not sys.stdin, whose lock the interpreter wants when it ends
            pass
        then.set()

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()
