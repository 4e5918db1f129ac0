"""Static lists that only the records which go are in, suppression lists too: the winner is put into them.

HubSpot drops the loser of a merge from every static list (its knowledge base on merging contacts); Salesforce
moves campaign members to the master with all that belongs to a record (the SOAP API's guide to merge()).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tools.abilities import Audience, HoldsAudiences
from tools.catalog.across import change
from tools.catalog.audiences import Audiences
from tools.plan import Change, Veto
from tools.ports import Membership, Person, Reader


@dataclass(slots=True)
class Places:
    """The places of a block of records in one system."""

    reader: Reader
    static: Mapping[str, Sequence[Audience]]
    held: Mapping[str, Sequence[Membership]] = field(default_factory=dict)

    @classmethod
    def of(cls, reader: Reader) -> "Places":
        """The lists there are that people are put into by hand; none where the vendor has no lists."""
        static: defaultdict[str, list[Audience]] = defaultdict(list)
        if isinstance(reader, HoldsAudiences):
            for each in Audiences.read({reader.system: reader}).known:
                if each.kind == "list" and each.editable:
                    static[each.name].append(each)
        return cls(reader, static)

    def read(self, people: Sequence[Person]) -> None:
        """Where these records are."""
        found: defaultdict[str, list[Membership]] = defaultdict(list)
        for batch in self.reader.memberships(people) if people and self.static else ():
            for each in batch:
                found[each.record_id].append(each)
        self.held = found

    def back(self, winner: Person, losers: Sequence[Person], *, stage: int) -> Iterator[Change | Veto]:
        """A row for each list that a loser is in and the winner is not.

        It has no guard: what it rests on is the loser's place, which is gone by then, and where the vendor
        has moved the place along with the merge, putting the winner there again changes nothing.
        """
        if not isinstance(self.reader, HoldsAudiences):
            return
        for audience in self._lost(winner, losers):
            wish = self.reader.express_member("add_member", audience, winner)
            if isinstance(wish, Veto):
                yield wish
            elif wish:
                reason = f"back on “{audience.name}”, where a merged record was"
                yield change(winner, replace(wish, guard={}), stage=stage, reason=reason)

    def _lost(self, winner: Person, losers: Sequence[Person]) -> Iterator[Audience]:
        own = self._names(winner)
        for name in dict.fromkeys(name for loser in losers for name in self._names(loser)):
            named = self.static.get(name, ())
            if len(named) == 1 and name not in own:
                yield named[0]
            elif len(named) > 1:  # a membership tells the name alone
                gone = {each.record_id for each in losers}
                yield from (each for each in named if self._holds(each, gone, winner.record_id))

    def _names(self, person: Person) -> Sequence[str]:
        return [each.list_or_campaign for each in self.held.get(person.record_id, ())]

    def _holds(self, audience: Audience, losers: set[str], winner: str) -> bool:
        """Whether a loser is in this list and the winner is not."""
        assert isinstance(self.reader, HoldsAudiences)  # else there are no static lists
        inside = {each.record_id for batch in self.reader.members(audience) for each in batch}
        return bool(inside & losers) and winner not in inside
