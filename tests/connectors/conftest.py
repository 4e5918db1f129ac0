"""The connectors over the twin, and what the conformance tests must know of each vendor."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import stamina

from tools.connectors import hubspot, marketo, salesforce, sendgrid
from tools.http import Connected
from tools.plan import Change
from tools.ports import Person
from tools.rules.email_key import SubjectKey, normalise
from tools.twin.handle import TwinHandle

sys.path.append(str(Path(__file__).parents[2] / ".ci"))
from specs import documents
from specs.checking import check
from specs.documents import Operation
from specs.exchanges import parse

SUBJECT = SubjectKey(b"a secret of the tests", "k1")


class RealClock:
    """The wall clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.05))


@dataclass
class TwinTime(RealClock):
    """The wall clock; a long wait lets the twin's time pass and returns at once."""

    url: str
    ahead: float = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead)

    def sleep(self, seconds: float) -> None:
        if seconds < 1:
            super().sleep(seconds)
            return
        TwinHandle(self.url).advance(seconds)
        self.ahead += seconds


@dataclass
class CountingQuota:
    """Lets everything through at once and remembers what was asked of it."""

    reserved: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    wait: float = 0.0

    def reserve(self, system: str, bucket: str = "api", *, urgent: bool = True) -> float:
        self.reserved.append(f"{system}/{bucket}/{urgent}")
        return self.wait

    def learned(self, system: str, bucket: str = "api", *, retry_after: float) -> None:
        self.pauses.append(retry_after)
        self.paused.append(f"{system}/{bucket}")


@dataclass
class Vendor:
    """One vendor under test: how to connect, and patterns of its requests in the twin's log."""

    name: str
    objects: frozenset[str]
    person: str  # the object of people
    reads: str  # requests of `people`
    guards: str  # requests of `current`
    suppresses: str
    deletes: str
    batch: int  # documented maximum of one write
    connect: Callable[..., Connected]


def over(url: str, name: str, **more: Any) -> Connected:
    """A connector over a twin."""
    shared = {"subject": SUBJECT, "clock": TwinTime(url), "quota": CountingQuota(), "timeout": 30.0, **more}
    if name == "sendgrid":
        return sendgrid.connect(**{"base_url": f"{url}/sendgrid", "api_key": "SG.twin", **shared})
    if name == "hubspot":
        return hubspot.connect(**{"base_url": f"{url}/hubspot", "token": "pat-twin", **shared})
    module = {"salesforce": salesforce, "marketo": marketo}[name]
    keys = {"client_id": "twin-client", "client_secret": "twin-secret", "base_url": f"{url}/{name}"}
    return module.connect(**{**keys, **shared})


VENDORS = {
    "salesforce": Vendor(
        "salesforce", frozenset({"Contact", "Lead"}), "Contact", "POST .*/composite$",
        "POST .*/composite/sobjects/Contact", "PATCH .*/composite/sobjects",
        "DELETE .*/composite/sobjects", 200, salesforce.connect,
    ),
    "marketo": Vendor(
        "marketo", frozenset({"lead"}), "lead", "(GET|POST) /rest/v1/leads.json", "GET /rest/v1/leads.json",
        "POST /rest/v1/leads.json", "POST /rest/v1/leads/delete.json", 300, marketo.connect,
    ),
    "sendgrid": Vendor(
        "sendgrid", frozenset({"contact", "global_suppression"}), "contact", "POST .*/search/emails",
        "POST .*/contacts/batch", "POST /v3/asm/suppressions/global", "DELETE /v3/marketing/contacts",
        10_000,
        sendgrid.connect,
    ),
    "hubspot": Vendor(
        "hubspot", frozenset({"contact"}), "contact", "POST .*/contacts/batch/read",
        "POST .*/contacts/batch/read", r"POST .*/unsubscribe-all\?", "POST .*/batch/archive", 100,
        hubspot.connect,
    ),
}  # fmt: skip
LASTING = {"sendgrid": {"api_key": "SG.hush"}, "hubspot": {"token": "hush"}}
"""Vendors whose key does not expire, each with a wrong one."""


@dataclass
class Traffic:
    """What passes between tests and their twins, whole: a tape for each test."""

    path: Path
    twins: list[TwinHandle] = field(default_factory=list)

    def listen(self, twin: TwinHandle) -> None:
        """Have this twin's traffic taped as well."""
        self.twins.append(twin)
        twin.tape(str(self.path))

    def turn(self, *, on: bool) -> None:
        """Start all tapes, or stop them."""
        for each in self.twins:
            each.tape(str(self.path) if on else "")

    def take(self) -> list[str]:
        """The lines written since the last time; TEST_TRAFFIC names a file that keeps them all."""
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True) if self.path.exists() else []
        self.path.unlink(missing_ok=True)
        if lines and "TEST_TRAFFIC" in os.environ:
            with Path(os.environ["TEST_TRAFFIC"]).open("a", encoding="utf-8") as kept:
                kept.writelines(lines)
        return lines


@pytest.fixture(scope="session")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    """The tape of the connectors' tests."""
    return Traffic(tmp_path_factory.mktemp("traffic") / "tape.jsonl")


@pytest.fixture(scope="session")
def documented() -> dict[str, list[Operation]]:
    """The endpoints of the vendors in our own words, by system."""
    return documents.read(Path(__file__).parent / "shapes")


@pytest.fixture(autouse=True)
def _of_documented_shape(
    request: pytest.FixtureRequest, traffic: Traffic, documented: dict[str, list[Operation]]
) -> Iterator[None]:
    """What connectors ask and the twin answers has the documented shape, in every test here.

    Tests of the twin itself ask wrongly on purpose: there only the answers are held against it.
    """
    traffic.turn(on=True)
    yield
    traffic.turn(on=False)
    sides = {"response"} if request.path.name.startswith("test_twin_") else {"request", "response"}
    exchanges = [parse(line) for line in traffic.take()]
    found = [each for one in exchanges for each in check(one, documented, rows=3).findings]
    wrong = dict.fromkeys(each.line() for each in found if each.side in sides)
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="session")
def twin(traffic: Traffic) -> Iterator[Any]:
    """A twin like the one that all other tests share, taped, and traced for coverage."""
    from tools.twin.server import running

    with running(seed=7, people=1200, hurry=20) as handle:
        traffic.listen(handle)
        yield handle


@pytest.fixture(scope="session")
def hubspot_twin(traffic: Traffic) -> Iterator[Any]:
    """A twin of the same people with HubSpot in Marketo's place, which has batches of preferences."""
    from tools.twin.server import running

    with running(seed=7, people=1200, map="hubspot") as handle:
        handle.settings(hubspot_enterprise=True)
        traffic.listen(handle)
        yield handle


@pytest.fixture
def own_twin(request: pytest.FixtureRequest, twin: Any) -> Iterator[Any]:
    """The twin that serves the vendor in turn, put back as it was afterwards."""
    name = request.getfixturevalue("vendor").name if "vendor" in request.fixturenames else ""
    handle = request.getfixturevalue("hubspot_twin") if name == "hubspot" else twin
    handle.snapshot("before-test")
    yield handle
    handle.restore("before-test")


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """Retries happen as in production, without the pauses between them."""
    stamina.set_testing(testing=True, attempts=4)
    yield
    stamina.set_testing(testing=False)


@pytest.fixture(params=sorted(VENDORS))
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """Each vendor in turn."""
    return VENDORS[request.param]


@pytest.fixture
def connected(own_twin: Any, vendor: Vendor) -> Iterator[Connected]:
    """The vendor's connector over the twin, whose state, log and faults are put back afterwards."""
    own_twin.clear_faults()
    own_twin.clear_log()
    yield over(own_twin.url, vendor.name)
    own_twin.clear_faults()


@pytest.fixture(scope="session")
def _plain(twin: Any) -> list[str]:
    """Worked out once: the twin's whole state is large."""
    return plain_addresses(twin)


@pytest.fixture
def addresses(_plain: list[str]) -> list[str]:
    """Addresses that all three systems hold once and nobody has opted out of, in a stable order."""
    return list(_plain)


def plain_addresses(twin: Any) -> list[str]:
    """See `addresses`."""
    state = twin.state()
    contacts = {each["email"].lower() for each in values(state["sendgrid"]["contact"])}
    leads = {
        str(each["email"]).lower() for each in values(state["marketo"]["lead"]) if not each["unsubscribed"]
    }
    people = {
        str(each["Email"]).lower()
        for each in values(state["salesforce"]["Contact"])
        if not each["HasOptedOutOfEmail"]
    }
    stopped = {str(each["email"]).lower() for each in values(state["sendgrid"]["unsubscribes"])}
    leads_too = {str(each["Email"]).lower() for each in values(state["salesforce"]["Lead"])}
    return sorted(
        each for each in (contacts & leads & people) - stopped - leads_too if normalise(each) == each
    )


def values(listed: Any) -> list[dict[str, Any]]:
    """Records of the twin's state, whether by id or in a list."""
    return list(listed.values()) if isinstance(listed, dict) else list(listed)


def everyone(connected: Connected, addresses: list[str]) -> list[Person]:
    """All people the reader finds."""
    return [each for batch in connected.reader.people(addresses) for each in batch]


def changes(
    connected: Connected, people: list[Person], op: Any, *, rests_on: frozenset[Any] = frozenset()
) -> list[Change]:
    """The changes that `op` means for these people."""
    out = []
    for each in people:
        said = connected.reader.express(op, each, note="purge P-1", rests_on=rests_on)
        if said is not None:
            out.append(
                Change(
                    subject=each.subject, system=connected.reader.system, object=said.object, op=said.op,
                    record_id=said.record_id, set=said.set, guard=said.guard, backup=said.backup,
                )
            )  # fmt: skip
    return out


@pytest.fixture
def kit() -> SimpleNamespace:
    """The helpers above, for tests."""
    return SimpleNamespace(
        CountingQuota=CountingQuota, RealClock=RealClock, VENDORS=VENDORS, SUBJECT=SUBJECT,
        changes=changes, everyone=everyone, over=over, values=values, LASTING=LASTING,
    )  # fmt: skip
