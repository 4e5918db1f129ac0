"""Which records are merged with which: those of one address, or those of addresses a person calls one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tools.catalog.person_values import everybody, is_a
from tools.catalog.twofold import as_likeness
from tools.errors import InvalidArguments
from tools.plan import Veto
from tools.ports import Person, Reader
from tools.rules.duplicates import likeness
from tools.rules.email_key import normalise
from tools.rules.plain_text import one_line

Group = list[Person]
MOST_NAMED = 10  # addresses of one person; more are a list, and no list is one person
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


def twice(reader: Reader, kind: str | None) -> list[str]:
    """Addresses that stand on several records, each once; a lead and a contact count where leads do."""
    seen: dict[str, int] = {}
    spelled: dict[str, str] = {}
    across = None if kind == "lead" else kind
    for person in everybody(reader, across):
        if person.subject:
            seen[person.subject] = seen.get(person.subject, 0) + 1
            if seen[person.subject] > 1:
                spelled[person.subject] = person.address
    return list(spelled.values())


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
