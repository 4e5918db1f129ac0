"""New values and new people in Salesforce's words, or why Salesforce would not take them.

A record created by us is found again after a crash by its address, its creation since the run began, and our
own user as its creator (`landing`): Salesforce has no place for an idempotency key without a custom field.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from tools.abilities import Edits, FieldFact, Revives, Values
from tools.connectors.boxes import lowered
from tools.connectors.fitting import Fitter, Target, Unfit, Value, rewritten, typed
from tools.connectors.salesforce.client import Client, Record
from tools.connectors.salesforce.describing import NAMES, facts
from tools.connectors.salesforce.fields import BOUNCE_REASON, BOUNCED_AT
from tools.connectors.salesforce.landing import same
from tools.connectors.salesforce.marks import OPT_OUT
from tools.connectors.values import subject_of, text
from tools.plan import Fields, Veto
from tools.ports import Expressed, Person

WHOLE = frozenset({"int", "long"})
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")


@dataclass(frozen=True, slots=True)
class Editor(Edits, Revives):
    """Puts values into the vendor's fields and types, checked against what it says of itself."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)

    @override
    def express_update(self, person: Person, values: Values) -> Expressed | Veto | None:
        target = Target.of(person, "update")
        if person.raw.get("IsConverted"):
            return target.veto("converted", "A converted lead is read-only in Salesforce")
        try:
            wanted = self.fitted(person.object, values, creating=False)
        except Unfit as error:
            return target.veto(error.code, str(error))
        new = {name: value for name, value in wanted.items() if not same(value, person.raw.get(name))}
        if new.get(OPT_OUT) is False or lowered(new, self.client.names.fields("salesforce")):
            return target.veto("consent", "An opt-out is taken back by the person's own act alone")
        return rewritten(person, new)

    @override
    def express_create(self, object: str, values: Values) -> Expressed | Veto:
        subject = subject_of(self.subject, values.get("address"))
        target = Target("salesforce", "create", object, None, subject)
        if not subject:
            return target.veto("required_field", "A new record needs an e-mail address")
        try:
            wanted = self.fitted(object, values, creating=True)
            self._complete(object, wanted)
        except Unfit as error:
            return target.veto(error.code, str(error))
        return Expressed(object=object, record_id=None, op="create", set=wanted)

    @override
    def express_revival(self, person: Person) -> Expressed | None:
        """The recorded bounce taken off; None when there is none."""
        marks = [name for name in (BOUNCE_REASON, BOUNCED_AT) if person.raw.get(name)]
        return rewritten(person, dict.fromkeys(marks))

    def fitted(self, object: str, values: Values, *, creating: bool) -> Fields:
        """The values by the vendor's names and in its types. Raises `Unfit`."""
        known, described = facts(self.client, object), self.client.describe(object)
        fitter = _Fitter("Salesforce", known, NAMES.get(object, {}), object=object, described=described)
        return fitter.fitted(values, creating=creating)

    def _complete(self, object: str, wanted: Mapping[str, object]) -> None:
        missing = [
            name for name, fact in facts(self.client, object).items() if fact.required and name not in wanted
        ]
        if missing:
            raise Unfit("required_field", f"Salesforce needs {' and '.join(missing)} for a new {object}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitter(Fitter):
    object: str
    described: Mapping[str, Record]

    @override
    def absent(self, name: str) -> Unfit:
        if name in self.names:
            hidden = f"{self.object}.{self.names[name]}"
            words = f"Salesforce hides {hidden} from us: field-level security must let us see it"
            return Unfit("hidden_field", words)
        if name in {"company", "industry", "employees", "website"} and self.object == "Contact":
            return Unfit("no_such_field", f"The {name} of a contact is its account's in Salesforce")
        words = f"Salesforce has no field {name} on {self.object}, or hides it from us"
        return Unfit("no_such_field", words)

    @override
    def idle(self, name: str, value: Value, *, creating: bool) -> bool:
        """A zero is a value of its own."""
        return creating and (value is None or value is False or value == "")

    @override
    def wire(self, fact: FieldFact, value: Value) -> Value:
        """References are ids, dates have no time, and only what is described as whole goes as such."""
        described = self.described[fact.name]
        if value in {None, ""} and not described.get("nillable", True):
            raise Unfit("required_field", f"Salesforce needs a value in {fact.name}")
        if fact.type == "reference" and text(value) and not _ID.fullmatch(text(value)):
            raise Unfit("wrong_type", f"{fact.name} takes a record's id")
        found, kind = typed(fact, value), described.get("type")
        if fact.type == "number" and found is not None:
            return int(found) if kind in WHOLE else float(found)
        return text(found).partition("T")[0] if kind == "date" and found is not None else found
