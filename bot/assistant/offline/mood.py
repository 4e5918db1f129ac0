"""What kind of act a sentence is: an order, a wish to look, a question after the way or after the past.

A change is only ever proposed for an order. "Don't delete", "how do I delete" and "who deleted" contain the
same verb and order nothing; "the delete" and "delete history" are nouns.
"""

import re
from collections.abc import Iterator, Sequence
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
_IF = re.compile(r"(?:if|when|whenever|once|unless)\b")  # before an order this is its condition
_TO = re.compile(r"\b(?:to|then)\s+$")
_HARDLY_TO = re.compile(r"\S+ to\s*$")
_POLITE_IF = re.compile(
    r"\bif (?:at all )?(?:possible|feasible|"
    r"you (?:can|could|like|please|may|don't mind|have a (?:minute|moment))|"
    r"(?:that|it)(?:'s| is) (?:ok|okay|possible|fine|alright|not too much))\b,?",
)
_CONDITION = re.compile(
    r"(?:^|[.;,]\s*)(?:(?:and|but|then|so|ok|please)\s+)*(?:if|once|when|whenever|unless|in case|as soon as|"
    r"assuming|provided)\b(?! (?:a|per|every|more|again)\b)|"
    r"\b(?:if|unless|as soon as|only when|in case|provided(?: that)?|assuming|depending on whether)\s+\w|"
    r"(?<!at )(?<!for )\bonce (?:the|we|you|they|he|she|it|i|that|everybody|everyone|somebody|legal|all)\b"
)
_SAFELY = re.compile(r"\b(?:safely|safe to|allowed to|good to go|ready to)\b")
NEGATION_REACH = 5  # words
# Verbs that say little: what they order is in the words after them.
WEAK = frozenset(
    {"get", "make", "put", "take", "bring", "let", "turn", "set", "give", "run", "add", "want a", "need a"}
)


@dataclass(frozen=True, slots=True)
class Mood:
    """The act, the verbs ordered in the affirmative, those negated, and whether it hangs on a condition."""

    act: Act
    ordered: frozenset[str]
    negated: frozenset[str]
    conditional: bool = False


@lru_cache(maxsize=4096)
def mood(masked: str, extra: frozenset[str] = frozenset()) -> Mood:
    """Read the mood of a masked text. `extra` are verbs that tools bring along."""
    ordered: set[str] = set()
    negated: set[str] = set()
    acts: list[Act] = []
    masked = _POLITE_IF.sub(" ", masked)
    for sentence in _SENTENCE.split(masked):
        carried: Act | None = None
        for clause in _CLAUSE.split(sentence):
            body = _opened(clause.strip())
            act = carried or _asking(body)
            asked = act == "look" and _WH.match(body) and not _IF.match(body)
            carried = act if act in {"how", "past"} or asked else None
            found, refused = _verbs(body, extra)
            negated |= refused
            if act == "statement" and found:
                act = "order"
                ordered |= found
            if body:
                acts.append(act)
    return Mood(
        act=_whole(acts),
        ordered=frozenset(ordered),
        negated=frozenset(negated),
        conditional=bool(_CONDITION.search(masked)),
    )


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
    if first is None or re.match(r"do(?:n't)? not?\b|don't\b", body) or _nominal().match(body):
        return "statement"
    if first.group() in lexicon().words("been"):
        return "past"
    return "look" if first.group() in lexicon().words("looking") else "statement"


def _verbs(body: str, extra: frozenset[str]) -> tuple[set[str], set[str]]:
    """Verbs in this clause: ordered, and negated."""
    found: set[str] = set()
    refused: set[str] = set()
    refusing = [each.span() for each in _patterns()["negation"].finditer(body) if " " in each.group()]
    refused |= _held_off(body, [end for _, end in refusing], extra)
    for match in _verb_pattern(extra).finditer(body):
        verb = re.sub(r"[\s-]+", " ", match.group())
        before = body[: match.start()]
        if _noun(before, body[match.end() :], verb):
            continue
        if any(start <= match.start() and match.end() < end for start, end in refusing):
            continue  # “hold” in “hold off on”
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
    for before, base in _indirect(body, extra):
        (refused if _negated(before, base) else found).add(base)
    return found, refused


def _held_off(body: str, after: Sequence[int], extra: frozenset[str]) -> set[str]:
    """Verbs in -ing right after words that refuse: “hold off on pausing”."""
    following = (re.match(r"(?:\s+on|\s+from)?\s+([a-z]+ing)\b", body[end:]) for end in after)
    named = (inflections(extra).get(each[1], "") for each in following if each)
    return {each for each in named if each}


def _indirect(body: str, extra: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What stands before, and the verb, of “get it removed” and “carry out the erasure”."""
    for match in _wish(extra).finditer(body):
        form = re.sub(r"[\s-]+", " ", match["form"])
        yield body[: match.end()].removesuffix(match["form"]), inflections(extra)[form]
    nouns = lexicon().table("nominal")
    for match in _nominal().finditer(body):
        if not _noun("", body[match.end() :], ""):
            yield body[: match.start()], nouns[match["noun"]]


def _noun(before: str, after: str, verb: str) -> bool:
    last = before.split()[-1:] or [""]
    if _HARDLY_TO.search(before) and before.split()[-2] in lexicon().words("hardly"):
        return True
    following = after.split()[:1] or [""]
    if last[0].strip("'") in lexicon().words("determiners"):
        return True
    if verb in lexicon().verb_groups["bring_in"] and following[0].strip("?.,") in lexicon().words("loads"):
        return False
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
    """Form in -ed or -ing → verb; verbs of two words bend the first: “switched off”, “taken out”."""
    forms: dict[str, str] = {"gone": "remove"}
    for verb in sorted(lexicon().verbs | extra):
        first, _, rest = verb.partition(" ")
        if first.isalpha():
            forms |= {f"{each} {rest}".strip(): verb for each in _forms(first)}
    return forms


def _forms(verb: str) -> Iterator[str]:
    stem = verb.removesuffix("e")
    yield from (f"{stem}ing", f"{stem}{stem[-1]}ing")
    irregular = lexicon().table("participles").get(verb[-2:] if verb.endswith("do") else verb)
    if irregular:
        yield f"{verb[:-2]}{irregular}" if verb.endswith("do") else irregular
        return
    yield from (f"{stem}ed", f"{stem}{stem[-1]}ed")
    if verb.endswith("y"):
        yield f"{verb[:-1]}ied"


@lru_cache(maxsize=8)
def _wish(extra: frozenset[str]) -> re.Pattern[str]:
    wishes = pattern(lexicon().phrases("wishes")).pattern
    forms = pattern(inflections(extra)).pattern
    return re.compile(rf"(?:{wishes})\s+(?:[\w'@.-]+\s+){{0,6}}?(?P<form>{forms})")


@lru_cache(maxsize=1)
def _nominal() -> re.Pattern[str]:
    doing = pattern(lexicon().phrases("doing")).pattern
    nouns = "|".join(lexicon().table("nominal"))
    return re.compile(
        rf"(?:{doing})\s+(?:the|an?|another|our|my|this|that|any|another)\s+(?:[\w'-]+\s+){{0,3}}?(?P<noun>{nouns})\b"
    )


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    words = lexicon()
    openers = pattern(words.phrases("openers")).pattern
    return {
        "openers": re.compile(rf"^(?:{openers})\s*", re.IGNORECASE),
        "how": pattern(words.phrases("asking_how")),
        "past": pattern(words.phrases("asking_past")),
        "showing": pattern(words.phrases("showing")),
        "negation": pattern(words.phrases("negations")),
    }
