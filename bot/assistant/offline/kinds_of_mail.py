"""One kind of mail among others: “from the Newsletter”, “off our weekly digest”, “Product Updates alone”.

Nothing here knows the groups there are. A name is surely one kind of mail when it is in quotes or written
large, is a noun of mail (“newsletter”, “event e-mails”), or has “only” or “group” beside it; anything less is
one only where a group is called so. “From everything”, “from us” and “from the CRM” name none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.offline.fillers import Context
from bot.assistant.offline.lexicon import lexicon
from bot.assistant.offline.mail_places import MOST, STRONG, Place, exceptions, listed, places
from bot.assistant.offline.reading import Reading

STRANGE = 4  # letters from which a word that nobody knows is taken for a name
_QUOTES = "“”\"'"
_WORDS = re.compile(r"[\w&'’+-]+")
_VALUES = ("period", "number", "plan", "reference", "file", "email", "domain", "handle", "column")


@dataclass(frozen=True, slots=True)
class Kind:
    """A name as it was said; `sure` when the words by themselves say that it is one kind of mail."""

    name: str
    start: int
    sure: bool


def kind_of_mail(at: Context) -> object:
    """The group's name as it was said; None when the request is about all mail, or nothing is sure."""
    return next((each.name for each in heard(at.reading) if each.sure), None)


def heard(said: Reading) -> tuple[Kind, ...]:
    """Every name that may be a kind of mail, in order of mention: marked ones, else those in place."""
    marked = tuple(_marked(said.text))
    if marked or everything(said):
        return marked
    found: dict[int, Kind] = {}
    for place in places(said.text):
        kind = _kind(said, place)
        if kind and (kind.start not in found or kind.sure):
            found[kind.start] = kind
    return tuple(found[start] for start in sorted(found))


def possible(said: Reading) -> bool:
    """Whether a group could be named at all: “from Support” is one where a group is called so."""
    named = any(not all_mail(each.name) for each in places(said.text))
    return named or bool(heard(said)) or bool(excepted(said))


def surely(said: Reading, place: Place) -> bool:
    """Whether what stands there is one kind of mail by its words alone."""
    kind = _kind(said, place)
    return kind is not None and kind.sure


def everything(said: Reading) -> bool:
    """Whether people leave all mail, or come back to all of it: “from everything”, “off our lists”."""
    return any(each.lead in STRONG and all_mail(each.name) for each in places(said.text))


def all_mail(name: str) -> bool:
    """Whether these words are no kind of mail but all of it: “all mail”, “our marketing e-mails”."""
    words = [each.casefold() for each in _WORDS.findall(name)]
    every = listed("everything")
    return not every.isdisjoint(words) and all(each in every | listed("filling") for each in words)


def says_all(said: Reading) -> bool:
    """Whether nothing is said but “all mail”, by itself or where a kind of mail is named."""
    bare = " ".join(each for each in _WORDS.findall(said.bare) if each not in lexicon().stop)
    return all_mail(bare) or any(all_mail(each.name) for each in places(said.text))


def excepted(said: Reading) -> str:
    """The kind that is to go on when all other mail stops: “everything but the Newsletter”; "" for none."""
    kinds = (_kind(said, each) for each in exceptions(said.text))
    return next((each.name for each in kinds if each and each.sure), "")


def _kind(said: Reading, place: Place) -> Kind | None:
    """What is named there, without “list” and “e-mails” behind it; None when it cannot be mail."""
    words = _WORDS.findall(place.name)
    while len(words) > 1 and words[-1].casefold() in listed("tails"):
        words = words[:-1]
    if place.quoted:
        return Kind(place.name, place.start, sure=True)
    bare = " ".join(words)
    tailed = not place.name.endswith(bare)
    if not words or all_mail(place.name) or _elsewhere(said, place, bare.casefold(), tailed=tailed):
        return None
    if place.lead == "more" and not words[0][0].isupper():
        return None  # “no more newsletters” is no more of any
    return Kind(bare, place.start, (tailed and place.lead in STRONG) or _sure(said, place, words))


def _sure(said: Reading, place: Place, words: list[str]) -> bool:
    """Whether the words themselves say that they are a kind of mail, or somebody's name for one."""
    strong, last = place.lead in STRONG, words[-1].casefold()
    large = any(each[0].isupper() for each in words)
    if last in listed("kinds"):
        return strong or place.determined or large or len(words) > 1
    if large:
        return place.determined or (strong and not _their_company(said, words))
    strange = last.isalpha() and len(last) >= STRANGE and last not in lexicon().known
    return strong and place.determined and strange


def _elsewhere(said: Reading, place: Place, name: str, *, tailed: bool) -> bool:
    """“From Marketo”, “from Germany”, “from the attached file”, “from last quarter”: no mail."""
    last = name.rpartition(" ")[2]
    if tailed:  # “the EMEA list”, “our sales e-mails”
        return last in listed("files") or name in _systems()
    inside = (each.start <= place.start and place.end <= each.end for each in said.of(*_VALUES))
    return any(inside) or last in listed("places") or name in _systems() | regions()


def _their_company(said: Reading, words: list[str]) -> bool:
    """“jane@acme.com from Acme” says where she works."""
    domains = [each.value.rpartition("@")[2].casefold() for each in said.of("email")]
    return any(words[0].casefold() in re.split(r"[.-]", each) for each in domains)


@lru_cache(maxsize=1)
def _systems() -> frozenset[str]:
    return frozenset(each for names in lexicon().table("systems").values() for each in names.split("|"))


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    """Names of countries, regions and cities."""
    regions = lexicon().table("regions")
    said = [*regions, *regions.values(), lexicon().table("cities")["names"]]
    return frozenset(name.casefold() for each in said for name in each.split("|"))


def _marked(text: str) -> Iterator[Kind]:
    nouns = listed("noun")
    for match in _shape().finditer(text):
        name = match["name"].strip(_QUOTES + " ")
        named = any(word[0].isupper() for word in name.split()) or match["quoted"]
        if name and (named or match["after"].lower() in nouns):
            yield Kind(name, match.start("name"), sure=True)


@lru_cache(maxsize=1)
def _shape() -> re.Pattern[str]:
    """A preposition, the name, and what says that it is one of several kinds."""
    table = lexicon().table("groups")
    before, after = (table[name].replace(" ", r"\s+") for name in ("before", "after"))
    word = r"[^\W\d_][\w&'’-]*"
    barred = rf"(?!(?:{before}|and|or)\b)"
    name = rf"{barred}{word}(?:\s+{barred}{word}){{0,{MOST - 1}}}?"
    return re.compile(
        rf"\b(?:{before})\s+(?:(?:the|our|your)\s+)?(?P<quoted>[“\"'])?(?P<name>{name})[”\"']?\s+(?P<after>{after})\b",
        re.IGNORECASE,
    )
