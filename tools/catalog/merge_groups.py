"""Which records are merged with which: those of one address, or those of addresses a person calls one."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tools.catalog.person_values import everybody, is_a
from tools.catalog.tally import Looked
from tools.catalog.twofold import apart_by_address, as_likeness
from tools.errors import InvalidArguments
from tools.plan import System, Veto
from tools.ports import Person, Reader
from tools.rules.duplicates import Comparison, likeness, mailbox_of
from tools.rules.email_key import normalise
from tools.rules.plain_text import one_line

Group = list[Person]
MOST_NAMED = 10  # addresses of one person; more are a list, and no list is one person
MOST_TOLD = 1_000  # pairs of different addresses that a plan lists; "find duplicates" counts them all
UNLIKE = (
    "neither name, company nor phone says that these are one person, and a merge cannot be undone: put the "
    "records right first, or merge them in the system itself"
)


def named(emails: Sequence[str]) -> Sequence[str]:
    """The addresses that somebody calls one person, each once. Raises `InvalidArguments`."""
    try:
        found = tuple(dict.fromkeys(normalise(each) for each in emails))
    except InvalidArguments as error:
        raise InvalidArguments(
            "That is no e-mail address", on=error.on, do="Write it as name@company.com."
        ) from error
    if len(found) > MOST_NAMED:
        raise InvalidArguments(
            f"{len(found)} addresses are no one person",
            on=one_line(", ".join(found[:3])),
            do=f"Name the addresses of one person, {MOST_NAMED} at most.",
        )
    return found


@dataclass(slots=True)
class Doubles:
    """What one reading of a system tells: addresses on several records, and records that are alike."""

    kind: str | None
    _seen: dict[str, int] = field(default_factory=dict)
    _spelled: dict[str, str] = field(default_factory=dict)
    _alike: Comparison = field(default_factory=Comparison)

    @classmethod
    def read(cls, reader: Reader, kind: str | None, looked: Looked) -> "Doubles":
        """Read everybody once; with leads the contacts too, for an address may have both."""
        found = cls(kind)
        for person in looked.at(everybody(reader, None if kind == "lead" else kind)):
            found._take(person)
        return found

    def _take(self, person: Person) -> None:
        if is_a(person, self.kind):
            self._alike.take(as_likeness(person))
        if person.subject:
            self._seen[person.subject] = self._seen.get(person.subject, 0) + 1
            if self._seen[person.subject] > 1:
                self._spelled[person.subject] = person.address

    def addresses(self) -> list[str]:
        """Addresses that stand on several records, each once."""
        return list(self._spelled.values())

    def others(self, system: System, subject: Callable[[str], str]) -> Iterator[Veto]:
        """Pairs of one object that are probably one person under two addresses: told, and left alone."""
        pairs = (pair for pair in self._alike.pairs() if apart_by_address(pair))
        for pair in islice(pairs, MOST_TOLD):
            yield Veto(
                subject=subject(pair.other.address) if mailbox_of(pair.other.address) else "",
                system=system,
                object=pair.other.kind,
                record_id=pair.other.ref,
                op="merge",
                code="other_address",
                text="probably one person with a record of another address: somebody has to say so by naming "
                "both addresses, as a merge cannot be undone",
            )


def groups(people: Sequence[Person], kind: str | None, *, together: bool) -> Iterator[Group]:
    """The records of one object that are to become one: of one address, or all of them `together`."""
    found: defaultdict[tuple[str, str], Group] = defaultdict(list)
    for person in people:
        if is_a(person, kind):
            found[person.object, "" if together else person.subject].append(person)
    yield from (group for group in found.values() if len(group) > 1)


def apart(group: Group) -> Iterator[Veto]:
    """Why records of different addresses are not one person: nothing on them is alike."""
    first = group[0]
    for other in group[1:]:
        score, _ = likeness(as_likeness(first), as_likeness(other))
        if not score:
            yield Veto(
                subject=other.subject,
                system=other.system,
                object=other.object,
                record_id=other.record_id,
                op="merge",
                code="not_alike",
                text=UNLIKE,
            )
