"""Groups of mail that a vendor keeps as things of their own: suppression groups, subscription types."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from tools.abilities import ConsentGroup
from tools.connectors.fitting import Target
from tools.plan import Change, System, Veto
from tools.ports import Clock
from tools.rules.consent_groups import GroupNames, folded
from tools.rules.stack import title

FRESH = timedelta(minutes=1)  # an account's groups are asked for again once what was told is older
SLACK = timedelta(minutes=5)  # clocks differ
T = TypeVar("T")


@dataclass(slots=True)
class Told(Generic[T]):
    """What a vendor told of its groups, and until when that is taken for true without asking again."""

    answer: T | None = None
    until: datetime | None = None

    def get(self, clock: Clock, ask: Callable[[], T]) -> T:
        """The answer, asked for anew when it is older than `FRESH`."""
        now = clock.now()
        if self.answer is None or self.until is None or now >= self.until:
            self.answer, self.until = ask(), now + FRESH
        return self.answer


def own_word(change: Change, left: datetime | None, at: datetime) -> Veto | None:
    """Why an opt-out that the vendor says was made then is not the one we wrote `at` that moment.

    An older one was there when we wrote, which changed nothing; a newer one was made after ours had been
    taken back. What cannot be known: whose it is when it was made within `SLACK` of our write, or when the
    vendor tells no time. It counts as ours then.
    """
    if left is not None and left < at - SLACK:
        return Veto.of_undo(change, "own_opt_out", "The person had left it before we wrote")
    if left is not None and left > at + SLACK:
        return Veto.of_undo(change, "own_opt_out", "The person has left it anew since")
    return None


def defined_only(system: System, names: GroupNames, here: Iterable[str], *, what: str) -> list[ConsentGroup]:
    """Groups that the policy names and the account, which has those named `here`, does not have."""
    known = {folded(each) for each in here}
    return [
        ConsentGroup(system=system, name=name, own=own, closed=f"{title(system)} has no {what} “{own}”")
        for own, name in names.fields(system).items()
        if folded(own) not in known
    ]


def unwritable(groups: Sequence[ConsentGroup], named: Iterable[str]) -> list[str]:
    """Why groups that the policy names (in the vendor's words) cannot be written, a sentence each."""
    wanted = {folded(each) for each in named}
    return [each.closed for each in groups if each.closed and folded(each.own) in wanted]


def chosen(groups: Sequence[ConsentGroup], name: str, target: Target) -> ConsentGroup | Veto | None:
    """The group of this name; a veto when it cannot be written, None when there is none."""
    found = next((each for each in groups if folded(each.name) == folded(name)), None)
    return target.veto("no_such_group", found.closed) if found and found.closed else found
