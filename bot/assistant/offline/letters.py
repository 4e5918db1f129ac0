"""A mail that somebody passed on: who wrote it, and who only got it.

“From: Jane, To: our own support, please take me off” is about Jane. Whoever a mail was sent to is never whom
it is about.
"""

import re

_LINE = re.compile(
    r"^[>\s*]*(?P<head>from|to|cc|bcc|reply-to|sent to|subject|date|sent|an|von)\s*:[*\s]*(?P<rest>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_WRITERS = frozenset({"from", "von"})
_GETTERS = frozenset({"to", "cc", "bcc", "reply-to", "sent to", "an"})
_WROTE = re.compile(r"^[>\s]*on .{4,160} wrote:\s*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)


def passed_on(text: str) -> bool:
    """Whether the lines of a mail's head stand in it: from whom, and one more."""
    heads = {match["head"].lower() for match in _LINE.finditer(text)}
    return bool(heads & _WRITERS and heads - _WRITERS) or bool(_WROTE.search(text))


def getters(text: str) -> tuple[tuple[int, int], ...]:
    """Where in the text stands whom the mail was sent to; nothing where no mail was passed on."""
    if not passed_on(text):
        return ()
    lines = (match for match in _LINE.finditer(text) if match["head"].lower() in _GETTERS)
    return tuple(match.span() for match in lines)
