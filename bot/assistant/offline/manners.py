"""How people speak to each tool, read from its own examples: its verbs, its nouns, its topics."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from bot.assistant.offline import features
from bot.assistant.offline.fitting import Manner
from bot.assistant.offline.lexicon import lexicon
from bot.assistant.offline.mood import mood
from bot.assistant.offline.reading import Reading
from bot.assistant.offline.slots import kind_of
from tools.registry import Tool

ANY_DAY = date(2026, 1, 15)  # periods are masked, so the day does not matter
GROUP_SHARE = 0.3  # a tool is ordered with a group of verbs when this share of its examples is
KINDRED = 2  # verbs of a group among a tool's own, and the rest of the group may order it too
NEXT_GROUP = 0.75  # and so is every group nearly as frequent as the best


def own_verbs(tools: Sequence[Tool]) -> frozenset[str]:
    """First words of tools' names and orders that no lexicon lists: how foreign tools bring their verbs."""
    known = lexicon()
    never = known.stop | known.known
    found: set[str] = set()
    for tool in tools:
        if tool.returns == "plan":
            first = [tool.name.split("_")[0], *(_first_word(each) for each in tool.examples)]
            found |= {word for word, times in Counter(first).items() if times > 1 or word == first[0]}
    return frozenset(each for each in found if each.isalpha() and each not in never)


def manner_of(tool: Tool, own: frozenset[str]) -> Manner:
    """How people speak to one tool: its examples' verbs, and groups of verbs that many of them use."""
    moods = [mood(masked(each), own) for each in tool.examples]
    ordered = [each.ordered for each in moods]
    exact = frozenset().union(*ordered)
    shares = {
        name: sum(bool(verbs & each) for each in ordered) / len(ordered)
        for name, verbs in lexicon().verb_groups.items()
    }
    least = max(GROUP_SHARE, max(shares.values()) * NEXT_GROUP)
    groups = (lexicon().verb_groups[name] for name, share in shares.items() if share >= least)
    return Manner(
        verbs=exact.union(*groups) | {tool.name.split("_")[0]},
        kindred=frozenset().union(
            *(verbs for verbs in lexicon().verb_groups.values() if len(verbs & exact) >= KINDRED)
        ),
        exact=exact,
        nouns=_nouns(tool, exact),
        orders=sum(each.act == "order" for each in moods) / len(moods),
        topics=_topics(tool),
        acts=frozenset(each.act for each in moods),
        kinds={kind_of(tool, name): each.is_required() for name, each in tool.arguments.model_fields.items()},
    )


@lru_cache(maxsize=4096)
def masked(text: str) -> str:
    """A sentence of the catalogue with its values masked."""
    return Reading(text, ANY_DAY).masked


def _nouns(tool: Tool, verbs: frozenset[str]) -> frozenset[str]:
    """The words that say to what something is done; pronouns for tools that take a plan of the thread."""
    small = lexicon().stop | lexicon().verbs | verbs
    said = [word for each in (*tool.examples, tool.description) for word in features.tokens(masked(each))]
    named = {features.stem(each) for each in said if each not in small}
    pronouns = {"that", "this", "it", "last"} if {"plan", "run"} & set(tool.kinds.values()) else set()
    return frozenset(named | {features.stem(each) for each in pronouns})


def _topics(tool: Tool) -> dict[str, float]:
    """The share of a tool's sentences that name each concept."""
    said = [masked(each) for each in (*tool.examples, tool.description, tool.name.replace("_", " "))]
    named = Counter(name for each in said for name in features.concepts(each))
    return {name: times / len(said) for name, times in named.items()}


def _first_word(text: str) -> str:
    match = re.match(r"\s*(?:please\s+)?([a-z]+)", text.lower())
    return match[1] if match else ""
