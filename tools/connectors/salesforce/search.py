"""Finding people: by address in queries as long as a request line allows, or in bulk for thousands."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tools.connectors.salesforce.bulk import Bulk
from tools.connectors.salesforce.client import LONG, RETRIEVE, Client, Record, checked
from tools.connectors.salesforce.fields import PEOPLE, path, person, selected, typed
from tools.connectors.salesforce.marks import HISTORIES, LINE, OPT_OUT
from tools.connectors.salesforce.ties import (
    ACCOUNT_TYPE,
    ACTIVITY_WINDOW,
    CHILDREN,
    MEMBERS,
    OPTIONAL,
    QUOTES,
    SIGNED,
    TARGET,
    is_customer,
    ties,
)
from tools.connectors.values import chunks, iso, key_of, spellings, text
from tools.errors import Refused
from tools.ports import Clock, Person

ADDRESSES = 1_000  # of one query: a contact and a lead each are a page of 2,000
BULK_FROM = 6_000  # more addresses than this are looked for in whole objects: some 24 calls in bulk
BATCH = 2_000  # people of one batch out of a bulk query
CHILD_ROWS = 50  # of one relationship and record: the count matters, and that it is not zero
COLLEAGUES = "SELECT Id, AccountId, Email FROM Contact"
CONTRACTS = "SELECT Id, AccountId, ContractNumber FROM Contract WHERE Status = 'Activated'"
BLANK = " OR Email LIKE ' %' OR Email LIKE '% '"
KNOWN_FOR = timedelta(hours=1)
CONTRACTS_OF = "(SELECT Id, ContractNumber FROM Contracts WHERE Status = 'Activated')"
COLLEAGUES_OF = f"(SELECT Id, Email FROM Contacts WHERE {TARGET} = true)"  # noqa: S608 (SOQL, constants)
_HIDDEN = re.compile(r"No such column '([\w.]+)'")


@dataclass(frozen=True, slots=True)
class Blanks:
    """Records whose address is stored with blanks around it, by normalised address, as read at a time."""

    at: datetime
    ids: Mapping[str, Sequence[str]]

    @classmethod
    def among(cls, records: Iterable[Record], at: datetime) -> "Blanks":
        """Those among what was read."""
        found: dict[str, list[str]] = defaultdict(list)
        for each in records:
            address = text(each.get("Email"))
            if address != address.strip() and key_of(address):
                found[key_of(address)].append(text(each["Id"]))
        return cls(at, found)


@dataclass(slots=True)
class Search:
    """Contacts and leads with what holds them in place.

    `window` is the campaign attribution window, `active` how long a person's last activity holds them.
    """

    client: Client
    bulk: Bulk
    subject: Callable[[str], str]
    clock: Clock
    window: timedelta
    active: timedelta = ACTIVITY_WINDOW
    hidden: set[str] = field(default_factory=set)
    _blanks: dict[str, Blanks] = field(default_factory=dict)

    def by_address(self, keys: Sequence[str]) -> Iterator[list[Person]]:
        """Everybody behind these normalised addresses, ties included.

        SOQL compares text without case and cannot trim it. Addresses stored with blanks around them are
        looked for once an hour in the query that is sent anyway, and after that by their ids.
        """
        if len(keys) > BULK_FROM:
            yield from self._in_bulk(frozenset(keys))
            return
        wanted = frozenset(keys)
        odd = {object: self._odd(object, wanted) for object in PEOPLE}
        for object, read in self._found(keys, odd).items():
            if odd[object] == BLANK:
                self._blanks[object] = Blanks.among(read, self.clock.now())
            found = [each for each in read if key_of(each.get("Email")) in wanted]
            yield self._people(self._with_accounts(found, wanted), object)

    def _found(self, keys: Sequence[str], odd: Mapping[str, str]) -> dict[str, list[Record]]:
        """Records by object that have one of these addresses, or what `odd` finds besides."""
        values = [spelling for key in keys for spelling in spellings(key)]
        return self._asked({object: ("Email", values, odd[object]) for object in PEOPLE})

    def _odd(self, object: str, wanted: frozenset[str]) -> str:
        """What finds wanted addresses that have blanks around them: asked for anew, or known by id."""
        known = self._blanks.get(object)
        if known is None or self.clock.now() - known.at > KNOWN_FOR:
            return BLANK
        ids = [f"'{checked(each)}'" for key, held in known.ids.items() if key in wanted for each in held]
        return f" OR Id IN ({', '.join(ids)})" if ids else ""

    def everybody(self) -> Iterator[list[Person]]:
        """All contacts and leads, without ties: those are looked up for the addresses a plan is about."""
        for object in PEOPLE:
            for block in chunks(self._rows(object), BATCH):
                yield [self._person(each, object, tied=False) for each in block]

    def by_id(self, object: str, ids: Sequence[str], fields: frozenset[str]) -> list[Record]:
        """Records as guards read them: these fields and counts of children, or everything."""
        return self._asked({object: ("Id", [checked(each) for each in ids], "")}, fields)[object]

    def _asked(
        self, wanted: Mapping[str, tuple[str, Sequence[str], str]], fields: frozenset[str] = frozenset()
    ) -> dict[str, list[Record]]:
        """Records by object whose key has one of the values; a field the organisation hides is dropped.

        `wanted` is key, values, and a condition that the first query of the object takes along.
        """
        try:
            asked = [
                (object, soql)
                for object, (key, values, also) in wanted.items()
                for soql in self._queries(object, key, values, also, fields)
            ]
            answers = self.client.together([soql for _, soql in asked])
            found: dict[str, list[Record]] = {object: [] for object in wanted}
            for (object, _), (_, pages) in zip(asked, answers, strict=True):
                found[object] += [each for page in pages for each in page]
        except Refused as error:
            learnt = [self._learn(error, object) for object in wanted]
            if not any(learnt):
                raise
            return self._asked(wanted, fields)
        return found

    def _queries(
        self, object: str, key: str, values: Sequence[str], also: str, fields: frozenset[str]
    ) -> Iterator[str]:
        more = self._changes(object) if key == "Email" else []
        template = f"{self._select(object, fields, more)} WHERE {key} IN {{}}{also}"
        most = RETRIEVE if key == "Id" else ADDRESSES
        for number, soql in enumerate(self.client.within(template, values, most, LONG)):
            yield soql.removesuffix(also) if number else soql

    def _learn(self, error: Refused, object: str) -> bool:
        """Remember a field that is hidden from us; whether there was a new one."""
        said = _HIDDEN.search(error.detail)
        if not said:
            return False
        leaf = said[1].rpartition(".")[2]
        found = {name for name in selected(object, {}, frozenset(self.hidden)) if name.endswith(f".{leaf}")}
        self.hidden |= found
        return bool(found) or self._hidden_since(object, leaf)

    def _hidden_since(self, object: str, name: str) -> bool:
        """Whether a field of the object's own has been hidden from us since it was described."""
        if name not in self.client.describe(object):
            return False
        self.client.forget(object)
        return name not in self.client.describe(object)

    def _select(self, object: str, wanted: frozenset[str], more: Sequence[str]) -> str:
        """The query up to its condition: plain fields, the parents' fields, the children, `more` columns."""
        known = selected(object, self.client.describe(object), frozenset(self.hidden))
        fields = [name for name in known if not wanted or name in wanted or name == "Id"]
        children = [
            self._child(name, columns)
            for name, columns in self._children(object).items()
            if not wanted or name in wanted
        ]
        return f"SELECT {', '.join([*fields, *children, *more])} FROM {object}"  # noqa: S608 (SOQL of checked names)

    def _changes(self, object: str) -> list[str]:
        """Who last ticked the opt-out box, where that is tracked: it costs no call of its own."""
        if HISTORIES not in self.client.relations(object):
            return []
        latest = f"WHERE Field = '{OPT_OUT}' ORDER BY CreatedDate DESC LIMIT 1"
        return [f"(SELECT {LINE} FROM {HISTORIES} {latest})"]  # noqa: S608 (SOQL, constants)

    def _children(self, object: str) -> Mapping[str, str]:
        """The child records that hold somebody, as far as the organisation has them."""
        there = self.client.relations(object)
        return {
            name: columns
            for name, columns in CHILDREN[object].items()
            if name not in OPTIONAL or name in there
        }

    def _child(self, relation: str, columns: str) -> str:
        since = f" WHERE CreatedDate >= {iso(self._window_start())}" if relation == MEMBERS else ""
        return f"(SELECT {columns} FROM {relation}{since} LIMIT {CHILD_ROWS})"  # noqa: S608 (SOQL, as above)

    def _window_start(self) -> datetime:
        return self.clock.now() - self.window

    def _with_accounts(self, records: list[Record], leaving: frozenset[str]) -> list[Record]:
        """The records with what only their accounts know: activated contracts, and colleagues who stay.

        `leaving` are the addresses asked for: when all contacts of an account are among them, nobody stays.
        """
        plain = {each.get("AccountId") for each in records if not is_customer(path(each, ACCOUNT_TYPE))}
        targets = {each.get("AccountId") for each in records if path(each, TARGET)}
        accounts = sorted(text(each) for each in (plain | targets) - {None})
        wanted = f"{CONTRACTS_OF}, {COLLEAGUES_OF}" if targets else CONTRACTS_OF
        template = f"SELECT Id, {wanted} FROM Account WHERE Id IN {{}}"  # noqa: S608 (SOQL, constants)
        queries = list(self.client.within(template, accounts, RETRIEVE, LONG))
        found = [each for _, pages in self.client.together(queries) for page in pages for each in page]
        contracts = {each["Id"]: each.get("Contracts") or [] for each in found}
        colleagues = {each["Id"]: each.get("Contacts") or [] for each in found}
        return [with_account(each, contracts, colleagues, leaving) for each in records]

    def _people(self, records: Iterable[Record], object: str) -> list[Person]:
        return [self._person(each, object) for each in records]

    def _person(self, record: Record, object: str, *, tied: bool = True) -> Person:
        now = self.clock.now()
        held = ties(record, now=now, active=self.active) if tied else ()
        boxes = self.client.names.fields("salesforce")
        return person(record, object, subject=self.subject, ties=held, as_of=now, boxes=boxes)

    def _rows(self, object: str) -> Iterator[Record]:
        """A whole object by bulk query, typed as REST has it."""
        described = self.client.describe(object)
        while True:
            fields = selected(object, described, frozenset(self.hidden))
            soql = f"SELECT {', '.join(fields)} FROM {object} WHERE Email != null"  # noqa: S608 (SOQL, checked)
            try:
                yield from (typed(row, described) for row in self.bulk.query(soql))
            except Refused as error:
                if self._learn(error, object):
                    continue
                raise
            return

    def _in_bulk(self, wanted: frozenset[str]) -> Iterator[list[Person]]:
        """The wanted ones out of whole objects, with their children from whole objects too."""
        for object in PEOPLE:
            found = {each["Id"]: each for each in self._rows(object) if key_of(each.get("Email")) in wanted}
            if not found:
                continue
            for relation in self._children(object):
                self._attach(found, object, relation)
            if object == "Contact":
                self._attach_accounts(found, wanted)
            for block in chunks(found.values(), BATCH):
                yield self._people(block, object)

    def _attach(self, found: Mapping[str, Record], object: str, relation: str) -> None:
        """Give each record its children of one relationship."""
        child, key = CHILD_OBJECT[relation], CHILD_KEY.get(relation, f"{object}Id")
        since = f" AND CreatedDate >= {iso(self._window_start())}" if relation == MEMBERS else ""
        columns = CHILDREN[object][relation]
        soql = f"SELECT {columns}, {key} FROM {child} WHERE {key} != null{since}"  # noqa: S608 (SOQL, constants)
        for record in found.values():
            record[relation] = []
        for row in self.bulk.query(soql):
            if row[key] in found:
                found[row[key]][relation].append(typed(row, {}))

    def _attach_accounts(self, found: dict[str, Record], leaving: frozenset[str]) -> None:
        """The same out of whole objects."""
        contracts = by_account(self.bulk.query(CONTRACTS))
        targets = any(path(each, TARGET) for each in found.values())
        colleagues = by_account(self.bulk.query(f"{COLLEAGUES} WHERE AccountId != null")) if targets else {}
        for number, record in found.items():
            found[number] = with_account(record, contracts, colleagues, leaving)


def by_account(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records grouped by their account."""
    grouped: dict[str, list[Record]] = defaultdict(list)
    for each in records:
        grouped[each["AccountId"]].append(each)
    return grouped


def with_account(
    record: Record,
    contracts: Mapping[str, list[Record]],
    colleagues: Mapping[str, list[Record]],
    leaving: frozenset[str],
) -> Record:
    """A record with its account's contracts, and the contacts of its account who are not leaving."""
    account = record.get("AccountId") or ""
    staying = [each for each in colleagues.get(account, ()) if key_of(each.get("Email")) not in leaving]
    bound = (
        [] if is_customer(path(record, ACCOUNT_TYPE)) else contracts.get(account, [])
    )  # said once is enough
    return {**record, "contracts": bound, "colleagues": staying}


CHILD_OBJECT: Mapping[str, str] = {
    "OpportunityContactRoles": "OpportunityContactRole",
    "Cases": "Case",
    "CampaignMembers": "CampaignMember",
    QUOTES: "Quote",
    SIGNED: "Contract",
}
CHILD_KEY: Mapping[str, str] = {SIGNED: "CustomerSignedId"}  # where it is not named like the object
