"""What the interpreter knows of English and of the trade, read once from `lexicon.toml`."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from importlib import resources


class Lexicon:
    """Word lists and phrase patterns. Alternatives are separated by `|` (phrases) or spaces (words)."""

    def __init__(self, tables: Mapping[str, object]) -> None:
        self._tables = tables

    def words(self, name: str) -> frozenset[str]:
        """A list of single words."""
        return frozenset(str(self._tables[name]).split())

    def phrases(self, name: str) -> tuple[str, ...]:
        """A list of phrases, longest first."""
        lines = str(self._tables[name]).splitlines()
        found = [part for line in lines for part in (line.split("|") if "|" in line else line.split())]
        return tuple(
            sorted({each.strip() for each in found if each.strip()}, key=lambda each: (-len(each), each))
        )

    def table(self, *path: str) -> Mapping[str, str]:
        """A named table of phrase lists; empty when there is none."""
        here: object = self._tables
        for name in path:
            here = here.get(name, {}) if isinstance(here, Mapping) else {}
        return here if isinstance(here, Mapping) else {}

    @cached_property
    def stop(self) -> frozenset[str]:
        """Words without meaning of their own."""
        return self.words("stop")

    @cached_property
    def concepts(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Concept label and the pattern of the words that mean it."""
        return tuple((name, pattern(each.split("|"))) for name, each in self.table("concepts").items())

    @cached_property
    def verb_groups(self) -> Mapping[str, frozenset[str]]:
        """Verbs that order the same kind of change."""
        return {name: frozenset(each.split("|")) for name, each in self.table("verbs").items()}

    @cached_property
    def verbs(self) -> frozenset[str]:
        """Every verb of every group."""
        return frozenset().union(*self.verb_groups.values())

    @cached_property
    def known(self) -> frozenset[str]:
        """Every single word that occurs anywhere here: not a misspelling."""
        return frozenset(re.findall(r"[a-z]+", " ".join(_strings(self._tables)).lower()))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The shipped lexicon."""
    text = resources.files("bot.assistant.offline").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return Lexicon(tomllib.loads(text))


@lru_cache(maxsize=1)
def elsewhere() -> tuple[str, ...]:
    """Requests that are nobody's here, one a line of `elsewhere.txt`."""
    text = resources.files("bot.assistant.offline").joinpath("elsewhere.txt").read_text(encoding="utf-8")
    lines = (each.strip() for each in text.splitlines())
    return tuple(each for each in lines if each and not each.startswith("#"))


def pattern(alternatives: Iterable[str]) -> re.Pattern[str]:
    """Any of these phrases as whole words, whatever the case; longest first."""
    return _compiled(frozenset(each.strip() for each in alternatives if each.strip()))


@lru_cache(maxsize=1024)
def _compiled(alternatives: frozenset[str]) -> re.Pattern[str]:
    ordered = sorted(alternatives, key=lambda each: (-len(each), each))
    body = "|".join(re.escape(each).replace(r"\ ", r"[\s-]+") for each in ordered)
    return re.compile(rf"(?<![\w-])(?:{body})(?![\w])", re.IGNORECASE)


def _strings(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [each for nested in value.values() for each in _strings(nested)]
    return [str(value)]
