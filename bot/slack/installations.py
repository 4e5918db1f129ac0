"""What Bolt's OAuth flow keeps: installations and states, in our store; tokens encrypted.

slack_sdk's own database stores keep tokens in clear.
"""

import hashlib
import secrets
from datetime import timedelta

from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Bot, Installation, InstallationStore
from slack_sdk.oauth.state_store import OAuthStateStore
from typing_extensions import override

from bot.slack.sealing import Seal
from bot.store import installations
from bot.store.connect import Store
from bot.store.installations import Installed

STATE_SECONDS = 600


class Installations(InstallationStore):
    """The workspaces that installed the app."""

    def __init__(self, store: Store, seal: Seal) -> None:
        self._store = store
        self._seal = seal

    @override
    def save(self, installation: Installation) -> None:
        """Keep what a workspace granted. Raises `BoltError` when a whole organisation did."""
        if installation.is_enterprise_install or not installation.team_id or not installation.bot_token:
            raise BoltError("Install Clearance in one workspace at a time, not in a whole organisation.")
        team = installation.team_id
        with self._store.begin() as connection:
            installed = Installed(
                team_id=team,
                team_name=installation.team_name or team,
                bot_user_id=installation.bot_user_id or "",
                bot_id=installation.bot_id or "",
                scopes=",".join(installation.bot_scopes or ()),
                installed_by=installation.user_id,
                sealed=self._seal.seal(team, installation.bot_token),
                installed_at=self._store.now(connection),
            )
            installations.put(connection, installed)

    @override
    def find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot of a workspace, its token in clear; None when the app is not installed there."""
        found = None if is_enterprise_install else self.find(team_id or "")
        if found is None:
            return None
        return Bot(
            team_id=found.team_id,
            team_name=found.team_name,
            enterprise_id=enterprise_id,
            bot_token=self.token(found),
            bot_id=found.bot_id,
            bot_user_id=found.bot_user_id,
            bot_scopes=found.scopes,
            installed_at=found.installed_at.timestamp(),
        )

    @override
    def delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """The app was removed from a workspace: its token is deleted at once."""
        with self._store.begin() as connection:
            installations.revoke(connection, team_id or "", now=self._store.now(connection))

    def find(self, team: str) -> Installed | None:
        """The workspace if the app is installed there now."""
        with self._store.read() as connection:
            return installations.find(connection, team)

    def every(self) -> list[Installed]:
        """All workspaces that ever installed the app."""
        with self._store.read() as connection:
            return installations.every(connection)

    def token(self, installed: Installed) -> str:
        """A workspace's token in clear, for as long as it is held. Raises `NeedsAttention`."""
        return self._seal.open(installed.team_id, installed.sealed or "")

    def reseal(self) -> int:
        """Encrypt every token anew under the newest key; how many."""
        current = [(each.team_id, each.sealed) for each in self.every() if each.sealed]
        for team, sealed in current:
            with self._store.begin() as connection:
                installations.reseal(connection, team, self._seal.again(sealed))
        return len(current)


class States(OAuthStateStore):
    """Proof that who comes back from Slack set out from here; each serves once, for ten minutes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @override
    def issue(self, *args: object, **kwargs: object) -> str:
        """A new state; only its hash is kept."""
        del args, kwargs  # the signature is the SDK's
        state = secrets.token_urlsafe(32)
        with self._store.begin() as connection:
            ends = self._store.now(connection) + timedelta(seconds=STATE_SECONDS)
            installations.begin(connection, _digest(state), expires_at=ends)
        return state

    @override
    def consume(self, state: str) -> bool:
        """Whether this state was issued, has not expired and was not used before."""
        with self._store.begin() as connection:
            return installations.end(connection, _digest(state))


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
