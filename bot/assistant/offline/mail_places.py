"""Where the name of a kind of mail stands: after what takes people off mail, or brings them back to it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.offline.lexicon import lexicon

MOST = 5  # words in a name
_WORD = r"\w[\w&'’+-]*"
_WHOSE = r"(?:(?:all|any|every|each)\s+(?:of\s+)?)?(?:(?P<whose>the|our|your|that|this|their|his|her)\s+)?"
_WHOM = r"(?:her|him|them|\S+@[\w.-]+\w)"
_LEADS = {
    "out": r"(?:(?P<origin>\S+)\s+)?\b(?:off(?:\s+(?:of|from))?|out\s+of|from)",
    "left": r"\b(?:left|leaves?|leaving)",
    "those": r"\b(?:opt-?outs?|unsub\w*|suppress\w*|complaints)\s+(?:of|from)",
    "back": rf"\b(?:back|again|(?:re-?subscribe|re-?add|restore|unsuppress|subscribe|let|allow)\s+{_WHOM}"
            rf"(?:(?:\s*,|\s+and)\s+{_WHOM})*)\s+(?:in\s+)?(?:to|onto|on|for|in|into)",
    "want": r"(?:n['’]?t|\bnot)\s+(?:want|like|need|wish)(?:\s+to\s+(?:get|receive|have|see|read))?"
            r"(?:\s+any\s+more\s+of)?|\bno\s+longer\s+(?!from|off)\w+(?:\s+to\s+(?:get|receive|have|see|read))?",
    "stop": rf"\b(?:(?:stop|cease|end)(?:\s+(?:sending|mailing|emailing|getting|receiving))?+"
            rf"|(?:do\s+not|don['’]?t|never)\s+send)(?:\s+{_WHOM})?",
    "more": r"\bno\s+more",
    "again": r"\b(?:gets?|wants?|receives?|asked\s+for|have)",
}  # fmt: skip
STRONG = frozenset({"out", "back"})  # what follows these is mail, whatever it is called


@dataclass(frozen=True, slots=True)
class Place:
    """What was said after one of the leads: the words, where they stand, “the” or quotes about them."""

    lead: str
    name: str
    start: int
    end: int
    determined: bool
    quoted: bool


def places(text: str) -> Iterator[Place]:
    """Every place a kind of mail could be named, whatever is named there."""
    origins = listed("origins")
    for lead, shape in _shapes().items():
        for match in shape.finditer(text):
            if lead == "out" and (match["origin"] or "").strip(" ,.;:").casefold() in origins:
                continue  # “a request from Legal”
            yield _place(lead, match)


def exceptions(text: str) -> Iterator[Place]:
    """What stands after “except” and its like."""
    for match in _named(rf"\b{alternatives('except')}(?:\s+from)?").finditer(text):
        yield _place("out", match)


def mentions(text: str, known: Iterable[str]) -> list[str]:
    """Those of the known names that stand in such a place letter by letter, or joined to one by “and”."""
    names = {" ".join(each.casefold().split()): each for each in known if each.strip()}
    if not names:
        return []
    body = _either(names)
    leads = "|".join(re.sub(r"\?P<\w+>", "?:", each) for name, each in _LEADS.items() if name != "again")
    whose = re.sub(r"\?P<\w+>", "?:", _WHOSE)
    one = rf"{whose}[“\"'‘]?(?:{body})[”\"'’]?(?:\s+(?:newsletter|{alternatives('tails')})\b)*"
    joint = r"\s*(?:,\s*(?:and\s+|or\s+)?|\band\b|\bor\b|&)\s*(?:from\s+)?"
    shape = re.compile(rf"(?:{leads})\s+(?P<all>{one}(?:{joint}{one})*){_end()}", re.IGNORECASE)
    each_one = re.compile(one.replace(f"(?:{body})", rf"(?<!\w)(?P<it>{body})(?!\w)"), re.IGNORECASE)
    found = (
        names[" ".join(each["it"].casefold().split())]
        for match in shape.finditer(text)
        for each in each_one.finditer(match["all"])
    )
    return list(dict.fromkeys(found))


@lru_cache(maxsize=16)
def listed(name: str) -> frozenset[str]:
    """A list of words about kinds of mail."""
    return frozenset(lexicon().table("groups")[name].split("|"))


@lru_cache(maxsize=16)
def alternatives(name: str) -> str:
    """The same as a pattern, longest first."""
    return f"(?:{_either(listed(name))})"


def _either(names: Iterable[str]) -> str:
    ordered = sorted(names, key=lambda each: (-len(each), each))
    return "|".join(re.escape(each).replace(r"\ ", r"\s+") for each in ordered)


def _place(lead: str, match: re.Match[str]) -> Place:
    name = "quoted" if match["quoted"] else "name"
    said = match[name].strip()
    return Place(lead, said, match.start(name), match.end(name), bool(match["whose"]), name == "quoted")


@lru_cache(maxsize=1)
def _shapes() -> dict[str, re.Pattern[str]]:
    again = r"(?=\s+(?:again|back)\b)"
    return {lead: _named(shape, again if lead == "again" else "") for lead, shape in _LEADS.items()}


@lru_cache(maxsize=16)
def _named(lead: str, end: str = "") -> re.Pattern[str]:
    """A lead, and the name after it: in quotes, or the fewest words that something ends."""
    word = rf"(?!{_edges()}\b){_WORD}(?![\w.]*@)"
    name = rf"{word}(?:\s+{word}){{0,{MOST - 1}}}?"
    quoted = r"[“\"‘'](?P<quoted>[^“”\"‘\n]{2,100}?)[”\"’']"
    return re.compile(rf"(?:{lead})\s+{_WHOSE}(?:{quoted}|(?P<name>{name}){end or _end()})", re.IGNORECASE)


@lru_cache(maxsize=1)
def _edges() -> str:
    words = {*lexicon().table("edges")["words"].split(), *listed("ends"), "her", "him", "us", "me"}
    return f"(?:{_either(words)})"


@lru_cache(maxsize=1)
def _end() -> str:
    return rf"(?=\s*(?:[,;:!?)(\n–—]|\.(?:\s|$)|$)|\s+-\s|\s+{_edges()}\b|\s+\S+@)"
