"""One kind of mail in a marketer's words: the plan names the group; one nobody knows is a question."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

ANA = "ana@example.com"


@pytest.fixture(scope="module")
def say(twin: Any, tmp_path_factory: pytest.TempPathFactory, make_desk: Any) -> Iterator[Callable[..., Any]]:
    """Says something as Ana, a marketer, offline, over the groups that the twin's systems hold."""
    from bot.assistant.conversation import Conversation
    from bot.assistant.live_names import of_systems
    from bot.assistant.offline.interpreter import Interpreter
    from bot.assistant.utterance import Utterance
    from bot.engine.calls import ThreadRef

    desk = make_desk(twin, tmp_path_factory.mktemp("words"))
    model = Interpreter(list(desk.registry.values()), cache=tmp_path_factory.mktemp("learnt"))
    names = of_systems(desk.readers, desk.clock)
    talk = Conversation(desk.engine, desk.store, model, desk.clock, names=names)

    def speak(words: str, thread: str = "") -> Any:
        ref = ThreadRef(surface="terminal", channel="C1", thread=thread or uuid4().hex)
        return talk.respond(
            Utterance(text=words, principal=desk.engine.directory.principal("U_ANA"), thread=ref)
        )

    yield speak
    desk.store.close()


@pytest.mark.parametrize(
    ("words", "group"),
    [
        (f"unsubscribe {ANA} from the Newsletter", "Newsletter"),
        (f"opt {ANA} out of product news", "Product news"),
        (f"{ANA} does not want the newsletter any more", "Newsletter"),
        (f"take {ANA} off the Newsletter", "Newsletter"),
    ],
)
def test_the_card_names_the_group_and_stops_no_other_mail(
    say: Callable[..., Any], words: str, group: str
) -> None:
    """Without “only”, without “group”, in any case."""
    said = say(words)
    assert said.outcome == "planned"
    assert f"off “{group}” in" in said.card.header.summary
    assert "off no other mail" in said.card.header.summary
    assert f"group: {group}" in said.understood


@pytest.mark.parametrize("words", [f"unsubscribe {ANA} from everything", f"take {ANA} off all our mailings"])
def test_all_mail_is_all_mail(say: Callable[..., Any], words: str) -> None:
    """What names no kind stops everything, as before."""
    said = say(words)
    assert said.card.header.summary.startswith("Suppress 1 address in ")
    assert "group" not in said.args


def test_a_group_nobody_has_is_a_question_that_a_button_answers(say: Callable[..., Any]) -> None:
    """The groups there are and all mail: each button completes the call that was understood."""
    for button, summary in (("Events", "off “Events” in"), ("All mail", "Suppress 1 address in")):
        thread = uuid4().hex
        asked = say(f"unsubscribe {ANA} from the Gazette", thread)
        assert asked.outcome == "asked"
        assert asked.card is None
        assert {"Newsletter", "Product news", "Events", "All mail"} <= {each.text for each in asked.choices}
        assert "“Events”" in asked.text
        planned = say(button, thread)
        assert summary in planned.card.header.summary


def test_a_question_about_a_group_is_answered_in_words_too(say: Callable[..., Any]) -> None:
    """A slip is forgiven; another name that nobody has is asked about again."""
    thread = uuid4().hex
    say(f"unsubscribe {ANA} from the Gazette", thread)
    assert say("the Chronicle", thread).outcome == "asked"
    assert "“Product news”" in say("from the product news please", thread).card.header.summary


def test_who_left_a_group_is_exported_by_its_name_and_comes_back_to_it(say: Callable[..., Any]) -> None:
    """Without “group”, the same people; and what they come back to is that group alone."""
    left, marked = (say(f"export everybody who left the Newsletter{more}") for more in ("", " group"))
    assert left.answer.facts == marked.answer.facts
    file = io.StringIO(left.answer.files[0].content.decode("utf-8-sig"))
    someone = next(csv.DictReader(file))["address"]
    said = say(f"put {someone} back on the Newsletter, signed web form of 20 November 2026")
    assert said.args["group"] == "Newsletter"
    assert "“Newsletter”" in said.card.header.summary
