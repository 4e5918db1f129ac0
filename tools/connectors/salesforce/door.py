"""The requests session behind simple-salesforce: our host, our token, our quota, our errors.

simple-salesforce builds `https://host/…` URLs whatever it is given, renews tokens for REST but not for Bulk
2.0, and lets a .netrc replace the token. The adapter mounted here puts all of that right in one place.
"""

import re
import weakref
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from tools.errors import ClearanceError, NeedsAttention, RetryLater
from tools.http import DayUsedUp, Gate, answer_lost, heard, never_sent, problem, retried

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 (a path, not a secret)
# POSTs that change nothing: reading many records by id, bulk queries, and our composites of queries.
_READS = re.compile(r"/composite/sobjects/\w+$|/composite$|/jobs/query$|/services/oauth2/token$")
USED_UP = "Salesforce's daily calls are used up"
WINDOW = "They come back call by call over 24 hours; other integrations share them."
_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")


def changes_something(method: str, path: str) -> bool:
    """Whether a request may change the organisation, so that a lost answer must not lead to a repeat."""
    return method != "GET" and not (method == "POST" and _READS.search(path))


@dataclass(slots=True)
class Token:
    """The access token in use (client-credentials flow) and how it is renewed."""

    client_id: str
    client_secret: str = field(repr=False)
    value: str = field(default="", repr=False)
    user: str = ""  # the id of the user we act as, as the login tells it
    lock: Lock = field(default_factory=Lock, repr=False)


class Door(HTTPAdapter):
    """Sends every request of a session to `base_url`, within the quota, with a token that is renewed once."""

    def __init__(self, base_url: str, token: Token, gate: Gate, timeout: float) -> None:
        super().__init__(max_retries=0)
        self.base_url = base_url.rstrip("/")
        self.token = token
        self.gate = gate
        self.timeout = (min(5.0, timeout), timeout)
        weakref.finalize(self, self.poolmanager.clear)  # connections go when the connector does
        self.usage: tuple[int, int] | None = None  # calls used and allowed, as the vendor last said

    @override
    def send(  # type: ignore[override] # the session passes by name; what else it passes is ours to decide
        self, request: requests.PreparedRequest, stream: bool = False, **_: object
    ) -> requests.Response:
        """One request of simple-salesforce, sent where and how we want it. Raises `tools.errors`."""
        asked = urlsplit(request.url or "")
        path = asked.path
        request.url = f"{self.base_url}{path}" + (f"?{asked.query}" if asked.query else "")
        write = changes_something(request.method or "", path)
        used = self.bearer(request)
        response = self._exchange(request, path, write=write, stream=stream)
        if response.status_code == 401 and used:  # noqa: PLR2004 (refused before it was looked at: safe to resend)
            response.close()
            self.renew(used)
            self.bearer(request)
            response = self._exchange(request, path, write=write, stream=stream)
        self._judge(response, path, write=write)
        return response

    def bearer(self, request: requests.PreparedRequest) -> str:
        """Put the token on a request and return it; "" for the login itself, which carries none."""
        if (request.url or "").endswith(TOKEN_PATH):
            request.headers.pop("Authorization", None)
            return ""
        value = self.token.value or self.renew("")
        request.headers["Authorization"] = f"Bearer {value}"
        return value

    def renew(self, stale: str) -> str:
        """A new token, unless another thread has just got one. Raises `NeedsAttention` when refused."""
        with self.token.lock:
            if self.token.value and self.token.value != stale:
                return self.token.value
            self.token.value = retried(self._login)
            return self.token.value

    def user(self) -> str:
        """The id of the user we act as; "" where the login does not tell it."""
        if not self.token.value:
            self.renew("")
        return self.token.user

    def _login(self) -> str:
        """The client-credentials flow of an External Client App."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.token.client_id,
            "client_secret": self.token.client_secret,
        }
        request = requests.Request("POST", self.base_url + TOKEN_PATH, data=form).prepare()
        response = self._exchange(request, TOKEN_PATH, write=False)
        if response.status_code in {400, 401, 403}:
            raise NeedsAttention(
                "Salesforce refused our login",
                do="Check the client id and secret of the External Client App and its run-as user.",
                detail=f"HTTP {response.status_code}",
            )
        self._judge(response, TOKEN_PATH, write=False)
        told = response.json()
        self.token.user = str(told.get("id", "")).rpartition("/")[2]
        return str(told["access_token"])

    def _exchange(
        self, request: requests.PreparedRequest, path: str, *, write: bool, stream: bool = False
    ) -> requests.Response:
        self.gate.enter()
        began = perf_counter()
        try:
            response = super().send(request, timeout=self.timeout, stream=stream, verify=True)
            if not stream:
                _ = response.content  # read here, so that a cut answer is met here
        except requests.RequestException as error:
            raise _lost(error, write=write) from error
        heard("salesforce", request.method or "", path, response.status_code, perf_counter() - began)
        if said := _USAGE.search(response.headers.get("Sforce-Limit-Info", "")):
            self.usage = (int(said[1]), int(said[2]))
        return response

    def _judge(self, response: requests.Response, path: str, *, write: bool) -> None:
        """Raise what the status means. SOAP faults come as 500 and are read by whoever sent the envelope."""
        if response.status_code < 400 or ("/services/Soap/" in path and b"Fault" in response.content):  # noqa: PLR2004
            return
        found = _quota(response) or problem(
            "salesforce", response.status_code, response.text, response.headers, write=write
        )
        if isinstance(found, RetryLater) and response.status_code == 429:  # noqa: PLR2004
            self.gate.pause(found.after)
        if found:
            raise found


def _quota(response: requests.Response) -> ClearanceError | None:
    """The daily limit, which Salesforce answers as 403; it returns call by call over 24 hours."""
    if response.status_code != 403 or "REQUEST_LIMIT_EXCEEDED" not in response.text:  # noqa: PLR2004
        return None
    return DayUsedUp(USED_UP, do=WINDOW, detail=response.text[:300])


def _lost(error: requests.RequestException, *, write: bool) -> ClearanceError:
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(error, requests.ConnectTimeout) or isinstance(
        reason, NewConnectionError | ConnectTimeoutError
    ):
        return never_sent("salesforce", repr(error))
    return answer_lost("salesforce", repr(error), write=write)


def session_through(door: Door) -> requests.Session:
    """A session whose every request goes through the door, blind to the machine's proxies and .netrc."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", door)
    session.mount("http://", door)
    return session
