"""Places that a merge loses: which lists the winner is put into again, in a vendor that calls two alike."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tools.abilities import Audience
from tools.catalog.merge_places import Places
from tools.plan import Change, Op, Veto
from tools.ports import Expressed, Membership, Person

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WINNER = Person(
    system="marketo", record_id="1", as_of=NOW, subject="s1", address="a@x.example", object="lead"
)
LOSER = replace(WINNER, record_id="2", subject="s2", address="b@x.example")


@dataclass
class Lists:
    """A vendor with lists in memory, by id: a name, who is in it, whether people are put into it by hand."""

    lists: dict[str, tuple[str, set[str], bool]]
    system: str = "marketo"
    asked: list[str] = field(default_factory=list)

    def audiences(self) -> Iterator[list[Audience]]:
        for number, (name, _, editable) in self.lists.items():
            yield [Audience(system="marketo", record_id=number, name=name, kind="list", editable=editable)]

    def members(self, audience: Audience) -> Iterator[list[Membership]]:
        self.asked.append(audience.record_id)
        for who in self.lists[audience.record_id][1]:
            yield [self._membership(who, audience.name)]

    def memberships(self, people: list[Person]) -> Iterator[list[Membership]]:
        for name, inside, _ in self.lists.values():
            yield [self._membership(each.record_id, name) for each in people if each.record_id in inside]

    def express_member(
        self, op: Op, audience: Audience, person: Person, *, status: str = ""
    ) -> Expressed | Veto | None:
        del status  # a list has none
        if person.record_id in self.lists[audience.record_id][1]:
            return None
        return Expressed(object="list_member", record_id=person.record_id, op=op, guard={"status": ""},
                         set={"listId": audience.record_id})  # fmt: skip

    @staticmethod
    def _membership(who: str, name: str) -> Membership:
        return Membership(
            system="marketo", record_id=who, as_of=NOW, list_or_campaign=name, subject="", status="member"
        )


def back(lists: dict[str, tuple[str, set[str], bool]]) -> tuple[list[Any], Lists]:
    """The rows after a merge, and the vendor."""
    reader: Any = Lists(lists)
    places = Places.of(reader)
    places.read([WINNER, LOSER])
    return list(places.back(WINNER, [LOSER], stage=4)), reader


def test_the_winner_goes_where_only_the_loser_was() -> None:
    """Not into lists that fill themselves, nor where it is already; without a guard, in the stage after."""
    rows, _ = back(
        {
            "7": ("Do not mail", {"2"}, True),
            "8": ("Everybody", {"1", "2"}, True),
            "9": ("By rule", {"2"}, False),
        }
    )
    [row] = rows
    assert isinstance(row, Change)
    assert (row.op, row.set, row.guard, row.stage) == ("add_member", {"listId": "7"}, {}, 4)
    assert "“Do not mail”" in row.reason


def test_of_two_lists_of_one_name_it_is_the_one_that_the_loser_is_in() -> None:
    """A membership tells the name alone, so both are asked who is in them."""
    rows, reader = back(
        {"7": ("News", {"5"}, True), "8": ("News", {"2"}, True), "9": ("Other", {"2", "1"}, True)}
    )
    assert [row.set for row in rows] == [{"listId": "8"}]
    assert reader.asked == ["7", "8"]
