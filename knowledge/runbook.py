"""One page of know-how: a Markdown file with front matter, read with patience.

Front matter keys: `title owner team last_reviewed review_every status supersedes audience`. All are optional.
A page that is malformed is still served where that is safe; what is wrong with it is listed in `problems`, so
that its owner can be told. Nothing on a page is ever an instruction to us.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import yaml

Status = Literal["active", "draft", "deprecated"]
EVERYONE = "everyone"  # every member of the workspace
CLOSED = ("admin",)  # who may see a page whose own word on its audience cannot be read
MAX_BYTES = 2_000_000
MAX_FRONT_MATTER = 16_384
_OPENING = 20  # lines in which keys are looked for when front matter is not closed
KEYS = ("title", "owner", "team", "last_reviewed", "review_every", "status", "supersedes", "audience")

_HEADING = re.compile(r"^#\s+(.+?)\s*#*\s*$|\A\s*(\S.*)\n=+\s*$", re.MULTILINE)
_AUDIENCE = re.compile(r"^\s*[\"']?audience[\"']?\s*:", re.MULTILINE | re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A page as read: what its front matter says, its text, and what is wrong with it."""

    path: str
    title: str
    body: str
    digest: str  # SHA-256 of the file's bytes, in hex
    owner: str = ""
    team: str = ""
    last_reviewed: date | None = None
    review_days: int | None = None
    status: Status = "active"
    supersedes: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()  # empty: the folder's, else everyone's
    problems: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether there is any text to serve."""
        return bool(self.body.strip())


def is_stale(last_reviewed: date | None, review_days: int | None, today: date) -> bool:
    """A page is stale once its review is overdue; one that names no review rhythm never is."""
    if review_days is None:
        return False
    return last_reviewed is None or last_reviewed + timedelta(days=review_days) < today


def read_page(path: str, content: bytes) -> Runbook:
    """Read one page from its bytes. Never raises: what cannot be served has an empty body and says why."""
    digest = hashlib.sha256(content).hexdigest()
    text, problems = decode(content)
    matter, body, more = split_front_matter(text)
    problems += more
    reader = _Matter(matter, problems)
    audience = reader.words("audience")
    if not audience and "audience" not in matter and _hides_audience(text, more):
        audience = CLOSED
        problems.append(f"its audience cannot be read, so only {', '.join(CLOSED)} may see it")
    title = reader.text("title") or _first_heading(body) or _from_path(path)
    return Runbook(
        path=path,
        title=title,
        body=body,
        digest=digest,
        owner=reader.text("owner"),
        team=reader.text("team"),
        last_reviewed=reader.day("last_reviewed"),
        review_days=reader.rhythm("review_every"),
        status=reader.status("status"),
        supersedes=reader.words("supersedes"),
        audience=audience,
        problems=tuple(problems),
    )


def decode(content: bytes) -> tuple[str, list[str]]:
    """The text of a file in whatever encoding it is, and what was odd about it; binary gives no text."""
    problems: list[str] = []
    if len(content) > MAX_BYTES:
        problems.append(f"larger than {MAX_BYTES // 1_000_000} MB: only its beginning is indexed")
        content = content[:MAX_BYTES]
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return _lines(content.decode(encoding, errors="replace")), problems
    if b"\x00" in content:
        return "", [*problems, "binary, not text: not indexed"]
    if not content.strip():
        return "", [*problems, "empty: not indexed"]
    try:
        return _lines(content.decode("utf-8")), problems
    except UnicodeDecodeError as broken:
        if problems and broken.start >= len(content) - 3:  # a character cut in two by the size limit
            return _lines(content[: broken.start].decode("utf-8")), problems
    return _lines(content.decode("cp1252", errors="replace")), [*problems, "not UTF-8: read as Windows-1252"]


def split_front_matter(text: str) -> tuple[Mapping[str, object], str, list[str]]:
    """Front matter, the rest, and what is wrong with the former."""
    if not text.startswith("---\n"):
        return {}, text, []
    end = re.search(r"^(---|\.\.\.)[ \t]*$", text[4:], re.MULTILINE)
    if end is None:
        opening = "\n".join(text[4:].split("\n")[:_OPENING])
        return _salvage(opening), text[4:], ["front matter is not closed by a line of three dashes"]
    values, problems = _loaded(text[4 : 4 + end.start()])
    return values, text[4 + end.end() :].lstrip("\n"), problems


def _loaded(block: str) -> tuple[dict[str, object], list[str]]:
    if len(block) > MAX_FRONT_MATTER:
        return _salvage(block[:MAX_FRONT_MATTER]), ["front matter is too long: read line by line"]
    try:
        loaded = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:  # ValueError: a date such as 2026-13-45
        return _salvage(block), [f"front matter is not valid YAML: {_first_line(wrong)}"]
    if not isinstance(loaded, dict):
        return {}, [] if loaded is None else ["front matter is not a list of `key: value` lines"]
    return {str(key).strip().lower(): value for key, value in loaded.items()}, []


@dataclass(slots=True)
class _Matter:
    """Reads typed values out of front matter, noting what it cannot read."""

    values: Mapping[str, object]
    problems: list[str]

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        if isinstance(value, (str, int, float, date)):
            return " ".join(str(value).split())[:200]
        self.problems.append(f"`{key}` should be one line of text")
        return ""

    def words(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        if value is None:
            return ()
        parts = re.split(r"[,;]", value) if isinstance(value, str) else value
        if isinstance(parts, list) and all(isinstance(part, (str, int)) for part in parts):
            return tuple(word for part in parts if (word := str(part).strip()))
        self.problems.append(f"`{key}` should be a word or a list of words")
        return CLOSED if key == "audience" else ()

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date) or value is None:
            return value
        try:
            return date.fromisoformat(str(value).strip()[:10])
        except ValueError:
            self.problems.append(f"`{key}` should be a date such as 2026-03-01, not {str(value)[:40]!r}")
            return None

    def rhythm(self, key: str) -> int | None:
        value = self.values.get(key)
        if value is None:
            return None
        found = re.fullmatch(
            r"(\d{1,4})\s*(d|w|m|y)?(?:ays?|eeks?|onths?|ears?)?", str(value).strip().lower()
        )
        if found:
            return int(found[1]) * _DAYS[found[2] or "d"]
        self.problems.append(f"`{key}` should be a time such as 90d or 6 months, not {str(value)[:40]!r}")
        return None

    def status(self, key: str) -> Status:
        value = self.text(key).lower()
        if value in {"deprecated", "retired", "archived", "obsolete", "superseded"}:
            return "deprecated"
        if value == "draft":
            return "draft"
        if value not in {"", "active", "current", "published", "live"}:
            self.problems.append(f"`{key}` should be active, draft or deprecated, not {value[:40]!r}")
        return "active"


def _salvage(block: str) -> dict[str, object]:
    """The known keys of broken front matter, read line by line as plain text."""
    found: dict[str, object] = {}
    for line in block.splitlines():
        key, colon, value = line.partition(":")
        plain = value.strip().strip("\"'")
        if colon and key.strip().lower() in KEYS and plain and "{" not in plain:
            found[key.strip().lower()] = re.sub(r"[\[\]\"']", "", plain)
    return found


def _hides_audience(text: str, wrong: list[str]) -> bool:
    """Whether front matter that could not be read seems to speak of an audience."""
    return bool(wrong) and _AUDIENCE.search(text[:MAX_FRONT_MATTER]) is not None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__


def _first_heading(body: str) -> str:
    outside = re.sub(r"^(```|~~~).*?^\1", "", body[:20_000], flags=re.MULTILINE | re.DOTALL)
    found = _HEADING.search(outside)
    return re.sub(r"[*_`]", "", found[1] or found[2])[:200] if found else ""


def _from_path(path: str) -> str:
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if stem.lower() in {"index", "readme", "_index"} and "/" in path:
        stem = path.rsplit("/", 2)[-2]
    return re.sub(r"[-_]+", " ", stem).strip().capitalize() or path
