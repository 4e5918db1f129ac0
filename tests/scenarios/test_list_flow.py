"""Lists and clean records from words to undo, over the real engine and the offline vendors."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tools.answer import File

VOTERS = ("U_DANA", "U_IVY")


@pytest.fixture
def chat(own_twin: Any, home: Path) -> Iterator[Any]:
    """A conversation of Max's."""
    from bot.app import opened
    from bot.commands.chat import Chat

    with opened(twin=own_twin.url, home=home) as app:
        yield Chat(app, Console(record=True, width=200, file=StringIO()), "U_MAX")


def cleared(chat: Any, words: str, files: dict[str, bytes] | None = None) -> Any:
    """Ask, have it approved by two others, and wait for the landing; the card at the end."""
    attached = {name: File(name=name, content=content) for name, content in (files or {}).items()}
    reply = chat.say(words, attached)
    assert reply.card is not None, chat.console.export_text()
    plan = reply.card.header.id
    for who in VOTERS:
        if chat.app.engine.card(plan).header.state == "pending":
            chat.line(f"/as {who}")
            chat.line(f"/approve {plan}")
    chat.line("/as U_MAX")
    return chat.follow(plan, quiet=True)


def undone(chat: Any, card: Any) -> Any:
    """Take a run back."""
    return cleared(chat, f"undo {card.run.id}")


def test_a_list_is_imported_and_taken_back(own_twin: Any, chat: Any, tmp_path: Path) -> None:
    """Created in CRM and MAP, in the campaign and the list; the undo leaves nothing of it."""
    gone = own_twin.traps()["opted_out_only_in_sendgrid"][0]["email"]
    known = own_twin.traps()["unicode_name"][0]["email"]
    content = (
        f"E-Mail;Vorname;Name;Firma\nann@newco.example;Ann;Ann Newly;Newco\n{known};;;\n{gone};;;\nn/a;;;\n"
    )
    card = cleared(
        chat,
        "import the attached list into the Autumn Webinar Invite campaign",
        {"booth.csv": content.encode()},
    )
    assert card.header.state == "landed", chat.console.export_text()
    assert card.header.vetoes["opted_out"] == 1
    assert card.run.landing.planned == card.run.landing.landed
    kept = (tmp_path / "home" / "files" / "booth-not-imported.csv").read_text("utf-8-sig")
    assert "ignored: opted out of everything (SendGrid)" in kept
    shown = card.header.counts
    assert shown["salesforce"]["create"] == shown["marketo"]["create"] == 1
    assert shown["salesforce"]["add_member"] == 2
    assert "ann@newco.example" in str(own_twin.state("marketo")["marketo"])
    back = undone(chat, card)
    assert back.header.state == "landed", chat.console.export_text()
    assert back.run.landing.landed["salesforce"]["delete"] == 1
    left = own_twin.state()
    assert "ann@newco.example" not in str(left["salesforce"]["Lead"])
    assert "ann@newco.example" not in str(left["marketo"])


def test_a_merge_keeps_the_opt_out_at_the_vendor(own_twin: Any, chat: Any) -> None:
    """Two contacts of one address, one opted out: what is left has opted out, and nothing takes it back."""
    twice = own_twin.traps()["contact_same_address"]
    card = cleared(chat, "merge the duplicate contacts")
    assert card.header.state == "landed", chat.console.export_text()
    assert any(each.op == "merge" and each.how == "none" for each in card.header.reversibility)
    contacts = own_twin.state("salesforce")["salesforce"]["Contact"]
    own = [each for each in contacts.values() if each["Email"] == twice[0]["email"]]
    assert [(each["HasOptedOutOfEmail"], each["Phone"]) for each in own] == [(True, "+49 89 1234567")]


def test_a_locked_record_fails_alone(own_twin: Any, chat: Any) -> None:
    """The rest lands; the row is named with what to do; the undo takes back what was done."""
    emails = [
        own_twin.traps()[name][0]["email"] for name in ("unicode_name", "mailbox_full", "contact_twice")
    ]
    locked = own_twin.traps()["mailbox_full"][0]["contact"]
    own_twin.settings(salesforce_locked_records=[locked])
    try:
        card = cleared(chat, f"change job title to CMO for {', '.join(emails)}")
    finally:
        own_twin.settings(salesforce_locked_records=[])
    assert card.header.state == "landed_with_residue", chat.console.export_text()
    assert [each.record_id for each in card.run.landing.residue] == [locked]
    assert card.run.landing.landed["salesforce"]["update"] == 2
    assert undone(chat, card).header.state == "landed"
