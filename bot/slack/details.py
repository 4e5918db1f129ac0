"""Details: every row of a plan as a file, to the person who pressed the button."""

from bot.slack.keeping import Keeping
from bot.slack.parts import Parts
from bot.slack.views.pieces import words
from bot.slack.votes import Click


class Details:
    """Sends a plan's rows; the engine decides who may have them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._keeping = Keeping(parts)

    def send(self, click: Click) -> None:
        """Send the file soon and say where it is."""
        failed = self._parts.failed(click.channel, click.user, under=click.under)
        self._parts.work.submit(lambda: self._send(click), failed=failed)

    def _send(self, click: Click) -> None:
        plan = click.plan.plan_id
        file = self._parts.engine.rows_csv(plan, asker=click.user)
        self._keeping.send(click.user, file, f"Every row of {plan}. It holds personal data: keep it here.")
        told = words(f"Every row of {plan} is in your direct messages.")
        self._parts.poster.whisper(click.channel, click.user, told, under=click.under)
