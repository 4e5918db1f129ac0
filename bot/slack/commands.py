"""Slash commands: each is words to the conversation; `/marops <verb>` reaches every one of them.

To add one, add an entry to `COMMANDS`: the manifest and the help follow from it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slack_bolt import Ack, App

from bot.slack.escape import words as spoken
from bot.slack.parts import Parts
from bot.slack.stopping import Stopping
from bot.slack.talk import Talk
from bot.slack.thread import command, is_direct
from bot.slack.views.asking import Field
from bot.slack.views.pieces import words as text
from bot.slack.views.tour import tour

if TYPE_CHECKING:
    from bot.slack.asking import Asking

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One slash command: what it is for, what may follow it, and the words it stands for.

    `bare` is said when nothing follows; otherwise `said` with what follows in place of `{}`. With `fields`
    a modal asks for them when nothing follows.
    """

    name: str
    description: str
    hint: str
    bare: str
    said: str
    tool: str = ""  # what the fields are for; while it is planned the command says so
    fields: tuple[Field, ...] = ()

    def words(self, following: str) -> str:
        """The request in words."""
        return self.said.format(following) if following else self.bare

    @property
    def verb(self) -> str:
        """What follows `/marops` to reach it."""
        return self.name.removeprefix("/")


COMMANDS = (
    Command(
        name="/marops", description="Ask anything in words", hint="help, or a request", bare="help", said="{}"
    ),
    Command(
        name="/suppress",
        description="Prepare to suppress addresses everywhere",
        hint="address, address …",
        bare="suppress contacts",
        said="suppress {}",
        tool="suppress_contacts",
        fields=(
            Field(name="addresses", label="Addresses", several=True, hint="One a line, or with commas."),
            Field(name="reason", label="Why?", said="reason: {}", optional=True),
        ),
    ),
    Command(
        name="/bounces",
        description="What bounced, or purge what is dead",
        hint="last_30_days, or purge",
        bare="report bounces last_30_days",
        said="report bounces {}",
    ),
    Command(
        name="/segment",
        description="Preview a segment",
        hint="who, in words",
        bare="list segments",
        said="preview segment {}",
        tool="preview_segment",
        fields=(Field(name="who", label="Who should be in it?", several=True),),
    ),
    Command(
        name="/campaign",
        description="How a campaign does",
        hint="name of a campaign",
        bare="list campaigns",
        said="report campaign {}",
        tool="report_campaign",
        fields=(
            Field(name="campaign", label="Campaign"),
            Field(name="period", label="Period", optional=True, hint="For instance: last 30 days."),
        ),
    ),
    Command(
        name="/import-list",
        description="Import an attached list",
        hint="campaign and source",
        bare="help import list",
        said="import list {}",
        tool="import_list",
        fields=(
            Field(name="list", label="The list", file=True, hint="CSV or XLSX, at most 20 MB."),
            Field(name="campaign", label="Campaign", said="into campaign {}", optional=True),
            Field(name="source", label="Source", said="source {}", optional=True),
        ),
    ),
    Command(
        name="/runbook",
        description="What the runbooks say",
        hint="a question",
        bare="help runbooks",
        said="what does the runbook say about {}",
    ),
    Command(
        name="/licenses",
        description="Who uses which seats",
        hint="vendor",
        bare="report license usage",
        said="report license usage of {}",
    ),
    Command(
        name="/agents",
        description="The standing agents",
        hint="name",
        bare="list agents",
        said="report agent {}",
    ),
    Command(
        name="/approvals",
        description="What waits for a decision",
        hint="mine, all",
        bare="what's waiting for approval?",
        said="list requests {}",
    ),
    Command(
        name="/undo",
        description="Prepare the way back of a run",
        hint="R-17 or P-1042",
        bare="list requests that landed",
        said="undo {}",
    ),
)
BY_VERB = {each.verb: each for each in COMMANDS}
SHORT = {"health": "report health", "policy": "show policy", "help": "help"}
PURGE = re.compile(r"^(purge|clean|remove|delete)\b")


def words(name: str, following: str) -> str:
    """The request that a slash command and what follows it stand for."""
    given = following.strip()
    if name == "/bounces" and PURGE.match(given):
        return f"{given} bounces" if "bounce" not in given else given
    if name != "/marops":
        return BY_VERB[name.removeprefix("/")].words(given)
    verb, _, rest = given.partition(" ")
    if verb in BY_VERB and verb != "marops":
        return words(f"/{verb}", rest)
    if verb in SHORT:
        return f"{SHORT[verb]} {rest}".strip()
    return given or BY_VERB["marops"].bare


class Commands:
    """Acknowledges, then says the words; stopping does not go through the conversation."""

    def __init__(self, parts: Parts, talk: Talk, asking: "Asking", *, sandbox: bool) -> None:
        self._parts = parts
        self._asking = asking
        self._talk = talk
        self._stopping = Stopping(parts)
        self._sandbox = sandbox

    def register(self, app: App) -> None:
        """Listen to every command, and acknowledge one that the app was given without our knowing."""
        for each in COMMANDS:
            app.command(each.name)(self.run)
        app.command(re.compile(".*"))(self.unknown)

    def run(self, ack: Ack, body: Json) -> None:
        """One of `COMMANDS`."""
        ack()
        name, given = str(body["command"]), str(body.get("text") or "").strip()
        wanted = self._asking.wants(name, given)
        if wanted is not None:
            self._asking.open(body, wanted)
        elif name == "/marops" and given in {"stop", "stop all"}:
            self._stop(body)
        elif name == "/marops" and given == "try":
            self._try(body)
        else:
            self._talk.hear(command(body, words(name, spoken(given))))

    def unknown(self, ack: Ack, body: Json) -> None:
        """A command we do not know."""
        ack(f"I don't know {body['command']}; try /marops help.")

    def _stop(self, body: Json) -> None:
        user, channel = str(body["user_id"]), str(body["channel_id"])
        self._stopping.run(None, by=user, channel=channel, under="")

    def _try(self, body: Json) -> None:
        heard = command(body, "try")
        channel, user = heard.thread.channel, heard.user
        shown = (
            tour()
            if self._sandbox
            else text(
                "The tour runs on made-up data: start `clearance demo --slack` and say /marops try there."
            )
        )
        poster = self._parts.poster

        def show() -> None:
            if is_direct(channel):
                poster.post(channel, shown)
            else:
                poster.whisper(channel, user, shown)

        self._talk.aside(heard, show)
