"""New values, new leads and revived mailboxes in Marketo's words, or why Marketo would not take them.

A lead is created with `createOnly` by its address, so that a repeat makes no second one; one whose answer was
lost is found again by the address.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from typing_extensions import override

from tools.abilities import Edits, Revives, Values
from tools.connectors.boxes import lowered
from tools.connectors.fitting import Fitter, Target, Unfit, rewritten
from tools.connectors.marketo.client import Client
from tools.connectors.marketo.describing import NAMES, facts
from tools.connectors.values import subject_of
from tools.plan import Fields, Veto
from tools.ports import Expressed, Person

RESTRICTIVE = ("unsubscribed", "blackListed", "marketingSuspended")  # taken back by the person alone


@dataclass(frozen=True, slots=True)
class Editor(Edits, Revives):
    """Puts values into Marketo's fields and types, checked against what it describes."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)

    @override
    def express_update(self, person: Person, values: Values) -> Expressed | Veto | None:
        target = Target.of(person, "update")
        try:
            wanted = self.fitted(values)
        except Unfit as error:
            return target.veto(error.code, str(error))
        new = {
            name: value for name, value in wanted.items() if (value or None) != (person.raw.get(name) or None)
        }
        kept = {**dict.fromkeys(RESTRICTIVE, ""), **self.client.names.fields("marketo")}
        if name := lowered(new, kept):
            return target.veto("consent", f"{name} is taken back by the person's own act alone")
        return rewritten(person, new)

    @override
    def express_create(self, object: str, values: Values) -> Expressed | Veto:
        """See `Edits`. Raises `InvalidArguments` for an object that is no lead."""
        subject = subject_of(self.subject, values.get("address"))
        target = Target("marketo", "create", object, None, subject)
        if not subject:
            return target.veto("required_field", "A new lead needs an e-mail address")
        try:
            wanted = self.fitted(values, creating=True, object=object)
        except Unfit as error:
            return target.veto(error.code, str(error))
        return Expressed(object=object, record_id=None, op="create", set=wanted)

    @override
    def express_revival(self, person: Person) -> Expressed | None:
        """`emailInvalid` and its cause taken off; `emailSuspended` passes by itself and cannot be written."""
        if not person.raw.get("emailInvalid"):
            return None
        return Expressed(
            object="lead",
            record_id=person.record_id,
            op="update",
            set={"emailInvalid": False, "emailInvalidCause": None},
            guard={"emailInvalid": True},
            backup=person.raw,
        )

    def fitted(self, values: Values, *, creating: bool = False, object: str = "lead") -> Fields:
        """Values by Marketo's names and types. Raises `Unfit`."""
        return Fitter("Marketo", facts(self.client, object), NAMES).fitted(values, creating=creating)
