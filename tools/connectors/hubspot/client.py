"""HubSpot over HTTP: the calls we make, in the vendor's batch sizes."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

import httpx

from tools.connectors.grouping import Told
from tools.connectors.hubspot.paths import Part, path
from tools.connectors.values import chunks, text
from tools.errors import ClearanceError, RetryLater
from tools.http import DayUsedUp, Transport, retried
from tools.rules.consent_groups import GroupNames

BATCH = 100  # documented for batches of contacts and pages of the list
WITH_HISTORY = 50  # records of one request that asks for property history
SEARCHED = 200  # documented: results of a page of a search
MEMBERS = 250  # memberships of one page
LISTS = 100  # lists of one page of a search for them
URI = 7_000  # characters of a query that we send in the URI
CONTACT_TYPE = "0-1"  # HubSpot's id of the object type "contact"
EMAIL = {"channel": "EMAIL"}
WHOSE = "/oauth/v2/private-apps/get/access-token-info"  # documented for private apps, without a version
PROBE = "nobody@example.com"  # reserved for documentation: no mailbox is meant

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One kind of mail a person can leave by itself; `name` is what it goes by here, `own` HubSpot's."""

    id: str
    name: str
    active: bool
    internal: bool
    default: bool = False
    own: str = ""

    @property
    def property(self) -> str:
        """The contact property that says whether its address has left it."""
        return f"hs_email_optout_{self.id}"


@dataclass(slots=True)
class Client:
    """Calls of the API by what they are for. What describes the account is asked for once.

    Only its kinds of mail are asked for again, and with a new one the properties, of which it has one.
    """

    transport: Transport
    version: str
    token: str = field(default="", repr=False)
    names: GroupNames = field(default_factory=GroupNames)
    _account: Record = field(default_factory=dict)
    _described: dict[str, Record] = field(default_factory=dict)
    _subscriptions: Told[Sequence[Subscription]] = field(default_factory=Told)
    _lists: dict[str, Record] = field(default_factory=dict)
    _batches: bool | None = None

    def read(self, method: str, part: Part, *rest: str, **request: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own keywords)
        """A request that changes nothing; repeated while that may help."""
        return retried(partial(self._once, method, path(self.version, part, *rest), write=False, **request))

    def write(self, method: str, part: Part, *rest: str, **request: Any) -> httpx.Response:  # noqa: ANN401 (as above)
        """A request that changes something: once."""
        return self._once(method, path(self.version, part, *rest), write=True, **request)

    def _once(self, method: str, where: str, *, write: bool, **request: Any) -> httpx.Response:  # noqa: ANN401 (as above)
        try:
            return self.transport.once(method, where, write=write, **request)
        except RetryLater as error:
            if '"DAILY"' not in error.detail:
                raise
            raise DayUsedUp(
                "HubSpot's daily calls are used up",
                do="They come back at midnight of the account's time zone; other apps share them.",
                detail=error.detail,
            ) from error

    # -- the account

    def account(self) -> Record:
        """The account: its number, its domain. Asked once."""
        if not self._account:
            self._account.update(self.read("GET", "account", "details").json())
        return self._account

    def token_info(self) -> Record:
        """What HubSpot tells of our private app's token: app, user, scopes; nothing where it does not."""
        try:
            asked = partial(self._once, "POST", WHOSE, write=False, json={"tokenKey": self.token})
            return dict(retried(asked).json())
        except ClearanceError:
            return {}

    def described(self) -> Mapping[str, Record]:
        """The properties of contacts, by name."""
        if not self._described:
            found = self.read("GET", "properties").json()["results"]
            self._described = {text(each["name"]): each for each in found}
        return self._described

    def subscriptions(self) -> Sequence[Subscription]:
        """The kinds of mail that people can leave one by one: a new one is known a minute after."""
        return self._subscriptions.get(self.transport.gate.clock, self._kinds)

    def _kinds(self) -> Sequence[Subscription]:
        before = self._subscriptions.answer
        told = self.read("GET", "preferences", "definitions").json()["results"]
        found = [
            Subscription(
                text(each["id"]),
                self.names.shared("hubspot", text(each["name"])),
                bool(each["isActive"]),
                bool(each["isInternal"]),
                bool(each["isDefault"]),
                text(each["name"]),
            )
            for each in told
        ]
        if before is not None and {each.id for each in found} - {each.id for each in before}:
            self._described = {}
        return found

    def has_batches(self) -> bool:
        """Whether opt-outs go by batches here: Marketing Hub Enterprise alone may. Found out by a read."""
        if self._batches is None:
            answer = self.read(
                "POST", "preferences", "statuses", "batch", "unsubscribe-all", "read",
                params=EMAIL, json={"inputs": [PROBE]}, accept=(403,),
            )  # fmt: skip
            self._batches = answer.status_code != 403  # noqa: PLR2004 (a scope the subscription does not have)
        return self._batches

    def seems_to_have_batches(self) -> bool:
        """As `has_batches`, for a price: no when it cannot be found out now."""
        try:
            return self.has_batches()
        except ClearanceError:
            return False

    # -- contacts

    def contacts(
        self,
        ids: Iterable[str],
        names: Sequence[str],
        *,
        kind: str = "",
        history: Sequence[str] = (),
        archived: bool = False,
    ) -> Iterator[list[Record]]:
        """Contacts by id, or by the unique property `kind`; those that are not there are left out."""
        for block in chunks(ids, WITH_HISTORY if history else BATCH):
            body: Record = {
                "properties": list(names),
                "propertiesWithHistory": list(history),
                "inputs": [{"id": each} for each in block],
            }
            if kind:
                body["idProperty"] = kind
            params = {"archived": "true"} if archived else None
            answer = self.read("POST", "contacts", "batch", "read", json=body, params=params).json()
            yield list(answer.get("results") or ())

    def everybody(self, names: Sequence[str], history: Sequence[str] = ()) -> Iterator[list[Record]]:
        """All contacts by id. Names too many for a URI are read apart, page by page."""
        asked = [("properties", each) for each in names] + [
            ("propertiesWithHistory", each) for each in history
        ]
        apart = len(urlencode(asked)) > URI
        params: list[tuple[str, str | int]] = [("limit", WITH_HISTORY if history else BATCH)]
        params += [] if apart else asked
        after = ""
        while True:
            more: list[tuple[str, str | int]] = [("after", after)] if after else []
            answer = self.read("GET", "contacts", params=[*params, *more]).json()
            found = list(answer.get("results") or ())
            if apart and found:
                ids = [text(each["id"]) for each in found]
                found = [each for page in self.contacts(ids, names, history=history) for each in page]
            yield found
            after = text(answer.get("paging", {}).get("next", {}).get("after"))
            if not after:
                return

    def found(self, filters: Sequence[Record], names: Sequence[str]) -> Iterator[list[Record]]:
        """Contacts that meet all filters. A search ends at 10,000 results: it goes on from the last id."""
        last = "0"
        while True:
            beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
            body = {
                "filterGroups": [{"filters": [*filters, beyond]}],
                # a rule in a string, as the vendor's own clients send it
                "sorts": [json.dumps({"propertyName": "hs_object_id", "direction": "ASCENDING"})],
                "properties": list(names),
                "limit": SEARCHED,
                "after": "0",
            }
            page = list(self.read("POST", "contacts", "search", json=body).json().get("results") or ())
            yield page
            if len(page) < SEARCHED:
                return
            last = text(page[-1]["id"])

    def total(self) -> int:
        """How many contacts there are."""
        body: Record = {"filterGroups": [], "sorts": [], "properties": [], "limit": 1, "after": "0"}
        return int(self.read("POST", "contacts", "search", json=body).json()["total"])

    def one(self, record_id: str) -> Record | None:
        """A contact by an id it has or had before a merge; None when there is none."""
        answer = self.read("GET", "contacts", record_id, params={"properties": "email"}, accept=(404,))
        return None if answer.status_code == 404 else dict(answer.json())  # noqa: PLR2004 (not there)

    def batch(self, verb: str, inputs: Sequence[Record]) -> Record:
        """A batch of writes (`create`, `update`, `archive`); its results and errors."""
        answer = self.write("POST", "contacts", "batch", verb, json={"inputs": list(inputs)})
        return dict(answer.json()) if answer.content else {}

    def erase(self, contact: str) -> None:
        """Delete one contact for good; its address is blocked from imports and the app afterwards."""
        self.write("POST", "contacts", "gdpr-delete", json={"objectId": contact})

    def merge(self, primary: str, other: str) -> str:
        """Merge two contacts for good; returns the id the merged one has."""
        body = {"primaryObjectId": primary, "objectIdToMerge": other}
        return text(self.write("POST", "contacts", "merge", json=body).json()["id"])

    # -- preferences, by address

    def unsubscribe(self, address: str) -> None:
        """Opt one address out of everything."""
        self.write("POST", "preferences", "statuses", address, "unsubscribe-all", params=EMAIL)

    def unsubscribe_many(self, addresses: Sequence[str]) -> Record:
        """Opt up to 100 addresses out of everything; results and errors name the addresses."""
        body = {"inputs": list(addresses)}
        rest = ("statuses", "batch", "unsubscribe-all")
        return dict(self.write("POST", "preferences", *rest, params=EMAIL, json=body).json())

    def opted_out(self, address: str) -> Record | None:
        """An address's opt-out of everything, with its time; None when there is none."""
        rest = ("statuses", address, "unsubscribe-all")
        found = self.read("GET", "preferences", *rest, params=EMAIL).json().get("results") or ()
        return next((each for each in found if each.get("status") == "UNSUBSCRIBED"), None)

    def opted_out_of_all(self, addresses: Sequence[str]) -> Mapping[str, bool]:
        """Whether each of up to 100 addresses has opted out of everything, by address as HubSpot spells it.

        For accounts with batches. An address that HubSpot says nothing of is left out.
        """
        rest = ("statuses", "batch", "unsubscribe-all", "read")
        body = {"inputs": list(addresses)}
        told = self.read("POST", "preferences", *rest, params=EMAIL, json=body).json().get("results") or ()
        return {
            text(each["subscriberIdString"]): any(
                status.get("status") == "UNSUBSCRIBED" for status in each.get("wideStatuses") or ()
            )
            for each in told
        }

    def set_statuses(self, inputs: Sequence[Record]) -> Record | None:
        """Set up to 100 statuses; results and errors name the addresses. None where the account may not."""
        body = {"inputs": list(inputs)}
        answer = self.write("POST", "preferences", "statuses", "batch", "write", json=body, accept=(403,))
        if answer.status_code == 403:  # noqa: PLR2004 (a scope that reading batches did not need)
            self._batches = False
            return None
        return dict(answer.json())

    def set_status(self, address: str, subscription: str, state: str, basis: Record | None = None) -> None:
        """Set an address's status for one subscription; `basis` is the legal one, where there is one."""
        body = {
            "channel": "EMAIL",
            "subscriptionId": int(subscription),
            "statusState": state,
            **(basis or {}),
        }
        self.write("POST", "preferences", "statuses", address, json=body)

    # -- lists

    def lists(self) -> Iterator[list[Record]]:
        """All lists of contacts."""
        offset = 0
        while True:
            body = {
                "query": "", "listIds": [], "offset": offset, "count": LISTS,
                "additionalProperties": ["hs_list_size"],
                "processingTypes": ["MANUAL", "SNAPSHOT", "DYNAMIC"],
            }  # fmt: skip
            answer = self.read("POST", "lists", "search", json=body).json()
            page = [each for each in answer["lists"] if each.get("objectTypeId") == CONTACT_TYPE]
            self._lists.update({text(each["listId"]): each for each in page})
            yield page
            offset = int(answer["offset"])
            if not answer.get("hasMore"):
                return

    def list_names(self) -> Mapping[str, str]:
        """The names of lists by id."""
        if not self._lists:
            for _ in self.lists():
                pass
        return {number: text(each.get("name")) for number, each in self._lists.items()}

    def static(self, list_id: str) -> bool:
        """Whether a list's members are written by hand."""
        self.list_names()
        return text(self._lists.get(list_id, {}).get("processingType")) in {"MANUAL", "SNAPSHOT"}

    def members(self, list_id: str) -> Iterator[list[Record]]:
        """The record ids in a list, each with when it came."""
        after = ""
        while True:
            params: Record = {"limit": MEMBERS, **({"after": after} if after else {})}
            answer = self.read("GET", "lists", list_id, "memberships", params=params).json()
            yield list(answer.get("results") or ())
            after = text(answer.get("paging", {}).get("next", {}).get("after"))
            if not after:
                return

    def lists_of(self, ids: Iterable[str]) -> Iterator[Record]:
        """The lists each record is in."""
        for block in chunks(ids, BATCH):
            inputs = [{"objectTypeId": CONTACT_TYPE, "recordId": each} for each in block]
            rest = ("records", "memberships", "batch", "read")
            yield from self.read("POST", "lists", *rest, json={"inputs": inputs}).json().get("results") or ()

    def change_members(self, list_id: str, verb: str, ids: Sequence[str]) -> Record:
        """Put records into a static list (`add`) or take them out (`remove`)."""
        return dict(self.write("PUT", "lists", list_id, "memberships", verb, json=list(ids)).json())


def since_filter(name: str, moment_text: str) -> Record:
    """A search filter: this moment or later."""
    return {"propertyName": name, "operator": "GTE", "value": moment_text}
