"""Many workspaces: installing, keeping tokens, and that none of them sees anything of another."""

import re
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

pytestmark = pytest.mark.slack


@pytest.fixture
def keys() -> str:
    from bot.slack.sealing import new_key

    return new_key()


@pytest.fixture
def whole(two_slacks: Any, own_twin: Any, first_start: Path, tmp_path: Path, keys: str) -> Iterator[Any]:
    """An installation that serves many workspaces, not yet installed anywhere."""
    from pydantic import SecretStr

    from bot.settings import Settings
    from bot.workspaces import installation

    alpha, beta, _ = two_slacks
    alpha.reset()
    beta.reset()
    settings = Settings().model_copy(
        update={
            "home": tmp_path,
            "database_url": "",
            "twin_url": own_twin.url,
            "slack_api_url": alpha.api,
            "slack_client_id": "1.2",
            "slack_client_secret": SecretStr("client-secret"),
            "slack_signing_secret": SecretStr(alpha.signing_secret),
            "token_keys": SecretStr(keys),
        }
    )
    with installation(settings) as opened:
        yield opened


@pytest.fixture
def served(whole: Any, two_slacks: Any) -> Iterator[Any]:
    """All workspaces behind one address, in this process, where their events go to."""
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    from bot.workspaces import wsgi

    class Threaded(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ExitStack() as stack:
        application = wsgi(whole, stack)
        server = Threaded(("127.0.0.1", two_slacks[2]), Quiet)
        server.set_app(application)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{two_slacks[2]}"
        server.shutdown()
        server.server_close()
        thread.join()


def install(at: str, slack: Any, *, code: str = "yes") -> httpx.Response:
    """A person follows the link, agrees in Slack, and comes back."""
    slack.grants[code] = slack.bot_token
    with httpx.Client(verify=False) as browser:
        page = browser.get(f"{at}/slack/install")
        leads = re.search(r'href="(https://slack.com/oauth[^"]+)"', page.text)
        assert leads is not None
        state = parse_qs(urlsplit(leads[1].replace("&amp;", "&")).query)["state"][0]
        cookie = page.headers["set-cookie"].partition(";")[0]
        return browser.get(
            f"{at}/slack/oauth_redirect?{urlencode({'code': code, 'state': state})}",
            headers={"Cookie": cookie},
        )


def test_a_state_serves_once_and_only_the_browser_it_was_given_to(whole: Any) -> None:
    """Who comes back must have set out from here, in time, once."""
    from bot.slack.installations import States

    states = States(whole.store)
    state = states.issue()
    assert not states.consume("another")
    assert states.consume(state)
    assert not states.consume(state)
    with whole.store.read() as connection:
        assert state not in str(connection.exec_driver_sql("SELECT * FROM oauth_states").all())


@pytest.fixture
def two(whole: Any) -> Any:
    """An installation that two workspaces have granted a token."""
    from slack_sdk.oauth.installation_store import Installation

    for team in ("T0ALPHA", "T0BETA"):
        granted = Installation(team_id=team, user_id="U_IVY", bot_token=f"xoxb-secret-{team}")
        whole.workspaces.save(granted)
    return whole


def test_tokens_are_not_in_clear_in_the_database(two: Any) -> None:
    """The bytes of the database hold the workspaces and none of their tokens; removal deletes them."""
    assert two.workspaces.token(two.workspaces.find("T0ALPHA")) == "xoxb-secret-T0ALPHA"
    bot = two.workspaces.find_bot(enterprise_id=None, team_id="T0BETA")
    assert bot.bot_token == "xoxb-secret-T0BETA"
    assert two.workspaces.find_bot(enterprise_id="E", team_id="T0BETA", is_enterprise_install=True) is None
    kept = stored(two.settings.home)
    assert b"T0ALPHA" in kept
    assert b"xoxb-secret" not in kept
    two.workspaces.delete_all(enterprise_id=None, team_id="T0ALPHA")
    assert two.workspaces.find("T0ALPHA") is None
    assert [each.sealed is None for each in two.workspaces.every()] == [True, False]


def test_keys_of_tokens_are_replaced_and_bound_to_their_workspace(two: Any, keys: str) -> None:
    """A new key takes over; the old one alone reads nothing then; a copied row is not taken."""
    from bot.slack.installations import Installations
    from bot.slack.sealing import Seal, new_key
    from tools.errors import NeedsAttention

    newer = new_key()
    assert Installations(two.store, Seal(f"{newer},{keys}")).reseal() == 2
    only = Installations(two.store, Seal(newer))
    alpha = only.find("T0ALPHA")
    assert only.token(alpha) == "xoxb-secret-T0ALPHA"
    with pytest.raises(NeedsAttention, match="cannot be read"):
        two.workspaces.token(alpha)
    with pytest.raises(NeedsAttention, match="cannot be read"):
        Seal(newer).open("T0BETA", alpha.sealed)
    with pytest.raises(NeedsAttention, match="not keys"):
        Seal("short")


def test_each_workspace_has_settings_of_its_own(whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vendors come from the workspace's own file, never from the environment; home and key differ."""
    monkeypatch.setenv("SENDGRID_API_KEY", "of-the-installation")
    own = whole.settings.home / "workspaces" / "T0ALPHA" / "workspace.env"
    own.parent.mkdir(parents=True)
    own.write_text("SENDGRID_API_KEY=of-alpha\nCLEARANCE_TENANT=T0BETA\n", encoding="utf-8")
    alpha, beta = (whole.settings.of_workspace(team, "xoxb") for team in ("T0ALPHA", "T0BETA"))
    assert alpha.sendgrid_api_key.get_secret_value() == "of-alpha"
    assert alpha.tenant == "T0ALPHA"
    assert beta.sendgrid_api_key is None
    assert alpha.database != beta.database
    assert alpha.subject_secret != beta.subject_secret
    assert alpha.subject_secret == whole.settings.of_workspace("T0ALPHA", "other").subject_secret
    with pytest.raises(ValueError, match="not a workspace"):
        whole.settings.of_workspace("../T0", "xoxb")


def test_a_database_of_its_own_is_made_beside_the_installations(postgres_url: str) -> None:
    """On PostgreSQL each workspace has a database of its own; made once, however many ask."""
    from bot.store import separate
    from bot.store.connect import Store

    suffix = f"t{uuid.uuid4().hex[:8]}"
    own = separate.beside(postgres_url, suffix)
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(separate.create, own, by=postgres_url) for _ in range(4)]:
            each.result()
    opened = Store.open(own)
    with opened.read() as connection:
        assert connection.exec_driver_sql("SELECT current_database()").scalar_one().endswith(suffix)
    opened.close()


def test_installing_whole_organisations_or_without_a_state_is_refused(
    whole: Any, served: str, two_slacks: Any
) -> None:
    """Nothing is kept of a refused installation, and the page says so."""
    alpha = two_slacks[0]
    assert install(served, alpha, code="org").status_code == 500
    assert httpx.get(f"{served}/slack/oauth_redirect?code=yes&state=made-up").status_code == 400
    assert httpx.get(f"{served}/slack/oauth_redirect?error=access_denied").status_code == 200
    assert whole.workspaces.every() == []


@pytest.fixture
def crew(whole: Any, command: Callable[..., Any], first_start: Path, keys: str) -> Callable[[], Any]:
    """Starts a worker for each workspace, as `clearance worker` does, and waits until both work."""
    for team in ("T0ALPHA", "T0BETA"):
        shutil.copytree(first_start, whole.settings.home / "workspaces" / team)

    def start() -> Any:
        settings = whole.settings
        started = command(
            "worker",
            CLEARANCE_HOME=settings.home,
            CLEARANCE_TWIN_URL=settings.twin_url,
            CLEARANCE_TOKEN_KEYS=keys,
            CLEARANCE_SLACK_CLIENT_ID="1.2",
            SLACK_API_URL=settings.slack_api_url,
            SLACK_SIGNING_SECRET=settings.slack_signing_secret.get_secret_value(),
        )
        started.until("Working", times=2)
        return started

    return start


def test_two_workspaces_with_the_same_ids_share_nothing(
    whole: Any, served: str, two_slacks: Any, signed: Any, own_twin: Any, crew: Callable[[], Any]
) -> None:
    """Plans, cards, Home, files and votes stay in their workspace, though people and channels share ids."""
    alpha, beta, _ = two_slacks
    wire = signed(f"{served}/slack/events", alpha.signing_secret)
    assert wire.mention("U_ANA", "help", "1700000000.000100", event_id="Ev0", team="T0ALPHA").text == ""
    assert [install(served, each).status_code for each in (alpha, beta)] == [200, 200]
    working = crew()
    for each in (alpha, beta):  # opened by the first event, which Slack sends again while that takes long
        each.wait(lambda each=each: noticed(wire, each.team) == 200)
    address = some_address(own_twin)
    answered(alpha, working, "U_ANA", f"suppress {address}", lambda: cards(alpha))
    card = cards(alpha)[0]
    plan = card["text"].partition(":")[0]
    sees_nothing(beta, plan, working)

    # the very clicks that would decide it, from the other workspace
    wire.press("U_MAX", card, "clearance_approve", team="T0BETA")
    wire.press("U_MAX", card, "clearance_details", team="T0BETA")
    beta.wait(lambda: len(beta.messages(seen_by="U_MAX")) >= 2)
    assert "waiting for approval" in cards(alpha)[0]["text"]
    assert not any(each.get("files") for each in beta.messages(beta.direct("U_MAX")))

    wire.press("U_MAX", card, "clearance_approve", team="T0ALPHA")
    alpha.wait(lambda: "landed" in cards(alpha)[0]["text"])
    assert cards(beta) == []
    assert working.stop() == 0
    kept_apart(whole.settings.home, address)
    leaves(whole, wire, alpha)
    assert install(served, alpha).status_code == 200
    assert whole.workspaces.find("T0ALPHA") is not None


def noticed(wire: Any, team: str) -> int:
    """The status of an answer to an event that nobody cares about."""
    status: int = wire.event({"type": "emoji_changed"}, event_id="Ev0EMOJI", team=team).status_code
    return status


def sees_nothing(beta: Any, plan: str, working: Any) -> None:
    """In the other workspace nothing waits, neither in a thread nor at Home."""
    said = "what's waiting for approval?"
    answered(beta, working, "U_MAX", said, lambda: beta.messages() or beta.messages(seen_by="U_MAX"))
    beta.open_home("U_MAX")
    home = beta.wait(lambda: beta.home("U_MAX"))
    assert plan not in str(beta.messages()) + str(home)


def answered(slack: Any, working: Any, user: str, said: str, found: Callable[[], Any]) -> None:
    """Somebody asks until there is an answer: local-slack does not send again what was turned away."""
    for _ in range(3):
        slack.mention(user, said)
        with suppress(AssertionError):
            slack.wait(found)
            return
    raise AssertionError(f"no answer: {working.said[-4_000:]}")


def kept_apart(home: Path, address: str) -> None:
    """One workspace's database holds its people, the other's does not; none holds a token in clear."""
    kept = {team: stored(home / "workspaces" / team) for team in ("T0ALPHA", "T0BETA")}
    assert address.encode() in kept["T0ALPHA"]
    assert address.encode() not in kept["T0BETA"]
    assert not any(b"xoxb-" in each for each in (*kept.values(), stored(home)))


def leaves(whole: Any, wire: Any, slack: Any) -> None:
    """Removing the app deletes the token at once; a person's token that was revoked is none of ours."""
    one_person = {"type": "tokens_revoked", "tokens": {"oauth": ["U_MAX"]}}
    assert wire.event(one_person, event_id="Ev1", team=slack.team).status_code == 200
    assert whole.workspaces.find(slack.team) is not None
    assert wire.event({"type": "app_uninstalled"}, event_id="Ev2", team=slack.team).status_code == 200
    assert whole.workspaces.find(slack.team) is None
    fields = {"command": "/marops", "text": "help", "user_id": "U_ANA", "channel_id": slack.channel}
    refused = wire.form({**fields, "team_id": slack.team, "trigger_id": "1.2"})
    assert "not installed" in refused.text


def cards(slack: Any) -> list[dict[str, Any]]:
    return [each for each in slack.messages() if (each.get("blocks") or [{}])[0].get("type") == "header"]


def some_address(twin: Any) -> str:
    contacts = twin.state()["salesforce"]["Contact"].values()
    return next(
        each["Email"] for each in contacts if each.get("Email") and not each.get("HasOptedOutOfEmail")
    )


def stored(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.glob("*.db*"))
