"""One rule of the policy file: when it matches and what it says. The file's shape is checked here."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.engine.verdicts import Allow, Deny, Facts, NeedsApproval, Verdict
from tools.plan import Effect, System
from tools.rules import deliverability
from tools.rules.bounces import SoftRule
from tools.rules.consent import GLOBAL
from tools.rules.consent_groups import Definition, folded

EFFECTS: frozenset[Effect] = frozenset(get_args(Effect))
DataClass = Literal["public", "contact", "consent", "commercial", "personal"]
SATURDAY = 5
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    """`90m`, `24h`, `7d` as a timedelta."""
    found = re.fullmatch(r"(\d{1,4})([mhd])", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write it like 90m, 24h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _hours(value: object) -> object:
    """`22:00-06:00` as two times of day; the second may be on the next day."""
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write it like 22:00-06:00")
    start, end = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    return time(*start), time(*end)


def _several(value: object) -> object:
    """One text stands for a list of one."""
    return [value] if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Hours = Annotated[tuple[time, time], BeforeValidator(_hours)]
Names = Annotated[frozenset[str], BeforeValidator(_several)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Role(_Shape):
    """Who has a role: everyone, a user group of the surface, or people by id."""

    everyone: bool = False
    usergroup: str = ""
    users: tuple[str, ...] = ()

    def held_by(self, user: str, groups: frozenset[str]) -> bool:
        """Whether this person, who is in these user groups, has it."""
        return self.everyone or (self.usergroup != "" and self.usergroup in groups) or user in self.users


class Defaults(_Shape):
    """What holds where a rule says nothing else."""

    expires: Duration = timedelta(hours=24)
    approver: str = "marops"
    people_per_day: int = Field(200, ge=0)
    findings: str = ""  # the channel where findings are shown; the first administrator sees them otherwise


class Reminders(_Shape):
    """When approvers are reminded: after how long, how often, never in the quiet hours of their own zone."""

    after: Duration = timedelta(hours=2)
    every: Duration = timedelta(hours=24)
    quiet: Hours = (time(20), time(8))
    weekends: bool = False

    def fits(self, at: datetime) -> bool:
        """Whether this moment, in somebody's own zone, is one to be reminded at."""
        return not within(self.quiet, at.time()) and (self.weekends or at.weekday() < SATURDAY)


class Mailboxes(_Shape):
    """What bounces have to say before a mailbox counts as gone, and how long other bounces hold mail back."""

    blocked: Duration = timedelta(hours=24)
    full: Duration = timedelta(days=30)
    technical: Duration = timedelta(hours=72)
    apart: Duration = timedelta(days=14)
    systems: int = Field(2, ge=2)
    soft_bounces: int = Field(3, ge=1)
    soft_within: Duration = timedelta(days=30)
    soft_sends: int = Field(2, ge=1)

    def rule(self) -> deliverability.Rule:
        """The same as the rule that judges mailboxes takes it."""
        soft = SoftRule(bounces=self.soft_bounces, within=self.soft_within, sends=self.soft_sends)
        return deliverability.Rule(
            blocked=self.blocked,
            full=self.full,
            technical=self.technical,
            apart=self.apart,
            systems=self.systems,
            soft=soft,
        )


class Channel(_Shape):
    """What a channel may hold: its id and the data classes that everybody in it may read."""

    id: str = Field(min_length=1)
    classes: tuple[DataClass, ...]


class Group(_Shape):
    """A kind of mail people can leave by itself, and what each system calls it.

    In SendGrid that is a suppression group, in HubSpot a subscription type, in Salesforce and Marketo a
    check-box by its API name.
    """

    name: str = Field(min_length=1, max_length=100)
    sendgrid: str = ""
    hubspot: str = ""
    salesforce: str = ""
    marketo: str = ""

    @model_validator(mode="after")
    def known_somewhere(self) -> Self:
        """Refuse a group that no system has, or that is called like all mail."""
        if not self.definition().called:
            raise ValueError("say what at least one of sendgrid, hubspot, salesforce and marketo calls it")
        if folded(self.name) == GLOBAL:
            raise ValueError("“global” means all mail; give the group another name")
        return self

    def definition(self) -> Definition:
        """The same as the rules on groups take it."""
        known = {"sendgrid": self.sendgrid, "hubspot": self.hubspot, "salesforce": self.salesforce,
                 "marketo": self.marketo}  # fmt: skip
        return Definition(self.name, {system: own for system, own in known.items() if own})


class When(_Shape):
    """What must be true for a rule to match; a key that is left out is always true."""

    tools: Names | None = None
    effects: Annotated[frozenset[Effect], BeforeValidator(_several)] | None = None
    systems: Annotated[frozenset[System], BeforeValidator(_several)] | None = None
    people_over: int | None = Field(None, ge=0)
    roles: Names | None = None
    unless_roles: Names = frozenset()
    agent: bool | None = None
    channel: Names | None = None
    hours: Hours | None = None

    def matches(self, facts: Facts, *, every: bool) -> bool:
        """Whether it is so. `every`: all effects and systems must be in the lists, not just one."""
        return (
            _listed(self.effects, facts.effects, every=every)
            and _listed(self.systems, facts.systems, every=every)
            and (self.people_over is None or facts.people > self.people_over)
            and self.fits_call(facts)
        )

    def fits_call(self, facts: Facts) -> bool:
        """Whether what is known before there is a plan is so: tool, roles, agent, channel, hours."""
        return (
            (self.tools is None or facts.tool in self.tools)
            and (self.roles is None or bool(self.roles & facts.roles))
            and not self.unless_roles & facts.roles
            and (self.agent is None or self.agent == facts.agent)
            and (self.channel is None or facts.channel in self.channel)
            and (self.hours is None or within(self.hours, facts.at.time()))
        )

    @property
    def needs_plan(self) -> bool:
        """Whether it asks for something that only a plan's rows tell."""
        return self.effects is not None or self.systems is not None or self.people_over is not None


class Decision(_Shape):
    """What a rule says: exactly one of allow, approve and deny."""

    allow: Literal[True] | None = None
    approve: str | None = Field(None, min_length=1)
    deny: str | None = Field(None, min_length=1)
    quorum: int = Field(1, ge=1, le=10)
    expires: Duration | None = None
    people_per_day: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def one_of_three(self) -> Self:
        """Refuse a verdict that says nothing, or two things."""
        if sum(each is not None for each in (self.allow, self.approve, self.deny)) != 1:
            raise ValueError("write exactly one of allow, approve and deny")
        return self


class Rule(_Shape):
    """One clause: its id, a sentence, when it matches and what it says then."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    text: str = ""
    when: When
    verdict: Decision

    def matches(self, facts: Facts) -> bool:
        """Whether it has a say on these facts."""
        return self.when.matches(facts, every=self.verdict.allow is True)

    def says(self, defaults: Defaults) -> Verdict:
        """Its verdict."""
        said, sentence = self.verdict, self.sentence
        if said.deny is not None:
            return Deny(clause=self.id, text=said.deny)
        if said.approve is not None:
            expires = said.expires or defaults.expires
            return NeedsApproval(
                group=said.approve, quorum=said.quorum, clause=self.id, text=sentence, expires=expires
            )
        budget = defaults.people_per_day if said.people_per_day is None else said.people_per_day
        return Allow(clause=self.id, text=sentence, people_per_day=budget)

    @property
    def sentence(self) -> str:
        """The clause in words."""
        return self.text or self.verdict.deny or f"Rule {self.id}: {self.outcome}."

    @property
    def outcome(self) -> str:
        """What it says, in a few words."""
        if self.verdict.deny is not None:
            return "refused"
        if self.verdict.approve is not None:
            many = "approval" if self.verdict.quorum == 1 else "approvals"
            return f"{self.verdict.quorum} {many} of {self.verdict.approve}"
        return "allowed"

    @property
    def strictness(self) -> tuple[int, int]:
        """Deny above the larger quorum above one approval above allow."""
        if self.verdict.deny is not None:
            return 2, 0
        return (1, self.verdict.quorum) if self.verdict.approve is not None else (0, 0)


class Read(_Shape):
    """Which classes of data a role may read."""

    role: str
    classes: frozenset[DataClass]


def _listed(wanted: frozenset[str] | None, found: frozenset[str], *, every: bool) -> bool:
    if wanted is None:
        return True
    return bool(found) and found <= wanted if every else bool(wanted & found)


def within(hours: tuple[time, time], now: time) -> bool:
    """Whether a time of day lies in these hours, which may pass midnight."""
    start, end = hours
    return start <= now < end if start <= end else now >= start or now < end
