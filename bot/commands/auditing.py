"""`clearance audit` and `clearance policy`: read the store and the policy, print what they hold."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.app import policy_of, settings_of
from bot.engine import audit
from bot.store.connect import Store
from tools.errors import ClearanceError
from tools.rules.consent_groups import GroupNames
from tools.rules.stack import KINDS, title


def verdict(store: Store) -> tuple[bool, str]:
    """Whether the chain holds, and the sentence that says so."""
    with store.read() as connection:
        check = audit.verify(connection)
    if check.ok:
        return True, f"The audit trail holds: {check.events:,} events, last hash {check.head[:16]}."
    return False, f"The audit trail is broken at event {check.broken_at}: {check.why}."


def verify(home: Path | None) -> int:
    """`clearance audit verify`: 0 when the chain holds, 1 otherwise."""
    store = Store.open(settings_of(home=home).database)
    ok, sentence = verdict(store)
    store.close()
    Console(highlight=False).print(sentence)
    return 0 if ok else 1


def export(file: Path, home: Path | None) -> int:
    """`clearance audit export FILE`: every event as a JSON line."""
    store = Store.open(settings_of(home=home).database)
    count = 0
    with store.read() as connection, file.open("w", encoding="utf-8") as out:
        for count, line in enumerate(audit.export(connection), 1):  # noqa: B007 (the last number is the count)
            out.write(line + "\n")
    store.close()
    Console(highlight=False).print(f"Wrote {count:,} events to {file}.")
    return 0


def show_policy() -> int:
    """`clearance policy show`: every clause in the order of the file; 1 when the file cannot be read."""
    console = Console(highlight=False)
    try:
        policy = policy_of(settings_of())
    except ClearanceError as error:
        console.print(error.sentence())
        return 1
    table = Table(title="The policy in force; what no clause covers is denied", title_justify="left")
    for column in ("clause", "what it says", "verdict"):
        table.add_column(column)
    for clause in policy.clauses():
        table.add_row(clause.id, clause.text, clause.verdict)
    console.print(table)
    _show_groups(console, policy.groups)
    return 0


def _show_groups(console: Console, groups: GroupNames) -> None:
    """The kinds of mail that are defined, and what each system calls them."""
    if not groups.defined:
        return
    table = Table(title="Kinds of mail people leave one by one", title_justify="left")
    for column in ("group", *KINDS):
        table.add_column(title(column) if column in KINDS else column)
    for each in groups.defined:
        table.add_row(each.name, *(each.called.get(system, "") for system in KINDS))
    console.print(table)
