"""One way to talk to vendors: time-outs, quota before every send, retries for reads only, errors by recovery.

A read is repeated while that may help. A write is sent once: when its answer is lost nobody knows whether it
was taken, and that is said (`OutcomeUnknown`) instead of sending it again. What is logged holds no address,
no token and no query string.
"""

import re
import ssl
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter
from typing import Any, TypeVar

import httpx
import stamina
import structlog

from tools.errors import ClearanceError, NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.plan import System
from tools.ports import Clock, Quota, Reader, Writer
from tools.rules.stack import title

ATTEMPTS = 5
PATIENCE = 30.0  # seconds a read may spend on retries before somebody else decides
DEFAULT_PAUSE = 5.0  # seconds, when the vendor asks for a pause without saying how long
LOOK_AGAIN = 9_000.0  # seconds until a used-up day is looked at again

log = structlog.get_logger(__name__)
T = TypeVar("T")

_ADDRESS = re.compile(r"[\w.+%'-]+(?:@|%40)[\w.-]+\.\w+", re.IGNORECASE)
_SECRET = re.compile(r"(Bearer|Basic)\s+\S+|SG\.[\w.-]+|(client_secret|access_token)=[^&\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Connected:
    """One vendor, connected: what tools may hold (the reader) and what the executor alone may hold."""

    reader: Reader
    writer: Writer


@dataclass(frozen=True, slots=True)
class Gate:
    """The shared quota of one vendor: a slot before each send, and the vendor's wish for a pause."""

    system: System
    clock: Clock
    quota: Quota

    def enter(self, bucket: str = "api") -> None:
        """Wait until this call may leave."""
        wait = self.quota.reserve(self.system, bucket)
        if wait > 0:
            self.clock.sleep(wait)

    def pause(self, seconds: float, bucket: str = "api") -> None:
        """Make everybody who shares the quota wait."""
        self.quota.learned(self.system, bucket, retry_after=seconds)


class DayUsedUp(RetryLater):
    """A day's allowance of calls is used up, and it is not known to the minute when calls come back.

    So it is looked again every few hours: ten times, after which a run asks a person, span more than a day.
    """

    def __init__(self, what: str, *, do: str, detail: str = "") -> None:
        super().__init__(what, after=LOOK_AGAIN, do=do, detail=redact(detail))


def redact(text: str) -> str:
    """The text without addresses and credentials, fit for a log."""
    return _SECRET.sub("<secret>", _ADDRESS.sub("<address>", text))


def retried(call: Callable[[], T]) -> T:
    """Call; again after `RetryLater` (after as long as it asks, or backing off). For reads only."""
    result: list[T] = []
    for attempt in stamina.retry_context(
        on=_worth_waiting, attempts=ATTEMPTS, timeout=PATIENCE * 2, wait_initial=0.1, wait_jitter=0.2
    ):
        with attempt:
            result.append(call())
    return result[0]


def _worth_waiting(error: Exception) -> bool | float:
    if not isinstance(error, RetryLater) or error.after > PATIENCE:
        return False
    return error.after if error.after > 0 else True


def never_sent(system: System, detail: str) -> RetryLater:
    """The connection could not be opened: the vendor surely took nothing."""
    return RetryLater(f"{title(system)} cannot be reached", after=DEFAULT_PAUSE, detail=redact(detail))


def answer_lost(system: System, detail: str, *, write: bool) -> ClearanceError:
    """The request was sent and no whole answer came back."""
    if write:
        return OutcomeUnknown(
            f"{title(system)} took a request and its answer was lost",
            do="What really happened is read back before anything is sent again.",
            detail=redact(detail),
        )
    return RetryLater(f"{title(system)} did not answer", after=0.0, detail=redact(detail))


def pause_of(headers: Mapping[str, str]) -> float:
    """Seconds the vendor asks us to wait; a date in Retry-After counts as the default pause."""
    asked = headers.get("retry-after", "")
    return float(asked) if re.fullmatch(r"\d+(\.\d+)?", asked) else DEFAULT_PAUSE


def problem(
    system: System, status: int, text: str, headers: Mapping[str, str], *, write: bool
) -> ClearanceError | None:
    """The error behind an HTTP status, named by what to do about it; None below 400."""
    detail = redact(f"HTTP {status}: {text[:2_000]}")
    if status < 400:  # noqa: PLR2004 (HTTP's own line between success and failure)
        return None
    if status == 429:  # noqa: PLR2004
        return RetryLater(f"{title(system)} asks for a pause", after=pause_of(headers), detail=detail)
    if status >= 500:  # noqa: PLR2004
        return answer_lost(system, detail, write=write)
    if status in {401, 403}:
        return NeedsAttention(
            f"{title(system)} does not let us in",
            do=f"An administrator checks the credentials and rights of the {title(system)} user.",
            detail=detail,
        )
    return Refused(f"{title(system)} refused the request", detail=detail)


@cache
def _certificates() -> ssl.SSLContext:
    # every client would read all certificates anew, which takes longer than most calls
    return httpx.create_ssl_context(trust_env=False)


@dataclass(slots=True, weakref_slot=True, kw_only=True)
class Transport:
    """HTTP to one vendor under `base_url`. `authorise` gives headers; `renew` a new token after a 401."""

    system: System
    base_url: str
    gate: Gate
    authorise: Callable[[], Mapping[str, str]]
    renew: Callable[[], None] | None = None
    reset: Callable[[Mapping[str, str]], float] = pause_of  # seconds a 429 asks for, from its headers
    timeout: float = 30.0
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(
            base_url=self.base_url,
            timeout=httpx.Timeout(self.timeout, connect=min(5.0, self.timeout)),
            verify=_certificates(),
            trust_env=False,  # a proxy or .netrc of the machine must not see or replace the token
        )
        weakref.finalize(self, self._client.close)  # connections go when the connector does

    def read(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own keywords)
        """Send a request that changes nothing; it is repeated while that may help."""
        return retried(lambda: self.once(method, path, write=False, **request))

    def write(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own keywords)
        """Send a request that changes something: once."""
        return self.once(method, path, write=True, **request)

    def once(self, method: str, path: str, *, write: bool, **request: Any) -> httpx.Response:  # noqa: ANN401
        """One request, with one new token when the old has expired; `accept`: statuses to hand back."""
        accept = request.pop("accept", ())
        response = self._send(method, path, write=write, **request)
        if response.status_code == 401 and self.renew:  # noqa: PLR2004 (a 401 is never taken, so it is safe to resend)
            self.renew()
            response = self._send(method, path, write=write, **request)
        if response.status_code in accept:
            return response
        found = problem(self.system, response.status_code, response.text, response.headers, write=write)
        if isinstance(found, RetryLater) and response.status_code == 429:  # noqa: PLR2004
            found = RetryLater(found.what, after=self.reset(response.headers), detail=found.detail)
            self.gate.pause(found.after)
        if found:
            raise found
        return response

    def _send(self, method: str, path: str, *, write: bool, **request: Any) -> httpx.Response:  # noqa: ANN401
        self.gate.enter()
        began = perf_counter()
        headers = {**self.authorise(), **request.pop("headers", {})}
        try:
            response = self._client.request(method, path, headers=headers, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise never_sent(self.system, repr(error)) from error
        except httpx.TransportError as error:
            raise answer_lost(self.system, repr(error), write=write) from error
        heard(self.system, method, path, response.status_code, perf_counter() - began)
        return response


def heard(system: System, method: str, path: str, status: int, seconds: float) -> None:
    """Log one answered call without anything personal or secret."""
    log.debug(
        "vendor.called",
        system=system,
        method=method,
        path=redact(path.partition("?")[0]),
        status=status,
        seconds=round(seconds, 3),
    )


def following(done: int, system: System, call: Callable[[], T]) -> T:
    """One more request of a batch of which `done` were taken: from then on a failure leaves doubt."""
    try:
        return call()
    except (RetryLater, NeedsAttention, Refused) as error:
        if not done:
            raise
        raise OutcomeUnknown(
            f"{title(system)} took a part of a batch and failed on the rest",
            do="What really happened is read back before anything is sent again.",
            detail=error.detail or error.what,
        ) from error
