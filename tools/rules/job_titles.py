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
    "us": "US", "uk": "UK", "eu": "EU", "gtm": "GTM", "gm": "GM", "md": "MD", "pm": "PM", "pmo": "PMO",
    "bi": "BI", "sap": "SAP", "erp": "ERP", "sql": "SQL", "aws": "AWS", "api": "API", "ppc": "PPC",
    "sem": "SEM", "smb": "SMB", "abm": "ABM", "mba": "MBA", "cpa": "CPA", "phd": "PhD", "hrbp": "HRBP",
    "kam": "KAM", "ios": "iOS", "devops": "DevOps", "revops": "RevOps", "martech": "MarTech", "saas": "SaaS",
    "ii": "II", "iii": "III", "iv": "IV", "kpi": "KPI", "gdpr": "GDPR", "csr": "CSR", "esg": "ESG",
    "sdr": "SDR", "bdr": "BDR", "ae": "AE", "csm": "CSM",
    "sr": "Senior", "snr": "Senior", "jr": "Junior", "mgr": "Manager", "mgmt": "Management",
    "dir": "Director",
    "mktg": "Marketing", "mkt": "Marketing", "ops": "Ops", "mngr": "Manager", "asst": "Assistant",
    "assoc": "Associate", "exec": "Executive", "acct": "Account", "dept": "Department",
    "intl": "International",
}  # fmt: skip
_ALSO_WORDS = frozenset({"it", "us", "pr", "dir", "as", "md", "pm", "phd"})  # left alone where case tells
_ELIDED = re.compile(r"[dl]['’]\w+", re.IGNORECASE)  # chef d'équipe
_LEADS = re.compile(r"\b(?:[SERA]?VP|Director|Head|Chief|Manager)\b")  # of Engineering; others are engineers
_ENG = re.compile(r"\beng\b\.?", re.IGNORECASE)
_SMALL = frozenset({"of", "and", "for", "the", "in", "at", "to", "de", "und", "et"})
_VOWEL = re.compile(r"[aeiouyäöüáàâéèêëíîïóôúùûåæø]", re.IGNORECASE)
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
    said = "".join(_piece(piece, plain=plain, first=index == 0) for index, piece in enumerate(pieces))
    return _ENG.sub("Engineering", said) if _LEADS.search(said) else said


def seniority(title: str) -> Seniority:
    """How senior a title is. A vice president is none of the chiefs though the word is in it."""
    words = " ".join(normal_title(title).casefold().split())
    if re.search(r"\bvice[ -]president\b", words):
        return "vp"
    return next((rank for rank, pattern in _RANKS if pattern.search(words)), "staff")


def _piece(piece: str, *, plain: bool, first: bool) -> str:
    bare = piece.replace(".", "").casefold()
    if bare in _WHOLE and (plain or bare not in _ALSO_WORDS or piece == "Dir."):
        return _WHOLE[bare]
    if not plain or (piece.isupper() and piece.isalpha() and not _VOWEL.search(piece)):
        return piece  # an abbreviation that we do not know stays one
    small = piece.casefold()
    return (
        small
        if not first and (small in _SMALL or _ELIDED.fullmatch(small))
        else small[:1].upper() + small[1:]
    )
