"""Who is meant, in words → a filter tree: titles, regions, industries, scores, domains, things people did.

Only clauses that were understood are in the tree; the reply shows it in words, and it can be edited there.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.assistant.offline.attendance import attendance
from bot.assistant.offline.lexicon import lexicon, pattern
from bot.assistant.offline.reading import Reading

Clause = dict[str, object]

_COMPARED = re.compile(
    r"\b(score|lead score|employees|revenue|age|amount)\s+(?:is\s+)?"
    r"(over|above|more than|greater than|at least|under|below|less than|at most|of at least|>=|<=|>|<|=)"
    r"\s*(\d[\d,.]*)",
    re.IGNORECASE,
)
_OPS = {
    "over": "gt", "above": "gt", "more than": "gt", "greater than": "gt", ">": "gt", "at least": "gte",
    "of at least": "gte", ">=": "gte", "under": "lt", "below": "lt", "less than": "lt", "<": "lt",
    "at most": "lte", "<=": "lte", "=": "eq",
}  # fmt: skip
_SAID = re.compile(
    r"\b(?P<field>[a-z ]{3,20}?)\s+(?P<op>contains|starts with|is not|isn't|is|equals|=|:)\s+"
    r"(?P<value>[\w&+./-]+(?: of)?(?: (?!and\b|or\b|in\b|with\b|country\b|industry\b|title\b)[\w&+./-]+)?)",
    re.IGNORECASE,
)
_SAID_OPS = {"contains": "contains", "starts with": "starts_with", "is not": "ne", "isn't": "ne"}
_UNSET = re.compile(
    r"\b(?:without|with no|missing|no)\s+(?:a |an |any )?(?P<field>[a-z ]{3,20}?)\b(?=[,.?!]|$| in | on )",
    re.IGNORECASE,
)
_DID = re.compile(
    r"\b(?P<verb>hit|visited|viewed|saw|opened|clicked|downloaded|attended|registered for|"
    r"filled(?: in| out)?)"
    r"\s+"
    r"(?:on )?(?:the |our |a |an )?(?P<what>[\w -]{2,30}?)(?: page| pages)?"
    r"(?:\s+(?P<times>once|twice|\d+ times|two times|three times|at least \d+ times))?"
    r"(?=\s+(?:in|within|over|during|since|last|x)\b|[,.?!]|$|\s+and\b)",
    re.IGNORECASE,
)
_EVENTS = {"hit": "page_visit", "visited": "page_visit", "viewed": "page_visit", "saw": "page_visit",
           "opened": "email_open", "clicked": "email_click", "downloaded": "download", "attended": "attended",
           "registered for": "registered"}  # fmt: skip
_LEFT_OUT = re.compile(
    r"\b(?:except(?: for)?|excluding|exclude|but not|other than|apart from|who are not|that are not|aren't|"
    r"outside(?: of)?|leaving out|minus)\b(?P<who>(?:[^,.;]|\.(?!\s|$))*)",
    re.IGNORECASE,
)
_WITHIN = re.compile(r"\b(?:in|within|over)\s+(?:the\s+)?(\d+)\s+(day|week|month)s?\b", re.IGNORECASE)
_QUIET = re.compile(r"\bnot (?:been )?(contacted|emailed|mailed|touched|active)\b", re.IGNORECASE)
_MEMBER = re.compile(
    r"\b(?:members? of|in the list|on the list|in segment)\s+(?:the\s+)?([\w &'-]{2,60}?)(?=[,.?!]|$)",
    re.IGNORECASE,
)


def definition(reading: Reading) -> Clause | None:
    """The filter tree of everything understood about who is meant, or None."""
    left_out = _LEFT_OUT.search(reading.text)
    clauses = list(_clauses(_only(reading, reading.text[: left_out.start()]) if left_out else reading))
    if left_out:
        clauses += [{"not": each} for each in _clauses(_only(reading, left_out["who"]))]
        clauses += list(_clauses(_only(reading, reading.text[left_out.end() :])))
    if not clauses:
        return None
    return clauses[0] if len(clauses) == 1 else {"all": clauses}


def _only(reading: Reading, text: str) -> Reading:
    return Reading(text, reading.today)


def _clauses(reading: Reading) -> Iterator[Clause]:
    said = list(_explicit(reading.text))
    named = {str(each["field"]) for each in said}
    yield from said
    if "title" not in named:
        yield from _listed("title", "contains", _titles(), reading.text)
    if "industry" not in named:
        yield from _listed("industry", "eq", _industries(), reading.text)
    if "country" not in named:
        yield from _listed("country", "eq", _regions(), reading.text)
    yield from _listed("city", "eq", _cities(), reading.text)
    yield from _lifecycle(reading.text)
    yield from _domains(reading)
    yield from _compared(reading.text)
    yield from _unset(reading.text)
    yield from _behaviour(reading)


def _lifecycle(text: str) -> Iterator[Clause]:
    """“Customers”, “MQLs”: where people stand; not the customers in “customer newsletter”."""
    for stage, shape in _stages():
        for match in shape.finditer(text):
            following = re.match(r"[\s-]+([a-z]+)", text[match.end() :], re.IGNORECASE)
            if following and following[1].lower() in _about_customers():
                continue
            clause: Clause = {"field": "lifecycle", "op": "eq", "value": stage}
            yield ({"not": clause} if match.group().lower().startswith("non") else clause)
            break


def _explicit(text: str) -> Iterator[Clause]:
    for match in _SAID.finditer(text):
        field = field_named(match["field"].strip().lower())
        if field:
            yield {"field": field, "op": _SAID_OPS.get(match["op"].lower(), "eq"), "value": match["value"]}
    bare = re.compile(r"\b(industry|country|state|city|region) ([A-Za-z][\w&-]+)(?=[,.?!]|$| and )")
    for match in bare.finditer(text):
        if match[2].lower() not in {"is", "on", "in", "equals", "contains", "values", "code", "codes"}:
            yield {"field": match[1].lower(), "op": "eq", "value": match[2]}


def _listed(field: str, op: str, shape: re.Pattern[str], text: str) -> Iterator[Clause]:
    found = list(dict.fromkeys(_singular(each.group()) for each in shape.finditer(text)))
    if len(found) == 1:
        yield {"field": field, "op": op, "value": found[0]}
    elif found and op == "eq":
        yield {"field": field, "op": "in", "value": found}
    elif found:
        yield {"any": [{"field": field, "op": op, "value": each} for each in found]}


def _domains(reading: Reading) -> Iterator[Clause]:
    for span in reading.of("domain"):
        yield {"field": "email", "op": "contains", "value": f"@{span.value.lstrip('@').lower()}"}


def _compared(text: str) -> Iterator[Clause]:
    for match in _COMPARED.finditer(text):
        number = float(match[3].replace(",", "").rstrip("."))
        field = "score" if "score" in match[1].lower() else match[1].lower()
        value: object = int(number) if number.is_integer() else number
        yield {"field": field, "op": _OPS[match[2].lower()], "value": value}


def _unset(text: str) -> Iterator[Clause]:
    for match in _UNSET.finditer(text):
        field = field_named(match["field"].strip().lower())
        if field:
            yield {"field": field, "op": "is_not_set"}


def _behaviour(reading: Reading) -> Iterator[Clause]:
    within = _within(reading)
    for match in _DID.finditer(reading.text):
        clause: Clause = {"event": _EVENTS.get(match["verb"].lower(), "form_fill")}
        clause["where"] = {"field": "name", "op": "contains", "value": match["what"].strip()}
        times = _times(match["times"])
        if times > 1:
            clause["count"] = {"gte": times}
        yield clause | ({"within": within} if within else {})
    quiet = _QUIET.search(reading.text)
    if quiet:
        yield {"not": {"event": "email_sent"} | ({"within": within} if within else {})}
    members = [match[1].strip() for match in _MEMBER.finditer(reading.text)]
    yield from ({"member": each} for each in members)
    if not members and not _DID.search(reading.text):
        yield from attendance(reading.text)


def _within(reading: Reading) -> str:
    match = _WITHIN.search(reading.text)
    if match:
        return f"last_{match[1]}_{match[2].lower()}s"
    return next((each.value for each in reading.of("period")), "")


def _times(said: str | None) -> int:
    words = {"once": 1, "twice": 2, "two times": 2, "three times": 3}
    if not said:
        return 1
    return words.get(said.lower()) or int(re.sub(r"\D", "", said) or 1)


def _singular(value: str) -> str:
    upper = re.fullmatch(r"([a-z]{2,4})s", value, re.IGNORECASE)
    return (
        value[:-1]
        if upper and value[:-1].lower() in {"vp", "cio", "cto", "cmo", "ceo", "cfo", "coo", "ciso", "cxo"}
        else value
    )


def field_named(said: str) -> str:
    """The field people mean by these words; empty when none."""
    for field, shape in _fields():
        if shape.fullmatch(said) or any(each.end() == len(said) for each in shape.finditer(said)):
            return field
    return ""


@lru_cache(maxsize=1)
def _fields() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, pattern(each.split("|"))) for name, each in lexicon().table("fields").items())


@lru_cache(maxsize=1)
def _stages() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = {name: each.split("|") for name, each in lexicon().table("lifecycle").items()}
    return tuple((name, pattern([*said, *(f"non-{each}" for each in said)])) for name, said in table.items())


@lru_cache(maxsize=1)
def _about_customers() -> frozenset[str]:
    """Nouns before which a customer is no person: campaigns, teams, things."""
    return frozenset(lexicon().table("heads")["campaign"].replace("!", " ").split()) | lexicon().words(
        "no_people"
    )


@lru_cache(maxsize=1)
def _cities() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(lexicon().table('cities')['names'].split('|'))})\b")


@lru_cache(maxsize=1)
def _titles() -> re.Pattern[str]:
    return pattern(lexicon().table("titles")["patterns"].split("|"))


@lru_cache(maxsize=1)
def _industries() -> re.Pattern[str]:
    return pattern(lexicon().table("industries")["names"].split("|"))


@lru_cache(maxsize=1)
def _regions() -> re.Pattern[str]:
    words = [
        each for phrase in lexicon().table("regions").values() for each in phrase.split("|") if each != "us"
    ]
    return re.compile(
        rf"(?i:{pattern(words).pattern})|\bUSA?\b|\bU\.S\."
    )  # "us" in small letters is a pronoun
