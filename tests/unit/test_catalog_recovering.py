"""Recovering people wrongly called dead: by evidence, refused by name, and never touching consent."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.clock import SystemClock
from tools.catalog.recovering import recover_suppressed
from tools.plan import Change, Plan, Veto
from tools.ports import ConsentMark, Engagement, Expressed, Person, Tie
from tools.rules.email_key import SubjectKey

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = SubjectKey(b"a key for tests", "k0")
JANE, BOB, ANA = "jane@acme.com", "bob@globex.com", "ana@initech.de"


def ago(days: float) -> datetime:
    """So many days before now."""
    return NOW - timedelta(days=days)


@dataclass
class Reviving:
    """A vendor in memory whose marks can be taken off."""

    vendor: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.vendor, name)

    def express_revival(self, person: Person) -> Expressed | None:
        if person.deliverability == "ok":
            return None
        return Expressed(
            object=person.object,
            record_id=person.record_id,
            op="update",
            set={"dead": False},
            guard={"dead": True},
        )


def systems(stack: Any) -> dict[str, Any]:
    """Salesforce without the ability, Marketo and SendGrid with it."""
    return {
        "salesforce": stack.salesforce,
        "marketo": Reviving(stack.marketo),
        "sendgrid": Reviving(stack.sendgrid),
    }


def recovered(context: Any, **args: object) -> tuple[list[Change], list[Veto], Plan]:
    """The plan's rows and vetoes."""
    plan = recover_suppressed.call(context, args)
    assert isinstance(plan, Plan)
    rows = list(plan.rows)
    return (
        [row for row in rows if isinstance(row, Change)],
        [row for row in rows if isinstance(row, Veto)],
        plan,
    )


def marked(stack: Any, address: str, days: float = 60, kind: str = "invalid", **facts: Any) -> Person:
    """A person Marketo calls dead, for a bounce so long ago."""
    person: Person = stack.holds("marketo", address, deliverability=kind, **facts)
    stack.bounce("marketo", address, ago(days), bounce_class=kind)
    return person


def clicked(stack: Any, person: Person, days: float) -> None:
    """A click of that person so long ago."""
    stack.marketo.clicked.append(Engagement(system="marketo", record_id=person.record_id, at=ago(days)))


@pytest.fixture
def context(stack: Any) -> Any:
    """What the tool is given."""
    return stack.context(systems=systems(stack))


def test_a_click_after_the_bounce_frees_the_mailbox(stack: Any, context: Any) -> None:
    """The mark goes in each system that has it, with the evidence and the worth in the reason."""
    tie = Tie(kind="opportunity_role", text="open opportunity 'Renewal'")
    stack.holds("salesforce", JANE, ties=(tie,), lifecycle="Customer")
    person = marked(stack, JANE, score=87)
    clicked(stack, person, 5)
    changes, vetoes, plan = recovered(context)
    assert [(each.system, each.op, dict(each.set)) for each in changes] == [
        ("marketo", "update", {"dead": False})
    ]
    assert "invalid in Marketo" in changes[0].reason
    assert "showed life on 2026-11-17" in changes[0].reason
    assert "Worth: in open opportunity 'Renewal', lifecycle Customer, score 87" in changes[0].reason
    assert vetoes == []
    assert "Opt-outs and complaints stay" in plan.summary
    assert "Salesforce" not in plan.summary


def test_whom_we_get_back_and_their_worth_are_in_a_file_before_the_vote(stack: Any, context: Any) -> None:
    """Those worth most first, with the evidence; who stays as they are is named last, with the reason."""
    tie = Tie(kind="opportunity_role", text="open opportunity 'Renewal'")
    stack.holds("salesforce", JANE, ties=(tie,))
    for address, score in ((JANE, 12), (BOB, 90), (ANA, 99)):
        clicked(stack, marked(stack, address, score=score), 5)
    objected = ConsentMark(scope="global", state="opt_out_global", at=ago(9), source="a form")
    stack.holds("sendgrid", ANA, consent=(objected,))
    plan = recover_suppressed.call(context, {})
    list(plan.rows)
    [file] = plan.files
    lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [line["address"] for line in lines] == [JANE, BOB, ANA]
    assert lines[0]["worth"] == "in open opportunity 'Renewal', score 12"
    assert "showed life on" in lines[0]["why"]
    assert [line["what becomes of it"].split(":")[0] for line in lines] == [
        "recovered", "recovered", "left as it is",
    ]  # fmt: skip


def test_bounces_that_pass_are_no_reason_to_stay_silent(stack: Any, context: Any) -> None:
    """Blocked, full and technical were treated as permanent: the mark goes once they have passed."""
    marked(stack, JANE, kind="blocked")
    marked(stack, BOB, days=0.2, kind="blocked")
    marked(stack, ANA, kind="unknown")
    changes, vetoes, _ = recovered(context)
    assert [each.subject for each in changes] == [stack.context().subject(JANE)]
    assert "only blocked bounces" in changes[0].reason
    assert {each.code for each in vetoes} == {"too_soon", "unclear"}


def test_the_rightly_marked_are_left_alone_in_silence(stack: Any, context: Any) -> None:
    """An invalid bounce that nothing contradicts is neither a row nor a veto."""
    marked(stack, JANE)
    assert recovered(context)[:2] == ([], [])


@pytest.mark.parametrize("state", ["opt_out_global", "opt_out_group", "complaint", "erased"])
def test_an_objection_anywhere_keeps_the_person(stack: Any, context: Any, state: Any) -> None:
    """Whoever objected in any system is vetoed by name: deliverability evidence is no consent."""
    person = marked(stack, JANE)
    clicked(stack, person, 5)
    mark = ConsentMark(scope="global", state=state, at=ago(300), source="form")
    stack.holds("salesforce", JANE, consent=(mark,))
    changes, vetoes, _ = recovered(context)
    assert changes == []
    assert [(each.code, each.record_id) for each in vetoes] == [("consent_evidence", person.record_id)]
    assert "Salesforce" in vetoes[0].text


def test_a_purged_person_stays_purged(stack: Any, context: Any) -> None:
    """A tombstone keeps an address suppressed though it has come back."""
    person = marked(stack, JANE)
    clicked(stack, person, 5)
    stack.records.purged.add(person.subject)
    assert [each.code for each in recovered(context)[1]] == ["tombstone"]


def test_the_period_is_when_they_bounced(stack: Any, context: Any) -> None:
    """Only people who bounced within it are looked at, with all their bounces as evidence."""
    for address, days in ((JANE, 10), (BOB, 200)):
        clicked(stack, marked(stack, address, days=days), 2)
    changes, _, plan = recovered(context, period="last_30_days")
    assert [each.subject for each in changes] == [stack.context().subject(JANE)]
    assert "last 30 days" in plan.summary or "2026" in plan.summary


def test_worth_is_for_those_who_may_read_it(stack: Any) -> None:
    """Without the right to commercial data the reason holds the evidence alone."""
    clicked(stack, marked(stack, JANE, score=87), 5)
    stack.policy.classes = frozenset({"public", "contact"})
    changes, _, _ = recovered(stack.context(systems=systems(stack)))
    assert "Worth" not in changes[0].reason


class NoLimit:
    """A quota nobody else shares."""

    def __init__(self) -> None:
        self.reserved: list[tuple[str, str, bool]] = []

    def reserve(self, system: str, bucket: str = "api", *, urgent: bool = True) -> float:
        self.reserved.append((system, bucket, urgent))
        return 0.0

    def learned(self, system: str, bucket: str = "api", *, retry_after: float) -> None:
        raise AssertionError(f"{system} {bucket} asked for {retry_after} s")


@pytest.fixture
def vendors(own_twin: Any) -> dict[str, Any]:
    """The three vendors over a twin that is put back afterwards."""
    from tools.connectors import marketo, salesforce, sendgrid

    shared: dict[str, Any] = {"subject": KEY, "clock": SystemClock(), "quota": NoLimit()}
    oauth = {"client_id": "twin-client", "client_secret": "twin-secret"}
    own_twin.advance(20)
    return {
        "salesforce": salesforce.connect(base_url=f"{own_twin.url}/salesforce", **oauth, **shared),
        "marketo": marketo.connect(base_url=f"{own_twin.url}/marketo", **oauth, **shared),
        "sendgrid": sendgrid.connect(base_url=f"{own_twin.url}/sendgrid", api_key="SG.twin", **shared),
    }


def test_the_traps_of_the_twin(own_twin: Any, stack: Any, vendors: Any) -> None:
    """The one who clicked is freed where marked, blocked mail filed as a bounce too; the dead stay dead."""
    traps = {name: KEY(entries[0]["email"]) for name, entries in own_twin.traps().items()}
    readers = {name: each.reader for name, each in vendors.items()}
    context = stack.context(systems=readers, subject=KEY, clock=SystemClock())
    changes, vetoes, _ = recovered(context)
    freed = {(each.subject, each.system, each.op) for each in changes}
    assert (traps["wrongly_suppressed"], "marketo", "update") in freed
    assert (traps["blocked_filed_as_hard_bounce"], "sendgrid", "delete") in freed
    assert traps["invalid_by_two_systems"] not in {each.subject for each in changes}
    assert traps["opted_out_and_invalid"] not in {each.subject for each in changes}
    assert not {each.op for each in changes} & {"suppress", "unsuppress"}
    assert all("unsubscribed" not in each.set for each in changes)
    assert all(each.reason for each in changes)
    assert {each.code for each in vetoes} <= {
        "consent_evidence", "too_soon", "soft_bounces", "unclear", "complained", "tombstone",
    }  # fmt: skip


def test_a_person_freed_over_the_twin_is_mailable_and_an_opted_out_one_is_not(
    own_twin: Any, stack: Any, vendors: Any
) -> None:
    """The row does what it says at the vendor; after an opt-out the same person is vetoed."""
    trap = own_twin.traps()["wrongly_suppressed"][0]
    readers = {name: each.reader for name, each in vendors.items()}
    context = stack.context(systems=readers, subject=KEY, clock=SystemClock())
    mine = [each for each in recovered(context)[0] if each.subject == KEY(trap["email"])]
    assert [each.system for each in mine] == ["marketo"]
    vendors["sendgrid"].reader.client.suppress([trap["email"]])
    vetoed = [each for each in recovered(context)[1] if each.subject == KEY(trap["email"])]
    assert [each.code for each in vetoed] == ["consent_evidence"]
    assert vendors["marketo"].writer.apply(mine)[0].state == "applied"
    lead = own_twin.state("marketo")["marketo"]["lead"][str(trap["marketo_id"])]
    assert (lead["emailInvalid"], lead["unsubscribed"]) == (False, False)
