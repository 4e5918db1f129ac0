"""The policy file: which rule wins, what is denied by default, and how a broken file is named."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.engine.policy import SHIPPED, Policy
from bot.engine.verdicts import Allow, Deny, Facts, NeedsApproval, facts_of, verdict_json
from tools.errors import InvalidArguments

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAROPS = frozenset({"marketer", "marops"})
MARKETER = frozenset({"marketer"})


@pytest.fixture
def with_rules(tmp_path):
    """`with_rules(toml)`: the shipped policy with these rules over it."""

    def load(toml):
        file = tmp_path / "clearance.toml"
        file.write_text(toml, encoding="utf-8")
        return Policy.load(file)

    return load


def facts(*effects, **more):
    """Facts of a plan that does these things, asked by somebody of MarOps unless said otherwise."""
    given = {"tool": "t", "roles": MAROPS, "at": NOON, "people": 1, "systems": frozenset({"marketo"})}
    return Facts(**{**given, **more}, effects=frozenset(effects))


@pytest.mark.parametrize(
    ("judged", "clause", "quorum"),
    [
        (facts("create"), "create-by-marops", 0),
        (facts("create", roles=MARKETER), "create-by-others", 1),
        (facts("update"), "update", 1),
        (facts("delete"), "delete", 1),
        (facts("merge"), "merge", 1),
        (facts("consent"), "consent-change", 1),
        (facts("consent", "consent_lowered"), "consent-lowered", 2),
        (facts("update", "access"), "access-change", 2),
        (facts("delete", "erase"), "erasure", 2),
        (facts("update", "send"), "send", 2),
        (facts("create", people=200), "create-by-marops", 0),
        (facts("create", people=201), "people-over-200", 1),
        (facts("update", people=1000), "people-over-200", 1),
        (facts("update", people=1001), "people-over-1000", 2),
        (facts("create", agent=True), "agents-propose", 1),
        (facts("create", tainted=True), "untrusted-text", 1),
    ],
)
def test_the_shipped_policy_asks_for_what_it_promises(judged, clause, quorum):
    """Each kind of change meets the clause and the number of votes the handbook names."""
    verdict = Policy.load().judge(judged)
    assert verdict.clause == clause
    assert getattr(verdict, "quorum", 0) == quorum
    if quorum:
        assert (verdict.group, verdict.expires) == ("marops", timedelta(hours=24))


def test_without_a_role_everything_is_denied():
    """Guests and strangers are denied before any rule is looked at."""
    policy = Policy.load()
    assert policy.judge(facts("create", roles=frozenset())).clause == "no-role"
    assert policy.refuses(facts(roles=frozenset())).clause == "no-role"
    assert policy.refuses(facts()) is None


def test_what_no_rule_covers_is_denied(tmp_path):
    """An effect without a rule is denied, even beside one that a rule allows or asks a vote for."""
    policy = Policy.load()
    assert policy.judge(facts()).clause == "no-rule"
    bare = Policy(policy._file.model_copy(update={"rule": policy._file.rule[-1:]}))
    assert isinstance(bare.judge(facts("create")), Allow)
    assert bare.judge(facts("create", "update")) == Deny(
        clause="no-rule", text="No rule of the policy covers this, and what is not covered is not done."
    )


def test_deny_is_stricter_than_any_number_of_votes(with_rules):
    """A denial wins over every approval, wherever it stands in the file."""
    policy = with_rules("""
        [[rule]]
        id = "no-deletes-in-marketo"
        when = { effects = "delete", systems = "marketo" }
        verdict = { deny = "Marketo keeps its people." }
    """)
    verdict = policy.judge(facts("delete", people=5000))
    assert verdict == Deny(clause="no-deletes-in-marketo", text="Marketo keeps its people.")
    elsewhere = facts("delete", people=5000, systems=frozenset({"salesforce"}))
    assert policy.judge(elsewhere).clause == "people-over-1000"


def test_the_larger_quorum_wins_over_the_smaller():
    """A plan that two rules ask votes for needs the larger number."""
    assert Policy.load().judge(facts("delete", "consent_lowered", people=300)).quorum == 2


def test_an_allow_rule_needs_every_effect_and_system_in_its_lists(with_rules):
    """Creating in one system is no permission for creating in another as well."""
    policy = with_rules("""
        [[rule]]
        id = "create-by-marops"
        when = { effects = ["create"], systems = ["marketo"], roles = ["marops"] }
        verdict = { allow = true }
    """)
    assert isinstance(policy.judge(facts("create")), Allow)
    both = facts("create", systems=frozenset({"marketo", "salesforce"}))
    assert policy.judge(both).clause == "no-rule"


@pytest.mark.parametrize("effect", ["delete", "merge", "access", "erase", "send", "consent_lowered"])
def test_no_file_can_make_these_automatic(effect):
    """An allow rule over a never-automatic effect still ends in a vote."""
    shipped = Policy.load()._file
    rule = shipped.rule[-1].model_validate(
        {"id": "anything", "when": {"effects": [effect]}, "verdict": {"allow": True}}
    )
    verdict = Policy(shipped.model_copy(update={"rule": (rule,)})).judge(facts(effect))
    assert isinstance(verdict, NeedsApproval)
    assert verdict.clause == "never-automatic"
    assert "without a vote" in verdict.text


def test_an_installation_overrides_by_rule_and_adds_its_own(with_rules):
    """A rule of the same id is replaced where it stands; defaults and roles are merged by key."""
    policy = with_rules("""
        version = 7
        [roles]
        legal = { users = ["U_LEE"] }
        [defaults]
        expires = "60m"
        [[rule]]
        id = "delete"
        when = { effects = ["delete"] }
        verdict = { approve = "legal", quorum = 3, expires = "2d" }
        [[read]]
        role = "marketer"
        classes = ["public"]
    """)
    shipped = Policy.load()
    assert [clause.id for clause in policy.clauses()] == [clause.id for clause in shipped.clauses()]
    verdict = policy.judge(facts("delete"))
    assert (verdict.group, verdict.quorum, verdict.expires) == ("legal", 3, timedelta(days=2))
    assert policy.judge(facts("update")).expires == timedelta(minutes=60)
    assert (policy.version, policy.approver, policy.expires) == (7, "marops", timedelta(hours=1))
    assert policy.roles_for("U_LEE") == {"marketer", "legal"}
    assert policy.readable(MARKETER) == {"public"}


def test_roles_come_from_everyone_groups_and_lists():
    """A person has every role that matches."""
    policy = Policy.load()
    assert policy.roles_for("U_ANA") == {"marketer"}
    assert policy.roles_for("U_MAX", groups=frozenset({"marops"})) == {"marketer", "marops"}
    assert policy.roles_for("U_IVY", groups=frozenset({"marops"})) == {"marketer", "marops", "admin"}
    assert policy.installer == "U_IVY"


def test_without_an_administrator_the_installation_owns_what_is_allowed(with_rules):
    """Standing clearances have an owner in any case."""
    assert with_rules("[roles]\nadmin = { users = [] }").installer == "installation"


def test_read_rights_add_up_over_roles():
    """Money is for MarOps; without a role nothing may be read."""
    policy = Policy.load()
    assert "commercial" not in policy.readable(MARKETER)
    assert "commercial" in policy.readable(MAROPS)
    assert policy.readable(frozenset()) == frozenset()


def test_every_clause_has_a_sentence_and_an_outcome():
    """The policy can be shown to people."""
    clauses = Policy.load().clauses()
    assert len({clause.id for clause in clauses}) == len(clauses)
    assert all(clause.text.endswith(".") for clause in clauses)
    assert {clause.verdict for clause in clauses} == {
        "allowed",
        "1 approval of marops",
        "2 approvals of marops",
    }


def test_a_rule_without_a_sentence_gets_one(with_rules):
    """What an installation leaves out is put into words."""
    policy = with_rules("""
        [[rule]]
        id = "mine"
        when = { tools = ["x"] }
        verdict = { approve = "admin", quorum = 2 }
        [[rule]]
        id = "never"
        when = { tools = ["y"] }
        verdict = { deny = "Not here." }
    """)
    texts = {clause.id: (clause.text, clause.verdict) for clause in policy.clauses()}
    assert texts["mine"] == ("Rule mine: 2 approvals of admin.", "2 approvals of admin")
    assert texts["never"] == ("Not here.", "refused")


@pytest.mark.parametrize(
    ("when", "at", "matches"),
    [
        ('hours = "09:00-17:00"', NOON, True),
        ('hours = "13:00-17:00"', NOON, False),
        ('hours = "22:00-06:00"', NOON.replace(hour=23), True),
        ('hours = "22:00-06:00"', NOON.replace(hour=5), True),
        ('hours = "22:00-06:00"', NOON, False),
        ('channel = "C1"', NOON, True),
        ('channel = ["C2"]', NOON, False),
        ('tools = ["t"]', NOON, True),
        ('tools = ["other"]', NOON, False),
        ('roles = ["admin"]', NOON, False),
        ('unless_roles = ["marops"]', NOON, False),
        ("agent = true", NOON, False),
        ("agent = false", NOON, True),
    ],
)
def test_a_freeze_matches_on_what_is_known_of_the_call(with_rules, when, at, matches):
    """Tool, role, channel, hour and agent can stop a call before the tool runs."""
    policy = with_rules(f'[[rule]]\nid = "freeze"\nwhen = {{ {when} }}\nverdict = {{ deny = "No." }}')
    refusal = policy.refuses(facts(at=at, channel="C1"))
    assert (refusal is not None) is matches


def test_a_denial_by_effect_waits_for_the_rows(with_rules):
    """Before the rows are known, a rule on effects cannot refuse a call."""
    policy = with_rules('[[rule]]\nid = "x"\nwhen = { effects = "merge" }\nverdict = { deny = "No." }')
    assert policy.refuses(facts()) is None
    assert policy.judge(facts("merge")).clause == "x"


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("version = ", "clearance.toml"),
        ("colour = 1", "key colour"),
        ('[defaults]\nexpires = "soon"', "key defaults.expires"),
        ("roles = 3", "key roles"),
        (
            '[[rule]]\nid = "x"\nwhen = { effect = ["delete"] }\nverdict = { allow = true }',
            "'x', key when.effect",
        ),
        (
            '[[rule]]\nid = "x"\nwhen = { effects = ["explode"] }\nverdict = { allow = true }',
            "key when.effects",
        ),
        ('[[rule]]\nid = "x"\nwhen = { hours = "noon" }\nverdict = { allow = true }', "key when.hours"),
        ('[[rule]]\nid = "x"\nwhen = {}\nverdict = {}', "'x', key verdict"),
        ('[[rule]]\nid = "x"\nwhen = {}\nverdict = { allow = true, deny = "no" }', "exactly one"),
        ('[[rule]]\nid = "x"\nwhen = {}\nverdict = { approve = "marops", quorum = 0 }', "verdict.quorum"),
        ('[[rule]]\nid = "x"\nwhen = {}\nverdict = { approve = "wizards" }', "'wizards'"),
        ('[[rule]]\nid = "x"\nwhen = { roles = ["elf"] }\nverdict = { allow = true }', "'elf'"),
        ("[[rule]]\nwhen = {}\nverdict = { allow = true }", "rule 'without an id', key id"),
        ('rule = ["x"]', "rule"),
        ('[[read]]\nrole = "marops"\nclasses = ["secret"]', "read 'marops', key classes"),
    ],
)
def test_a_broken_file_is_named_with_rule_and_key(with_rules, toml, named):
    """Whoever wrote it finds the place: the file, the rule and the key."""
    with pytest.raises(InvalidArguments) as broken:
        with_rules(toml)
    assert "clearance.toml" in broken.value.on
    assert named in broken.value.on


def test_a_missing_file_is_named(tmp_path):
    """A path that leads nowhere is a mistake, not an empty policy."""
    with pytest.raises(InvalidArguments, match="no such policy file"):
        Policy.load(tmp_path / "gone.toml")
    assert Policy.load(SHIPPED).clauses() == Policy.load().clauses()


def test_facts_survive_being_kept():
    """The facts kept beside a verdict are the facts another policy can judge later."""
    given = facts("create", "delete", people=7, agent=True, channel="C1", tainted=True)
    verdict = Policy.load().judge(given)
    kept = verdict_json(verdict, given)
    assert facts_of(kept["facts"]) == given
    assert (kept["kind"], kept["clause"], kept["group"]) == ("needs_approval", verdict.clause, "marops")
    assert verdict_json(Deny(clause="a", text="b"), given)["kind"] == "deny"


def test_a_group_goes_by_one_name_in_all_systems(with_rules):
    """What a definition calls it there, case and blanks aside; without one a group keeps its own name."""
    groups = with_rules(
        '[[consent_group]]\nname = "Newsletter"\nsendgrid = "Monthly news"\nmarketo = "newsletterOptOut"'
    ).groups
    assert groups.shared("sendgrid", "monthly  NEWS") == "Newsletter"
    assert groups.shared("hubspot", "newsletter") == "Newsletter"
    assert groups.shared("hubspot", "Product Updates") == "Product Updates"
    assert groups.shared("sendgrid", "Newsletter") == "Newsletter (sendgrid)"  # another one of that name
    assert groups.fields("marketo") == {"newsletterOptOut": "Newsletter"}
    assert Policy.load().groups.defined == ()


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('[[consent_group]]\nname = "News"', "consent_group 'News'"),
        ('[[consent_group]]\nname = "Global"\nhubspot = "X"', "means all mail"),
        ('[[consent_group]]\nname = "News"\nmailchimp = "X"', "mailchimp"),
        (
            '[[consent_group]]\nname = "A"\nhubspot = "X"\n[[consent_group]]\nname = "B"\nhubspot = "x "',
            "both claim",
        ),
    ],
)
def test_a_definition_that_says_nothing_or_two_things_is_refused(with_rules, toml, words):
    """The file, the group and the fault are named before anything starts."""
    with pytest.raises(InvalidArguments) as caught:
        with_rules(toml)
    assert words in caught.value.sentence()
