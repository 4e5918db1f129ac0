"""First names that are one name: what people are called, and what stands on their card."""

from collections.abc import Mapping
from functools import cache

_GROUPS: tuple[tuple[str, ...], ...] = (
    ("alexander", "alex", "sasha", "alec"), ("alexandra", "alex", "sandra", "sasha"), ("andrew", "andy",
    "drew"),
    ("anthony", "tony"), ("antonio", "toni", "tonio"), ("benjamin", "ben", "benny"), ("charles", "charlie",
    "chuck"),
    ("catherine", "cathy", "kate", "katie", "katherine", "kathryn", "kathy"), ("christopher", "chris", "kit"),
    ("christine", "christina", "chris", "tina"), ("daniel", "dan", "danny"), ("david", "dave"),
    ("deborah", "debbie", "deb"), ("donald", "don"), ("douglas", "doug"), ("edward", "ed", "eddie", "ted",
    "ned"),
    ("elizabeth", "liz", "beth", "lisa", "eliza", "betty"), ("emily", "em", "emmy"), ("eugene", "gene"),
    ("frederick", "fred", "freddy", "friedrich", "fritz"), ("francis", "frank", "fran"), ("gabriel", "gabe"),
    ("gerald", "gerry", "jerry"), ("gregory", "greg"), ("henry", "harry", "hank"), ("isabella", "bella",
    "isa"),
    ("jacob", "jake"), ("james", "jim", "jimmy", "jamie"), ("jennifer", "jen", "jenny"), ("jeffrey", "jeff",
    "geoffrey"),
    ("jessica", "jess", "jessie"), ("johannes", "hannes", "john", "hans"), ("john", "jack", "johnny", "jon"),
    ("jonathan", "jon", "john"), ("joseph", "joe", "joey", "josef", "sepp"), ("joshua", "josh"),
    ("kenneth", "ken", "kenny"), ("lawrence", "larry", "laurence"), ("leonard", "leo", "len"), ("margaret",
    "maggie",
    "meg", "peggy"), ("matthew", "matt"), ("matthias", "matt", "mathias"), ("maximilian", "max"), ("michael",
    "mike",
    "mick", "michel", "micha"), ("nathaniel", "nathan", "nate"), ("nicholas", "nick", "nicolas", "niklas"),
    ("patricia", "pat", "patty", "trish"), ("patrick", "pat", "paddy"), ("peter", "pete"), ("philip", "phil",
    "phillip"), ("rebecca", "becky", "becca"), ("richard", "rick", "dick", "rich"), ("robert", "bob", "rob",
    "bobby",
    "bert"), ("ronald", "ron"), ("samuel", "sam"), ("samantha", "sam"), ("stephen", "steve", "steven",
    "stefan",
    "stephan"), ("stephanie", "steph", "steffi"), ("susan", "sue", "susie", "suzanne"), ("theodore", "ted",
    "theo"),
    ("thomas", "tom", "tommy"), ("timothy", "tim"), ("victoria", "vicky", "tori"), ("victor", "vic",
    "viktor"), ("vincent", "vince", "vinny"),
    ("walter", "walt"), ("william", "bill", "will", "billy", "liam", "willy"), ("zachary", "zach", "zack"),
)  # fmt: skip


def same_first_name(one: str, other: str) -> bool:
    """Whether two first names, in small letters, can be one person's: alike, or one short for the other."""
    return one == other or bool(_groups().get(one, frozenset()) & _groups().get(other, frozenset()))


@cache
def _groups() -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, names in enumerate(_GROUPS):
        for name in names:
            found.setdefault(name, set()).add(number)
    return {name: frozenset(groups) for name, groups in found.items()}
