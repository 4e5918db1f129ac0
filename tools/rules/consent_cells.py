"""What a list says of consent: which titles speak of it, and what their cells say.

A file can add a restriction and never take one away, so every doubt is read as the stricter answer: a day,
a reason or a campaign in a column of opt-outs is an opt-out, and a no to being asked is a no to being mailed.
"""

import re
import unicodedata
from typing import Literal

from tools.rules.header_words import Meaning
from tools.rules.list_cells import clean

Consent = Literal["", "opted in", "opted out", "said no"]
LONGEST_ANSWER = 60  # letters; what is longer is the small print, not the answer
STRICTEST_FIRST: tuple[Consent, ...] = ("opted out", "said no", "opted in")


YES = frozenset({"true", "yes", "y", "1", "x", "t", "on", "ja", "oui", "si", "sí", "wahr", "vrai", "✓", "✔"})
NO = frozenset({"false", "no", "n", "0", "f", "off", "nein", "non", "falsch", "faux", "never", "nie",
                "refused", "declined", "denied", "abgelehnt", "refusé"})  # fmt: skip
_IN = frozenset({
    "opted in", "opt in", "optin", "subscribed", "active", "consented", "express", "yes", "angemeldet",
    "abonné",
    "suscrito",
})  # fmt: skip
_OUT = re.compile(
    r"\b(?:opt(?:ed)? ?out|unsub\w*|suppressed|do not (?:e ?mail|contact|mail)|complain\w*|spam\w*"
    r"|withdr\w+|revoked|objected|abgemeldet|abbestellt|widerrufen|widersprochen"
    r"|désabonn\w*|désinscrit\w*|retiré|baja|desuscrito)\b"
)
# Titles, in words without accents. What is said of the phone, and of why or by which link, is not meant.
_TITLE_OUT = re.compile(
    r"\b(?:unsub|unsubscribed?|opt(?:ed)? ?out|optout|do not (?:e ?mail|contact)|suppressed"
    r"|marketing suspended|black ?listed|block ?listed|abgemeldet|abmelde\w+|abbestellt|abmeldung"
    r"|widerspruch|widerruf\w*"
    r"|desinscrit|desinscription|desabonne\w*|dado de baja)\b"
)
_TITLE_IN = re.compile(
    r"\b(?:opt(?:ed)? ?in|optin|\w*einwilligung|consent\w*|subscribed"
    r"|(?:receive|get|send me)\b.*\b(?:e ?mails?|news\w*|offers|updates|communications?|marketing\w*))\b"
    r"|^newsletter(?: (?:abo|anmeldung|subscription|sign ?up|yes no|ja nein))?$"
)
_WHEN = re.compile(r"\b(?:time|timestamp|date|datum|day|on|am|zeitpunkt)\b")  # a day is not yet a yes
_OTHERWISE = re.compile(
    r"\b(?:fax|sms|text messages?|phone|call|calls|tel|telefon|whatsapp|link|url|ip|text|wording|version"
    r"|source|privacy|terms|datenschutz|agb|cookies?|statement|notice|description)\b"
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def title_of_consent(title: str) -> Meaning | None:
    """What a title that nobody listed says of consent; None for one that says nothing of it."""
    apart = unicodedata.normalize("NFKD", _HUMP.sub(" ", title).casefold())
    words = " ".join(re.findall(r"[a-z0-9]+", "".join(x for x in apart if not unicodedata.combining(x))))
    if _OTHERWISE.search(words):
        return None
    if _TITLE_OUT.search(words):
        return "opted_out"
    return "opted_in" if _TITLE_IN.search(words) and not _WHEN.search(words) else None


def consent_said(meaning: Meaning, cell: str) -> Consent:
    """What one cell of a column of consent says."""
    word = _word(cell)
    if not clean(cell) or not word:
        return ""
    if meaning == "opted_out":
        return "opted in" if word in NO or word.startswith("not ") else "opted out"
    first = word.split()[0] if meaning == "opted_in" else ""
    if first in YES | NO:  # whatever else a form has people agree to: “and can unsubscribe at any time”
        return "opted in" if first in YES else "said no"
    if len(word) <= LONGEST_ANSWER and _OUT.search(word) and not word.startswith("not "):
        return "opted out"
    return "opted in" if word in _IN else ""


def _word(cell: str) -> str:
    return " ".join(re.sub(r"[^\w✓✔]+", " ", cell.casefold()).replace("_", " ").split())
