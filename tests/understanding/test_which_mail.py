"""Which mail a call is about, settled by the groups that exist, whichever planner made it."""

from datetime import date

import pytest

TODAY = date(2026, 11, 22)
GROUPS = ("Newsletter", "Product news", "Events")
ANA = {"emails": ["ana@acme.com"]}


class Groups:
    """The groups there are; `complete` as long as every system answered."""

    def __init__(self, *names, complete=True):
        self._names, self._complete, self.asked = names, complete, 0

    def names(self, kind):
        self.asked += 1
        return self._names if kind == "group" else ()

    def complete(self, kind):
        return self._complete and kind == "group"


@pytest.fixture
def settle(catalogue):
    """Settles a call of the suppressing tool, or of another, by words and groups."""
    from bot.assistant.which_mail import Words, settled

    def run(said, live=None, *, tool="suppress_contacts", before=None, **args):
        words = Words(said, TODAY, before)
        return settled(catalogue[tool], {**ANA, **args}, live or Groups(*GROUPS), words)

    return run


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("unsubscribe ana@acme.com from the Newsletter", "Newsletter"),
        ("unsubscribe ana@acme.com from newsletter", "Newsletter"),
        ("take ana@acme.com off our newsleter", "Newsletter"),
        ("opt ana@acme.com out of PRODUCT  NEWS", "Product news"),
        ("unsubscribe ana@acme.com from the event emails", "Events"),
        ("ana@acme.com does not want the product news any more", "Product news"),
        ("suppress ana@acme.com from the Product news newsletter", "Product news"),
        ("unsubscribe ana@acme.com from all our events", "Events"),
    ],
)
def test_a_group_that_is_there_is_meant_although_the_planner_left_it_out(settle, said, group):
    """Letter by letter, in other case, or with a slip."""
    assert settle(said) == {**ANA, "group": group}


@pytest.mark.parametrize(
    "said",
    [
        "unsubscribe ana@acme.com",
        "unsubscribe ana@acme.com from everything",
        "opt ana@acme.com out of all our marketing emails",
        "take ana@acme.com off our lists",
        "unsubscribe ana@acme.com from us",
        "suppress ana@acme.com from Acme, she complained",
        "unsubscribe ana@acme.com from Marketo",
        "unsubscribe ana@acme.com from the CRM",
        "suppress ana@acme.com from the attached file",
        "opt out ana@acme.com from Germany",
        "a request from Legal: suppress ana@acme.com",
        "no more newsletters for ana@acme.com",
    ],
)
def test_words_that_name_no_group_stay_all_mail(settle, said):
    """Everything, vendors, files, countries, companies: nothing is narrowed, and nothing is asked."""
    live = Groups(*GROUPS)
    assert settle(said, live) == ANA


def test_a_group_may_be_called_like_anything_else(settle):
    """What is elsewhere a team, a place or an “and” is a group where one is called so."""
    live = Groups("Support", "Tips and Tricks", "Germany")
    for name in ("Support", "Tips and Tricks", "Germany"):
        assert settle(f"unsubscribe ana@acme.com from {name}", live) == {**ANA, "group": name}


def test_no_system_is_asked_for_its_groups_when_no_kind_is_spoken_of(settle):
    """A plain stop of all mail costs no vendor a call."""
    live = Groups(*GROUPS)
    assert settle("stop emailing ana@acme.com, she complained", live) == ANA
    assert live.asked == 0


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("unsubscribe ana@acme.com from the Insider Circle", "Insider Circle"),
        ("unsubscribe ana@acme.com from “Insider”", "Insider"),
        ("unsubscribe ana@acme.com from release alerts", "release alerts"),
        ("unsubscribe ana@acme.com from the gazette", "gazette"),
        ("unsubscribe ana@acme.com from the webinar list", "webinar"),
    ],
)
def test_a_kind_of_mail_that_is_not_there_is_asked_about(settle, said, name):
    """One question with every group there is, and all mail; never a stop of all mail."""
    doubt = settle(said)
    assert name in doubt.question
    assert all(each in doubt.question for each in GROUPS)
    assert "all mail" in doubt.question
    assert set(doubt.candidates) == {*GROUPS, "All mail"}


def test_many_groups_are_told_and_the_nearest_are_on_buttons(settle):
    """A question stays readable, and its buttons few."""
    live = Groups(*(f"Topic {number}" for number in range(30)), "Harvest tips")
    doubt = settle("unsubscribe ana@acme.com from the “harvest gala tipps”", live)
    assert len(doubt.candidates) <= 8
    assert doubt.candidates[-1] == "All mail"
    assert "11 more" in doubt.question


def test_where_no_system_keeps_groups_all_mail_is_the_one_choice(settle):
    """It is offered, and not taken."""
    doubt = settle("unsubscribe ana@acme.com from the Newsletter", Groups())
    assert doubt.candidates == ("All mail",)
    assert "No system here keeps any" in doubt.question


def test_names_stay_as_said_when_a_system_did_not_answer(settle):
    """The tool itself then says what is there."""
    live = Groups(complete=False)
    assert settle("unsubscribe ana@acme.com from the Newsletter", live) == {**ANA, "group": "Newsletter"}


def test_two_kinds_at_once_are_taken_one_by_one(settle):
    """Neither is left out silently."""
    doubt = settle("unsubscribe ana@acme.com from the Newsletter and the Events", group="Newsletter")
    assert doubt.candidates == ("Newsletter", "Events")


def test_all_mail_but_one_kind_is_no_stop_of_all(settle):
    """Nor a stop of the one that was to go on."""
    for given in ({}, {"group": "Newsletter"}):
        doubt = settle("unsubscribe ana@acme.com from everything but the Newsletter", **given)
        assert "not all except one" in doubt.question


def test_what_the_planner_heard_is_put_right_or_asked_about(settle):
    """A slip is mended, a stranger is a question, a part of two names too, and all mail is no group."""
    said = "unsubscribe ana@acme.com"
    assert settle(said, group="newsleter") == {**ANA, "group": "Newsletter"}
    assert settle(said, group="our newsletters list") == {**ANA, "group": "Newsletter"}
    assert settle(said, group="all mail") == ANA
    assert settle(said, group="Gazette").strange
    assert settle(said, group="Partner Newsletter").strange
    two = Groups("EMEA updates", "APAC updates")
    assert set(settle(said, two, group="updates").candidates) == {"EMEA updates", "APAC updates"}


def test_an_open_question_stays_open_until_it_is_answered(settle):
    """“Do it” is no answer to which mail; “all mail” is, and so are other people."""
    from bot.assistant.model import PastTurn

    asked = PastTurn(
        said="unsubscribe ana@acme.com from the Gazette", tool="suppress_contacts", args=ANA, outcome="asked",
        asked_for="group",
    )  # fmt: skip
    assert "Which mail" in settle("just do it", before=asked).question
    assert settle("all mail please, everything", before=asked) == ANA
    assert settle("stop all mail to her", before=asked) == ANA
    other = {"emails": ["bob@acme.com"]}
    assert settle("suppress bob@acme.com", before=asked, **other) == other


def test_other_tools_pass_as_they_are(settle):
    """Only a tool with a group is asked about one."""
    said = "why does ana@acme.com not get the Newsletter"
    assert settle(said, tool="explain_person", email="ana@acme.com") == {**ANA, "email": "ana@acme.com"}


def test_a_model_that_leaves_the_group_out_stops_no_other_mail(bot, aimock, model_over):
    """The call goes through the same check: the group is put in, or asked for."""
    from bot.assistant.live_names import of_systems

    live = of_systems(bot.readers, bot.engine.clock)
    for _ in range(2):
        aimock.calls(("suppress_contacts", {"emails": ["ana@acme.com"]}))
    say = bot.talk(model_over(aimock), names=live)
    planned = say("unsubscribe ana@acme.com from the newsletter")
    assert planned.args["group"] == "Newsletter"
    assert "“Newsletter”" in planned.card.header.summary
    asked = say("unsubscribe ana@acme.com from the Gazette")
    assert asked.outcome == "asked"
    assert "All mail" in {each.text for each in asked.choices}
