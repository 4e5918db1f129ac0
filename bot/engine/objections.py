"""What an undo may not go below: a person's own opt-out that stands somewhere, whoever carried it further.

A run that carried opt-outs from system to system (it has a row of a new base) is checked against the systems
as they are now. Any other run is checked against the ledger, where the guard enters what it sees at the
vendors, and against what vendors date before the run wrote of that person at all: later ones may be echoes
of our own writes, which the vendors' syncs carry on.
"""

from collections.abc import Iterator, Mapping, Sequence

from bot.engine.effects import effects_of
from bot.engine.sampling import address_in
from bot.store import ledger
from bot.store.connect import Store
from tools.plan import Change, System, Veto
from tools.ports import ConsentMark, Person, Reader
from tools.rules.consent import CLOCK_SKEW, GLOBAL, OBJECTIONS, WORDS
from tools.rules.consent_groups import folded, scope_of
from tools.rules.stack import title

CODE = "own_opt_out"
About = tuple[str, str]  # a subject and a scope of consent


def sift(
    store: Store,
    run_id: str,
    systems: Mapping[System, Reader],
    rows: Sequence[Change | Veto],
    *,
    live: bool,
) -> list[Change | Veto]:
    """The rows of an undo, those that would go below an opt-out replaced by a veto that names it."""
    lowering = [
        row
        for row in rows
        if isinstance(row, Change) and row.subject and "consent_lowered" in effects_of(row)
    ]
    if not lowering:
        return list(rows)
    if live:
        why = _live(store, run_id, systems, lowering)
    else:
        why = {**_earlier(store, run_id, systems, lowering), **_known(store, lowering)}
    return [
        Veto.of_undo(row, CODE, f"{why[_about(row)]}: only their own act with evidence takes that back")
        if isinstance(row, Change) and row in lowering and _about(row) in why
        else row
        for row in rows
    ]


def _about(row: Change) -> About:
    return row.subject, folded(scope_of(row.set))


def _known(store: Store, rows: Sequence[Change]) -> dict[About, str]:
    """Opt-outs that were seen at a vendor and are none of our own writes, by subject and scope."""
    with store.read() as connection:
        found = ledger.own_words(connection, list({row.subject for row in rows}))
    said = {
        (subject, folded(scope)): f"{WORDS[entry.state]} in {title(entry.system)}"
        for (subject, _, scope), entry in found.items()
    }
    return _ruling(rows, said)


def _earlier(
    store: Store, run_id: str, systems: Mapping[System, Reader], rows: Sequence[Change]
) -> dict[About, str]:
    """Opt-outs that stand now, that a vendor dates before this run, and that no earlier run of ours wrote."""
    subjects = list({row.subject for row in rows})
    with store.read() as connection:
        first = ledger.first_writes(connection, run_id, subjects)
        ours = ledger.written(connection, subjects)
        met = ledger.met(connection, run_id, subjects)
    said = {
        (subject, GLOBAL): f"{WORDS['opt_out_global']} in {title(system)} before this run came to it"
        for subject, system in met.items()
    }
    for person in _standing(systems, rows):
        begun = first.get(person.subject)
        for mark in person.consent:
            if mark.state not in OBJECTIONS or mark.at is None or begun is None:
                continue
            written = ours.get((person.subject, person.system, mark.scope), ())
            if mark.at < begun - CLOCK_SKEW and all(abs(mark.at - at) > ledger.AT_ONCE for at in written):
                said.setdefault((person.subject, folded(mark.scope)), _words(person, mark))
    return _ruling(rows, said)


def _standing(systems: Mapping[System, Reader], rows: Sequence[Change]) -> Iterator[Person]:
    """Every record that the vendors have of these people now."""
    addresses = {row.subject: address_in(row) for row in rows}
    wanted = [address for address in addresses.values() if address]
    for system, reader in systems.items():
        if system == "clearance" or not wanted:
            continue
        for batch in reader.people(wanted):
            yield from (person for person in batch if person.subject in addresses)


def _live(
    store: Store, run_id: str, systems: Mapping[System, Reader], rows: Sequence[Change]
) -> dict[About, str]:
    """Opt-outs that stand in some system now and were not written by this run, by subject and scope."""
    with store.read() as connection:
        ours = ledger.suppressed_by(connection, run_id, list({row.subject for row in rows}))
    out: dict[About, str] = {}
    for person in _standing(systems, rows):
        out = {**_says(person, ours), **out}
    return _ruling(rows, out)


def _ruling(rows: Sequence[Change], said: Mapping[About, str]) -> dict[About, str]:
    """What stands against each row: an opt-out of its own scope, or of everything."""
    found = {_about(row): said.get(_about(row)) or said.get((row.subject, GLOBAL)) for row in rows}
    return {about: words for about, words in found.items() if words}


def _says(person: Person, ours: frozenset[tuple[str, str, str, str]]) -> dict[About, str]:
    """The opt-outs on a record that this run did not write."""
    records = (person.record_id, person.subject)
    found: dict[About, str] = {}
    for mark in person.consent:
        scope = folded(mark.scope)
        keys = {(person.subject, person.system, each, scope) for each in records}
        if mark.state in OBJECTIONS and not keys & ours:
            found.setdefault((person.subject, scope), _words(person, mark))
    return found


def _words(person: Person, mark: ConsentMark) -> str:
    on = f" on {mark.at:%Y-%m-%d}" if mark.at else ""
    return f"{WORDS[mark.state]} in {title(person.system)}{on}"
