"""The composition root: settings in, running bot out. The only place where parts are wired."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypedDict, cast

from pydantic import SecretStr, ValidationError

from bot import log
from bot.assistant import live_names
from bot.assistant.conversation import Conversation
from bot.assistant.model import Model
from bot.assistant.offline.interpreter import Interpreter
from bot.clock import SystemClock, TwinClock
from bot.engine import guarding, own_records
from bot.engine.directory import Directory, KnownPeople, Someone
from bot.engine.durable import Chore, Durable
from bot.engine.engine import Engine
from bot.engine.executor import Executor
from bot.engine.guarding import Guard
from bot.engine.leases import worker_name
from bot.engine.limiter import Limiter, hurried
from bot.engine.notebook import StoredNotebook
from bot.engine.policy import Policy
from bot.people import DEMO
from bot.runbooks import Shelf, shelf
from bot.settings import Settings, unreadable
from bot.store.connect import Store
from tools.errors import NeedsAttention
from tools.http import Connected
from tools.plan import System
from tools.ports import Clock, Notebook, Quota, Reader, Writer
from tools.registry import Registry, load
from tools.rules.consent_groups import GroupNames
from tools.rules.email_key import SubjectKey
from tools.twin.handle import TwinHandle

if TYPE_CHECKING:
    from bot.slack.app import SlackSurface
    from bot.slack.directory import SlackDirectory
    from bot.slack.post import Pace

VENDORS: tuple[System, ...] = ("salesforce", "marketo", "hubspot", "sendgrid")
TWIN_ID, TWIN_SECRET, TWIN_KEY, TWIN_TOKEN = "twin-client", "twin-secret", "SG.twin", "pat-twin"
SWEEP_SECONDS = 30.0
HURRY = 20.0  # how much faster than life the embedded twin's rate windows pass: nobody waits to practise
SLACK_API = "https://slack.com/api/"
TWIN_GUESTS = ("U_GUEST",)  # a local Slack knows no guests


@dataclass(frozen=True, kw_only=True)
class App:
    """A running bot: its parts and its worker. `twin` is None with real vendors."""

    settings: Settings
    clock: Clock
    store: Store
    registry: Registry
    policy: Policy
    directory: Directory
    engine: Engine
    conversation: Conversation
    connected: Mapping[System, Connected]
    durable: Durable
    shelf: Shelf
    twin: TwinHandle | None

    def speaker(self, who: str) -> str:
        """Who the terminal acts as: anybody on the twin, else the one identity of the settings."""
        if self.twin is not None:
            return who
        if not self.settings.identity:
            raise NeedsAttention(
                "The terminal does not know who you are", do="Set CLEARANCE_IDENTITY to your user id."
            )
        return self.settings.identity

    @staticmethod
    def new_thread() -> str:
        """A thread of its own for one request."""
        return uuid.uuid4().hex[:12]


@contextmanager
def opened(  # noqa: PLR0913 (what a command line can say about a bot)
    *,
    twin: str = "",
    home: Path | None = None,
    seed: int | None = None,
    people: int = 5000,
    map: str = "",
    surface: str = "",
    works: bool = True,
    over: Mapping[str, object] = {},
) -> Iterator[App]:
    """The bot, wired and driving cleared plans until the block ends.

    `twin` is the address of a running twin. With a `seed`, or when neither a twin nor any vendor is
    configured, an embedded twin is served whose state lives in the home directory, with the marketing
    automation that `map` names (the one kept there, or Marketo, when none is named). With `surface="slack"`
    people and roles are those of the workspace. Without `works`, cleared plans are queued here and driven by
    other processes. `over` sets single settings.

    Raises `NeedsAttention` in sentences.
    """
    settings = settings_of(twin=twin, home=home).model_copy(update=dict(over))
    log.configure(settings.log_level or ("info" if surface else "warning"))
    with ExitStack() as stack:
        if not settings.twin_url and (seed is not None or not vendors(settings)):
            handle = stack.enter_context(_embedded_twin(settings, seed, people, map))
            settings = settings.model_copy(update={"twin_url": handle.url})
        yield assembled(settings, stack, surface=surface, works=works)


def settings_of(*, twin: str = "", home: Path | None = None) -> Settings:
    """The settings, with what a command line says put over them. Raises `NeedsAttention` in sentences."""
    given: dict[str, object] = {"twin_url": twin} if twin else {}
    if home is not None:
        given |= {"home": home, "database_url": ""}
    try:
        return Settings().model_copy(update=given)
    except ValidationError as error:
        words = " ".join(unreadable(error))
        raise NeedsAttention(words, do="Compare your .env with .env.example.") from error


def policy_of(settings: Settings) -> Policy:
    """The shipped policy with the installation's own rules over it."""
    return Policy.load(*([settings.policy] if settings.policy.exists() else []))


def clock_of(settings: Settings) -> Clock:
    """The system's clock; against a twin, one that lets the twin's time pass instead of waiting."""
    if not settings.twin_url:
        return SystemClock()
    twin = TwinHandle(settings.twin_url)
    return TwinClock(twin.advance, ahead=datetime.fromisoformat(twin.now()) - SystemClock().now())


def vendors(settings: Settings) -> tuple[System, ...]:
    """The vendors that can be reached with these settings: all of the twin's, or those with credentials."""
    if settings.twin_url:
        served = TwinHandle(settings.twin_url).vendors()
        return tuple(system for system in VENDORS if system in served)
    return tuple(system for system in VENDORS if not settings.missing(system))


def connect(
    settings: Settings,
    system: System,
    clock: Clock,
    quota: Quota,
    *,
    groups: GroupNames,
    notebook: Notebook | None = None,
) -> Connected:
    """One vendor's reader and writer: of the twin when one is set, else with the settings' credentials.

    `groups` are the policy's groups of mail. In the `notebook` a vendor's jobs that take long are found again
    after a restart.
    """
    wiring = _Wiring(subject=subject_of(settings), clock=clock, quota=quota, groups=groups)
    return _CONNECT[system](settings, wiring, notebook)


def subject_of(settings: Settings) -> SubjectKey:
    """The keyed hash under which people appear in plans and audit."""
    return SubjectKey(settings.subject_secret, settings.subject_key_id)


def slack_surface(app: App, *, pace: "Pace | None" = None) -> "SlackSurface":
    """The Slack surface over this app; nothing is called until it is started. `pace` is for measurements."""
    from bot.slack.app import build

    return build(
        engine=app.engine,
        conversation=app.conversation,
        store=app.store,
        directory=cast("SlackDirectory", app.directory),
        bot_token=secret(app.settings.slack_bot_token),
        app_token=secret(app.settings.slack_app_token),
        signing_secret=secret(app.settings.slack_signing_secret),
        clock=app.clock,
        sandbox=app.twin is not None,
        base_url=slack_api(app.settings),
        pace=pace,
    )


@contextmanager
def _embedded_twin(settings: Settings, seed: int | None, people: int, map: str) -> Iterator[TwinHandle]:
    from tools.twin.server import running

    settings.home.mkdir(parents=True, exist_ok=True)
    kept = str(settings.home / "twin.db")
    with running(seed=7 if seed is None else seed, people=people, map=map, path=kept, hurry=HURRY) as handle:
        yield handle


def _hurry(settings: Settings) -> float:
    """How many times faster than life vendors may be called: only a twin is ever in a hurry."""
    return float(TwinHandle(settings.twin_url).settings()["hurry"]) if settings.twin_url else 1.0


def assembled(settings: Settings, stack: ExitStack, *, surface: str, works: bool) -> App:
    """The parts, wired by these settings; `stack` takes them apart again."""
    store = Store.open(settings.database)
    stack.callback(store.close)
    clock, policy, registry = clock_of(settings), policy_of(settings), load()
    books = shelf(settings, store, clock)
    stack.callback(books.runbooks.close)
    limiter = Limiter(store, clock, tenant=settings.tenant, paces=hurried(_hurry(settings)))
    connected = _connected(settings, store, clock, limiter, policy.groups)
    readers: dict[System, Reader] = {system: each.reader for system, each in connected.items()}
    writers: dict[System, Writer] = {system: each.writer for system, each in connected.items()}
    executor = Executor(store, readers, writers, clock, limiter, worker_name())
    chores = _chores(lambda: engine.sweep(), lambda: Guard(engine, readers).tend())  # noqa: PLW0108 (made later)
    durable = Durable(store, executor, clock, chores=chores)
    engine = Engine(
        store=store,
        registry=registry,
        systems=readers,
        writers=writers,
        policy=policy,
        directory=_directory(settings, policy, surface),
        subject=subject_of(settings),
        clock=clock,
        runbooks=books,
        enqueue=durable.enqueue,
        credentials_end=settings.credentials_end,
    )
    model, names = model_of(settings, registry, store=store), live_names.of_systems(readers, clock)
    app = App(
        settings=settings,
        clock=clock,
        store=store,
        registry=registry,
        policy=policy,
        directory=engine.directory,
        engine=engine,
        conversation=Conversation(engine, store, model, clock, names=names),
        connected=connected,
        durable=durable,
        shelf=books,
        twin=TwinHandle(settings.twin_url) if settings.twin_url else None,
    )
    books.at_hand()
    if works:
        durable.start()
    stack.callback(durable.stop if works else durable.disconnect)
    return app


def _chores(sweep: Callable[[], object], look: Callable[[], object]) -> list[Chore]:
    """Housekeeping, and the guard of consent: not at once, an answer to one question leaves it no time."""
    tidy = Chore(name="sweep", every=SWEEP_SECONDS, do=sweep)
    return [tidy, Chore(name="guard", every=guarding.SECONDS, do=look, due=monotonic() + guarding.SECONDS)]


def _connected(
    settings: Settings, store: Store, clock: Clock, quota: Quota, groups: GroupNames
) -> Mapping[System, Connected]:
    notebook = StoredNotebook(store, clock)
    found = {
        system: connect(settings, system, clock, quota, groups=groups, notebook=notebook)
        for system in vendors(settings)
    }
    return {**found, "clearance": own_records.connect(store, clock, key_id=settings.subject_key_id)}


def model_of(settings: Settings, registry: Registry, name: str = "", *, store: Store | None = None) -> Model:
    """The planner: the language model named (or set) when there is a key, else the interpreter.

    What it uses is counted in the store, where there is one.
    """
    offline = Interpreter(list(registry.values()), cache=settings.models / "understanding")
    key = secret(settings.openai_api_key)
    if not key and not name:
        return offline
    from bot.assistant.budgets import Budgets, StoreLedger
    from bot.assistant.openai_model import OpenAIModel

    return OpenAIModel(
        model=name or settings.openai_model,
        api_key=key,
        base_url=settings.openai_base_url,
        fallback=offline,
        budgets=Budgets(ledger=StoreLedger(store)) if store else None,
    )


def _directory(settings: Settings, policy: Policy, surface: str) -> Directory:
    if surface == "slack":
        from bot.slack.app import connect_directory

        guests = TWIN_GUESTS if settings.twin_url else ()
        token = secret(settings.slack_bot_token)
        return connect_directory(policy.roles, bot_token=token, guests=guests, base_url=slack_api(settings))
    if settings.twin_url:
        return KnownPeople(DEMO, policy)
    me = Someone(id=settings.identity, name=settings.identity) if settings.identity else None
    return KnownPeople([me] if me else [], policy)


def secret(value: SecretStr | None) -> str:
    """A secret's text; empty when it is not set."""
    return value.get_secret_value() if value is not None else ""


def slack_api(settings: Settings) -> str:
    """The address of Slack's Web API."""
    return settings.slack_api_url or SLACK_API


class _Wiring(TypedDict):
    """What every vendor's `connect` takes."""

    subject: SubjectKey
    clock: Clock
    quota: Quota
    groups: GroupNames


def _at(settings: Settings, system: System, own: str) -> str:
    """Where a vendor is: on the twin when one is set."""
    return f"{settings.twin_url}/{system}" if settings.twin_url else own


def _salesforce(settings: Settings, wiring: _Wiring, _: Notebook | None) -> Connected:
    from tools.connectors import salesforce

    twin = settings.twin_url
    return salesforce.connect(
        base_url=_at(settings, "salesforce", settings.salesforce_url),
        client_id=TWIN_ID if twin else settings.salesforce_client_id,
        client_secret=TWIN_SECRET if twin else secret(settings.salesforce_client_secret),
        campaign_window=timedelta(days=settings.salesforce_campaign_days),
        activity_window=timedelta(days=settings.salesforce_activity_days),
        **wiring,
    )


def _marketo(settings: Settings, wiring: _Wiring, notebook: Notebook | None) -> Connected:
    from tools.connectors import marketo

    twin = settings.twin_url
    return marketo.connect(
        base_url=_at(settings, "marketo", settings.marketo_url),
        client_id=TWIN_ID if twin else settings.marketo_client_id,
        client_secret=TWIN_SECRET if twin else secret(settings.marketo_client_secret),
        notebook=notebook,
        **wiring,
    )


def _hubspot(settings: Settings, wiring: _Wiring, _: Notebook | None) -> Connected:
    from tools.connectors import hubspot

    return hubspot.connect(
        base_url=_at(settings, "hubspot", settings.hubspot_url),
        token=TWIN_TOKEN if settings.twin_url else secret(settings.hubspot_token),
        version=settings.hubspot_api_version,
        **wiring,
    )


def _sendgrid(settings: Settings, wiring: _Wiring, _: Notebook | None) -> Connected:
    from tools.connectors import sendgrid

    return sendgrid.connect(
        base_url=_at(settings, "sendgrid", settings.sendgrid_url),
        api_key=TWIN_KEY if settings.twin_url else secret(settings.sendgrid_api_key),
        **wiring,
    )


# One line a vendor: the only place that names them all.
_CONNECT: Mapping[System, Callable[[Settings, _Wiring, Notebook | None], Connected]] = {
    "salesforce": _salesforce,
    "marketo": _marketo,
    "hubspot": _hubspot,
    "sendgrid": _sendgrid,
}
