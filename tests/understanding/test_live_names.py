"""Names as said against the names that exist: near misses, ties, strangers, systems that do not answer."""

# ruff: noqa: ARG002 (small peers have the port's signatures)

from datetime import UTC, datetime, timedelta

import pytest

from bot.assistant.live_names import KEPT, TRIED_AGAIN, CatalogueNames, of_systems
from bot.assistant.resolution import Doubt, NoNames, resolve
from tools.errors import RetryLater


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


class Shelf:
    """A source whose names a test changes; `reads` counts how often it was read."""

    def __init__(self, *names):
        self.names, self.reads, self.down = list(names), 0, False

    def __call__(self):
        self.reads += 1
        if self.down:
            raise RetryLater("The system is busy", after=3)
        yield from self.names


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def report(catalogue):
    return catalogue["report_campaign"]


def campaigns(clock, *names, complete=True):
    return CatalogueNames(
        {"campaign": Shelf(*names)}, clock, complete=frozenset({"campaign"} if complete else ())
    )


def test_a_near_miss_is_taken(report, clock):
    """Case and a slip do not matter; what is exactly right stays."""
    live = campaigns(clock, "Spring Launch", "Autumn Launch", "Q3 Webinar")
    assert resolve(report, {"campaign": "spring lanch"}, live) == {"campaign": "Spring Launch"}
    assert resolve(report, {"campaign": "q3 webinar"}, live) == {"campaign": "Q3 Webinar"}
    assert resolve(report, {"campaign": "Q3 Webinar"}, live) == {"campaign": "Q3 Webinar"}


def test_a_tie_is_a_question(report, clock):
    """A part of two names is neither of them."""
    live = campaigns(clock, "Spring Launch", "Autumn Launch", "Q3 Webinar")
    doubt = resolve(report, {"campaign": "Launch"}, live)
    assert isinstance(doubt, Doubt)
    assert set(doubt.candidates) == {"Spring Launch", "Autumn Launch"}
    assert "Which one" in doubt.question


def test_a_stranger_is_named_with_the_nearest_three(report, clock):
    """Where all names are known, one that is not there is said to be unknown."""
    live = campaigns(clock, "Spring Launch", "Autumn Launch", "Q3 Webinar", "Winter Sale")
    doubt = resolve(report, {"campaign": "Harvest Gala"}, live)
    assert doubt.strange
    assert len(doubt.candidates) == 3
    assert "no campaign called “Harvest Gala”" in doubt.question


def test_ids_and_unknown_kinds_stay_as_said(report, clock):
    """An id is no name, and where not all names are known a strange one may exist."""
    live = campaigns(clock, "Spring Launch")
    for given in ("1042", "701xx0000012AbC", "701xx0000012AbCDEF"):
        assert resolve(report, {"campaign": given}, live) == {"campaign": given}
    partly = campaigns(clock, "Spring Launch", complete=False)
    assert resolve(report, {"campaign": "Harvest Gala"}, partly) == {"campaign": "Harvest Gala"}
    assert resolve(report, {"campaign": "Harvest Gala"}, NoNames()) == {"campaign": "Harvest Gala"}


def test_names_are_read_when_needed_and_again_when_old(clock):
    """Nothing is read before the first name is needed; five minutes later it is read again."""
    shelf = Shelf("Spring Launch")
    live = CatalogueNames({"campaign": shelf}, clock)
    assert shelf.reads == 0
    assert live.names("vendor") == ()
    assert live.names("campaign") == live.names("campaign") == ("Spring Launch",)
    assert shelf.reads == 1
    shelf.names.append("Autumn Launch")
    clock.sleep(KEPT.total_seconds())
    assert live.names("campaign") == ("Spring Launch", "Autumn Launch")


def test_a_system_that_does_not_answer_leaves_what_was_known(clock):
    """A failed reading keeps the old names, is not repeated at once, and then is."""
    shelf = Shelf("Spring Launch")
    shelf.down = True
    live = CatalogueNames({"campaign": shelf}, clock, complete=frozenset({"campaign"}))
    assert live.names("campaign") == ()
    assert not live.complete("campaign")
    assert live.names("campaign") == ()
    assert shelf.reads == 1
    shelf.down = False
    clock.sleep(TRIED_AGAIN.total_seconds())
    assert live.names("campaign") == ("Spring Launch",)
    shelf.down = True
    clock.sleep(KEPT.total_seconds())
    assert live.names("campaign") == ("Spring Launch",)


def test_the_twins_campaigns_are_the_live_names(bot, clock):
    """Campaigns and lists of the connected systems are known by name."""
    live = of_systems(bot.readers, clock)
    assert len(live.names("campaign")) > 3
    assert len(set(live.names("campaign"))) == len(live.names("campaign"))
    assert live.complete("campaign")


def test_groups_are_one_whatever_their_case_and_closed_ones_are_none(clock):
    """As people say them; where systems keep none, that is known too."""
    from types import SimpleNamespace

    from tools.abilities import ConsentGroup

    def keeper(*names, closed=""):
        kept = [ConsentGroup(system="sendgrid", name=each, own=each, closed=closed) for each in names]
        return SimpleNamespace(groups=lambda: kept, express_group=lambda *_, **__: None)

    live = of_systems(
        {
            "sendgrid": keeper("Events", "News"),
            "hubspot": keeper("EVENTS"),
            "marketo": keeper("Old", closed="gone"),
        },
        clock,
    )
    assert live.names("group") == ("Events", "News")
    assert live.names("campaign") == ()
    none = of_systems({"sendgrid": keeper()}, clock)
    assert none.names("group") == ()
    assert none.complete("group")


def test_a_tie_in_a_conversation_is_completed_by_its_button(bot, interpreter, clock):
    """Pressing a button under the question completes the call that was understood."""

    class Odd:
        def names(self, kind):
            return ("marketo emea", "marketo apac") if kind == "system" else ()

        def complete(self, kind):
            return False

    say = bot.talk(interpreter, names=Odd())
    asked_back = say("bounces in marketo last month")
    assert asked_back.outcome == "asked"
    assert {each.text for each in asked_back.choices} == {"marketo emea", "marketo apac"}
    assert dict(asked_back.args) == {"period": "last_month"}
