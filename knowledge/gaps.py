"""What was asked and not found: kept without personal data, and grouped into what to write next.

A gap is a question whose outcome was `none` or `closest`, or an answer that somebody marked as unhelpful.
Questions are kept for a while so that the most frequent ones can name the page that is missing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from knowledge.search import Findings
from knowledge.words import asked

Why = Literal["none", "closest", "thumbs_down"]
ALIKE = 0.5  # share of common stems from which two questions are about one thing
LONGEST = 300  # characters kept of a question

_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_NUMBER = re.compile(r"\+?\d[\d\s().-]{6,}\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One question that the pages did not answer: when, why it counts, and the nearest page."""

    question: str
    why: Why
    nearest: str  # path of the nearest page, or ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Questions about one thing: the one asked most like the others, how often, and the page to extend."""

    question: str
    times: int
    nearest: str  # a page to extend; "" when nothing is near and a page is missing
    others: tuple[str, ...]  # at most five other ways it was asked


def gap_of(question: str, findings: Findings, *, now: datetime, unhelpful: bool = False) -> Gap | None:
    """The gap a search leaves, if any. Addresses and telephone numbers in the question are blanked."""
    if findings.outcome == "answer" and not unhelpful:
        return None
    why: Why = "thumbs_down" if findings.outcome == "answer" or unhelpful else findings.outcome
    nearest = findings.pages[0] if findings.pages and findings.outcome != "none" else ""
    return Gap(question=blanked(question), why=why, nearest=nearest, at=now)


def blanked(question: str) -> str:
    """A question without addresses and telephone numbers, on one line."""
    plain = _NUMBER.sub("<number>", _ADDRESS.sub("<address>", question))
    return " ".join(plain.split())[:LONGEST]


def themes(gaps: Sequence[Gap], *, limit: int = 10) -> list[Theme]:
    """What to write, most asked first: questions that share half of their telling words are one theme."""
    groups: list[list[tuple[frozenset[str], Gap]]] = []
    for gap in gaps:
        stems = frozenset(asked(gap.question))
        home = next((group for group in groups if _alike(group[0][0], stems)), None)
        if home is None:
            groups.append([(stems, gap)])
        elif stems:
            home.append((stems, gap))
    groups = [group for group in groups if group[0][0]]
    groups.sort(key=lambda group: -len(group))
    return [_theme([gap for _, gap in group]) for group in groups[:limit]]


def _alike(one: frozenset[str], two: frozenset[str]) -> bool:
    return bool(one and two) and len(one & two) / min(len(one), len(two)) >= ALIKE


def _theme(gaps: list[Gap]) -> Theme:
    questions = dict.fromkeys(gap.question for gap in gaps)
    shortest = min(questions, key=len)
    near = [gap.nearest for gap in gaps if gap.nearest]
    return Theme(
        question=shortest,
        times=len(gaps),
        nearest=max(set(near), key=lambda path: (near.count(path), path)) if near else "",
        others=tuple(question for question in questions if question != shortest)[:5],
    )
