"""The policy: a TOML file of rules over what a plan's rows do. Deny by default; the strictest rule wins."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.engine.rules import EFFECTS, Channel, Defaults, Group, Mailboxes, Read, Reminders, Role, Rule
from bot.engine.verdicts import Allow, Deny, Facts, NeedsApproval, Verdict
from tools.errors import InvalidArguments
from tools.plan import Effect
from tools.ports import ClauseView
from tools.rules import deliverability
from tools.rules.consent_groups import GroupNames, folded

SHIPPED = Path(__file__).parents[1] / "policy.toml"
# these never run on a standing clearance, whatever a file or an agent's autonomy says
NEVER_AUTOMATIC: frozenset[Effect] = frozenset(
    {"delete", "merge", "access", "erase", "send", "consent_lowered"}
)
UNLISTED = frozenset({"public", "contact"})  # what a channel may hold that the file does not name
NO_ROLE = Deny(
    clause="no-role",
    text="Guests, bots and people I do not know have no role here, so I do nothing for them.",
)
NO_RULE = Deny(
    clause="no-rule", text="No rule of the policy covers this, and what is not covered is not done."
)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1)
    roles: Mapping[str, Role] = {}
    defaults: Defaults = Defaults()
    rule: tuple[Rule, ...] = ()
    read: tuple[Read, ...] = ()
    reminders: Reminders = Reminders()
    mailboxes: Mailboxes = Mailboxes()
    channel: tuple[Channel, ...] = ()
    consent_group: tuple[Group, ...] = ()


class Policy:
    """The rules in force. Implements `tools.ports.PolicyView`."""

    def __init__(self, file: _File) -> None:
        self._file = file

    @classmethod
    def load(cls, *paths: Path) -> "Policy":
        """The shipped policy with these files over it, rule by rule; later files win.

        Raises `InvalidArguments` naming file, rule and key when one cannot be understood.
        """
        merged = _read(SHIPPED)
        file = _checked(merged, SHIPPED)
        for path in (given for given in paths if given.resolve() != SHIPPED):
            merged = _over(merged, _read(path))
            file = _checked(merged, path)
        return cls(file)

    @property
    def version(self) -> int:
        """The version written in the file; part of every digest."""
        return self._file.version

    @property
    def roles(self) -> Mapping[str, Role]:
        """Where each role comes from."""
        return self._file.roles

    @property
    def approver(self) -> str:
        """The role that votes where no rule names one."""
        return self._file.defaults.approver

    @property
    def expires(self) -> timedelta:
        """How long an approval waits."""
        return self._file.defaults.expires

    @property
    def findings(self) -> str:
        """The channel where findings are shown, "" for the first administrator's direct messages."""
        return self._file.defaults.findings

    @property
    def reminders(self) -> Reminders:
        """When approvers are reminded."""
        return self._file.reminders

    @property
    def mailboxes(self) -> deliverability.Rule:
        """What bounces have to say before a mailbox counts as gone."""
        return self._file.mailboxes.rule()

    @property
    def groups(self) -> GroupNames:
        """The kinds of mail that people can leave one by one, under one name across systems."""
        return GroupNames(tuple(each.definition() for each in self._file.consent_group))

    def listed(self, channel: str) -> bool:
        """Whether the file says what this channel may hold."""
        return any(each.id == channel for each in self._file.channel)

    def held_by(self, channel: str) -> frozenset[str]:
        """Data classes that may be told in a channel: those listed for it, else public and contact."""
        named = [each.classes for each in self._file.channel if each.id == channel]
        return frozenset(named[0]) if named else UNLISTED

    @property
    def installer(self) -> str:
        """Who owns the standing clearances that `allow` rules stand for: the first administrator named."""
        admins = [user for name, role in self._file.roles.items() if name == "admin" for user in role.users]
        return admins[0] if admins else "installation"

    def roles_for(self, user: str, *, groups: frozenset[str] = frozenset()) -> frozenset[str]:
        """The roles of a known person, by id and user groups. Guests and bots must not be asked about."""
        return frozenset(name for name, role in self._file.roles.items() if role.held_by(user, groups))

    def judge(self, facts: Facts) -> Verdict:
        """The strictest of all matching rules, with the floors that no rule can lower."""
        if not facts.roles:
            return NO_ROLE
        matching = [rule for rule in self._file.rule if rule.matches(facts)]
        # an `allow` for one of several effects does not decide, but it knows that effect
        knowing = [rule for rule in self._file.rule if rule.when.matches(facts, every=False)]
        if not matching or not facts.effects <= _covered(knowing):
            return NO_RULE
        strictest = max(matching, key=lambda rule: rule.strictness)
        return self._floor(strictest.says(self._file.defaults), facts)

    def refuses(self, facts: Facts) -> Deny | None:
        """A refusal that holds before any row is known: no role, or a rule on tool, role, channel or hour."""
        if not facts.roles:
            return NO_ROLE
        for rule in self._file.rule:
            if rule.verdict.deny is not None and not rule.when.needs_plan and rule.when.fits_call(facts):
                return Deny(clause=rule.id, text=rule.verdict.deny)
        return None

    def ask(self, clause: str, text: str) -> NeedsApproval:
        """One vote of the default approvers, for a reason that no rule of the file states."""
        return NeedsApproval(group=self.approver, quorum=1, clause=clause, text=text, expires=self.expires)

    def clauses(self) -> tuple[ClauseView, ...]:
        """Every rule in the order of the file."""
        return tuple(
            ClauseView(id=rule.id, text=rule.sentence, verdict=rule.outcome) for rule in self._file.rule
        )

    def readable(self, roles: frozenset[str]) -> frozenset[str]:
        """Data classes these roles may read."""
        return frozenset(name for read in self._file.read if read.role in roles for name in read.classes)

    def _floor(self, verdict: Verdict, facts: Facts) -> Verdict:
        if not isinstance(verdict, Allow):
            return verdict
        barred = sorted(facts.effects & NEVER_AUTOMATIC)
        if barred:
            return self.ask("never-automatic", f"{_listing(barred)} never happens without a vote.")
        if facts.tainted:
            text = (
                "Text from a file, a record or a page was read for this, so somebody has to look at it first."
            )
            return self.ask("untrusted-text", text)
        return verdict


def _covered(rules: list[Rule]) -> frozenset[Effect]:
    return frozenset(
        effect for rule in rules for effect in (EFFECTS if rule.when.effects is None else rule.when.effects)
    )


def _listing(effects: list[Effect]) -> str:
    words = " and ".join(effect.replace("_", " ") for effect in effects)
    return words[0].upper() + words[1:]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidArguments("There is no such policy file", on=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, str(error)) from error


def _over(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    merged = {**base, **top}
    for table in ("roles", "defaults", "reminders", "mailboxes"):
        if isinstance(top.get(table, {}), dict):
            merged[table] = {**base.get(table, {}), **top.get(table, {})}
    merged["rule"] = _by_key(base.get("rule", []), top.get("rule", []), "id")
    merged["read"] = _by_key(base.get("read", []), top.get("read", []), "role")
    merged["consent_group"] = _by_key(base.get("consent_group", []), top.get("consent_group", []), "name")
    merged["channel"] = _by_key(base.get("channel", []), top.get("channel", []), "id")
    return merged


def _by_key(base: list[dict[str, Any]], top: object, key: str) -> object:
    if not isinstance(top, list) or not all(isinstance(each, dict) for each in top):
        return top
    replaced = {each.get(key): each for each in top}
    kept = [replaced.pop(each[key], each) for each in base]
    return kept + list(replaced.values())


def _checked(merged: dict[str, Any], path: Path) -> _File:
    try:
        file = _File.model_validate(merged)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise _wrong(path, f"{_place(fault['loc'], merged)}: {fault['msg']}") from error
    for rule in file.rule:
        unknown = _roles_named(rule) - set(file.roles)
        if unknown:
            raise _wrong(
                path, f"rule {rule.id!r} names the role {min(unknown)!r}, which [roles] does not have"
            )
    if twice := _twice(file.consent_group):
        raise _wrong(path, twice)
    return file


def _twice(groups: tuple[Group, ...]) -> str:
    """Which group of a system two definitions claim, in words; "" for none."""
    claimed: dict[tuple[str, str], str] = {}
    for each in groups:
        for system, own in each.definition().called.items():
            other = claimed.setdefault((system, folded(own)), each.name)
            if other != each.name:
                return f"consent_group {each.name!r} and {other!r} both claim {own!r} of {system}"
    return ""


def _roles_named(rule: Rule) -> set[str]:
    named = set(rule.when.roles or ()) | set(rule.when.unless_roles)
    return named | ({rule.verdict.approve} if rule.verdict.approve else set())


def _place(where: tuple[int | str, ...], merged: dict[str, Any]) -> str:
    names = {"rule": "id", "read": "role", "consent_group": "name"}
    if len(where) > 1 and where[0] in names and isinstance(where[1], int):
        name = names[str(where[0])]
        entry = merged[where[0]][where[1]]
        title = entry.get(name, "without an id") if isinstance(entry, dict) else entry
        return f"{where[0]} {title!r}, key {'.'.join(map(str, where[2:])) or '(all)'}"
    return f"key {'.'.join(map(str, where))}"


def _wrong(path: Path, why: str) -> InvalidArguments:
    return InvalidArguments(
        "The policy file cannot be understood", on=f"{path.name}: {why}", do="Put it right and start again."
    )
