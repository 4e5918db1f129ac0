"""Text across the border of Slack: other people's text is made harmless going out and plain coming in.

Whatever comes from a record, a file or a person is data. Going out it can neither mention anybody, nor link
anywhere, nor hide characters; coming in, Slack's own markup is turned back into the words that were typed.
"""

import re
import unicodedata

_BROADCAST = re.compile(r"@(?=(?:channel|here|everyone)\b)", re.IGNORECASE)
_MARKUP = re.compile(r"<([^<>]+)>")
_SCHEME = re.compile(r"^(?:mailto:|tel:|https?://)")


def visible(text: str) -> str:
    """The text without zero-width, direction-changing, tag and control characters; lines stay lines."""
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in {"Cf", "Cc"})


def plain(text: str) -> str:
    """For `plain_text` and table cells, where Slack interprets nothing."""
    return _BROADCAST.sub("＠", visible(text))


def mrkdwn(text: str) -> str:
    """For `mrkdwn` and a message's top-level text: nothing in it is markup, a mention or a link any more."""
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, most: int) -> str:
    """At most `most` characters, with an ellipsis where something was cut."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def words(text: str, *, bot: str = "") -> str:
    """What a person typed: addresses and links as they look, the bot's own mention left out."""
    spoken = _MARKUP.sub(lambda found: _spoken(found[1], bot), text)
    spoken = spoken.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"[ \t]{2,}", " ", visible(spoken)).strip()


def mentioned(text: str) -> tuple[str, ...]:
    """The users mentioned in a message as Slack sent it, in order."""
    return tuple(re.findall(r"<@([A-Za-z0-9_]+)(?:\|[^<>]*)?>", text))


def _spoken(inner: str, bot: str) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return "" if target[1:] == bot else f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return label or _SCHEME.sub("", target) if target.startswith(("mailto:", "tel:")) else label or target
