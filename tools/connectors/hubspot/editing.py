"""Properties as facts; new values and new people in HubSpot's words, or why HubSpot would not take them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tools.abilities import FieldFact, Values
from tools.connectors.hubspot.client import Client, Record
from tools.connectors.hubspot.fields import NAMES, writable
from tools.connectors.values import iso, key_of, moment, subject_of, text
from tools.errors import InvalidArguments
from tools.plan import Fields, Op, Veto
from tools.ports import Expressed, Person

OBJECT = "contact"
Kind = Literal["text", "number", "boolean", "date", "choice", "reference"]
KINDS: Mapping[str, Kind] = {
    "bool": "boolean",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "enumeration": "choice",
}
FLAGS = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
Value = str | int | float | bool | None


class Unfit(Exception):  # noqa: N818 (named by what the value is)
    """A value that cannot be written: the veto's code and words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def facts(client: Client, object: str) -> Mapping[str, FieldFact]:
    """The properties of contacts. Raises `InvalidArguments` for an unknown object."""
    if object != OBJECT:
        raise InvalidArguments("HubSpot has no such object here", on=object[:40], choices=(OBJECT,))
    ours = {name: canonical for canonical, name in NAMES.items()}
    return {name: _fact(each, ours.get(name, "")) for name, each in client.described().items()}


def _fact(record: Record, canonical: str) -> FieldFact:
    kind, options = text(record.get("type")), record.get("options") or ()
    return FieldFact(
        name=text(record["name"]),
        label=text(record.get("label")),
        canonical=canonical,
        type="reference" if record.get("referencedObjectType") else KINDS.get(kind, "text"),
        updateable=writable(record),
        createable=writable(record),
        required=record["name"] == "email",
        values=tuple(text(each["value"]) for each in options) if kind == "enumeration" else (),
    )


@dataclass(frozen=True, slots=True)
class Editor:
    """Puts values into properties, checked against what HubSpot says of them."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)

    def update(self, person: Person, values: Values) -> Expressed | Veto | None:
        """See `Edits.express_update`."""
        try:
            wanted = self.fitted(values)
        except Unfit as error:
            return refused("update", person, error.code, str(error))
        new = {name: value for name, value in wanted.items() if text(value) != text(person.raw.get(name))}
        if not new:
            return None
        return Expressed(
            object=OBJECT,
            record_id=person.record_id,
            op="update",
            set=new,
            guard={name: person.raw.get(name) for name in new},
            backup=person.raw,
        )

    def create(self, object: str, values: Values) -> Expressed | Veto:
        """See `Edits.express_create`."""
        subject = subject_of(self.subject, values.get("address"))
        try:
            _possible(object, subject)
            wanted = self.fitted({name: value for name, value in values.items() if value not in {None, ""}})
        except Unfit as error:
            return Veto(
                subject=subject, system="hubspot", object=object, record_id=None, op="create",
                code=error.code, text=str(error),
            )  # fmt: skip
        return Expressed(object=OBJECT, record_id=None, op="create", set=wanted)

    def fitted(self, values: Values) -> Fields:
        """The values by HubSpot's names, as text, which is how the wire has them. Raises `Unfit`."""
        known = facts(self.client, OBJECT)
        out: dict[str, str] = {}
        for name, value in values.items():
            fact = known.get(dict(NAMES).get(name, name))  # type: ignore[call-overload]  # any name may be asked for
            if fact is None:
                raise Unfit("no_such_field", f"HubSpot has no property {name} on contacts, or hides it")
            if name == "opted_out" and value in {False, None, "", "false"}:
                continue  # as it is anyway, or not ours to take back
            if not fact.updateable:
                raise Unfit("read_only", _read_only(fact))
            out[fact.name] = _typed(fact, value)
        return out


def _possible(object: str, subject: str) -> None:
    """Raises `Unfit` for a record that cannot be made."""
    if object != OBJECT:
        raise Unfit("no_such_object", f"HubSpot has no object {object[:40]} here")
    if not subject:
        raise Unfit("required_field", "A new contact needs an e-mail address")


def _read_only(fact: FieldFact) -> str:
    if fact.canonical == "opted_out":
        return "An opt-out is set in HubSpot by suppressing the address, not as a property"
    return f"{fact.name} is read-only for the API in HubSpot"


def _typed(fact: FieldFact, value: Value) -> str:
    """A value as the wire has it: text. Raises `Unfit`."""
    said = text(value).strip()
    if not said:
        return ""
    if fact.type == "boolean":
        if said.lower() not in FLAGS:
            raise Unfit("wrong_type", f"{fact.name} takes yes or no")
        return FLAGS[said.lower()]
    if fact.type == "number":
        return _number(fact, said)
    if fact.type == "date":
        return _moment(fact, said)
    if fact.values:
        listed = {each.casefold(): each for each in fact.values}
        if said.casefold() not in listed:
            allowed = ", ".join(fact.values[:12])
            raise Unfit("not_allowed", f"{fact.name} does not allow “{said[:60]}”, only {allowed}")
        return listed[said.casefold()]
    return key_of(said) or said if fact.canonical == "address" else said


def _number(fact: FieldFact, said: str) -> str:
    try:
        float(said)
    except ValueError as error:
        raise Unfit("wrong_type", f"{fact.name} takes a number") from error
    return said


def _moment(fact: FieldFact, said: str) -> str:
    try:
        at = moment(said)
    except ValueError as error:
        raise Unfit("wrong_type", f"{fact.name} takes a date such as 2026-03-01") from error
    assert at is not None  # only an empty value has no moment
    return iso(at)


def refused(op: Op, person: Person, code: str, words: str) -> Veto:
    """A wish about a contact refused."""
    return Veto(
        subject=person.subject,
        system="hubspot",
        object=OBJECT,
        record_id=person.record_id or None,
        op=op,
        code=code,
        text=words,
    )
