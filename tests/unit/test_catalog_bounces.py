"""Bounces over all systems: the report, and the purge with its vetoes, stages and call counts."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from tools.answer import Answer
from tools.catalog.bounces import purge_bounces, report_bounces
from tools.context import Principal
from tools.errors import InvalidArguments, NeedsAttention
from tools.plan import Change, Plan, Veto
from tools.ports import ConsentMark, Engagement, Tie
from tools.rules.agreements import ConsentEvent
from tools.rules.vetoes import VETOES, TieKind

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JANE, BOB, ANA = "jane@acme.com", "bob@globex.com", "ana@initech.de"
SYSTEMS = ("salesforce", "marketo", "sendgrid")


def ago(days: float) -> datetime:
    """So many days before now."""
    return NOW - timedelta(days=days)


def report(stack: Any, **args: object) -> Answer:
    """The report, asked with these arguments."""
    answer = report_bounces.call(stack.context(), args)
    assert isinstance(answer, Answer)
    return answer


def purge(stack: Any, **args: object) -> tuple[list[Change], list[Veto], Plan]:
    """The purge's rows and vetoes, and the plan."""
    plan = purge_bounces.call(stack.context(), args)
    assert isinstance(plan, Plan)
    rows = list(plan.rows)
    return (
        [row for row in rows if isinstance(row, Change)],
        [row for row in rows if isinstance(row, Veto)],
        plan,
    )


def everywhere(stack: Any, address: str, **facts: Any) -> None:
    """A record of the address in each system."""
    for system in SYSTEMS:
        stack.holds(system, address, **facts)


def invalid_twice(stack: Any, address: str, days: float = 60) -> None:
    """Invalid by two systems."""
    stack.bounce("marketo", address, ago(days))
    stack.bounce("sendgrid", address, ago(days - 1))


def test_the_report_counts_each_address_once(stack: Any) -> None:
    """By its weightiest class; the matrix says what each system itself recorded."""
    invalid_twice(stack, JANE)
    stack.bounce("salesforce", JANE, ago(59), bounce_class="blocked")
    stack.bounce("marketo", BOB, ago(5), bounce_class="full")
    stack.bounce("marketo", BOB, ago(4), bounce_class="full")
    stack.bounce("sendgrid", ANA, ago(1), bounce_class="complaint")
    answer = report(stack)
    assert answer.facts["addresses"] == 3
    assert answer.facts["bounces"] == 6
    assert (answer.facts["invalid"], answer.facts["full"], answer.facts["complaint"]) == (1, 1, 1)
    assert (answer.facts["agreeing_systems"], answer.facts["purgeable"]) == (1, 1)
    assert answer.text.startswith("3 addresses bounced: 1 invalid, 1 complained and 1 mailbox full.")
    assert " 1 has two independent signals and may be purged, unless something holds them." in answer.text
    assert "shown life" not in answer.text
    matrix = answer.tables[0]
    assert matrix.title == "Addresses by class, each counted once in the last column, by its gravest"
    assert matrix.columns == ("class", "Marketo", "Salesforce", "SendGrid", "addresses")
    assert ("invalid", 1, 0, 1, 1) in matrix.rows
    assert ("blocked", 0, 1, 0, 0) in matrix.rows
    assert answer.next_steps == ("purge contacts that hard-bounced",)


def test_the_report_says_where_its_figures_come_from(stack: Any) -> None:
    """System, query, time and count, with what could not be used."""
    invalid_twice(stack, JANE)
    stack.bounce("sendgrid", "not an address", ago(3))
    evidence = {(each.source, each.query): each for each in report(stack).evidence}
    assert evidence["sendgrid", "bounces"].count == 2
    assert evidence["sendgrid", "bounces"].note == "1 without a usable address"
    assert evidence["salesforce", "bounces"].count == 0
    assert all(each.as_of == NOW for each in evidence.values())


def test_the_report_says_how_sure_it_is(stack: Any) -> None:
    """Two systems, two events, one signal, and life since."""
    invalid_twice(stack, JANE)
    stack.bounce("marketo", BOB, ago(40))
    stack.bounce("marketo", BOB, ago(20))
    stack.bounce("marketo", ANA, ago(20))
    assert report(stack).tables[1].rows == (
        ("two systems or more", 1),
        ("one system, two bounces 14 days apart", 1),
        ("a single signal", 1),
        ("life since", 0),
    )


def test_the_report_goes_by_receiving_domain(stack: Any) -> None:
    """The domain that turns most away comes first."""
    for number in range(3):
        stack.bounce("sendgrid", f"p{number}@acme.com", ago(2), bounce_class="blocked")
    stack.bounce("sendgrid", BOB, ago(2))
    assert report(stack).tables[2].rows == (("acme.com", 3, 0, 3, 0), ("globex.com", 1, 1, 0, 0))


@pytest.mark.parametrize(
    ("args", "addresses"),
    [
        ({"period": "last_week"}, 1),
        ({"period": "until:2026-11-13"}, 2),
        ({"bounce_class": "full"}, 1),
        ({"bounce_class": "blocked"}, 0),
        ({"system": "sendgrid"}, 1),
        ({}, 3),
    ],
)
def test_the_report_can_be_narrowed(stack: Any, args: dict[str, str], addresses: int) -> None:
    """By period, by class, by system."""
    stack.bounce("marketo", JANE, ago(30), bounce_class="full")
    stack.bounce("sendgrid", BOB, ago(20))
    stack.bounce("marketo", ANA, ago(8.5))
    assert report(stack, **args).facts["addresses"] == addresses


def test_a_part_of_the_bounces_claims_no_more_than_it_knows(stack: Any) -> None:
    """One system sees one signal: that says nothing of the second one elsewhere."""
    invalid_twice(stack, JANE)
    assert report(stack, system="marketo").text == (
        "1 address bounced: 1 invalid. 0 have two independent signals in what was read; a purge reads all"
        " systems, at all times."
    )
    stack.bounce("marketo", BOB, ago(2), bounce_class="blocked")
    assert report(stack, bounce_class="blocked").text == "1 address bounced: 1 blocked."


def test_soft_bounces_that_add_up_are_mentioned(stack: Any) -> None:
    """As candidates to look at, not to purge."""
    for days, send in ((2, "a"), (5, "b"), (9, "c")):
        stack.bounce("marketo", JANE, ago(days), bounce_class="full", campaign=send)
    answer = report(stack)
    assert answer.facts["soft_candidates"] == 1
    assert answer.text.endswith("1 more looks dead by soft bounces alone, which never purges anybody.")


def test_nobody_bounced(stack: Any) -> None:
    """An empty result is said in words, with the period and class it was asked for."""
    answer = report(stack, period="last_week", bounce_class="full")
    assert answer.text == "Nobody bounced as mailbox full 2026-11-09 to 2026-11-15."
    assert answer.tables == ()


def test_a_click_after_the_bounce_is_a_wrongly_suppressed_candidate(stack: Any) -> None:
    """Invalid two years ago, a click last week: named to those who may read contacts, in private."""
    person = stack.holds("marketo", JANE)
    stack.bounce("marketo", JANE, ago(730))
    stack.marketo.clicked.append(Engagement(system="marketo", record_id=person.record_id, at=ago(7)))
    answer = report(stack)
    assert (answer.facts["invalid"], answer.facts["wrongly_suppressed"], answer.facts["purgeable"]) == (
        1,
        1,
        0,
    )
    assert answer.tables[-1].rows == ((JANE, "invalid in Marketo 2024-11-22", "2026-11-15"),)
    shared = report_bounces.call(stack.context(private=False), {})
    assert isinstance(shared, Answer)
    assert JANE not in repr(shared)
    nobody = report_bounces.call(stack.context(principal=Principal(id="U_GUEST", name="Guest")), {})
    assert JANE not in repr(nobody)


def test_a_system_that_cannot_be_read_is_named(stack: Any) -> None:
    """The rest is still reported, and nobody takes silence for health."""
    invalid_twice(stack, JANE)
    stack.salesforce.broken = NeedsAttention("Salesforce refuses our key", do="Renew it.")
    stack.marketo.capabilities = {"bounces": "The activity log is switched off."}
    answer = report(stack)
    assert answer.facts["addresses"] == 1
    assert "Salesforce is missing: Salesforce refuses our key. Renew it." in answer.text
    assert "Marketo is missing: The activity log is switched off." in answer.text


@pytest.mark.parametrize("tool", [report_bounces, purge_bounces])
def test_a_system_that_is_not_connected_is_refused(stack: Any, tool: Any) -> None:
    """With those that are."""
    args = {"system": "hubspot"} if tool is report_bounces else {"systems": ["hubspot"]}
    with pytest.raises(InvalidArguments, match="HubSpot is not connected") as caught:
        tool.call(stack.context(), args)
    assert caught.value.choices == SYSTEMS
    with pytest.raises(InvalidArguments, match="No system is connected"):
        tool.call(stack.context(systems={}), {})


def test_a_purge_suppresses_before_it_deletes(stack: Any) -> None:
    """Tombstone and ESP first, then MAP, CRM; deletions after all of these, in the same order."""
    everywhere(stack, JANE)
    invalid_twice(stack, JANE)
    rows, vetoes, plan = purge(stack)
    assert vetoes == []
    assert sorted((row.stage, row.system, row.op) for row in rows) == [
        (0, "clearance", "create"),
        (0, "sendgrid", "suppress"),
        (1, "marketo", "suppress"),
        (2, "salesforce", "suppress"),
        (3, "sendgrid", "delete"),
        (4, "marketo", "delete"),
        (5, "salesforce", "delete"),
    ]
    assert plan.summary.startswith("Purge people from Salesforce, Marketo and SendGrid: two systems")


def test_rows_say_why_guard_what_they_rest_on_and_keep_a_backup(stack: Any) -> None:
    """The reason names signals, never the address; the tombstone holds a class and no address."""
    everywhere(stack, JANE)
    invalid_twice(stack, JANE)
    rows, _, plan = purge(stack)
    assert {row.reason for row in rows} == {"invalid in Marketo 2026-09-23 and SendGrid 2026-09-24"}
    by_op = {row.op: row for row in rows if row.system == "salesforce"}
    assert set(by_op["suppress"].guard) == {"address", "deliverability"}
    assert set(by_op["delete"].guard) == {"address", "deliverability", "ties"}
    assert by_op["delete"].backup == {"email": JANE}
    [stone] = [row for row in rows if row.system == "clearance"]
    assert (stone.object, stone.record_id, stone.set) == ("tombstone", None, {"bounce_class": "invalid"})
    assert len({row.subject for row in rows}) == 1
    assert {each.source for each in plan.evidence} == set(SYSTEMS)


def test_the_same_person_may_have_several_records(stack: Any) -> None:
    """Every lead and contact behind an address, however it is spelled."""
    stack.holds("salesforce", JANE)
    stack.holds("salesforce", " Jane@ACME.com", object="Lead")
    invalid_twice(stack, JANE)
    rows, _, _ = purge(stack)
    assert [(row.object, row.op) for row in rows if row.system == "salesforce"] == [
        ("Contact", "suppress"), ("Lead", "suppress"), ("Contact", "delete"), ("Lead", "delete"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [each for each in get_args(TieKind) if each != "consent_evidence"])
def test_whoever_is_held_is_suppressed_instead(stack: Any, kind: TieKind) -> None:
    """A tie in one system refuses the deletion in all, by name."""
    stack.holds("salesforce", JANE, ties=(Tie(kind=kind, text="Renewal 2026", record_id="006"),))
    stack.holds("marketo", JANE)
    invalid_twice(stack, JANE)
    rows, vetoes, _ = purge(stack)
    assert {row.op for row in rows} == {"suppress"}
    assert {row.system for row in rows} == set(SYSTEMS)
    assert {(veto.system, veto.op, veto.code, veto.instead) for veto in vetoes} == {
        ("salesforce", "delete", kind, VETOES[kind].instead),
        ("marketo", "delete", kind, VETOES[kind].instead),
    }
    assert {veto.text for veto in vetoes} == {"Renewal 2026, Salesforce"}


def test_who_objected_is_kept(stack: Any, opted_out: ConsentMark) -> None:
    """An opt-out is proof that must stay: suppress, do not delete."""
    everywhere(stack, JANE, consent=(opted_out,))
    invalid_twice(stack, JANE)
    rows, vetoes, _ = purge(stack)
    assert rows == []
    assert {(veto.code, veto.instead) for veto in vetoes} == {("consent_evidence", "suppress")}


def test_our_own_earlier_suppression_is_no_objection(
    stack: Any, opted_out: ConsentMark, subject: Any
) -> None:
    """A purge that was left half done can be finished: its tombstone says whose act it was."""
    everywhere(stack, JANE, consent=(opted_out,))
    invalid_twice(stack, JANE)
    stack.records.purged.add(subject(JANE))
    rows, vetoes, _ = purge(stack)
    assert vetoes == []
    assert [row.system for row in rows if row.op == "delete"] == list(SYSTEMS)


def wrote(stack: Any, subject: str, **facts: Any) -> None:
    """An entry of the ledger that a run of ours made."""
    entry = {"scope": "global", "state": "opt_out_global", "at": ago(1), "source": "purge_bounces",
             "writer": "U_MAX", "evidence": "", "run": "R-1", "seen": ago(1), **facts}  # fmt: skip
    stack.records.ledger.append((subject, ConsentEvent(**entry)))


def test_whom_an_earlier_purge_suppressed_has_not_objected(
    stack: Any, opted_out: ConsentMark, subject: Any
) -> None:
    """Something held them then, and nothing does now: our own suppression is nobody's objection."""
    everywhere(stack, JANE, consent=(opted_out,))
    invalid_twice(stack, JANE)
    for system in SYSTEMS:
        wrote(stack, subject(JANE), system=system, at=opted_out.at)
    rows, vetoes, _ = purge(stack)
    assert vetoes == []
    assert [row.system for row in rows if row.op == "delete"] == list(SYSTEMS)


@pytest.mark.parametrize("other", [{"source": "sync_suppressions"}, {"at": ago(400)}, {"scope": "Events"}])
def test_an_objection_stays_one_whatever_else_our_runs_wrote(
    stack: Any, opted_out: ConsentMark, subject: Any, other: dict[str, Any]
) -> None:
    """An opt-out that a sync carried over, one newer than our purge, and one of another scope all hold."""
    everywhere(stack, JANE, consent=(opted_out,))
    invalid_twice(stack, JANE)
    for system in SYSTEMS:
        wrote(stack, subject(JANE), system=system, **{"at": opted_out.at, **other})
    _, vetoes, _ = purge(stack)
    assert {veto.code for veto in vetoes} == {"consent_evidence"}


def test_evidence_that_a_record_alone_holds_is_copied_first(stack: Any, subject: Any) -> None:
    """The plan copies it, without addresses, and refuses the deletion until the ledger has it."""
    held = stack.holds("salesforce", JANE, ties=(Tie(kind="consent_evidence", text="form of jane@acme.com"),))
    invalid_twice(stack, JANE)
    rows, vetoes, _ = purge(stack)
    [copy] = [row for row in rows if row.op == "create"]
    assert (copy.system, copy.object, copy.stage) == ("clearance", "evidence", 0)
    assert (copy.set["evidence"], copy.set["record"]) == ("form of an address", held.record_id)
    [veto] = vetoes
    assert (veto.code, veto.instead) == ("consent_evidence", "suppress")
    assert "a later purge may then delete" in veto.text


def test_evidence_that_the_ledger_keeps_holds_nobody(stack: Any, subject: Any) -> None:
    """Once copied the record may go; other words on the record since then are copied anew."""
    held = stack.holds("salesforce", JANE, ties=(Tie(kind="consent_evidence", text="paper form"),))
    invalid_twice(stack, JANE)
    scope = f"#evidence {held.object} {held.record_id}"
    wrote(stack, subject(JANE), system="salesforce", scope=scope, state="express", evidence="paper form")
    rows, vetoes, _ = purge(stack)
    assert vetoes == []
    assert [row.object for row in rows if row.op == "create"] == ["tombstone"]
    wrote(stack, subject(JANE), system="salesforce", scope=scope, state="express", evidence="another form")
    rows, vetoes, _ = purge(stack)
    assert [row.object for row in rows if row.op == "create"] == ["evidence"]
    assert {veto.code for veto in vetoes} == {"consent_evidence"}


def test_evidence_is_left_where_it_is_while_something_else_holds(stack: Any) -> None:
    """Nothing is copied that need not be: the record stays anyway."""
    ties = (Tie(kind="case", text="case 7"), Tie(kind="consent_evidence", text="paper form"))
    stack.holds("salesforce", JANE, ties=ties)
    invalid_twice(stack, JANE)
    rows, vetoes, _ = purge(stack)
    assert {row.op for row in rows} == {"suppress"}
    assert {veto.text for veto in vetoes} == {"paper form, Salesforce; case 7, Salesforce"}


@pytest.mark.parametrize("bounce_class", ["blocked", "full", "technical", "unknown", "complaint"])
def test_other_classes_are_never_purged(stack: Any, bounce_class: str) -> None:
    """Not by three systems, not over months."""
    everywhere(stack, JANE)
    for system in SYSTEMS:
        stack.bounce(system, JANE, ago(90), bounce_class=bounce_class)
        stack.bounce(system, JANE, ago(1), bounce_class=bounce_class)
    rows, vetoes, plan = purge(stack)
    assert (rows, vetoes) == ([], [])
    assert plan.summary.startswith("Nothing to purge")


def test_one_signal_is_not_enough(stack: Any) -> None:
    """One event of one system; nor two ten days apart."""
    everywhere(stack, JANE)
    everywhere(stack, BOB)
    stack.bounce("sendgrid", JANE, ago(9))
    stack.bounce("marketo", BOB, ago(30))
    stack.bounce("marketo", BOB, ago(20))
    assert purge(stack)[0] == []


def test_a_sign_of_life_takes_a_person_out(stack: Any) -> None:
    """Nothing is done to who has clicked since; they are listed as wrongly suppressed."""
    everywhere(stack, JANE)
    invalid_twice(stack, JANE)
    lead = stack.marketo.held[0]
    stack.marketo.clicked.append(Engagement(system="marketo", record_id=lead.record_id, at=ago(3)))
    rows, vetoes, _ = purge(stack)
    assert rows == []
    assert {(veto.code, veto.instead) for veto in vetoes} == {("wrongly_suppressed", "")}
    assert vetoes[0].text.startswith("showed life on 2026-11-19, after invalid in Marketo")


@pytest.mark.parametrize(
    ("system", "facts", "purged"),
    [
        ("sendgrid", {"last_activity": ago(3)}, False),
        ("sendgrid", {"deliverability": "ok", "deliverability_at": ago(3)}, False),
        ("sendgrid", {"deliverability": "ok", "deliverability_at": ago(300)}, True),
        ("salesforce", {"last_activity": ago(3)}, True),  # a call somebody logged is no sign of the mailbox
    ],
)
def test_what_counts_as_life(stack: Any, system: Any, facts: dict[str, Any], purged: bool) -> None:
    """Mail that arrived or a person's own act, seen by a system that sends."""
    stack.holds(system, JANE, **facts)
    invalid_twice(stack, JANE)
    assert any(row.op == "delete" for row in purge(stack)[0]) is purged


def test_bounces_can_be_asked_to_be_old(stack: Any) -> None:
    """Only what is at least this old counts as a signal."""
    everywhere(stack, JANE)
    everywhere(stack, BOB)
    invalid_twice(stack, JANE, days=200)
    invalid_twice(stack, BOB, days=20)
    rows, _, plan = purge(stack, older_than_days=90)
    assert len({row.subject for row in rows}) == 1
    assert "at least 90 days ago" in plan.summary


def test_a_purge_can_be_kept_to_some_systems(stack: Any) -> None:
    """Only these are changed; ties and life are still looked for everywhere."""
    everywhere(stack, JANE)
    invalid_twice(stack, JANE)
    everywhere(stack, BOB)
    stack.salesforce.held[-1] = stack.holds("salesforce", BOB, ties=(Tie(kind="case", text="C-1"),))
    invalid_twice(stack, BOB)
    rows, vetoes, _ = purge(stack, systems=["marketo"])
    assert {row.system for row in rows} == {"clearance", "marketo"}
    assert [veto.code for veto in vetoes] == ["case"]


def test_nobody_holds_the_address_any_more(stack: Any) -> None:
    """Nothing to delete, so nothing at all is planned."""
    invalid_twice(stack, JANE)
    assert purge(stack)[0] == []


def test_each_vendor_is_asked_once(stack: Any) -> None:
    """Bounces once per system, people once per system, clicks once; nothing is read before it is needed."""
    for number in range(20):
        everywhere(stack, f"p{number}@acme.com")
        invalid_twice(stack, f"p{number}@acme.com")
    plan = purge_bounces.call(stack.context(), {})
    assert isinstance(plan, Plan)
    assert stack.salesforce.asked == ["bounces"]
    assert len(list(plan.rows)) == 20 * 7
    for system in SYSTEMS:
        assert stack.vendor(system).asked == ["bounces", "people", "engagements of few"]


def test_many_candidates_are_resolved_in_blocks(stack: Any) -> None:
    """Above some hundreds, clicks are read for everybody at once and not again per block."""
    for number in range(301):
        stack.holds("marketo", f"p{number}@acme.com")
        invalid_twice(stack, f"p{number}@acme.com")
    rows, _, _ = purge(stack)
    assert sum(1 for row in rows if row.op == "delete") == 301
    assert stack.marketo.asked == ["bounces", "engagements", "people"]


def test_a_purge_does_not_go_on_without_a_system(stack: Any) -> None:
    """A veto might be in the one that cannot be read."""
    stack.salesforce.broken = NeedsAttention("Salesforce refuses our key")
    with pytest.raises(NeedsAttention):
        purge(stack)


def test_our_own_record_is_no_vendor(stack: Any) -> None:
    """Tombstones are served like a system; they hold no people to purge."""
    context = stack.context()
    context = stack.context(systems={**context.systems, "clearance": stack.vendor("salesforce")})
    everywhere(stack, JANE)
    invalid_twice(stack, JANE)
    answer = report_bounces.call(context, {})
    assert isinstance(answer, Answer)
    assert "Clearance" not in repr(answer.tables)
    assert stack.salesforce.asked.count("bounces") == 1
