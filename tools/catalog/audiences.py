"""Lists and campaigns by name, in every system that holds them: a near miss is taken, a tie is a question."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.abilities import Audience, HoldsAudiences
from tools.errors import InvalidArguments
from tools.plan import System
from tools.ports import Membership, Reader
from tools.progress import counted
from tools.rules.plain_text import one_line
from tools.rules.stack import KINDS, title

NEAR = 88.0  # similarity (0..100) from which a name is taken as meant
TIE = 4.0  # closer than this to the best is a tie
SHORTEST = 4  # letters: a shorter name is part of too many
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Audiences:
    """Every list and campaign there is now."""

    holders: Mapping[System, HoldsAudiences]
    known: tuple[Audience, ...]

    @classmethod
    def read(cls, readers: Mapping[System, Reader]) -> "Audiences":
        """Ask every system that has lists or campaigns."""
        holders = {name: each for name, each in readers.items() if isinstance(each, HoldsAudiences)}
        return cls(
            holders,
            tuple(each for holder in holders.values() for batch in holder.audiences() for each in batch),
        )

    def members(self, audience: Audience) -> Iterator[Membership]:
        """Who is in one."""
        for batch in counted(audience.system, self.holders[audience.system].members(audience), "members"):
            yield from batch

    def named(self, said: str) -> tuple[Audience, ...]:
        """The audiences of that name or id, at most one a system. Raises `InvalidArguments` with choices."""
        wanted = said.strip().casefold()
        exact = [each for each in self.known if wanted in {each.name.casefold(), each.record_id.casefold()}]
        if exact:
            return tuple(_one_each(exact, said))
        names = self._near(said)
        if len(names) == 1:
            return self.named(names[0])
        what = (
            "Several lists or campaigns could be meant"
            if names
            else "There is no list or campaign of that name"
        )
        shown = names or tuple(dict.fromkeys(each.name for each in self.known))[:SHOWN]
        raise InvalidArguments(
            what,
            on=one_line(said, longest=80),
            do=f"Which one: {', '.join(shown)}?" if shown else "Create it first.",
            choices=shown,
        )

    def _near(self, said: str) -> tuple[str, ...]:
        from rapidfuzz import fuzz, process, utils

        names = list(dict.fromkeys(each.name for each in self.known))
        ranked = process.extract(
            said, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=SHOWN + 1
        )
        if len(said.strip()) < SHORTEST or not ranked or ranked[0][1] < NEAR:
            return ()
        return tuple(name for name, score, _ in ranked if ranked[0][1] - score < TIE)[:SHOWN]


def _one_each(found: list[Audience], said: str) -> Iterator[Audience]:
    """One of each system: what can be edited before what the vendor fills, a MAP's list, a CRM's campaign."""
    for system in dict.fromkeys(each.system for each in found):
        own = [each for each in found if each.system == system]
        usual = "campaign" if KINDS.get(system) == "crm" else "list"
        best = max((each.editable, each.kind == usual) for each in own)
        left = [each for each in own if (each.editable, each.kind == usual) == best]
        if len(left) > 1:
            ids = ", ".join(each.record_id for each in left[:SHOWN])
            raise InvalidArguments(
                f"{title(system)} has {len(left)} of that name",
                on=one_line(said, longest=80),
                do=f"Say the id: {ids}.",
                choices=tuple(each.record_id for each in left[:SHOWN]),
            )
        yield left[0]
