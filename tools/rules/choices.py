"""Values that are one of a few words (industry, lead source, lifecycle): one spelling for each of them."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

NEAR = 90.0  # similarity (0..100) from which a value is taken for an allowed one


def choice_key(value: str) -> str:
    """What makes two spellings the same word: letters and digits alone, `&` as `and`."""
    apart = unicodedata.normalize("NFKD", value.casefold().replace("&", " and "))
    return "".join(re.findall(r"[a-z0-9]+", "".join(x for x in apart if not unicodedata.combining(x))))


def allowed_choice(value: str, allowed: Sequence[str]) -> str:
    """The allowed value that is meant: alike but for case and punctuation, or nearly so; "" when none is."""
    from rapidfuzz import fuzz, process

    key = choice_key(value)
    by_key = {choice_key(each): each for each in allowed}
    if not key or key in by_key:
        return by_key.get(key, "")
    near = process.extractOne(key, list(by_key), scorer=fuzz.ratio, score_cutoff=NEAR)
    return by_key[near[0]] if near else ""


def usual_spellings(values: Iterable[str]) -> Mapping[str, str]:
    """By key, the spelling most used among these values (of equals the first in the alphabet)."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for value in values:
        flat = " ".join(value.split())
        if key := choice_key(flat):
            counted[key][flat] += 1
    return {key: min(found, key=lambda each: (-found[each], each)) for key, found in counted.items()}
