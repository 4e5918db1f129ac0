"""What putting a merge into a vendor's words is alike for all vendors."""

from collections.abc import Iterable, Sequence

from tools.plan import Fields
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
