"""Arguments that are a stretch of the asker's own words: reasons, rules, schedules, the question itself."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from bot.assistant.offline.fillers import Context
from bot.assistant.offline.kinds_of_mail import kind_of_mail
from bot.assistant.offline.lexicon import lexicon, pattern

_NAMED_BEFORE = re.compile(
    r"\b(?:owner:?|owned by|by|for|did|has|does|is|from)\s+([A-Z][\w'-]+(?: [A-Z][\w'-]+)?)"
)
_NAMED_AFTER = re.compile(
    r"\b([A-Z][\w-]+(?: [A-Z][\w-]+)?)(?:'s|’s)?\s+(?:did|approved|has|changed|touched|votes?)\b"
)
_OF_ADDRESS = re.compile(r"\s*[<(\[]?\s*(?:mailto:)?[\w.+%'-]+@\w")
_CLAUSE_END = re.compile(r"[,;()\n]|\s[–—-]\s|$|\.(?=\s|$)")


def question(at: Context) -> object:
    """The whole request: it is the question."""
    return at.reading.text.strip() or None


def reason(at: Context) -> object:
    """What follows “because”, “due to”, “evidence:”; or the clause that speaks of what is asked for."""
    quoted = _quoted(at)
    if quoted and quoted == kind_of_mail(at):  # “unsubscribe her from “Insider”” names no reason
        quoted = None
    return quoted or _after("reason", at, to_end=True) or _clause_about(at)


def rule(at: Context) -> object:
    """The clause that says who wins: “oldest record wins”."""
    for clause in re.split(r"[,;:()\n]|\.(?=\s)", at.reading.text):
        if _cue("rule").search(clause) and len(clause.split()) > 1:
            return clause.strip(" .?!")
    return None


def changes(at: Context) -> object:
    """The differences named after “but” or “except”."""
    found = _after("changes", at, to_end=False)
    return [found] if found else None


def topic(at: Context) -> object:
    """What follows “about” or “with”."""
    return _quoted(at) or _after("subject", at, to_end=False)


def who(at: Context) -> object:
    """A person: a mention, an address, or a name after “owner” or “by”."""
    spans = at.reading.of("handle", "email")
    if spans:
        return spans[0].value
    said = at.reading.text
    named = _NAMED_BEFORE.search(said) or _NAMED_AFTER.search(said)
    plain = named[1] if named else ""
    return plain if plain and plain.lower() not in lexicon().known else None


def role(at: Context) -> object:
    """A role by its name."""
    match = pattern(lexicon().table("roles")["names"].split("|")).search(at.reading.masked)
    return match.group().strip() if match else None


def word(at: Context) -> object:
    """An open word, by the name of its argument: after the words that usually stand before it."""
    quoted = _quoted(at)
    name = at.argument.rpartition("_")[2]
    if name == "schedule":
        return _schedule(at)
    if name == "tool":
        return at.other_tool or None
    if name in lexicon().table("kinds")["question"].split("|"):
        return question(at)
    if name in lexicon().table("cues"):
        return quoted or _capital_after(name, at)
    shape = re.compile(rf"\b{re.escape(name)}\s*(?:is|:|=|to)?\s+([\w-]+)", re.IGNORECASE)
    match = shape.search(at.reading.text)
    return quoted or (match[1] if match else None)


OPEN: Mapping[str, Callable[[Context], object]] = {
    "question": question,
    "reason": reason,
    "rule": rule,
    "changes": changes,
    "topic": topic,
    "who": who,
    "role": role,
    "group": kind_of_mail,
    "word": word,
}


def _clause_about(at: Context) -> str | None:
    """The first clause that names the concept the argument is called by: “he filled in the form”."""
    shape = next((each for name, each in lexicon().concepts if name == f"c_{at.argument}"), None)
    clauses = re.split(r"[,;\n]|\band\b(?=.* (?:please|so)\b)|\.(?=\s|$)", at.reading.text)
    found = next((each.strip() for each in clauses if shape and shape.search(each)), "")
    return found if len(found.split()) > 1 else None


def _schedule(at: Context) -> str | None:
    match = _cue("schedule").search(at.reading.text)
    if match is None:
        return None
    end = _CLAUSE_END.search(at.reading.text, match.end())
    said = at.reading.text[match.start() : end.start() if end else None]
    return re.split(r"\b(?:and|that|to|for|called|named|owner|with)\b", said)[0].strip(" .?!") or None


def _after(kind: str, at: Context, *, to_end: bool) -> str | None:
    match = _cue(kind).search(at.reading.text)
    if match is None:
        return None
    rest = at.reading.text[match.end() :].lstrip(" :")
    if kind == "reason" and match.group().lower() in {"they", "he", "she"}:
        rest = at.reading.text[match.start() :]
    end = len(rest) if to_end else (_CLAUSE_END.search(rest) or re.search(r"$", rest)).start()  # type: ignore[union-attr]  # "$" always matches
    return rest[:end].strip(" .?!") or None


def _capital_after(name: str, at: Context) -> str | None:
    for match in _cue(name).finditer(at.reading.text):
        run = re.match(r"\s*((?:[A-Z0-9][\w&'-]*\s?)+)", at.reading.text[match.end() :])
        if run:
            return run[1].strip()
    return None


def _quoted(at: Context) -> str | None:
    """What stands in quotes, but for the name before somebody's address."""
    text = at.reading.text
    quoted = (each for each in at.reading.of("quoted") if not _OF_ADDRESS.match(text, each.end))
    return next((each.value for each in quoted), None)


@lru_cache(maxsize=16)
def _cue(kind: str) -> re.Pattern[str]:
    return pattern(lexicon().table("cues")[kind].split("|"))
