"""Marketo REST over HTTP. Failures come as HTTP 200 with `success: false` and are told apart by code."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from httpx import Response

from tools.connectors.marketo.kept import Kept
from tools.connectors.values import chunks
from tools.errors import ClearanceError, NeedsAttention, Refused, RetryLater
from tools.http import Gate, Transport, answer_lost, redact, retried
from tools.rules.consent_groups import GroupNames

BATCH = 300  # documented: values of a filter, leads of a page, of a sync, of a delete, of a list's change
FOLLOWED = 30  # documented: lead ids of one request for activities
URI = 7_000  # characters of a query we send in the URI; Marketo refuses above 8 KB
STALE = {"601", "602"}  # token invalid, token expired: refused before it was looked at
RATE = {"606": 10.0, "615": 2.0}  # 100 calls in 20 s, 10 at once: pauses in seconds
SURELY_NOT = {"608": 30.0, "713": 5.0}  # temporarily unavailable: refused as a whole, nothing was taken
CENTRAL = timedelta(hours=6)  # quotas are reset at midnight Central Standard Time
IN_DOUBT = {"604", "611"}  # timed out, system error: a write may have been taken

Record = dict[str, Any]


class Stale(Exception):  # noqa: N818 (a signal, named by what happened)
    """The token is no longer taken."""


SUSPENDED = {"marketingSuspended": "marketing"}  # Marketo's own box for all marketing, and what we call it


@dataclass(slots=True)
class Identity:
    """The access token: an hour long, the same for everybody who asks while it lives."""

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    gate: Gate
    timeout: float
    value: str = field(default="", repr=False)
    user: str = ""  # the API user we are, as the identity service tells it
    until: datetime | None = None  # when the token ends
    lock: Lock = field(default_factory=Lock, repr=False)

    def headers(self) -> Mapping[str, str]:
        """The header that carries the token; the query parameter of old is not accepted any more."""
        return {"Authorization": f"Bearer {self.value or self.renew('')}"}

    def renew(self, stale: str) -> str:
        """A new token, unless another thread has just got one. Raises `NeedsAttention` when refused."""
        with self.lock:
            if self.value and self.value != stale:
                return self.value
            door = Transport(
                system="marketo", base_url=self.base_url, gate=self.gate, authorise=dict, timeout=self.timeout
            )
            form = {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            }
            body = retried(partial(_token, door, form))
            self.value, self.user = str(body["access_token"]), str(body.get("scope", ""))
            self.until = self.gate.clock.now() + timedelta(seconds=float(body.get("expires_in") or 0))
            return self.value

    def told(self) -> str:
        """What Marketo tells of the token: how long it lives. Of the secret's end it tells nothing."""
        if self.until is None:
            return ""
        minutes = max((self.until - self.gate.clock.now()).total_seconds(), 0.0) / 60
        return f"The access token lives another {minutes:.0f} min and is renewed by itself."


def _token(door: Transport, form: Mapping[str, str]) -> Record:
    """The identity service's token; anything else it answers with may pass.

    The service documents its parameters in the query alone, the secret with them.
    """
    body: Record = door.once("POST", "/identity/oauth/token", write=False, params=form).json()
    if "access_token" not in body:
        raise answer_lost("marketo", f"no token: {body}", write=False)
    return body


@dataclass(slots=True)
class Client:
    """Calls of the REST API by what they are for."""

    transport: Transport
    identity: Identity
    kept: Kept = field(default_factory=Kept)
    names: GroupNames = field(default_factory=GroupNames)
    _described: dict[str, Record] = field(default_factory=dict)
    _types: dict[str, int] = field(default_factory=dict)

    def read(self, path: str, params: Mapping[str, object] | None = None) -> Record:
        """A read. A query too long for a URI goes as a form, which Marketo takes for a GET."""
        given = dict(params or {})
        if len(urlencode(given, doseq=True)) <= URI:
            return retried(partial(self._asked, "GET", path, write=False, params=given))
        long = partial(self._asked, "POST", path, write=False, params={"_method": "GET"}, data=given)
        return retried(long)

    def write(
        self, method: str, path: str, body: Mapping[str, object], params: Mapping[str, object] | None = None
    ) -> list[Record]:
        """A write, sent once; results in input order."""
        answer = self._asked(method, path, write=True, json=body, params=dict(params or {}))
        return list(answer.get("result") or ())

    def prepare(self, path: str, body: Mapping[str, object] | None = None) -> Record:
        """A POST that changes no data (a bulk job's steps): it is repeated while that may help."""
        given = {} if body is None else {"json": dict(body)}
        asked = partial(self._asked, "POST", path, write=False, **given)
        return next(iter(retried(asked).get("result") or ({},)))

    def part(self, path: str, first: int, last: int) -> bytes:
        """The bytes `first` to `last` of a bulk job's file, or all of it where ranges are not served."""
        span = {"Range": f"bytes={first}-{last}"}
        return retried(partial(self._judged, "GET", path, write=False, headers=span)).content

    def _asked(self, method: str, path: str, *, write: bool, **request: Any) -> Record:  # noqa: ANN401 (httpx's own keywords)
        body: Record = self._judged(method, path, write=write, **request).json()
        return body

    def _judged(self, method: str, path: str, *, write: bool, **request: Any) -> Response:  # noqa: ANN401 (as above)
        used = self.identity.value
        try:
            return self._once(method, path, write=write, **request)
        except Stale:
            self.identity.renew(used)
        try:
            return self._once(method, path, write=write, **request)
        except Stale as error:
            raise NeedsAttention(
                "Marketo does not take our token",
                do="Check the API user and its custom service in LaunchPoint.",
            ) from error

    def _once(self, method: str, path: str, *, write: bool, **request: Any) -> Response:  # noqa: ANN401 (as above)
        response = self.transport.once(method, path, write=write, **request)
        if "json" not in response.headers.get("content-type", ""):
            return response
        body: Record = response.json()
        if body.get("success"):
            return response
        first = (body.get("errors") or [{}])[0]
        code, words = str(first.get("code", "")), str(first.get("message", ""))
        if code in STALE:
            raise Stale
        if code in RATE:
            self.transport.gate.pause(RATE[code])
        raise failure(code, words, write=write, now=self.transport.gate.clock.now())

    def activity_types(self) -> Mapping[str, int]:
        """Activity types by name; their ids differ between instances. Asked once."""
        if not self._types:
            listed = self.read("/rest/v1/activities/types.json")["result"]
            self._types.update({str(each["name"]): int(each["id"]) for each in listed})
        return self._types

    def described(self) -> Mapping[str, Record]:
        """The lead fields this instance has, by REST name, as Marketo describes them. Asked once."""
        if not self._described:
            listed = self.read("/rest/v1/leads/describe.json")["result"]
            self._described.update({str(each["rest"]["name"]): each for each in listed if each.get("rest")})
        return self._described

    def fields(self) -> Mapping[str, bool]:
        """The lead fields this instance has, by REST name: whether we may write them."""
        return {name: not each["rest"].get("readOnly", False) for name, each in self.described().items()}

    def boxes(self) -> Mapping[str, str]:
        """The groups of mail by the check-box that says who left them, of the boxes this instance has."""
        named = {**SUSPENDED, **self.names.fields("marketo")}
        return {name: group for name, group in named.items() if name in self.described()}

    def leads(self, kind: str, values: Iterable[str], fields: Iterable[str]) -> Iterator[list[Record]]:
        """Leads by a filter (`email`, `id`), 300 values a call, paged where one value has several leads."""
        names = ",".join(dict.fromkeys(["id", *fields]))
        for block in chunks(values, BATCH):
            asked = {"filterType": kind, "filterValues": ",".join(block), "fields": names, "batchSize": BATCH}
            yield from self.pages("/rest/v1/leads.json", asked)

    def pages(self, path: str, params: Mapping[str, object]) -> Iterator[list[Record]]:
        """Pages of a read that answers with `nextPageToken` while there is more."""
        given = dict(params)
        while True:
            answer = self.read(path, given)
            yield list(answer.get("result") or ())
            if not answer.get("nextPageToken"):
                return
            given["nextPageToken"] = answer["nextPageToken"]

    def sync(self, records: Sequence[Record], action: str, lookup: str) -> list[Record]:
        """Create or update up to 300 leads."""
        body = {"action": action, "lookupField": lookup, "input": list(records)}
        return self.write("POST", "/rest/v1/leads.json", body)

    def merge(self, winner: int, losers: Sequence[int]) -> None:
        """Merge up to three leads into one, in Marketo alone. It does not come back."""
        asked = {"leadIds": ",".join(map(str, losers)), "mergeInCRM": "false"}
        self._asked("POST", f"/rest/v1/leads/{winner}/merge.json", write=True, params=asked)

    def delete(self, ids: Sequence[int]) -> list[Record]:
        """Delete up to 300 leads for good: Marketo documents no way back."""
        return self.write("POST", "/rest/v1/leads/delete.json", {"input": [{"id": each} for each in ids]})

    def activities(
        self, types: Sequence[int], since: str, leads: Sequence[str] | None = None
    ) -> Iterator[list[Record]]:
        """Activities of these types since a moment, 300 a page; of some leads only, 30 leads a call.

        A page may be empty and yet not be the last.
        """
        asked = {"activityTypeIds": ",".join(map(str, types)), "batchSize": BATCH}
        yield from self._followed("/rest/v1/activities.json", since, asked, leads)

    def changes(
        self, fields: Sequence[str], since: str, leads: Sequence[str] | None = None
    ) -> Iterator[list[Record]]:
        """Changes of these fields' values since a moment, paged as `activities` are."""
        asked = {"fields": ",".join(fields), "batchSize": BATCH}
        yield from self._followed("/rest/v1/activities/leadchanges.json", since, asked, leads)

    def _followed(
        self, path: str, since: str, asked: Mapping[str, object], leads: Sequence[str] | None
    ) -> Iterator[list[Record]]:
        start = self.read("/rest/v1/activities/pagingtoken.json", {"sinceDatetime": since})["nextPageToken"]
        if leads is None:
            yield from self._paged(path, {**asked, "nextPageToken": start})
            return
        for block in chunks(leads, FOLLOWED):
            yield from self._paged(path, {**asked, "nextPageToken": start, "leadIds": ",".join(block)})

    def _paged(self, path: str, asked: Mapping[str, object]) -> Iterator[list[Record]]:
        given = dict(asked)
        while True:
            answer = self.read(path, given)
            yield list(answer.get("result") or ())
            if not answer.get("moreResult"):
                return
            given["nextPageToken"] = answer["nextPageToken"]


class DayUsedUp(RetryLater):
    """A daily allowance is used up; it comes back at midnight, Central Standard Time."""


class QueueFull(RetryLater):
    """Other bulk jobs wait: ten at most, whoever made them."""


class UnderWay(Refused):
    """The bulk job was put into the queue before: an earlier request was taken though its answer was lost."""


def midnight(now: datetime) -> datetime:
    """The next midnight of the quotas: Central Standard Time, summer and winter."""
    return (now - CENTRAL).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) + CENTRAL


def _used_up(what: str, detail: str, now: datetime) -> DayUsedUp:
    until = midnight(now)
    return DayUsedUp(
        what,
        after=(until - now).total_seconds(),
        do=f"They come back at midnight Central time ({until:%Y-%m-%d %H:%M} UTC);"
        " other integrations share them.",
        detail=detail,
    )


def _bulk(words: str, detail: str, now: datetime) -> ClearanceError:
    """1029 has several meanings, and only its words tell them apart."""
    if "already" in words.lower():
        return UnderWay("Marketo has begun that bulk job before", detail=detail)
    if "quota" in words.lower():
        return _used_up("The megabytes that Marketo lets be extracted in a day are used up", detail, now)
    if "queue" in words.lower():
        return QueueFull("Marketo's queue of bulk jobs is full", after=60.0, detail=detail)
    return Refused("Marketo refused the bulk job", detail=detail)


def failure(code: str, words: str, *, write: bool, now: datetime) -> ClearanceError:  # noqa: PLR0911 (one line a recovery)
    """The error behind a code of Marketo's, named by what to do about it."""
    detail = redact(f"{code}: {words}")
    if code in RATE:
        return RetryLater("Marketo asks for a pause", after=RATE[code], detail=detail)
    if code in SURELY_NOT:
        return RetryLater("Marketo is not available for a moment", after=SURELY_NOT[code], detail=detail)
    if code in IN_DOUBT:
        return answer_lost("marketo", detail, write=write)
    if code == "607":
        return _used_up("Marketo's daily calls are used up", detail, now)
    if code == "1035":
        words = "This Marketo subscription cannot extract leads by that filter"
        return Refused(words, do="Use a static list instead.", detail=detail)
    if code == "1029":
        return _bulk(words, detail, now)
    if code in {"600", "603"}:
        return NeedsAttention(
            "Marketo does not let us do that", do="Check the role of the API user.", detail=detail
        )
    return Refused("Marketo refused the request", detail=detail)
