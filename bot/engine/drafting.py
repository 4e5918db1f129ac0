"""A tool's stream of rows becomes a stored draft: numbered, digested, counted, sampled, in batches.

The stream is read while vendors are being asked, so no transaction is open meanwhile, and at most one batch
of rows is in memory.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.engine import pricing
from bot.engine.effects import effects_of
from bot.engine.sampling import Sampling
from bot.store import drafts
from bot.store.connect import Store
from bot.store.drafts import Opening, Totals
from tools.answer import Evidence
from tools.plan import NOBODY, Change, Digest, Effect, Op, System, Veto
from tools.ports import Reader, Writer

BATCH = 500
Counted = Callable[[], tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A written draft: its key, what was counted, and how many rows and vetoes there are."""

    key: int
    opening: Opening
    totals: Totals
    rows: int
    vetoes: int


class Drafting:
    """Writes drafts. The vendors are asked what a plan costs and how it comes back, and nothing else."""

    def __init__(
        self, store: Store, readers: Mapping[System, Reader], writers: Mapping[System, Writer]
    ) -> None:
        self._store = store
        self._readers = readers
        self._writers = writers

    def write(
        self,
        opening: Opening,
        rows: Iterable[Change | Veto],
        *,
        now: datetime,
        counted: Counted | None = None,
    ) -> Draft:
        """Read the stream to its end, then the evidence that is counted by then.

        Whatever the stream raises is passed on, and no draft is left.
        """
        with self._store.begin() as connection:
            key = drafts.open_draft(connection, opening, now=now)
        try:
            draft = self._write(_Tally(key, opening), rows, now)
            return self._counted(draft, counted()) if counted else draft
        except BaseException:
            self.discard(key)
            raise

    def discard(self, key: int) -> None:
        """Remove a draft with all its rows."""
        with self._store.begin() as connection:
            drafts.discard(connection, key)

    def _write(self, tally: "_Tally", rows: Iterable[Change | Veto], now: datetime) -> Draft:
        for row in rows:
            tally.take(row)
            if tally.full:
                self._flush(tally, now)
        self._flush(tally, now)
        pricing.require_writers(tally.kinds, self._writers)
        with self._store.read() as connection:
            people = drafts.count_people(connection, tally.key)
        looked = pricing.looks(self._readers) if tally.newcomers else {}
        return tally.draft(people, self._writers, looked, now)

    def _counted(self, draft: Draft, evidence: tuple[Evidence, ...]) -> Draft:
        with self._store.begin() as connection:
            drafts.set_evidence(connection, draft.key, evidence)
        return replace(draft, opening=replace(draft.opening, evidence=evidence))

    def _flush(self, tally: "_Tally", now: datetime) -> None:
        changes, vetoes, first = tally.emptied()
        if changes or vetoes:
            with self._store.begin() as connection:
                drafts.add_rows(connection, tally.key, changes, now=now)
                drafts.add_vetoes(connection, tally.key, vetoes, first=first)


class _Tally:
    def __init__(self, key: int, opening: Opening) -> None:
        self.key = key
        self.kinds: Counter[tuple[System, str, Op]] = Counter()
        self.newcomers = False
        self._steps: Counter[pricing.Step] = Counter()
        self._opening = opening
        self._digest = Digest(
            tool=opening.tool,
            args=opening.args,
            principal=opening.principal,
            revision=opening.revision,
            policy_version=opening.policy_version,
        )
        self._seq = 0
        self._vetoed = 0
        self._codes: Counter[str] = Counter()
        self._effects: set[Effect] = set()
        self._sampling = Sampling()
        self._changes: list[Change] = []
        self._vetoes: list[Veto] = []

    @property
    def full(self) -> bool:
        return len(self._changes) + len(self._vetoes) >= BATCH

    def take(self, row: Change | Veto) -> None:
        if isinstance(row, Veto):
            self._codes[row.code] += 1
            self._vetoes.append(row)
            return
        self._seq += 1
        change = replace(row, seq=self._seq)
        self._digest.add(change)
        self.kinds[change.system, change.object, change.op] += 1
        self._steps[change.system, change.object, change.op, change.stage] += 1
        self.newcomers |= NOBODY in change.guard
        self._effects |= effects_of(change)
        self._sampling.take(change)
        self._changes.append(change)

    def emptied(self) -> tuple[list[Change], list[Veto], int]:
        changes, vetoes, first = self._changes, self._vetoes, self._vetoed + 1
        self._vetoed += len(vetoes)
        self._changes, self._vetoes = [], []
        return changes, vetoes, first

    def draft(
        self, people: int, writers: Mapping[System, Writer], looked: Mapping[System, int], now: datetime
    ) -> Draft:
        totals = Totals(
            counts=self._counts(),
            people=people,
            vetoes=dict(self._codes),
            effects=frozenset(self._effects),
            reversibility=pricing.reversibility(self.kinds, writers, now=now),
            cost=pricing.cost(self._steps, writers, looked),
            samples=self._sampling.chosen(),
            digest=self._digest.hexdigest(),
        )
        return Draft(key=self.key, opening=self._opening, totals=totals, rows=self._seq, vetoes=self._vetoed)

    def _counts(self) -> dict[str, dict[str, int]]:
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (system, _, op), rows in self.kinds.items():
            counts[system][op] += rows
        return {system: dict(ops) for system, ops in counts.items()}
