"""Reading back: whether a change is now true in Salesforce."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tools.connectors.salesforce.client import Client, Record, checked, named
from tools.connectors.values import iso, moment, text
from tools.plan import Change
from tools.ports import Read
from tools.rules.consent_groups import SCOPED

SLACK = timedelta(minutes=5)  # clocks differ
KEYS: Mapping[str, tuple[str, ...]] = {"CampaignMember": ("CampaignId", "ContactId", "LeadId")}
KEY = ("Email",)  # by what a created record is found again when its id is not known
SKIPPED = {"idempotency_key", "undelete", SCOPED}


def read_back(client: Client, changes: Sequence[Change], since: datetime) -> list[Read]:
    """Whether each change (one op, one object) is true now, in input order."""
    if not changes:
        return []
    op, object = changes[0].op, changes[0].object
    if op in {"create", "add_member"}:
        return _made(client, object, changes, since)
    names = {name for change in changes for name in change.set} - SKIPPED
    held = client.retrieve(object, [checked(change.record_id) for change in changes], names)
    if op in {"delete", "remove_member"}:
        return [_read(held[text(change.record_id)] is None) for change in changes]
    return [_written(change, held[text(change.record_id)]) for change in changes]


def _written(change: Change, now: Record | None) -> Read:
    """A write reads back its values. A record gone since cannot be mailed: its suppression stands."""
    if now is None:
        return "landed" if change.op == "suppress" else "not_landed"
    return _read(all(same(value, now.get(name)) for name, value in change.set.items() if name not in SKIPPED))


def same(planned: object, now: object) -> bool:
    """Whether two wire values are the same; the vendor returns "" as null and spells times its own way."""
    if (planned or None) == (now or None):
        return True
    if isinstance(planned, str) and isinstance(now, str) and "T" in planned and "T" in now:
        try:
            return moment(planned) == moment(now)
        except ValueError:
            return False
    return False


def _made(client: Client, object: str, changes: Sequence[Change], since: datetime) -> list[Read]:
    """Records out of the bin are found by id; new ones by what they were given, made since the run began."""
    ids = [checked(_id(change)) for change in changes if _id(change)]
    here = client.retrieve(object, ids, ()) if ids else {}
    fresh = _fresh(client, object, [change for change in changes if not _id(change)], since)
    return [
        _read(here.get(_id(change)) is not None) if _id(change) else _read(_among(change, fresh, object))
        for change in changes
    ]


def _id(change: Change) -> str:
    return text(change.set.get("undelete") or change.record_id)


def _fresh(client: Client, object: str, changes: Sequence[Change], since: datetime) -> list[Record]:
    """Records of the object that we made since then and that share a key's value with one of the changes."""
    found: list[Record] = []
    keys = KEYS.get(object, KEY)
    for name in keys[:1]:
        values = sorted({text(change.set.get(name)) for change in changes if change.set.get(name)})
        template = (
            f"SELECT Id, {', '.join(keys)} FROM {named(object)}"  # noqa: S608 (SOQL of checked names)
            f" WHERE CreatedDate >= {iso(since - SLACK)}{by_us(client)} AND {name} IN {{}}"
        )
        for soql in client.within(template, values):
            for page in client.query(soql):
                found += page
    return found


def by_us(client: Client) -> str:
    """The condition that a record was created by our own user, where the login told who that is."""
    user = client.door.user()
    return f" AND CreatedById = '{checked(user)}'" if user else ""


def _among(change: Change, fresh: Sequence[Record], object: str) -> bool:
    """Whether a fresh record has what this change was to give it, text compared without case."""
    names = [name for name in KEYS.get(object, KEY) if change.set.get(name)]
    return bool(names) and any(
        all(text(each.get(name)).lower() == text(change.set[name]).lower() for name in names)
        for each in fresh
    )


def _read(true_now: bool) -> Read:  # noqa: FBT001 (a conversion of one boolean)
    return "landed" if true_now else "not_landed"
