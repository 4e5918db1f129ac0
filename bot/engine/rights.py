"""Who may see the people in a plan: its requester, those who may decide on it, administrators."""

from bot.store.approvals import Approval
from bot.store.headers import StoredPlan
from tools.context import Principal

ADMIN = "admin"


def sees_people(person: Principal, plan: StoredPlan, approval: Approval | None) -> bool:
    """Whether names, addresses and values of the plan's rows may be shown to this person."""
    if person.kind != "person" or not person.roles:
        return False
    if person.id == plan.header.principal or ADMIN in person.roles:
        return True
    return approval is not None and (approval.group in person.roles or person.id in approval.barred)
