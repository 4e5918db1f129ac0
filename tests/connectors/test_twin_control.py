"""The twin's control API and its faults, over HTTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tools.twin.server import TwinHandle, running

SCOPES = "/sendgrid/v3/scopes"
GLOBAL = "/sendgrid/v3/asm/suppressions/global"


@pytest.fixture
def http(own_twin: Any) -> Iterator[httpx.Client]:
    """A client of the twin, which starts and ends without faults."""
    own_twin.clear_faults()
    own_twin.clear_log()
    headers = {"Authorization": "Bearer SG.twin"}
    with httpx.Client(
        base_url=own_twin.url, headers=headers, trust_env=False, verify=False, timeout=10
    ) as client:
        yield client
    own_twin.clear_faults()


def suppressed(http: httpx.Client, address: str) -> bool:
    return http.get(f"{GLOBAL}/{address}").json() != {}


def test_the_log_holds_every_request_with_its_bodies_and_rows(own_twin, http):
    """The log is the judge of call counts: method, path, status, rows, bodies."""
    http.post(GLOBAL, json={"recipient_emails": ["a@one.example", "b@one.example"]})
    http.get("/sendgrid/v3/nothing")
    first, second = own_twin.log("sendgrid")
    assert (first["method"], first["path"], first["status"], first["rows"]) == (
        "POST", "/v3/asm/suppressions/global", 201, 2,
    )  # fmt: skip
    assert "a@one.example" in first["request"]
    assert "recipient_emails" in first["response"]
    assert second["status"] == 404
    assert own_twin.log("marketo") == []
    assert own_twin.log(since=first["n"]) == [second]
    own_twin.clear_log()
    assert own_twin.log() == []


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("401", 401), ("500", 500), ("502", 502)])
def test_a_fault_strikes_the_nth_match_and_no_other(own_twin, http, kind, status):
    """`nth` counts matching requests, `times` how many are struck."""
    own_twin.fault(system="sendgrid", match="GET .*scopes", nth=2, times=2, kind=kind)
    http.get("/sendgrid/v3/marketing/contacts/count")
    assert [http.get(SCOPES).status_code for _ in range(4)] == [200, status, status, 200]
    assert [(each["seen"], each["struck"]) for each in own_twin.faults()] == [(4, 2)]


def test_a_dropped_reply_leaves_the_write_taken(own_twin, http):
    """The write is there although the connection was closed without an answer."""
    own_twin.fault(system="sendgrid", match="suppressions/global", kind="drop_reply")
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(GLOBAL, json={"recipient_emails": ["lost@one.example"]})
    assert own_twin.log("sendgrid")[0]["status"] == 0
    assert suppressed(http, "lost@one.example")


@pytest.mark.parametrize(("when", "taken"), [("before", False), ("after", True)])
def test_a_timeout_holds_the_request_then_closes(own_twin, http, when, taken):
    """The request is held for the bound and cut; whether the write was taken is chosen."""
    own_twin.fault(system="sendgrid", match="POST", kind="timeout", seconds=0.05, when=when)
    started = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(GLOBAL, json={"recipient_emails": [f"{when}@one.example"]})
    assert time.monotonic() - started >= 0.05
    assert suppressed(http, f"{when}@one.example") is taken


def test_a_dropped_row_is_reported_done_and_is_not(own_twin, http):
    """One row of the batch silently does nothing; reads are not counted."""
    own_twin.fault(system="sendgrid", match="suppressions/global", kind="drop_row", rows=[1])
    assert not suppressed(http, "x@one.example")
    reply = http.post(GLOBAL, json={"recipient_emails": ["x@one.example", "y@one.example"]})
    assert reply.status_code == 201
    assert (suppressed(http, "x@one.example"), suppressed(http, "y@one.example")) == (True, False)


@pytest.mark.parametrize(("when", "taken"), [("before", False), ("after", True)])
def test_kill_ends_the_given_process_at_its_request(own_twin, http, when, taken):
    """SIGKILL reaches the child at the nth matching request, before or after the write is taken."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        own_twin.fault(system="sendgrid", match="POST", kind="kill", pid=child.pid, when=when)
        with pytest.raises(httpx.RemoteProtocolError):
            http.post(GLOBAL, json={"recipient_emails": [f"kill-{when}@one.example"]})
        assert child.wait(timeout=60) == -signal.SIGKILL
    assert suppressed(http, f"kill-{when}@one.example") is taken


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"kind": "explode"}, "kind must be one of"),
        ({"kind": "500", "colour": "red"}, "unknown keys"),
        ({"kind": "kill"}, "kill needs the pid"),
        ({"kind": "500", "when": "never"}, "when must be"),
        ({"system": "sendgrid"}, "kind"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(own_twin, spec, words):
    """A wrong fault is named as such, so that no test believes it has one."""
    with pytest.raises(ValueError, match=words):
        own_twin.fault(**spec)


def test_a_snapshot_comes_back_whole(own_twin, http):
    """State and clock are as they were; the log is not touched."""
    before, now = own_twin.state(), own_twin.now()
    own_twin.snapshot("mine")
    http.post(GLOBAL, json={"recipient_emails": ["new@one.example"]})
    own_twin.advance(86_400)
    assert own_twin.state() != before
    own_twin.restore("mine")
    assert own_twin.state() == before
    assert own_twin.now()[:16] >= now[:16]
    assert own_twin.now()[:10] == now[:10]
    with pytest.raises(ValueError, match="no snapshot is named"):
        own_twin.restore("another")


def test_state_can_leave_out_who_and_when_of_the_last_change(own_twin):
    """Comparing before and after needs the records, not their stamps."""
    whole = own_twin.state("marketo")["marketo"]["lead"]
    bare = own_twin.state("marketo", stamps=False)["marketo"]["lead"]
    record = next(iter(whole))
    assert set(whole[record]) - set(bare[record]) == {"updatedAt"}


def test_settings_are_named_and_checked(own_twin):
    """An organisation's settings can be read and set; others do not exist."""
    assert own_twin.settings()["sync_lag_seconds"] == 180.0
    assert own_twin.settings(sync_lag_seconds=60)["sync_lag_seconds"] == 60.0
    own_twin.settings(sync_lag_seconds=180)
    with pytest.raises(ValueError, match="unknown settings: gravity"):
        own_twin.settings(gravity=9.81)


def test_the_demo_people_are_served(own_twin):
    """The five people of the demo, with their roles."""
    assert {each["user"]: each["role"] for each in own_twin.people()} == {
        "U_ANA": "marketer", "U_MAX": "marops", "U_DANA": "marops", "U_IVY": "admin", "U_GUEST": "guest",
    }  # fmt: skip


def test_what_does_not_exist_is_said_so(own_twin, http):
    """Unknown controls and unknown vendors are 404."""
    assert http.get("/_twin/nothing").status_code == 404
    assert http.get("/hubspot/crm/v3").status_code == 404


def test_a_kept_twin_is_taken_up_where_it_was_left(tmp_path):
    """A file keeps state and clock over processes; other arguments start anew."""
    kept = str(tmp_path / "twin.db")
    with (
        running(people=20, path=kept) as handle,
        httpx.Client(base_url=handle.url, trust_env=False, verify=False) as http,
    ):
        http.headers["Authorization"] = "Bearer SG.twin"
        http.post(GLOBAL, json={"recipient_emails": ["kept@one.example"]})
        handle.advance(864_000)
        state, now = handle.state(), handle.now()
    with running(people=20, path=kept) as handle:
        assert handle.state() == state
        assert handle.now() >= now
    with running(people=21, path=kept) as handle:
        assert "kept@one.example" not in handle.state("sendgrid")["sendgrid"]["unsubscribes"]


def test_only_platforms_that_are_served_can_be_asked_for():
    """HubSpot is not served, and the twin does not pretend."""
    with pytest.raises(ValueError, match="marketo"), running(people=1, map="pardot"):
        pass


def test_a_twin_of_its_own_process_serves_the_same(free_port):
    """`serve` blocks in its process and answers on the port it was given; a handle reaches it from here."""
    port = free_port()
    code = f"from tools.twin.server import serve; serve(seed=3, people=10, port={port})"
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        try:
            handle, deadline = TwinHandle(f"http://127.0.0.1:{port}"), time.monotonic() + 240
            while time.monotonic() < deadline:
                try:
                    assert len(handle.traps()) > 20
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
            assert handle.state("marketo")["marketo"]["lead"]
        finally:
            os.kill(child.pid, signal.SIGTERM)
        child.wait(timeout=60)
