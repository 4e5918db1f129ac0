"""Peers of the understanding tests: an OpenAI-compatible server, one for quirks, a bot over the twin."""
# ruff: noqa: ARG002 (small peers have the ports' signatures)

import contextlib
import json
import shutil
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class AiMock:
    """aimock, driven through its control API."""

    def __init__(self, url):
        self.url = url
        self.base_url = f"{url}/v1"
        self._control = httpx.Client(base_url=f"{url}/__aimock", timeout=60, trust_env=False)

    def script(self, *fixtures):
        """Answer as these fixtures say; the first that matches wins."""
        added = self._control.post("/fixtures", json={"fixtures": list(fixtures)})
        assert added.status_code == 200, added.text

    def says(self, text, *, on="", after_tool=None, **more):
        match = {"userMessage": on} if on else {}
        if after_tool is not None:
            match["hasToolResult"] = after_tool
        self.script({"match": match, "response": {"content": text, **more}})

    def calls(self, *calls, on="", after_tool=False, **more):
        """Answer with tool calls: (name, arguments) or (name, arguments, id)."""
        match = {"hasToolResult": after_tool, **({"userMessage": on} if on else {})}
        made = [
            {"name": each[0], "arguments": each[1], **({"id": each[2]} if len(each) > 2 else {})}
            for each in calls
        ]
        self.script({"match": match, "response": {"toolCalls": made, **more}})

    def fails(self, status, *, retry_after=None, match=None):
        error = {"error": {"message": "no", "type": "server_error"}, "status": status}
        self.script(
            {"match": match or {}, "response": error | ({"retryAfter": retry_after} if retry_after else {})}
        )

    def bodies(self):
        """The request bodies it got, in order."""
        entries = self._control.get("/journal").json()
        return [each["body"] for each in entries if each["path"].endswith("/chat/completions")]

    def reset(self):
        self._control.post("/reset")

    def close(self):
        self._control.close()


@pytest.fixture(scope="session")
def aimock_server(free_port):
    """A running aimock; installed with npm into the cache when missing."""
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "peers.py"), "aimock"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"aimock could not be installed: {done.stderr}")
    peers, port = json.loads(done.stdout), free_port()
    empty = ROOT / ".clearance" / "node" / f"fixtures-{uuid.uuid4().hex[:8]}.json"
    empty.write_text('{"fixtures": [{"match": {"userMessage": "never said"}, "response": {"content": "-"}}]}')
    command = [peers["node"], peers["aimock"], "-h", "127.0.0.1", "-p", str(port), "-f", str(empty)]
    server = subprocess.Popen([*command, "--strict", "--log-level", "silent"], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    peer = AiMock(url)
    try:
        _wait_for(url)
        yield peer
    finally:
        peer.close()
        server.terminate()
        server.wait(timeout=60)
        empty.unlink()


def _wait_for(url):
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/__aimock/health", timeout=10, trust_env=False).status_code == 200:
                return
        time.sleep(0.1)
    pytest.fail("aimock did not start")


@pytest.fixture
def aimock(aimock_server):
    """An aimock that knows no answer yet."""
    aimock_server.reset()
    return aimock_server


class RawServer(ThreadingHTTPServer):
    """Answers every request with the next of `answers`: (status, body, headers), body JSON or bytes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _RawHandler)
        self.answers, self.bodies = [], []
        self.base_url = f"http://127.0.0.1:{self.server_port}/v1"

    def answer(self, message=None, *, finish="stop", status=200, body=None, headers=()):
        whole = {"choices": [{"message": message or {}, "finish_reason": finish}]} if body is None else body
        self.answers.append((status, whole, dict(headers)))


class _RawHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        size = int(self.headers.get("content-length", 0))
        self.server.bodies.append(json.loads(self.rfile.read(size)))
        status, body, headers = (
            self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        )
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def raw_server():
    """A server that answers exactly what a test says, quirks included."""
    server = RawServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture(scope="session")
def catalogue():
    """The shipped tools."""
    from tools.registry import load

    return load()


@pytest.fixture(scope="session")
def interpreter(catalogue, tmp_path_factory):
    """The offline interpreter over the shipped tools."""
    from bot.assistant.offline.interpreter import Interpreter

    return Interpreter(list(catalogue.values()), cache=tmp_path_factory.mktemp("understanding"))


@pytest.fixture
def model_over(interpreter):
    """Makes a model planner over a server; sleeps are noted, not slept."""
    from bot.assistant.openai_model import OpenAIModel

    made = []

    def make(server, **more):
        slept = []
        model = OpenAIModel(
            model="test-model",
            api_key="key",
            base_url=server.base_url,
            fallback=interpreter,
            sleep=slept.append,
            **more,
        )
        model.slept = slept
        made.append(model)
        return model

    yield make
    for each in made:
        each.close()


@pytest.fixture
def asked(catalogue):
    """Makes a planner's request out of words."""
    from bot.assistant.model import Request
    from tools.context import Principal

    max_ = Principal(id="U_MAX", name="Max", roles=frozenset({"marketer", "marops"}))

    def make(text, **more):
        return Request(text=text, principal=max_, tools=tuple(catalogue.values()), now=NOW, **more)

    return make


class Runbooks:
    """The runbook port over passages a test gives."""

    def __init__(self):
        self.quotes = ["Suppress first, delete later."]

    def search(self, question, audiences):
        from tools.answer import Citation
        from tools.ports import Found

        cited = tuple(
            Citation(title="Bounces", heading="Purge", path="bounces.md", quote=each) for each in self.quotes
        )
        return Found(outcome="answer", citations=cited)


class OpenQuota:
    """A limiter that never makes anybody wait."""

    def reserve(self, system, bucket="api", *, urgent=True):
        return 0.0

    def learned(self, system, bucket="api", *, retry_after):
        pass


@pytest.fixture
def bot(twin, catalogue, tmp_path, migrated_file):
    """A bot over the twin: engine, store, people, runbooks; `talk(model)` makes a conversation."""
    from bot.clock import SystemClock
    from bot.engine import own_records
    from bot.engine.directory import KnownPeople, Someone
    from bot.engine.engine import Engine
    from bot.engine.policy import Policy
    from bot.store.connect import Store
    from tools.connectors import marketo, salesforce, sendgrid
    from tools.rules.email_key import SubjectKey

    shared = {"subject": SubjectKey(b"k" * 32, "k1"), "clock": SystemClock(), "quota": OpenQuota()}
    login = {"client_id": "twin-client", "client_secret": "twin-secret"}
    linked = {
        "salesforce": salesforce.connect(base_url=f"{twin.url}/salesforce", **login, **shared),
        "marketo": marketo.connect(base_url=f"{twin.url}/marketo", **login, **shared),
        "sendgrid": sendgrid.connect(base_url=f"{twin.url}/sendgrid", api_key="SG.twin", **shared),
    }
    policy = Policy.load()
    people = KnownPeople(
        [
            Someone(id="U_MAX", name="Max", groups=frozenset({"marops"})),
            Someone(id="U_DANA", name="Dana", groups=frozenset({"marops"})),
            Someone(id="U_ANA", name="Ana"),
            Someone(id="U_GUEST", name="Guest", kind="guest"),
        ],
        policy,
    )
    runbooks, enqueued = Runbooks(), []
    store = Store.open(f"sqlite:///{shutil.copyfile(migrated_file, tmp_path / 'clearance.db')}")
    linked["clearance"] = own_records.connect(store, shared["clock"])
    engine = Engine(
        store=store,
        registry=catalogue,
        systems={name: each.reader for name, each in linked.items()},
        writers={name: each.writer for name, each in linked.items()},
        policy=policy,
        directory=people,
        subject=shared["subject"],
        clock=shared["clock"],
        runbooks=runbooks,
        enqueue=lambda _, run: enqueued.append(run),
    )
    yield SimpleNamespace(
        engine=engine,
        store=store,
        people=people,
        runbooks=runbooks,
        enqueued=enqueued,
        twin=twin,
        readers={name: each.reader for name, each in linked.items()},
        writers={name: each.writer for name, each in linked.items()},
        talk=_talker(engine, store),
    )
    store.close()


def _talker(engine, store):
    from bot.assistant.conversation import Conversation
    from bot.assistant.utterance import Utterance
    from bot.engine.calls import ThreadRef

    def talk(model, *, names=None):
        conversation = Conversation(engine, store, model, engine.clock, names=names)
        here = ThreadRef(surface="terminal", channel="t", thread=uuid.uuid4().hex)

        def say(text, who="U_MAX", thread=here, **more):
            return conversation.respond(
                Utterance(text=text, principal=engine.directory.principal(who), thread=thread, **more)
            )

        say.conversation, say.thread = conversation, here
        return say

    return talk


@pytest.fixture
def say(bot, interpreter):
    """A conversation of U_MAX with the offline interpreter."""
    return bot.talk(interpreter)
