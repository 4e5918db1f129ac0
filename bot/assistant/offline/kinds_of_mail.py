"""One kind of mail among others: “the Newsletter only”, “the Events group”, “Product Updates alone”.

A name is believed where the words around it say that the rest goes on; anything less is about all mail. It is
resolved against the groups there are, as every other name.
"""

import re
from functools import lru_cache

from bot.assistant.offline.fillers import Context
from bot.assistant.offline.lexicon import lexicon

_QUOTES = "“”\"'"
_MOST = 5  # words in a name


def kind_of_mail(at: Context) -> object:
    """The group's name as it was said; None when the request is about all mail."""
    nouns = frozenset(lexicon().table("groups")["noun"].split("|"))
    for match in _shape().finditer(at.reading.text):
        name = match["name"].strip(_QUOTES + " ")
        named = any(word[0].isupper() for word in name.split()) or match["quoted"]
        if name and (named or match["after"].lower() in nouns):
            return name
    return None


@lru_cache(maxsize=1)
def _shape() -> re.Pattern[str]:
    """A preposition, the name, and what says that it is one of several kinds."""
    table = lexicon().table("groups")
    before, after = (table[name].replace(" ", r"\s+") for name in ("before", "after"))
    word = r"[^\W\d_][\w&'’-]*"
    barred = rf"(?!(?:{before}|and|or)\b)"
    name = rf"{barred}{word}(?:\s+{barred}{word}){{0,{_MOST - 1}}}?"
    return re.compile(
        rf"\b(?:{before})\s+(?:(?:the|our|your)\s+)?(?P<quoted>[“\"'])?(?P<name>{name})[”\"']?\s+(?P<after>{after})\b",
        re.IGNORECASE,
    )
