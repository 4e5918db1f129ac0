"""The bot as it is run: real commands as processes, over HTTP under gunicorn and over Socket Mode."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slack


def landed(slack: Any, thread: str) -> list[dict[str, Any]]:
    return [each for each in slack.messages(thread=thread) if "Landed" in each["text"]]


def cards(slack: Any) -> list[dict[str, Any]]:
    return [each for each in slack.messages() if (each.get("blocks") or [{}])[0].get("type") == "header"]


def some_address(twin: Any) -> str:
    contacts = twin.state()["salesforce"]["Contact"].values()
    return next(
        each["Email"] for each in contacts if each.get("Email") and not each.get("HasOptedOutOfEmail")
    )


@dataclass
class Served:
    """`clearance serve --http` with two processes, and Slack's side of the wire."""

    at: str
    process: Any
    wire: Any


@pytest.fixture
def served(
    slack: Any, own_settings: Any, command: Callable[..., Any], signed: Any, free_port: Callable[[], int]
) -> Served:
    port = free_port()
    process = command("serve", "--http", "--port", str(port), **own_settings)
    at = f"http://127.0.0.1:{port}"
    slack.wait(lambda: healthy(at))
    return Served(at, process, signed(f"{at}/slack/events", slack.signing_secret))


def test_over_http_two_processes_answer_once_and_a_worker_apart_lands_it(
    slack: Any, own_twin: Any, served: Served
) -> None:
    """Gunicorn with two processes: signatures, redelivery, unknown events, a command, a run, its end."""
    the_wrong_is_refused(served)
    asked, card = one_card_for_eight_deliveries(slack, served, f"suppress {some_address(own_twin)}")
    slack.held = ("",)  # acknowledged while nothing can be done about it yet, not even looking Max up
    assert served.wire.press("U_MAX", card, "clearance_approve").status_code == 200
    assert landed(slack, asked) == []
    slack.held = ()
    slack.wait(lambda: landed(slack, asked))
    assert (len(cards(slack)), len(landed(slack, asked))) == (1, 1)

    fields = {"command": "/marops", "text": "help", "user_id": "U_ANA", "channel_id": slack.channel}
    assert served.wire.form({**fields, "team_id": "T0DEMO", "trigger_id": "1.2"}).status_code == 200
    slack.wait(lambda: slack.messages(seen_by="U_ANA"))
    children = descendants(served.process.process.pid)
    assert len(children) >= 3  # two processes that listen and one that works
    assert served.process.stop() == 0
    assert not [pid for pid in children if running(pid)]


def the_wrong_is_refused(served: Served) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c"})
    for wrong in ("v0=" + "0" * 64, "", "v0=\u00e9"):
        assert served.wire.post(body, signature=wrong).status_code == 401
    assert served.wire.post(body, age=600).status_code == 401
    assert served.wire.post(body).status_code == 200
    assert httpx.get(f"{served.at}/slack/events").status_code == 404
    assert served.wire.event({"type": "emoji_changed"}, event_id="Ev0EMOJI").status_code == 200


def one_card_for_eight_deliveries(slack: Any, served: Served, words: str) -> tuple[str, Any]:
    asked = slack.say("U_ANA", words)
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(served.wire.mention, "U_ANA", words, asked, event_id="Ev0SAME") for _ in range(8)]
    assert {each.result().status_code for each in sent} == {200}
    return asked, slack.wait(lambda: cards(slack))[0]


def test_serve_and_worker_are_started_as_commands_and_end_by_their_ids(
    slack: Any, own_twin: Any, command: Callable[..., Any], own_settings: Any
) -> None:
    """Socket Mode without a worker of its own, and a worker beside it: one card, one landing, both end."""
    working = command("worker", **own_settings)
    working.until("Working")
    serving = command("serve", "--no-worker", **own_settings)
    serving.until("In Slack")
    asked = slack.mention("U_ANA", f"suppress {some_address(own_twin)}")
    card = slack.wait(lambda: cards(slack))[0]
    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: landed(slack, asked))
    assert serving.stop() == 0
    assert working.stop() == 0


@pytest.mark.parametrize(
    ("http", "client", "missing"),
    [
        (False, "", "SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET"),
        (True, "", "SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET"),
        (True, "1.2", "CLEARANCE_SLACK_CLIENT_SECRET, SLACK_SIGNING_SECRET, CLEARANCE_TOKEN_KEYS"),
    ],
)
def test_without_tokens_it_says_what_is_missing(
    http: bool, client: str, missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    """What is missing is named, for Socket Mode, for HTTP, and for many workspaces."""
    from bot.commands import serving

    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLEARANCE_SLACK_CLIENT_ID", client)
    assert serving.serve(serving.Wanted(http=http)) == 1
    assert missing in " ".join(capsys.readouterr().out.split())


def healthy(at: str) -> bool:
    try:
        return httpx.get(f"{at}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2][:3]


def descendants(pid: int) -> list[int]:
    parents = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        parents[int(each.parent.name)] = int(fields.rpartition(")")[2].split()[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]
