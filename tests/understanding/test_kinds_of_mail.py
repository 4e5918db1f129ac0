"""One kind of mail among others, as people say it: a group's name, and never one where all mail is meant."""

from datetime import date

import pytest

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("unsubscribe ada@acme.com from the Product News only", "Product News"),
        ("take ada@acme.com off the events group please", "events"),
        ("ada@acme.com wants out of “monthly digest” only", "monthly digest"),
        ("who left the Product News group last month", "Product News"),
        ("suppress ada@acme.com, she asked us to stop", None),
        ("take ada@acme.com off the suppression list for our mailings", None),
        ("opt out ada@acme.com from all mails of ours", None),
    ],
)
def test_a_group_is_named_where_the_rest_goes_on(said, group):
    """What stands between the preposition and “only”, “alone” or “group”; nothing else narrows a request."""
    from bot.assistant.offline.fillers import Context
    from bot.assistant.offline.kinds_of_mail import kind_of_mail
    from bot.assistant.offline.reading import Reading

    assert kind_of_mail(Context(reading=Reading(said, TODAY), argument="group", allowed=())) == group


def test_the_group_reaches_the_call(catalogue):
    """From words to arguments, whom and from what; without one the argument is left out."""
    from bot.assistant.offline.reading import Reading
    from bot.assistant.offline.slots import Extras, fill

    tool = catalogue["suppress_contacts"]
    said = Reading("unsubscribe ada@acme.com from the Product News only", TODAY)
    args = fill(tool, said, Extras()).args
    assert (args["emails"], args["group"]) == (["ada@acme.com"], "Product News")
    plain = Reading("unsubscribe ada@acme.com, she asked us to stop", TODAY)
    assert "group" not in fill(tool, plain, Extras()).args
