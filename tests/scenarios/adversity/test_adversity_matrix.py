"""Every tool that changes consent or clean data, against what may befall its run at a vendor.

One row of the plan is struck, in Salesforce unless the tool's work is elsewhere. Whatever happens: nothing is
changed that the plan did not say, each row at most once, and the landing names what is not so and why.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Case:
    """A tool, how it is asked, where it is struck, and the vendor's request that carries its rows."""

    tool: str
    args: Callable[[Any], dict[str, Any]]
    op: str
    request: str
    system: str = "salesforce"
    systems: tuple[str, ...] = ("salesforce", "sendgrid")
    singly: bool = False  # whether each row is a request of its own

    @property
    def name(self) -> str:
        """How the case is called."""
        return self.tool if self.system == "salesforce" else f"{self.tool} at {self.system}"


def three(desk: Any) -> list[str]:
    """Three people with a contact each."""
    return [desk.trap(name)["email"] for name in ("unicode_name", "mailbox_full", "plus_alias")]


def opted_out(desk: Any) -> list[str]:
    """Three people who have opted out at the CRM and nowhere else."""
    for address in three(desk):
        [person] = desk.people("salesforce", address)
        desk.write("salesforce", object="Contact", record_id=person.record_id, op="update",
                   set={"HasOptedOutOfEmail": True})  # fmt: skip
    desk.clock.sleep(86_400.0 * 2)  # their own act comes later
    return three(desk)


def spelled_otherwise(desk: Any) -> dict[str, Any]:
    """Three contacts whose country is written in words of their own."""
    for address, country in zip(three(desk), ("deutschland", "Deutschland ", "GERMANY"), strict=True):
        [person] = desk.people("salesforce", address)
        desk.write("salesforce", object="Contact", record_id=person.record_id, op="update",
                   set={"MailingCountry": country})  # fmt: skip
    return {"fields": ["country"], "object": "contact"}


def doubled(desk: Any) -> dict[str, Any]:
    """Three contacts twice."""
    for address in three(desk):
        desk.write("salesforce", object="Contact", record_id=None, op="create",
                   set={"Email": address, "LastName": "Again", "Title": "Twin"})  # fmt: skip
    return {"object": "contact"}


PATCH, DELETE, SOAP = "PATCH .*composite/sobjects", "DELETE .*composite/sobjects", "POST .*/services/Soap"
CASES = {
    each.name: each
    for each in (
        Case("suppress_contacts", lambda desk: {"emails": three(desk)}, "suppress", PATCH),
        Case("sync_suppressions", lambda _: {"systems": ["salesforce", "sendgrid"]}, "suppress", PATCH),
        Case("purge_bounces", lambda _: {}, "delete", DELETE),
        Case("restore_contacts", lambda desk: {
            "emails": opted_out(desk), "evidence": "filled in the preference form today"},
             "unsuppress", PATCH),
        Case("erase_person", lambda desk: {
            "email": three(desk)[0], "request_reference": "DSR-41"}, "delete", DELETE),
        Case("merge_duplicates", doubled, "merge", SOAP),
        Case("normalize_fields", spelled_otherwise, "update", PATCH),
        Case("update_records", lambda desk: {
            "emails": three(desk), "values": [{"field": "title", "value": "CMO"}]}, "update", PATCH),
        Case("recover_suppressed", lambda _: {}, "update", "POST .*/leads.json", "marketo",
             ("marketo", "sendgrid")),
        Case("suppress_contacts", lambda desk: {"emails": three(desk)}, "suppress", "POST .*/unsubscribe-all",
             "hubspot", ("hubspot", "sendgrid"), singly=True),
        Case("update_records", lambda desk: {
            "emails": three(desk), "values": [{"field": "title", "value": "CMO"}]},
             "update", "POST .*contacts/batch/update", "hubspot", ("hubspot",)),
        Case("erase_person", lambda desk: {
            "email": three(desk)[0], "request_reference": "DSR-41"}, "delete", "POST .*gdpr-delete",
             "hubspot", ("hubspot", "sendgrid"), singly=True),
    )
}  # fmt: skip
CRM = sorted(each.name for each in CASES.values() if each.system == "salesforce")
EVERY = sorted(CASES)


@dataclass(frozen=True)
class Scene:
    """A cleared plan, not run yet, and the row that is going to be struck: the first of its request."""

    desk: Any
    case: Case
    card: Any
    rows: list[Any]
    target: Any

    @classmethod
    def of(cls, desk: Any, case: Case) -> "Scene":
        reply = desk.call(case.tool, **case.args(desk))
        card = getattr(reply, "card", None)
        assert card is not None, reply
        rows = desk.rows(card)
        struck = [row for row in rows if row.system == case.system and row.op == case.op]
        assert struck, rows
        desk.clear(card)
        desk.twin.clear_log()
        return cls(desk, case, card, rows, min(struck, key=lambda row: (row.stage, row.object, row.seq)))

    def run(self) -> Any:
        """Drive it to its end; the card then."""
        self.desk.drive()
        return self.desk.card(self.card)

    def state(self) -> tuple[str, str]:
        """What became of the struck row, and the words."""
        found: tuple[str, str] = self.desk.states(self.card)[self.target.seq]
        return found

    def mates(self) -> list[Any]:
        """Rows of other people, our own records left out."""
        return [row for row in self.rows if row.subject and row.subject != self.target.subject]

    def residue(self) -> list[Any]:
        """What the landing names."""
        return list(self.desk.card(self.card).run.landing.residue)

    def record(self) -> dict[str, Any]:
        """The struck record at the vendor; empty when it is gone."""
        found = self.desk.readers[self.case.system].current(
            self.target.object, [self.target.record_id], frozenset()
        )
        return dict(found[self.target.record_id] or {})

    def others_landed(self) -> None:
        """Everybody else got what the plan says."""
        states = self.desk.states(self.card)
        named = {each.seq for each in self.residue()}
        assert all(states[row.seq][0] in {"applied", "skipped"} for row in self.mates()), states
        assert not named & {row.seq for row in self.mates()}

    def requests(self) -> int:
        """Requests of this kind that the vendor took, whether or not its answer was heard."""
        log = self.desk.twin.log(self.case.system)
        lines = [each for each in log if re.search(self.case.request, f"{each['method']} {each['path']}")]
        taken = {"", "drop_reply"}  # of faults
        return len([each for each in lines if each["fault"] in taken and each["status"] < 300])

    def least(self) -> int:
        """The fewest requests of this kind that the plan's rows need."""
        mine = [row for row in self.rows if row.system == self.case.system and row.op == self.case.op]
        return len(mine) if self.case.singly else len({(row.stage, row.object) for row in mine})


@pytest.fixture
def scene(open_desk: Callable[..., Any]) -> Callable[[str], Scene]:
    """`scene(tool)`: its plan, cleared and about to run."""
    return lambda tool: Scene.of(open_desk(*CASES[tool].systems), CASES[tool])


def other_value(guard: dict[str, Any]) -> tuple[str, Any]:
    """A field of the guard that somebody else writes: the address if the decision rested on it."""
    for name in ("Email", "email"):
        if name in guard:
            return name, "moved.away@elsewhere.example"
    name, value = next(iter(guard.items()))
    return name, (not value) if isinstance(value, bool) else "changed by the sync"


@pytest.mark.parametrize("tool", EVERY)
def test_a_row_changed_by_a_sync_meanwhile_is_left_alone(tool: str, scene: Callable[[str], Scene]) -> None:
    """What the decision rested on has moved: drifted, named, not overwritten; the others land."""
    struck = scene(tool)
    name, moved = other_value(struck.target.guard)
    struck.desk.write(struck.case.system, object=struck.target.object, record_id=struck.target.record_id,
                      op="update", set={name: moved})  # fmt: skip
    before = struck.record()
    struck.run()
    state, words = struck.state()
    assert (state in {"drifted", "skipped"}, struck.record().get(name)) == (True, moved), words
    assert {n: v for n, v in struck.record().items() if n in struck.target.set} == {
        n: v for n, v in before.items() if n in struck.target.set
    }
    assert struck.target.record_id in {each.record_id for each in struck.residue()}
    assert all(each.why and each.what_to_do for each in struck.residue())
    struck.others_landed()


@pytest.mark.parametrize("tool", CRM)
def test_a_locked_record_fails_alone_and_is_named(
    tool: str, scene: Callable[[str], Scene], small_twin: Any
) -> None:
    """UNABLE_TO_LOCK_ROW is said with what to do; the same people's later steps are not taken."""
    struck = scene(tool)
    small_twin.settings(salesforce_locked_records=[struck.target.record_id])
    struck.run()
    assert struck.desk.card(struck.card).header.state == "landed_with_residue"
    [said, *_] = [each for each in struck.residue() if each.record_id == struck.target.record_id]
    assert said.what_to_do
    assert "UNABLE_TO_LOCK_ROW" in said.why
    assert not [each for each in struck.residue() if each.state == "applied"]
    struck.others_landed()


@pytest.mark.parametrize("tool", EVERY)
def test_what_the_vendor_accepts_and_does_not_do_is_named_by_the_landing(
    tool: str, scene: Callable[[str], Scene], small_twin: Any
) -> None:
    """Taken with a 200 and nothing done: the landing says one less landed, and which."""
    struck = scene(tool)
    small_twin.fault(system=struck.case.system, match=struck.case.request, kind="drop_row", rows=[0])
    card = struck.run()
    assert card.header.state == "landed_with_residue"
    [missing] = struck.residue()
    assert (missing.record_id, missing.state) == (struck.target.record_id, "applied")
    landing = card.run.landing
    planned = landing.planned[struck.case.system][struck.case.op]
    assert landing.landed[struck.case.system][struck.case.op] == planned - 1
    struck.others_landed()


@pytest.mark.parametrize("tool", EVERY)
def test_an_answer_that_is_lost_is_read_back_and_not_sent_again(
    tool: str, scene: Callable[[str], Scene], small_twin: Any
) -> None:
    """The vendor did it and nobody heard: every row once."""
    struck = scene(tool)
    small_twin.fault(system=struck.case.system, match=struck.case.request, kind="drop_reply")
    card = struck.run()
    assert card.header.state == "landed", card.run.landing.residue
    assert struck.requests() == struck.least()


@pytest.mark.parametrize("tool", EVERY)
def test_a_revoked_token_stops_the_run_until_somebody_puts_it_right(
    tool: str, scene: Callable[[str], Scene], small_twin: Any
) -> None:
    """Asked for a person by name of the system, nothing lost; resumed, it lands."""
    struck = scene(tool)
    kind = "602" if struck.case.system == "marketo" else "401"
    small_twin.fault(system=struck.case.system, match=struck.case.request, kind=kind, times=99)
    card = struck.run()
    assert card.run.state == "needs_attention"
    assert struck.case.system in card.run.attention.casefold()
    assert struck.requests() == 0
    small_twin.clear_faults()
    struck.desk.resume(struck.card)
    assert struck.desk.card(struck.card).header.state == "landed"


@pytest.mark.parametrize("tool", CRM)
def test_a_days_allowance_that_ends_parks_the_run_and_says_until_when(
    tool: str, scene: Callable[[str], Scene], small_twin: Any
) -> None:
    """The run waits for the allowance, goes on by itself, and sends each row once."""
    struck = scene(tool)
    used = struck.desk.readers["salesforce"].health().calls_used
    small_twin.settings(salesforce_daily_calls=used + 2)
    rest = struck.desk.step()
    run = struck.desk.card(struck.card).run
    assert (run.state, rest.parked) == ("parked", True)
    assert run.parked_until > struck.desk.clock.now()
    small_twin.settings(salesforce_daily_calls=145_000)
    struck.desk.clock.sleep(rest.seconds)
    card = struck.run()
    assert card.header.state == "landed", card.run.landing.residue
    assert struck.requests() == struck.least()


@pytest.mark.parametrize("tool", CRM)
def test_a_field_hidden_since_the_plan_fails_in_words(
    tool: str, scene: Callable[[str], Scene], small_twin: Any
) -> None:
    """Field-level security took the field away: nothing pretends to have landed, and the field is named."""
    struck = scene(tool)
    written = [name for name in struck.target.set if name != "recordToMergeIds"]
    name = (written or ["Email"])[0]
    small_twin.settings(salesforce_hidden_fields=[f"{struck.target.object}.{name}"])
    card = struck.run()
    assert card.run.state in {"residue", "needs_attention"}
    words = card.run.attention or " ".join(f"{each.why} {each.what_to_do}" for each in struck.residue())
    assert "unexpected" not in words
    assert name in words


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("tool", ["merge_duplicates", "erase_person"])
def test_a_worker_killed_around_the_request_is_followed_by_another(
    tool: str, scene: Callable[[str], Scene], *, before: bool
) -> None:
    """What the dead one left in doubt is read back by the next: done once, landed."""
    from bot.store import workers

    struck = scene(tool)
    desk = struck.desk
    whole = desk.writers["salesforce"]
    desk.writers["salesforce"] = Dying(whole, struck.case.op, before=before)
    desk.worker = desk.new_worker()
    with pytest.raises(Killed):
        desk.worker.run(desk.queue[0])
    with desk.store.begin() as connection:
        workers.leave(connection, desk.worker.worker_id)
    desk.writers["salesforce"] = whole
    desk.worker = desk.new_worker()
    card = struck.run()
    assert card.header.state == "landed", card.run.landing.residue
    assert struck.requests() == struck.least()


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


class Dying:
    """A writer whose process ends around its first request of one op."""

    def __init__(self, whole: Any, op: str, *, before: bool) -> None:
        self.whole, self.op, self.before = whole, op, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    def apply(self, changes: Any) -> Any:
        """End before or after the vendor has taken it."""
        if changes[0].op != self.op:
            return self.whole.apply(changes)
        if not self.before:
            self.whole.apply(changes)
        raise Killed
