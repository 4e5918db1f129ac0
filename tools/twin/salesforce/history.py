"""Field history: who changed a tracked field of a contact or lead, when, from what to what."""

from typing import Any, Final

from tools.twin.salesforce.schema import OBJECTS, SObject, new_id
from tools.twin.world import World

TRACKED: Final = ("HasOptedOutOfEmail",)
OF: Final = {entry.history_of: entry for entry in OBJECTS.values() if entry.history_of}


def track(world: World, source: SObject, before: Any, after: dict[str, Any], writer: str) -> None:  # noqa: ANN401  # a row
    """Keep what a write by this user changes in tracked fields, where the organisation tracks them.

    The creation of a record is kept without a field's name, as the vendor does; here it is left out.
    """
    book = OF.get(source.name)
    if book is None or not world.settings.salesforce_field_history:
        return
    for name in TRACKED:
        if name in after and after[name] != before[name]:
            _keep(world, book, str(before["Id"]), (name, before[name], after[name]), writer)


def _keep(world: World, book: SObject, record: str, change: tuple[str, Any, Any], writer: str) -> None:
    """Write one line of history."""
    name, old, new = change
    now, words = world.stamp(), {0: "false", 1: "true"}
    values = {
        "Id": new_id(world, book), f"{book.history_of}Id": record, "Field": name,
        "OldValue": words.get(old, old), "NewValue": words.get(new, new), "CreatedDate": now,
        "CreatedById": writer,
    }  # fmt: skip
    names = ", ".join(f'"{each}"' for each in values)
    world.run(
        f"INSERT INTO {book.table} ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values())
    )
