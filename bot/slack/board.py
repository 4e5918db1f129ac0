"""The Home tab, published when somebody opens it."""

import logging

from bot.slack import ids
from bot.slack.parts import Parts
from bot.slack.views.home import home

log = logging.getLogger(__name__)


class Board:
    """Publishes a person's Home tab from our own records."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def publish(self, user: str) -> None:
        """Show what waits and what this person asked for."""
        self._parts.work.submit(lambda: self._publish(user), key=f"home/{user}", failed=_unseen)

    def _publish(self, user: str) -> None:
        person = self._parts.directory.known(user)
        records = self._parts.engine.records
        waiting = records.requests(status="waiting", asker=user) if person.roles else []
        own = [each for each in records.requests(status=None, asker=user) if each.requester == person.name]
        blocks = ids.stamped(home(person.name, waiting, own))
        self._parts.client.views_publish(user_id=user, view={"type": "home", "blocks": blocks})


def _unseen(sentence: str, reference: str) -> None:
    # a Home tab has nobody to tell: it keeps showing what it showed
    log.warning("a Home tab was not published: %s", sentence or reference)
