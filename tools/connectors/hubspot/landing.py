"""Whether what was written to HubSpot is so: read by id, by address, or by list."""

from collections.abc import Mapping, Sequence

from tools.connectors.hubspot import merging
from tools.connectors.hubspot.audiences import LIST, RECORD
from tools.connectors.hubspot.client import Client, Record
from tools.connectors.hubspot.fields import OPT_OUT, YES
from tools.connectors.hubspot.undoing import LIFTING
from tools.connectors.values import key_of, text
from tools.plan import Change
from tools.ports import Read

UNREAD = frozenset({"idempotency_key", "email", OPT_OUT}) | LIFTING


def read_back(client: Client, changes: Sequence[Change]) -> list[Read]:
    """Rows of one op, in input order."""
    match changes[0].op:
        case "create":
            return _made(client, changes)
        case "merge":
            return [merging.read_back(client, each) for each in changes]
        case "add_member" | "remove_member":
            return _members(client, changes)
        case "suppress":
            return _opted_out(client, changes)
        case _:
            names = sorted({name for each in changes for name in each.set if name not in LIFTING})
            held = _held(client, changes, names)
            return [_read(each, held.get(text(each.record_id))) for each in changes]


def _held(
    client: Client, changes: Sequence[Change], names: Sequence[str], *, archived: bool = False
) -> Mapping[str, Record]:
    ids = [text(each.record_id) for each in changes]
    pages = client.contacts(ids, names, archived=archived)
    return {text(each["id"]): each["properties"] for page in pages for each in page}


def _opted_out(client: Client, changes: Sequence[Change]) -> list[Read]:
    """Opt-outs outlive the contact: of one archived since, the archived record is read."""
    held = dict(_held(client, changes, ["email", OPT_OUT]))
    gone = [each for each in changes if text(each.record_id) not in held]
    if gone:
        held |= _held(client, gone, ["email", OPT_OUT], archived=True)
    return [
        "cannot_tell"
        if text(each.record_id) not in held
        else _landed(held[text(each.record_id)].get(OPT_OUT) == YES)
        for each in changes
    ]


def _made(client: Client, changes: Sequence[Change]) -> list[Read]:
    """A contact made is found by its address, which there can be only one of."""
    addresses = [text(each.set.get("email")) for each in changes]
    pages = client.contacts([each for each in addresses if each], ["email", OPT_OUT], kind="email")
    held = {key_of(each["properties"].get("email")): each["properties"] for page in pages for each in page}
    return [
        _returned(change, held.get(key_of(address)))
        for change, address in zip(changes, addresses, strict=True)
    ]


def _returned(change: Change, now: Record | None) -> Read:
    """Made and, where the row says so, opted out or mailable again."""
    wanted = change.set.get(OPT_OUT)
    return _landed(now is not None and (wanted is None or (now.get(OPT_OUT) == YES) == (wanted == YES)))


def _members(client: Client, changes: Sequence[Change]) -> list[Read]:
    """Whether each contact is in its list."""
    ids = [text(each.record_id or each.set.get(RECORD)) for each in changes]
    inside = {
        (text(place["listId"]), text(record["recordId"]))
        for record in client.lists_of(dict.fromkeys(ids))
        for place in record.get("recordListMemberships") or ()
    }
    wanted = changes[0].op == "add_member"
    return [
        _landed(((text(change.set.get(LIST)), one) in inside) == wanted)
        for change, one in zip(changes, ids, strict=True)
    ]


def _read(change: Change, now: Record | None) -> Read:
    if change.op == "delete":
        return _landed(now is None)
    if now is None:
        return "not_landed"
    if change.op == "unsuppress":
        return _landed(now.get(OPT_OUT) != YES)
    same = all(text(value) == text(now.get(name)) for name, value in change.set.items() if name not in UNREAD)
    address = change.set.get("email")
    return _landed(same and (address is None or key_of(address) == key_of(now.get("email"))))


def _landed(true_now: bool) -> Read:  # noqa: FBT001 (a conversion of one boolean)
    return "landed" if true_now else "not_landed"
