"""The worker under test: imports everything once and forks, so that a restart costs a moment.

Each line of its input is the specification of a worker; it answers with the new process's id.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from bot.clock import TwinClock
from bot.engine import own_records
from bot.engine.durable import Durable
from bot.engine.executor import Executor
from bot.engine.leases import worker_name
from bot.engine.limiter import Limiter
from bot.store.connect import Store
from tools.connectors import marketo, salesforce, sendgrid
from tools.rules.email_key import SubjectKey
from tools.twin.handle import TwinHandle


class Small:
    """The vendor's own writer, given fewer rows at a time."""

    def __init__(self, writer, batch):
        self._writer, self._batch = writer, batch

    def __getattr__(self, name):
        return getattr(self._writer, name)

    def batch_size(self, op, object, total):
        return min(self._batch, self._writer.batch_size(op, object, total))


def work(spec):
    store = Store.open(spec["store"])
    twin = TwinHandle(spec["twin"])
    clock = TwinClock(twin.advance)
    limiter = Limiter(store, clock)
    shared = {"subject": SubjectKey(b"chaos", "k1"), "clock": clock, "quota": limiter, "timeout": 30.0}
    client = {"client_id": "twin-client", "client_secret": "twin-secret"}
    found = {
        "salesforce": salesforce.connect(base_url=spec["twin"] + "/salesforce", **client, **shared),
        "marketo": marketo.connect(base_url=spec["twin"] + "/marketo", **client, **shared),
        "sendgrid": sendgrid.connect(base_url=spec["twin"] + "/sendgrid", api_key="SG.twin", **shared),
        "clearance": own_records.connect(store, clock),
    }
    readers = {name: each.reader for name, each in found.items()}
    writers = {name: Small(each.writer, spec["batch"]) for name, each in found.items()}
    executor = Executor(store, readers, writers, clock, limiter, worker_name())
    durable = Durable(store, executor, clock, patience=spec["patience"])
    while not Path(spec["gate"]).exists():
        time.sleep(0.002)
    durable.start()
    if spec.get("run"):
        with store.begin() as connection:
            durable.enqueue(connection, spec["run"])
    while True:
        time.sleep(1)


signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a killed worker is gone at once
sys.stdout.write("ready\n")
sys.stdout.flush()
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        sys.stdin.close()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # its log lines are nobody's answer
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        work(json.loads(line))
        os._exit(0)
    sys.stdout.write(f"{pid}\n")
    sys.stdout.flush()
