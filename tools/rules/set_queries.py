"""The queries of a comparison, as text: over names and numbers of ours alone, never over what was read.

Tables: one a system (`hi lo state scope moment ref`: its marks), `was` (what each system said at the last
agreement), `said` (all marks on whoever objects or objected), `words` (each system's word on them), `settled`
(whom everybody stopped).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.rules.consent import MOST_RESTRICTIVE_FIRST, OBJECTIONS
from tools.rules.stack import takes_any_address

SYSTEMS = ("salesforce", "marketo", "hubspot", "sendgrid")  # the columns of a base, in this order
STOPPED = MOST_RESTRICTIVE_FIRST.index("opt_out_global")  # up to here nothing at all may be sent
_LAST_OBJECTION = max(MOST_RESTRICTIVE_FIRST.index(state) for state in OBJECTIONS)
_NUMBERED = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(SYSTEMS))
_FAR = 1 << 40  # beyond every event time in seconds: a time that is not known comes last
_EARLY = f"state::BIGINT * {_FAR} + CASE moment WHEN 0 THEN {_FAR - 1} ELSE moment END"
_LATE = f"state::BIGINT * {_FAR} + moment"

WAS = "CREATE TABLE was (hi UBIGINT, lo UBIGINT, scope USMALLINT, system VARCHAR, state UTINYINT)"
SCOPES = "CREATE OR REPLACE TEMP TABLE scopes (scope USMALLINT, name VARCHAR)"
NOBODY = """
    SELECT '' AS system, 0::UBIGINT AS hi, 0::UBIGINT AS lo, 0::UTINYINT AS state, 0::USMALLINT AS scope,
      0::BIGINT AS moment, 0::BIGINT AS ref WHERE false
"""
WORDS = """
    CREATE TABLE words AS
    SELECT hi, lo, scope, system, min(state) AS strict, max(state) AS loose
    FROM said GROUP BY hi, lo, scope, system
"""
DIFFERING = f"""
    SELECT hi, lo, scope, system, strict, loose, strict_at, strict_ref, loose_at, loose_ref, state
    FROM (
      SELECT hi, lo, scope, system, min(state) AS strict, max(state) AS loose,
        arg_min(moment, {_EARLY}) AS strict_at, arg_min(ref, {_EARLY}) AS strict_ref,
        arg_max(moment, {_LATE}) AS loose_at, arg_max(ref, {_LATE}) AS loose_ref
      FROM said ANTI JOIN settled USING (hi, lo) GROUP BY hi, lo, scope, system
    )
    FULL JOIN (SELECT * FROM was ANTI JOIN settled USING (hi, lo)) USING (hi, lo, scope, system)
    ORDER BY hi, lo, scope, system
"""


def kept(files: Iterable[Path]) -> str:
    """The files of a base, as they are."""
    return f"CREATE TEMP VIEW kept AS SELECT * FROM read_parquet([{quoted(map(str, files))}])"


def of_base(system: str) -> str:
    """One system's column of a base, as rows of `was`."""
    return f"INSERT INTO was SELECT hi, lo, number, '{system}', {system} FROM kept JOIN known ON name = scope"


def ours(everything: int, group: int) -> str:
    """What we ourselves made of the rows of `ours`, in place of what was: of all mail, and of a group."""
    return f"""
        CREATE OR REPLACE TEMP TABLE made AS SELECT DISTINCT hi, lo, about AS scope,
          CASE number {_NUMBERED} END AS system FROM ours;
        DELETE FROM was USING made
        WHERE was.hi = made.hi AND was.lo = made.lo AND was.system = made.system AND was.scope = made.scope;
        INSERT INTO was SELECT hi, lo, scope, system, CASE scope WHEN 0 THEN {everything} ELSE {group} END
        FROM made
    """


def loud(read: Sequence[str]) -> str:
    """Whoever objects in one of these systems, or objected at the last agreement."""
    sources = " UNION ".join(
        f"SELECT hi, lo FROM {each} WHERE state <= {_LAST_OBJECTION}" for each in (*read, "was")
    )
    return f"CREATE TABLE loud AS {sources}"


def said(read: Sequence[str]) -> str:
    """All marks of theirs."""
    marks = [f"SELECT '{each}' AS system, * FROM {each} SEMI JOIN loud USING (hi, lo)" for each in read]
    return f"CREATE TABLE said AS {' UNION ALL BY NAME '.join([NOBODY, *marks])}"


def settled(read: Sequence[str], *, everybody_read: bool) -> str:
    """Whom every system that could mail them has stopped: nothing can differ, whatever the base says.

    A system that has a word on a group alone could still mail them that group.
    """
    lists = [system for system in read if takes_any_address(system)]
    held = f"count(*) FILTER (system IN ({quoted(lists)})) = {len(lists)}"
    stopped = (
        "SELECT hi, lo FROM words WHERE scope = 0 GROUP BY hi, lo"
        f" HAVING max(loose) <= {STOPPED} AND {held} AND {str(everybody_read).lower()}"
    )
    open_group = (
        "SELECT hi, lo FROM (SELECT * FROM words WHERE scope <> 0)"
        " ANTI JOIN (SELECT * FROM words WHERE scope = 0) USING (hi, lo, system)"
    )
    return f"CREATE TABLE settled AS FROM ({stopped}) ANTI JOIN ({open_group}) USING (hi, lo)"


def next_base(read: Sequence[str], target: Path) -> str:
    """A row a subject and scope: each system's loosest state now, the base's where it was not read."""
    now = f"SELECT hi, lo, scope, system, loose AS state FROM words WHERE system IN ({quoted(read)})"
    was = "SELECT hi, lo, scope, system, state FROM was WHERE state IS NOT NULL"
    wide = _wide(f"{now} UNION ALL {was} AND system NOT IN ({quoted(read)})")
    rows = f"SELECT hi, lo, name AS scope, {', '.join(SYSTEMS)} FROM ({wide}) JOIN scopes USING (scope)"
    return f"COPY ({rows} ORDER BY hi, lo, name) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"


def unlike(target: Path) -> str:
    """In how many rows a new base differs from the last one."""
    columns = f"hi, lo, scope, {', '.join(SYSTEMS)}"
    new = f"SELECT {columns} FROM read_parquet('{target}')"
    wide = _wide("SELECT hi, lo, scope, system, state FROM was")
    named = f"SELECT * REPLACE (name AS scope) FROM ({wide}) JOIN scopes USING (scope)"
    old = f"SELECT {columns} FROM ({named})"
    return f"SELECT count(*) FROM (({new} EXCEPT {old}) UNION ALL ({old} EXCEPT {new}))"


def aliases(read: Sequence[str]) -> str:
    """Of the addresses with a tag: which are held without it too, where only one of the two opted out."""
    return f"""
        WITH stopped AS (SELECT DISTINCT hi, lo FROM words WHERE scope = 0 AND strict <= {STOPPED}),
        held AS (
          SELECT DISTINCT hi, lo FROM ({_all("hi, lo", read)})
          SEMI JOIN (SELECT plain_hi AS hi, plain_lo AS lo FROM tagged) USING (hi, lo)
        )
        SELECT n, own.hi IS NOT NULL FROM tagged
        JOIN held ON held.hi = plain_hi AND held.lo = plain_lo
        LEFT JOIN stopped own ON own.hi = tagged.hi AND own.lo = tagged.lo
        LEFT JOIN stopped plain ON plain.hi = plain_hi AND plain.lo = plain_lo
        WHERE (own.hi IS NULL) <> (plain.hi IS NULL) ORDER BY n
    """


def quoted(texts: Iterable[str]) -> str:
    """Texts of ours as a list of SQL."""
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts) or "''"


def _all(columns: str, read: Sequence[str]) -> str:
    return " UNION ALL ".join(f"SELECT {columns} FROM {each}" for each in read)


def _wide(rows: str) -> str:
    return f"PIVOT ({rows}) ON system IN ({quoted(SYSTEMS)}) USING first(state) GROUP BY hi, lo, scope"
