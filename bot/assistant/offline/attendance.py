"""Who came, who did not, and who is on what: “no-shows of the Cloud Webinar”, “people from the roadshow”."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.assistant.offline.lexicon import lexicon, pattern

Clause = dict[str, object]

_OF = re.compile(r"\s+(?:of|from|for|at|to|in)\s+(?:the |our |a |my )?", re.IGNORECASE)
_NAME = re.compile(r"(?:[A-Z0-9][\w&'’-]*\s?)+(?:[a-z]+)?|(?:last |latest )?[a-z]+(?: [a-z]+)?")
_BEFORE = re.compile(r"((?:[A-Z][\w&'’-]*\s+)*(?:[A-Z][\w&'’-]*|[a-z]+))[\s-]+$")


def attendance(text: str) -> Iterator[Clause]:
    """A membership clause with its status for each word about coming or staying away."""
    for status, shape in _statuses():
        for match in shape.finditer(text):
            named = _named_after(text[match.end() :]) or _named_before(text[: match.start()])
            if named:
                yield {"member": named, "status": status}
                return
    for match in _from_event().finditer(text):
        yield {"member": match["name"].strip()}
        return


def _named_after(rest: str) -> str:
    preposition = _OF.match(rest)
    name = _NAME.match(rest[preposition.end() :]) if preposition else None
    return _event_only(name.group().strip()) if name else ""


def _named_before(text: str) -> str:
    found = _BEFORE.search(text)
    return _event_only(found[1].strip()) if found else ""


def _event_only(name: str) -> str:
    """The name, when one of its words is an event's or it is written large; regions are no events."""
    words = name.split()
    nouns = _nouns()
    for at in range(len(words), 0, -1):
        if words[at - 1].lower() in nouns:
            return " ".join(words[:at])
    regions = {each for said in lexicon().table("regions").values() for each in said.split("|")}
    return name if words[0][0].isupper() and name.lower() not in regions else ""


@lru_cache(maxsize=1)
def _nouns() -> frozenset[str]:
    return frozenset(lexicon().table("heads")["campaign"].replace("!", " ").split())


@lru_cache(maxsize=1)
def _statuses() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = lexicon().table("attendance")
    return tuple((status.replace("_", " "), pattern(said.split("|"))) for status, said in table.items())


@lru_cache(maxsize=1)
def _from_event() -> re.Pattern[str]:
    nouns = "|".join(
        sorted((_nouns() | {"list", "segment", "booth"}) - {"email", "emails", "mailing", "send"})
    )
    people = "people|leads|contacts|everyone|everybody|those|folks|persons|prospects|anyone|records"
    return re.compile(
        rf"\b(?i:{people})\s+(?:from|of|at|in|on)\s+(?:the |our |last |this )*"
        rf"(?P<name>(?:(?:[A-Z0-9][\w&'’-]*\s+){{1,4}}|[a-z]+\s+)?(?i:{nouns}))\b",
    )
