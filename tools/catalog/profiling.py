"""How good records are: filled in, valid, spelled in one way, double; and what a normalisation would mend."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from typing import cast

from tools.answer import Answer, Table
from tools.catalog.across import Ages, evidence, of_each
from tools.catalog.normalizing import LEARNT_FROM
from tools.catalog.person_values import PersonValues, everybody, keepers, only_people, which
from tools.catalog.twofold import as_likeness
from tools.context import ToolContext
from tools.plan import System
from tools.ports import Person
from tools.rules.duplicates import Comparison
from tools.rules.normalizing import spelling_of
from tools.rules.person_fields import LABELS, CanonicalField
from tools.rules.quality import PROFILED, Profile, needs_spelling
from tools.rules.stack import title

Kind = tuple[System, str]


def report(context: ToolContext, object: str | None) -> Answer:
    """A table by field for each kind of record, the worst examples, and duplicates."""
    kind = only_people(object)
    readers = keepers(context, kind)
    values = PersonValues(readers)
    profiles: dict[Kind, Profile] = {}
    ages = Ages()
    doubles, unread = of_each(
        readers, lambda reader: _look(values, ages.noted(everybody(reader, kind)), profiles)
    )
    whole = {key: each for key, each in profiles.items() if key[0] in doubles}
    pairs = {system: sum(1 for _ in each.pairs()) for system, each in doubles.items()}
    answer = _answer(context, kind, whole, pairs, ages)
    return replace(answer, text=answer.text + unread)


def _look(values: PersonValues, people: Iterator[Person], profiles: dict[Kind, Profile]) -> Comparison:
    comparison = Comparison()
    first = list(islice(people, LEARNT_FROM))
    for key in {(person.system, person.object) for person in first}:
        profiles[key] = _profile(values, key, [each for each in first if (each.system, each.object) == key])
    for person in chain(first, people):
        key = (person.system, person.object)
        profile = profiles.setdefault(key, _profile(values, key, []))
        profile.take(lambda name, person=person: values.text(person, name))  # type: ignore[misc] # bound at once
        comparison.take(as_likeness(person))
    return comparison


def _profile(values: PersonValues, key: Kind, people: list[Person]) -> Profile:
    seen = {name: [values.text(each, name) for each in people] for name in PROFILED if needs_spelling(name)}
    allowed = {name: each for name, each in values.allowed(*key).items() if name in PROFILED}
    return Profile(spelling_of(seen, allowed=cast("Mapping[CanonicalField, tuple[str, ...]]", allowed)))


def _answer(
    context: ToolContext,
    kind: str | None,
    profiles: Mapping[Kind, Profile],
    doubles: Mapping[System, int],
    ages: Ages,
) -> Answer:
    rows = sum(each.rows for each in profiles.values())
    mendable = sum(each.mendable for profile in profiles.values() for each in profile.fields.values())
    invalid = sum(each.invalid for profile in profiles.values() for each in profile.fields.values())
    pairs = sum(doubles.values())
    twice = "1 pair is" if pairs == 1 else f"{pairs:,} pairs are"
    worst = _emptiest(profiles)
    return Answer(
        text=f"{rows:,} {'record' if rows == 1 else 'records'} of {which(kind)}: {_values(invalid)} invalid, "
        f"{mendable:,} {'is' if mendable == 1 else 'are'} valid but spelled otherwise than the rest, {twice} "
        f"probably one person.{worst}",
        tables=tuple(chain.from_iterable(_tables(key, each) for key, each in sorted(profiles.items()))),
        evidence=tuple(
            evidence(
                context,
                system,
                f"every {object}, each field looked at here",
                each.rows,
                as_of=ages.of(system),
            )
            for (system, object), each in sorted(profiles.items())
        ),
        facts={"records": rows, "invalid": invalid, "mendable": mendable, "duplicates": pairs},
        private=True,
        next_steps=tuple(_next(profiles, pairs, kind)),
    )


def _values(count: int) -> str:
    return "1 value is" if count == 1 else f"{count:,} values are"


def _emptiest(profiles: Mapping[Kind, Profile]) -> str:
    fields = [
        (each.completeness(), LABELS[each.name].lower(), title(system), object)
        for (system, object), profile in profiles.items()
        for each in profile.fields.values()
        if each.filled  # what a system has not got at all is no gap of the data
    ]
    if not fields:
        return ""
    share, name, system, object = min(fields)
    return f" Emptiest: {name} of {system} {object} ({share:.0%} filled in)."


def _tables(key: Kind, profile: Profile) -> Iterator[Table]:
    system, object = key
    where = f"{title(system)} {object}, {profile.rows:,} records"
    rows = tuple(
        (LABELS[each.name], _share(each.completeness()), _share(each.validity()) if each.filled else "–",
        each.invalid,
         each.mendable)
        for each in profile.fields.values()
    )  # fmt: skip
    yield Table(title=where, columns=("field", "filled in", "valid", "invalid", "to mend"), rows=rows)
    bad = tuple(
        (LABELS[name], value, what, times)
        for name, examples in profile.worst().items()
        for value, what, times in examples
    )
    if bad:
        yield Table(
            title=f"Worst of {title(system)} {object}",
            columns=("field", "value", "what", "times"),
            rows=bad[:20],
        )


def _next(profiles: Mapping[Kind, Profile], pairs: int, kind: str | None) -> Iterator[str]:
    mendable: dict[str, int] = {}
    for profile in profiles.values():
        for each in profile.fields.values():
            mendable[LABELS[each.name].lower()] = mendable.get(LABELS[each.name].lower(), 0) + each.mendable
    for name, count in sorted(mendable.items(), key=lambda item: -item[1])[:2]:
        if count:
            yield f"normalise {name} on {which(kind)}" if kind else f"normalise {name}"
    if pairs:
        yield f"find duplicate {which(kind)}" if kind else "find duplicates"


def _share(part: float) -> str:
    return f"{part:.0%}"
