"""What marketing operations knows of HubSpot beside Salesforce and Marketo, held over a twin of all four."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tools.errors import ClearanceError


@pytest.fixture(scope="module")
def all_four(tmp_path_factory: pytest.TempPathFactory, make_desk: Any) -> Iterator[Any]:
    """A desk over a small twin that serves both marketing automations."""
    from tools.twin.server import running

    with running(seed=5, people=20, map="both", hurry=20) as handle:
        made = make_desk(handle, tmp_path_factory.mktemp("hubspot"))
        yield made
        made.store.close()


@pytest.fixture(scope="module")
def differing(all_four: Any) -> dict[str, dict[str, tuple[str, str]]]:
    """Subject -> system -> how it differs and who wrote that, out of one comparison."""
    answer = all_four.call("compare_suppressions").answer
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for line in csv.DictReader(io.StringIO(answer.files[0].content.decode("utf-8-sig"))):
        words = (line["difference"], line["written by"])
        found.setdefault(all_four.key(line["address"]), {})[line["system"]] = words
    return found


def test_outside_the_inclusion_list_an_opt_out_stays_where_it_is(all_four: Any, differing: Any) -> None:
    """Neither way is it carried by the sync: the comparison tells, and a sync of ours writes both sides.

    Source: HubSpot's knowledge base on the inclusion list of its Salesforce integration.
    """
    first, second = all_four.twin.traps()["outside_inclusion_list"]
    assert differing[all_four.key(first["email"])]["Salesforce"][0] == "stale"
    assert differing[all_four.key(second["email"])]["HubSpot"][0] == "stale"
    card = all_four.call("sync_suppressions").card
    ops, _ = all_four.rows(card, "outside_inclusion_list")
    assert {"salesforce suppress", "hubspot suppress", "sendgrid suppress"} <= set(ops)


def test_un_ticking_in_salesforce_does_not_opt_back_in(all_four: Any, differing: Any) -> None:
    """HubSpot keeps the opt-out; only the systems that took the un-ticking over are named, with the import.

    Source: HubSpot's knowledge base on opt-outs and its Salesforce integration.
    """
    someone = all_four.trap("unticked_in_salesforce")
    found = differing[all_four.key(someone["email"])]
    assert found["Salesforce"] == ("resurrection", "Data Import")
    assert "HubSpot" not in found
    assert all_four.stopped(someone["email"])["hubspot"] == {True}


def test_a_global_bounce_is_one_vendors_word(all_four: Any) -> None:
    """Hard bounces at HubSpot's other customers stop its mail; they purge nobody here.

    Source: HubSpot's knowledge base on global bounces (three within sixty days, over its customers).
    """
    someone = all_four.trap("bounced_at_other_customers")["email"]
    assert all_four.call("lookup_person", email=someone).answer.facts["mailable"] == "no"
    ops, _ = all_four.rows(all_four.call("purge_bounces").card, "bounced_at_other_customers")
    assert ops == []


def test_blocked_mail_that_hubspot_counts_as_hard_is_not_purged(all_four: Any) -> None:
    """Its reason says policy or spam: that is about us."""
    card = all_four.call("purge_bounces").card
    ops, _ = all_four.rows(card, "blocked_filed_as_hard_bounce")
    assert ops == []
    [known] = [each for each in card.header.reversibility if (each.system, each.op) == ("hubspot", "delete")]
    assert f"for 90 days: until {all_four.clock.now() + timedelta(days=90):%Y-%m-%d}" in known.note


def test_the_marketing_status_is_not_written(all_four: Any) -> None:
    """HubSpot lets a workflow or its app set it and no call: nothing is planned there.

    Source: HubSpot's documentation of marketing contacts.
    """
    someone = all_four.trap("merge_pair")["email"]
    reader = all_four.readers["hubspot"]
    assert "Read-only" in reader.capabilities["marketable_status"]
    try:
        found = all_four.call(
            "update_records", emails=[someone], values=[{"field": "hs_marketable_status", "value": "true"}]
        )
    except ClearanceError:
        return
    ops, _ = all_four.rows(found.card)
    assert "hubspot update" not in ops


def test_one_mailbox_with_a_tag_is_shown_and_not_folded(all_four: Any) -> None:
    """`ana+news@` may have chosen otherwise than `ana@`: a possible alias, by name."""
    first, second = all_four.twin.traps()["plus_tag_double"]
    answer = all_four.call("compare_suppressions").answer
    shown = {row[0] for table in answer.tables if "aliases" in table.title for row in table.rows}
    assert second["email"] in shown
    assert all_four.key(first["email"]) != all_four.key(second["email"])
