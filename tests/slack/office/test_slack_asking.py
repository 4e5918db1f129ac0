"""Other ways to ask: a message's shortcut, commands with fields, files with words and before words."""

from typing import Any

import pytest

pytestmark = pytest.mark.slack

CSV = b"Email,First Name,Last Name,Company\nnew.person@fresh.example,New,Person,Fresh\n"


def line(text: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": text}


def shortcut(office: Any, user: str, text: str, ts: str) -> dict[str, Any]:
    return {
        "type": "message_action",
        "callback_id": "clearance_ask_about",
        "api_app_id": "A0CLEARANCE",
        "trigger_id": f"trigger.{ts}",
        "user": {"id": user, "name": user},
        "team": {"id": "T0DEMO"},
        "channel": {"id": office.slack.channel, "name": "marops"},
        "message": {"type": "message", "user": "U_MAX", "ts": ts, "text": text},
    }


def test_a_message_can_be_asked_about(office: Any) -> None:
    """The shortcut offers the message's words; the request goes under that message, as the asker."""
    address = office.somebody()
    said = office.slack.say("U_MAX", f"please suppress <mailto:{address}|{address}>")
    body = shortcut(office, "U_ANA", f"please suppress <mailto:{address}|{address}>", said)
    trigger = office.slack.command("U_ANA", "/marops", "help")
    del trigger  # local-slack opens modals for triggers it made: the newest command's will do
    assert office.deliver(body) == 200
    view = {
        "type": "modal",
        "callback_id": "clearance_asked_about",
        "id": "V1",
        "state": {"values": {"clearance_question": {"clearance_question": line(f"suppress {address}")}}},
        "private_metadata": f'{{"channel":"{office.slack.channel}","root":"{said}","trigger":"t{said}"}}',
    }
    submitted = {**body, "type": "view_submission", "view": view}
    office.deliver(submitted)
    office.deliver(submitted)
    found = office.slack.wait(
        lambda: [each for each in office.slack.messages(thread=said) if "waiting for approval" in str(each)]
    )
    assert "Ana Duarte" in str(found[0])
    opened = [each["view"] for each in office.slack.sent("views.open")]
    offered = [each for each in opened if each["callback_id"] == "clearance_asked_about"]
    assert offered[-1]["blocks"][0]["element"]["initial_value"] == f"please suppress {address}"
    office.surface.parts.work.submit(lambda: None, failed=print)
    assert len([each for each in office.slack.messages(thread=said) if "waiting" in str(each)]) == 1


def test_a_command_without_words_asks_for_its_fields(office: Any) -> None:
    """/suppress opens a modal; what is filled in is the same as typing it behind the command."""
    address = office.somebody()
    office.slack.command("U_ANA", "/suppress")
    shown = office.modal("Addresses")
    assert shown["callback_id"] == "clearance_form"
    office.fill("U_ANA", clearance_addresses=line(address), clearance_reason=line("asked by phone"))

    def carded() -> list[Any]:
        found = [each for each in office.slack.messages() if address[0] + "…@" in str(each)]
        return [each for each in found if "waiting for approval" in str(each)]

    assert office.slack.wait(carded)


def test_a_command_for_what_is_planned_says_not_yet(office: Any) -> None:
    """Where the tool is not there yet no fields are asked for: the answer says so."""
    planned = {
        name: tool for name, tool in office.app.registry.items() if tool.planned and name == "list_segments"
    }
    for verb, command in (("segment", "/segment"), ("campaign", "/campaign")):
        from bot.slack.commands import BY_VERB

        tool = office.app.registry[BY_VERB[verb].tool]
        before = len(office.slack.messages(seen_by="U_DANA"))
        office.slack.command("U_DANA", command)
        if tool.planned:
            office.slack.wait(lambda: len(office.slack.messages(seen_by="U_DANA")) > before)  # noqa: B023
        else:
            assert office.modal(BY_VERB[verb].fields[0].label)
    assert planned is not None


def test_a_list_and_then_words_about_it(office: Any, uploaded: Any) -> None:
    """A file in a direct message is asked about; the next words are taken to be about it, once."""
    home = office.slack.direct("U_DANA")
    file = uploaded("fresh.csv", CSV)
    file["url_private"] = file["url_private_download"] = through_proxy(office, file)
    said = message(office, "U_DANA", "", home, files=[file])
    office.deliver(said)
    asked = office.inbox("U_DANA", "What should I do with it")
    assert "fresh.csv" in str(asked)
    office.slack.say("U_DANA", "import the list, source trade show", channel=home)
    known = [each["ts"] for each in office.slack.messages(home) if each["ts"] <= asked["ts"]]
    assert office.slack.wait(lambda: "fresh.csv" in str(office.slack.messages(home)[len(known) :]))
    assert "no file" not in str(office.slack.messages(home))
    from bot.store import surface_files

    with office.app.store.read() as connection:
        late = surface_files.waiting(
            connection,
            surface="slack",
            channel=home,
            principal="U_DANA",
            since=office.app.clock.now().replace(year=2000),
        )
    assert late == []
    shown = len(office.slack.messages(home))
    right = "import the list, source trade show, column Company is the job title"
    office.slack.say("U_DANA", right, channel=home)
    assert office.slack.wait(lambda: "fresh.csv" in str(office.slack.messages(home)[shown:]))


def test_a_list_posted_in_a_channel_waits_for_a_mention(office: Any, uploaded: Any) -> None:
    """Nobody is answered for a file; a mention a moment later may be about it."""
    file = uploaded("booth.csv", CSV)
    file["url_private"] = file["url_private_download"] = through_proxy(office, file)
    posted = message(office, "U_MAX", "", office.slack.channel, files=[file])
    office.deliver(posted)
    from bot.store import surface_files

    def waiting() -> Any:
        with office.app.store.read() as connection:
            return surface_files.waiting(
                connection,
                surface="slack",
                channel=office.slack.channel,
                principal="U_MAX",
                since=office.app.clock.now().replace(year=2000),
            )

    assert [each.detail["name"] for each in office.slack.wait(waiting)] == ["booth.csv"]
    assert office.slack.messages(thread=posted["event"]["ts"]) == []
    assert "booth.csv" not in str(office.slack.messages())
    office.asked("U_MAX", "import the attached list, source trade show")
    office.slack.wait(lambda: not waiting())


def through_proxy(office: Any, file: dict[str, Any]) -> str:
    """The file's address at the server our API calls go to."""
    path = str(file["url_private"]).partition("://")[2].partition("/")[2]
    return office.slack.api.replace("/api/", f"/{path}")


def message(office: Any, user: str, text: str, channel: str, *, files: list[Any]) -> dict[str, Any]:
    import time

    stamp = f"{time.time():.6f}"
    return {
        "type": "event_callback",
        "team_id": "T0DEMO",
        "api_app_id": "A0CLEARANCE",
        "event_id": f"Ev{stamp}",
        "authorizations": [{"team_id": "T0DEMO", "user_id": office.slack.bot, "is_bot": True}],
        "event": {
            "type": "message",
            "subtype": "file_share",
            "user": user,
            "text": text,
            "ts": stamp,
            "channel": channel,
            "files": files,
        },
    }
