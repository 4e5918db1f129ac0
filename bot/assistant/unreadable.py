"""What no planner needs to see: nothing said, too much said, another language, approval by typing."""

import re

from bot.assistant.offline.lexicon import lexicon
from bot.assistant.text import LONGEST, foreign_script, wordless

ENOUGH = 2  # function words of another language, and more of them than English ones
LONG_ENOUGH = 3  # words, to tell a language at all

_OBJECT = r"(?:it|this|that|them|all|everything|the plan|from me|please|now|[pr]-?\d+)"
_APPROVING = re.compile(
    r"(?:please )?(?:i )?(?:yes|ok|okay|sure|yep|fine|great|approved?|lgtm|looks good(?: to me)?|"
    r"ship|go ahead|do it|green ?light|cleared?|confirm(?:ed)?|\+1|sign(?:ed)? off|permission granted|"
    rf"let it run|run it|execute it)(?: {_OBJECT})*",
    re.IGNORECASE,
)
_VOTING = re.compile(
    r"(?:please |pls |can you |could you |just |i |i hereby |we )*"
    r"(?:(?:approve|reject|decline|green-?light|sign off on|vote (?:for|yes|no)) "
    r"(?:it|this|that|them|all|the|my|his|her|their|every|everything|both|plan|run|request|[pr]-?\d+)"
    r"|clear (?:it|this|plan|run|request|[pr]-?\d+))\b[^?]*",
    re.IGNORECASE,
)


def unreadable(text: str) -> str:
    """A sentence saying what to do instead; empty when the text can be read."""
    if not text.strip():
        return "I got an empty message. Tell me in a sentence what you need, for example “bounces last week”."
    if len(text) > LONGEST:
        return (
            f"That is {len(text):,} characters, more than I read at once ({LONGEST:,}). Say it in a "
            "sentence, and attach long lists as a CSV file."
        )
    if wordless(text):
        return "I can't read an emoji as a request. Say it in words; approvals are given on the card."
    if foreign_script(text) or foreign_language(text):
        return "I only understand English so far. Please say it in English, for example “bounces last week”."
    return ""


def approves_by_typing(text: str) -> bool:
    """Whether this is nothing but an approval: words approve nothing."""
    said = text.strip()
    parts = [each for each in re.split(r"[,.!;]\s*", said) if each.strip()]
    return bool(_VOTING.fullmatch(said)) or bool(parts and all(_APPROVING.fullmatch(each) for each in parts))


def foreign_language(text: str) -> str:
    """The language other than English these words are in; empty when English or too short to tell."""
    said = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    if len(said) < LONG_ENOUGH:
        return ""
    scores = {
        language: sum(each in words.split() for each in said)
        for language, words in lexicon().table("languages").items()
    }
    best = max(scores, key=lambda each: scores[each])
    english = sum(
        each in lexicon().known for each in said if each not in lexicon().table("languages")[best].split()
    )
    return best if scores[best] >= ENOUGH and scores[best] > english else ""
