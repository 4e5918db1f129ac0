"""Names of companies: legal forms in one spelling, letters in the usual case, and a key to compare by."""

import re
import unicodedata
from collections.abc import Mapping

# Legal forms as their registers write them.
FORMS: Mapping[str, str] = {
    "inc": "Inc.", "corp": "Corp.", "co": "Co.", "ltd": "Ltd.", "llc": "LLC", "llp": "LLP", "lp": "LP",
    "plc": "PLC", "gmbh": "GmbH",
    "ag": "AG", "kg": "KG", "ohg": "OHG", "ug": "UG", "se": "SE", "sa": "S.A.", "sas": "SAS", "sarl": "SARL",
    "sl": "S.L.", "spa": "S.p.A.", "srl": "S.r.l.", "bv": "B.V.", "nv": "N.V.", "ab": "AB", "oy": "Oy",
    "as": "AS",
    "aps": "ApS", "pty": "Pty", "pte": "Pte", "kk": "K.K.", "sro": "s.r.o.", "zoo": "z o.o.", "ev": "e.V.",
}  # fmt: skip
# Forms written out: said as they are, and as little part of the key as the short ones.
_IN_FULL = frozenset({"incorporated", "corporation", "company", "limited", "aktiengesellschaft"})
_SAFE_ANYWHERE = frozenset({"inc", "llc", "llp", "plc", "gmbh", "ltd", "corp"})
# Words too (a spa, a zoo, such as): a form only where they are written as one.
_WORDS = frozenset({"spa", "zoo", "as"})
_SMALL = frozenset({"and", "of", "the", "for", "at", "in", "und", "et", "de", "y", "&"})
_LONG = 5  # letters: a shorter word in capitals is taken for an abbreviation
# Short words that are none though they are as short.
_NO_ABBREVIATIONS = frozenset({
    "bank", "group", "media", "home", "food", "foods", "tech", "data", "labs", "auto", "sons", "bros", "city",
    "care", "life", "water", "power", "paper", "steel", "house", "south", "north", "east", "west", "trust",
    "new", "york", "texas", "great", "first", "union", "world", "green", "blue", "red", "black", "white",
})  # fmt: skip
_VOWEL = re.compile(r"[aeiouyäöüáàâéèêíóúåæø]")
_APART = re.compile(r"(?<![^\W\d_])(?:[dlo]['’])?[^\W\d_]")  # a word's first letter: O'Reilly, Coca-Cola


def normal_company(name: str) -> str:
    """The name with blanks made one, its legal form as registers write it, shouting and whispering undone.

    The letters of a name stay as they are where one of its words may be an abbreviation or a brand (`NASA`,
    `ibm`, `at&t`, `ebay.com`): half a name put right is worse than none.
    """
    words = " ".join(name.split()).replace(" ,", ",").split()
    if not words:
        return ""
    core = [word for word in words if _bare(word) not in FORMS and word.casefold() not in _SMALL]
    if name.islower() and all(map(_may_rise, core)) and _is_spoken(core, words):
        words = [word if word in _SMALL and index else _risen(word) for index, word in enumerate(words)]
    elif name.isupper() and all(map(_may_fall, core[1:])):  # the first may be short for something
        words = [_fallen(word, first=index == 0) for index, word in enumerate(words)]
    return " ".join(_with_form(words))


def company_key(name: str) -> str:
    """What is compared: small letters without accents, punctuation, articles and legal forms."""
    apart = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    words = re.findall(r"[a-z0-9]+", plain.replace(".", "").replace("'", ""))
    core = [word for word in words if word not in FORMS and word not in _IN_FULL | {"the", "and"}]
    return " ".join(core or words)


def _may_rise(word: str) -> bool:
    """Whether a word in small letters is one: no brand with signs in it, nothing that cannot be spoken."""
    plain = re.sub(r"[-'’,.]", "", word.rstrip(".,"))
    inner = "." in word.rstrip(".,")
    return not inner and plain.isalpha() and bool(_VOWEL.search(plain.casefold()))


def _is_spoken(core: list[str], words: list[str]) -> bool:
    """One short word alone may be an abbreviation (`sap`); one beside a legal form is none."""
    least = _LONG - 1 if len(words) > len(core) else _LONG
    return len(core) > 1 or any(len(word) >= least for word in core)


def _risen(word: str) -> str:
    return _APART.sub(lambda found: found[0].upper() if len(found[0]) == 1 else found[0].title(), word)


def _may_fall(word: str) -> bool:
    """Whether a word in capitals is no abbreviation."""
    plain = word.rstrip(".,")
    return plain.isalpha() and (len(plain) > _LONG or plain.casefold() in _NO_ABBREVIATIONS)


def _fallen(word: str, *, first: bool) -> str:
    if word.casefold() in _SMALL and not first:
        return word.casefold()
    return word.capitalize() if _bare(word) not in FORMS and _may_fall(word) else word


def _bare(word: str) -> str:
    return word.casefold().replace(".", "").rstrip(",")


def _with_form(words: list[str]) -> list[str]:
    """The last word, and known ones before it (`GmbH & Co. KG`), as registers write them."""
    out = list(words)
    for index in range(len(out) - 1, 0, -1):
        bare = _bare(out[index])
        if (bare not in FORMS and out[index] != "&") or _is_a_word(out[index], bare):
            break
        if index == len(out) - 1 or bare in _SAFE_ANYWHERE or bare == "co":
            out[index] = FORMS.get(bare, out[index])
    return out


def _is_a_word(written: str, bare: str) -> bool:
    """Whether a form is written as the word that it may be as well: `Day Spa`, `San Diego zoo`."""
    return bare in _WORDS and "." not in written and not written.isupper()
