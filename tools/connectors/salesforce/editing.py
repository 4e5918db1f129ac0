"""New values and new people in Salesforce's words, or why Salesforce would not take them.

A record created by us is found again after a crash by its address, its creation since the run began, and our
own user as its creator (`landing`): Salesforce has no place for an idempotency key without a custom field.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.abilities import FieldFact, Values
from tools.connectors.salesforce.client import Client
from tools.connectors.salesforce.describing import NAMES, facts
from tools.connectors.salesforce.fields import BOUNCE_REASON, BOUNCED_AT
from tools.connectors.salesforce.landing import same
from tools.connectors.salesforce.marks import OPT_OUT
from tools.connectors.values import iso, moment, subject_of, text
from tools.plan import Fields, Op, Veto
from tools.ports import Expressed, Person

YES, NO = frozenset({"true", "yes", "1", "y"}), frozenset({"false", "no", "0", "n", ""})
Facts = Mapping[str, FieldFact]
Value = str | int | float | bool | None
WHOLE = frozenset({"int", "long"})
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")


class Unfit(Exception):  # noqa: N818 (named by what the value is)
    """A value that cannot be written: the veto's code and words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """The record a wish is about, as vetoes name it."""

    op: Op
    object: str
    record_id: str | None
    subject: str

    def veto(self, code: str, words: str) -> Veto:
        """The wish refused."""
        return Veto(
            subject=self.subject,
            system="salesforce",
            object=self.object,
            record_id=self.record_id,
            op=self.op,
            code=code,
            text=words,
        )


@dataclass(frozen=True, slots=True)
class Editor:
    """Puts values into the vendor's fields and types, checked against what it says of itself."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)

    def update(self, person: Person, values: Values) -> Expressed | Veto | None:
        """See `Edits.express_update`."""
        target = Target("update", person.object, person.record_id, person.subject)
        if person.raw.get("IsConverted"):
            return target.veto("converted", "A converted lead is read-only in Salesforce")
        try:
            wanted = self.fitted(person.object, values, creating=False)
        except Unfit as error:
            return target.veto(error.code, str(error))
        new = {name: value for name, value in wanted.items() if not same(value, person.raw.get(name))}
        if new.get(OPT_OUT) is False:
            return target.veto("consent", "An opt-out is taken back by the person's own act alone")
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

    def create(self, object: str, values: Values) -> Expressed | Veto:
        """See `Edits.express_create`."""
        subject = subject_of(self.subject, values.get("address"))
        target = Target("create", object, None, subject)
        if not subject:
            return target.veto("required_field", "A new record needs an e-mail address")
        try:
            wanted = self.fitted(object, values, creating=True)
            self._complete(object, wanted)
        except Unfit as error:
            return target.veto(error.code, str(error))
        return Expressed(object=object, record_id=None, op="create", set=wanted)

    def revival(self, person: Person) -> Expressed | None:
        """The recorded bounce taken off; None when there is none."""
        marks = {name: person.raw[name] for name in (BOUNCE_REASON, BOUNCED_AT) if person.raw.get(name)}
        if not marks:
            return None
        return Expressed(
            object=person.object,
            record_id=person.record_id,
            op="update",
            set=dict.fromkeys(marks),
            guard=marks,
            backup=person.raw,
        )

    def fitted(self, object: str, values: Values, *, creating: bool) -> Fields:
        """The values by the vendor's names and in its types. Raises `Unfit`."""
        known, described = facts(self.client, object), self.client.describe(object)
        out: dict[str, Value] = {}
        for name, value in values.items():
            fact = _fact(known, object, name)
            if creating and (value is None or value is False or value == ""):
                continue  # as a new record has it anyway
            if not (fact.createable if creating else fact.updateable):
                raise Unfit("read_only", f"{fact.name} is read-only for us in Salesforce")
            if value in {None, ""} and not described[fact.name].get("nillable", True):
                raise Unfit("required_field", f"Salesforce needs a value in {fact.name}")
            out[fact.name] = _typed(fact, text(described[fact.name].get("type")), value)
        return out

    def _complete(self, object: str, wanted: Mapping[str, object]) -> None:
        missing = [
            name for name, fact in facts(self.client, object).items() if fact.required and name not in wanted
        ]
        if missing:
            raise Unfit("required_field", f"Salesforce needs {' and '.join(missing)} for a new {object}")


def _fact(known: Facts, object: str, name: str) -> FieldFact:
    names: Mapping[Any, str] = NAMES.get(object, {})
    wanted = names.get(name, name)
    if found := known.get(wanted):
        return found
    if name in names:
        words = f"Salesforce hides {object}.{wanted} from us: field-level security must let us see it"
        raise Unfit("hidden_field", words)
    if name in {"company", "industry", "employees", "website"} and object == "Contact":
        raise Unfit("no_such_field", f"The {name} of a contact is its account's in Salesforce")
    raise Unfit("no_such_field", f"Salesforce has no field {name} on {object}, or hides it from us")


def _typed(fact: FieldFact, wire: str, value: Value) -> Value:
    """A value as the field's type has it on the wire. Raises `Unfit`."""
    if fact.type == "boolean":
        return _flag(fact, value)
    if value in {None, ""}:
        return None
    if fact.type == "number":
        return _number(fact, wire, value)
    if fact.type == "date":
        return _moment(fact, wire, value)
    return _words(fact, text(value))


def _flag(fact: FieldFact, value: object) -> bool:
    word = text(value).strip().lower()
    if word not in YES | NO:
        raise Unfit("wrong_type", f"{fact.name} is a check-box: it takes yes or no")
    return word in YES


def _number(fact: FieldFact, wire: str, value: object) -> float | int:
    try:
        read = float(text(value))
    except ValueError as error:
        raise Unfit("wrong_type", f"{fact.name} takes a number") from error
    return int(read) if wire in WHOLE else read


def _moment(fact: FieldFact, wire: str, value: object) -> str:
    try:
        read = moment(text(value))
    except ValueError as error:
        raise Unfit("wrong_type", f"{fact.name} takes a date such as 2026-03-01") from error
    assert read is not None  # only an empty value has no moment
    return f"{read:%Y-%m-%d}" if wire == "date" else iso(read)


def _words(fact: FieldFact, value: str) -> str:
    """Text that fits; a choice in the spelling the vendor lists."""
    if fact.type == "reference" and not _ID.fullmatch(value):
        raise Unfit("wrong_type", f"{fact.name} takes a record's id")
    if fact.values:
        listed = {each.casefold(): each for each in fact.values}
        if value.casefold() not in listed:
            allowed = ", ".join(fact.values[:12])
            raise Unfit("not_allowed", f"{fact.name} does not allow “{value[:60]}”, only {allowed}")
        return listed[value.casefold()]
    if fact.length and len(value) > fact.length:
        raise Unfit("too_long", f"{fact.name} takes {fact.length} characters, not {len(value)}")
    return value
