"""The catalogue over the real connectors and the offline vendors, trap by trap."""

import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.answer import Answer
from tools.catalog.bounces import purge_bounces, report_bounces
from tools.catalog.people import lookup_person
from tools.catalog.suppression import suppress_contacts
from tools.context import ToolContext
from tools.plan import Change, Plan, Veto
from tools.rules.email_key import SubjectKey
from tools.rules.vetoes import VETOES

KEY = SubjectKey(b"a key for tests", "k0")


class RealClock:
    """The wall clock, which the twin lives by too."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class NoLimit:
    """A quota nobody else shares."""

    def __init__(self) -> None:
        self.reserved: list[tuple[str, str, bool]] = []

    def reserve(self, system: str, bucket: str = "api", *, urgent: bool = True) -> float:
        self.reserved.append((system, bucket, urgent))
        return 0.0

    def learned(self, system: str, bucket: str = "api", *, retry_after: float) -> None:
        raise AssertionError(f"{system} {bucket} asked for {retry_after} s")


@pytest.fixture(scope="module")
def readers(twin: Any) -> dict[str, Any]:
    """Readers of the three vendors."""
    from tools.connectors import marketo, salesforce, sendgrid

    shared: dict[str, Any] = {"subject": KEY, "clock": RealClock(), "quota": NoLimit()}
    oauth = {"client_id": "twin-client", "client_secret": "twin-secret"}
    return {
        "salesforce": salesforce.connect(base_url=f"{twin.url}/salesforce", **oauth, **shared).reader,
        "marketo": marketo.connect(base_url=f"{twin.url}/marketo", **oauth, **shared).reader,
        "sendgrid": sendgrid.connect(base_url=f"{twin.url}/sendgrid", api_key="SG.twin", **shared).reader,
    }


@pytest.fixture
def context(stack: Any, readers: dict[str, Any]) -> ToolContext:
    """What a tool is given, over the twin."""
    given: ToolContext = stack.context(systems=readers, subject=KEY, clock=RealClock())
    return given


@pytest.fixture(scope="module")
def traps(twin: Any) -> dict[str, str]:
    """The subject of each trap's first person, by the trap's name."""
    return {name: KEY(entries[0]["email"]) for name, entries in twin.traps().items()}


@pytest.fixture
def purged(context: ToolContext) -> tuple[dict[str, list[str]], dict[str, set[str]]]:
    """Ops by subject, and veto codes by subject, of a purge over everything."""
    plan = purge_bounces.call(context, {})
    assert isinstance(plan, Plan)
    ops: dict[str, list[str]] = {}
    codes: dict[str, set[str]] = {}
    for row in plan.rows:
        if isinstance(row, Change):
            ops.setdefault(row.subject, []).append(f"{row.system} {row.op}")
        else:
            codes.setdefault(row.subject, set()).add(row.code)
    return ops, codes


def test_every_trap_of_a_purge(purged: Any, traps: dict[str, str]) -> None:
    """Two signals and no veto are purged; each veto suppresses; everybody else is left alone."""
    ops, codes = purged
    for name in ("invalid_by_two_systems", "invalid_by_two_events", "address_in_other_case",
                 "international_domain"):  # fmt: skip
        done = Counter(op for op in ops[traps[name]])
        assert done["clearance create"] == 1, name
        assert {"sendgrid delete", "marketo delete", "salesforce delete"} <= set(done), name
        assert traps[name] not in codes, name
    for kind in VETOES:
        subject = traps[f"bounced_with_{kind}"]
        assert codes[subject] == {kind}
        copied = ["clearance create"] if kind == "consent_evidence" else []
        assert [op for op in ops[subject] if "delete" in op or "create" in op] == copied
        assert "sendgrid suppress" in ops[subject]
    assert codes[traps["opted_out_and_invalid"]] == {"consent_evidence"}
    for name in ("invalid_by_two_close_events", "invalid_by_one_event", "blocked_filed_as_hard_bounce",
                 "mailbox_full", "wrongly_suppressed", "suspended_26_hours_ago", "suspended_2_hours_ago",
                 "complained", "opted_out_only_in_marketo"):  # fmt: skip
        assert traps[name] not in ops, name


def test_the_report_finds_the_wrongly_suppressed(context: ToolContext, twin: Any) -> None:
    """Called invalid two years ago, clicked last week."""
    answer = report_bounces.call(context, {})
    assert isinstance(answer, Answer)
    [someone] = twin.traps()["wrongly_suppressed"]
    assert int(answer.facts["wrongly_suppressed"]) >= 1
    named = [table for table in answer.tables if table.title.startswith("Wrongly suppressed")]
    assert someone["email"] in {row[0] for row in named[0].rows}
    classes = ("invalid", "complaint", "blocked", "full", "technical", "unknown")
    assert sum(int(answer.facts[name]) for name in classes) == answer.facts["addresses"]


@pytest.mark.parametrize(
    ("trap", "mailable"),
    [
        ("suspended_26_hours_ago", "yes"),
        ("suspended_2_hours_ago", "no"),
        ("invalid_by_two_systems", "no"),
        ("opted_out_only_in_sendgrid", "no"),
        ("opted_out_only_in_marketo", "no"),
        ("opted_out_only_in_salesforce", "no"),
        ("duplicate_opposite_consent", "no"),
        ("complained", "no"),
        ("resurrected_opt_out", "no"),
        ("unicode_name", "yes"),
    ],
)
def test_mailable_or_not(context: ToolContext, twin: Any, trap: str, mailable: str) -> None:
    """Both axes over three systems; the most restrictive word wins."""
    answer = lookup_person.call(context, {"email": twin.traps()[trap][0]["email"]})
    assert isinstance(answer, Answer)
    assert answer.facts["mailable"] == mailable
    assert int(answer.facts["systems"]) >= 2


def test_suppressing_reaches_every_record_and_the_unknown(context: ToolContext, twin: Any) -> None:
    """A contact, a lead, a MAP lead and the ESP; an address nobody holds goes to the ESP alone."""
    someone = twin.traps()["duplicate_opposite_consent"][0]["email"]
    plan = suppress_contacts.call(context, {"emails": [someone, "nobody.at.all@nowhere.example"]})
    assert isinstance(plan, Plan)
    rows = [row for row in plan.rows if isinstance(row, Change)]
    assert Counter(row.system for row in rows if row.subject == KEY(someone)) == {
        "sendgrid": 1, "marketo": 1, "salesforce": 1,
    }  # fmt: skip
    assert [row.system for row in rows if row.subject == KEY("nobody.at.all@nowhere.example")] == ["sendgrid"]
    assert not any(isinstance(row, Veto) for row in rows)


def test_a_purge_asks_each_vendor_for_no_more_than_it_needs(context: ToolContext, twin: Any) -> None:
    """Leads are resolved in one call of 300 addresses, contacts in one search."""
    twin.clear_log()
    plan = purge_bounces.call(context, {})
    assert isinstance(plan, Plan)
    assert list(plan.rows)
    asked = Counter((each["system"], each["path"]) for each in twin.log())
    assert asked["marketo", "/rest/v1/leads.json"] == 1
    assert asked["sendgrid", "/v3/marketing/contacts/search/emails"] == 1
