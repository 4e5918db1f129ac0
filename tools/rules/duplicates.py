"""Records that are probably the same person: candidates by blocking, then a score and a reason per pair.

Nobody can compare a million records with a million. A pair is looked at only when both records share a block:
the mailbox, the last name's sound or the initials with the employer, the phone. What is kept of a
record is one short piece of bytes and a few numbers: a million take some hundred megabytes.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations

from tools.errors import InvalidArguments
from tools.rules.company_names import company_key
from tools.rules.email_key import normalise
from tools.rules.nicknames import same_first_name

PROBABLE = 85  # of 100: shown as a duplicate
LARGEST_BLOCK = 150  # records; a block with more (a switchboard's phone) tells nothing and is passed over
BLOCKS = 5  # keys of one record at most, the mailbox apart
# Providers of mail to everybody: sharing one says nothing of the employer. (Their sign-up pages.)
FREE_MAIL = frozenset({
    "gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "live.com", "msn.com",
    "aol.com",
    "icloud.com", "me.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "orange.fr", "free.fr",
    "wanadoo.fr",
    "libero.it", "mail.ru", "qq.com", "163.com", "proton.me", "protonmail.com",
})  # fmt: skip
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})  # dots in the name are ignored (Google, Gmail help)
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is compared of one record. `ref` is the caller's name for it."""

    ref: str
    address: str
    first_name: str
    last_name: str
    company: str
    phone: str = ""
    kind: str = ""  # the vendor's object


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, how sure (0..100), and why."""

    one: Likeness
    other: Likeness
    score: int
    reason: str


@dataclass(slots=True)
class Comparison:
    """Takes records one by one, then tells the pairs. `passed_over` counts blocks too large to tell."""

    passed_over: int = 0
    _records: list[bytes] = field(default_factory=list)
    _mailboxes: "array[int]" = field(default_factory=lambda: array("Q"))
    _keys: "array[int]" = field(default_factory=lambda: array("Q"))  # BLOCKS numbers a record; 0 is none

    def __len__(self) -> int:
        return len(self._records)

    def take(self, record: Likeness) -> None:
        """Remember a record. Its texts are compared without case, accents and punctuation."""
        mailbox = mailbox_of(record.address)
        first, last, company = plain(record.first_name), plain(record.last_name), _company(record.company)
        domain = mailbox.rpartition("@")[2]
        phone = re.sub(r"\D", "", record.phone)[-9:]
        shown = (record.ref, record.kind, record.address, record.first_name, record.last_name, record.company)
        self._records.append(_SEPARATOR.join((*shown, record.phone)).encode())
        self._mailboxes.append(_number(mailbox) if mailbox else 0)
        keys = [_number(each) for each in _blocks(first, last, company, domain, phone)][:BLOCKS]
        self._keys.extend([*keys, *([0] * (BLOCKS - len(keys)))])

    def pairs(self, *, least: int = PROBABLE) -> Iterator[Pair]:
        """Pairs of at least that score, those of one mailbox first, each pair once."""
        yield from self._same_mailbox()
        for key, block in self._shared_blocks():
            records = [(each, self._record(each)) for each in block]
            for (one, left), (other, right) in combinations(records, 2):
                if not _names(left, right)[0] or self._one_mailbox(one, other):
                    continue  # most pairs of a block end here: nothing makes up for another name
                score, reason = likeness(left, right)
                if score >= least and self._first_shared(key, one, other):
                    yield Pair(left, right, score, reason)

    def _same_mailbox(self) -> Iterator[Pair]:
        for _, block in _equal(self._mailboxes):
            first = self._record(block[0])
            for each in block[1:]:
                other = self._record(each)
                score, reason = likeness(first, other)
                yield Pair(first, other, score, reason)

    def _one_mailbox(self, one: int, other: int) -> bool:
        return bool(self._mailboxes[one]) and self._mailboxes[one] == self._mailboxes[other]

    def _first_shared(self, key: int, one: int, other: int) -> bool:
        """Whether this block is the one in which a pair that shares several is looked at."""
        return key == min((set(self._of(one)) & set(self._of(other))) - {0})

    def _of(self, index: int) -> "array[int]":
        return self._keys[index * BLOCKS : (index + 1) * BLOCKS]

    def _shared_blocks(self) -> Iterator[tuple[int, list[int]]]:
        for key, block in _equal(self._keys):
            records = sorted({place // BLOCKS for place in block})
            if len(records) > LARGEST_BLOCK:
                self.passed_over += 1
            elif len(records) > 1:
                yield key, records

    def _record(self, index: int) -> Likeness:
        ref, kind, address, first, last, company, phone = self._records[index].decode().split(_SEPARATOR)
        return Likeness(ref, address, first, last, company, phone, kind)


def likeness(one: Likeness, other: Likeness) -> tuple[int, str]:
    """How sure it is that two records are one person, and why, strongest first."""
    if one.address and _normal(one.address) == _normal(other.address):
        kinds = f" ({one.kind} and {other.kind})" if one.kind != other.kind else ""
        return 100, f"same address{kinds}"
    name, said = _names(one, other)
    if mailbox_of(one.address) and mailbox_of(one.address) == mailbox_of(other.address):
        return (97, "same mailbox, written differently") if name else (90, "same mailbox, other name")
    work, where = _employer(one, other)
    phone = _phone(one, other)
    if not name or (not work and not phone):
        return 0, ""
    score = name + work + phone
    reasons = [said, *where, *(["same phone"] if phone else [])]
    return min(score, 96), ", ".join(reasons)


def clusters(pairs: Iterable[Pair]) -> list[list[Likeness]]:
    """Records joined into groups by their pairs, larger groups first."""
    parents: dict[str, str] = {}
    records: dict[str, Likeness] = {}

    def root(ref: str) -> str:
        while parents[ref] != ref:
            parents[ref] = parents[parents[ref]]
            ref = parents[ref]
        return ref

    for pair in pairs:
        for each in (pair.one, pair.other):
            parents.setdefault(each.ref, each.ref)
            records.setdefault(each.ref, each)
        parents[root(pair.other.ref)] = root(pair.one.ref)
    groups: dict[str, list[Likeness]] = {}
    for ref in parents:
        groups.setdefault(root(ref), []).append(records[ref])
    return sorted(groups.values(), key=lambda group: (-len(group), group[0].ref))


def mailbox_of(address: str) -> str:
    """The address without what its provider ignores: the tag after a plus, dots at Gmail; "" when it is none.

    Good for finding duplicates, never for consent: somebody may have chosen otherwise for a tagged address.
    """
    local, _, domain = _normal(address).rpartition("@")
    if not local:
        return ""
    bare = local.split("+")[0] or local
    return f"{bare.replace('.', '') if domain in _DOTLESS else bare}@{domain}"


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Text in small letters without accents and punctuation."""
    small = text.casefold()
    if not small.isascii():
        small = "".join(x for x in unicodedata.normalize("NFKD", small) if not unicodedata.combining(x))
    return " ".join(re.findall(r"\w+", small))


@lru_cache(maxsize=65_536)
def sound(name: str) -> str:
    """What a last name sounds like (American Soundex, United States National Archives)."""
    letters = [letter for letter in plain(name) if letter.isalpha()]
    if not letters:
        return ""
    codes = [_SOUNDS.get(letter, "") for letter in letters if letter not in "hw"]
    kept = [code for index, code in enumerate(codes) if code and (index == 0 or code != codes[index - 1])]
    tail = kept[1:] if codes and codes[0] and kept else kept
    return (letters[0] + "".join(tail) + "000")[:4]


_SOUNDS = {
    letter: code
    for code, group in (("1", "bfpv"), ("2", "cgjkqsxz"), ("3", "dt"), ("4", "l"), ("5", "mn"), ("6", "r"))
    for letter in group
}


def _blocks(first: str, last: str, company: str, domain: str, phone: str) -> Iterator[str]:
    """The blocks a record stands in: employer with the last name's sound or with both initials, and phone."""
    work = "" if domain in FREE_MAIL else domain
    whose, initials = sound(last), "".join(sorted((first[:1], last[:1])))
    for employer in filter(None, (work, company[:6])):
        if whose:
            yield f"s|{whose}|{employer}"
        if first and last:
            yield f"i|{initials}|{employer}"
    if len(phone) >= 7:  # noqa: PLR2004 (digits; what is shorter is an extension)
        yield f"p|{phone}"


def _names(one: Likeness, other: Likeness) -> tuple[int, str]:
    """Points for the name: 0 unless both first and last names can be one person's."""
    from rapidfuzz.distance import JaroWinkler

    first = plain(one.first_name), plain(other.first_name)
    last = plain(one.last_name), plain(other.last_name)
    if not all(first) or not all(last):
        return 0, ""
    if first == last[::-1] and first[0] != first[1]:
        return 52, "first and last name swapped"
    family, given = JaroWinkler.similarity(*last), JaroWinkler.similarity(*first)
    if family == 1:
        return _given(*first)
    near = family >= 0.94 and given >= 0.9  # noqa: PLR2004 (one letter changed in a name of usual length)
    return (52, "nearly the same name") if near else (0, "")


def _given(one: str, other: str) -> tuple[int, str]:
    """Points for the first names where the last names are alike."""
    if one == other:
        return 60, "same name"
    if same_first_name(one.split(maxsplit=1)[0], other.split(maxsplit=1)[0]):
        return 57, f"same last name, “{one}” and “{other}” are one first name"
    return (50, "same last name and initial") if _initial(one, other) else (0, "")


def _initial(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and long.startswith(short)


def _employer(one: Likeness, other: Likeness) -> tuple[int, list[str]]:
    """Points for the company's name and the address's domain."""
    from rapidfuzz import fuzz

    points = 0
    reasons: list[str] = []
    keys = _company(one.company), _company(other.company)
    if all(keys):
        alike = fuzz.token_sort_ratio(*keys)
        if alike == 100:  # noqa: PLR2004 (of 100)
            points, reasons = points + 25, [*reasons, "same company"]
        elif alike >= 88 or _abbreviated(*keys):  # noqa: PLR2004 (of 100)
            points, reasons = points + 15, [*reasons, "company nearly the same"]
    domains = [mailbox_of(each.address).rpartition("@")[2] for each in (one, other)]
    if domains[0] and domains[0] == domains[1] and domains[0] not in FREE_MAIL:
        points, reasons = points + 15, [*reasons, "same domain"]
    return points, reasons


def _abbreviated(one: str, other: str) -> bool:
    short, long = sorted((one.split(), other.split()), key=len)
    return len(short) < len(long) and long[: len(short)] == short and len(short[0]) > 3  # noqa: PLR2004 (letters)


def _phone(one: Likeness, other: Likeness) -> int:
    digits = [re.sub(r"\D", "", each.phone)[-9:] for each in (one, other)]
    return 30 if len(digits[0]) >= 7 and digits[0] == digits[1] else 0  # noqa: PLR2004 (digits)


@lru_cache(maxsize=65_536)
def _company(name: str) -> str:
    return company_key(name)


@lru_cache(maxsize=65_536)
def _normal(address: str) -> str:
    try:
        return normalise(address)
    except InvalidArguments:
        return ""


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) or 1


def _equal(numbers: "array[int]") -> Iterator[tuple[int, list[int]]]:
    """Each number that stands in several places, zeros left out, with the places."""
    import numpy as np

    held = np.frombuffer(numbers, dtype=np.uint64)
    order = np.argsort(held, kind="stable")
    ranked = held[order]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1]))) if len(held) else held
    ends = np.concatenate((starts[1:], [len(held)]))
    for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
        if number := int(ranked[start]):
            yield number, order[start:end].tolist()
