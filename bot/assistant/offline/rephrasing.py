"""“She does not want the Newsletter any more” as an order: what is wished for somebody is understood as one.

So is a box that is to be un-ticked: “set opted out to false” lets people back, and never stops their mail.

Only what a request means is read from this, its values never: those stay as they were said.
"""

import re
from collections.abc import Iterator

from bot.assistant.offline.kinds_of_mail import surely
from bot.assistant.offline.mail_places import Place, places
from bot.assistant.offline.reading import Reading

_LEAVE = "wants to be unsubscribed from the Newsletter"
_RETURN = "wants to be resubscribed to the Newsletter"
_STOP = "unsubscribe from the Newsletter"
_WISHES = {
    "want": re.compile(
        r"(?:\b(?:do|does|did)\s*)?(?:n['’]?t|\bnot)\s+\w+|\bno\s+longer\s+\w+", re.IGNORECASE
    ),
    "again": re.compile(r"\b(?:wants?|asked\s+for)\b", re.IGNORECASE),
    "stop": re.compile(r"\b(?:stop|cease|end)\b", re.IGNORECASE),
}
_SAID = {"want": _LEAVE, "again": _RETURN, "stop": _STOP}
_MORE = re.compile(
    r"[”\"’']?(?:\s+(?:any\s*more|any\s+longer|at\s+all|again|back|now|please))*", re.IGNORECASE
)
_ENDED = re.compile(r"\s*(?:$|[,;.!])")
_OPTED = re.compile(r"\b(?:opt|unsub\w*|suppress)\b", re.IGNORECASE)
_OPT_OUT = re.compile(
    r"\bopt(?P<whom>\s[^;!?]*?)\s+out\s+of\s+(?:(?:the|our|your|all)\s+)*[“\"'‘]?$", re.IGNORECASE
)

_BOX = (
    r"(?:opt(?:ed)?[\s_-]?outs?|has\s?opted\s?out\w*|unsubscribed?|do[\s-]not[\s-](?:e-?mail|mail|contact))"
)
_NEAR = r"[^;?!\n]{0,120}?"
_UNTICKED = re.compile(
    rf"\b(?:set|change|switch|put|mark|make|flip|turn)\b{_NEAR}\b{_BOX}\b{_NEAR}"
    r"(?:\b(?:to|as|is)\b|=)\s*[“\"']?(?:false|no|off|0|un-?checked|un-?ticked)\b"
    rf"|\b(?:set|mark|make)\b{_NEAR}\bnot\s+{_BOX}\b|\bun-?(?:tick|check|set)\b{_NEAR}\b{_BOX}\b",
    re.IGNORECASE,
)


def rephrased(said: Reading) -> Reading:
    """The request with wishes about a kind of mail as orders; what people leave is a “Newsletter” in it."""
    if said.text.rstrip().endswith("?") or not said.of("email", "file"):
        return said
    if _UNTICKED.search(said.text):
        return Reading(" ".join(["resubscribe", *(each.value for each in said.of("email"))]), said.today)
    text = said.text
    for start, end, words in sorted(_changes(said), reverse=True):
        text = text[:start] + words + text[end:]
    return Reading(text, said.today) if text != said.text else said


def _changes(said: Reading) -> Iterator[tuple[int, int, str]]:
    taken: set[int] = set()
    for place in places(said.text):
        if place.start in taken or not surely(said, place):
            continue
        change = _wish(said, place) if place.lead in _WISHES else _name(said, place)
        if change is not None:
            taken.add(place.start)
            yield change


def _wish(said: Reading, place: Place) -> tuple[int, int, str] | None:
    """From the verb of the wish to the end of its clause; None when more is said about it."""
    before = [each for each in _WISHES[place.lead].finditer(said.text) if each.end() <= place.start]
    more = _MORE.match(said.text, place.end)
    end = more.end() if more else place.end
    stops = place.lead == "stop"
    if not before or not (stops or _ENDED.match(said.text, end)):
        return None
    whom = said.text[before[-1].end() : place.start] if stops else ""
    kept = " ".join(each.value for each in said.of("email") if each.value in whom)
    return before[-1].start(), end, f"{_SAID[place.lead]} {kept}".strip()


def _name(said: Reading, place: Place) -> tuple[int, int, str] | None:
    """“Opt her out of the weekly digest”: no digest is asked for."""
    if place.lead != "out" or not _OPTED.search(said.text, 0, place.start):
        return None
    apart = _OPT_OUT.search(said.text, 0, place.start)
    if apart is None:
        return place.start, place.end, "Newsletter"
    return apart.start(), place.end, f"unsubscribe{apart['whom']} from the Newsletter"
