"""Everybody's consent in several systems at once: a million people each, joined on disk by DuckDB.

Addresses were normalised and hashed before, in the one Python function that does so; what is joined here is
the first half of that hash, for engines lower-case and trim in ways of their own. The columns that are joined
lie in files of their own, the words beside them (record, address, source, writer) in one more that is read
only where systems differ. All of it lies in one private temp directory and goes with it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self

from tools.rules import set_queries as queries
from tools.rules.columns import Columns, Key, key_of, keys_of, mapped, words_at
from tools.rules.consent import GLOBAL, MOST_RESTRICTIVE_FIRST, OBJECTIONS, ConsentState
from tools.rules.consent_groups import folded
from tools.rules.email_key import untagged
from tools.rules.reconciling import Vector, Word, of_group
from tools.rules.set_queries import SYSTEMS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "192MB"  # DuckDB's own limit; what does not fit is spilled to the temp directory
THREADS = 2
FETCH = 5000  # rows taken from a result at a time
NAMED = 1000  # records without an address that are kept by name; all are counted
_RANK = {state: rank for rank, state in enumerate(MOST_RESTRICTIVE_FIRST)}


class Mark(NamedTuple):
    """One record's consent for one scope, as a system tells it. `subject` is "" without an address."""

    subject: str
    scope: str
    state: ConsentState
    at: datetime | None
    object: str
    record_id: str
    address: str
    source: str
    writer: str


class Detail(NamedTuple):
    """The words beside a mark: on which record of which address, from what source, written by whom."""

    object: str
    record_id: str
    address: str
    source: str
    writer: str


@dataclass(frozen=True, slots=True)
class Base:
    """The last agreement: its files, when it was made, which systems were read for it.

    `written` are subjects, systems and scopes suppressed to bring it about, `returned` those that we made
    mailable again since; `lowered` are subjects and scopes with the moment at which the person took an
    opt-out back since.
    """

    files: Sequence[Path]
    at: datetime
    systems: frozenset[str]
    written: Iterable[tuple[str, str, str]] = ()
    returned: Iterable[tuple[str, str, str]] = ()
    lowered: Iterable[tuple[str, str, datetime]] = ()


@dataclass(slots=True)
class Told:
    """What one system told: marks, records without an address (the first of them by name)."""

    marks: int = 0
    unkeyed: int = 0
    without_address: list[Detail] = field(default_factory=list)


class Found(NamedTuple):
    """One address and scope on which not everybody may agree."""

    key: Key
    scope: str
    vector: Vector
    held: tuple[str, int] | None = None  # a system that holds the address, and the place of its mark


class Sets:
    """A comparison under way. Feed every system, then the base, then ask. Use it in a `with` block."""

    def __init__(self, *, key: Callable[[str], str], memory: str = MEMORY) -> None:
        """`key` makes a subject of an address; it is asked for aliases only."""
        self._parts = ExitStack()
        self.folder = Path(self._parts.enter_context(TemporaryDirectory(prefix="clearance-sets-")))
        self._key = key
        self._memory = memory
        self._scopes: dict[str, int] = {GLOBAL: 0}
        self._names: list[str] = [GLOBAL]
        self._keepers: dict[str, set[str]] = {}  # the systems that have a group, by its folded name
        self._aliases: list[tuple[str, str, str, int]] = []  # subject, that of the plain address, system, ref
        self._lowered: dict[Key, dict[str, datetime]] = {}
        self._words: dict[str, IO[bytes]] = {}
        self._base: Base | None = None
        self._db: DuckDBPyConnection | None = None
        self._prepared = False
        self.told: dict[str, Told] = {}
        self.unread: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Delete everything."""
        self._db = None
        self._words.clear()
        self._parts.close()

    def take(self, system: str, batches: Iterable[Iterable[Mark]]) -> None:
        """Write down what one system tells. An error of the stream leaves nothing of that system."""
        told = Told()
        aliases = len(self._aliases)
        try:
            with Columns(self.folder, system) as columns:
                for batch in batches:
                    self._note(list(batch), system, columns, told)
        except BaseException:
            del self._aliases[aliases:]
            raise
        self.told[system] = told

    def keeps(self, system: str, groups: Iterable[str]) -> None:
        """The groups of mail that a system has: it can be behind in these, and in no others."""
        for name in groups:
            self._keepers.setdefault(folded(name), set()).add(system)

    def fail(self, system: str, why: str) -> None:
        """A system that could not be read, and why: nothing is known of it."""
        self.unread[system] = why

    def rest_on(self, base: Base) -> None:
        """Compare with the last agreement."""
        self._base = base
        for subject, scope, at in base.lowered:
            known = self._lowered.setdefault(key_of(subject), {})
            known[folded(scope)] = max(at, known.get(folded(scope), at))

    def people(self) -> int:
        """How many different addresses the systems hold."""
        import numpy as np

        columns = [mapped(self.folder, system)["hi"] for system in self.read]
        keys = np.sort(np.concatenate(columns)) if columns else np.empty(0)
        return int(np.count_nonzero(keys[1:] != keys[:-1])) + min(1, keys.size)

    def differing(self) -> Iterator[Found]:
        """Every address and scope whose words may differ, in the order of their keys, streamed."""
        self._prepare()
        cursor = self._database().cursor().execute(queries.DIFFERING)  # its own: others ask meanwhile
        read = self.read
        for key, rows in groupby(_rows(cursor), key=itemgetter(0, 1)):
            yield from self._found(key, rows, read)

    def detail(self, system: str, ref: int) -> Detail:
        """The words beside a mark."""
        if system not in self._words:
            file = (self.folder / f"{system}.words").open("rb")
            self._words[system] = self._parts.enter_context(file)
        return Detail(*words_at(self._words[system], ref))

    def aliases(self) -> list[tuple[Detail, str, str]]:
        """Addresses with a plus tag whose plain form is held as well and says otherwise.

        Each as record, system, and which of the two opted out of everything: "tagged" or "plain".
        """
        if not self._aliases:
            return []
        self._prepare()
        self._register_aliases()
        return [
            (self.detail(system, ref), system, "tagged" if own else "plain")
            for number, own in self._run(queries.aliases(self.read))
            for _, _, system, ref in [self._aliases[number]]
        ]

    def next_base(self) -> list[Path]:
        """What is so now, as the files of a new base: parquet, keyed hashes and states, no address.

        Systems that were not read keep what the base had of them.
        """
        self._prepare()
        target = self.folder / "base.parquet"
        self._run(queries.next_base(self.read, target))
        return [target]

    def same_as_base(self) -> bool:
        """Whether the files of `next_base` say what the last base said."""
        if self._base is None or not set(self.read) <= self._base.systems:
            return False
        return int(self._run(queries.unlike(self.folder / "base.parquet"))[0][0]) == 0

    @property
    def read(self) -> list[str]:
        """The systems that were read."""
        return [system for system in SYSTEMS if system in self.told]

    # -- writing

    def _note(self, marks: Sequence[Mark], system: str, columns: Columns, told: Told) -> None:
        told.marks += len(marks)
        keyed = [mark for mark in marks if mark.subject]
        if len(keyed) < len(marks):
            _note_unkeyed(marks, told)
        if not keyed:
            return
        subjects, scopes, states, moments, *words = zip(*keyed, strict=True)
        refs = columns.add(
            subjects,
            [_RANK[state] for state in states],
            [self._number(scope) for scope in scopes],
            [int(at.timestamp()) if at else 0 for at in moments],
            list(zip(*words, strict=True)),
        )
        for mark, ref in zip(keyed, refs, strict=True):
            if "+" in mark.address and (plain := untagged(mark.address)):
                self._aliases.append((mark.subject, self._key(plain), system, ref))

    def _number(self, scope: str) -> int:
        key = folded(scope)
        if key not in self._scopes:
            self._scopes[key] = len(self._names)
            self._names.append(scope)
        return self._scopes[key]

    # -- asking

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return self._database().execute(sql).fetchall()

    def _database(self) -> "DuckDBPyConnection":
        if self._db is None:
            self._db = self._opened()
        return self._db

    def _opened(self) -> "DuckDBPyConnection":
        import duckdb

        database = self._parts.enter_context(duckdb.connect(":memory:"))
        database.execute(f"SET memory_limit = '{self._memory}'")
        database.execute(f"SET threads = {THREADS}")
        database.execute(f"SET temp_directory = '{self.folder / 'spill'}'")
        database.execute("SET preserve_insertion_order = false")
        database.execute("SET enable_progress_bar = false")  # it would be drawn into people's terminals
        for system in self.read:
            database.register(system, mapped(self.folder, system))
        database.execute(queries.WAS)
        if self._base is not None and self._base.files:
            self._load(database, self._base)
        return database

    def _load(self, database: "DuckDBPyConnection", base: Base) -> None:
        """What each system said at the last agreement."""
        database.execute(queries.kept(base.files))
        scopes = [name for [name] in database.execute("SELECT DISTINCT scope FROM kept").fetchall()]
        database.execute("CREATE TEMP TABLE known (name VARCHAR, number USMALLINT)")
        numbers = [(name, self._number(name)) for name in [GLOBAL, *scopes]]
        database.executemany("INSERT INTO known VALUES (?, ?)", list(dict(numbers).items()))
        for system in SYSTEMS:
            database.execute(queries.of_base(system))
        _load_ours(database, self._numbered(base.written), ("opt_out_global", "opt_out_group"))
        _load_ours(database, self._numbered(base.returned), ("none", "none"))

    def _numbered(self, rows: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, int]]:
        return ((subject, system, self._number(scope)) for subject, system, scope in rows)

    def _prepare(self) -> None:
        """The tables `said`, `words` and `settled`."""
        if self._prepared:
            return
        database = self._database()
        for step in (
            queries.loud(self.read),
            queries.said(self.read),
            queries.WORDS,
            queries.settled(self.read, everybody_read=not self.unread),
            queries.SCOPES,
        ):
            database.execute(step)
        database.executemany("INSERT INTO scopes VALUES (?, ?)", list(enumerate(self._names)))
        self._prepared = True

    def _found(self, key: Key, rows: Iterable[tuple[Any, ...]], read: Sequence[str]) -> Iterator[Found]:
        everything: dict[str, Word] = {}  # what systems say of all mail: its rows come first
        for number, group in groupby(rows, key=itemgetter(2)):
            own, scope = list(group), self._names[number]
            words = {row[3]: _word(row) for row in own if row[4] is not None}
            was = {row[3]: MOST_RESTRICTIVE_FIRST[row[10]] for row in own if row[10] is not None}
            now: dict[str, Word | None] = {system: words.get(system) for system in read}
            if scope == GLOBAL:
                everything = words
            elif any(word.strictest in OBJECTIONS for word in words.values()) or was:
                having = self._keepers.get(folded(scope), set()) | set(was)  # such as where it was deleted
                now = of_group(words, everything, [system for system in read if system in having])
            else:  # nobody has left it
                continue
            held = next(((system, word.strict_ref) for system, word in everything.items()), None)
            yield Found(key, scope, self._vector(key, scope, now, was), held)

    def _vector(
        self, key: Key, scope: str, now: Mapping[str, Word | None], was: Mapping[str, ConsentState]
    ) -> Vector:
        base = self._base
        unread = frozenset(self.unread) if scope == GLOBAL else frozenset()
        known = base.systems & {*now, *unread} if base else frozenset()
        unsaid: ConsentState | None = (
            None if scope == GLOBAL else "none"
        )  # a group's silence then was no word
        return Vector(
            now=now,
            unread=unread,
            base={system: was.get(system, unsaid) for system in known} if was else None,
            base_at=base.at if base else None,
            lowered=self._lowered.get(key, {}).get(folded(scope)),
        )

    def _register_aliases(self) -> None:
        import numpy as np

        subjects, plains, _, _ = zip(*self._aliases, strict=True)
        columns = dict(
            zip(("hi", "lo", "plain_hi", "plain_lo"), (*keys_of(subjects), *keys_of(plains)), strict=True)
        )
        self._database().register("tagged", {"n": np.arange(len(subjects)), **columns})


def _note_unkeyed(marks: Iterable[Mark], told: Told) -> None:
    for mark in marks:
        if not mark.subject:
            told.unkeyed += 1
            if len(told.without_address) < NAMED:
                told.without_address.append(Detail(*mark[4:]))


def _load_ours(
    database: "DuckDBPyConnection",
    rows: Iterable[tuple[str, str, int]],
    states: tuple[ConsentState, ConsentState],
) -> None:
    """What we ourselves made of subjects in systems and scopes: states of all mail, and of a group."""
    subjects, systems, scopes = tuple(zip(*rows, strict=True)) or ((), (), ())
    if not subjects:
        return
    import numpy as np

    hi, lo = keys_of(subjects)
    numbers = np.array([SYSTEMS.index(system) for system in systems], dtype="u1")
    database.register("ours", {"hi": hi, "lo": lo, "number": numbers, "about": np.array(scopes, dtype="u2")})
    database.execute(queries.ours(*(_RANK[state] for state in states)))


def _rows(cursor: "DuckDBPyConnection") -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(FETCH):
        yield from rows


def _word(row: Sequence[Any]) -> Word:
    strict, loose, strict_at, strict_ref, loose_at, loose_ref = row[4:10]
    return Word(
        strictest=MOST_RESTRICTIVE_FIRST[strict],
        loosest=MOST_RESTRICTIVE_FIRST[loose],
        strict_at=_moment(strict_at),
        loose_at=_moment(loose_at),
        strict_ref=strict_ref,
        loose_ref=loose_ref,
    )


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
