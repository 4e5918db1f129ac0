"""What refuses a purge, by name, and the order in which systems are changed."""

from typing import get_args

import pytest

from tools.rules.stack import delete_stage, suppress_stage, takes_any_address, title
from tools.rules.vetoes import VETOES, TieKind, refusal


def test_every_tie_has_its_veto() -> None:
    """No kind of tie is without a sentence, and each suppresses instead."""
    assert set(VETOES) == set(get_args(TieKind))
    assert all(rule.sentence and rule.instead == "suppress" for rule in VETOES.values())


def test_nothing_holds() -> None:
    """Without a tie there is no refusal."""
    assert refusal([]) is None


@pytest.mark.parametrize("kind", get_args(TieKind))
def test_each_tie_refuses_by_name(kind: TieKind) -> None:
    """The code is the kind, the text the vendor's facts, or the sentence where there are none."""
    refused = refusal([(kind, "Renewal 2026")])
    assert refused is not None
    assert (refused.code, refused.instead) == (kind, "suppress")
    assert refused.text == "Renewal 2026"
    plain = refusal([(kind, "")])
    assert plain is not None
    assert plain.text == VETOES[kind].sentence


def test_the_weightiest_tie_gives_the_code_and_all_are_named() -> None:
    """A legal hold comes before a campaign; a tie met twice is said once."""
    refused = refusal(
        [("campaign_window", "Webinar"), ("legal_hold", ""), ("campaign_window", "Webinar"), ("case", "C-1")]
    )
    assert refused is not None
    assert refused.code == "legal_hold"
    assert refused.text == ("is under a legal hold or an open data request; C-1; Webinar")


def test_the_sending_side_comes_first() -> None:
    """ESP, MAP, CRM: all suppressions before any deletion."""
    order = ["sendgrid", "marketo", "salesforce"]
    assert [suppress_stage(system) for system in order] == [0, 1, 2]
    assert [delete_stage(system) for system in order] == [3, 4, 5]
    assert suppress_stage("hubspot") == 1
    assert suppress_stage("something new") == 2


def test_only_an_esp_takes_an_address_without_a_record() -> None:
    """A suppression list needs no contact; a CRM has nothing to write on."""
    assert takes_any_address("sendgrid")
    assert not takes_any_address("salesforce")
    assert title("salesforce") == "Salesforce"
    assert title("acme crm") == "acme crm"
