"""Properties as facts; new values and new people in HubSpot's words, or why HubSpot would not take them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tools.abilities import FieldFact, Values
from tools.connectors.fitting import Target, Unfit, Value, typed
from tools.connectors.hubspot.client import Client, Record
from tools.connectors.hubspot.fields import NAMES, OPT_OUT, YES, writable
from tools.connectors.values import key_of, subject_of, text
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
            given = {name: value for name, value in values.items() if value not in {None, ""}}
            stopped = YES if given.pop("opted_out", False) in {True, "true"} else ""
            wanted = self.fitted(given)
        except Unfit as error:
            return Target("hubspot", "create", object, None, subject).veto(error.code, str(error))
        # the address is opted out of everything before the contact is made
        opt_out = {OPT_OUT: stopped} if stopped else {}
        return Expressed(object=OBJECT, record_id=None, op="create", set={**wanted, **opt_out})

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
            out[fact.name] = _wire(fact, value)
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


def _wire(fact: FieldFact, value: Value) -> str:
    """A value as the wire has it: text, "" to clear. Raises `Unfit`."""
    if not text(value).strip():
        return ""
    found = typed(fact, value.strip() if isinstance(value, str) else value)
    if isinstance(found, bool):
        return str(found).lower()
    return key_of(found) or text(found) if fact.canonical == "address" else text(found)


def refused(op: Op, person: Person, code: str, words: str) -> Veto:
    """A wish about a contact refused."""
    return Target("hubspot", op, OBJECT, person.record_id or None, person.subject).veto(code, words)
