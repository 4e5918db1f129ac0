"""Arguments with few possible values: periods, addresses, systems, members of closed sets, numbers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from bot.assistant.offline import letters
from bot.assistant.offline.assigning import assigned, unassigned
from bot.assistant.offline.definitions import definition
from bot.assistant.offline.lexicon import lexicon, pattern
from bot.assistant.offline.moments import DAYS_IN, NUMBERS
from bot.assistant.offline.mood import inflections
from bot.assistant.offline.reading import Reading, Span

_AGE = re.compile(
    r"\b(\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty|sixty|ninety)[\s-]*(day|week|month|quarter|year)s?\b",
    re.IGNORECASE,
)
_AGE_SHORT = re.compile(r"\b(\d+)\s*([dwmy])\b", re.IGNORECASE)
_COUNT = re.compile(
    r"\b(\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|twelve)\s+(?!days?|weeks?|months?|years?|quarters?|percent|%)(?=[a-z])",
    re.IGNORECASE,
)
_SHORT_UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}
_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:that|this|it|them|these|those|the last one|the previous one|last one|my last)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a filler sees: the request, the argument's name and allowed values, attachments, the last plan."""

    reading: Reading
    argument: str
    allowed: tuple[str, ...]
    files: Sequence[str] = ()
    last_plan: str = ""
    runs_apart: bool = False  # the tool has another argument for runs
    assigns: bool = False  # the tool has another argument for new values
    other_tool: str = ""  # which other tool the words name, for a tool that schedules others


Filler = Callable[[Context], object]


def period(at: Context) -> object:
    """The first range of time that is not part of a name; a day of the week only when there is no other."""
    found = [each for each in at.reading.of("period") if not _in_name(at.reading, each)]
    ranked = sorted(found, key=lambda each: bool(_WEEKDAY.search(at.reading.text[each.start : each.end])))
    return ranked[0].value if ranked else None


def emails(at: Context) -> object:
    """Every valid address, in order, once; of a mail passed on who wrote it, nobody when that is open."""
    sent_to = letters.getters(at.reading.text)
    spans = [
        each
        for each in at.reading.of("email")
        if not any(start <= each.start < end for start, end in sent_to)
    ]
    valid = (_address(each.value) for each in spans)
    found = list(dict.fromkeys(each for each in valid if each))
    if len(found) > 1 and letters.passed_on(at.reading.text):
        return None
    return found or None


def email(at: Context) -> object:
    """The one address; several are no single address."""
    found = emails(at)
    return found[0] if isinstance(found, list) and len(found) == 1 else None


def systems(at: Context) -> object:
    """The vendors named; all of them is the same as not saying."""
    found = [each for each in at.reading.systems if not at.allowed or each in at.allowed]
    return found or None


def system(at: Context) -> object:
    """The vendor named first."""
    found = systems(at)
    return found[0] if isinstance(found, list) else None


def member(kind: str) -> Filler:
    """A member of a closed set, by the ways people say it, else by its own name."""

    def fill(at: Context) -> object:
        hits = [
            (match.start(), -len(match.group()), value)
            for value, shape in _members(kind, at.allowed)
            for match in shape.finditer(at.reading.masked)
        ]
        return min(hits, key=lambda each: (each[1], each[0]))[2] if hits else None

    return fill


def days(at: Context) -> object:
    """A length of time in days: 90 days, three months, a year, 6w."""
    for match in (*_AGE.finditer(at.reading.text), *_AGE_SHORT.finditer(at.reading.text)):
        number, unit = match.groups()
        unit = _SHORT_UNITS.get(unit.lower(), unit.lower())
        return (NUMBERS.get(number.lower()) or int(number)) * {"quarter": 90}.get(unit, DAYS_IN[unit])
    return None


def count(at: Context) -> object:
    """A number of things."""
    match = _COUNT.search(at.reading.text)
    return (NUMBERS.get(match[1].lower()) or int(match[1])) if match else None


def plan(at: Context) -> object:
    """A plan's or run's number, or “that” for the last one of this thread."""
    found = _numbered(at.reading)
    mine = next((each for each in found if each[0] == "P" or not at.runs_apart), None)
    return mine or (at.last_plan if at.last_plan and not found and _PRONOUN.search(at.reading.text) else None)


def run(at: Context) -> object:
    """A run's number."""
    return next((each for each in _numbered(at.reading) if each[0] == "R"), None)


def _numbered(reading: Reading) -> list[str]:
    """Plans and runs by number: P-1042, R-17, “run 17”."""
    said = (
        re.match(r"([A-Za-z]+)?\W*(\d+)", reading.text[each.start : each.end]) for each in reading.of("plan")
    )
    return [f"{(each[1] or 'P')[0].upper()}-{each[2]}" for each in said if each]


def reference(at: Context) -> object:
    """A ticket, finding or request number."""
    spans = at.reading.of("reference", "plan")
    if spans:
        return at.reading.text[spans[0].start : spans[0].end].lstrip("#")
    cue = re.search(
        r"\b(?:request|ticket|case|ref(?:erence)?|number|no\.?|id|finding|answer)\s*[:#]?\s*([A-Z]*-?\d[\w-]*)",
        at.reading.text,
        re.IGNORECASE,
    )
    return cue[1] if cue else None


def file(at: Context) -> object:
    """The attachment, or a file named in the text."""
    named = next((each.value for each in at.reading.of("file")), None)
    return named or (at.files[0] if len(at.files) == 1 else None)


def columns(at: Context) -> object:
    """What the columns of a file are said to be, each as `title=meaning`."""
    return [pair for each in at.reading.of("column") for pair in each.value.split("\n")] or None


def flag(at: Context) -> object:
    """True when the argument's own word, or a word of the same meaning, is said."""
    words = at.argument.replace("_", " ")
    if re.search(rf"\b(?:not|no|un)[ -]?{words}", at.reading.masked):
        return False
    alike = [shape for _, shape in lexicon().concepts if shape.fullmatch(words)]
    return True if any(each.search(at.reading.masked) for each in (pattern([words]), *alike)) else None


def fields(at: Context) -> object:
    """Field names in the text, in order of mention."""
    hits: dict[str, re.Match[str]] = {}
    for name, words in lexicon().table("fields").items():
        match = pattern(words.split("|")).search(at.reading.masked)
        if match:
            hits[name] = match
    ends = {match.end() for match in hits.values()}
    own = {
        name for name, match in hits.items() if match.start() - 1 not in ends
    }  # “country names” is one field
    return sorted(own, key=lambda each: hits[each].start()) or None


def values(at: Context) -> object:
    """New values by field: set country to Germany, lead source = Webinar."""
    return assigned(at.reading.text)


def tree(at: Context) -> object:
    """Who is meant, as a filter tree; what they are to become says nothing of who they are."""
    if not at.assigns:
        return definition(at.reading)
    return definition(Reading(unassigned(at.reading.text), at.reading.today))


CLOSED: Mapping[str, Filler] = {
    "period": period,
    "emails": emails,
    "email": email,
    "systems": systems,
    "system": system,
    "days": days,
    "count": count,
    "plan": plan,
    "run": run,
    "reference": reference,
    "file": file,
    "columns": columns,
    "flag": flag,
    "fields": fields,
    "values": values,
    "definition": tree,
}


def _address(said: str) -> str:
    try:
        return validate_email(said.strip("'"), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return ""


def _in_name(reading: Reading, span: Span) -> bool:
    """“Q3 Webinar”, “October newsletter”: a bare period before a noun of campaigns is part of its name."""
    said = reading.text[span.start : span.end]
    bare = re.fullmatch(r"(?:q[1-4]|h[12]|20\d\d|[a-z]+|q[1-4] 20\d\d|fy ?\d\d)", said, re.IGNORECASE)
    following = re.match(r"[ -]+([A-Za-z][\w-]*)", reading.text[span.end :])
    if not bare or not following or said.lower() in {"today", "yesterday", "ytd", "mtd", "qtd"}:
        return False
    kept = lexicon().table("heads")["campaign"].replace("!", "").split()
    return following[1][0].isupper() or following[1].lower() in kept


@lru_cache(maxsize=64)
def _members(kind: str, allowed: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    said = lexicon().table("values", kind)
    return tuple(
        (value, pattern(_bent([*said.get(value, value).split("|"), value.replace("_", " ")])))
        for value in allowed
    )


def _bent(phrases: Sequence[str]) -> list[str]:
    """The phrases, and the verbs among them in -ed and -ing: “activated” says what “activate” says."""
    known = frozenset(phrases)
    return [*phrases, *(form for form, verb in inflections(frozenset()).items() if verb in known)]
