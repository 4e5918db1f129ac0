"""What kind of act a sentence is: an order, a wish to look, a question after the way or after the past.

A change is only ever proposed for an order. "Don't delete", "how do I delete" and "who deleted" contain the
same verb and order nothing; "the delete" and "delete history" are nouns.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.assistant.offline.lexicon import lexicon, pattern

Act = Literal["order", "look", "how", "past", "statement"]

_SENTENCE = re.compile(r"[.;!?\n]+(?:\s|$)|\s+[–—-]+\s+|\bthen\b")
_CLAUSE = re.compile(r",|:|\b(?:and|&|but|plus|or)\b")
_WH = re.compile(
    r"(?:what|which|who|whom|whose|when|where|why|how|if|whether|should|would|do|does|did|is|are|was|were)\b"
)
_TO = re.compile(r"\b(?:to|then)\s+$")
_SAFELY = re.compile(r"\b(?:safely|safe to|allowed to|good to go|ready to)\b")
NEGATION_REACH = 5  # words
# Verbs that say little: what they order is in the words after them.
WEAK = frozenset(
    {"get", "make", "put", "take", "bring", "let", "turn", "set", "give", "run", "add", "want a", "need a"}
)


@dataclass(frozen=True, slots=True)
class Mood:
    """The act, the verbs ordered in the affirmative, and the verbs that were negated."""

    act: Act
    ordered: frozenset[str]
    negated: frozenset[str]


def mood(masked: str, extra: frozenset[str] = frozenset()) -> Mood:
    """Read the mood of a masked text. `extra` are verbs that tools bring along."""
    ordered: set[str] = set()
    negated: set[str] = set()
    acts: list[Act] = []
    for sentence in _SENTENCE.split(masked):
        carried: Act | None = None
        for clause in _CLAUSE.split(sentence):
            body = _opened(clause.strip())
            act = carried or _asking(body)
            carried = act if act in {"how", "past"} or (act == "look" and _WH.match(body)) else None
            found, refused = _verbs(body, extra)
            negated |= refused
            if act == "statement" and found:
                act = "order"
                ordered |= found
            if body:
                acts.append(act)
    return Mood(act=_whole(acts), ordered=frozenset(ordered), negated=frozenset(negated))


def _whole(acts: list[Act]) -> Act:
    for each in ("order", "how", "past", "look"):
        if each in acts:
            return each
    return "statement"


def _opened(clause: str) -> str:
    """The clause without its polite beginning."""
    previous = None
    while clause != previous:
        previous = clause
        clause = _patterns()["openers"].sub("", clause, count=1).lstrip(" ,")
    return clause


def _asking(body: str) -> Act:
    if _patterns()["how"].match(body) or _SAFELY.search(body):
        return "how"
    if _patterns()["past"].match(body):
        return "past"
    if _patterns()["showing"].match(body):
        return "look"
    first = re.match(r"[a-z']+", body)
    if first is None or re.match(r"do(?:n't)? not?\b|don't\b", body):
        return "statement"
    return "look" if first.group() in lexicon().words("looking") else "statement"


def _verbs(body: str, extra: frozenset[str]) -> tuple[set[str], set[str]]:
    """Verbs in this clause: ordered, and negated."""
    found: set[str] = set()
    refused: set[str] = set()
    for match in _verb_pattern(extra).finditer(body):
        verb = re.sub(r"[\s-]+", " ", match.group())
        before = body[: match.start()]
        if _noun(before, body[match.end() :]):
            continue
        ceased = _ceased(verb, body[match.end() :], extra)
        if ceased:
            refused.add(ceased)
            continue
        name = _canonical(verb, extra)
        if found - WEAK and not _TO.search(before):  # “launch” in “pause Spring Launch”: one order a clause
            continue
        (refused if _negated(before, verb) else found).add(name)
    first = re.match(r"[a-z]+ing\b", body)
    if first and first.group() in inflections(extra):  # "would you mind pausing …"
        found.add(inflections(extra)[first.group()])
    for match in _patterns()["wish"].finditer(body):
        base = inflections(extra).get(match.group("form"))
        if base:
            (refused if _negated(body[: match.start()], base) else found).add(base)
    return found, refused


def _noun(before: str, after: str) -> bool:
    last = before.split()[-1:] or [""]
    following = after.split()[:1] or [""]
    if last[0].strip("'") in lexicon().words("determiners"):
        return True
    return following[0].strip("?.,") in lexicon().words("compounds")


def _ceased(verb: str, after: str, extra: frozenset[str]) -> str:
    """The verb that is to cease: “stop purging” orders no purge, and stops nothing either."""
    following = re.match(r"\s+([a-z]+ing)\b", after)
    return inflections(extra).get(following[1], "") if following and verb in {"stop", "quit"} else ""


def _negated(before: str, verb: str) -> bool:
    near = " ".join(before.split()[-NEGATION_REACH:])
    matches = list(_patterns()["negation"].finditer(near))
    # "stop" before a verb in -ing is a negation, before a noun it is the order itself
    return any(each.group() != "stop" or near.endswith("stop") for each in matches) and not verb.startswith(
        "don"
    )


def _canonical(verb: str, extra: frozenset[str]) -> str:
    known = lexicon().verbs | extra
    return next((each for each in (verb, verb.replace(" ", "-")) if each in known), verb)


@lru_cache(maxsize=8)
def _verb_pattern(extra: frozenset[str]) -> re.Pattern[str]:
    return pattern(lexicon().verbs | extra)


@lru_cache(maxsize=8)
def inflections(extra: frozenset[str]) -> dict[str, str]:
    """Form in -ed or -ing → verb, for verbs of one word."""
    forms: dict[str, str] = {"gone": "remove"}
    for verb in lexicon().verbs | extra:
        if verb.isalpha():
            stem = verb.removesuffix("e")
            forms |= dict.fromkeys(
                (f"{stem}ed", f"{stem}ing", f"{stem}{stem[-1]}ed", f"{stem}{stem[-1]}ing"), verb
            )
            if verb.endswith("y"):
                forms[f"{verb[:-1]}ied"] = verb
    return forms


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    words = lexicon()
    openers = pattern(words.phrases("openers")).pattern
    wishes = pattern(words.phrases("wishes")).pattern
    return {
        "openers": re.compile(rf"^(?:{openers})\s*", re.IGNORECASE),
        "how": pattern(words.phrases("asking_how")),
        "past": pattern(words.phrases("asking_past")),
        "showing": pattern(words.phrases("showing")),
        "negation": pattern(words.phrases("negations")),
        "wish": re.compile(rf"(?:{wishes})\s+(?:[\w'@.-]+\s+){{0,6}}?(?P<form>[a-z]+(?:ed|ing)|gone)\b"),
    }
