"""Fields that vendors have beside those every one has, found by what people call them.

A vendor's API name says which field is meant; a label may stand for one field in each of several vendors.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from tools.errors import InvalidArguments
from tools.rules.header_mapping import same_title
from tools.rules.header_words import OwnField, OwnPlace
from tools.rules.plain_text import one_line

CUSTOM = "__c"  # what Salesforce puts behind the name of an organisation's own field
# What says whether somebody may be mailed or kept, however an organisation calls it: no list writes that.
_CONSENT = re.compile(
    r"opt[ _-]?(?:ed)?[ _-]?(?:in|out)\b|optout|unsubscrib|\bsubscribed\b|subscription[ _]?status|consent"
    r"|gdpr|do[ _]?not[ _]?(?:e?[ _-]?mail|call|contact|fax|track)|suppress|suspended|black[ _]?list|bounce"
    r"|e?mail[ _-]?(?:invalid|quarantined|bad)|marketable|marketing[ _]contact|legal[ _]?hold"
    r"|data[ _]?request|erasure|(?:block|exclude|stop)[ _]?(?:\w+[ _])?sync",
    re.IGNORECASE,
)
_CASES = re.compile(r"(?<=[a-z])(?=[A-Z])")  # `emailInvalid` is two words
_AROUND = re.compile(
    r"(?:(?P<of>salesforce|marketo|hubspot)(?:['’]s)?\s+)?(?:(?:own|custom)\s+)?(?:(?:field|property)\s+)?"
    r"(?P<name>.+?)(?:\s+(?:field|property))?(?:\s+(?:in|of|on)\s+(?P<there>salesforce|marketo|hubspot))?",
    re.IGNORECASE,
)


def decides_about_mail(field: OwnField) -> bool:
    """Whether a field says of a person that they may, or may not, be mailed, kept or synchronised."""
    return any(
        _CONSENT.search(_CASES.sub(" ", text)) for each in field.places for text in (each.name, each.label)
    )


class OwnFields:
    """Every such field of the connected vendors. They are read when a name is first asked for."""

    def __init__(self, places: Iterable[OwnPlace]) -> None:
        self._source = places

    @cached_property
    def _places(self) -> Sequence[OwnPlace]:
        return tuple(self._source)

    def exactly(self, said: str) -> OwnField | None:
        """The field with this very API name that can be written; None when there is none."""
        named = [each for each in self._places if each.writable and each.name.casefold() == said.casefold()]
        return OwnField(named[0].name, tuple(named)) if named else None

    def named(self, said: str) -> OwnField | None:
        """The field of that name or label, in every vendor or in the one that is said; None for no such.

        Raises `InvalidArguments` where one object has two fields of that label.
        """
        if found := self._alike(said, self._places):
            return found
        around = _AROUND.fullmatch(said.strip())
        if around is None:
            return None
        only = (around["of"] or around["there"] or "").casefold()
        among = [each for each in self._places if not only or each.system == only]
        return self._alike(around["name"], among)

    def titled(self, title: str) -> OwnField | None:
        """The field that a column of that title could well be, that can be written and is one a list may."""
        among = [each for each in self._places if each.writable]
        try:
            found = self._alike(title, among)
        except InvalidArguments:
            return None
        return found if found and not decides_about_mail(found) else None

    @property
    def labels(self) -> tuple[str, ...]:
        """What the fields that can be written are called, each once."""
        return tuple(dict.fromkeys(each.label for each in self._places if each.writable))

    def _alike(self, said: str, among: Iterable[OwnPlace]) -> OwnField | None:
        wanted = same_title(said)
        places = [each for each in among if wanted in _keys(each)]
        exact = [each for each in places if each.name.casefold() == said.strip().casefold()]
        places = exact or places
        if not places:
            return None
        _require_one(said, places)
        return OwnField(exact[0].name if exact else places[0].label, tuple(places))


def _keys(place: OwnPlace) -> frozenset[str]:
    names = (place.name, place.name.removesuffix(CUSTOM), place.label)
    return frozenset(same_title(each) for each in names)


def _require_one(said: str, places: Sequence[OwnPlace]) -> None:
    by_object: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in places:
        by_object[each.system, each.object].append(each.name)
    for names in by_object.values():
        if len(names) > 1:
            raise InvalidArguments(
                "Several fields are called that",
                on=one_line(said, longest=60),
                do=f"Say the vendor's own name of the one you mean: {' or '.join(names)}.",
                choices=tuple(names[:5]),
            )
