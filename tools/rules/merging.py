"""Which record wins a merge, and which value of each field: opt-out by OR, dates by the earliest, no sums.

A vendor's merge cannot be taken back, and vendors differ in what they keep; what must survive is therefore
decided here, said before approval, and written with the merge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from tools.errors import InvalidArguments
from tools.rules.countries import country_code
from tools.rules.person_fields import CanonicalField

WinnerRule = Literal["oldest", "newest", "active", "complete"]
Value = str | int | float | bool | None

FILLED: tuple[CanonicalField, ...] = (
    "first_name", "last_name", "company", "title", "phone", "country", "state", "city", "postal_code",
    "industry",
    "lead_source", "website",
)  # fmt: skip
PLACE: tuple[CanonicalField, ...] = ("country", "state", "city", "postal_code")
ORIGINAL: frozenset[CanonicalField] = frozenset({"lead_source"})
SAYS: Mapping[WinnerRule, str] = {
    "oldest": "the record created first wins",
    "newest": "the record created last wins",
    "active": "the record active last wins",
    "complete": "the record with the most fields filled in wins",
}
SURVIVES = (
    "an opt-out on either side stays, the earliest creation date and proof of consent stay in the backup, "
    "the owner is the contact's where there is one, the lead source is the earliest, scores are not added "
    "up, empty fields are filled from the others (a place only from a record of the same place, but Marketo "
    "and HubSpot fill every empty field themselves)"
)
FILLED_BY_VENDOR = "empty on the winner: the vendor fills it itself, though it is another place"
_WORDS: Mapping[WinnerRule, tuple[str, ...]] = {
    "active": (
        "recently updated",
        "latest activity",
        "recently active",
        "last updated",
        "last active",
        "active",
    ),
    "complete": ("complete", "most fields", "fullest", "most data"),
    "newest": ("newest", "latest", "youngest", "last created", "most recent"),
    "oldest": ("oldest", "earliest", "first created", "original", "first"),
}
_NEVER = datetime.min.replace(tzinfo=UTC)
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record of a group as the winner rule looks at it."""

    ref: str
    created: datetime | None
    last_activity: datetime | None
    values: Mapping[CanonicalField, Value]
    opted_out: bool = False
    score: int | None = None
    proof: datetime | None = None  # since when there is a consent that somebody can show


@dataclass(frozen=True, slots=True)
class Source:
    """One field of the merged record: its value and the record it comes from."""

    field: CanonicalField
    value: Value
    ref: str
    why: str


def winner_rule(said: str | None) -> WinnerRule:
    """The rule a person named; the oldest record by default. Raises `InvalidArguments` with choices."""
    if not said or not said.strip():
        return "oldest"
    words = said.casefold()
    for rule, known in _WORDS.items():
        if any(each in words for each in known):
            return rule
    raise InvalidArguments(
        "I do not know that rule for the winner",
        on=said[:80],
        do="Say which record wins: the oldest, the newest, the last active or the most complete.",
        choices=("oldest wins", "newest wins", "last active wins", "most complete wins"),
    )


def ranked(candidates: Sequence[Candidate], rule: WinnerRule) -> list[Candidate]:
    """The winner first, then the others in the order in which they fill its empty fields."""

    def rank(each: Candidate) -> tuple[object, ...]:
        filled = sum(1 for name in FILLED if each.values.get(name))
        created, active = each.created or _EVER, each.last_activity or _NEVER
        return {
            "oldest": (created, -filled),
            "newest": (-(each.created or _NEVER).timestamp() if each.created else 0.0, -filled),
            "active": (-active.timestamp() if each.last_activity else 0.0, -filled),
            "complete": (-filled, created),
        }[rule] + (each.ref,)

    return sorted(candidates, key=rank)


def merged(ranking: Sequence[Candidate], *, owner: str = "", fills: bool = False) -> list[Source]:
    """Where each field of the merged record comes from. The winner's own values win over filled ones.

    `fills` for a vendor that fills every empty field itself, those of another place too.
    """
    winner = ranking[0]
    places = _places(ranking)
    found = [source for name in FILLED if (source := places.get(name) or _source(name, ranking, fills=fills))]
    out = next((each for each in ranking if each.opted_out), None)
    if out is not None:
        found.append(Source("opted_out", True, out.ref, "an opt-out on either side stays"))
    best = max(
        (each for each in ranking if each.score is not None), key=lambda each: each.score or 0, default=None
    )
    if best is not None:
        found.append(Source("score", best.score, best.ref, "the highest, not the sum"))
    if owner:
        found.append(Source("owner", owner, winner.ref, "the contact's owner"))
    return found


def to_write(sources: Sequence[Source], winner: Candidate) -> dict[str, Value]:
    """The values that the merge has to write on the winner, as they differ from its own."""
    own: dict[CanonicalField, Value] = {**winner.values, "opted_out": winner.opted_out, "score": winner.score}
    return {each.field: each.value for each in sources if own.get(each.field) != each.value}


def _places(ranking: Sequence[Candidate]) -> Mapping[CanonicalField, Source]:
    """The parts of one place: a state of one country and a city of another are nowhere."""
    found: dict[CanonicalField, Source] = {}
    for each in ranking:
        own = {name: value for name in PLACE if (value := each.values.get(name))}
        if not _one_place(own, {name: source.value for name, source in found.items()}):
            continue
        why = "the winner's" if each is ranking[0] else "empty on the winner"
        for name, value in own.items():
            found.setdefault(name, Source(name, value, each.ref, why))
    return found


def _one_place(own: Mapping[CanonicalField, Value], known: Mapping[CanonicalField, Value]) -> bool:
    """Whether nothing of a record's place contradicts what is known, and its country is no guess."""
    if known.get("country") and not own.get("country"):
        return False
    return all(
        _place_key(name, own[name]) == _place_key(name, known[name]) for name in own.keys() & known.keys()
    )


def _place_key(name: CanonicalField, value: Value) -> str:
    said = " ".join(str(value).split()).casefold()
    return (country_code(said) if name == "country" else "") or said


def _source(name: CanonicalField, ranking: Sequence[Candidate], *, fills: bool) -> Source | None:
    """The winner's value, or the first there is; where they came from is what the earliest record says."""
    if name in PLACE:
        left = _first(name, ranking) if fills else None
        return replace(left, why=FILLED_BY_VENDOR) if left else None
    if name not in ORIGINAL:
        return _first(name, ranking)
    known = [each for each in ranking if each.values.get(name)]
    first = min(known, key=lambda each: each.created or _EVER, default=None)
    if first is None or first is ranking[0]:
        return _first(name, ranking)
    return Source(name, first.values[name], first.ref, "the earliest record's")


def earliest(name: Literal["created", "proof"], ranking: Sequence[Candidate]) -> Candidate | None:
    """The record with the earliest creation date or proof of consent; None where none has one."""
    known = [each for each in ranking if getattr(each, name) is not None]
    return min(known, key=lambda each: getattr(each, name)) if known else None


def _first(name: CanonicalField, ranking: Sequence[Candidate]) -> Source | None:
    for each in ranking:
        if value := each.values.get(name):
            why = "the winner's" if each is ranking[0] else "empty on the winner"
            return Source(name, value, each.ref, why)
    return None
