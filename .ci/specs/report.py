"""What was found, as tables: endpoints with their exchanges, differences, undeclared fields, known ones."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from specs.checking import UNKNOWN, Finding, Held
from specs.exchanges import Exchange


@dataclass(frozen=True)
class Known:
    """A difference that is known, and why it stays: the specification and the documentation disagree."""

    pattern: re.Pattern[str]
    why: str


@dataclass
class Report:
    """Counts what exchanges came to."""

    known: Sequence[Known] = ()
    exchanges: Counter[tuple[str, str]] = field(default_factory=Counter)
    differing: Counter[tuple[str, str]] = field(default_factory=Counter)
    statuses: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    found: Counter[Finding] = field(default_factory=Counter)
    fields: Counter[Finding] = field(default_factory=Counter)
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, exchange: Exchange, held: Held) -> None:
        """Count one exchange."""
        key = (exchange.system, held.operation)
        self.exchanges[key] += 1
        self.statuses[key].add(exchange.status)
        differs = False
        for each in held.findings:
            why = self._why(each)
            if why:
                self.accepted[each.system, why] += 1
            elif each.kind == UNKNOWN:
                self.fields[each] += 1
            else:
                self.found[each] += 1
                differs = True
        self.differing[key] += differs

    def _why(self, finding: Finding) -> str:
        line = finding.line()
        return next((each.why for each in self.known if each.pattern.search(line)), "")

    def lines(self) -> Iterator[str]:
        """The report."""
        yield from self._endpoints()
        yield from _listed("Differences", self.found)
        yield from _listed("Fields that no specification declares", self.fields)
        if self.accepted:
            yield f"\nKnown differences, left as they are ({len(self.accepted)})"
            for (system, why), count in sorted(self.accepted.items()):
                yield f"  {count:>7} × {system}: {why}"
        yield ""
        yield from self._sums()

    def _endpoints(self) -> Iterator[str]:
        yield f"{'exchanges':>9} {'differ':>7}  endpoint (statuses)"
        for key, count in sorted(self.exchanges.items()):
            statuses = " ".join(str(each) for each in sorted(self.statuses[key]))
            yield f"{count:>9} {self.differing[key]:>7}  {key[0]}: {key[1]} ({statuses})"

    def _sums(self) -> Iterator[str]:
        sums: Mapping[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for (system, name), count in self.exchanges.items():
            one = sums[system]
            one[0] += 1
            one[1] += count
            one[2] += self.differing[system, name]
        for system, (endpoints, count, differing) in sorted(sums.items()):
            yield f"{system}: {endpoints} endpoints, {count} exchanges, {differing} of them differ"


def _listed(title: str, found: Counter[Finding]) -> Iterator[str]:
    yield f"\n{title} ({len(found)})"
    for each, count in sorted(found.items(), key=lambda item: item[0].line()):
        yield f"  {count:>7} × {each.line()}"
