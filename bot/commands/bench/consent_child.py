"""Our side of the comparison that `clearance bench consent` runs in a process of its own."""

from pathlib import Path

from tools.rules.reconciling import judge
from tools.rules.sets import Sets, Told


def compare_files(folder: str, systems: list[str]) -> int:
    """Our comparison over the columns that lie in that folder; returns how many addresses differ."""
    differ = 0
    with Sets(key=lambda address: address) as sets:
        for file in Path(folder).iterdir():
            (sets.folder / file.name).symlink_to(file)
        for system in systems:
            sets.told[system] = Told()
        people = sets.people()
        for found in sets.differing():
            judgement = judge(found.vector)
            differ += bool(judgement.differs)
            for system, word in found.vector.now.items():
                if word and system in judgement.differs:
                    sets.detail(system, word.loose_ref)
        sets.next_base()
    assert people
    return differ
