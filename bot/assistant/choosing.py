"""A typed answer to a question of ours: a number, the option's words or a part of them, yes, or no.

Typing an answer is pressing its button, so both planners get the words that the button stands for. What fits
no option, or several, is never taken for one.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from bot.assistant.model import PastTurn
from bot.assistant.offline.features import stem
from bot.assistant.offline.lexicon import lexicon
from bot.assistant.utterance import Choice

SLIP = 5  # letters from which a word with one slip is still that word
LATTER = 2  # options of which one is the former and one the latter
_PAD = re.compile(
    r"^(?:(?:please|pls|ok|okay|well|hmm+|uh+|so|and|then|now|just|um+)\b[\s,.!]+)+"
    r"|[\s,.!]+(?:please|pls|thanks|thank you|thx|then)[\s.!]*$"
)
_NUMBER = re.compile(
    r"(?:(?:the|option|number|no\.?|nr\.?|choice|answer|button|take|use|pick|choose|i mean|"
    r"go with|go for|#)\s*)*"
    r"(?P<number>\d{1,2}|[a-z]+)(?:st|nd|rd|th)?[.):]?(?:\s+(?:one|option|choice|button|of them|please))?"
)
_ORDINALS = {
    "one": 1, "first": 1, "two": 2, "second": 2, "three": 3, "third": 3, "four": 4, "fourth": 4, "five": 5,
    "fifth": 5, "six": 6, "sixth": 6, "seven": 7, "seventh": 7, "former": 1,
}  # fmt: skip


def said_no(text: str) -> bool:
    """Whether nothing is said but that it is not to be: “never mind”, “no”, “none of these”."""
    return _listed(text, "no")


def said_nothing(text: str) -> bool:
    """Whether an answer holds no answer: yes, no, “I don't know”."""
    return said_no(text) or _listed(text, "yes") or _listed(text, "unknown")


def said_all(text: str) -> bool:
    """Whether somebody wants all of several options: “both”."""
    return _listed(text, "all")


def said_yes(text: str) -> bool:
    """Whether nothing is said but yes."""
    return _listed(text, "yes")


def chosen(text: str, before: PastTurn) -> Choice | None:
    """The option of that turn which these words pick; None when they pick none, or could pick several.

    Only a question is answered by yes: what is offered beside a refusal has to be named.
    """
    offered = before.choices
    if not offered:
        return None
    plain = _plain(text)
    exact = [each for each in offered if plain in {_plain(each.label), _plain(each.text)}]
    if exact:
        return exact[0]
    if (number := _place(plain, len(offered))) is not None:
        return offered[number]
    if before.outcome == "asked" and len(offered) == 1 and _listed(text, "yes", "all"):
        return offered[0]
    named = _named(plain, offered) if before.outcome == "asked" else []
    return named[0] if len(named) == 1 else None


def _plain(text: str) -> str:
    lowered = re.sub(r"\s+", " ", text.casefold().replace("’", "'")).strip(" \t\n.!\"'“”")
    return _PAD.sub("", _PAD.sub("", lowered)).strip(" ,.!?\"'“”")


def _place(plain: str, options: int) -> int | None:
    """Which option a number or an ordinal stands for, from 0."""
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return None
    said = match["number"]
    if said in {"last", "latter"}:
        return options - 1 if said == "last" or options == LATTER else None
    number = int(said) if said.isdigit() else _ORDINALS.get(said, 0)
    return number - 1 if 0 < number <= options and (said != "former" or options == LATTER) else None


def _named(plain: str, offered: Sequence[Choice]) -> list[Choice]:
    """The options that hold every word said."""
    said = [stem(each) for each in _words(plain) if each not in _small()]
    if not said or len(said) > max(len(_words(each.label)) for each in offered):
        return []
    held = ((each, {stem(word) for word in _words(each.label.casefold())}) for each in offered)
    return [each for each, words in held if all(_among(word, words) for word in said)]


def _among(word: str, words: set[str]) -> bool:
    return word in words or (
        len(word) >= SLIP and any(DamerauLevenshtein.distance(word, each) == 1 for each in words)
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _listed(text: str, *names: str) -> bool:
    known = frozenset().union(*(_answers(name) for name in names))
    parts = [_plain(each) for each in re.split(r"[,.;!]\s*|\s+-+\s+", text.replace("’", "'"))]
    said = [each for each in parts if each]
    return bool(said) and (all(each in known for each in said) or _plain(text) in known)


@lru_cache(maxsize=8)
def _answers(name: str) -> frozenset[str]:
    return frozenset(lexicon().table("answers")[name].split("|"))


@lru_cache(maxsize=1)
def _small() -> frozenset[str]:
    """Words around an option that are no part of it; a “not” is never one."""
    return frozenset(lexicon().table("answers")["around"].split("|"))
