"""What vendors do wrong, done to the real connectors in this process: every row once, or named."""

import pytest

pytestmark = pytest.mark.chaos


WRITES = {
    "sendgrid": ("suppressions/global$", "^DELETE"),
    "marketo": ("leads.json", "delete.json"),
    "salesforce": ("^PATCH", "^DELETE"),
}
PATIENCE = 3.0  # seconds that an answer is waited for, more than a busy machine takes for one
SILENT = {"kind": "timeout", "seconds": PATIENCE + 1}
# six faults on the six kinds of write; turned by two, every vendor meets others
FAULTS = (
    {"kind": "429", "times": 2},
    {"kind": "drop_reply"},
    {"kind": "500"},
    {**SILENT, "when": "before"},
    {"kind": "401"},
    {**SILENT, "when": "after"},
)


@pytest.mark.parametrize("turn", [0, 2, 4])
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_failing_writes_are_settled_and_every_row_is_changed_once(drive, some_rows, cleared, judge, turn):
    """Refused, busy, broken, silent before or after: read back or sent again, and all rows land."""
    made, seen = cleared(some_rows), judge(some_rows)
    places = [(system, match) for system, both in WRITES.items() for match in both]
    faults = FAULTS[turn:] + FAULTS[:turn]
    for (system, match), fault in zip(places, faults, strict=True):
        seen.twin.fault(system=system, match=match, **fault)
    drive(made, timeout=PATIENCE)
    if seen.run(made).state == "needs_attention":  # SendGrid's key cannot be renewed by itself
        assert seen.run(made).attention.startswith("SendGrid does not let us in")
        seen.resume(made)
        drive(made, timeout=PATIENCE)
    assert all(fault["struck"] for fault in seen.twin.faults())
    assert seen.run(made).state == "landed"
    order = [
        fault["when"]
        for (_, fault) in sorted(zip(places, faults, strict=True), key=_stage)
        if "when" in fault
    ]
    assert seen.sent(order) == seen.planned()
    assert seen.gone()


def _stage(placed):
    """When in the run that write comes: all suppressions before all deletions."""
    (system, match), _ = placed
    return WRITES[system].index(match), list(WRITES).index(system)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_row_silently_dropped_is_the_one_the_landing_names(drive, some_rows, cleared, judge):
    """Marketo says deleted and does not: all but one have landed, and the report has its id."""
    made, seen = cleared(some_rows), judge(some_rows)
    seen.twin.fault(system="marketo", match="delete.json", kind="drop_row", rows=[3])
    drive(made)
    landing = seen.run(made).landing
    deleted = [row for row in some_rows if row.system == "marketo" and row.op == "delete"]
    assert seen.run(made).state == "residue"
    assert landing["residue_count"] == 1
    assert landing["landed"]["marketo"]["delete"] == len(deleted) - 1
    left = seen.twin.state("marketo")["marketo"]["lead"]
    assert landing["residue"][0]["record_id"] in left


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_row_refused_within_a_batch_fails_alone_and_is_not_deleted_later(drive, some_rows, cleared, judge):
    """Suppression failed for one person: they are left alone in the later stages, everybody else goes."""
    made, seen = cleared(some_rows), judge(some_rows)
    seen.twin.fault(system="marketo", match="leads.json", kind="partial", rows=[0])
    drive(made)
    states = seen.journal(made)
    assert states["failed"] == 1
    assert states["skipped"] >= 1
    assert states["applied"] == len(some_rows) - states["failed"] - states["skipped"]
    failed = next(each for each in seen.run(made).landing["residue"] if each["state"] == "failed")
    assert failed["record_id"] in seen.twin.state("marketo")["marketo"]["lead"]
