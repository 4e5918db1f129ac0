"""Records that are probably the same person: by mailbox, and by name with company, domain or phone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from tools.answer import Answer, Table
from tools.catalog.across import evidence, listing, of_each
from tools.catalog.person_values import PersonValues, everybody, keepers, places
from tools.context import ToolContext
from tools.plan import System
from tools.ports import Person, Reader
from tools.rules.choices import choice_key
from tools.rules.company_names import company_key, normal_company
from tools.rules.duplicates import Comparison, Likeness, Pair, clusters
from tools.rules.stack import title

SHOWN = 15
SAME = 100  # of 100: the same address
ONLY_REPORTED = (
    " Those of different addresses are only reported: a merge cannot be undone, so it takes somebody who "
    "says that two addresses are one person, by naming both."
)


def report(context: ToolContext, object: str | None) -> Answer:
    """Pairs within each system, with a score and a reason; or companies written in several ways."""
    if object in {"account", "opportunity"}:
        return _companies(context, keepers(context))
    readers = keepers(context, object)
    found, unread = of_each(readers, lambda reader: compared(reader, object))
    pairs = {system: list(each.pairs()) for system, each in found.items()}
    answer = _answer(context, found, pairs)
    return replace(answer, text=answer.text + unread)


def compared(reader: Reader, object: str | None) -> Comparison:
    """Every record of a system, ready to be compared."""
    comparison = Comparison()
    for person in everybody(reader, object):
        comparison.take(as_likeness(person))
    return comparison


def as_likeness(person: Person) -> Likeness:
    """What is compared of a record."""
    return Likeness(
        ref=person.record_id,
        address=person.address,
        first_name=person.first_name,
        last_name=person.last_name,
        company=person.company,
        phone=person.phone,
        kind=person.object,
    )


def _answer(
    context: ToolContext, found: Mapping[System, Comparison], pairs: Mapping[System, list[Pair]]
) -> Answer:
    total = sum(map(len, pairs.values()))
    groups = {system: clusters(own) for system, own in pairs.items()}
    too_many = sum(len(group) - 1 for own in groups.values() for group in own)
    exact = sum(1 for own in pairs.values() for pair in own if pair.score == SAME)
    across = sum(1 for own in pairs.values() for pair in own if pair.one.kind != pair.other.kind)
    passed = sum(each.passed_over for each in found.values())
    note = f"{passed} blocks too large to compare" if passed else ""
    return Answer(
        text=f"{_said(total, exact, too_many, across)}{ONLY_REPORTED if total > exact else ''}",
        tables=tuple(_tables(pairs)),
        evidence=tuple(
            evidence(context, system, "every record, compared here", len(each), note)
            for system, each in found.items()
        ),
        facts={"pairs": total, "same_address": exact, "alike": total - exact, "too_many": too_many},
        private=True,
        next_steps=tuple(_next(pairs)),
    )


def _said(total: int, exact: int, too_many: int, across: int) -> str:
    if not total:
        return "No two records look like one person. Nothing was changed."
    pairs = "1 pair is" if total == 1 else f"{total:,} pairs are"
    records = "1 record" if too_many == 1 else f"{too_many:,} records"
    convert = (
        f" {across:,} of the pairs {'is' if across == 1 else 'are'} a lead and a contact: no merge crosses "
        "objects, the lead is converted in the CRM."
        if across
        else ""
    )
    return (
        f"{pairs} probably one person: {exact:,} by the same address, {total - exact:,} by likeness. "
        f"{records} could go.{convert} Nothing was changed."
    )


def _next(pairs: Mapping[System, list[Pair]]) -> Iterator[str]:
    """Merging what shares an address; and the surest pair of two addresses, to be said to be one."""
    kinds = {
        pair.one.kind.casefold()
        for own in pairs.values()
        for pair in own
        if pair.score == SAME and pair.one.kind == pair.other.kind
    }
    yield from (f"merge duplicate {kind}s" for kind in sorted(kinds, reverse=True))
    apart = [pair for own in pairs.values() for pair in own if apart_by_address(pair)]
    if apart:
        surest = max(apart, key=lambda pair: pair.score)
        yield f"merge {surest.one.address} and {surest.other.address}"


def apart_by_address(pair: Pair) -> bool:
    """Whether two records could be merged but for their two addresses."""
    one, other = pair.one, pair.other
    return pair.score < SAME and bool(one.address and other.address) and one.kind == other.kind


def _tables(pairs: Mapping[System, list[Pair]]) -> Iterator[Table]:
    reasons: Counter[tuple[str, str]] = Counter(
        (title(system), pair.reason) for system, own in pairs.items() for pair in own
    )
    yield Table(
        title="Why",
        columns=("system", "reason", "pairs"),
        rows=tuple((system, why, times) for (system, why), times in reasons.most_common(SHOWN)),
    )
    for system, own in pairs.items():
        rows = tuple(
            (pair.score, _who(pair.one), _who(pair.other), pair.reason)
            for pair in sorted(own, key=lambda pair: (-pair.score, pair.one.ref))[:SHOWN]
        )
        if rows:
            yield Table(
                title=f"{title(system)}, the surest", columns=("sure", "one", "other", "why"), rows=rows
            )


def _who(record: Likeness) -> str:
    name = " ".join(filter(None, (record.first_name, record.last_name)))
    return f"{name or record.address} ({record.kind} {record.ref})"


def _companies(context: ToolContext, readers: Mapping[System, Reader]) -> Answer:
    """Companies written in several ways, as the records of their people have them."""
    by_key: defaultdict[str, Counter[str]] = defaultdict(Counter)
    values, read = PersonValues(readers), 0
    for reader in readers.values():
        for person in everybody(reader, None):
            read += 1
            if name := values.text(person, "company"):
                by_key[company_key(name)][name] += 1
    double = sorted((names for names in by_key.values() if len(names) > 1), key=lambda names: -names.total())
    rows = tuple(
        (listing(f"“{name}”" for name, _ in names.most_common(4)), names.total()) for names in double[:SHOWN]
    )
    some = f"{len(double):,} companies are" if double else "No company is"
    companies = "1 company is" if len(double) == 1 else some
    return Answer(
        text=f"{companies} written in several ways on the records of their people. Accounts themselves are "
        f"not read{'; unite the spelling, or merge accounts in the CRM' if double else ''}.",
        tables=(Table(title="Spelled in several ways", columns=("names", "records"), rows=rows),)
        if rows
        else (),
        evidence=(evidence(context, "clearance", f"company of every person in {places(readers)}", read),),
        facts={"companies": len(double)},
        next_steps=("normalize company names",) if any(map(_spelled_apart, double)) else (),
    )


def _spelled_apart(names: Iterable[str]) -> bool:
    """Whether a normalisation unites some of these."""
    written = list(names)
    return len({choice_key(normal_company(name)) for name in written}) < len(written)
