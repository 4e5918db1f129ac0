"""The commands as a person types them, in-process, against the twin."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, own_twin: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`clearance …` in an empty directory with a home of its own, against the twin."""
    monkeypatch.chdir(tmp_path)
    for name in ("SALESFORCE_URL", "SENDGRID_API_KEY", "SLACK_BOT_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLEARANCE_HOME", str(home))
    monkeypatch.setenv("CLEARANCE_TWIN_URL", own_twin.url)
    monkeypatch.setenv("COLUMNS", "200")
    from bot.cli import app

    return lambda *words, typed="": CliRunner().invoke(app, [str(word) for word in words], input=typed)


def told(result: Result) -> Any:
    """What `--json` printed."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return json.loads(result.stdout)


def test_help_names_every_command(run: Run) -> None:
    """A newcomer sees what there is."""
    shown = run("--help").output
    for command in ("chat", "ask", "demo", "serve", "worker", "twin", "doctor", "manifest", "audit", "bench"):
        assert command in shown


def test_a_question_is_answered_with_facts(run: Run) -> None:
    """`ask --json` answers a report with figures and evidence."""
    answer = told(run("ask", "report the bounces of the last 90 days", "--json"))
    assert answer["outcome"] == "answered"
    assert answer["tool"] == "report_bounces"
    assert answer["answer"]["facts"]


def test_a_change_is_cleared_landed_and_undone(run: Run) -> None:
    """Words → plan → votes → landing → undo, each a command of its own over one store."""
    purge = told(run("ask", "purge the contacts that hard-bounced", "--approve-as", "U_MAX", "--json"))
    assert purge["plan"]["state"] == "landed"
    assert purge["plan"]["landing"]["planned"] == purge["plan"]["landing"]["landed"]
    assert purge["plan"]["votes"] == [{"voter": "U_MAX", "vote": "approve"}]
    approvers = ("--approve-as", "U_MAX", "--approve-as", "U_DANA")
    undone = told(run("undo", purge["plan"]["run"]["id"], *approvers, "--json"))
    assert undone["plan"]["state"] in {"landed", "landed_with_residue"}
    assert "The audit trail holds" in run("audit", "verify").output
    assert run("audit", "export", "events.jsonl").exit_code == 0
    assert len(Path("events.jsonl").read_text("utf-8").splitlines()) > 5


def test_without_a_vote_nothing_changes(run: Run, own_twin: Any) -> None:
    """A plan that waits has touched no vendor; the requester's own approval does not count."""
    before = own_twin.state(stamps=False)
    asked = told(run("ask", "purge the contacts that hard-bounced", "--approve-as", "U_ANA", "--json"))
    assert asked["plan"]["state"] == "pending"
    assert asked["plan"]["votes"] == []
    assert own_twin.state(stamps=False) == before


def test_a_conversation_takes_words_and_lines_that_start_with_a_slash(run: Run) -> None:
    """The whole of a small talk: help, a plan, a refusal, a rejection, details, audit, quit."""
    lines = [
        "/help",
        "purge the contacts that hard-bounced",
        "/approve",
        "/details",
        "/as U_MAX",
        "/reject not this week",
        "/show",
        "/withdraw",
        "/show P-9999",
        "/audit",
        "",
        "/quit",
    ]
    shown = run("chat", typed="\n".join(lines)).output
    assert "speak as somebody else" in shown
    assert "asked for this yourself" in shown
    assert "Every row is in" in shown
    assert list(Path().glob("*.csv"))
    assert "You are Max" in shown
    assert "not this week" in shown
    assert "P-9999" in shown
    assert "The audit trail holds" in shown


def test_an_empty_and_a_strange_request_end_with_status_2(run: Run) -> None:
    """What cannot be understood is said in words, and scripts can tell."""
    assert run("ask", "").exit_code == 2
    assert run("ask", "what is the weather in Lisbon?").exit_code == 2


def test_a_file_that_is_no_list_is_refused_in_words(run: Run) -> None:
    """A picture is not a CSV; the answer says what to send instead, without a traceback."""
    Path("list.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00")
    result = run("ask", "suppress everyone in this file", "--file", "list.csv")
    assert "Traceback" not in result.output
    assert result.exit_code in {1, 2}


def test_doctor_tells_what_works_and_what_does_not(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the twin all vendors are reachable; half-filled settings are named one by one."""
    checks = {each["part"]: each for each in told(run("doctor", "--json"))}
    assert {checks[part]["state"] for part in ("Salesforce", "Marketo", "Sendgrid", "Store", "Policy")} == {
        "ok"
    }
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("CLEARANCE_TWIN_URL", "")
    monkeypatch.setenv("MARKETO_URL", "http://127.0.0.1:9")
    half = {each["part"]: each for each in told(run("doctor", "--json"))}
    assert half["Slack"]["state"] == "incomplete"
    assert "SLACK_APP_TOKEN" in half["Slack"]["found"]
    assert half["Marketo"]["state"] == "incomplete"
    assert half["Salesforce"]["state"] == "not configured"
    assert run("doctor").exit_code == 1


def test_doctor_names_a_vendor_that_does_not_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unreachable is said as unreachable, with what to check."""
    monkeypatch.setenv("CLEARANCE_TWIN_URL", "")
    monkeypatch.setenv("SENDGRID_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.x")
    checks = {each["part"]: each for each in told(run("doctor", "--json"))}
    assert checks["Sendgrid"]["state"] == "broken"
    assert checks["Sendgrid"]["do"]


def test_a_policy_that_cannot_be_read_is_named(run: Run) -> None:
    """File, rule and key, in a sentence."""
    assert "delete" in run("policy", "show").output
    Path("clearance.toml").write_text(
        'version = 1\n[[rule]]\nid = "x"\nwhen = { colour = "red" }\n', encoding="utf-8"
    )
    shown = run("policy", "show")
    assert shown.exit_code == 1
    assert "clearance.toml" in shown.output
    assert "Traceback" not in shown.output


def test_the_policy_shows_the_groups_it_names(run: Run) -> None:
    """What each system calls them; without a definition there is no such table."""
    assert "leave one by one" not in run("policy", "show").output
    definition = (
        '[[consent_group]]\nname = "Newsletter"\nsendgrid = "Monthly news"\nmarketo = "newsletterOptOut"\n'
    )
    Path("clearance.toml").write_text(definition, encoding="utf-8")
    shown = run("policy", "show").output
    assert "leave one by one" in shown
    assert all(word in shown for word in ("Newsletter", "Monthly news", "newsletterOptOut"))


def test_serve_says_which_slack_settings_are_missing(run: Run) -> None:
    """No half start: the names of what is missing, and exit status 1."""
    result = run("serve")
    assert result.exit_code == 1
    assert "SLACK_APP_TOKEN" in result.output


def test_the_manifest_is_json_with_our_commands(run: Run) -> None:
    """It can be pasted into Slack."""
    shape = json.loads(run("manifest").stdout)
    assert shape["display_information"]["name"] == "Clearance"
    assert any(each["command"] == "/marops" for each in shape["features"]["slash_commands"])


def test_runbooks_are_indexed_and_searched(run: Run) -> None:
    """A folder of one's own; then the three outcomes have three exit statuses."""
    Path("pages").mkdir()
    Path("pages/bounces.md").write_text(
        "# Bounces\n\n## Hard\n\nSuppress hard bounces at once.\n", encoding="utf-8"
    )
    Path("pages/odd.md").write_text("---\ntitle: [\n---\n# Odd\n\nText.\n", encoding="utf-8")
    assert "2 pages" in run("index", "pages").output
    assert run("index", "nowhere").exit_code == 1
    found = run("search", "suppress hard bounces", "--json")
    assert json.loads(found.stdout)["outcome"] in {"answer", "closest"}
    assert run("search", "").exit_code == 1
    assert "Nothing was asked in vain" in run("search", "--gaps").output
    assert run("search", "zebra xylophone quasar").exit_code == 3
    assert "1 × zebra xylophone quasar" in run("search", "--gaps").output


def test_verdicts_on_runbook_answers_become_evaluation_questions(run: Run) -> None:
    """A thumbs-up names the gold section; a thumbs-down waits for somebody to name the right page."""
    from bot.settings import Settings
    from bot.store import feedback
    from bot.store.connect import Store

    store = Store.open(Settings().database)
    shown = {"tool": "search_runbooks", "page": "runbooks/caps.md", "section": "The caps", "surface": "slack"}
    with store.begin() as connection:
        for turn, verdict in enumerate(("up", "down"), 1):
            args = {"question": f"how many mails a week {turn}"}
            given = feedback.Feedback(
                turn_key=turn,
                principal="U_ANA",
                verdict=verdict,
                at=store.now(connection),
                args=args,
                **shown,
            )
            feedback.record(connection, given)
        other = feedback.Feedback(
            turn_key=3,
            principal="U_ANA",
            surface="slack",
            verdict="up",
            at=store.now(connection),
            tool="help",
        )
        feedback.record(connection, other)
    store.close()
    printed = run("search", "--questions", "asked.jsonl").output
    assert "2 questions" in printed
    assert "1 wait" in printed
    up, down = map(json.loads, Path("asked.jsonl").read_text().splitlines())
    assert (up["gold"], up["heading"], up["q"]) == (
        ["runbooks/caps.md"],
        ["The caps"],
        "how many mails a week 1",
    )
    assert (down["gold"], down["not"], down["kind"]) == ([], ["runbooks/caps.md"], "thumbs_down")
    Path("pages").mkdir()
    Path("pages/caps.md").write_text("# Caps\n\n## The caps\n\nThree mails a week.\n", encoding="utf-8")
    assert run("search", "--eval", "asked.jsonl", "--corpus", "pages").exit_code == 0


def test_search_is_scored_on_questions(run: Run) -> None:
    """The evaluation format goes in, figures come out; a file that is none is refused in words."""
    Path("pages").mkdir()
    Path("pages/a.md").write_text("# Bounces\n\nSuppress hard bounces at once.\n", encoding="utf-8")
    question = {"id": "1", "q": "hard bounces", "gold": ["a.md"], "kind": "lexical"}
    Path("q.jsonl").write_text(json.dumps(question), encoding="utf-8")
    scored = told(run("search", "--eval", "q.jsonl", "--corpus", "pages", "--embedder", "none", "--json"))
    assert scored["cases"][0]["pages"] == ["a.md"]
    Path("bad.jsonl").write_text("{", encoding="utf-8")
    assert run("search", "--eval", "bad.jsonl", "--corpus", "pages").exit_code == 1


def test_understanding_is_scored_with_effects(run: Run) -> None:
    """Predictions in input order, and what really changed on a fresh twin."""
    cases = [
        {
            "say": "how many contacts bounced last month?",
            "tool": "report_bounces",
            "args": {"period": "last_month"},
        },
        {"say": "suppress jo@example.com", "tool": "suppress_contacts", "effects": {"sendgrid": {}}},
        {"say": "tell me a joke", "tool": None},
    ]
    Path("cases.jsonl").write_text("\n".join(json.dumps(case) for case in cases), encoding="utf-8")
    scored = told(run("eval", "cases.jsonl", "--offline", "--effects", "--json"))
    assert [case["predicted"]["tool"] for case in scored["cases"]] == [
        "report_bounces",
        "suppress_contacts",
        None,
    ]
    assert scored["summary"]["wrong_changes"] == 0
    assert "tool accuracy" in run("eval", "cases.jsonl", "--offline").output
    assert run("eval", "missing.jsonl", "--offline").exit_code == 1


def test_a_worker_runs_what_was_cleared_elsewhere(run: Run, own_twin: Any) -> None:
    """`--no-wait` leaves; the run is finished by whoever works next."""
    left = told(
        run("ask", "purge the contacts that hard-bounced", "--approve-as", "U_MAX", "--no-wait", "--json")
    )
    assert left["plan"]["state"] in {"cleared", "running", "landed"}
    from bot.app import opened

    waiting = threading.Event()
    with opened() as app:
        for _ in range(600):
            if app.engine.card(left["plan"]["id"]).header.state == "landed":
                break
            waiting.wait(0.2)
        assert app.engine.card(left["plan"]["id"]).header.state == "landed"
