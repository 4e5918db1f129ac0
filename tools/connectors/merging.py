"""What putting a merge into a vendor's words is alike for all vendors."""

from collections.abc import Iterable, Mapping, Sequence

from tools.connectors.values import key_of
from tools.plan import Change, Fields
from tools.ports import Expressed, Person

BACKUP = "merged"  # under which the backup of the winner has the whole records that went


def merged(
    winner: Person, losers: Sequence[Person], new: Fields, *, key: str, guarded: Iterable[str]
) -> Expressed:
    """The losers, under the vendor's name `key` for their ids, into the winner; `new` is set on it too."""
    return Expressed(
        object=winner.object,
        record_id=winner.record_id,
        op="merge",
        set={**new, key: [each.record_id for each in losers]},
        guard={name: winner.raw.get(name) for name in guarded},
        backup={**winner.raw, BACKUP: [dict(each.raw) for each in losers]},
    )


def readdressed(
    change: Change, losers: Sequence[str], now: Mapping[str, Mapping[str, object] | None], field: str
) -> bool:
    """Whether a record that is to go has another address by now than when the merge was planned.

    It may be somebody else's record then. `now` are the records by id, with the `field` of their address. A
    row without its backup cannot tell.
    """
    kept = change.backup.get(BACKUP)
    planned = [each for each in kept if isinstance(each, dict)] if isinstance(kept, list | tuple) else []
    return any(
        key_of(was.get(field)) != key_of((now.get(loser) or {}).get(field))
        for loser, was in zip(losers, planned, strict=False)
        if field in was
    )
