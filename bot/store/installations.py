"""Workspaces that installed the app. Tokens come here encrypted and leave here encrypted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from bot.store.clock import database_now
from bot.store.once import upsert
from bot.store.tables import installations, oauth_states


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One workspace. `sealed` is its token, encrypted; None once the app was removed there."""

    team_id: str
    team_name: str
    bot_user_id: str
    bot_id: str
    scopes: str
    installed_by: str
    sealed: str | None
    installed_at: datetime
    revoked_at: datetime | None = None


def put(connection: Connection, installed: Installed) -> None:
    """Remember an installation; a second one of the same workspace replaces the first."""
    values = {name: getattr(installed, name) for name in Installed.__slots__}
    statement = upsert(connection, installations).values(**values)
    rest = {name: value for name, value in values.items() if name != "team_id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["team_id"], set_=rest))


def find(connection: Connection, team_id: str) -> Installed | None:
    """The workspace if the app is installed there now."""
    query = select(installations).where(
        installations.c.team_id == team_id, installations.c.sealed.is_not(None)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else Installed(**row)


def every(connection: Connection) -> list[Installed]:
    """All workspaces that ever installed the app, in the order they last did."""
    query = select(installations).order_by(installations.c.installed_at, installations.c.team_id)
    return [Installed(**row) for row in connection.execute(query).mappings()]


def reseal(connection: Connection, team_id: str, sealed: str) -> None:
    """Replace the encrypted token by the same one under another key."""
    connection.execute(update(installations).where(installations.c.team_id == team_id).values(sealed=sealed))


def revoke(connection: Connection, team_id: str, *, now: datetime) -> bool:
    """The app was removed there: its token is deleted. False when it was gone already."""
    here = (installations.c.team_id == team_id, installations.c.sealed.is_not(None))
    done = connection.execute(update(installations).where(*here).values(sealed=None, revoked_at=now))
    return done.rowcount == 1


def begin(connection: Connection, digest: str, *, expires_at: datetime) -> None:
    """Remember that somebody set out to install; forget those who never came back."""
    connection.execute(delete(oauth_states).where(oauth_states.c.expires_at <= database_now()))
    connection.execute(insert(oauth_states).values(digest=digest, expires_at=expires_at))


def end(connection: Connection, digest: str) -> bool:
    """Whether somebody came back who had set out in time; counts once."""
    here = (oauth_states.c.digest == digest, oauth_states.c.expires_at > database_now())
    gone = connection.execute(delete(oauth_states).where(*here).returning(oauth_states.c.digest))
    return gone.first() is not None
