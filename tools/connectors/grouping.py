"""Groups of mail that a vendor keeps as things of their own: suppression groups, subscription types."""

from collections.abc import Iterable, Sequence

from tools.abilities import ConsentGroup
from tools.connectors.fitting import Target
from tools.plan import System, Veto
from tools.rules.consent_groups import GroupNames, folded
from tools.rules.stack import title


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
