"""The Home tab, published when somebody opens it."""

import logging

from bot.slack import ids
from bot.slack.parts import Parts
from bot.slack.views.home import home
from bot.store import approvals, plans
from bot.store.connect import Connection
from bot.store.headers import StoredPlan
from tools.ports import RequestView

LISTED = 50

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
        with self._parts.store.read() as connection:
            found = plans.requests(connection, states=("pending",), limit=LISTED) if person.roles else []
            waiting = [_request(connection, plan) for plan in found]
            mine = plans.requests(connection, states=None, principal=user, limit=LISTED)
            own = [_request(connection, plan) for plan in mine]
        blocks = ids.stamped(home(person.name, waiting, own))
        self._parts.client.views_publish(user_id=user, view={"type": "home", "blocks": blocks})


def _request(connection: Connection, plan: StoredPlan) -> RequestView:
    approval = approvals.of_plan(connection, plan.header.key)
    left = approval.quorum - approval.approved if approval and approval.state == "pending" else 0
    return RequestView(
        plan=plan.header.id,
        summary=plan.header.summary,
        requester=plan.requester,
        state=plan.header.state,
        waits_on=f"{left} of {approval.group}" if approval and left else "",
        people=plan.header.people,
        created_at=plan.header.created_at,
    )


def _unseen(sentence: str, reference: str) -> None:
    # a Home tab has nobody to tell: it keeps showing what it showed
    log.warning("a Home tab was not published: %s", sentence or reference)
