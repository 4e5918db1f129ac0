"""Who people are in Slack and which roles they have: users.info and user groups, asked when it matters.

Guests, bots, people of other workspaces and the deactivated have no roles. A workspace without user groups
(or without the scope to read them) leaves the people whom the policy lists by id; when Slack does not answer,
nobody gets a role: a vote that cannot be checked does not count.
"""

import logging
from collections.abc import Collection, Mapping
from typing import Any, Literal, Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.client import API, web_client
from bot.slack.fresh import Fresh
from bot.slack.post import code
from tools.context import Principal
from tools.errors import RetryLater

KEPT = 60.0  # seconds an answer serves for talking; a vote never rests on a kept answer
NO_GROUPS = {
    "unknown_method",
    "missing_scope",
    "paid_teams_only",
    "not_allowed_token_type",
    "plan_upgrade_required",
}
CALLED = 5  # people called by name where there is no user group to call
UNKNOWN = {"user_not_found", "user_not_visible", "users_not_found"}

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


class RoleSource(Protocol):
    """Where a role comes from: everybody, a user group by handle, people by id. All that match count."""

    @property
    def everyone(self) -> bool:
        """Whether every member of the workspace has it."""

    @property
    def usergroup(self) -> str:
        """The handle of a user group, without @."""

    @property
    def users(self) -> Collection[str]:
        """User ids."""


class SlackDirectory:
    """`bot.engine.directory.Directory` over Slack. `guests` are treated as guests whatever Slack says."""

    def __init__(
        self, client: WebClient, roles: Mapping[str, RoleSource], *, guests: Collection[str] = ()
    ) -> None:
        self._client = client
        self._roles = roles
        self._guests = frozenset(guests)
        self._people: Fresh[str, Json] = Fresh(self._ask_person, seconds=KEPT)
        self._groups: Fresh[str, frozenset[str]] = Fresh(self._ask_members, seconds=KEPT)
        self._handles: Fresh[str, Mapping[str, str]] = Fresh(self._ask_handles, seconds=5 * KEPT)
        self._team: Fresh[str, str] = Fresh(self._ask_team, seconds=60 * KEPT)

    def principal(self, user: str) -> Principal:
        """The person with the roles they have at this moment. Raises `RetryLater` when Slack does not say."""
        return self._principal(user, self._people.now(user), now=True)

    def known(self, user: str) -> Principal:
        """The person as of the last minute: good enough to talk, not to vote."""
        return self._principal(user, self._people.recent(user), now=False)

    def members(self, role: str) -> tuple[Principal, ...]:
        """Everybody named by a role; empty for a role that everybody has."""
        source = self._roles.get(role)
        if source is None or source.everyone:
            return ()
        ids = set(source.users) | (self._members(source.usergroup, now=False) if source.usergroup else set())
        return tuple(found for user in sorted(ids) if role in (found := self.known(user)).roles)

    def call(self, role: str) -> str:
        """Markup that calls those who have a role: their user group, or up to five of them by name."""
        source = self._roles.get(role)
        if source is None or source.everyone:
            return ""
        try:
            group = self._handles.recent("").get(source.usergroup) if source.usergroup else None
        except (SlackApiError, SlackClientError, OSError):
            group = None
        if group:
            return f"<!subteam^{group}>"
        return " ".join(f"<@{person.id}>" for person in self.members(role)[:CALLED])

    def _principal(self, user: str, person: Json, *, now: bool) -> Principal:
        found = "guest" if user in self._guests or self._foreign(person) else kind(person)
        held = (role for role, source in self._roles.items() if self._has(user, source, now=now))
        profile = person.get("profile") or {}
        return Principal(
            id=user,
            name=str(person.get("real_name") or person.get("name") or user),
            roles=frozenset(held) if found == "person" else frozenset(),
            kind=found,
            timezone=str(person.get("tz") or "UTC"),
            address=str(profile.get("email") or ""),
        )

    def _foreign(self, person: Json) -> bool:
        # in a shared channel people of other companies can write; the same organisation's are ours
        team = person.get("team_id")
        return bool(team) and not person.get("enterprise_user") and team != self._team.recent("")

    def _has(self, user: str, source: RoleSource, *, now: bool) -> bool:
        if source.everyone or user in source.users:
            return True
        return bool(source.usergroup) and user in self._members(source.usergroup, now=now)

    def _members(self, handle: str, *, now: bool) -> frozenset[str]:
        return self._groups.now(handle) if now else self._groups.recent(handle)

    def _ask_person(self, user: str) -> Json:
        try:
            answer = self._client.users_info(user=user)
        except SlackApiError as error:
            if code(error) in UNKNOWN:
                return {}
            raise _unanswered("who you are", error) from error
        except (SlackClientError, OSError) as error:
            raise _unanswered("who you are", error) from error
        found: Json = answer["user"]
        return found

    def _ask_team(self, _own: str) -> str:
        try:
            return str(self._client.auth_test()["team_id"])
        except (SlackClientError, OSError) as error:
            raise _unanswered("which workspace this is", error) from error

    def _ask_members(self, handle: str) -> frozenset[str]:
        try:
            group = self._handles.recent("").get(handle) or self._handles.now("").get(handle)
            if group is None:
                return frozenset()
            return frozenset(self._client.usergroups_users_list(usergroup=group)["users"])
        except SlackApiError as error:
            if code(error) in NO_GROUPS:
                log.warning(
                    "user groups cannot be read (%s): only people listed by id have roles", code(error)
                )
                return frozenset()
            raise _unanswered(f"who is in @{handle}", error) from error
        except (SlackClientError, OSError) as error:
            raise _unanswered(f"who is in @{handle}", error) from error

    def _ask_handles(self, _all: str) -> Mapping[str, str]:
        listed = self._client.usergroups_list(include_disabled=False)["usergroups"]
        return {str(each["handle"]): str(each["id"]) for each in listed}


def connect_directory(
    roles: Mapping[str, RoleSource], *, bot_token: str, base_url: str = API, guests: Collection[str] = ()
) -> SlackDirectory:
    """The directory of a workspace; the engine needs it before the surface is built."""
    return SlackDirectory(web_client(bot_token, base_url), roles, guests=guests)


def kind(person: Json) -> Literal["person", "bot", "guest"]:
    """`person`, `bot` or `guest`: only full, active members of this workspace are persons."""
    if person.get("is_bot") or person.get("is_workflow_bot"):
        return "bot"
    away = ("deleted", "is_restricted", "is_ultra_restricted", "is_stranger", "is_invited_user")
    return "guest" if not person or any(person.get(each) for each in away) else "person"


def _unanswered(what: str, error: Exception) -> RetryLater:
    return RetryLater(
        f"Slack did not say {what}",
        after=5,
        do="Nothing was counted; try again in a moment.",
        detail=str(error),
    )
