"""Background work: everything slow happens here, never on the path to Slack's three-second acknowledgement.

Jobs with the same key run one after the other, in the order they came, so that a thread reads in order.
"""

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tools.errors import ClearanceError

THREADS = 16
ASIDE = 16  # jobs that read for long and do not count among those: what is short need not wait for them

log = logging.getLogger(__name__)

Job = Callable[[], None]
Failed = Callable[
    [str, str], None
]  # (sentence for the person, or "") and the reference of an unexpected failure


class Work:
    """A pool of threads with an order per key, and one place where failures become a sentence.

    `aside` jobs that say that they take long may run beside the others.
    """

    def __init__(self, threads: int = THREADS, aside: int = 0) -> None:
        self._pool = ThreadPoolExecutor(threads + aside, thread_name_prefix="slack-work")
        self._most_aside = aside
        self._aside = 0
        self._waiting: dict[str, deque[Job]] = {}
        self._changed = threading.Condition()
        self._open = True
        self._running = 0

    def submit(self, job: Job, *, key: str = "", failed: Failed) -> None:
        """Run `job` soon; after an error call `failed` with a sentence or with a reference to the log."""

        def guarded() -> None:
            run_guarded(job, failed)

        with self._changed:
            if not self._open:
                log.warning("work arrived after closing and was dropped")
                return
            self._running += 1
            if key and key in self._waiting:
                self._waiting[key].append(guarded)
                return
            if key:
                self._waiting[key] = deque()
        self._pool.submit(self._drain, key, guarded)

    @property
    def busy(self) -> int:
        """How many jobs run or wait, those aside left out."""
        return self._running - min(self._aside, self._most_aside)

    @contextmanager
    def stepping_aside(self) -> Iterator[Callable[[], None]]:
        """What the job of this block calls once it turns out to take long."""
        stepped = threading.Event()

        def step() -> None:
            with self._changed:
                if not stepped.is_set():
                    stepped.set()
                    self._aside += 1

        try:
            yield step
        finally:
            with self._changed:
                self._aside -= stepped.is_set()

    def close(self, timeout: float = 10.0) -> bool:
        """Take nothing new and wait for what runs; whether all of it ended in time."""
        with self._changed:
            self._open = False
            idle = self._changed.wait_for(lambda: self._running == 0, timeout)
        self._pool.shutdown(wait=idle, cancel_futures=True)
        return idle

    def _drain(self, key: str, job: Job) -> None:
        following: Job | None = job
        while following is not None:
            following()
            following = self._next(key)

    def _next(self, key: str) -> Job | None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()
            queue = self._waiting.get(key)
            if queue:
                return queue.popleft()
            self._waiting.pop(key, None)
            return None


def run_guarded(job: Job, failed: Failed) -> None:
    """Run a job; expected failures are told in their own sentence, others by a reference into the log."""
    try:
        job()
    except ClearanceError as error:
        log.info("a request ended: %s", error.detail or error.what)
        _tell(failed, error.sentence(), "")
    except Exception:  # the border between a request and the process: one broken request must not end it
        reference = f"E-{secrets.token_hex(4)}"
        log.exception("a request failed, reference %s", reference)
        _tell(failed, "", reference)


def _tell(failed: Failed, sentence: str, reference: str) -> None:
    try:
        failed(sentence, reference)
    except Exception:  # Slack may be what is broken
        log.exception("could not tell a person that their request failed")
