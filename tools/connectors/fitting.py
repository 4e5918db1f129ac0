"""Fitting wanted values into a vendor's fields and types, and saying why one does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tools.abilities import FieldFact, Values
from tools.connectors.values import iso, moment, text
from tools.plan import Fields, Op, System, Veto
from tools.ports import Expressed, Person

YES, NO = frozenset({"true", "yes", "1", "y"}), frozenset({"false", "no", "0", "n", ""})
SHOWN = 12  # values of a choice that a veto lists
BETWEEN = ";"  # what Salesforce and HubSpot put between the values of a field that holds several
Kind = Literal["text", "number", "boolean", "date", "choice", "reference"]
Value = str | int | float | bool | None


class Unfit(Exception):  # noqa: N818 (named by what the value is)
    """A value that cannot be written: the veto's code and words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """The record a wish is about, as vetoes name it."""

    system: System
    op: Op
    object: str
    record_id: str | None
    subject: str

    @classmethod
    def of(cls, person: Person, op: Op, object: str = "") -> "Target":
        """A person's record, or the person in another object (a place in a list)."""
        return cls(person.system, op, object or person.object, person.record_id or None, person.subject)

    def veto(self, code: str, words: str) -> Veto:
        """The wish refused."""
        return Veto(
            subject=self.subject,
            system=self.system,
            object=self.object,
            record_id=self.record_id,
            op=self.op,
            code=code,
            text=words,
        )


@dataclass(frozen=True, slots=True)
class Fitter:
    """Fits values into one object of a vendor. A vendor that differs in a step overrides it.

    `known` is what the vendor describes, `names` our names in its words.
    """

    vendor: str
    known: Mapping[str, FieldFact]
    names: Mapping[Any, str]

    def fitted(self, values: Values, *, creating: bool) -> dict[str, Value]:
        """The values by the vendor's names and in its types. Raises `Unfit`."""
        out: dict[str, Value] = {}
        for name, value in values.items():
            fact = self.known.get(self.names.get(name, name))
            if fact is None:
                raise self.absent(name)
            if self.idle(name, value, creating=creating):
                continue
            if not (fact.createable if creating else fact.updateable):
                raise Unfit("read_only", self.read_only(fact))
            out[fact.name] = self.wire(fact, value)
        return out

    def absent(self, name: str) -> Unfit:
        """Why there is no such field."""
        return Unfit("no_such_field", f"{self.vendor} has no field {name} that we may see")

    def idle(self, name: str, value: Value, *, creating: bool) -> bool:
        """Whether nothing needs writing: a new record has it anyway."""
        del name
        return creating and value in {None, "", False}

    def read_only(self, fact: FieldFact) -> str:
        """Why a field is not written."""
        return f"{fact.name} is read-only for us in {self.vendor}"

    def wire(self, fact: FieldFact, value: Value) -> Value:
        """A value as the field's type has it on the wire. Raises `Unfit`."""
        return typed(fact, value)


def rewritten(person: Person, new: Fields) -> Expressed | None:
    """These values on a person's record, guarded by those they replace; None when there are none."""
    if not new:
        return None
    return Expressed(
        object=person.object,
        record_id=person.record_id,
        op="update",
        set=new,
        guard={name: person.raw.get(name) for name in new},
        backup=person.raw,
    )


def typed(fact: FieldFact, value: Value) -> Value:
    """A value as the field's type has it on the wire. Raises `Unfit`."""
    if fact.type == "boolean":
        return _flag(fact, value)
    if value in {None, ""}:
        return None
    if fact.type == "number":
        return _number(fact, value)
    if fact.type == "date":
        return _date(fact, value)
    return _words(fact, text(value))


def _flag(fact: FieldFact, value: Value) -> bool:
    word = text(value).strip().lower()
    if word not in YES | NO:
        raise Unfit("wrong_type", f"{fact.name} takes yes or no")
    return word in YES


def _number(fact: FieldFact, value: Value) -> float | int:
    try:
        read = float(text(value))
    except ValueError as error:
        raise Unfit("wrong_type", f"{fact.name} takes a number") from error
    return int(read) if read.is_integer() else read


def _date(fact: FieldFact, value: Value) -> str:
    try:
        read = moment(text(value))
    except ValueError as error:
        raise Unfit("wrong_type", f"{fact.name} takes a date such as 2026-03-01") from error
    assert read is not None  # only an empty value has no moment
    return iso(read)


def _listed(fact: FieldFact, value: str) -> str:
    """A value as the vendor lists it; of a field that holds several each, in the order of the list."""
    listed = {each.casefold(): each for each in fact.values}
    wanted = [value]
    if fact.several:
        wanted = [each for part in value.split(BETWEEN) if (each := part.strip())]
    if unknown := [each for each in wanted if each.casefold() not in listed]:
        allowed = ", ".join(fact.values[:SHOWN])
        shown = ", ".join(f"“{each[:60]}”" for each in unknown)
        raise Unfit("not_allowed", f"{fact.name} does not allow {shown}, only {allowed}")
    chosen = {listed[each.casefold()] for each in wanted}
    return BETWEEN.join(each for each in fact.values if each in chosen)


def _words(fact: FieldFact, value: str) -> str:
    """Text that fits; a choice in the spelling the vendor lists."""
    if fact.values:
        return _listed(fact, value)
    if fact.length and len(value) > fact.length:
        raise Unfit("too_long", f"{fact.name} takes {fact.length} characters, not {len(value)}")
    return value
