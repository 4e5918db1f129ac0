"""What is said after something in the same thread: “only in EMEA”, “last quarter instead”."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.assistant.model import Call, PastTurn
from bot.assistant.offline.features import tokens
from bot.assistant.offline.lexicon import lexicon
from bot.assistant.offline.reading import Reading
from bot.assistant.offline.slots import Extras, allowed, fill, kind_of
from tools.registry import Tool

SHORT = 9  # words
SENTENCE = 30  # words
FRAGMENT = 3  # words
# Arguments that any words may fill.
OPEN_KINDS = frozenset(
    {
        "campaign",
        "segment",
        "list",
        "group",
        "vendor",
        "agent",
        "name",
        "reason",
        "word",
        "reference",
        "topic",
        "rule",
        "who",
    }
)

NUMBERED = frozenset({"reference"})  # what stands on a paper: a word or a number, and no sentence
_SENTENCE_LIKE = re.compile(
    r"\b(?:i|we|he|she|they|you|is|are|was|have|has|had|do|don['’]?t|does|not|no|none|will|can|what|why|which)\b",
    re.IGNORECASE,
)

_CUE = re.compile(
    r"^(?:(?:ok|okay|no|yes|and|but|now|then|well|sorry|please|actually|i meant?|make (?:it|that)|just|the)"
    r"[, ]+)*(?:only|just|same|what about|how about|for|in|on|without|except|excluding|exclude|not|instead|"
    r"by|since|from|also|with|within|between|use|narrow|limit|restrict|include|and|but|now|i meant?|rather|"
    r"make (?:it|that)|change (?:it|that) to|older|newer|younger|more than|less than|at least|"
    r"at most|over|under|above|below|until|before|during|all|everything|everywhere|skip|leave out|drop|"
    r"wait|hmm|(?:last|this|past) \w+)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\b(?:instead|too|as well|only|please|rather)\W*$", re.IGNORECASE)
_EXCLUDED = re.compile(r"\b(?:without|except|excluding|exclude|not|but not|skip|leave out)\b", re.IGNORECASE)


_PREFERENCES = (
    re.compile(
        r"^(?P<meant>.*?\w.*?),?\s+(?:and |but )?(?:not|instead of|rather than)\s+\S.*$", re.IGNORECASE
    ),
    re.compile(r"^(?:no,? |sorry,? )*not .+?,? but (?P<meant>.+)$", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Open:
    """A question of ours that waits: the tool, what was understood, which argument is open."""

    tool: Tool
    args: Mapping[str, object]
    about: str


def waiting(history: Sequence[PastTurn], tools: Mapping[str, Tool]) -> Open | None:
    """The question asked in the last turn, if it was about an argument."""
    last = history[-1] if history else None
    if last is None or last.outcome != "asked" or not last.asked_for or last.tool not in tools:
        return None
    return Open(tools[last.tool], last.args, last.asked_for)


def completed(question: Open, reading: Reading, extras: Extras) -> dict[str, object] | None:
    """The arguments with the answer put in; None when the words do not answer."""
    if reading.text.rstrip().endswith("?") and kind_of(question.tool, question.about) in OPEN_KINDS:
        return None
    found = dict(fill(question.tool, reading, extras).args)
    if question.about not in found and kind_of(question.tool, question.about) == "values":
        ordered = fill(question.tool, Reading(f"set {reading.text}", reading.today), extras).args
        found |= {name: ordered[name] for name in ordered if name == question.about}
    if question.about not in found and _plain_answer(question, reading):
        found[question.about] = _shaped(reading.text.strip(" .!\"'“”"))
    if question.about not in found:
        return None
    return {**found, **question.args, question.about: found[question.about]}


def a_fragment(reading: Reading) -> bool:
    """Whether so little is said that it is no request of its own: an answer that did not fit."""
    return len(reading.text.split()) <= FRAGMENT and not reading.text.rstrip().endswith("?")


def looks_like_more(reading: Reading) -> bool:
    """Whether the words lean on what was said before."""
    text = reading.text
    words = len(text.split())
    if len(reading.bare.split()) <= SHORT and only_values(reading):
        return True
    return words <= SHORT and bool(_CUE.match(text) or _TAIL.search(text) or words <= 3)  # noqa: PLR2004 (“last quarter”, “in Marketo”)


def only_values(reading: Reading) -> bool:
    """Whether nothing is said but values and words about values: “older than 90 days”, “Spring Launch”."""
    plain = lexicon().stop | lexicon().words("fragments")
    return all(each in plain or each.startswith("x") for each in tokens(reading.bare))


def preferred(text: str) -> str:
    """What is left of “SendGrid, not Marketo” and “not Marketo but SendGrid”: the part that is meant."""
    for shape in _PREFERENCES:
        match = shape.match(text)
        if match:
            return match["meant"].strip(" ,")
    return text


def adapted(last: PastTurn, tool: Tool, reading: Reading, extras: Extras) -> Call | None:
    """The last call with what is said now put in; None when nothing of it fits that tool."""
    meant = preferred(reading.text)
    if meant != reading.text and fill(tool, Reading(meant, reading.today), extras, turned=True).args:
        reading = Reading(meant, reading.today)
    found = {
        name: value
        for name, value in fill(tool, reading, extras, turned=True).args.items()
        if kind_of(tool, name) not in {"question", "reason", "word", "name", "changes", "topic"}
    }
    if not found:
        return None
    if _EXCLUDED.search(reading.masked):
        return _without(last, tool, found)
    merged = {**last.args, **found}
    for name, value in found.items():
        if kind_of(tool, name) == "definition" and last.args.get(name):
            merged[name] = _both(last.args[name], value)
        elif kind_of(tool, name) == "columns" and isinstance(value, list):
            before = last.args.get(name)
            merged[name] = [*(before if isinstance(before, list) else ()), *value]
    return Call(tool=tool.name, args=merged)


def _without(last: PastTurn, tool: Tool, found: Mapping[str, object]) -> Call | None:
    """“Not in Marketo”: the named members leave a list; a filter is turned round."""
    merged = dict(last.args)
    for name, value in found.items():
        if isinstance(value, list) and kind_of(tool, name) in {"systems", "emails"}:
            before = last.args.get(name) or list(allowed(tool, name))
            merged[name] = (
                [each for each in before if each not in value] if isinstance(before, list) else before
            )
        elif kind_of(tool, name) == "definition":
            turned = value if isinstance(value, Mapping) and "not" in value else {"not": value}
            merged[name] = _both(last.args[name], turned) if last.args.get(name) else turned
        else:
            return None
    return Call(tool=tool.name, args=merged)


def _both(first: object, second: object) -> dict[str, object]:
    clauses = first["all"] if isinstance(first, Mapping) and "all" in first else [first]
    return {"all": [*clauses, second]}


def _plain_answer(question: Open, reading: Reading) -> bool:
    """A few words that are no question and no value of another kind may be the answer itself."""
    kind = kind_of(question.tool, question.about)
    longest = SENTENCE if kind in {"reason", "word"} else SHORT
    return (
        kind in OPEN_KINDS
        and len(reading.text.split()) <= longest
        and not reading.text.rstrip().endswith("?")
        and not (kind in NUMBERED and _SENTENCE_LIKE.search(reading.text))
    )


def _shaped(said: str) -> str:
    said = re.sub(r"^(?:it'?s|its|the|for|from|in|on|to|call it|name it)\s+", "", said, flags=re.IGNORECASE)
    return re.sub(r"\s+(?:please|pls|campaign|segment|agent)$", "", said, flags=re.IGNORECASE)
