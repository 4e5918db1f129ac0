"""Reminding approvers: one message for all that waits on somebody, at hours that suit them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot import wording
from bot.engine.approvals import may_decide
from bot.slack.parts import Parts
from bot.slack.views.pieces import Message, message, section, titled
from bot.store import approvals, board, plans, reminders
from bot.store.board import Waiting
from tools.context import Principal
from tools.errors import ClearanceError

LISTED = 10
LOOKED_AT = 1_000  # waiting requests looked at in one round, the longest waiting first


class Reminding:
    """Rounds of reminders. Safe in several processes: the store decides who reminds."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def round(self) -> int:
        """Remind everybody who is due now; how many messages were sent."""
        return self._back() + self._due()

    def _back(self) -> int:
        """Requests that somebody had put off come back with their card."""
        with self._parts.store.begin() as connection:
            over = reminders.snoozes_over(connection, now=self._parts.clock.now())
        return sum(self._again(plan_id, user) for plan_id, user in over)

    def _again(self, plan_id: str, user: str) -> bool:
        shown = self._parts.engine.card(plan_id)
        with self._parts.store.read() as connection:
            plan = plans.latest(connection, plan_id)
            approval = approvals.of_plan(connection, plan.header.key) if plan else None
        if approval is None or approval.state != "pending":
            return False
        if not may_decide(self._parts.directory.known(user), approval):
            return False
        told = wording.put_off_until_now(shown)
        self._parts.poster.post(self._parts.poster.direct(user), message(told, [section(told)]))
        self._parts.cards.copy(shown, user)
        return True

    def _due(self) -> int:
        rules, now = self._parts.engine.policy.reminders, self._parts.clock.now()
        with self._parts.store.read() as connection:
            groups = frozenset(self._parts.engine.policy.roles)
            late = board.waiting(connection, groups=groups, before=now - rules.after, limit=LOOKED_AT)
            voted = board.voters(connection, [each.approval_key for each in late])
        sent = 0
        for person, theirs in self._by_person(late, voted).values():
            if rules.fits(local(now, person.timezone)) and (mine := self._claimed(person, theirs, now)):
                home = self._parts.poster.direct(person.id)
                self._parts.poster.post(home, reminder(mine, now))
                sent += 1
        return sent

    def _by_person(
        self, late: Sequence[Waiting], voted: Mapping[int, frozenset[str]]
    ) -> dict[str, tuple[Principal, list[Waiting]]]:
        members = {group: self._members(group) for group in {each.group for each in late}}
        found: dict[str, tuple[Principal, list[Waiting]]] = {}
        for each in late:
            done = voted.get(each.approval_key, frozenset()) | {each.requester, *each.barred}
            for person in members[each.group]:
                if person.id not in done:
                    found.setdefault(person.id, (person, []))[1].append(each)
        return found

    def _members(self, group: str) -> tuple[Principal, ...]:
        try:
            return self._parts.directory.members(group)
        except ClearanceError:  # Slack does not say who: the next round asks again
            return ()

    def _claimed(self, person: Principal, theirs: Sequence[Waiting], now: datetime) -> list[Waiting]:
        not_since = now - self._parts.engine.policy.reminders.every
        with self._parts.store.begin() as connection:
            asleep = reminders.snoozed(connection, person.id, now=now)
            awake = [each for each in theirs if each.plan_id not in asleep and each.expires_at > now]
            return [
                each
                for each in awake
                if reminders.claim(connection, each.plan_id, person.id, not_since=not_since, now=now)
            ]


def reminder(waits: Sequence[Waiting], now: datetime) -> Message:
    """One message about everything that waits on somebody."""
    text = f"{wording.count(len(waits), 'request')} {'waits' if len(waits) == 1 else 'wait'} on you."
    lines = [
        f"{each.plan_id} {each.summary.rstrip('.')} — {wording.people(each.people)}, asked by "
        f"{each.requester_name} {wording.ago(each.created_at, now)}, "
        f"expires {wording.moment(each.expires_at)}"
        for each in waits
    ]
    next_step = section(
        "The cards are in their threads; my Home tab lists them all. “Later” on a card puts it off."
    )
    return message(text, [*titled(text, lines, most=LISTED), next_step])


def local(now: datetime, timezone: str) -> datetime:
    """Now, in somebody's own zone; in UTC when the zone is not known."""
    try:
        return now.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError):
        return now
