"""Fitting wanted values into a vendor's fields and types, and saying why one does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.abilities import FieldFact, Values
from tools.connectors.values import iso, moment, text
from tools.plan import Op, System, Veto

YES, NO = frozenset({"true", "yes", "1", "y"}), frozenset({"false", "no", "0", "n", ""})
SHOWN = 12  # values of a choice that a veto lists
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


def fitted(
    known: Mapping[str, FieldFact], names: Mapping[Any, str], values: Values, *, creating: bool, vendor: str
) -> dict[str, Value]:
    """The values by the vendor's names and in its types. Raises `Unfit`.

    `known` is what the vendor describes, `names` our names in its words.
    """
    out: dict[str, Value] = {}
    for name, value in values.items():
        fact = known.get(names.get(name, name))
        if fact is None:
            raise Unfit("no_such_field", f"{vendor} has no field {name} that we may see")
        if creating and value in {None, "", False}:
            continue  # as a new record has it anyway
        if not (fact.createable if creating else fact.updateable):
            raise Unfit("read_only", f"{fact.name} is read-only for us in {vendor}")
        out[fact.name] = typed(fact, value)
    return out


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


def _words(fact: FieldFact, value: str) -> str:
    """Text that fits; a choice in the spelling the vendor lists."""
    if fact.values:
        listed = {each.casefold(): each for each in fact.values}
        if value.casefold() not in listed:
            allowed = ", ".join(fact.values[:SHOWN])
            raise Unfit("not_allowed", f"{fact.name} does not allow “{value[:60]}”, only {allowed}")
        return listed[value.casefold()]
    if fact.length and len(value) > fact.length:
        raise Unfit("too_long", f"{fact.name} takes {fact.length} characters, not {len(value)}")
    return value
