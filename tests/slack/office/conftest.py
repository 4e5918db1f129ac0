"""One bot for a module of tests over one Slack: starting a bot for every test takes seconds each."""

import json
import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

POLICY = """
version = 2
[[rule]]
id = "suppress-two"
text = "What an administrator suppresses needs two of MarOps."
when = { tools = ["suppress_contacts"], roles = ["admin"] }
verdict = { approve = "marops", quorum = 2 }
"""


class Office:
    """The people of the demo at work with one running bot. Threads keep tests apart."""

    def __init__(self, slack: Any, app: Any, surface: Any, twin: Any) -> None:
        self.slack, self.app, self.surface, self.twin = slack, app, surface, twin
        self._modal: Any = None
        contacts = twin.state()["salesforce"]["Contact"].values()
        self._people = iter(
            [each["Email"] for each in contacts if each.get("Email") and not each.get("HasOptedOutOfEmail")]
        )

    def somebody(self) -> str:
        """An address that no other test has."""
        return str(next(self._people))

    def asked(self, user: str = "U_ANA", words: str = "") -> "Thread":
        """Somebody mentions the bot; by default with a suppression of one person."""
        return Thread(self, self.slack.mention(user, words or f"suppress {self.somebody()}"))

    def told(self, user: str, words: str) -> str:
        """What was said to one person's eyes, with these words in it."""
        found = self.slack.wait(
            lambda: [each for each in self.slack.messages(seen_by=user) if words in str(each)]
        )
        return str(found[-1])

    def inbox(self, user: str, *words: str) -> dict[str, Any]:
        """A direct message to somebody with all these words in it."""
        home = self.slack.direct(user)

        def read() -> list[dict[str, Any]]:
            found = self.slack.messages(home)
            return [each for each in found if all(word in str(each) for word in words)]

        return self.slack.wait(read)[-1]

    def press(self, user: str, message: dict[str, Any], action: str, **pressed: Any) -> None:
        """Press any element of a message that has this action id."""
        self._modal = self.slack.modal()  # one that an earlier test left open
        for block in message["blocks"]:
            for each in (*block.get("elements", ()), block.get("accessory") or {}):
                if each.get("action_id") == action:
                    value = {"value": each.get("value", ""), **pressed}
                    made = {"type": each["type"], "action_id": action, "block_id": block["block_id"], **value}
                    self.slack._control(
                        "interact",
                        {
                            "channel": message["channel"],
                            "messageTs": message["ts"],
                            "user": user,
                            "action": made,
                        },
                    )
                    return
        raise AssertionError(f"no {action} on {message}")

    def modal(self, words: str) -> dict[str, Any]:
        """The modal that is open, once it is the one with these words."""

        def read() -> Any:
            shown = self.slack.modal()
            if not shown or shown == self._modal or words not in json.dumps(shown, ensure_ascii=False):
                return None
            return shown

        return self.slack.wait(read)

    def fill(self, user: str, **values: dict[str, Any]) -> None:
        """Send the open modal with these states by input name."""
        self.slack.submit(user, {name: {name: state} for name, state in values.items()})

    def deliver(self, body: dict[str, Any]) -> int:
        """Hand the bot what Slack would send for things local-slack has no way to do."""
        from slack_bolt import BoltRequest

        return int(self.surface.app.dispatch(BoltRequest(body=body, mode="socket_mode")).status)


class Thread:
    """A thread in #marops and what the bot put there."""

    def __init__(self, office: Office, ts: str) -> None:
        self._office, self.ts = office, ts

    def messages(self) -> list[dict[str, Any]]:
        return self._office.slack.messages(thread=self.ts)

    def said(self, words: str) -> dict[str, Any]:
        """A message here with these words in it."""
        return self._office.slack.wait(lambda: [each for each in self.messages() if words in str(each)])[-1]

    def card(self, words: str = "waiting for approval") -> dict[str, Any]:
        """The card here, once it holds these words."""

        def read() -> list[dict[str, Any]]:
            return [
                each
                for each in self.messages()
                if each.get("blocks") and each["blocks"][0]["type"] == "header" and words in str(each)
            ]

        return self._office.slack.wait(read)[-1]

    def remembered(self) -> None:
        """Wait until the request is part of the conversation: its card may be there a moment before."""
        from bot.store import turns

        def read() -> int:
            with self._office.app.store.read() as connection:
                return int(turns.of_plan(connection, self.plan))

        self._office.slack.wait(read)

    @property
    def plan(self) -> str:
        return str(self.card("")["text"].partition(":")[0])


@pytest.fixture(scope="module")
def workspace(local_slack: Any) -> Iterator[Any]:
    """An empty workspace for the module; no payload may have broken a limit of Slack's."""
    local_slack.reset()
    yield local_slack
    assert local_slack.broken == []


@pytest.fixture(scope="module")
def office(
    workspace: Any, twin: Any, tmp_path_factory: pytest.TempPathFactory, steady: Callable[[Any], None]
) -> Iterator[Office]:
    """A running bot over the twin, which is put back afterwards."""
    from bot.app import opened, slack_surface
    from bot.slack.post import Pace

    home = tmp_path_factory.mktemp("office")
    (home / "clearance.toml").write_text(POLICY, encoding="utf-8")
    over = {
        "slack_bot_token": SecretStr(workspace.bot_token),
        "slack_app_token": SecretStr(workspace.app_token),
        "slack_signing_secret": SecretStr(workspace.signing_secret),
        "slack_api_url": workspace.api,
        "policy": home / "clearance.toml",
    }
    twin.snapshot("office")
    with ExitStack() as stack:
        stack.callback(lambda: twin.restore("office"))
        stack.callback(lambda: shutil.rmtree(home, ignore_errors=True))
        app = stack.enter_context(opened(twin=twin.url, home=home, surface="slack", over=over))
        for chore in app.durable._chores:
            chore.due = math.inf if chore.name == "guard" else chore.due  # it reads every vendor, unasked
        surface = slack_surface(app, pace=Pace(burst=10_000))
        steady(surface)
        surface.start()
        stack.callback(surface.stop)
        yield Office(workspace, app, surface, twin)


@pytest.fixture(autouse=True)
def _usual_people(workspace: Any) -> None:
    """Everybody is in the groups they usually are, and Slack works."""
    workspace.groups = {"marops": {"U_MAX", "U_DANA", "U_IVY"}}
    workspace.guests, workspace.gone, workspace.foreign = {"U_GUEST"}, set(), set()
    workspace.missing, workspace.faults, workspace.refused = set(), [], set()


@pytest.fixture
def uploaded(workspace: Any) -> Any:
    """Uploads a file as somebody would, and returns what Slack says of it in a message."""

    def upload(name: str, content: bytes) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {workspace.bot_token}"}
        with httpx.Client(timeout=10, headers=headers) as client:
            begun = client.post(
                f"{workspace.url}/api/files.getUploadURLExternal",
                data={"filename": name, "length": len(content)},
            ).json()
            client.post(begun["upload_url"], content=content)
            done = client.post(
                f"{workspace.url}/api/files.completeUploadExternal",
                json={"files": [{"id": begun["file_id"], "title": name}]},
            ).json()
        return dict(done["files"][0])

    return upload
