"""Properties as facts; new values and new people in HubSpot's words, or why HubSpot would not take them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from tools.abilities import Edits, FieldFact, Values
from tools.connectors.fitting import Fitter, Kind, Target, Unfit, Value, rewritten, typed
from tools.connectors.hubspot.client import Client, Record
from tools.connectors.hubspot.fields import NAMES, OPT_OUT, YES, writable
from tools.connectors.values import key_of, subject_of, text
from tools.errors import InvalidArguments
from tools.plan import Fields, Veto
from tools.ports import Expressed, Person

OBJECT = "contact"
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
        several=record.get("fieldType") == "checkbox",
    )


@dataclass(frozen=True, slots=True)
class Editor(Edits):
    """Puts values into properties, checked against what HubSpot says of them."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)

    @override
    def express_update(self, person: Person, values: Values) -> Expressed | Veto | None:
        try:
            wanted = self.fitted(values)
        except Unfit as error:
            return Target.of(person, "update").veto(error.code, str(error))
        return rewritten(person, different(wanted, person.raw))

    @override
    def express_create(self, object: str, values: Values) -> Expressed | Veto:
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
        return _Fitter("HubSpot", facts(self.client, OBJECT), NAMES).fitted(values, creating=False)


class _Fitter(Fitter):
    @override
    def absent(self, name: str) -> Unfit:
        return Unfit("no_such_field", f"HubSpot has no property {name} on contacts, or hides it")

    @override
    def idle(self, name: str, value: Value, *, creating: bool) -> bool:
        """An opt-out is as it is anyway, or not ours to take back."""
        return name == "opted_out" and value in {False, None, "", "false"}

    @override
    def read_only(self, fact: FieldFact) -> str:
        if fact.canonical == "opted_out":
            return "An opt-out is set in HubSpot by suppressing the address, not as a property"
        return f"{fact.name} is read-only for the API in HubSpot"

    @override
    def wire(self, fact: FieldFact, value: Value) -> str:
        """A value as the wire has it: text, "" to clear."""
        if not text(value).strip():
            return ""
        found = typed(fact, value.strip() if isinstance(value, str) else value)
        if isinstance(found, bool):
            return str(found).lower()
        return key_of(found) or text(found) if fact.canonical == "address" else text(found)


def different(wanted: Fields, raw: Fields) -> Fields:
    """What of these values a contact does not have yet."""
    return {name: value for name, value in wanted.items() if text(value) != text(raw.get(name))}


def _possible(object: str, subject: str) -> None:
    """Raises `Unfit` for a record that cannot be made."""
    if object != OBJECT:
        raise Unfit("no_such_object", f"HubSpot has no object {object[:40]} here")
    if not subject:
        raise Unfit("required_field", "A new contact needs an e-mail address")
