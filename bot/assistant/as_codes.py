"""“Convert countries to ISO codes”: which spelling of a field is wished for, said beside the field's name.

Both planners' calls pass here: a field keeps its plain name in what was understood, and gets the wish in the
call, as the rules of spelling take it (“country codes”).
"""

import re
from collections.abc import Mapping

from tools.registry import Tool

CODED = ("country", "state")  # fields whose values have codes
_CODES = re.compile(
    r"\b(?:to|into|as|in|use|using|want|with|by|of)\s+(?:the\s+|their\s+|proper\s+|standard\s+|official\s+)*"
    r"(?:iso\b|(?:two|three|2|3)[\s-]letters?\b|alpha-?[23]\b|(?:country\s+|state\s+)?codes?\b|abbreviations\b|"
    r"short\s+(?:form|code)s?\b)|\biso[\s-](?:codes?|3166|alpha)|\b(?:country|state)\s+codes?\b",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"\b(?:to|into|as|in|use|using|want|with)\s+(?:the\s+|their\s+|proper\s+)*(?:full\s+|long\s+|plain\s+|english\s+)*"
    r"(?:country\s+|state\s+)?names?\b|\b(?:not|no|instead\s+of|rather\s+than)\s+(?:iso\s+)?codes?\b|"
    r"\bspell(?:ed)?\s+(?:them\s+)?out\b",
    re.IGNORECASE,
)


def settled(tool: Tool, args: Mapping[str, object], said: str) -> dict[str, object]:
    """The arguments with codes asked for, where a change of spelling was, and the words do."""
    wished = bool(_CODES.search(said)) and not _NAMES.search(said)
    found = dict(args)
    if tool.returns != "plan" or not wished:
        return found
    for name in (name for name, kind in tool.kinds.items() if kind == "fields"):
        fields = found.get(name)
        if isinstance(fields, list):
            found[name] = [f"{each} codes" if each in CODED else each for each in fields]
    return found
