"""The pace towards vendors, kept by the store for all processes."""

import subprocess
import sys
import textwrap

import pytest

from bot.engine.limiter import Limiter, Pace, watched

SLOW = {"marketo": Pace(10, 1000.0, 4)}


@pytest.fixture
def limiter(store, scene):
    return Limiter(store, scene.clock, tenant="t", paces=SLOW)


def test_a_burst_goes_at_once_and_the_rest_wait_their_turn(limiter):
    """Four at once, then one every interval."""
    waits = [limiter.reserve("marketo") for _ in range(6)]
    assert waits[:4] == [0.0] * 4
    assert waits[4] == pytest.approx(SLOW["marketo"].interval, abs=5)
    assert waits[5] == pytest.approx(2 * SLOW["marketo"].interval, abs=5)


def test_agents_leave_room_for_people(limiter):
    """Calls that are not urgent may use half of the burst."""
    waits = [limiter.reserve("marketo", urgent=False) for _ in range(3)]
    assert waits[0] == 0.0
    assert waits[2] > 0.0
    assert limiter.reserve("marketo") == 0.0


def test_systems_buckets_and_tenants_do_not_share(store, scene, limiter):
    """A used-up bucket holds nobody else up."""
    for _ in range(5):
        limiter.reserve("marketo")
    assert limiter.reserve("marketo", "bulk") == 0.0
    assert limiter.reserve("hubspot") == 0.0
    assert Limiter(store, scene.clock, tenant="other", paces=SLOW).reserve("marketo") == 0.0


def test_a_pause_the_vendor_asked_for_holds_everybody(store, scene, limiter):
    """Another process's limiter waits too."""
    limiter.learned("marketo", retry_after=500.0)
    limiter.learned("marketo", retry_after=0.0)
    other = Limiter(store, scene.clock, tenant="t", paces=SLOW)
    assert other.reserve("marketo") == pytest.approx(500.0, abs=5)


def test_inside_a_run_it_waits_itself_and_can_be_stopped(scene, limiter):
    """The wait passes by the product's clock in small naps, each looking whether to go on."""
    looks = []
    with watched(lambda: looks.append(scene.clock.slept)):
        assert [limiter.reserve("marketo") for _ in range(5)] == [0.0] * 5
    assert scene.clock.slept == pytest.approx(SLOW["marketo"].interval, abs=5)
    assert len(looks) > 100

    def stop():
        raise InterruptedError

    with watched(stop), pytest.raises(InterruptedError):
        limiter.reserve("marketo")


CALLER = """
    import http.client, sys, time
    from urllib.parse import urlsplit
    from bot.clock import SystemClock
    from bot.engine.limiter import Limiter, Pace
    from bot.store.connect import Store

    url, twin, calls = sys.argv[1], urlsplit(sys.argv[2]), int(sys.argv[3])
    limiter = Limiter(Store.open(url), SystemClock(), paces={"sendgrid": Pace(20, 2.0, 5)})
    line = http.client.HTTPConnection(twin.hostname, twin.port)
    for _ in range(calls):
        time.sleep(limiter.reserve("sendgrid"))
        headers = {"Authorization": "Bearer SG.twin"}
        line.request("GET", "/sendgrid/v3/suppression/bounces?limit=1", headers=headers)
        line.getresponse().read()
"""


@pytest.mark.untraced
def test_four_processes_together_keep_the_pace_at_the_vendor(store_url, store, own_twin):
    """Counted at the twin: in no window of two seconds do more calls arrive than the limit."""
    from datetime import datetime

    own_twin.clear_log()
    arguments = [sys.executable, "-c", textwrap.dedent(CALLER), store_url, own_twin.url, "15"]
    callers = [subprocess.Popen(arguments) for _ in range(4)]
    assert [caller.wait(240) for caller in callers] == [0] * 4
    moments = sorted(datetime.fromisoformat(entry["time"]).timestamp() for entry in own_twin.log("sendgrid"))
    assert len(moments) == 60
    late = len(callers)  # each has one slot at a time, which a busy machine may let it use late
    for start in moments:
        assert sum(1 for moment in moments if start <= moment < start + 2.0) <= 20 + late
