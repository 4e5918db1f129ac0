"""Lists in and out, and the quality of records, over the real connectors and the offline vendors."""

import csv
import io
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.answer import Answer, File
from tools.catalog.hygiene import (
    find_duplicates,
    merge_duplicates,
    normalize_fields,
    report_data_quality,
    update_records,
)
from tools.catalog.lists import export_people, import_list
from tools.context import ToolContext
from tools.errors import InvalidArguments, Refused
from tools.plan import Change, Plan, Veto
from tools.rules.consent import OBJECTIONS
from tools.rules.email_key import SubjectKey

KEY = SubjectKey(b"a key for tests", "k0")
NEW = "Email;Vorname;Nachname;Firma;Land;Notes\nnew.one@newco.example;ANA;NEW;newco gmbh;Deutschland;hi\n"


class TwinTime:
    """The wall clock; a long wait lets the twin's time pass and returns at once."""

    def __init__(self, twin: Any) -> None:
        self.twin, self.ahead = twin, 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def sleep(self, seconds: float) -> None:
        if seconds < 1:
            time.sleep(seconds)
            return
        self.twin.advance(seconds)
        self.ahead += seconds


class NoLimit:
    """A quota nobody else shares."""

    def reserve(self, *asked: str, urgent: bool = True) -> float:
        del asked, urgent
        return 0.0

    def learned(self, system: str, bucket: str = "api", *, retry_after: float) -> None:
        raise AssertionError(f"{system} {bucket} asked for {retry_after} s")


@pytest.fixture
def context(own_twin: Any, stack: Any) -> Callable[..., ToolContext]:
    """What a tool is given, over the twin, with attachments by name."""
    from tools.connectors import marketo, salesforce, sendgrid

    clock = TwinTime(own_twin)
    shared: dict[str, Any] = {"subject": KEY, "clock": clock, "quota": NoLimit()}
    oauth = {"client_id": "twin-client", "client_secret": "twin-secret"}
    url = own_twin.url
    readers = {
        "salesforce": salesforce.connect(base_url=f"{url}/salesforce", **oauth, **shared).reader,
        "marketo": marketo.connect(base_url=f"{url}/marketo", **oauth, **shared).reader,
        "sendgrid": sendgrid.connect(base_url=f"{url}/sendgrid", api_key="SG.twin", **shared).reader,
    }

    def make(*, only: tuple[str, ...] = (), files: dict[str, str] | None = None, **more: Any) -> ToolContext:
        given: ToolContext = stack.context(
            systems={name: each for name, each in readers.items() if not only or name in only},
            subject=KEY,
            clock=clock,
            files={name: text.encode() for name, text in (files or {}).items()},
            **more,
        )
        return given

    return make


def planned(plan: Any) -> tuple[list[Change], list[Veto], dict[str, list[list[str]]]]:
    """Rows, vetoes, and the files by name as tables."""
    assert isinstance(plan, Plan)
    rows = list(plan.rows)
    files = {each.name: table(each) for each in plan.files}
    return [r for r in rows if isinstance(r, Change)], [r for r in rows if isinstance(r, Veto)], files


def table(file: File) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))


def trap(twin: Any, name: str) -> str:
    found: str = twin.traps()[name][0]["email"]
    return found


def test_an_import_creates_fills_adds_and_ignores(own_twin: Any, context: Any) -> None:
    """New people in CRM and MAP and their lists; objections named whatever the file says; rows given back."""
    gone = trap(own_twin, "opted_out_only_in_sendgrid")
    text = (
        "Scans of Tuesday;;;;;\n\n" + NEW + f"{gone};X;Y;Z;France;opted in\n"
        "n/a;;;;;\nnew.one@newco.example;;;;;\nTotal;3;;;;\n"
    )
    plan = import_list.call(
        context(files={"Leads.csv": text}),
        {"file": "leads.csv", "campaign": "autumn webinar invite", "source": "Trade Show"},
    )
    rows, vetoes, files = planned(plan)
    assert "2 people of 5 rows, into “Autumn Webinar Invite” in Salesforce and Marketo" in plan.summary
    assert "Firma → Company" in plan.evidence[0].note
    assert "left out: Notes" in plan.evidence[0].note
    assert [(row.stage, row.system, row.object, row.op) for row in rows] == [
        (0, "salesforce", "Lead", "create"), (1, "salesforce", "CampaignMember", "add_member"),
        (0, "marketo", "lead", "create"), (1, "marketo", rows[3].object, "add_member"),
    ]  # fmt: skip
    made = rows[0].set
    assert (made["FirstName"], made["LastName"], made["Company"], made["Country"], made["LeadSource"]) == (
        "Ana", "New", "Newco GmbH", "Germany", "Trade Show",
    )  # fmt: skip
    assert rows[1].set["LeadId"] == {"created": "Lead"}
    assert {row.subject for row in rows} == {KEY("new.one@newco.example")}
    assert Counter(veto.code for veto in vetoes) == {"row_left_out": 3, "opted_out": 1}
    [ignored] = [veto for veto in vetoes if veto.code == "opted_out"]
    assert (ignored.subject, ignored.text) == (KEY(gone), "ignored: opted out of everything (SendGrid)")
    assert [(line[0], line[1]) for line in files["Leads-not-imported.csv"][1:]] == [
        ("5", "ignored: opted out of everything (SendGrid)"), ("6", "no e-mail address"),
        ("7", "the same address as line 4"), ("8", "a row of totals"),
    ]  # fmt: skip


def test_an_import_never_overwrites(own_twin: Any, context: Any) -> None:
    """Empty fields are filled, differing ones listed and kept; all records of the address are matched."""
    known = trap(own_twin, "duplicate_opposite_consent")
    someone = trap(own_twin, "unicode_name")
    text = f"Email,Title,Phone,Opt in\n{someone},Chief of Nothing,+49 89 1234567,\n{known},CEO,,yes\n"
    rows, vetoes, files = planned(import_list.call(context(files={"x.csv": text}), {"file": "x.csv"}))
    assert {row.op for row in rows} == {"update"}
    assert {tuple(row.set) for row in rows} == {("Phone",), ("phone",)}
    assert Counter(veto.code for veto in vetoes) == {"kept_as_it_is": 2, "less_restrictive": 1}
    assert files["x-differences.csv"][1][4] == "Chief of Nothing"


def test_an_import_says_what_it_cannot_take(context: Any) -> None:
    """No file, no such list, nothing but a header: each with choices or a way out."""
    files = {"x.csv": NEW}
    for args, given in (
        ({"file": "y.csv"}, {}),
        ({"file": "y.csv"}, {**files, "z.csv": NEW}),
        ({"file": "x.csv", "campaign": "nonsense zzz"}, files),
        ({"file": "x.csv", "campaign": "an"}, files),
        ({"file": "x.csv"}, {"x.csv": "Email,Name\n"}),
    ):
        with pytest.raises(InvalidArguments) as caught:
            import_list.call(context(files=given), args)
        assert caught.value.do


def test_rows_that_opted_out_in_the_file_are_left_to_a_suppression(context: Any) -> None:
    """They are not imported, and what to do instead is said."""
    text = "Email,Unsubscribed\na@newco.example,yes\n"
    rows, [veto], _ = planned(import_list.call(context(files={"x.csv": text}), {"file": "x.csv"}))
    assert rows == []
    assert (veto.code, veto.instead) == ("opted_out_in_file", "suppress them with this file")


def test_an_export_is_filtered_counted_and_harmless(context: Any) -> None:
    """By country in any spelling, each address once, formulas neutralised, words of the team explained."""
    made = context()
    answer = export_people.call(
        made,
        {
            "definition": {"field": "country", "op": "eq", "value": "DACH"},
            "fields": ["name", "phone", "Country"],
        },
    )
    assert isinstance(answer, Answer)
    [file] = answer.files
    header, *lines = table(file)
    assert header == ["E-mail", "First name", "Last name", "Phone", "Country", "System", "Record", "Link"]
    assert all(line[7].endswith(line[6]) for line in lines if line[5] == "Salesforce")
    assert {line[4] for line in lines} <= {"Germany", "Austria", "Switzerland"}
    assert len(lines) == answer.facts["people"] == len({line[0].lower() for line in lines})
    assert any(line[3].startswith("'+") for line in lines)
    assert "DACH = 3 countries" in answer.text
    assert answer.private


def test_an_export_counts_an_opt_out_that_only_another_record_has(context: Any, twin: Any) -> None:
    """One line a person, and their opt-out is told whichever system has it."""
    made = context()
    asked = {"definition": {"field": "country", "op": "is_set"}, "fields": ["opted_out"]}
    answer = export_people.call(made, asked)
    assert isinstance(answer, Answer)
    _, *lines = table(answer.files[0])
    told = {
        system: {
            person.subject
            for batch in made.systems[system].people(None)
            for person in batch
            if any(mark.state in OBJECTIONS for mark in person.consent)
        }
        for system in ("salesforce", "marketo")
    }
    objected = told["salesforce"] | told["marketo"]
    out = {made.subject(line[0]) for line in lines if line[1] == "True"}
    assert out == {made.subject(line[0]) for line in lines} & objected
    assert f"{len(out):,} of them opted out" in answer.text
    assert "Opt-outs that SendGrid alone has are not counted." in answer.text
    assert (
        out - told["salesforce"]
    )  # there are such people, whom the CRM's record alone would not have told of


def test_an_export_of_a_list_and_what_is_refused(context: Any, stack: Any) -> None:
    """Members of a campaign; a field of a class the asker may not read is refused by the class."""
    answer = export_people.call(context(only=("salesforce",)), {"segment": "Autumn Webinar Invite"})
    assert isinstance(answer, Answer)
    assert answer.facts["people"] > 0
    with pytest.raises(InvalidArguments):
        export_people.call(context(), {})
    stack.policy.classes = frozenset({"contact"})
    with pytest.raises(Refused, match="class commercial"):
        export_people.call(context(), {"segment": "x", "fields": ["owner"]})
    stack.policy.classes = frozenset()
    with pytest.raises(Refused, match="class contact"):
        export_people.call(context(), {"segment": "x"})
    stack.policy.classes = frozenset({"contact"})
    with pytest.raises(InvalidArguments, match="what people did"):
        export_people.call(context(), {"definition": {"event": "page_visit"}})


def test_fields_are_put_into_one_spelling(context: Any) -> None:
    """Each record that changes is a row with what stood there; what is wrong beyond mending is named."""
    made = context(only=("salesforce",))
    rows, vetoes, _ = planned(
        normalize_fields.call(made, {"object": "contact", "fields": ["state", "phones"]})
    )
    assert {row.object for row in rows} == {"Contact"}
    changed = [row for row in rows if "MailingState" in row.set]
    assert changed
    assert all(row.guard["MailingState"] == row.backup["MailingState"] for row in changed)
    assert all(
        row.set["Phone"].startswith("+") and " " not in row.set["Phone"] for row in rows if "Phone" in row.set
    )
    assert {veto.code for veto in vetoes} <= {"not_understood_phone", "not_understood_state"}
    with pytest.raises(InvalidArguments, match="no rule for that field"):
        normalize_fields.call(made, {"fields": ["favourite colour"]})
    with pytest.raises(InvalidArguments, match="I read and change people"):
        normalize_fields.call(made, {"object": "account", "fields": ["industry"]})


def test_records_are_set_by_filter_and_by_address(own_twin: Any, context: Any) -> None:
    """In each system's own words; who is unknown is named; consent is refused by name."""
    made = context()
    city = {"field": "city", "op": "eq", "value": "bremen"}
    rows, _, _ = planned(
        update_records.call(made, {"values": [{"field": "Job title", "value": "CMO"}], "definition": city})
    )
    assert {(row.system, row.set["Title"]) for row in rows} == {("salesforce", "CMO")}
    someone = trap(own_twin, "unicode_name")
    rows, [veto], _ = planned(
        update_records.call(
            made, {"values": [{"field": "title", "value": "CMO"}], "emails": [someone, "no@where.example"]}
        )
    )
    assert {row.system for row in rows} == {"salesforce", "marketo"}
    assert (veto.code, veto.subject) == ("unknown_address", KEY("no@where.example"))


@pytest.mark.parametrize("field", ["HasOptedOutOfEmail", "unsubscribed", "opted out", "Email", "created"])
def test_what_is_no_value_to_choose_is_refused(context: Any, field: str) -> None:
    """Consent has its own tools; an address and a date of creation are no values."""
    with pytest.raises((Refused, InvalidArguments)) as caught:
        update_records.call(
            context(), {"values": [{"field": field, "value": False}], "emails": ["a@b.example"]}
        )
    assert caught.value.do


def test_a_value_that_is_not_allowed_is_vetoed_row_by_row(own_twin: Any, context: Any) -> None:
    """The vendor's list is named; nothing is sent."""
    someone = trap(own_twin, "unicode_name")
    own_twin.settings(
        salesforce_restricted_picklists=["Contact.LeadSource"], salesforce_hidden_fields=["Contact.Title"]
    )
    try:
        for field, code in (("lead source", "not_allowed"),):
            rows, vetoes, _ = planned(
                update_records.call(
                    context(only=("salesforce",)),
                    {"values": [{"field": field, "value": "Carrier pigeon"}], "emails": [someone]},
                )
            )
            assert rows == []
            assert [veto.code for veto in vetoes] == [code]
    finally:
        own_twin.settings(salesforce_restricted_picklists=[], salesforce_hidden_fields=[])


def test_an_owner_is_found_by_name(context: Any) -> None:
    """A name that owns a record becomes its id; one that nobody has is refused."""
    made = context(only=("salesforce",))
    [people] = [list(made.systems["salesforce"].people(None))[:1]]
    owner = people[0][0].owner
    city = {"field": "city", "op": "eq", "value": "Bremen"}
    rows, _, _ = planned(
        update_records.call(made, {"values": [{"field": "owner", "value": owner}], "definition": city})
    )
    assert all(str(row.set["OwnerId"]).startswith("005") for row in rows)
    nobody = {"values": [{"field": "owner", "value": "Nobody Atall"}], "definition": city}
    plan = update_records.call(made, nobody)
    assert isinstance(plan, Plan)
    with pytest.raises(InvalidArguments, match="knows nobody"):
        list(plan.rows)


def test_quality_and_duplicates_are_reported(context: Any) -> None:
    """A table by field of each kind of record; pairs with reasons; companies by their spellings."""
    made = context(only=("salesforce",))
    quality = report_data_quality.call(made, {})
    assert isinstance(quality, Answer)
    assert quality.facts["mendable"] > 0
    assert any("to mend" in each.columns for each in quality.tables)
    found = find_duplicates.call(made, {})
    assert isinstance(found, Answer)
    reasons = {row[1] for row in found.tables[0].rows}
    assert "same address (Contact and Lead)" in reasons
    assert any("one first name" in str(reason) for reason in reasons)
    assert found.private
    companies = find_duplicates.call(made, {"object": "account"})
    assert isinstance(companies, Answer)
    assert companies.facts["companies"] == len(companies.tables[0].rows) if companies.tables else True


def test_a_merge_keeps_the_opt_out_and_says_it_is_final(own_twin: Any, context: Any) -> None:
    """The winner by the rule, every field's source in a file, the whole records in the backup."""
    plan = merge_duplicates.call(context(only=("salesforce",)), {"object": "lead", "rule": "newest wins"})
    rows, _, files = planned(plan)
    twice = trap(own_twin, "lead_twice")
    [row] = [each for each in rows if each.subject == KEY(twice)]
    assert (row.op, row.set["HasOptedOutOfEmail"], len(row.set["recordToMergeIds"])) == ("merge", True, 1)
    assert len(row.backup["merged"]) == 1
    assert "cannot be undone" in plan.summary
    fields = files["merge-field-by-field.csv"]
    [told] = [line for line in fields[1:] if line[4] == "Opted out" and line[0] == twice]
    assert dict(zip(fields[0], told, strict=True))["why"] == "an opt-out on either side stays"
    assert told[5] != told[6].partition(": ")[2]  # one of the two had opted out
    kept = [line for line in files["merge-backup.csv"][1:] if line[4] == row.record_id]
    assert [line[3] for line in kept] == ["kept", "goes"]
    assert all(json.loads(line[-1])["Email"] for line in kept)
    with pytest.raises(InvalidArguments, match="No CRM or marketing automation"):
        merge_duplicates.call(context(only=("sendgrid",)), {})


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Vendors' calls are not logged here."""
    import structlog

    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    yield
    structlog.configure(**before)
