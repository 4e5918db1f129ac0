"""New values, new contacts and forgotten bounces in SendGrid's words, or why SendGrid would not take them.

Contacts are put by address: a repeat makes no second one, and one whose answer was lost is found by the
address. A field is emptied with "", which SendGrid does not document.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from tools.abilities import Edits, FieldFact, Revives, Values
from tools.connectors.fitting import Fitter, Target, Unfit, Value, typed
from tools.connectors.sendgrid.client import Client, Record
from tools.connectors.sendgrid.describing import NAMES, facts
from tools.connectors.sendgrid.fields import HARD, Standing
from tools.connectors.values import key_of, subject_of
from tools.plan import Fields, Veto
from tools.ports import Expressed, Person

REMEMBERED = 50_000  # addresses whose bounces are kept in mind from the last reading
Marks = Mapping[str, Sequence[Record]]  # list -> its records of one address


class _Fitter(Fitter):
    @override
    def wire(self, fact: FieldFact, value: Value) -> Value:
        """A field is emptied with ""."""
        found = typed(fact, value)
        return "" if found is None else found


@dataclass(slots=True)
class Editor(Edits, Revives):
    """Puts values into SendGrid's fields, checked against what it describes; knows who bounced."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)
    _heard: dict[str, Marks] = field(default_factory=dict, repr=False)

    @override
    def express_update(self, person: Person, values: Values) -> Expressed | Veto | None:
        target = Target.of(person, "update")
        if person.object != "contact":
            return target.veto(
                "no_contact", "SendGrid knows this address from a list alone: it has no fields"
            )
        asked = {name: value for name, value in values.items() if not _is_address(person, name, value)}
        try:
            wanted = self._fitted(asked, creating=False)
        except Unfit as error:
            return target.veto(error.code, str(error))
        new = {name: value for name, value in wanted.items() if value != _held(person.raw, name)}
        if not new:
            return None
        return Expressed(
            object="contact",
            record_id=person.record_id,
            op="update",
            set={"email": key_of(person.address), **new},
            guard={name: _held(person.raw, name) for name in new},
            backup=person.raw,
        )

    @override
    def express_create(self, object: str, values: Values) -> Expressed | Veto:
        """See `Edits`. Raises `InvalidArguments` for an object that is no contact."""
        subject = subject_of(self.subject, values.get("address"))
        target = Target("sendgrid", "create", object, None, subject)
        if not subject:
            return target.veto("required_field", "A new contact needs an e-mail address")
        try:
            wanted = self._fitted(values, creating=True, object=object)
        except Unfit as error:
            return target.veto(error.code, str(error))
        return Expressed(
            object=object, record_id=None, op="create", set={**wanted, "email": key_of(values["address"])}
        )

    def _fitted(self, values: Values, *, creating: bool, object: str = "contact") -> dict[str, Value]:
        return _Fitter("SendGrid", facts(self.client, object), NAMES).fitted(values, creating=creating)

    def hear(self, key: str, standing: Standing) -> None:
        """Keep in mind on which lists an address has bounced, as it was just read."""
        marks = {name: standing.on(name, key) for name in HARD if standing.on(name, key)}
        if marks:
            if len(self._heard) >= REMEMBERED:
                self._heard.clear()
            self._heard[key] = marks

    @override
    def express_revival(self, person: Person) -> Expressed | None:
        """The address off every list of bounces, blocks and malformed addresses that it is on."""
        key = key_of(person.address)
        if person.deliverability == "ok" or not key:
            return None
        marks = self._heard.get(key) or self._asked(key)
        if not marks:
            return None
        return Expressed(
            object="bounce",
            record_id=person.subject,
            op="delete",
            set={"email": key, "lists": sorted(marks)},
            guard=dict.fromkeys(sorted(marks), True),
            backup={name: [dict(each) for each in found] for name, found in marks.items()},
        )

    def _asked(self, key: str) -> Marks:
        found = {name: self.client.by_key(name, [key]).get(key, []) for name in HARD}
        return {name: records for name, records in found.items() if records}


def _is_address(person: Person, name: str, value: Value) -> bool:
    """Whether a value is the address the contact has anyway; another one is a change SendGrid refuses."""
    return name in {"address", "email"} and key_of(value) == key_of(person.address)


def _held(raw: Fields, name: str) -> object:
    """A field as it was read: SendGrid returns one that is not set as empty."""
    value = raw.get(name)
    return "" if value is None else value
