"""What a row really does, whom a card shows, and what it costs: read from rows, not from tools."""
# ruff: noqa: ARG002 (a writer has the port's signature)

import pytest

from bot.engine.effects import effects_of
from bot.engine.pricing import cost, require_writers, reversibility
from bot.engine.sampling import Sampling, address_in, sample, who
from tools.errors import NeedsAttention
from tools.plan import Change, Reversibility


def row(op="update", system="marketo", object="lead", **more):
    """One row."""
    return Change(
        **{"subject": "s", "system": system, "object": object, "record_id": "1", "op": op, "seq": 1, **more}
    )


@pytest.mark.parametrize(
    ("change", "effects"),
    [
        (row("create", record_id=None), {"create"}),
        (row("update", set={"title": "VP"}), {"update"}),
        (row("add_member"), {"update"}),
        (row("delete"), {"delete"}),
        (row("merge"), {"merge"}),
        (row("suppress"), {"consent"}),
        (row("unsuppress"), {"consent", "consent_lowered"}),
        (row("unsuppress", system="sendgrid", object="bounces"), {"update"}),
        (row("update", set={"unsubscribed": True}), {"update", "consent"}),
        (row("update", set={"unsubscribed": False}), {"update", "consent", "consent_lowered"}),
        (row("update", set={"unsubscribed": None}), {"update", "consent", "consent_lowered"}),
        (row("update", set={"unsubscribed": "true"}), {"update", "consent"}),
        (row("update", set={"unsubscribed": "0"}), {"update", "consent", "consent_lowered"}),
        (
            row("update", system="salesforce", object="Contact", set={"HasOptedOutOfEmail": False}),
            {"update", "consent", "consent_lowered"},
        ),
        (row("update", system="hubspot", set={"hs_email_optout": 1}), {"update", "consent"}),
        (row("create", set={"unsubscribed": False}), {"create"}),
        (row("create", set={"unsubscribed": True, "doNotCall": False}), {"create", "consent"}),
        (row("update", system="salesforce", object="User", set={"IsActive": False}), {"update", "access"}),
        (row("delete", system="salesforce", object="PermissionSetAssignment"), {"delete", "access"}),
        (row("delete", system="clearance", object="erasure"), {"delete", "erase"}),
        (row("update", system="sendgrid", object="singlesend", set={"send_at": "now"}), {"update", "send"}),
        (row("create", system="clearance", object="agent", set={"trigger": "daily"}), {"create"}),
    ],
)
def test_effects_are_read_from_the_row(change, effects):
    """Op, object and the fields that are set say what happens."""
    assert effects_of(change) == effects


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (row(backup={"Email": "ann@example.com"}, set={"email": "new@example.com"}), "ann@example.com"),
        (row(set={"note": "write to ann@example.com today", "email": "ann@example.com"}), "ann@example.com"),
        (row(guard={"email": " ann@example.com "}), "ann@example.com"),
        (row(backup={"FirstName": "Ann", "LastName": "Lee"}), "Ann Lee"),
        (row(backup={"first_name": "Ann", "last_name": None}), "Ann"),
        (row(set={"Name": "Ann Lee"}), "Ann Lee"),
        (row(), "1"),
        (row("create", record_id=None), "new lead"),
    ],
)
def test_a_sample_names_the_person_as_well_as_it_can(change, shown):
    """The address, else the name, else the record."""
    assert who(change) == shown


def test_an_address_inside_a_sentence_is_not_the_persons():
    """Only a value that is an address counts as one."""
    assert address_in(row(set={"note": "ask bob@example.com"})) == ""


def test_before_shows_only_what_changes():
    """The backup holds the whole record; the card shows the fields that are set."""
    shown = sample(row(set={"title": "CMO", "new": 1}, backup={"title": "VP", "phone": "1"}))
    assert (shown.before, shown.after) == ({"title": "VP"}, {"title": "CMO", "new": 1})


def test_ten_samples_take_turns_over_all_kinds():
    """A kind with few rows is seen beside one with many."""
    sampling = Sampling()
    for seq in range(1, 60):
        sampling.take(row(seq=seq))
    for seq in range(60, 62):
        sampling.take(row("delete", system="sendgrid", object="contact", seq=seq))
    chosen = sampling.chosen()
    assert [each.seq for each in chosen] == [1, 60, 2, 61, 3, 4, 5, 6, 7, 8]


class Asked:
    """A writer's answers about cost and reversibility."""

    def __init__(self, pace=30.0, limit=100):
        self.pace, self.limit = pace, limit

    def reversibility(self, op, object, now):
        return Reversibility(system="marketo", op=op, how="recreate")

    def cost(self, op, object, total):
        return total

    def daily_limit(self):
        return self.limit

    def calls_per_minute(self):
        return self.pace


def test_cost_and_way_back_are_asked_by_system_and_op():
    """Objects with the same answer give it once; calls add up over a system, those of a look included."""
    kinds = {("marketo", "lead", "delete"): 20, ("marketo", "company", "delete"): 10}
    assert len(reversibility(kinds, {"marketo": Asked()}, now=None)) == 1
    steps = {(*kind, 4): rows for kind, rows in kinds.items()}
    (found,) = cost(steps, {"marketo": Asked()}, {"marketo": 6, "sendgrid": 3})
    assert (found.calls, found.minutes, found.quota_share) == (36, 1.2, 0.36)
    (unknown,) = cost(steps, {"marketo": Asked(pace=0.0, limit=0)}, {})
    assert (unknown.minutes, unknown.quota_share) == (0.0, 0.0)


def test_our_own_records_need_no_vendor():
    """A plan on our own store can always be run; another system needs its writer."""
    require_writers({("clearance", "tombstone", "create"): 1}, {})
    assert cost({("clearance", "tombstone", "create", 0): 1}, {}, {}) == ()
    with pytest.raises(NeedsAttention, match="cannot change"):
        require_writers({("hubspot", "contact", "create"): 1}, {"marketo": Asked()})
