"""Setting fields of records to given values, on those a filter or a list of addresses names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pydantic import BaseModel

from tools.abilities import Edits
from tools.catalog.across import blocks, change, listing
from tools.catalog.filtering import Asked, Membership, as_filter
from tools.catalog.person_values import (
    OBJECTS,
    PersonValues,
    everybody,
    is_a,
    keepers,
    only_people,
    places,
    which,
)
from tools.catalog.tally import Looked
from tools.context import ToolContext
from tools.errors import InvalidArguments, Refused
from tools.plan import Change, Plan, System, Veto
from tools.ports import Person, Reader
from tools.progress import counted
from tools.rules.countries import country_code, near_country
from tools.rules.email_key import normalise
from tools.rules.filters import Filter, field_named
from tools.rules.normalizing import NORMAL, Spelling
from tools.rules.person_fields import LABELS
from tools.rules.plain_text import one_line
from tools.rules.stack import suppress_stage, title

Value = str | int | float | bool | None

# What says whether somebody may be mailed, by any name a person or a vendor has for it.
CONSENT_WORDS = frozenset({
    "opted_out", "opted out", "opt out", "optout", "opt in", "opted in", "hasoptedoutofemail", "unsubscribed",
    "subscribed", "consent", "do not email", "donotcall", "hasoptedoutoffax", "marketingsuspended",
    "blacklisted",
    "hs_email_optout", "email opt out", "emailinvalid", "hs_marketable_status", "marketing status",
})  # fmt: skip
_JOINED = re.compile(
    r"(?P<first>.+?)(?:,\s*and|,|\s+and)\s+(?:the\s+|their\s+|set\s+)*"
    r"(?P<field>[\w ]{2,40}?)\s*(?:\bto\b|=)\s*(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
MEANT, ALREADY = "meant", "so already"
COUNTED = (MEANT, ALREADY)
FIXED = frozenset({"address", "created", "last_activity"})


def plan(
    context: ToolContext,
    said: Mapping[str, Value],
    object: str | None,
    definition: BaseModel | None,
    emails: Sequence[str],
) -> Plan:
    """Set fields to given values on the records of a filter, or on those behind addresses."""
    kind = only_people(object)
    readers = keepers(context, kind)
    wanted = _wanted(said, readers)
    if definition is None and not emails:
        raise InvalidArguments(
            "Which records?", do="Name the addresses, or say which people: leads in France."
        )
    asked = as_filter(definition) if definition is not None else None
    addresses = _addresses(emails)
    setting = _Setting(context, readers, PersonValues(readers), wanted, kind)
    query = f"everybody, filtered here: {asked.sentence()}" if asked else "records by address"
    return Plan(
        summary=_summary(wanted, kind, asked, addresses, readers),
        rows=setting.rows(asked, addresses),
        counted=lambda: setting.looked.evidence(context, query),
    )


def _wanted(said: Mapping[str, Value], readers: Mapping[System, Reader]) -> Mapping[str, Value]:
    """Values by canonical field, or by a vendor's own name. Raises `Refused` for what says consent."""
    if not said:
        raise InvalidArguments("Which field, and to what?", do="Say it like: set country to France.")
    own = PersonValues(readers).vendors_names()
    said = dict(_apart(said, own))
    refused = [name for name in said if name.strip().casefold() in CONSENT_WORDS]
    if refused:
        raise Refused(
            "Who may be mailed is not set as a field",
            on=one_line(", ".join(refused)),
            do="Ask me to suppress these people, or to restore them with the evidence of their own act.",
            clause="consent-change",
        )
    wanted = {field_named(name, own): value for name, value in said.items()}
    if fixed := [LABELS[name].lower() for name in LABELS if name in FIXED and name in wanted]:
        raise Refused(
            f"{listing(fixed)} cannot be set", do="Such a field says who or when, and is no value to choose."
        )
    if "opted_out" in wanted:
        raise Refused("Who may be mailed is not set as a field", do="Ask me to suppress or to restore them.")
    _must_be_a_country(wanted.get("country"), readers)
    return wanted


def _apart(said: Mapping[str, Value], own: Mapping[str, str]) -> Iterator[tuple[str, Value]]:
    """`country` to “Germany and city to Berlin” is two fields: no value names another field and its value."""
    for name, value in said.items():
        joined = _JOINED.fullmatch(value) if isinstance(value, str) else None
        if joined and _is_a_field(joined["field"], own):
            yield name, joined["first"].strip()
            yield from _apart({joined["field"]: joined["rest"].strip()}, own)
        else:
            yield name, value


def _is_a_field(said: str, own: Mapping[str, str]) -> bool:
    if said.strip().casefold() in CONSENT_WORDS:
        return True  # and is refused as one
    try:
        field_named(said, own)
    except InvalidArguments:
        return False
    return True


def _must_be_a_country(value: Value, readers: Mapping[System, Reader]) -> None:
    """Raises `InvalidArguments` for what is neither a country nor a value that a system lists for one."""
    if not isinstance(value, str) or country_code(value):
        return
    values = PersonValues(readers)
    listed = {
        each.casefold()
        for system in readers
        for object in OBJECTS.get(system, ())
        for each in values.allowed(system, object).get("country", ())
    }
    if value.strip().casefold() not in listed:
        near = near_country(value)
        raise InvalidArguments(
            "I know no country of that name",
            on=one_line(value, longest=60),
            do=f"Did you mean {near}?" if near else "Write its name, or its code of two letters.",
            choices=(near,) if near else (),
        )


def _addresses(emails: Sequence[str]) -> Sequence[str]:
    try:
        return tuple(dict.fromkeys(normalise(each) for each in emails))
    except InvalidArguments as error:
        raise InvalidArguments(
            "That is no e-mail address", on=error.on, do="Write it as name@company.com."
        ) from error


@dataclass(frozen=True, slots=True)
class _Setting:
    """One request to set fields."""

    context: ToolContext
    readers: Mapping[System, Reader]
    values: PersonValues
    wanted: Mapping[str, Value]
    kind: str | None
    looked: Looked = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "looked", Looked(COUNTED, tuple(self.readers)))

    def rows(self, asked: Filter | None, addresses: Sequence[str]) -> Iterator[Change | Veto]:
        """The rows, system by system; what is not found is named."""
        found: set[str] = set()
        inside = Membership.of(self.readers, asked) if asked else Membership()
        for system, reader in self.readers.items():
            names = _Names(self, system, reader)
            for person in self.looked.at(self._people(reader, addresses)):
                if asked is None or asked(Asked(person, self.values, inside)):
                    found.add(person.subject)
                    self.looked.note(person.system, MEANT)
                    yield from self._row(person, names)
        for address in addresses:
            if (subject := self.context.subject(address)) not in found:
                yield _unknown(subject)

    def _people(self, reader: Reader, addresses: Sequence[str]) -> Iterator[Person]:
        if not addresses:
            yield from everybody(reader, self.kind)
            return
        for block in blocks(addresses):
            for batch in reader.people(block):
                yield from (person for person in batch if is_a(person, self.kind))

    def _row(self, person: Person, names: "_Names") -> Iterator[Change | Veto]:
        given = names.values(person.object)
        reader = cast("Edits", self.readers[person.system])
        if not given:
            return
        wish = reader.express_update(person, given)
        if isinstance(wish, Veto):
            yield wish
        elif wish is None:
            self.looked.note(person.system, ALREADY)
        else:
            what = listing(f"{_word(name)} to {_shown(value)}" for name, value in self.wanted.items())
            yield change(person, wish, stage=suppress_stage(person.system), reason=f"set {what}")


@dataclass(slots=True)
class _Names:
    """The wanted values in one system's spelling: choices as it lists them, a person's name as their id."""

    setting: _Setting
    system: System
    reader: Reader
    _known: dict[str, Mapping[str, Value]] | None = None

    def values(self, object: str) -> Mapping[str, Value]:
        """What can be set on that object; fields that the system has not got are left out."""
        known = self._known or {}
        if object not in known:
            facts = self.setting.values.facts(self.system, object)
            given = {name: value for name, value in self.setting.wanted.items() if name in facts}
            known = {
                **known,
                object: {name: self._spelled(object, name, value) for name, value in given.items()},
            }
            self._known = known
        return known[object]

    def _spelled(self, object: str, name: str, value: Value) -> Value:
        fact = self.setting.values.facts(self.system, object)[name]
        if fact.type == "reference" and isinstance(value, str):
            return self._id_of(name, fact.name, value)
        if name in NORMAL and fact.values and isinstance(value, str):
            spelling = Spelling({name: fact.values})
            return spelling.normal(name, value) or value
        return value

    def _id_of(self, name: str, vendors_name: str, said: str) -> str:
        """The id behind a name, as some record of that system has both; what is no name stays as said."""
        people = (each for batch in counted(self.system, self.reader.people(None)) for each in batch)
        names: dict[str, str] = {}
        for person in people:
            shown, record = self.setting.values.text(person, name), str(person.raw.get(vendors_name) or "")
            if (
                shown
                and record
                and said.casefold() in {shown.casefold(), shown.split()[0].casefold(), record.casefold()}
            ):
                names[record] = shown
        if len(names) > 1:
            raise InvalidArguments(
                "Several people are called that",
                on=one_line(said),
                do="Which one?",
                choices=tuple(names.values())[:5],
            )
        if not names:
            raise InvalidArguments(
                f"{title(self.system)} knows nobody of that name as {_word(name)}",
                on=one_line(said),
                do="Say the name as it stands on a record they own, or their id.",
            )
        return next(iter(names))


def _unknown(subject: str) -> Veto:
    return Veto(
        subject=subject, system="clearance", object="address", record_id=None, op="update",
        code="unknown_address", text="no connected system holds this address",
    )  # fmt: skip


def _summary(
    wanted: Mapping[str, Value],
    kind: str | None,
    asked: Filter | None,
    addresses: Sequence[str],
    readers: Mapping[System, Reader],
) -> str:
    what = listing(f"{_word(name)} to {_shown(value)}" for name, value in wanted.items())
    given = "1 given address" if len(addresses) == 1 else f"{len(addresses):,} given addresses"
    whom = f"{which(kind)} where {asked.sentence()}" if asked else given
    aliases = "".join(f" ({each.sentence()})" for each in asked.aliases) if asked else ""
    return one_line(f"Set {what} on {whom} in {places(readers)}{aliases}", longest=500)


def _word(name: str) -> str:
    return next((label.lower() for field, label in LABELS.items() if field == name), name)


def _shown(value: Value) -> str:
    return "nothing" if value is None else f"“{one_line(str(value), longest=80)}”"
