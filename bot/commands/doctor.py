"""`clearance doctor`: what is configured, reachable and permitted, and what to do about what isn't.

Exit status 0 when everything that is configured works, 1 otherwise. Nothing is changed anywhere.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from bot import app as composition
from bot import log
from bot.runbooks import shelf
from bot.settings import DATED, Settings, unreadable
from bot.store.connect import Store
from tools.errors import ClearanceError
from tools.plan import System
from tools.ports import Health, Quota
from tools.rules.platform_health import NEVER_TOLD, expiry
from tools.rules.stack import title

State = Literal["ok", "not configured", "incomplete", "broken", "warning"]
COLOURS = {"ok": "green", "broken": "red", "incomplete": "red", "warning": "yellow", "not configured": "dim"}


class Unpaced(Quota):
    """No waiting: one look at each vendor's health."""

    @override
    def reserve(self, system: System, bucket: str = "api", *, urgent: bool = True) -> float:
        return 0.0

    @override
    def learned(self, system: System, bucket: str = "api", *, retry_after: float) -> None:
        """Nothing to remember."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the report: the part, its state, what was found, and what to do."""

    part: str
    state: State
    found: str
    do: str = ""


def run(twin: str, *, as_json: bool) -> int:
    """Check everything and print a table (or JSON)."""
    console = Console(highlight=False)
    try:
        settings = Settings()
    except ValidationError as error:
        for sentence in unreadable(error):
            console.print(sentence)
        console.print("Compare your .env with .env.example.")
        return 1
    if twin:
        settings = settings.model_copy(update={"twin_url": twin})
    log.configure(settings.log_level or "warning")  # to stderr: what is printed here may be parsed
    checks = list(_all(settings))
    if as_json:
        console.print_json(json.dumps([asdict(check) for check in checks]))
    else:
        console.print(_drawn(checks))
    return int(any(check.state in {"broken", "incomplete"} for check in checks))


def _all(settings: Settings) -> Iterator[Check]:
    yield _guard("Python", _python)
    yield _guard("Store", lambda: _store(settings))
    yield _guard("Policy", lambda: _policy(settings))
    parts = composition.vendors(settings) if settings.twin_url else composition.VENDORS
    for part in parts:
        yield _guard(part.capitalize(), lambda part=part: _vendor(settings, part))  # type: ignore[misc] # bound default
    yield _guard("Slack", lambda: _slack(settings))
    yield _guard("Model", lambda: _model(settings))
    yield _guard("Credentials", lambda: credentials(settings))
    yield _guard("Runbooks", lambda: _runbooks(settings))
    yield _guard("Node", _node)


def _guard(part: str, check: Callable[[], Check]) -> Check:
    """A check that fails is a line of the report, not the end of it."""
    try:
        return check()
    except ClearanceError as error:
        return Check(part=part, state="broken", found=error.what, do=error.do)


def _python() -> Check:
    return Check(part="Python", state="ok", found=".".join(str(part) for part in sys.version_info[:3]))


def _store(settings: Settings) -> Check:
    store = Store.open(settings.database)
    kind = store.engine.dialect.name
    store.close()
    return Check(part="Store", state="ok", found=f"{kind}, migrated")


def _policy(settings: Settings) -> Check:
    policy = composition.policy_of(settings)
    own = f" and {settings.policy}" if settings.policy.exists() else ""
    return Check(
        part="Policy", state="ok", found=f"{len(policy.clauses())} clauses from the shipped policy{own}"
    )


def _vendor(settings: Settings, part: System) -> Check:
    name = part.capitalize()
    missing = () if settings.twin_url else settings.missing(part)
    configured = [field for field in _names(part) if field not in missing]
    if missing and not configured:
        return Check(
            part=name,
            state="not configured",
            found="no settings",
            do=f"Set {', '.join(missing)} to use it.",
        )
    if missing:
        return Check(
            part=name, state="incomplete", found=f"{', '.join(missing)} missing", do="Fill them in .env."
        )
    clock, groups = composition.clock_of(settings), composition.policy_of(settings).groups
    found = _of_health(
        name, composition.connect(settings, part, clock, Unpaced(), groups=groups).reader.health()
    )
    return _dated(settings, found) if part == "hubspot" and found.state == "ok" else found


def credentials(settings: Settings) -> Check:
    """When credentials end, as declared: warned of 30 days before, a failure from that day on."""
    held = {name: title(name) for name in DATED if _held(settings, name)}
    ends, today = settings.credentials_end, composition.clock_of(settings).now().date()
    silent = [words for name, words in held.items() if name not in ends]
    near = {held[name]: each for name in held for each in expiry(ends.get(name), today)}
    far = [f"{held[name]} {ends[name]:%Y-%m-%d}" for name in held if name in ends and held[name] not in near]
    ended = any(each.level == "trouble" for each in near.values())
    found = [*(f"{name} {each.what}" for name, each in near.items()), *far]
    unsaid = [f"{', '.join(silent)} not declared"] if silent else []
    return Check(
        part="Credentials",
        state="broken" if ended else "warning" if near else "ok" if far else "not configured",
        found="; ".join([*found, *unsaid]) or "none to declare",
        do=next(iter(near.values())).do if near else f"Set CREDENTIALS_END. {NEVER_TOLD}" if silent else "",
    )


def _held(settings: Settings, name: str) -> bool:
    """Whether there is a credential of this kind, or is said to be."""
    if name in settings.credentials_end:
        return True
    if name == "model":
        return bool(composition.secret(settings.openai_api_key))
    return not settings.missing("slack-http" if name == "slack" else name)


def _dated(settings: Settings, found: Check) -> Check:
    """HubSpot's numbered paths work, and are ending."""
    from tools.connectors.hubspot.paths import ENDING, NUMBERED, SUCCESSOR

    if settings.hubspot_api_version != NUMBERED:
        return found
    return Check(
        part=found.part,
        state="warning",
        found=f"{found.found}; by {NUMBERED}. {ENDING}",
        do=f"Set HUBSPOT_API_VERSION={SUCCESSOR} before then.",
    )


def _of_health(name: str, health: Health) -> Check:
    if not health.reachable:
        return Check(
            part=name, state="broken", found=f"not reachable: {health.note}", do="Check the address."
        )
    if not health.permitted:
        return Check(
            part=name,
            state="broken",
            found=f"not permitted: {health.note}",
            do="Check the credentials' rights.",
        )
    used = f"; {health.calls_used:,} of {health.calls_limit:,} calls used today" if health.calls_limit else ""
    if health.missing_fields:
        hidden = ", ".join(health.missing_fields)
        return Check(
            part=name, state="warning", found=f"reachable{used}; hidden: {hidden}", do="Grant field access."
        )
    return Check(part=name, state="ok", found=f"reachable and permitted{used}")


def _names(part: str) -> tuple[str, ...]:
    # SENDGRID_URL has a default, so only the key says whether it is configured.
    return {
        "salesforce": ("SALESFORCE_URL", "SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET"),
        "marketo": ("MARKETO_URL", "MARKETO_CLIENT_ID", "MARKETO_CLIENT_SECRET"),
        "hubspot": ("HUBSPOT_TOKEN",),
        "sendgrid": ("SENDGRID_API_KEY",),
    }[part]


def _slack(settings: Settings) -> Check:
    missing = settings.missing("slack")
    if len(missing) == len(("bot", "app", "signing")):
        return Check(
            part="Slack", state="not configured", found="no tokens", do="`clearance manifest`, then .env."
        )
    if missing:
        return Check(
            part="Slack", state="incomplete", found=f"{', '.join(missing)} missing", do="Fill them in .env."
        )
    from bot.slack.client import web_client

    said = web_client(
        composition.secret(settings.slack_bot_token), composition.slack_api(settings)
    ).auth_test()
    return Check(part="Slack", state="ok", found=f"in {said.get('team')} as {said.get('user')}")


def _model(settings: Settings) -> Check:
    if settings.openai_api_key is None or not settings.openai_api_key.get_secret_value():
        return Check(
            part="Model",
            state="not configured",
            found="offline interpreter",
            do="Optional: OPENAI_API_KEY.",
        )
    return Check(
        part="Model", state="ok", found=f"{settings.openai_model}, with the offline interpreter behind it"
    )


def _runbooks(settings: Settings) -> Check:
    store = Store.open(settings.database)
    found = shelf(settings, store, composition.clock_of(settings)).describe()
    store.close()
    return Check(part="Runbooks", state="ok", found=found)


def _node() -> Check:
    found = shutil.which("node")
    if found:
        return Check(part="Node", state="ok", found="present (used by demo-slack only)")
    return Check(part="Node", state="warning", found="missing", do="Only `make demo-slack` needs it.")


def _drawn(checks: list[Check]) -> Table:
    table = Table(title="Clearance: what works here", title_justify="left")
    for column in ("part", "state", "found", "what to do"):
        table.add_column(column)
    for check in checks:
        table.add_row(check.part, Text(check.state, style=COLOURS[check.state]), check.found, check.do)
    return table
