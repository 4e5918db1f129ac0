"""A Slack for tests: drives local-slack as its people, and stands in front of its Web API.

The proxy adds what local-slack lacks (groups, guests, streams, sessions, installing), fails on request, and
judges every payload of ours.
"""

import json
import threading
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

JSON_FIELDS = ("blocks", "view", "chunks", "metadata", "attachments")
OWN = {  # methods that local-slack lacks, or knows too little of
    "agents.sessions.setStatus": "_status",
    "chat.appendStream": "_stream_append",
    "chat.startStream": "_stream_start",
    "chat.stopStream": "_stream_stop",
    "oauth.v2.access": "_granted",
    "usergroups.list": "_usergroups_list",
    "usergroups.users.list": "_usergroups_users_list",
    "users.info": "_users_info",
}
WEB = httpx.Client(timeout=30, verify=False)  # one for all: making a client reads every certificate there is
CLIENT_SECRET = "client-secret"
PATIENCE = 240.0  # seconds after which what is waited for will not come any more
GROUPS = {"marops": {"U_MAX", "U_DANA", "U_IVY"}}


@dataclass
class Slack:
    """Drives local-slack as its people, and reads what the bot sent through the proxy."""

    url: str
    api: str
    bot_token: str
    app_token: str
    signing_secret: str
    groups: dict[str, set[str]] = field(default_factory=dict)
    guests: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)  # methods this workspace does not have
    faults: list[dict[str, Any]] = field(default_factory=list)  # {method, error | status, times}
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # limits that a payload of ours broke
    expired: set[str] = field(default_factory=set)  # streams that Slack has ended
    refused: set[str] = field(default_factory=set)  # types of blocks that this workspace does not take
    away: tuple[str, ...] = ()  # beginnings of methods that cannot be reached; "" is all of them
    brief: bool = False  # streams expire as soon as they have begun
    team: str = "T0DEMO"
    grants: dict[str, str] = field(default_factory=dict)  # codes that an installation brings back, and tokens
    lock: Any = field(default_factory=threading.Lock)
    moments: list[tuple[str, float]] = field(default_factory=list)  # when each method was called
    held: tuple[str, ...] = ()  # beginnings of methods that are not answered yet; "" is all of them

    channel = "C0MAROPS"
    bot = "U0CLEARANCE"

    def reset(self) -> None:
        """An empty workspace with the usual people and groups."""
        WEB.post(f"{self.url}/_control/reset").raise_for_status()
        self.groups = {name: set(members) for name, members in GROUPS.items()}
        self.guests, self.gone, self.foreign, self.missing = {"U_GUEST"}, set(), set(), set()
        self.faults, self.calls, self.broken, self.expired = [], [], [], set()
        self.refused, self.away, self.brief = set(), (), False
        self.held, self.moments = (), []

    def say(self, user: str, text: str, *, channel: str = "", thread: str = "") -> str:
        """Somebody types a message; its id."""
        body = {"channel": channel or self.channel, "user": user, "text": text}
        sent = self._control("message", {**body, **({"thread_ts": thread} if thread else {})})
        return str(sent["message"]["ts"])

    def mention(self, user: str, text: str, *, thread: str = "") -> str:
        """Somebody mentions the bot in #marops."""
        return self.say(user, f"<@{self.bot}> {text}", thread=thread)

    def direct(self, user: str) -> str:
        """The direct-message channel of a person and the bot."""
        made = WEB.post(
            f"{self.url}/api/conversations.open",
            data={"users": user},
            headers={"Authorization": f"Bearer {self.bot_token}"},
        ).json()
        return str(made["channel"]["id"])

    def command(self, user: str, command: str, text: str = "", *, channel: str = "") -> None:
        """Somebody types a slash command."""
        body = {"channel": channel or self.channel, "user": user, "command": command, "text": text}
        self._control("command", body)

    def click(self, user: str, message: dict[str, Any], action: str, *, value: str | None = None) -> None:
        """Somebody presses a button of a message."""
        block, found = button(message, action)
        pressed = {
            **found,
            "block_id": block["block_id"],
            "value": found["value"] if value is None else value,
        }
        body = {"channel": message["channel"], "messageTs": message["ts"], "user": user, "action": pressed}
        self._control("interact", body)

    def submit(self, user: str, values: dict[str, Any]) -> None:
        """Somebody fills in the modal that is open and sends it."""
        from websockets.sync.client import connect

        with connect(f"ws{self.url.removeprefix('http')}/ui", max_size=None) as page:
            page.recv()
            page.send(json.dumps({"t": "view_submit", "user": user, "values": values}))
            while json.loads(page.recv(timeout=PATIENCE))["t"] not in {"view", "view_errors"}:
                pass  # until the bot has taken it and the page shows so

    def modal(self) -> dict[str, Any] | None:
        """The modal that is open."""
        from websockets.sync.client import connect

        with connect(f"ws{self.url.removeprefix('http')}/ui", max_size=None) as page:
            stack = json.loads(page.recv())["state"]["modalStack"]
        return stack[-1] if stack else None

    def homes(self, user: str) -> list[dict[str, Any]]:
        """The Home tabs that were published for a person, oldest first."""
        return [args["view"] for args in self.sent("views.publish") if args["user_id"] == user]

    def home(self, user: str) -> dict[str, Any] | None:
        """The Home tab as a person sees it."""
        return (self.homes(user) or [None])[-1]

    def open_home(self, user: str) -> None:
        """Somebody looks at the Home tab."""
        self._control("open-home", {"user": user})

    def messages(self, channel: str = "", *, thread: str = "", seen_by: str = "") -> list[dict[str, Any]]:
        """What the bot said in a channel, or under a message, or to one person's eyes there."""
        found = WEB.get(f"{self.url}/_control/messages/{channel or self.channel}").json()["messages"]
        ours = [{**each, "channel": channel or self.channel} for each in found if each["user"] == self.bot]
        ours = [each for each in ours if each.get("ephemeral_to", "") == seen_by]
        return [each for each in ours if not thread or each.get("thread_ts") == thread]

    def wait(self, read: Callable[[], Any], *, seconds: float = PATIENCE) -> Any:
        """What `read` returns once it is true; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := read():
                return found
            time.sleep(0.05)
        raise AssertionError(f"never came true; last said: {[each['text'] for each in self.messages()][-5:]}")

    def sent(self, method: str) -> list[dict[str, Any]]:
        """The arguments of every call of a method."""
        with self.lock:
            return [args for name, args in self.calls if name == method]

    def called_at(self, method: str) -> list[float]:
        """When a method was called, by `time.monotonic`."""
        with self.lock:
            return [moment for name, moment in self.moments if name == method]

    def fail(self, method: str, *, error: str = "", status: int = 200, times: int = 1) -> None:
        """Let the next calls of a method fail."""
        self.faults.append({"method": method, "error": error, "status": status, "times": times})

    def _control(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        done = WEB.post(f"{self.url}/_control/{what}", json=body)
        done.raise_for_status()
        return done.json()


def button(message: dict[str, Any], action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A button of a message and its block; fails when there is none."""
    for block in message.get("blocks", ()):
        for each in block.get("elements", ()) if block["type"] == "actions" else ():
            if each["action_id"] == action:
                return block, each
    raise AssertionError(f"no button {action} on {message.get('text')!r}")


def everything(value: Any) -> str:
    """All text of a message or view, joined."""
    if isinstance(value, dict):
        return "\n".join(everything(each) for each in value.values())
    if isinstance(value, list):
        return "\n".join(everything(each) for each in value)
    return value if isinstance(value, str) else ""


def judge(method: str, args: dict[str, Any]) -> list[str]:
    """What is wrong with a payload: by our rules, and by the SDK's own models."""
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from bot.slack import rules

    if method in {"chat.postMessage", "chat.update", "chat.postEphemeral"}:
        blocks = args.get("blocks") or []
        again = [block.to_dict() for block in Block.parse_all(blocks)]
        lost = [] if again == blocks else [f"the SDK's models read other blocks: {again} for {blocks}"]
        return rules.faults(blocks, text=args.get("text")) + lost
    if method in {"views.open", "views.publish"}:
        View(**args["view"]).to_dict()
        return rules.view_faults(args["view"])
    return []


class Proxy(BaseHTTPRequestHandler):
    """The Web API as local-slack has it, plus groups, guests, streams, sessions, and failures on request."""

    slacks: dict[str, Slack]  # by the bot's token; the first is asked where there is none
    protocol_version = "HTTP/1.1"

    @property
    def slack(self) -> Slack:
        """The workspace whose token was sent."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.slacks.get(token) or next(iter(self.slacks.values()))

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Some reads come as GET; so do the files themselves."""
        if not self.path.startswith("/api/"):
            self._pass_on(WEB.get(f"{self.slack.url}{self.path}", headers={"Accept": "*/*"}))
            return
        self._answer(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        """Everything else."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "json" in self.headers.get("Content-Type", ""):
            args = json.loads(body or b"{}")
        else:
            args = dict(parse_qsl(body.decode(), keep_blank_values=True))
        for name in JSON_FIELDS:
            if isinstance(args.get(name), str):
                args[name] = json.loads(args[name])
        self._answer(args)

    def _answer(self, args: dict[str, Any]) -> None:
        method = urlsplit(self.path).path.removeprefix("/api/")
        if method.startswith(self.slack.away):
            self.close_connection = True
            return
        with self.slack.lock:
            self.slack.calls.append((method, args))
            self.slack.moments.append((method, time.monotonic()))
            self.slack.broken += [f"{method}: {fault}" for fault in judge(method, args)]
            fault = next(
                (each for each in self.slack.faults if each["method"] == method and each["times"]), None
            )
            if fault:
                fault["times"] -= 1
        while method.startswith(self.slack.held):
            time.sleep(0.01)
        if fault:
            self._send({"ok": False, "error": fault["error"] or "ratelimited"}, fault["status"])
        elif method in self.slack.missing:
            self._send({"ok": False, "error": "unknown_method"})
        elif self.slack.refused & {block["type"] for block in args.get("blocks") or ()}:
            self._send({"ok": False, "error": "invalid_blocks"})
        elif method in OWN:
            self._send(getattr(self, OWN[method])(args))
        else:
            self._send(self._forward(method, args))

    def _forward(self, method: str, args: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": self.headers.get("Authorization", "")}
        answer = WEB.post(f"{self.slack.url}/api/{method}", json=args, headers=headers)
        return answer.json()

    def _usergroups_list(self, _args: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "usergroups": [{"id": f"S{name}", "handle": name} for name in self.slack.groups]}

    def _usergroups_users_list(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "users": sorted(self.slack.groups[args["usergroup"].removeprefix("S")])}

    def _users_info(self, args: dict[str, Any]) -> dict[str, Any]:
        found = self._forward("users.info", args)
        if found["ok"]:
            found["user"]["is_restricted"] = args["user"] in self.slack.guests
            found["user"]["deleted"] = args["user"] in self.slack.gone
            found["user"]["team_id"] = "T0OTHER" if args["user"] in self.slack.foreign else self.slack.team
        return found

    def _status(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "status": args["status"]}

    def _stream_start(self, args: dict[str, Any]) -> dict[str, Any]:
        begun = {"channel": args["channel"], "thread_ts": args["thread_ts"], "text": "…"}
        posted = self._forward("chat.postMessage", begun)
        if self.slack.brief:
            self.slack.expired.add(posted["ts"])
        return posted

    def _stream_append(self, args: dict[str, Any]) -> dict[str, Any]:
        if args["ts"] in self.slack.expired:
            return {"ok": False, "error": "message_not_in_streaming_state"}
        return {"ok": True, "ts": args["ts"]}

    def _stream_stop(self, args: dict[str, Any]) -> dict[str, Any]:
        if args["ts"] in self.slack.expired:
            return {"ok": False, "error": "message_not_in_streaming_state"}
        ended = {"channel": args["channel"], "ts": args["ts"], "text": "", "blocks": args.get("blocks", [])}
        return self._forward("chat.update", ended)

    def _granted(self, args: dict[str, Any]) -> dict[str, Any]:
        """A workspace, or (code `org`) a whole organisation, has said yes."""
        granted = [each.grants.pop(args["code"], "") for each in self.slacks.values()]
        token = next(filter(None, granted), "")
        given = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        if not token or given.partition(":")[2] != CLIENT_SECRET:
            return {"ok": False, "error": "invalid_code"}
        team = None if args["code"] == "org" else {"id": self.slacks[token].team, "name": "A workspace"}
        return {
            "ok": True,
            "app_id": "A0CLEARANCE",
            "access_token": token,
            "token_type": "bot",
            "bot_user_id": self.slack.bot,
            "scope": "chat:write",
            "team": team,
            "enterprise": None if team else {"id": "E0ORG", "name": "An organisation"},
            "is_enterprise_install": team is None,
            "authed_user": {"id": "U_IVY"},
        }

    def _pass_on(self, answer: httpx.Response) -> None:
        self.send_response(answer.status_code)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def _send(self, answer: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)


class Signed:
    """Posts to a bot's address what Slack would post, signed."""

    def __init__(self, at: str, secret: str) -> None:
        from slack_sdk.signature import SignatureVerifier

        self.at = at
        self._signer = SignatureVerifier(secret)

    def post(
        self, body: str, *, kind: str = "application/json", age: int = 0, signature: str | None = None
    ) -> httpx.Response:
        """One request; `age` seconds old, with its own signature unless one is given ("" for none)."""
        moment = str(int(time.time()) - age)
        sent = (
            self._signer.generate_signature(timestamp=moment, body=body) if signature is None else signature
        )
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": moment}
        signs = {"X-Slack-Signature": str(sent).encode()} if sent else {}
        return WEB.post(self.at, content=body.encode(), headers={**headers, **signs})

    def event(self, event: dict[str, Any], *, event_id: str, team: str = "T0DEMO") -> httpx.Response:
        """An event of a workspace."""
        body = {
            "type": "event_callback",
            "team_id": team,
            "api_app_id": "A0CLEARANCE",
            "event_id": event_id,
            "authorizations": [{"team_id": team, "user_id": Slack.bot, "is_bot": True}],
            "event": event,
        }
        return self.post(json.dumps(body))

    def mention(
        self, user: str, text: str, at: str, *, event_id: str, team: str = "T0DEMO"
    ) -> httpx.Response:
        """Somebody mentions the bot."""
        said = {"type": "app_mention", "user": user, "text": f"<@{Slack.bot}> {text}", "ts": at}
        return self.event({**said, "channel": Slack.channel, "event_ts": at}, event_id=event_id, team=team)

    def press(
        self, user: str, message: dict[str, Any], action: str, *, team: str = "T0DEMO"
    ) -> httpx.Response:
        """Somebody presses a button of a message."""
        block, found = button(message, action)
        payload = {
            "type": "block_actions",
            "user": {"id": user, "name": user, "team_id": team},
            "team": {"id": team},
            "channel": {"id": message["channel"]},
            "container": {
                "type": "message",
                "channel_id": message["channel"],
                "message_ts": message["ts"],
            },
            "message": message,
            "trigger_id": "1.3",
            "actions": [{**found, "block_id": block["block_id"], "action_ts": "1.1"}],
        }
        return self.form({"payload": json.dumps(payload)})

    def form(self, fields: dict[str, str]) -> httpx.Response:
        """A command or a press."""
        return self.post(urlencode(fields), kind="application/x-www-form-urlencoded")
