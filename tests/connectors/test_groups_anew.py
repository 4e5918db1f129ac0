"""Groups of mail that change while we run: made later, left by the person themselves, left anew."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tools.plan import Change, Veto
from tools.ports import Expressed

HOUR = timedelta(hours=1)
KEEPING = pytest.mark.parametrize("vendor", ["hubspot", "sendgrid"], indirect=True)
ASKS = {"sendgrid": "/v3/asm/groups", "hubspot": "/definitions"}


@dataclass
class Ahead:
    """A clock that is set forward by hand."""

    at: datetime

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def early(own_twin):
    """The twin before somebody makes HubSpot's last kind of mail."""
    own_twin.settings(hubspot_subscriptions=3)
    yield own_twin
    own_twin.settings(hubspot_subscriptions=4)


@pytest.fixture
def clock(own_twin):
    """The twin's time, standing still."""
    return Ahead(datetime.fromisoformat(own_twin.now()))


@pytest.fixture
def here(own_twin, vendor, kit, clock):
    """The vendor by that clock."""
    return kit.over(own_twin.url, vendor.name, clock=clock)


def row(here, kit, address, op="suppress"):
    """The row that takes somebody off Events, or puts them back."""
    [person] = kit.everyone(here, [address])
    said = here.reader.express_group(op, person, "events", note="asked")
    assert isinstance(said, Expressed), said
    return change(here, person.subject, said)


def change(here, subject, said):
    """A wish as a row."""
    return Change(
        subject=subject, system=here.reader.system, object=said.object, record_id=said.record_id, op=said.op,
        set=said.set, guard=said.guard, backup=said.backup,
    )  # fmt: skip


def written(here, *rows):
    """Applied one by one."""
    for each in rows:
        assert [found.state for found in here.writer.apply([each])] == ["applied"]


def undone(here, row, at):
    """The inverse as things are now."""
    now = here.reader.current(row.object, [row.record_id], frozenset())[row.record_id]
    return here.reader.inverse(row, now=now, at=at)


def passed(own_twin, clock, time):
    """Let the time pass for the vendor and for us."""
    own_twin.advance(time.total_seconds())
    clock.at += time


@KEEPING
def test_who_left_a_group_before_our_write_is_not_let_back(own_twin, here, clock, addresses, kit):
    """Planned, left by the person, written an hour later: the entry is older than our write."""
    planned = row(here, kit, addresses[0])
    written(here, planned)  # the person, by the link at the foot of a mail
    passed(own_twin, clock, HOUR)
    written(here, planned)
    said = undone(here, planned, clock.at)
    assert isinstance(said, Veto)
    assert (said.code, said.text) == ("own_opt_out", "The person had left it before we wrote")


@KEEPING
def test_who_left_a_group_anew_since_is_not_let_back(own_twin, here, clock, addresses, kit):
    """Somebody took our write back, then the person left for themselves; an undo planned before drifts."""
    ours = row(here, kit, addresses[0])
    written(here, ours)
    at = clock.at
    early = undone(here, ours, at)
    assert isinstance(early, Expressed)
    assert read(here, early) == dict(early.guard)
    passed(own_twin, clock, HOUR)
    written(here, change(here, ours.subject, early), ours)
    said = undone(here, ours, at)
    assert isinstance(said, Veto)
    assert (said.code, said.text) == ("own_opt_out", "The person has left it anew since")
    assert read(here, early) != dict(early.guard)


def read(here, said):
    """What the guard read finds."""
    return here.reader.current(said.object, [said.record_id], frozenset(said.guard))[said.record_id]


def asked(own_twin, vendor):
    """How often the vendor was asked for its groups."""
    log = own_twin.log(vendor.name)
    return sum(each["method"] == "GET" and each["path"].endswith(ASKS[vendor.name]) for each in log)


def made(own_twin, vendor, here):
    """Somebody makes a group in the vendor's app; what it is called."""
    if vendor.name == "hubspot":
        own_twin.settings(hubspot_subscriptions=4)
        return "one to one"
    body = {"name": "Courses", "description": "What can be learned"}
    here.reader.client.transport.write("POST", "/v3/asm/groups", json=body)
    return "courses"


@KEEPING
def test_a_new_group_is_known_without_a_restart_and_asked_for_once_a_minute(
    early, vendor, here, clock, addresses, kit
):
    """A job asks once, however many people it is about; a minute later the new group can be left."""
    early.clear_log()
    people = kit.everyone(here, addresses[:20])
    for _ in range(2):
        here.reader.groups()
        said = [here.reader.express_group("suppress", each, "events", note="") for each in people]
        assert all(isinstance(each, Expressed) for each in said)
    assert asked(early, vendor) == 1
    name = made(early, vendor, here)
    assert name not in {each.name.lower() for each in here.reader.groups()}
    assert asked(early, vendor) == 1
    clock.sleep(61)
    assert name in {each.name.lower() for each in here.reader.groups()}
    [person] = kit.everyone(here, addresses[:1])
    assert asked(early, vendor) == 2
    said = here.reader.express_group("suppress", person, name, note="")
    written(here, change(here, person.subject, said))
    [person] = kit.everyone(here, addresses[:1])
    assert {mark.scope.lower() for mark in person.consent} == {name}
