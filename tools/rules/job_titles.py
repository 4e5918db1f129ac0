"""Job titles in one spelling, and how senior they are."""

import re
from collections.abc import Mapping
from typing import Literal

Seniority = Literal["chief", "vp", "director", "manager", "staff"]

_WHOLE: Mapping[str, str] = {
    "vp": "VP", "svp": "SVP", "evp": "EVP", "avp": "AVP", "rvp": "RVP", "ceo": "CEO", "cfo": "CFO",
    "cto": "CTO",
    "cmo": "CMO", "coo": "COO", "cio": "CIO", "ciso": "CISO", "cro": "CRO", "cpo": "CPO", "cdo": "CDO",
    "chro": "CHRO", "hr": "HR", "it": "IT", "pr": "PR", "seo": "SEO", "crm": "CRM", "qa": "QA", "ux": "UX",
    "ui": "UI", "ai": "AI", "b2b": "B2B", "emea": "EMEA", "apac": "APAC", "latam": "LATAM", "dach": "DACH",
    "us": "US", "uk": "UK", "eu": "EU", "gtm": "GTM", "sdr": "SDR", "bdr": "BDR", "ae": "AE", "csm": "CSM",
    "sr": "Senior", "snr": "Senior", "jr": "Junior", "mgr": "Manager", "mgmt": "Management",
    "dir": "Director",
    "mktg": "Marketing", "mkt": "Marketing", "eng": "Engineering", "ops": "Ops", "asst": "Assistant",
    "assoc": "Associate", "exec": "Executive", "acct": "Account", "dept": "Department",
    "intl": "International",
}  # fmt: skip
_ALSO_WORDS = frozenset({"it", "us", "pr", "dir", "as"})  # left alone where the case of a word tells
_SMALL = frozenset({"of", "and", "for", "the", "in", "at", "to", "de", "und", "et"})
_PIECE = re.compile(r"(?:[A-Za-z]\.){2,}|[\w'’]+\.?|[^\w]+")
_RANKS: tuple[tuple[Seniority, re.Pattern[str]], ...] = (
    ("chief",
    re.compile(r"\b(chief|c[eftmoirpd]o|ciso|chro|president|founder|owner|partner|geschäftsführer)\b")),
    ("vp", re.compile(r"\b([ser]?vp|avp|vice president|vice-president|head of|head)\b")),
    ("director", re.compile(r"\b(director|directeur|direktor|leiter)\b")),
    ("manager", re.compile(r"\b(manager|lead|supervisor|principal)\b")),
)  # fmt: skip


def normal_title(title: str) -> str:
    """The title with abbreviations spelled one way (`V.P.` → `VP`, `Sr.` → `Senior`) and in title case.

    The words and their order stay; a title in mixed case keeps the case of words we do not know.
    """
    flat = " ".join(title.split()).strip(" ,;-")
    plain = flat.islower() or flat.isupper()
    pieces = _PIECE.findall(flat)
    return "".join(_piece(piece, plain=plain, first=index == 0) for index, piece in enumerate(pieces))


def seniority(title: str) -> Seniority:
    """How senior a title is. A vice president is none of the chiefs though the word is in it."""
    words = " ".join(normal_title(title).casefold().split())
    if re.search(r"\bvice[ -]president\b", words):
        return "vp"
    return next((rank for rank, pattern in _RANKS if pattern.search(words)), "staff")


def _piece(piece: str, *, plain: bool, first: bool) -> str:
    bare = piece.replace(".", "").casefold()
    if bare in _WHOLE and (plain or bare not in _ALSO_WORDS):
        return _WHOLE[bare]
    if not plain:
        return piece
    small = piece.casefold()
    return small if small in _SMALL and not first else small[:1].upper() + small[1:]
