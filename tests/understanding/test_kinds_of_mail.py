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
        ("unsubscribe ada@acme.com from the Newsletter", "Newsletter"),
        ("take ada@acme.com off our product updates list", "product updates"),
        ("opt ada@acme.com out of “tips & tricks”", "tips & tricks"),
        ("ada@acme.com no longer wants to get the weekly digest", "weekly digest"),
        ("stop sending ada@acme.com the event invitations", "event invitations"),
        ("stop the Insider mails for ada@acme.com", "Insider"),
        ("ada@acme.com asked for our newsletter again", "newsletter"),
        ("resubscribe ada@acme.com and bo@acme.com to the Partner News, signed form", "Partner News"),
        ("csv of the opt-outs from the Newsletter", "Newsletter"),
        ("unsubscribe ada@acme.com from our EMEA list", "EMEA"),
        ("unsubscribe ada@acme.com from Insider Circle", "Insider Circle"),
        ("no more Product Tips for ada@acme.com", "Product Tips"),
        ("no more newsletters for ada@acme.com", None),
        ("unsubscribe ada@acme.com from everything but the Newsletter", None),
        ("opt out the people in the file from Globex", None),
        ("unsubscribe ada@acme.com from sfdc", None),
        ("csv of the opt-outs from last quarter", None),
        ("export the opt-outs for our agency", None),
        ("resubscribe ada@acme.com on Monday's request, form 8841", None),
        ("opt ada@acme.com back in to the newsletter, web form", "newsletter"),
        ("stop emailing Ada (ada@acme.com), she complained", None),
        ("suppress ada@acme.com, she asked us to stop", None),
        ("take ada@acme.com off the suppression list for our mailings", None),
        ("opt out ada@acme.com from all mails of ours", None),
    ],
)
def test_a_group_is_named_where_the_rest_goes_on(said, group):
    """A name that the words make one kind of mail; systems, places, files and times narrow no request."""
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


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ada@acme.com does not want the Digest any more", "unsubscribed from the Newsletter"),
        (
            "ada@acme.com wants Product Updates again, signed form",
            "resubscribed to the Newsletter, signed form",
        ),
        ("stop the weekly digest for ada@acme.com", "unsubscribe from the Newsletter for ada@acme.com"),
        ("stop sending ada@acme.com the digest", "unsubscribe from the Newsletter ada@acme.com"),
        ("opt ada@acme.com out of the weekly digest", "unsubscribe ada@acme.com from the Newsletter"),
        ("unsubscribe ada@acme.com from “tips & tricks”", "unsubscribe ada@acme.com from “Newsletter”"),
    ],
)
def test_a_wish_about_a_kind_of_mail_is_understood_as_an_order(said, meant):
    """No digest is asked for, and nothing is negated: somebody leaves, or comes back."""
    from bot.assistant.offline.reading import Reading
    from bot.assistant.offline.rephrasing import rephrased

    assert rephrased(Reading(said, TODAY)).text.endswith(meant)


@pytest.mark.parametrize(
    "said",
    [
        "does ada@acme.com not want the newsletter any more?",
        "stop the October newsletter",
        "we no longer want the newsletter",
        "ada@acme.com does not want the newsletter to stop",
        "suppress ada@acme.com, she complained",
    ],
)
def test_what_is_nobodys_wish_stays_as_it_was_said(said):
    """A question, a campaign to be stopped, and a wish that something goes on."""
    from bot.assistant.offline.reading import Reading
    from bot.assistant.offline.rephrasing import rephrased

    assert rephrased(Reading(said, TODAY)).text == said
