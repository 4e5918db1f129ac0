"""States and provinces of the countries whose addresses need one, by name and by postal code.

Sources: United States Postal Service, publication 28, appendix B; Canada Post addressing guidelines;
Australia Post address standards.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from tools.rules.choices import choice_key
from tools.rules.countries import Style, country_code

STATES: Mapping[str, Mapping[str, str]] = {
    "US": {
        "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
        "CO": "Colorado",
        "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
        "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
        "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
        "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
        "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
        "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
        "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island",
        "SC": "South Carolina",
        "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
        "VA": "Virginia",
        "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
        "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands", "VI": "U.S. Virgin Islands",
        "AA": "Armed Forces Americas", "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific",
    },
    "CA": {
        "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
        "NL": "Newfoundland and Labrador", "NS": "Nova Scotia", "NT": "Northwest Territories",
        "NU": "Nunavut",
        "ON": "Ontario", "PE": "Prince Edward Island", "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon",
    },
    "AU": {
        "ACT": "Australian Capital Territory", "NSW": "New South Wales", "NT": "Northern Territory",
        "QLD": "Queensland", "SA": "South Australia", "TAS": "Tasmania", "VIC": "Victoria",
        "WA": "Western Australia",
    },
}  # fmt: skip
_ALSO: Mapping[str, Mapping[str, str]] = {
    "US": {
        "calif": "CA", "cal": "CA", "mass": "MA", "penn": "PA", "penna": "PA", "tex": "TX", "fla": "FL",
        "ill": "IL",
        "wash": "WA", "washington state": "WA", "washington dc": "DC", "d c": "DC", "new york state": "NY",
        "mich": "MI", "minn": "MN", "ariz": "AZ", "colo": "CO", "conn": "CT", "tenn": "TN", "wisc": "WI",
        "ore": "OR",
    },
    "CA": {"quebec": "QC", "pq": "QC", "newfoundland": "NL", "pei": "PE", "ont": "ON"},
    "AU": {},
}  # fmt: skip


_DIRECTIONS: Mapping[str, str] = {"n": "north", "s": "south", "w": "west", "no": "north", "so": "south"}
_LONGEST_CODE = 3  # letters


def normal_state(value: str, *, country: str = "", allowed: Sequence[str] = (), style: Style = "name") -> str:
    """The state in one spelling; "" when the country is not one of ours or the value none of its states.

    Of other countries only what `allowed` lists is known. Without a country only a name that belongs to one
    country is: `WA` may be two, `SA` one elsewhere.
    """
    where, code = _find(value, country_code(country))
    if not code:
        return _listed(value, allowed) if country_code(country) not in STATES else ""
    name = STATES[where][code]
    if allowed:
        return next((each for each in allowed if _key(each) in {_key(code), _key(name)}), "")
    return code if style == "code" else name


def _listed(value: str, allowed: Sequence[str]) -> str:
    """A value that the system itself lists, alike but for case and signs."""
    return next((each for each in allowed if choice_key(each) == choice_key(value)), "")


def _find(value: str, country: str) -> tuple[str, str]:
    said = _key(_without_country(value, country))
    found = [
        (where, code)
        for where in STATES
        if (not country or where == country) and (code := _codes(where).get(said))
    ]
    told = country or len(said) > _LONGEST_CODE  # elsewhere in the world a few letters are another state
    return found[0] if told and len(found) == 1 else ("", "")


def _without_country(value: str, country: str) -> str:
    """`Texas, USA` and `US-TX` without the country that is known already."""
    head, comma, tail = value.rpartition(",")
    if comma and country and country_code(tail) == country:
        return head
    return re.sub(rf"^\s*{country}-", "", value, flags=re.IGNORECASE) if country else value


def _key(value: str) -> str:
    apart = unicodedata.normalize("NFKD", value.casefold().replace(".", " " if ". " in value else ""))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    words = re.findall(r"[a-z]+", plain.replace("(", " ").split(" - ")[-1])
    return " ".join([_DIRECTIONS.get(words[0], words[0]), *words[1:]]) if len(words) > 1 else " ".join(words)


@cache
def _codes(country: str) -> Mapping[str, str]:
    own = STATES[country]
    by_name = {_key(name): code for code, name in own.items()}
    return {**by_name, **{_key(code): code for code in own}, **_ALSO[country]}
