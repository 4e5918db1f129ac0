"""New values, new leads and revived mailboxes in Marketo's words, or why Marketo would not take them.

A lead is created with `createOnly` by its address, so that a repeat makes no second one; one whose answer was
lost is found again by the address.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tools.abilities import Values
from tools.connectors.fitting import Target, Unfit, fitted
from tools.connectors.marketo.client import Client
from tools.connectors.marketo.describing import NAMES, facts
from tools.connectors.values import subject_of
from tools.plan import Fields, Veto
from tools.ports import Expressed, Person

RESTRICTIVE = ("unsubscribed", "blackListed", "marketingSuspended")  # taken back by the person alone


@dataclass(frozen=True, slots=True)
class Editor:
    """Puts values into Marketo's fields and types, checked against what it describes."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)

    def update(self, person: Person, values: Values) -> Expressed | Veto | None:
        """See `Edits.express_update`."""
        target = Target("marketo", "update", "lead", person.record_id, person.subject)
        try:
            wanted = self.fitted(values)
        except Unfit as error:
            return target.veto(error.code, str(error))
        new = {
            name: value for name, value in wanted.items() if (value or None) != (person.raw.get(name) or None)
        }
        if lowered := [name for name in RESTRICTIVE if new.get(name, True) is False]:
            return target.veto("consent", f"{lowered[0]} is taken back by the person's own act alone")
        if not new:
            return None
        return Expressed(
            object="lead",
            record_id=person.record_id,
            op="update",
            set=new,
            guard={name: person.raw.get(name) for name in new},
            backup=person.raw,
        )

    def create(self, object: str, values: Values) -> Expressed | Veto:
        """See `Edits.express_create`. Raises `InvalidArguments` for an object that is no lead."""
        subject = subject_of(self.subject, values.get("address"))
        target = Target("marketo", "create", object, None, subject)
        if not subject:
            return target.veto("required_field", "A new lead needs an e-mail address")
        try:
            wanted = fitted(facts(self.client, object), NAMES, values, creating=True, vendor="Marketo")
        except Unfit as error:
            return target.veto(error.code, str(error))
        return Expressed(object=object, record_id=None, op="create", set=wanted)

    def revival(self, person: Person) -> Expressed | None:
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

    def fitted(self, values: Values) -> Fields:
        """Values by Marketo's names and types. Raises `Unfit`."""
        return fitted(facts(self.client, "lead"), NAMES, values, creating=False, vendor="Marketo")
