"""The Home tab: read from our own records alone, published when somebody opens it or acts on it.

Health and agents come from tools that may ask vendors; they are added when they have answered.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App

from bot.engine import showing
from bot.engine.approvals import known
from bot.engine.calls import Answered, ThreadRef, ToolCall
from bot.engine.cards import PlanCard
from bot.engine.policy import Policy
from bot.engine.rights import ADMIN
from bot.slack import ids
from bot.slack.fresh import Fresh
from bot.slack.parts import Parts
from bot.slack.thread import SURFACE
from bot.slack.views.finding import headline
from bot.slack.views.home import OWN, PAGE, Board, home
from bot.store import approvals, board, findings, plans, reminders
from bot.store.connect import Connection, Store
from bot.store.headers import StoredPlan
from tools.context import Principal
from tools.errors import ClearanceError, Refused
from tools.ports import Clock, RequestView

GOING, ENDED = 5, 5
MINUTES = 120.0  # seconds that health and agents are kept
LINES = 6
ROLES = frozenset({"marops", ADMIN})  # who sees everybody's runs

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
Rights = frozenset[str]


class Boards:
    """Publishes people's Home tabs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._told: Fresh[tuple[str, Rights], Sequence[str]] = Fresh(self._ask, seconds=MINUTES)
        self._asker: dict[Rights, str] = {}  # somebody with these roles: what they may read is the same

    def register(self, app: App) -> None:
        """Listen to the board's own buttons."""
        app.action(ids.PAGE_PATTERN)(self.turn)
        app.action(ids.OPEN)(self.open)

    def publish(self, user: str, page: int = 0) -> None:
        """Show the board soon, and again once health and agents are known."""
        self._parts.work.submit(lambda: self._publish(user, page), key=f"home/{user}", failed=_unseen)

    def turn(self, ack: Ack, body: Json) -> None:
        """Another page of the queue."""
        ack()
        page = str(body["actions"][0].get("value", "0"))
        self.publish(str(body["user"]["id"]), int(page) if page.isdecimal() else 0)

    def open(self, ack: Ack, body: Json) -> None:
        """A request's card, into the direct message."""
        ack()
        user, value = str(body["user"]["id"]), str(body["actions"][0].get("value", ""))

        def job() -> None:
            shown = self._parts.engine.card(ids.plan(value))
            if not _may_open(self._parts.directory.principal(user), shown):
                raise Refused("That request is for its asker and for those who decide on it")
            self._parts.cards.copy(shown, user, once=False)

        self._parts.work.submit(job, failed=self._parts.failed("", user))

    def _publish(self, user: str, page: int) -> None:
        person = self._parts.directory.known(user)
        policy, clock = self._parts.engine.policy, self._parts.clock
        read = gathered(self._parts.store, policy, clock, person, page=page)
        self._show(user, read)
        if person.roles and (told := self._added(read, person)) != read:
            self._show(user, told)

    def _show(self, user: str, read: Board) -> None:
        view = {"type": "home", "blocks": ids.stamped(home(read))}
        self._parts.client.views_publish(user_id=user, view=view)

    def _added(self, read: Board, person: Principal) -> Board:
        self._asker[person.roles] = person.id
        return replace(
            read,
            health=self._told.recent(("report_health", person.roles)),
            agents=self._told.recent(("list_agents", person.roles)),
        )

    def _ask(self, asked: tuple[str, Rights]) -> Sequence[str]:
        """What a tool answers people with these roles, in a few lines; nothing while the tool is planned."""
        name, user = asked[0], self._asker[asked[1]]
        tool = self._parts.engine.registry.get(name)
        if tool is None or tool.planned:
            return ()
        call = ToolCall(
            tool=name,
            args={},
            principal=self._parts.directory.known(user),
            thread=ThreadRef(surface=SURFACE, channel="", thread=f"home-{user}"),
            said=name.replace("_", " "),
        )
        try:
            result = self._parts.engine.submit(call)
        except ClearanceError as error:
            return (error.sentence(),)
        if not isinstance(result, Answered):
            return ()
        rows = [row for table in result.answer.tables[:1] for row in table.rows[:LINES]]
        if name == "list_agents" and not rows:
            return ()  # no agents, no section
        return (result.answer.text, *(" · ".join(str(cell) for cell in row if cell != "") for row in rows))


def gathered(store: Store, policy: Policy, clock: Clock, person: Principal, *, page: int = 0) -> Board:
    """One person's board, from the store alone."""
    if not person.roles:
        return Board(name=person.name, now=clock.now())
    now, groups = clock.now(), person.roles
    with store.read() as connection:
        total = board.count_waiting(connection, groups=groups, besides=person.id)
        page = min(page, max(-(-total // PAGE) - 1, 0))
        queue = board.waiting(connection, groups=groups, besides=person.id, limit=PAGE, offset=page * PAGE)
        handed = reminders.handed_to(connection, person.id)
        mine = plans.requests(connection, states=None, principal=person.id, limit=OWN)
        wide = bool(groups & ROLES)
        return Board(
            name=person.name,
            now=now,
            decides=wide or total > 0,
            waiting=queue,
            total=total,
            page=page,
            handed={plan: each.giver_name for plan, each in handed.items()},
            asleep=reminders.snoozed(connection, person.id, now=now),
            going=[
                showing.card(connection, known(connection, each.plan_id))
                for each in board.going(connection, limit=GOING)
                if wide
            ],
            ended=board.ended(connection, limit=ENDED) if wide else (),
            own=[_request(connection, each) for each in mine],
            clauses=policy.clauses(),
            findings=[headline(each) for each in findings.open_ones(connection, limit=LINES)] if wide else (),
        )


def _may_open(person: Principal, shown: PlanCard) -> bool:
    if person.id == shown.requester or ADMIN in person.roles:
        return bool(person.roles)
    return shown.approval is not None and shown.approval.group in person.roles


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
