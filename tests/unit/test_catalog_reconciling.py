"""Comparing and syncing opt-outs, restoring, erasing and exporting, over vendors in memory."""
# ruff: noqa: ARG002 (what is in memory has the ports' signatures)

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.abilities import ConsentRecord
from tools.catalog.erasing import erase_person
from tools.catalog.exporting import export_suppressions
from tools.catalog.reconciling import compare_suppressions, sync_suppressions
from tools.catalog.restoring import restore_contacts
from tools.context import Principal
from tools.errors import InvalidArguments, NeedsAttention, Refused, RetryLater
from tools.plan import Change, Veto
from tools.ports import ConsentMark, Tie
from tools.rules.agreements import Agreement
from tools.rules.consent_groups import scope_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVERYBODY = "maya@acme.example", "noah@acme.example", "olga@acme.example"


@dataclass
class Keeping:
    """A vendor in memory that can tell everybody's consent."""

    vendor: Any
    told: list[ConsentRecord] = field(default_factory=list)
    fails: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.vendor, name)

    def consent_changes(self, since: datetime | None = None) -> Iterator[list[ConsentRecord]]:
        if self.fails is not None:
            raise self.fails
        for each in self.told:
            if since is None or each.mark.at is None or each.mark.at >= since:
                yield [each]

    def look_cost(self) -> int:
        return 1


@dataclass
class Observed:
    """Observations in memory; what was kept last becomes the base when a test says so."""

    kept: dict[str, tuple[Agreement, bytes]] = field(default_factory=dict)
    agreed: Agreement | None = None
    wrote: list[tuple[str, str, str]] = field(default_factory=list)

    def base(self) -> Agreement | None:
        return self.agreed

    def content(self, agreement: Agreement) -> bytes:
        return self.kept[agreement.id][1]

    def written(self, agreement: Agreement) -> Iterator[tuple[str, str, str]]:
        return iter(self.wrote)

    def returned(self, agreement: Agreement) -> Iterator[tuple[str, str, str]]:
        return iter(())

    def lowered(self, agreement: Agreement) -> Iterator[tuple[str, str, datetime]]:
        return iter(())

    def keep(self, content: bytes, *, people: int, systems: frozenset[str]) -> Agreement:
        key = f"O-{len(self.kept) + 1}"
        made = Agreement(id=key, at=NOW, people=people, systems=systems, sha256=f"sha of {key}")
        self.kept[key] = (made, content)
        return made

    def agree(self, rows: Sequence[Any]) -> None:
        """The run of these rows landed: its observation is the base now."""
        [base] = [row for row in rows if isinstance(row, Change) and row.object == "base"]
        self.agreed = self.kept[str(base.set["observation"])][0]
        self.wrote = [
            (row.subject, row.system, scope_of(row.set))
            for row in rows
            if getattr(row, "op", "") == "suppress"
        ]


@dataclass
class Desk:
    """The stack with vendors that keep consent, and observations."""

    stack: Any
    subject: Any
    observed: Observed = field(default_factory=Observed)
    systems: dict[str, Keeping] = field(default_factory=dict)

    def says(self, system: str, address: str, state: str = "none", **facts: Any) -> None:
        """A record of this address with that consent."""
        opted_out = state not in {"none", "implied", "express"}
        mark = ConsentMark(
            scope=facts.pop("scope", "global"),
            state=state,  # type: ignore[arg-type] # a test names states as words
            at=facts.pop("at", None),
            source=facts.pop("source", "a form"),
            writer=facts.pop("writer", ""),
        )
        person = self.stack.holds(system, address, consent=(mark,) if opted_out else (), **facts)
        self.systems[system].told.append(
            ConsentRecord(
                system=person.system,
                object=person.object,
                record_id=person.record_id,
                subject=person.subject,
                address=address,
                mark=mark,
            )
        )

    def nameless(self, system: str, record: str) -> None:
        """A record without an address."""
        mark = ConsentMark(scope="global", state="none", at=None, source="")
        self.systems[system].told.append(
            ConsentRecord(
                system="salesforce", object="Contact", record_id=record, subject="", address="", mark=mark
            )
        )

    def forget(self) -> None:
        """Nobody holds anybody."""
        for keeping in self.systems.values():
            keeping.told.clear()
            keeping.vendor.held.clear()

    def context(self, **changed: Any) -> Any:
        """What a tool is given."""
        records = self.stack.records
        records.observations = lambda: self.observed
        return self.stack.context(systems=dict(self.systems), **changed)

    def sync(self, **args: Any) -> tuple[Any, list[Change], list[Veto]]:
        """A sync's plan with its rows."""
        plan = sync_suppressions.call(self.context(), args)
        rows = list(plan.rows)
        return (
            plan,
            [row for row in rows if isinstance(row, Change)],
            [r for r in rows if isinstance(r, Veto)],
        )


@pytest.fixture
def desk(stack: Any, subject: Any) -> Desk:
    """Three empty vendors that keep consent."""
    made = Desk(stack, subject)
    made.systems = {name: Keeping(stack.vendor(name)) for name in ("salesforce", "marketo", "sendgrid")}
    return made


def tables(answer: Any) -> dict[str, Any]:
    """Rows by the beginning of the title."""
    return {table.title: table.rows for table in answer.tables}


def days(count: float) -> datetime:
    """So many days ago."""
    return NOW - timedelta(days=count)


def import_undid_it(desk: Desk) -> str:
    """Opted out at the ESP yesterday, un-ticked in the CRM by an import today, subscribed in the MAP."""
    maya = EVERYBODY[0]
    desk.says("sendgrid", maya, "opt_out_global", at=days(1), source="global unsubscribe")
    desk.says("marketo", maya, "none", at=days(400))
    desk.says("salesforce", maya, "none", at=days(0.1), source="field history", writer="Data Import")
    return maya


def test_an_address_that_differs_in_two_scopes_is_one_address(desk: Desk) -> None:
    """The sentence counts addresses, and says beside them in how many places they differ."""
    maya = EVERYBODY[0]
    desk.says("sendgrid", maya, "opt_out_global", at=days(1))
    desk.says("sendgrid", maya, "opt_out_group", scope="Events", at=days(1))
    desk.says("marketo", maya, "none")
    desk.says("marketo", maya, "none", scope="Events")
    answer = compare_suppressions.call(desk.context(), {})
    assert (answer.facts["differ"], answer.facts["agree"]) == (1, 0)


def test_an_import_that_undid_an_opt_out_is_named_and_repaired(desk: Desk) -> None:
    """The address ends suppressed in all systems, with the import named as the cause."""
    maya = import_undid_it(desk)
    answer = compare_suppressions.call(desk.context(), {})
    assert "undone by Data Import in Salesforce" in answer.text
    assert "no earlier agreement" in answer.text
    assert (answer.facts["resurrection"], answer.facts["stale"], answer.facts["differ"]) == (1, 1, 1)
    [named] = tables(answer)["Resurrections"]
    assert named[:2] == (maya, "Salesforce")
    assert "Data Import" in named[2]
    plan, rows, vetoes = desk.sync()
    assert [(row.system, row.op) for row in rows] == [
        ("salesforce", "suppress"), ("marketo", "suppress"), ("clearance", "create"),
    ]  # fmt: skip
    assert "undone in Salesforce by Data Import" in rows[0].reason
    assert [(veto.system, veto.op, veto.code) for veto in vetoes] == [
        ("salesforce", "unsuppress", "less_restrictive")
    ]
    assert "Data Import" in vetoes[0].text
    assert "1 had been made mailable again, by Data Import in Salesforce." in plan.summary
    [counts] = [each.tables for each in plan.evidence if each.tables]
    assert [each.title for each in counts] == [
        "Differences by class", "Opt-outs still to be honoured, by their clock", "Who undid opt-outs",
    ]  # fmt: skip
    assert counts[2].rows == (("Salesforce", "Data Import", 1),)
    assert maya not in str(counts)
    assert (
        "1 address differs of 1 in Salesforce, Marketo and SendGrid, in 2 places (a system each):"
        in answer.text
    )
    assert "no undo goes below a person's own opt-out" in plan.summary
    base = rows[-1]
    assert (base.object, base.subject, base.stage) == ("base", "", 3)
    assert base.set == {"observation": "O-1", "people": 1, "sha256": "sha of O-1"}


def test_after_a_sync_nothing_differs_and_an_un_ticked_box_is_a_resurrection(desk: Desk) -> None:
    """What landed belongs to the base; the vendors' own echo of it is no change by others."""
    maya = import_undid_it(desk)
    _, rows, _ = desk.sync()
    desk.observed.agree(rows)
    desk.forget()
    desk.says("sendgrid", maya, "opt_out_global", at=days(1))
    desk.says("marketo", maya, "opt_out_global", at=NOW + timedelta(minutes=1), writer="SFDC sync")
    desk.says("salesforce", maya, "opt_out_global", at=NOW + timedelta(minutes=2), writer="Marketo Sync")
    answer = compare_suppressions.call(desk.context(), {})
    assert (
        answer.text == "SendGrid, Salesforce and Marketo agree on all 1 addresses."
        or answer.facts["differ"] == 0
    )
    assert answer.facts["base"] == "O-1"
    assert answer.files == ()
    _, rows, _ = desk.sync()
    assert rows == []
    desk.forget()
    desk.says("sendgrid", maya, "opt_out_global", at=days(1))
    desk.says("marketo", maya, "opt_out_global")
    desk.says("salesforce", maya, "none", writer="Data Import")
    answer = compare_suppressions.call(desk.context(), {})
    assert answer.facts["resurrection"] == 1
    assert tables(answer)["Who undid opt-outs"] == (("Salesforce", "Data Import", 1),)


def test_a_system_that_cannot_be_read_is_named_and_left_alone(desk: Desk) -> None:
    """Its state is unknown; nothing is written there; the others are compared."""
    import_undid_it(desk)
    desk.systems["marketo"].fails = RetryLater("Marketo is busy", after=5)
    answer = compare_suppressions.call(desk.context(), {})
    assert "Marketo could not be read: Marketo is busy" in answer.text
    assert answer.facts["unknown"] == 1
    _, rows, _ = desk.sync()
    assert {row.system for row in rows} == {"salesforce", "clearance"}
    for each in desk.systems.values():
        each.fails = RetryLater("away", after=5)
    with pytest.raises(NeedsAttention, match="No system's opt-outs could be read"):
        compare_suppressions.call(desk.context(), {})


def test_a_system_that_does_not_keep_consent_says_so(desk: Desk, stack: Any) -> None:
    """It is not read, and not faked."""
    import_undid_it(desk)
    desk.systems["marketo"] = stack.marketo
    answer = compare_suppressions.call(desk.context(), {})
    assert "Marketo could not be read: its API does not tell everybody's consent" in answer.text


def test_one_system_alone_is_compared_with_all_and_only_it_is_written(desk: Desk) -> None:
    """“Which opt-outs are missing in Marketo” asks about one and rests on all."""
    import_undid_it(desk)
    answer = compare_suppressions.call(desk.context(), {"systems": ["marketo"]})
    assert (answer.facts["stale"], answer.facts["resurrection"]) == (1, 0)
    _, rows, _ = desk.sync(systems=["marketo"])
    assert {row.system for row in rows} == {"marketo", "clearance"}


def test_the_esp_takes_an_address_it_does_not_hold_and_a_crm_does_not(desk: Desk) -> None:
    """A suppression list takes anybody; where there is no record there is nobody to mail."""
    desk.says("marketo", EVERYBODY[1], "opt_out_global", at=days(40))
    answer = compare_suppressions.call(desk.context(), {})
    assert (answer.facts["missing"], answer.facts["overdue"]) == (1, 1)
    _, rows, _ = desk.sync()
    assert [(row.system, row.object) for row in rows] == [("sendgrid", "address"), ("clearance", "base")]


def test_a_lead_that_opted_out_binds_the_contact_of_the_same_address(desk: Desk) -> None:
    """A system is as loose as its loosest record: only that one is written."""
    noah = EVERYBODY[1]
    desk.says("salesforce", noah, "opt_out_global", object="Lead", record_id="00Q1", at=days(3))
    desk.says("salesforce", noah, "none", object="Contact", record_id="0031")
    desk.says("sendgrid", noah, "opt_out_global", at=days(3))
    desk.nameless("salesforce", "0039")
    answer = compare_suppressions.call(desk.context(), {})
    assert tables(answer)["Records without an address"] == (("Salesforce", 1, "0039"),)
    _, rows, _ = desk.sync()
    assert [(row.system, row.record_id) for row in rows][:1] == [("salesforce", "0031")]
    assert len(rows) == 2


def test_a_group_is_reported_and_never_made_an_opt_out_of_everything(desk: Desk) -> None:
    """Nothing is written that is more than the person asked."""
    noah = EVERYBODY[1]
    desk.says("marketo", noah, "opt_out_group", scope="news", at=days(3))
    desk.says("salesforce", noah, "none", scope="news")
    answer = compare_suppressions.call(desk.context(), {})
    assert answer.facts["stale"] == 1
    _, rows, vetoes = desk.sync()
    assert [row.object for row in rows] == ["base"]
    assert [veto.code for veto in vetoes] == ["group_scope"]


def test_what_somebody_has_suppressed_meanwhile_is_not_written_again(desk: Desk) -> None:
    """The records are read anew before rows are made."""
    maya = import_undid_it(desk)
    for system in ("salesforce", "marketo"):
        desk.systems[system].vendor.held.clear()
        mark = ConsentMark(scope="global", state="opt_out_global", at=NOW, source="sync")
        desk.stack.holds(system, maya, consent=(mark,))
    _, rows, _ = desk.sync()
    assert [row.object for row in rows] == ["base"]


def test_names_and_files_are_for_the_asker_alone_and_for_roles_that_may(desk: Desk) -> None:
    """In a channel there are counts; without the class of data there is a refusal that names it."""
    import_undid_it(desk)
    answer = compare_suppressions.call(desk.context(private=False), {})
    assert "Resurrections" not in tables(answer)
    assert not answer.private
    [file] = compare_suppressions.call(desk.context(), {}).files
    lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert {line["system"] for line in lines} == {"Salesforce", "Marketo"}
    assert lines[0]["address"] == EVERYBODY[0]
    guest = Principal(id="U_GUEST", name="Guest", kind="guest")
    for call in (compare_suppressions, sync_suppressions):
        with pytest.raises(Refused, match="class consent"):
            call.call(desk.context(principal=guest), {})
    with pytest.raises(Refused, match="contact and consent"):
        export_suppressions.call(desk.context(principal=guest), {})


def test_a_record_that_opted_out_and_bounced_is_one_record(desk: Desk) -> None:
    """The number of records is that of records; an entry of a list of addresses shows no id of ours."""
    maya = EVERYBODY[0]
    desk.says("salesforce", maya, "opt_out_global", object="Contact", record_id="0031", at=days(9))
    desk.stack.bounce("salesforce", maya, days(3), record_id="0031")
    desk.stack.bounce("sendgrid", maya, days(3), record_id=desk.context().subject(maya))
    answer = export_suppressions.call(desk.context(), {})
    assert (answer.facts["records"], answer.facts["addresses"]) == (2, 1)
    [line] = csv.DictReader(io.StringIO(answer.files[0].content.decode("utf-8-sig")))
    assert line["records"] == "Contact 0031, bounce"


def test_a_duplicate_that_says_otherwise_is_told_from_a_system_behind(desk: Desk) -> None:
    """The contact opted out and the lead did not: the CRM is not behind itself, another record of it is."""
    maya = EVERYBODY[0]
    desk.says("salesforce", maya, "opt_out_global", object="Contact", record_id="0031", at=days(9))
    desk.says("salesforce", maya, "none", object="Lead", record_id="00Q1")
    desk.says("marketo", maya, "none")
    answer = compare_suppressions.call(desk.context(), {})
    [worst] = [table for table in answer.tables if "worst" in table.title]
    said = "Salesforce stale on another of its records, Marketo stale and SendGrid missing"
    assert worst.rows[0][3] == said


def test_an_export_names_both_numbers_and_collapses_duplicates(desk: Desk) -> None:
    """Lead and contact of one address are one line; complaints outweigh opt-outs."""
    maya, noah, olga = EVERYBODY
    desk.says("salesforce", maya, "opt_out_global", object="Contact", record_id="0031", at=days(9))
    desk.says("salesforce", maya, "opt_out_global", object="Lead", record_id="00Q1", at=days(20))
    desk.says("sendgrid", maya, "complaint", at=days(2))
    desk.says("marketo", noah, "opt_out_group", scope="news", at=days(400))
    desk.says("salesforce", olga, "none")
    desk.stack.bounce("sendgrid", olga, days(3))
    answer = export_suppressions.call(desk.context(), {})
    assert answer.private
    assert (answer.facts["records"], answer.facts["addresses"], answer.facts["complaint"]) == (5, 3, 1)
    assert "5 suppressed records, which are 3 addresses" in answer.text
    assert "erased" not in answer.text
    assert answer.next_steps == ("compare suppressions",)
    [file] = answer.files
    lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [line["address"] for line in lines] == [maya, noah, olga]
    assert lines[0]["systems"] == "Salesforce, SendGrid"
    counted = {
        "global": export_suppressions.call(desk.context(), {"scope": "global", "reason": "unsubscribes"}),
        "brand": export_suppressions.call(desk.context(), {"scope": "brand"}),
        "spam": export_suppressions.call(desk.context(), {"reason": "spam complaints only"}),
        "month": export_suppressions.call(desk.context(), {"period": "last_30_days", "reason": "opt-outs"}),
    }
    assert {name: each.facts["addresses"] for name, each in counted.items()} == {
        "global": 1, "brand": 1, "spam": 1, "month": 1,
    }  # fmt: skip
    assert export_suppressions.call(desk.context(), {"reason": "erased"}).files == ()


def test_an_export_is_refused_where_a_field_is_hidden_and_names_what_could_not_be_read(desk: Desk) -> None:
    """Half a suppression list is worse than none, unless it says so."""
    desk.says("sendgrid", EVERYBODY[0], "opt_out_global")
    desk.systems["marketo"].fails = RetryLater("Marketo is busy", after=5)
    answer = export_suppressions.call(desk.context(), {"period": "last_30_days"})
    assert answer.facts["undated"] == 1
    assert "Marketo could not be read" in answer.text
    desk.systems["salesforce"].fails = NeedsAttention(
        "Salesforce hides HasOptedOutOfEmail from us", do="Give the integration user field-level security."
    )
    with pytest.raises(NeedsAttention, match="HasOptedOutOfEmail"):
        export_suppressions.call(desk.context(), {})


def restored(desk: Desk, *emails: str, evidence: str = "filled in the form yesterday") -> tuple[Any, Any]:
    """Ops by system, and veto codes."""
    plan = restore_contacts.call(desk.context(), {"emails": list(emails), "evidence": evidence})
    rows = list(plan.rows)
    return (
        [(row.system, row.op, row.stage) for row in rows if isinstance(row, Change)],
        [row.code for row in rows if isinstance(row, Veto)],
    )


def test_only_the_persons_own_later_act_takes_an_opt_out_back(desk: Desk) -> None:
    """A form after the opt-out restores everywhere, the sender last; a complaint or a newer opt-out stays."""
    maya, noah, olga = EVERYBODY
    for system in ("sendgrid", "marketo"):
        desk.says(system, maya, "opt_out_global", at=days(5))
    desk.says("marketo", noah, "opt_out_global", at=days(5))
    desk.says("sendgrid", noah, "complaint", at=days(9))
    desk.says("marketo", olga, "opt_out_global", at=days(0.1))
    assert restored(desk, maya) == ([("marketo", "unsuppress", 1), ("sendgrid", "unsuppress", 2)], [])
    assert restored(desk, noah) == ([], ["complaint"])
    assert restored(desk, olga) == ([], ["not_later"])
    assert restored(desk, "nobody@acme.example") == ([], ["not_suppressed"])
    desk.stack.records.purged.add(desk.subject(maya))
    assert restored(desk, maya) == ([], ["erased"])


@pytest.mark.parametrize(
    "words", ["my boss says so", "the campaign needs it", "she fills in the form on 2027-01-01"]
)
def test_without_evidence_nothing_is_restored(desk: Desk, words: str) -> None:
    """A colleague's wish is no evidence, and neither is an act still to come."""
    with pytest.raises(InvalidArguments, match="own act"):
        restored(desk, EVERYBODY[0], evidence=words)
    with pytest.raises(InvalidArguments, match="Whom"):
        restored(desk)


def test_an_erasure_stops_mail_deletes_and_forgets_in_that_order(desk: Desk) -> None:
    """It says that nothing takes it back, and keeps the reference."""
    maya = EVERYBODY[0]
    for system in ("salesforce", "marketo", "sendgrid"):
        desk.says(system, maya)
    plan = erase_person.call(desk.context(), {"email": maya, "request_reference": "DSR-2291"})
    assert "cannot be undone" in plan.summary
    assert "recycle" in plan.summary or "bin" in plan.summary
    rows = [row for row in plan.rows if isinstance(row, Change)]
    assert [row.stage for row in rows if row.op == "suppress"] == [2, 1, 0]
    assert {row.system for row in rows if row.op == "delete"} == {
        "salesforce", "marketo", "sendgrid", "clearance",
    }  # fmt: skip
    last = max(rows, key=lambda row: row.stage)
    assert (last.object, last.record_id) == ("erasure", desk.subject(maya))
    assert last.set == {"address": maya, "request_reference": "DSR-2291"}
    with pytest.raises(InvalidArguments, match="reference"):
        erase_person.call(desk.context(), {"email": maya, "request_reference": "please"})


def test_a_legal_hold_outweighs_an_erasure_request(desk: Desk) -> None:
    """The records stay, suppressed, and so does what we hold."""
    maya = EVERYBODY[0]
    desk.says("salesforce", maya, ties=(Tie(kind="legal_hold", text="case 7"),))
    desk.says("marketo", maya)
    plan = erase_person.call(desk.context(), {"email": maya, "request_reference": "DSR-1"})
    rows = list(plan.rows)
    assert {row.op for row in rows if isinstance(row, Change)} == {"suppress"}
    assert [row.code for row in rows if isinstance(row, Veto)] == ["legal_hold", "legal_hold"]
