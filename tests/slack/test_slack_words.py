"""What commands and buttons say is understood without a model."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.slack.commands import words
from bot.slack.manifest import PROMPTS
from bot.slack.views.home import STARTERS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def understood(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from bot.assistant.model import Proposed, Question, Request
    from bot.assistant.offline.interpreter import Interpreter
    from tools.context import Principal
    from tools.registry import load

    tools = tuple(load().values())
    kept = Path(tmp_path_factory.mktemp("learnt")) / "learnt.json"
    interpreter = Interpreter(tools, cache=kept)
    asker = Principal(id="U_MAX", name="Max", roles=frozenset({"marops"}))

    def tool_and_args(said: str) -> tuple[str, dict[str, Any]]:
        planning = interpreter.plan(Request(text=said, principal=asker, tools=tools, now=NOW))
        if isinstance(planning, Proposed):
            return planning.calls[0].tool, dict(planning.calls[0].args)
        return (planning.tool, dict(planning.args)) if isinstance(planning, Question) else ("", {})

    return tool_and_args


@pytest.mark.parametrize(
    ("name", "given", "tool"),
    [
        ("/marops", "", "help"),
        ("/marops", "help bounces", "help"),
        ("/marops", "health", "report_health"),
        ("/marops", "policy", "show_policy"),
        ("/suppress", "a@b.example", "suppress_contacts"),
        ("/suppress", "", "suppress_contacts"),
        ("/bounces", "", "report_bounces"),
        ("/bounces", "last_week", "report_bounces"),
        ("/bounces", "purge older than 90 days", "purge_bounces"),
        ("/segment", "", "list_segments"),
        ("/segment", "VPs in EMEA who visited pricing", "preview_segment"),
        ("/campaign", "", "list_campaigns"),
        ("/campaign", "Autumn Webinar", "report_campaign"),
        ("/import-list", "Autumn Webinar", "import_list"),
        ("/runbook", "hard bounces", "search_runbooks"),
        ("/licenses", "", "report_license_usage"),
        ("/licenses", "Marketo", "report_license_usage"),
        ("/agents", "", "list_agents"),
        ("/agents", "hygiene", "report_agent"),
        ("/approvals", "", "list_requests"),
        ("/approvals", "that were rejected", "list_requests"),
        ("/undo", "R-17", "undo"),
        ("/undo", "", "list_requests"),
    ],
)
def test_a_command_reaches_its_tool(understood: Any, name: str, given: str, tool: str) -> None:
    """Each slash command's words lead to the tool it stands for."""
    assert understood(words(name, given))[0] == tool


@pytest.mark.parametrize(
    "said", [*STARTERS, *(said for _, said in PROMPTS), "purge contacts that hard-bounced"]
)
def test_what_buttons_say_is_understood(understood: Any, said: str) -> None:
    """Suggested prompts and the Home tab's buttons are requests, not riddles."""
    assert understood(said)[0]


def test_the_undo_button_s_words_name_its_run(understood: Any) -> None:
    """Pressing Undo asks for the way back of exactly that run."""
    tool, args = understood("undo R-17")
    assert tool == "undo"
    assert "R-17" in args.values()
