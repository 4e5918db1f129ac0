"""`clearance bench duplicates`: how well records of one person are found on a seeded truth, at what cost."""

import random
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from rich.console import Console
from rich.table import Table

from bot.commands.bench.machine import machine
from tools.rules.duplicates import PROBABLE, Comparison, Likeness, mailbox_of

SHARE = 0.06  # of the people are recorded twice, some of them three times
CONFUSING = 0.04  # of the people have a neighbour who only looks alike
_FIRST = (
    "Anna", "Robert", "Elizabeth", "William", "Maximilian", "Jürgen", "Chloé", "Michael", "Katherine",
    "Thomas", "Priya",
    "Wei", "Olga", "José", "Fatima", "Lars", "Giulia", "Emeka", "Yuki", "Siobhan", "Daniel", "Stephanie",
    "Nicholas",
    "Margaret", "Ahmed", "Ingrid", "Patrick", "Susanne", "Victor", "Zoe",
)  # fmt: skip
_SHORT = {
    "Robert": "Bob", "Elizabeth": "Liz", "William": "Bill", "Maximilian": "Max", "Michael": "Mike",
    "Katherine": "Kate", "Thomas": "Tom", "Daniel": "Dan", "Stephanie": "Steph", "Nicholas": "Nick",
    "Margaret": "Maggie", "Patrick": "Pat", "Victor": "Vic",
}  # fmt: skip
_SYLLABLES = (
    "ber", "man", "son", "stein", "ova", "ski", "let", "mar", "tin", "her", "sch", "wal", "ker", "ing",
    "ton", "fer",
    "rei", "ra", "do", "gue", "zal", "kov", "len", "hag", "mor", "pet", "lin", "dal", "bach", "ros",
)  # fmt: skip
_BUSINESS = ("Systems", "Foods", "Energy", "Robotics", "Bank", "Media", "Freight", "Optics", "Labs", "Retail")
_FORMS = ("Inc.", "GmbH", "Ltd.", "LLC", "S.A.", "AG")
_MAIL = ("gmail.com", "outlook.com", "web.de")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one size came to."""

    people: int
    records: int
    truth: int
    found: int
    right: int
    cpu_seconds: float
    peak_mib: float

    @property
    def precision(self) -> float:
        """The share of the pairs found that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the true pairs that were found."""
        return self.right / self.truth if self.truth else 1.0


def run(sizes: list[int], seed: int) -> int:
    """Measure each size, print one line for each; exit 1 when too much is wrong."""
    console = Console(highlight=False, width=120)
    console.print(machine(f"clearance bench duplicates --people {','.join(map(str, sizes))} --seed {seed}"))
    table = Table("people", "records", "true pairs", "found", "precision", "recall", "CPU s", "peak MiB")
    worst = 1.0
    for size in sorted(sizes):  # the peak is the process's so far
        got = measure(size, seed)
        worst = min(worst, got.precision)
        table.add_row(
            f"{got.people:,}", f"{got.records:,}", f"{got.truth:,}", f"{got.found:,}", f"{got.precision:.3f}",
            f"{got.recall:.3f}", f"{got.cpu_seconds:.1f}", f"{got.peak_mib:,.0f}",
        )  # fmt: skip
    console.print(table)
    console.print(
        f"Pairs of {PROBABLE} points and more. {SHARE:.0%} are recorded twice or three times (tag, case, "
        "nickname, typing, initial, swapped names, other spelling of the company, private mail); "
        f"{CONFUSING:.0%} have a neighbour who only looks alike."
    )
    return 0 if worst >= 0.9 else 1  # noqa: PLR2004 (share)


def measure(people: int, seed: int = 7) -> Figures:
    """Records with a known truth, compared. Peak memory is the process's so far."""
    comparison, truth, records = Comparison(), 0, 0
    spent = 0.0
    for group in seeded(people, seed):
        records += len(group)
        truth += sum(1 for one, other in combinations(group, 2) if _whose(one) == _whose(other))
        begun = time.process_time()
        for each in group:
            comparison.take(each)
        spent += time.process_time() - begun
    begun = time.process_time()
    found = right = 0
    for pair in comparison.pairs():
        found += 1
        right += _whose(pair.one) == _whose(pair.other)
    spent += time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(people, records, truth, found, right, spent, peak)


def seeded(people: int, seed: int) -> Iterator[list[Likeness]]:
    """People with their copies and their confusing neighbours; the number before the dot says whose."""
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    for number in range(people):
        person = _person(rng, number)
        group = [person]
        if rng.random() < SHARE:
            group += [_copy(rng, person, copy) for copy in range(1, 2 + (rng.random() < 0.1))]  # noqa: PLR2004 (share)
        elif rng.random() < CONFUSING:
            group.append(_neighbour(rng, person))
        yield group


def _whose(record: Likeness) -> str:
    return record.ref.partition(".")[0]


def _person(rng: random.Random, number: int) -> Likeness:
    company = number // 8
    last = _name(rng)
    first = rng.choice(_FIRST)
    name = f"{_SYLLABLES[company % 30]}{_SYLLABLES[company // 30 % 30]}{company // 900 or ''}".capitalize()
    firm = f"{name} {_BUSINESS[company % 10]} {_FORMS[company % 6]}"
    address = f"{mailbox(first)}.{last.lower()}@{name.lower()}-{_BUSINESS[company % 10].lower()}.example"
    phone = f"+49 {rng.randrange(10**9, 10**10)}" if rng.random() < 0.5 else ""  # noqa: PLR2004 (share)
    return Likeness(f"{number}.0", address, first, last, firm, phone)


def mailbox(name: str) -> str:
    """A name as it stands in an address."""
    return name.lower().translate(str.maketrans("üéóá", "ueoa"))


def _name(rng: random.Random) -> str:
    return "".join(rng.sample(_SYLLABLES, rng.choice((2, 2, 3)))).capitalize()


def _copy(rng: random.Random, person: Likeness, copy: int) -> Likeness:
    kinds = (_same, _tagged, _nicknamed, _mistyped, _initialled, _swapped, _firm_otherwise, _private)
    return replace(rng.choice(kinds)(rng, person), ref=f"{person.ref.partition('.')[0]}.{copy}")


def _same(rng: random.Random, person: Likeness) -> Likeness:
    del rng
    return replace(person, address=person.address.title(), phone="")


def _tagged(rng: random.Random, person: Likeness) -> Likeness:
    local, _, domain = person.address.partition("@")
    return replace(person, address=f"{local}+{rng.choice(('web', 'news', 'trial'))}@{domain}")


def _nicknamed(rng: random.Random, person: Likeness) -> Likeness:
    short = _SHORT.get(person.first_name, person.first_name)
    domain = person.address.partition("@")[2]
    return replace(
        person,
        first_name=short,
        address=f"{short[0].lower()}{rng.randrange(9)}{person.last_name.lower()}@{domain}",
    )


def _mistyped(rng: random.Random, person: Likeness) -> Likeness:
    at = rng.randrange(1, len(person.last_name) - 1)
    last = (
        person.last_name[:at] + person.last_name[at + 1] + person.last_name[at] + person.last_name[at + 2 :]
    )
    domain = person.address.partition("@")[2]
    return replace(person, last_name=last, address=f"{mailbox(person.first_name)}.{last.lower()}@{domain}")


def _initialled(rng: random.Random, person: Likeness) -> Likeness:
    del rng
    domain = person.address.partition("@")[2]
    return replace(
        person,
        first_name=person.first_name[0],
        address=f"{mailbox(person.first_name)[0]}{person.last_name.lower()}@{domain}",
    )


def _swapped(rng: random.Random, person: Likeness) -> Likeness:
    del rng
    domain = person.address.partition("@")[2]
    turned = f"{person.last_name.lower()}.{mailbox(person.first_name)}@{domain}"
    return replace(person, first_name=person.last_name, last_name=person.first_name, address=turned)


def _firm_otherwise(rng: random.Random, person: Likeness) -> Likeness:
    name = person.company.rpartition(" ")[0]
    firm = rng.choice((name, name.upper(), f"{name}, {rng.choice(_FORMS)}"))
    domain = f"{name.partition(' ')[0].lower()}.example"
    return replace(
        person, company=firm, address=f"{mailbox(person.first_name)}{person.last_name.lower()}@{domain}"
    )


def _private(rng: random.Random, person: Likeness) -> Likeness:
    local = f"{mailbox(person.first_name)}.{person.last_name.lower()}{rng.randrange(99)}"
    return replace(person, address=f"{local}@{rng.choice(_MAIL)}")


def _neighbour(rng: random.Random, person: Likeness) -> Likeness:
    """Somebody else who looks alike: a colleague of that last name, a namesake elsewhere, a shared phone."""
    number = f"x{mailbox_of(person.address)}"
    domain = person.address.partition("@")[2]
    other = rng.choice([name for name in _FIRST if name[0] != person.first_name[0]])
    kind = rng.randrange(3)
    if kind == 0:
        local = f"{mailbox(other)}.{person.last_name.lower()}"
        return Likeness(f"{number}.0", f"{local}@{domain}", other, person.last_name, person.company)
    if kind == 1:
        elsewhere = f"{_name(rng)} {rng.choice(_BUSINESS)}"
        address = f"{person.address.partition('@')[0]}@{elsewhere.split(maxsplit=1)[0].lower()}.example"
        return Likeness(f"{number}.0", address, person.first_name, person.last_name, elsewhere)
    last = _name(rng)
    address = f"{mailbox(other)}.{last.lower()}@{domain}"
    return Likeness(f"{number}.0", address, other, last, person.company, person.phone)
