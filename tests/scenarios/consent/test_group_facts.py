"""Opt-outs of one kind of mail, carried between systems as what they are, over a twin of all four vendors."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

DEFINED = """
[[consent_group]]
name = "Newsletter"
hubspot = "product updates"
salesforce = "Newsletter_Opt_Out__c"
marketo = "newsletterOptOut"
"""
NEWSLETTER = ("sendgrid", "salesforce", "marketo")  # where somebody has left it, each in one alone
HERE = ("left_events_only_in_sendgrid", "left_events_only_in_hubspot")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, make_desk: Any) -> Iterator[Any]:
    """A desk over a small twin that serves both marketing automations."""
    from tools.twin.server import running

    with running(seed=5, people=20, map="both", hurry=20) as handle:
        made = make_desk(handle, tmp_path_factory.mktemp("groups"))
        yield made
        made.store.close()


@pytest.fixture(scope="module")
def synced(small: Any) -> Any:
    """The same after a sync; with what was planned."""
    answer = small.call("compare_suppressions").answer
    planned = small.call("sync_suppressions").card
    return answer, planned, small.land(planned)


def left(desk: Any, address: str) -> dict[str, set[str]]:
    """What an address has left, by system."""
    return {
        system: {mark.scope for mark in person.consent if mark.state.startswith("opt_out")}
        for system, connected in desk.vendors.items()
        for batch in connected.reader.people([address])
        for person in batch
    }


def lines(answer: Any, address: str) -> list[tuple[str, str, str]]:
    """An address's differences: system, scope, class."""
    if not answer.files:
        return []
    file = io.StringIO(answer.files[0].content.decode("utf-8-sig"))
    mine = [each for each in csv.DictReader(file) if each["address"] == address]
    return sorted((each["system"], each["scope"].lower(), each["difference"]) for each in mine)


def test_a_group_is_behind_in_the_system_that_has_it_too(small: Any, synced: Any) -> None:
    """“Events” and “EVENTS” are one group; a system without it is never called behind.

    Source: SendGrid's documentation of unsubscribe groups, HubSpot's of subscription types.
    """
    answer, planned, _ = synced
    in_sendgrid, in_hubspot = (small.trap(name)["email"] for name in HERE)
    assert lines(answer, in_sendgrid) == [("HubSpot", "events", "stale")]
    assert lines(answer, in_hubspot) == [("SendGrid", "events", "stale")]
    assert small.rows(planned, HERE[0]) == (["hubspot suppress"], {})
    assert small.rows(planned, HERE[1]) == (["sendgrid suppress"], {})
    clocks = next(each for each in answer.tables if "clock" in each.title)
    assert {(row[0], str(row[1]).lower()) for row in clocks.rows} >= {
        ("HubSpot", "events"),
        ("SendGrid", "events"),
    }


def test_a_group_of_one_system_stays_its_own_and_that_is_said(small: Any, synced: Any) -> None:
    """Nobody says that HubSpot's product updates are SendGrid's newsletter, so nothing is carried."""
    answer, planned, _ = synced
    assert small.rows(planned, "left_newsletter_only_in_sendgrid") == ([], {})
    for said in (answer.text, planned.header.summary):
        assert "stay its own" in said
        assert "“Newsletter”" in said
        assert "“Product Updates”" in said
        assert "“Events”" not in said


def test_the_sync_carries_the_group_and_never_makes_a_stop_of_it(small: Any, synced: Any) -> None:
    """After the landing both have left Events in both systems, and get all other mail."""
    _, _, card = synced
    assert not [
        each for each in card.run.landing.residue if each.object in {"subscription", "group_suppression"}
    ]
    for name in HERE:
        found = left(small, small.trap(name)["email"])
        assert {each.lower() for each in found["hubspot"] | found["sendgrid"]} == {"events"}
        assert found["hubspot"]
        assert found["sendgrid"]
        assert found["marketo"] == found["salesforce"] == set()
        assert small.call("lookup_person", email=small.trap(name)["email"]).answer.facts["mailable"] == "yes"


def test_what_was_carried_is_in_the_ledger_by_its_group(small: Any, synced: Any) -> None:
    """The entry names the group, not all mail, and the next comparison finds nothing left to do."""
    from bot.engine.observing import OurObservations

    OurObservations(small.store, small.clock).absorb()
    address = small.trap(HERE[1])["email"]
    entered = {(each.system, each.scope.lower(), each.state) for each in small.history(address) if each.run}
    assert entered == {("sendgrid", "events", "opt_out_group")}
    again = small.call("compare_suppressions").answer
    assert lines(again, address) == []


def test_who_comes_back_in_one_system_is_named_and_leaves_again(small: Any, synced: Any) -> None:
    """Subscribed anew in HubSpot: a resurrection of that group, repaired; no undo goes below SendGrid's."""
    address = small.trap(HERE[0])["email"]
    kind = next(each for each in small.readers["hubspot"].groups() if each.name.lower() == "events")
    [person] = next(iter(small.readers["hubspot"].people([address])))
    back = small.readers["hubspot"].express_group("unsuppress", person, kind.name, note="an import")
    small.write("hubspot", object=back.object, record_id=back.record_id, op=back.op, set=back.set)
    answer = small.call("compare_suppressions").answer
    assert lines(answer, address) == [("HubSpot", "events", "resurrection")]
    card = small.land(small.call("sync_suppressions").card)
    assert {each.lower() for each in left(small, address)["hubspot"]} == {"events"}
    ops, vetoes = small.rows(small.call("undo", plan=card.header.id).card, HERE[0])
    assert ops == []
    assert set(vetoes) == {"own_opt_out"}


@pytest.fixture(scope="module")
def defined(tmp_path_factory: pytest.TempPathFactory, make_desk: Any) -> Iterator[Any]:
    """A desk over a twin of its own, with a policy that says what each system calls the newsletter."""
    from tools.twin.server import running

    home = tmp_path_factory.mktemp("defined")
    file = home / "clearance.toml"
    file.write_text(DEFINED, encoding="utf-8")
    with running(seed=5, people=20, map="both", hurry=20) as handle:
        made = make_desk(handle, home, file)
        yield made
        made.store.close()


def test_a_group_that_is_called_differently_is_one_by_its_definition(defined: Any) -> None:
    """Left in any of four systems, the newsletter is left in all of them, and is undone where we carried it.

    A group, a subscription type and two check-boxes: no one of them becomes a stop of all mail.
    """
    answer = defined.call("compare_suppressions").answer
    assert "“Newsletter”" not in answer.text
    people = {name: defined.trap(f"left_newsletter_only_in_{name}")["email"] for name in NEWSLETTER}
    for name, address in people.items():
        behind = {system for system, scope, _ in lines(answer, address) if scope == "newsletter"}
        everywhere = {"Salesforce", "Marketo", "HubSpot", "SendGrid"}
        assert behind == everywhere - {{"sendgrid": "SendGrid"}.get(name, name.title())}
    card = defined.land(defined.call("sync_suppressions").card)
    for address in people.values():
        found = left(defined, address)
        assert set(found) == set(defined.vendors)
        assert all(scopes == {"Newsletter"} for scopes in found.values()), found
    back = defined.call("undo", plan=card.header.id).card
    for name in NEWSLETTER:
        ops, vetoes = defined.rows(back, f"left_newsletter_only_in_{name}")
        assert ops == []
        assert set(vetoes) == {"own_opt_out"}


def test_what_the_person_left_meanwhile_stays_left_and_the_rest_is_undone(defined: Any) -> None:
    """They leave in HubSpot and by a box between the plan and its run: only our own writes are taken back."""
    address = defined.trap("unicode_name")["email"]
    planned = defined.call("suppress_contacts", emails=[address], group="Newsletter").card
    ops, _ = defined.rows(planned)
    assert {each.partition(" ")[0] for each in ops} == set(defined.vendors)
    [person] = next(iter(defined.readers["hubspot"].people([address])))
    gone = defined.readers["hubspot"].express_group("suppress", person, "Newsletter", note="")
    defined.write("hubspot", object=gone.object, record_id=gone.record_id, op=gone.op, set=gone.set)
    for lead in next(iter(defined.readers["marketo"].people([address]))):
        box = {"newsletterOptOut": True}
        defined.write("marketo", object="lead", record_id=lead.record_id, op="update", set=box)
    defined.clock.sleep(3_600)
    card = defined.land(planned)
    assert card.header.state == "landed"
    back = defined.call("undo", plan=planned.header.id).card
    assert set(back.header.counts) == {"salesforce", "sendgrid"}
    assert set(back.header.vetoes) == {"own_opt_out"}
    defined.land(back)
    found = left(defined, address)
    assert {system for system, scopes in found.items() if scopes} == {"hubspot", "marketo"}


def test_words_for_one_group_take_somebody_off_that_group_only(small: Any) -> None:
    """“From the Events group only”: both systems that have it, no stop of mail, and the others are named."""
    address = small.trap("left_newsletter_only_in_marketo")["email"]
    card = small.say(f"unsubscribe {address} from the Events group only").card
    assert (card.header.tool, str(card.header.args["group"]).lower()) == ("suppress_contacts", "events")
    assert "Salesforce and Marketo do not have that group." in card.header.summary
    assert sorted(small.rows(card)[0]) == ["hubspot suppress", "sendgrid suppress"]
    small.land(card)
    found = left(small, address)
    assert {each.lower() for scopes in found.values() for each in scopes} == {"events"}
    again = small.call("suppress_contacts", emails=[address], group="events")
    assert "has left “EVENTS” everywhere" in str(again.answer)


def test_somebody_comes_back_to_one_group_and_stays_off_the_rest(small: Any) -> None:
    """On their own later act, for that group alone: the opt-out of everything stays where it is."""
    address = small.trap("left_newsletter_only_in_salesforce")["email"]
    small.land(small.call("suppress_contacts", emails=[address], group="Events").card)
    small.land(small.call("suppress_contacts", emails=[address]).card)
    card = small.call(
        "restore_contacts", emails=[address], evidence="ticked the box on the form today", group="Events"
    ).card
    ops, vetoes = small.rows(card)
    assert ops == ["sendgrid unsuppress"]
    assert set(vetoes) == {"opted_out_of_all"}  # HubSpot would lift both at once
    small.clock.sleep(3600)
    small.land(card)
    found = left(small, address)
    assert "global" in found["sendgrid"]
    assert not {"events"} & {each.lower() for each in found["sendgrid"]}
    assert {each.lower() for each in found["hubspot"]} == {"global", "events"}


def test_who_left_one_group_is_a_file_of_its_own(small: Any) -> None:
    """By the group's name, whatever each system calls it; nobody else's opt-outs are in it."""
    answer = small.call("export_suppressions", group="events").answer
    rows = list(csv.DictReader(io.StringIO(answer.files[0].content.decode("utf-8-sig"))))
    assert {small.trap(name)["email"] for name in HERE} <= {each["address"] for each in rows}
    assert {scope.lower() for each in rows for scope in each["scopes"].split(", ")} == {"events"}
    assert "opted out of “EVENTS”" in answer.text
    assert answer.facts["opt_out_group"] == len(rows)


def test_no_group_and_no_exemption_is_made_up(small: Any) -> None:
    """A group nobody has is asked back for; transactional mail is exempt by its kind, not by a wish."""
    from tools.errors import InvalidArguments, Refused

    address = small.trap(HERE[0])["email"]
    with pytest.raises(InvalidArguments) as unknown:
        small.call("suppress_contacts", emails=[address], group="Weekly Digest")
    assert {each.lower() for each in unknown.value.choices} >= {"events", "newsletter", "product updates"}
    with pytest.raises(Refused) as refused:
        small.call(
            "restore_contacts",
            emails=[address],
            evidence="asked in writing today",
            group="transactional mail",
        )
    assert "by what the message is" in refused.value.sentence()
