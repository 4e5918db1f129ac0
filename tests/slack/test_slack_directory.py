"""Who people are: asked of a Slack with and without user groups."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.slack.directory import connect_directory
from tools.errors import RetryLater

pytestmark = pytest.mark.slack


@dataclass(frozen=True)
class Role:
    """Where a role comes from."""

    everyone: bool = False
    usergroup: str = ""
    users: tuple[str, ...] = ()


ROLES = {
    "marketer": Role(everyone=True),
    "marops": Role(usergroup="marops", users=("U_IVY",)),
    "admin": Role(users=("U_IVY",)),
}


@pytest.fixture
def directory(slack: Any) -> Any:
    return connect_directory(ROLES, bot_token=slack.bot_token, base_url=slack.api)


def test_roles_come_from_everyone_groups_and_ids(directory: Any) -> None:
    """Every role that matches is given, with the person's name, address and time zone."""
    max_ = directory.principal("U_MAX")
    assert (max_.name, max_.roles, max_.kind) == ("Max Okafor", {"marketer", "marops"}, "person")
    assert (max_.address, max_.timezone) == ("max@clearance.example", "UTC")
    assert directory.principal("U_ANA").roles == {"marketer"}
    assert directory.principal("U_IVY").roles == {"marketer", "marops", "admin"}


@pytest.mark.parametrize("who", ["U_GUEST", "U0CLEARANCE", "U_NOBODY"])
def test_guests_bots_and_strangers_have_no_role(directory: Any, who: str) -> None:
    """Nobody but a full member of the workspace has a role, not even the one that everybody has."""
    assert directory.principal(who).roles == frozenset()
    assert directory.principal(who).kind != "person"


def test_a_deactivated_person_has_no_role(slack: Any, directory: Any) -> None:
    """Somebody who has left cannot decide, though still listed by id."""
    assert "admin" in directory.principal("U_IVY").roles
    slack.gone.add("U_IVY")
    assert directory.principal("U_IVY").roles == frozenset()


def test_a_vote_never_rests_on_a_kept_answer(slack: Any, directory: Any) -> None:
    """Who has left the group a moment ago is still known for talking, not for voting."""
    assert "marops" in directory.known("U_MAX").roles
    slack.groups["marops"].discard("U_MAX")
    assert "marops" in directory.known("U_MAX").roles
    assert "marops" not in directory.principal("U_MAX").roles


def test_fifty_at_once_ask_a_few_times(slack: Any, directory: Any, door: Callable[[Any], Any]) -> None:
    """Clicks at the same moment share an answer that was asked for after they came."""
    came = [door(each) for each in (directory._people, directory._groups)]
    held = ("users.info", "usergroups.users.list")
    slack.held = held
    threads = [threading.Thread(target=directory.principal, args=("U_MAX",)) for _ in range(50)]
    for each in threads:
        each.start()
    for asked, rest in zip(came, (held[1:], ()), strict=True):
        asked(50)
        slack.held = rest
    for each in threads:
        each.join()
    assert [1 <= len(slack.sent(method)) <= 2 for method in held] == [True, True]


@pytest.mark.parametrize("lacking", ["usergroups.list", "usergroups.users.list"])
def test_without_user_groups_the_people_listed_by_id_remain(slack: Any, directory: Any, lacking: str) -> None:
    """A workspace without groups gives their roles to nobody but those whom the policy names."""
    slack.missing.add(lacking)
    assert "marops" not in directory.principal("U_MAX").roles
    assert "marops" in directory.principal("U_IVY").roles


def test_when_slack_does_not_say_nobody_gets_a_role(slack: Any, directory: Any) -> None:
    """A membership that cannot be read is an error to try again, never a yes."""
    slack.fail("usergroups.users.list", error="internal_error")
    with pytest.raises(RetryLater, match="who is in @marops"):
        directory.principal("U_MAX")
    slack.fail("users.info", error="internal_error")
    with pytest.raises(RetryLater, match="who you are"):
        directory.principal("U_ANA")


def test_members_of_a_role_are_named(directory: Any) -> None:
    """Who may decide can be listed; a role that everybody has names nobody."""
    assert [each.id for each in directory.members("marops")] == ["U_DANA", "U_IVY", "U_MAX"]
    assert directory.members("marketer") == ()
    assert directory.members("unheard-of") == ()


def test_a_group_that_does_not_exist_has_no_members(slack: Any, directory: Any) -> None:
    """A handle that the policy names and Slack does not know gives no role."""
    del slack.groups["marops"]
    assert directory.principal("U_MAX").roles == {"marketer"}


def test_people_can_be_treated_as_guests(slack: Any) -> None:
    """The demo's guest is a guest where Slack has no notion of one."""
    slack.guests.clear()
    directory = connect_directory(ROLES, bot_token=slack.bot_token, base_url=slack.api, guests=["U_GUEST"])
    assert directory.principal("U_GUEST").roles == frozenset()
    assert directory.principal("U_GUEST").kind == "guest"


def test_people_of_another_company_have_no_role(slack: Any, directory: Any) -> None:
    """In a shared channel others can write; nothing is theirs to ask for or to decide."""
    slack.foreign.add("U_IVY")
    assert directory.principal("U_IVY").roles == frozenset()
    slack.fail("auth.test", error="internal_error")
    other = connect_directory(ROLES, bot_token=slack.bot_token, base_url=slack.api)
    with pytest.raises(RetryLater, match="which workspace"):
        other.principal("U_MAX")


def test_a_role_is_called_by_its_group_or_by_name(slack: Any, directory: Any) -> None:
    """The user group is mentioned; without one the first of its people; a role of everybody never."""
    assert directory.call("marops") == "<!subteam^Smarops>"
    assert directory.call("admin") == "<@U_IVY>"
    assert directory.call("marketer") == directory.call("unheard-of") == ""
    slack.missing.add("usergroups.list")
    fresh = connect_directory(ROLES, bot_token=slack.bot_token, base_url=slack.api)
    assert fresh.call("marops") == "<@U_IVY>"
