"""A person's words made plain: Slack's tokens un-escaped, hidden characters taken out."""

import html
import re
import unicodedata
from dataclasses import dataclass

LONGEST = 8000  # characters; a list of people belongs in a file

_TOKEN = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_LEADING_MENTION = re.compile(r"^\s*@[UW][A-Z0-9_]+[\s,:]+(?=\S)")
# Invisible: zero-width, bidi controls, tags, variation and other format characters (Unicode Cf, Cc, Co, Cn).
_HIDDEN_CATEGORIES = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})
_EMOJI_JOINERS = frozenset("\u200d\ufe0f")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_SHORTCODE = re.compile(r":[a-z0-9_+'-]+:")


@dataclass(frozen=True, slots=True)
class Plain:
    """The words as a planner reads them, and whether anything invisible was taken out."""

    text: str
    hidden: bool = False


def plain(raw: str) -> Plain:
    """Slack's tokens and entities become words, invisible characters go, spaces are single."""
    unescaped = html.unescape(_TOKEN.sub(_word, raw))
    visible = "".join(each for each in unescaped if not _invisible(each))
    hidden = len(visible) < sum(each not in _EMOJI_JOINERS for each in unescaped)
    lines = (_SPACES.sub(" ", line).strip() for line in visible.splitlines())
    joined = "\n".join(line for line in lines if line)
    return Plain(text=_LEADING_MENTION.sub("", joined), hidden=hidden)


def wordless(text: str) -> bool:
    """Whether nothing but emoji, punctuation and pictures was said."""
    return not any(each.isalnum() for each in _SHORTCODE.sub("", text))


def foreign_script(text: str) -> bool:
    """Whether most letters are of another script than Latin."""
    letters = [each for each in text if each.isalpha()]
    other = sum("LATIN" not in unicodedata.name(each, "LATIN") for each in letters)
    return bool(letters) and other * 2 > len(letters)


def neutral(value: str) -> str:
    """A value from a record or a person, safe to show: no mentions, no markup that links or pings."""
    visible = "".join(each for each in value if not _invisible(each) or each == "\n")
    return visible.replace("<!", "(").replace("<@", "(@").replace("<", "‹").replace(">", "›")


def _invisible(each: str) -> bool:
    if each in "\n\t\r":
        return False
    return each in _EMOJI_JOINERS or unicodedata.category(each) in _HIDDEN_CATEGORIES


def _word(match: re.Match[str]) -> str:
    sign, target, label = match.groups()
    if sign == "!":  # @here, @channel, user groups: nobody is called by our reading it
        return ""
    if sign:
        return f"{sign}{label}" if sign == "#" and label else f"{sign}{target}"
    if target.startswith("mailto:"):
        return label if label and "@" in label else target.removeprefix("mailto:")
    bare = re.sub(r"^https?://", "", target).rstrip("/")
    if not label or label == target:
        return target
    return label if label.rstrip("/") == bare else f"{label} {target}"
