"""A purge over the twin taken back by its undo: what differs afterwards is what was named."""

import pytest

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_after_a_purge_and_its_undo_only_what_was_named_differs(drive, some_rows, cleared, judge):
    """Salesforce is as it was; Marketo and SendGrid hold new records of the same people.

    But for whoever had opted out in one system alone: their own word stands, so the others stay stopped.
    """
    made, seen = cleared(some_rows), judge(some_rows)
    drive(made)
    assert seen.run(made).state == "landed"
    plan, rows, vetoes = drive.undo(made)
    assert {(each.code, each.system) for each in vetoes} <= {("own_opt_out", "salesforce")}
    stay = {each.record_id: {"HasOptedOutOfEmail": True} for each in vetoes}
    assert "Not identical" in plan.summary
    back = cleared(rows, undo_of=made.run_id)
    drive(back)
    assert seen.run(back).state == "landed"
    after = seen.twin.state(stamps=False)
    before = seen.before
    for kind in ("Contact", "Lead"):
        was = {key: {**each, **stay.get(key, {})} for key, each in before["salesforce"][kind].items()}
        assert after["salesforce"][kind] == was
    assert after["sendgrid"]["unsubscribes"] == before["sendgrid"]["unsubscribes"]
    assert _mailable(after["sendgrid"]["contact"]) == _mailable(before["sendgrid"]["contact"])
    assert _mailable(after["marketo"]["lead"]) == _mailable(before["marketo"]["lead"])


def _mailable(records):
    """What counts of a re-created record: whose it is and whether they may be mailed."""
    return {each["email"]: each.get("unsubscribed") for each in records.values()}
