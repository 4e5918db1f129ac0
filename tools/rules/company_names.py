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
_SMALL = frozenset({"and", "of", "the", "for", "und", "et", "de", "y", "&"})
_LONG = 5  # letters: a shorter word in capitals is taken for an abbreviation


def normal_company(name: str) -> str:
    """The name with blanks made one, its legal form as registers write it, shouting and whispering undone."""
    words = " ".join(name.split()).replace(" ,", ",").split()
    if not words:
        return ""
    shouts = all(word.isupper() for word in words if word.isalpha()) and any(len(w) > _LONG for w in words)
    whispers = name.islower()
    cased = [
        _cased(word, first=index == 0, force=whispers, soften=shouts) for index, word in enumerate(words)
    ]
    return " ".join(_with_form(cased))


def company_key(name: str) -> str:
    """What is compared: small letters without accents, punctuation, articles and legal forms."""
    apart = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    words = re.findall(r"[a-z0-9]+", plain.replace(".", "").replace("'", ""))
    core = [word for word in words if word not in FORMS and word not in _IN_FULL | {"the", "and"}]
    return " ".join(core or words)


def _cased(word: str, *, first: bool, force: bool, soften: bool) -> str:
    if force:
        return word if word in _SMALL and not first else word[:1].upper() + word[1:]
    return word.capitalize() if soften and len(word) > _LONG and word.isalpha() else word


def _with_form(words: list[str]) -> list[str]:
    """The last word, and known ones before it (`GmbH & Co. KG`), as registers write them."""
    out = list(words)
    for index in range(len(out) - 1, 0, -1):
        bare = out[index].casefold().replace(".", "").rstrip(",")
        if bare not in FORMS and out[index] != "&":
            break
        if index == len(out) - 1 or bare in _SAFE_ANYWHERE or bare == "co":
            out[index] = FORMS.get(bare, out[index])
    return out
