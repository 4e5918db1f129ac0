"""Which mail a call is about: all of it, or one of the groups there are.

Both planners' calls pass here. A group that was named is settled by the groups that exist; one that was named
and does not exist, or several at once, is a question. All mail is never what is left of a name nobody knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, process, utils

from bot.assistant.model import PastTurn
from bot.assistant.offline import kinds_of_mail
from bot.assistant.offline.mail_places import mentions
from bot.assistant.offline.reading import Reading
from bot.assistant.resolution import NEAR, Doubt, LiveNames, near
from tools.registry import Tool
from tools.rules.consent_groups import folded
from tools.rules.plain_text import one_line

GROUP = "group"
ALL_MAIL = "All mail"
OFFERED = 7  # groups on buttons, the nearest first; the question names more
NAMED = 20  # groups that a question names
SLIP = 75.0  # similarity (0..100) from which one word is another, mistyped or in the plural
AROUND = frozenset({"the", "our", "their", "your", "mail", "mails", "email", "emails", "group", "list",
                    "mailing", "and", "of", "for", "from", "kind", "type", "subscription",
                    "topic"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What was said now, on which day, and the last turn of the same person in this thread."""

    text: str
    today: date
    before: PastTurn | None = None


def settled(
    tool: Tool, args: Mapping[str, object], live: LiveNames, words: Words
) -> dict[str, object] | Doubt:
    """The arguments with the group put right, or what to ask about it; as they are for tools without one."""
    name = next((each for each, kind in tool.kinds.items() if kind == GROUP), "")
    if not name:
        return dict(args)
    given = str(args.get(name) or "").strip()
    rest = {each: value for each, value in args.items() if each != name}
    reading = Reading(words.text, words.today)
    still_open = _still_open(name, rest, tool, words)
    if not (given or still_open or kinds_of_mail.possible(reading)):
        return rest  # all mail: no system has to be asked
    said = _Said(name, reading, tuple(live.names(GROUP)), live.complete(GROUP))
    found = said.group(given) or (said.again() if still_open and not given else "")
    if isinstance(found, Doubt):
        return found
    return {**rest, name: found} if found else rest


def _still_open(name: str, rest: Mapping[str, object], tool: Tool, words: Words) -> bool:
    """Whether we asked which mail these very people meant, and nothing said now answers it."""
    before = words.before
    asked = before is not None and before.asked_for == name and before.tool == tool.name
    same = before is not None and all(rest.get(each) == value for each, value in before.args.items())
    return asked and same and not kinds_of_mail.says_all(Reading(words.text, words.today))


@dataclass(frozen=True, slots=True)
class _Said:
    """A request that may name a group: argument, words, groups there are, and whether those are all."""

    argument: str
    reading: Reading
    known: Sequence[str]
    complete: bool

    def group(self, given: str) -> str | Doubt:
        """The group meant, "" for all mail. `given` is what the planner made of the words."""
        spared = kinds_of_mail.everything(self.reading) and kinds_of_mail.excepted(self.reading)
        if spared:
            return self._doubt(spared, "I can stop all mail or one kind of it, but not all except one.")
        if given and kinds_of_mail.all_mail(given):
            return ""
        named = self._mentioned()
        if len(named) > 1:
            text = f"I take one kind of mail at a time: {_listed(named)}. Which one first?"
            return Doubt(self.argument, " and ".join(named), tuple(named), kind=GROUP, text=text)
        if named and not given:
            return named[0]
        return self._found(given) if given else self._heard()

    def again(self) -> Doubt:
        """The question that was not answered."""
        return self._doubt("", "Which mail do you mean?")

    def _mentioned(self) -> list[str]:
        """The groups that stand in the words letter by letter."""
        return [] if kinds_of_mail.everything(self.reading) else mentions(self.reading.text, self.known)

    def _heard(self) -> str | Doubt:
        """What the words say where the planner heard no group."""
        kinds = kinds_of_mail.heard(self.reading)
        sure = next((each.name for each in kinds if each.sure), "")
        if sure:
            return self._found(sure)
        return next(filter(None, (self._nearly(each.name) for each in kinds)), "")

    def _found(self, said: str) -> str | Doubt:
        exact = next((each for each in self.known if folded(each) == folded(said)), "")
        alike = (exact,) if exact else near(said, self.known)
        if len(alike) > 1:
            return Doubt(self.argument, said, alike, kind=GROUP)
        if alike and not _says_more(said, alike[0]):
            return alike[0]
        return self._doubt(said, f"No kind of mail is called “{said}”.") if self.complete else said

    def _nearly(self, said: str) -> str:
        """The group whose whole name is this but for a slip: a part of a name is not enough here."""
        best = process.extractOne(said, self.known, scorer=fuzz.ratio, processor=utils.default_process)
        return best[0] if best and best[1] >= NEAR else ""

    def _doubt(self, said: str, because: str) -> Doubt:
        """One question with all the groups there are, and all mail."""
        ranked = process.extract(said, self.known, scorer=fuzz.WRatio, limit=OFFERED)
        offered = tuple(each for each, _, _ in ranked) if said else tuple(self.known[:OFFERED])
        return Doubt(
            self.argument,
            said,
            (*offered, ALL_MAIL),
            strange=True,
            kind=GROUP,
            text=f"{because} {self._which()}",
        )

    def _which(self) -> str:
        if not self.known:
            return "No system here keeps any. Is it all mail?"
        there = "There are" if len(self.known) > 1 else "There is"
        return f"{there} {_listed(self.known)}. Which one, or all mail?"


def _says_more(said: str, name: str) -> bool:
    """Whether a word is said that the name has nothing like: “Partner Newsletter” is not “Newsletter”."""
    had = utils.default_process(name).split()
    words = [each for each in utils.default_process(said).split() if each not in AROUND]
    return any(all(fuzz.ratio(word, each) < SLIP for each in had) for word in words)


def _listed(names: Sequence[str]) -> str:
    shown = [f"“{one_line(each, longest=60)}”" for each in names[:NAMED]]
    if len(names) > NAMED:
        shown.append(f"{len(names) - NAMED} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
