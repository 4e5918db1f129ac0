"""Stopping a run from its card, a thread from Slack's Stop button, all by command; and going on."""

from bot.slack.parts import Parts
from bot.slack.thread import SURFACE
from bot.slack.views.card import GOING
from bot.slack.views.pieces import words
from bot.store import turns


class Stopping:
    """Halts runs at once, outside of any queue, and says so where it was asked."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def thread(self, channel: str, thread: str, *, by: str) -> None:
        """Stop what runs for a thread and tell it."""
        failed = self._parts.failed(channel, by, under=thread)
        self._parts.work.submit(lambda: self._thread(channel, thread, by), failed=failed)

    def run(self, run_id: str | None, *, by: str, channel: str, under: str) -> None:
        """Stop one run, or everything when None, and tell whoever asked."""

        def stop() -> None:
            told = self._parts.engine.stop(run_id, by=by)
            self._say(channel, by, told, under)

        self._parts.work.submit(stop, failed=self._parts.failed(channel, by, under=under))

    def resume(self, run_id: str, *, by: str, channel: str, under: str) -> None:
        """Go on with a halted run, and tell whoever asked."""

        def resume() -> None:
            told = self._parts.engine.resume(run_id, by=by)
            self._say(channel, by, told, under)

        self._parts.work.submit(resume, failed=self._parts.failed(channel, by, under=under))

    def _say(self, channel: str, user: str, told: str, under: str) -> None:
        poster = self._parts.poster
        poster.whisper(channel or poster.direct(user), user, words(told), under=under)

    def _thread(self, channel: str, thread: str, by: str) -> None:
        ongoing = self._parts.live.going(channel, thread)
        if ongoing is not None and ongoing.heard.user == by:
            ongoing.stop()  # its own message says that it stopped
            return
        told = [self._parts.engine.stop(run, by=by) for run in self._running(channel, thread)]
        self._parts.poster.post(
            channel, words(" ".join(told) or "Okay, nothing is running here."), under=thread
        )
        self._parts.live.status(channel, thread, "active")

    def _running(self, channel: str, thread: str) -> list[str]:
        with self._parts.store.read() as connection:
            told = turns.recent(connection, surface=SURFACE, channel=channel, thread=thread, limit=50)
        plans = dict.fromkeys(turn.plan_id for turn in told if turn.plan_id)
        runs = [self._parts.engine.card(plan).run for plan in plans]
        return [run.id for run in runs if run is not None and run.state in GOING]
