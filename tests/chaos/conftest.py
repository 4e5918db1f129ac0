"""A twin to break things on, workers as processes of their own, and a judge that reads the twin's log."""
# ruff: noqa: ARG002 (an open limiter has the port's signature)

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

SECRET = b"chaos"
PATIENCE = 600.0  # a killed process is found dead at once; one that is slow must not be taken for dead
BATCH = 40  # rows a request, so that two thousand rows make many requests and bodies fit into the log


def alive(pid):
    """Whether the process is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def until(true, seconds=240.0):
    """Wait until `true()`; False when it took too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return False


class Nursery:
    """Starts workers and ends those it started."""

    def __init__(self, folder):
        self.folder = folder
        script = Path(__file__).parent / "nursery.py"
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ready\n"
        self.pids, self.numbers = [], count()

    def spawn(self, *, before_start=None, **spec):
        """Fork a worker; `before_start(pid)` runs before it does anything. Returns its process id."""
        gate = self.folder / f"gate-{next(self.numbers)}"
        self.process.stdin.write(
            json.dumps({"batch": BATCH, "patience": PATIENCE, "gate": str(gate), **spec}) + "\n"
        )
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        self.pids.append(pid)
        if before_start:
            before_start(pid)
        gate.touch()
        return pid

    alive = staticmethod(alive)
    wait = staticmethod(until)

    def kill(self, pid):
        """kill -9, and wait until it is gone."""
        self.pids = [each for each in self.pids if each != pid]
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        assert until(lambda: not alive(pid))

    def clear(self):
        """End every worker: one that is left would look for work as long as the tests run."""
        while self.pids:
            self.kill(self.pids[-1])

    def close(self):
        """End every worker and the nursery."""
        self.clear()
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def _nursery(tmp_path_factory, untraced):
    """Where workers come from. They are killed: what was traced of them would be lost."""
    with untraced():
        made = Nursery(tmp_path_factory.mktemp("nursery"))
    yield made
    made.close()


@pytest.fixture
def nursery(_nursery):
    """Where workers come from; what a test leaves of them is ended with it."""
    yield _nursery
    _nursery.clear()


@pytest.fixture(scope="session")
def chaos_twin(untraced):
    """A twin of 900 people, its state kept under `start`."""
    from tools.twin.server import running

    with ExitStack() as stack:
        with untraced():
            handle = stack.enter_context(running(seed=11, people=900))
        handle.snapshot("start")
        yield handle


@pytest.fixture
def twin(chaos_twin):
    """That twin, as it was at the start, without faults and with an empty log."""
    chaos_twin.clear_faults()
    chaos_twin.restore("start")
    chaos_twin.clear_log()
    yield chaos_twin
    chaos_twin.clear_faults()


class OpenQuota:
    """A limiter that never makes anybody wait."""

    def reserve(self, system, bucket="api", *, urgent=True):
        return 0.0

    def learned(self, system, bucket="api", *, retry_after):
        return None


def connect(url, *, clock=None, timeout=30.0):
    """The real connectors against the twin, without a limiter."""
    from bot.clock import SystemClock
    from tools.connectors import marketo, salesforce, sendgrid
    from tools.rules.email_key import SubjectKey

    shared = {
        "subject": SubjectKey(SECRET, "k1"),
        "clock": clock or SystemClock(),
        "quota": OpenQuota(),
        "timeout": timeout,
    }
    client = {"client_id": "twin-client", "client_secret": "twin-secret"}
    return {
        "sendgrid": sendgrid.connect(base_url=f"{url}/sendgrid", api_key="SG.twin", **shared),
        "marketo": marketo.connect(base_url=f"{url}/marketo", **client, **shared),
        "salesforce": salesforce.connect(base_url=f"{url}/salesforce", **client, **shared),
    }


@pytest.fixture(scope="session")
def purge_rows(chaos_twin):
    """Two thousand rows of a purge: a tombstone, suppressions, then deletions, ESP before MAP before CRM."""
    return _purge_rows(chaos_twin, 2000)


CUT = {"kill", "timeout"}  # faults after which nobody is there to hear the answer
ORDER = ("sendgrid", "marketo", "salesforce")


def _purge_rows(twin, most):
    connected = connect(twin.url)
    addresses = sorted(each["email"] for each in twin.state("sendgrid")["sendgrid"]["contact"].values())
    held = {}
    for each in connected.values():
        for person in (person for page in each.reader.people(addresses) for person in page):
            held.setdefault(person.subject, []).append(person)
    rows = []
    for subject, records in sorted(held.items()):
        mine = list(_rows_of(connected, subject, records))
        if len(rows) + len(mine) > most:
            break
        rows += mine
    return [replace(row, seq=place) for place, row in enumerate(rows, 1)]


def _rows_of(connected, subject, records):
    from tools.plan import Change

    yield Change(
        subject=subject, system="clearance", object="tombstone", record_id=None, op="create",
        set={"bounce_class": "invalid"}, stage=0,
    )  # fmt: skip
    for first, op in ((0, "suppress"), (3, "delete")):
        for person in records:
            reader = connected[person.system].reader
            wish = reader.express(op, person, note="Mailbox gone", rests_on=frozenset({"address"}))
            if wish:
                yield Change(
                    subject=subject, system=person.system, object=wish.object, record_id=wish.record_id,
                    op=wish.op, set=wish.set, guard=wish.guard, backup=wish.backup,
                    stage=first + ORDER.index(person.system), reason="bounced",
                )  # fmt: skip


@pytest.fixture
def cleared(store):
    """`cleared(rows) -> plan`: rows stored, cleared, and a run opened."""

    def make(rows, undo_of=""):
        from bot.store import clearances, drafts, runs
        from tools.plan import Digest

        now = datetime.now(UTC)
        digest = Digest(tool="purge_bounces", args={}, principal="U_MAX", revision=1, policy_version=1)
        for row in rows:
            digest.add(row)
        with store.begin() as connection:
            opening = drafts.Opening(
                tool="purge_bounces", args={}, principal="U_MAX", requester="Max", agent=None, said="purge",
                summary="Purge", evidence=(), policy_version=1, undo_of=undo_of,
                surface="terminal", channel="C1", thread="T1",
            )  # fmt: skip
            key = drafts.open_draft(connection, opening, now=now)
            drafts.add_rows(connection, key, rows, now=now)
            totals = drafts.Totals(
                counts={}, people=len({row.subject for row in rows}), vetoes={},
                effects=frozenset({"delete"}),
                reversibility=(), cost=(), samples=(), digest=digest.hexdigest(),
            )  # fmt: skip
            judged = drafts.Judged(
                plan_id=drafts.new_id(connection),
                state="cleared",
                verdict={},
                expires_at=now + timedelta(days=1),
            )
            drafts.complete(connection, key, totals, judged)
            minted = clearances.Minted(digest=digest.hexdigest(), plan_key=key, clause="test")
            clearance = clearances.mint(connection, minted, now=now)
            run_id = runs.create(
                connection, plan_key=key, digest=digest.hexdigest(), clearance_key=clearance, now=now
            )
        return SimpleNamespace(run_id=run_id, plan_key=key)

    return make


class Judge:
    """Reads what happened from the twin's log and state, and compares the journal with it."""

    def __init__(self, twin, store, rows):
        self.twin, self.store, self.rows = twin, store, rows
        self.before = twin.state(stamps=False)

    def run(self, made):
        from bot.store import runs

        with self.store.read() as connection:
            return runs.get(connection, made.run_id)

    def finished(self, made):
        return self.run(made).state in {"landed", "residue", "needs_attention", "stopped"}

    def journal(self, made):
        from bot.store import journal

        run = self.run(made)
        with self.store.read() as connection:
            return journal.counts(connection, run)

    def sent(self, whens=()):
        """How often vendors took each (system, op, record). `whens`: of kills and time-outs, in order."""
        left = list(whens)
        taken = Counter()
        # the twin logs a request when it is done with it, a silent one long after its caller gave up
        assert until(lambda: len([e for e in self.twin.log() if e["fault"] in CUT]) >= len(left))
        for entry in self.twin.log():
            if entry["fault"] in CUT:
                counts = left.pop(0) == "after"
            else:
                counts = entry["status"] < 300 or entry["fault"] == "drop_reply"
            if counts:
                taken.update(_written(entry))
        return taken

    def planned(self):
        """What each vendor should have been sent, once."""
        return Counter(
            (row.system, row.op, row.set["email"] if row.object == "global_suppression" else row.record_id)
            for row in self.rows
            if row.system != "clearance"
        )

    def others_untouched(self):
        """Records of people outside of the plan are as they were."""
        after = self.twin.state(stamps=False)
        ours = {row.record_id for row in self.rows}
        ours |= {str(row.set.get("email", row.backup.get("email", ""))).lower() for row in self.rows}
        return all(
            after[system][name].get(key) == record
            for system, objects in self.before.items()
            for name, records in objects.items()
            if name in {"lead", "Contact", "Lead", "contact"}
            for key, record in records.items()
            if key not in ours and str(record.get("email", record.get("Email", ""))).lower() not in ours
        )

    def resume(self, made):
        """A person has put right what was wrong."""
        from bot.store import runs

        with self.store.begin() as connection:
            assert runs.reopen(connection, made.run_id)

    def driver(self, made):
        """The process id of the worker that drives the run, 0 when nobody does."""
        worker = self.run(made).worker
        return int(worker.split("-")[-2]) if worker else 0

    def gone(self):
        """Every planned deletion is true at its vendor."""
        after = self.twin.state(stamps=False)
        return not [
            row.record_id
            for row in self.rows
            if row.op == "delete" and row.record_id in after[row.system].get(row.object, {})
        ]


def _ids(entry):
    return dict(pair.split("=", 1) for pair in entry["query"].split("&"))["ids"].split(",")


def _input(entry):
    return [str(each["id"]) for each in json.loads(entry["request"])["input"]]


# what a write request looks like: system, method, end of the path, a word of its body -> op, records
WRITES = (
    ("sendgrid", "POST", "/asm/suppressions/global", "", "suppress",
     lambda entry: json.loads(entry["request"])["recipient_emails"]),
    ("sendgrid", "DELETE", "/marketing/contacts", "", "delete", _ids),
    ("marketo", "POST", "/leads/delete.json", "", "delete", _input),
    ("marketo", "POST", "/leads.json", "updateOnly", "suppress", _input),
    ("salesforce", "PATCH", "/composite/sobjects", "", "suppress",
     lambda entry: [each["Id"] for each in json.loads(entry["request"])["records"]]),
    ("salesforce", "DELETE", "/composite/sobjects", "", "delete", _ids),
)  # fmt: skip


def _written(entry):
    """The (system, op, record) of every row of a write request."""
    for system, method, end, word, op, records in WRITES:
        here = (entry["system"], entry["method"]) == (system, method) and entry["path"].endswith(end)
        if here and word in entry["request"]:
            return [(system, op, each) for each in records(entry)]
    return []


@pytest.fixture
def at(twin, store_url):
    """Where a worker works."""
    return {"store": store_url, "twin": twin.url}


@pytest.fixture
def some_rows(purge_rows):
    """The rows of a hundred people."""
    chosen = set(sorted({row.subject for row in purge_rows})[:100])
    kept = [row for row in purge_rows if row.subject in chosen]
    return [replace(row, seq=place) for place, row in enumerate(kept, 1)]


@pytest.fixture
def judge(twin, store):
    """`judge(rows)`: the judge of one run."""
    return lambda rows: Judge(twin, store, rows)


@pytest.fixture(scope="session")
def connect_real():
    """`connect_real(url, clock=…, timeout=…)`: the real connectors against the twin."""
    return connect


@pytest.fixture(scope="session")
def open_quota():
    """A limiter that never makes anybody wait."""
    return OpenQuota()
