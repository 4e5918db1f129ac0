"""Who the seed makes: people with addresses, consent, bounces and ties, before any vendor's rows."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from tools.twin import seed_words as words

PER_COMPANY: Final = 8
TIES: Final = (
    "opportunity_role", "case", "customer_account", "campaign_window", "recent_activity", "legal_hold",
    "target_account", "phone_in_use", "frozen_owner", "consent_evidence",
)  # fmt: skip
TARGET: Final = 2
CLEAN_FROM: Final = 3
"""Of every ten companies the first is a customer, the second a partner, the third a target account."""
CONTACTS, LEADS_FROM, LEADS_TO = 0.72, 0.70, 0.94
"""Shares of people who are contacts, leads, and (where these overlap) both; the rest are in no CRM."""


@dataclass(slots=True)
class Bounce:
    """One bounce: where it was recorded, its true class, how many days ago."""

    system: str
    kind: str
    days: float
    mailing: int | None = None
    """Which mailing it answered; the person's number decides where nothing is said."""


@dataclass(slots=True)
class Person:
    """One person and everything the vendors will be made to hold about them. Times are days ago."""

    n: int
    first: str
    last: str
    email: str
    company: int
    title: str
    country: str
    phone: str = ""
    contact: bool = True
    lead: bool = False
    marketo: bool = True
    sendgrid: bool = True
    opted_out: dict[str, float] = field(default_factory=dict)
    bounces: list[Bounce] = field(default_factory=list)
    ties: frozenset[str] = frozenset()
    created: float = 400.0
    last_activity: float | None = None
    delivered: tuple[int, ...] = ()
    clicked: float | None = None
    opened: float | None = None
    score: int = 0
    trap: str = ""
    addresses: dict[str, str] = field(default_factory=dict)
    company_name: str = ""
    resurrected: bool = False
    unticked: float = 0.2
    """When an import un-ticked Salesforce's box, for those it `resurrected`."""
    suspended: float | None = None
    filed_as_bounce: bool = False
    marketable: str = ""
    """HubSpot's marketing status, where it is not what consent and bounces make it."""

    def address(self, system: str) -> str:
        """The address as this system spells it."""
        if system == "hubspot":  # spelled as the other marketing automation has it
            system = "marketo"
        return self.addresses.get(system, self.email)


@lru_cache(maxsize=8_192)
def company_name(index: int) -> str:
    """The name of a company."""
    heads, tails, ends = words.COMPANY_HEAD, words.COMPANY_TAIL, words.COMPANY_END
    number, low = divmod(index, len(heads) * len(tails) * len(ends))
    head, rest = heads[low % len(heads)], low // len(heads)
    name = f"{head}{tails[(rest + low) % len(tails)]} {ends[(rest // len(tails) + low) % len(ends)]}"
    return f"{name} {number + 1}" if number else name


@lru_cache(maxsize=8_192)
def domain(index: int) -> str:
    """The domain of a company: reserved for documentation, so that no real mailbox is ever named."""
    return company_name(index).lower().replace(" ", "-") + ".example"


def basic(n: int, company: int, *, moved: bool = False) -> Person:
    """A person by number, at a company; one moved to another company gets the number into the address."""
    first = words.FIRST[n * 37 % len(words.FIRST)]
    last = words.LAST[(n * 53 + n // len(words.LAST)) % len(words.LAST)]
    local = f"{first}.{last}".lower() + (f".{n}" if moved else "")
    place = n * 7 % len(words.COUNTRIES)
    return Person(
        n,
        first,
        last,
        f"{local}@{domain(company)}",
        company,
        words.TITLES[n * 11 % len(words.TITLES)],
        words.COUNTRIES[place],
    )


def _bounce_pattern(rng: random.Random) -> list[str]:
    """A hundred bounced people, shuffled: 60 invalid (30 purgeable), 20 blocked, 13 full, 7 others."""
    pattern = ["two_systems"] * 20 + ["two_events"] * 10 + ["one_signal"] * 8 + ["wrongly"] * 2
    pattern += ["tied"] * 20 + ["blocked"] * 20 + ["full"] * 13 + ["technical"] * 4 + ["unknown"] * 3
    rng.shuffle(pattern)
    return pattern


def crowd(rng: random.Random, people: int, bounced_share: float) -> Iterator[Person]:
    """`people` people in order; the given share of them bounced."""
    pattern, bounced, tied = _bounce_pattern(rng), 0, 0
    for n in range(people):
        due = int((n + 1) * bounced_share) > int(n * bounced_share)
        kind = pattern[bounced % len(pattern)] if due else ""
        tie = TIES[tied % len(TIES)] if kind == "tied" else ""
        bounced, tied = bounced + due, tied + (kind == "tied")
        yield _make(rng, n, kind, tie)


def _make(rng: random.Random, n: int, kind: str, tie: str) -> Person:
    """One person of the crowd."""
    home = n // PER_COMPANY
    company = _company(home, kind, tie)
    person = basic(n, company, moved=company != home)
    _place(rng, person, surely=bool(kind))
    person.created = 900.0 + rng.random() * 900 if kind else 20.0 + rng.random() * 1400
    person.score = int(rng.random() * 100)
    if kind:
        _bounce(rng, person, kind, tie)
    else:
        _live(rng, person)
    return person


def _company(home: int, kind: str, tie: str) -> int:
    """The company a person is at: bounced people are where no other tie than their own holds them."""
    if tie == "customer_account":
        return home // 10 * 10
    if not kind or home % 10 >= CLEAN_FROM:
        return home
    return home // 10 * 10 + CLEAN_FROM + home % 7


def _place(rng: random.Random, person: Person, *, surely: bool) -> None:
    """Which systems hold the person. A small part is held by one or two only."""
    draw = rng.random()
    person.contact, person.lead = draw < CONTACTS, LEADS_FROM <= draw < LEADS_TO
    if surely:
        person.contact, person.lead = draw < 0.8, draw >= 0.8  # noqa: PLR2004  # shares
        return
    person.marketo = rng.random() < 0.95 or not (person.contact or person.lead)  # noqa: PLR2004  # a share
    person.sendgrid = rng.random() < 0.93  # noqa: PLR2004  # a share


def _live(rng: random.Random, person: Person) -> None:
    """A person whose mail arrives: mailings, opens and clicks, ties by chance, some opted out."""
    first = rng.randrange(len(words.MAILINGS) - 1)
    person.delivered = (first, first + 1) if rng.random() < 0.6 else (first,)  # noqa: PLR2004  # a share
    sent = words.MAILINGS[first][2]
    if rng.random() < 0.35:  # noqa: PLR2004  # a share
        person.opened = sent - 0.2
        person.clicked = sent - 0.3 if rng.random() < 0.3 else None  # noqa: PLR2004  # a share
    person.last_activity = rng.random() * 700 if rng.random() < 0.6 else None  # noqa: PLR2004  # shares
    if rng.random() < 0.4:  # noqa: PLR2004  # a share
        person.phone = _phone(person.n)
    draw = rng.random()
    if draw < 0.05:  # noqa: PLR2004  # a share
        person.ties = frozenset({"opportunity_role"})
    elif draw < 0.2:  # noqa: PLR2004  # a share
        person.ties = frozenset({"campaign_window"})
    _opt_out(rng, person)


def _opt_out(rng: random.Random, person: Person) -> None:
    """Six in a hundred opted out everywhere, one only where the other systems have not heard of it."""
    draw = rng.random()
    if draw < 0.06:  # noqa: PLR2004  # a share
        day = 5 + rng.random() * 800
        person.opted_out = {"salesforce": day, "marketo": day, "sendgrid": day}
    elif draw < 0.07:  # noqa: PLR2004  # a share
        person.opted_out = {("sendgrid", "marketo", "salesforce")[person.n % 3]: 0.5 + rng.random() * 20}


def _phone(n: int) -> str:
    """A number that nobody has."""
    return f"+{words.DIALLING[n * 7 % len(words.COUNTRIES)]} 555 {n % 10_000:04d}"


def _bounce(rng: random.Random, person: Person, kind: str, tie: str) -> None:
    """A person whose mail did not arrive."""
    day = 20 + rng.random() * 150
    person.last_activity = 250 + rng.random() * 500 if rng.random() < 0.5 else None  # noqa: PLR2004  # shares
    person.delivered = (10,)
    if kind in {"two_systems", "tied"}:
        person.bounces = [Bounce("sendgrid", "invalid", day), Bounce("marketo", "invalid", day + 1)]
        if rng.random() < 0.5:  # noqa: PLR2004  # a share
            person.bounces.append(Bounce("salesforce", "invalid", day))
    elif kind == "two_events":
        person.bounces = [Bounce("marketo", "invalid", day), Bounce("marketo", "invalid", day + 20)]
    elif kind == "one_signal":
        person.bounces = [Bounce("sendgrid" if rng.random() < 0.5 else "marketo", "invalid", day)]  # noqa: PLR2004  # a share
    elif kind == "wrongly":
        person.bounces = [Bounce("marketo", "invalid", 700 + rng.random() * 60)]
        person.clicked, person.last_activity = 3 + rng.random() * 4, 3.0
    else:
        person.bounces = [Bounce("marketo", kind, day), Bounce("sendgrid", kind, day)]
    _tie(rng, person, tie)


def _tie(rng: random.Random, person: Person, tie: str) -> None:
    """What holds a bounced person in place."""
    if not tie:
        return
    person.ties = frozenset({tie})
    person.contact, person.lead = True, False
    if tie == "recent_activity":
        person.last_activity = 10 + rng.random() * 100
    if tie == "phone_in_use":
        person.phone = _phone(person.n)
