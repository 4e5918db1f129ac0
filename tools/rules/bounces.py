"""One class for every vendor's bounce, by table; the vendor's own words stay beside it.

Vendors file the same bounce under different heads, and under other heads in other years: blocked mail has
been counted as a hard bounce. So every signal is read (codes, phrases, the vendor's category), and where they
disagree the class with the milder consequence wins: `invalid` needs all of them to agree.
Sources: RFC 3463 and RFC 5321 for codes; Marketo's documentation of hard and soft bounces for its
categories; SendGrid's documentation of bounces, blocks, invalid emails and spam reports.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

BounceClass = Literal["invalid", "blocked", "full", "technical", "unknown", "complaint"]

# The first that any signal speaks for wins.
MILDEST_FIRST: tuple[BounceClass, ...] = ("complaint", "blocked", "full", "technical", "invalid")
SOFT: frozenset[BounceClass] = frozenset({"full", "technical", "unknown"})

# RFC 3463 status codes; the part behind the class digit, or the whole code where the digit matters.
ENHANCED: Mapping[str, BounceClass] = {
    "5.1.1": "invalid",
    "5.1.2": "invalid",
    "5.1.3": "invalid",
    "5.1.6": "invalid",
    "5.1.10": "invalid",
    "5.2.1": "invalid",
    "4.2.2": "full",
    "5.2.2": "full",
    "4.3.1": "full",
}
FAMILIES: Mapping[str, BounceClass] = {
    "5.7": "blocked",
    "4.4": "technical",
    "4.3": "technical",
    "4.7": "technical",
}
# Three-digit replies that mean something by themselves; 550 does not.
REPLIES: Mapping[str, BounceClass] = {
    "421": "technical",
    "450": "technical",
    "451": "technical",
    "452": "full",
    "552": "full",
    "554": "blocked",
    "571": "blocked",
}
# Categories that say what happened, by system.
CLEAR: Mapping[tuple[str, str], BounceClass] = {
    ("marketo", "1"): "blocked",
    ("marketo", "2"): "invalid",
    ("marketo", "3"): "full",
    ("marketo", "4"): "technical",
    ("sendgrid", "blocks"): "blocked",
    ("sendgrid", "blocked"): "blocked",
    ("sendgrid", "invalid_emails"): "invalid",
    ("sendgrid", "spam_reports"): "complaint",
    ("sendgrid", "spamreport"): "complaint",
    ("hubspot", "spamreport"): "complaint",
}
# Categories that only say that it bounced: they count when nothing else speaks.
COARSE: Mapping[tuple[str, str], BounceClass] = {
    ("sendgrid", "bounces"): "invalid",
    ("sendgrid", "bounce"): "invalid",
    ("sendgrid", "deferred"): "technical",
    ("hubspot", "hard"): "invalid",
    ("hubspot", "global"): "invalid",
    ("hubspot", "soft"): "technical",
    ("hubspot", "pending"): "technical",
}
PHRASES: Mapping[BounceClass, tuple[str, ...]] = {
    "blocked": (
        r"\bspam\b", "unsolicited", "black ?list", "block(ed| ?list)", r"\bpolicy\b", "reputation", r"dnsbl",
        r"\brbl\b", "spamhaus", "barracuda", r"\bdmarc\b", "content reject", "access denied",
        "not accepted from",
    ),
    "full": (
        "(mail ?)?box (is |was )?full", "over ?quota", "quota (is |was )?(exceeded|full)",
        r"exceed(ed|s) (\w+ )*(quota|storage)", "insufficient (system )?storage",
    ),
    "technical": (
        "timed?[ -]?out", "temporar", "try (again )?later", "try again", "gr[ae]y-?list", "rate ?limit",
        "throttl", "connection (was )?(refused|reset|lost|dropped)", "deferred",
        "too many (connections|messages)",
    ),
    "invalid": (
        "user unknown", "unknown (user|recipient|mailbox)",
        "(no such|invalid) (user|mailbox|recipient|address|domain)",
        r"(user|account|mailbox|recipient|address|domain)( \S+)? (does not|doesn't) exist",
        r"doesn't have an? \S+ account", "(mailbox|account|address|user) (is )?(disabled|inactive|closed)",
        r"(recipient|mailbox|domain|host|address|user)( \S+)? not found", "nxdomain", "malformed address",
        "bad destination (mailbox|system)",
    ),
}  # fmt: skip
_PATTERNS = {found: re.compile("|".join(said), re.IGNORECASE) for found, said in PHRASES.items()}
_NOT_WORDS = re.compile(r"\S+@\S+|https?://\S+")  # an address or a link may hold any word
_ENHANCED_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([245]\d{2})(?![\d.])")


def classify(*, system: str, text: str, category: str = "", code: str = "") -> BounceClass:
    """The class of a bounce from the vendor's words, category and SMTP codes."""
    head = (system, category.strip().lower())
    speaking = {*_enhanced(f"{code} {text}"), *_phrases(text)} | ({CLEAR[head]} if head in CLEAR else set())
    if not speaking:
        speaking = _replies(f"{code} {text}") or ({COARSE[head]} if head in COARSE else set())
    return next((each for each in MILDEST_FIRST if each in speaking), "unknown")


def _enhanced(text: str) -> set[BounceClass]:
    codes = [match.groups() for match in _ENHANCED_CODE.finditer(text)]
    whole = (ENHANCED.get(".".join(code)) or FAMILIES.get(".".join(code[:2])) for code in codes)
    return {found for found in whole if found}


def _phrases(text: str) -> set[BounceClass]:
    words = _NOT_WORDS.sub("*", text)
    return {found for found, pattern in _PATTERNS.items() if pattern.search(words)}


def _replies(text: str) -> set[BounceClass]:
    return {REPLIES[code] for code in _REPLY_CODE.findall(text) if code in REPLIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftRule:
    """When soft bounces together speak for a dead mailbox: this many, within this time, over these sends.

    No vendor turns soft into hard by itself; practitioners use three, others ten.
    """

    bounces: int = 3
    within: timedelta = timedelta(days=30)
    sends: int = 2


@dataclass(frozen=True, slots=True)
class SoftBounce:
    """One soft bounce: when, and of which send ("" where the system does not tell)."""

    at: datetime
    send: str


def soft_means_invalid(
    bounces: Sequence[SoftBounce],
    *,
    now: datetime,
    delivered: Sequence[datetime] = (),
    rule: SoftRule = SoftRule(),
) -> bool:
    """Whether soft bounces make a candidate for `invalid`: enough of them, and nothing delivered since.

    A candidate is shown to people; it is never purged on soft bounces.
    """
    alive = max(delivered, default=None)
    recent = [
        each for each in bounces if now - rule.within <= each.at <= now and (alive is None or each.at > alive)
    ]
    named = {each.send for each in recent} - {""}
    sends = len(named) or 1  # bounces of unnamed sends may all be of one that is named
    return len(recent) >= rule.bounces and sends >= rule.sends
