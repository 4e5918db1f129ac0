"""What some readers can do beyond `Reader`: asked with `isinstance`, never assumed.

A vendor whose API does not offer an ability has no such method, and its `capabilities` hold the sentence that
says why. Everything here reads, or puts a wish into a vendor's own words; nothing writes.

Fields of a person go by the canonical names of `tools.rules.person_fields`; a connector maps them to its
vendor's, and passes on a vendor's own field name it knows from `describe`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from tools.plan import Op, System, Veto
from tools.ports import ConsentMark, Engagement, Expressed, Membership, Person, RestsOn

Values = Mapping[str, str | int | float | bool | None]  # by canonical or vendor's name; None clears


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """Where consent stands on one record of one system, for one scope. `subject` is "" without an address."""

    system: System
    object: str
    record_id: str
    subject: str
    address: str  # as the vendor holds it
    mark: ConsentMark


@runtime_checkable
class KeepsConsent(Protocol):
    """A reader that can tell everybody's consent, not only that of people asked for by address."""

    def consent_changes(self, since: datetime | None = None) -> Iterator[list[ConsentRecord]]:
        """Where consent stands, streamed: every record and scope, or those touched since then.

        A record that allows mail comes with the mark `none`, `implied` or `express`, so that "absent there"
        and "less restrictive there" can be told apart. An entry of a suppression list that belongs to no
        record has the object `address` and its subject as record id. `mark.at`, `mark.source` and
        `mark.writer` say when, by what and by whom it came to be so, as far as the vendor tells.
        """

    def look_cost(self) -> int:
        """Vendor calls of `consent_changes` since a moment after which nothing was touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGroup:
    """A kind of mail that people can leave by itself; `closed` says why we may not write it, "" if we may."""

    system: System
    name: str  # as it goes by here, in marks and in rows (`tools.rules.consent_groups`)
    own: str  # as the vendor has it
    closed: str = ""


@runtime_checkable
class KeepsGroups(Protocol):
    """A reader whose vendor keeps opt-outs of single kinds of mail."""

    def groups(self) -> Sequence[ConsentGroup]:
        """The groups there are; those a definition names that are not there, or hidden, are closed."""

    def express_group(
        self,
        op: Op,
        person: Person,
        group: str,
        *,
        note: str,
        rests_on: frozenset[RestsOn] = frozenset(),
    ) -> Expressed | Veto | None:
        """`suppress` or `unsuppress` of one group, by its name here: never more and never less than that.

        None when it already is so, or the vendor has no such group. A veto when the group is closed, or when
        the vendor could let the person back to this group only together with other mail.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFact:
    """One field of a vendor's object, as the vendor describes it to our credential."""

    name: str  # the vendor's
    label: str
    canonical: str  # ours, or ""
    type: Literal["text", "number", "boolean", "date", "choice", "reference"]
    updateable: bool
    createable: bool
    required: bool = False  # needed to create a record
    values: tuple[str, ...] = ()  # what a choice allows; empty: anything
    several: bool = False  # whether it holds several of them at once
    length: int | None = None


@runtime_checkable
class Describes(Protocol):
    """A reader that knows the fields of its objects."""

    def fields(self, object: str) -> Mapping[str, FieldFact]:
        """The fields we may see, by the vendor's name. Raises `InvalidArguments` for an unknown object."""


@runtime_checkable
class Edits(Protocol):
    """A reader that can put new values of a person's fields, or a new person, into its vendor's words."""

    def express_update(self, person: Person, values: Values) -> Expressed | Veto | None:
        """These values on this record; guarded by the values they replace. None when it already is so.

        A veto for a field that is hidden, read-only, or a choice that does not allow the value.
        """

    def express_create(self, object: str, values: Values) -> Expressed | Veto:
        """A new record. `values["address"]` is its address. A veto when a required field is missing."""


@runtime_checkable
class Merges(Protocol):
    """A reader whose vendor can merge records of people."""

    def merge_limit(self) -> int:
        """How many records one merge takes at most, the winner included."""

    def express_merge(self, winner: Person, losers: Sequence[Person], values: Values) -> Expressed | Veto:
        """The losers into the winner (op `merge`, on the winner's id); `values` are set on it as well.

        Opt-out is always true when any of them had it, whatever `values` say. The backup holds all records.
        A veto `converted` names by its `record_id` the one record that cannot take part.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A list or campaign that people can be in. `editable` is False where the vendor fills it by rule."""

    system: System
    record_id: str
    name: str
    kind: Literal["list", "campaign"]
    size: int | None = None
    editable: bool = True
    statuses: tuple[str, ...] = ()  # of members, where the vendor has them; the first is the default


@runtime_checkable
class HoldsAudiences(Protocol):
    """A reader whose vendor has lists or campaigns of people."""

    def audiences(self) -> Iterator[list[Audience]]:
        """All lists and campaigns, streamed."""

    def members(self, audience: Audience) -> Iterator[list[Membership]]:
        """Who is in one; `record_id` of a membership is the person's record."""

    def express_member(
        self, op: Op, audience: Audience, person: Person, *, status: str = ""
    ) -> Expressed | Veto | None:
        """`add_member` or `remove_member`. None when it already is so, as far as the reader was told.

        A person that the same plan creates has the record id "" and is referred to by `{"created": object}`
        (see `tools.plan.Change`).
        """


@runtime_checkable
class Revives(Protocol):
    """A reader whose vendor keeps a mark that a mailbox is dead, and lets it be taken away."""

    def express_revival(self, person: Person) -> Expressed | Veto | None:
        """The mark "invalid" taken off this record or off this address's suppression as bounced.

        It works on deliverability alone and never touches consent. None when there is no such mark.
        """


@runtime_checkable
class TellsQuery(Protocol):
    """A reader whose vendor has a query language: what is asked can be shown, and asked again by anybody."""

    def consent_query(self) -> str:
        """What `consent_changes` asks for everybody's opt-outs, in that language."""


@runtime_checkable
class LinksRecords(Protocol):
    """A reader whose vendor shows a record to people at an address of its own."""

    def record_link(self, object: str, record_id: str) -> str:
        """Where a person looks at this record; "" when it has no page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What changed in one stretch of time: at most so many people as were asked for."""

    since: datetime
    until: datetime
    people: tuple[Person, ...]  # with `modified`, and `linked` where it is told
    more: bool  # others changed in it, too


@runtime_checkable
class TellsChanges(Protocol):
    """A reader that can tell which people's records changed lately, in a few calls."""

    def changed(self, edges: Sequence[datetime], most: int) -> list[Stretch]:
        """The stretches between neighbouring `edges` (newest first), with at most `most` people of each."""


@runtime_checkable
class TellsDeliveries(Protocol):
    """A reader whose vendor logs each mail that arrived."""

    def deliveries(self, since: datetime, people: Sequence[Person]) -> Iterator[list[Engagement]]:
        """Mail that arrived at these people since then: a mailbox that takes mail is not gone."""


@runtime_checkable
class Erases(Protocol):
    """A reader whose vendor can remove a person past any bin, as the law may ask."""

    def express_erasure(self, person: Person) -> Expressed:
        """This record gone for good: op `delete` on an object that names an erasure, without a backup."""
