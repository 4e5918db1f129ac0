"""A run of two thousand rows over the twin survives kill -9 anywhere: nothing lost, nothing sent twice."""

import random

import pytest

pytestmark = [pytest.mark.chaos, pytest.mark.untraced]
KILLS = {"sqlite": 20, "postgresql": 7}
FAR = 80  # rows after which a worker is ended at the latest, so that a fast machine is not done too early
DATA = r"^(?!.*oauth)"  # any request but one for a token


class Killer:
    """Ends workers at chosen requests and odd moments. `whens` says which died after a write was taken."""

    def __init__(self, nursery, seen, made, most):
        self.nursery, self.twin, self.most = nursery, seen.twin, most
        self.finished = lambda: seen.finished(made)
        self.applied = lambda: seen.journal(made).get("applied", 0)
        self.chance = random.Random(5)
        self.whens = []
        self.kills = 0

    def once(self, **spec):
        """Start a worker and end it: three times at a request, then once between requests."""
        if self.kills >= self.most:
            self._last(**spec)
        elif self.kills % 4 == 3:
            far = self.applied() + FAR
            pid = self.nursery.spawn(**spec)
            self.nursery.wait(lambda: self.applied() >= far, self.chance.uniform(0.3, 0.9))
            self.kills += 1
            self.nursery.kill(pid)
        else:
            self._at_request(**spec)

    def _at_request(self, **spec):
        when, nth = self.chance.choice(["before", "after"]), self.chance.randint(2, 7)

        def arm(pid):
            self.twin.fault(match=DATA, nth=nth, kind="kill", pid=pid, when=when)

        pid = self.nursery.spawn(before_start=arm, **spec)
        assert self.nursery.wait(lambda: not self.nursery.alive(pid) or self.finished())
        if not self.nursery.alive(pid):
            self.whens.append(when)
            self.kills += 1
        self.twin.clear_faults()
        self.nursery.kill(pid)

    def _last(self, **spec):
        pid = self.nursery.spawn(**spec)
        assert self.nursery.wait(self.finished)
        self.nursery.kill(pid)


def test_a_run_killed_again_and_again_changes_every_row_once(store, at, nursery, purge_rows, cleared, judge):
    """Before, inside and after requests of every vendor, and at odd moments: the twin's log is the judge."""
    made, seen = cleared(purge_rows), judge(purge_rows)
    most = KILLS[store.engine.dialect.name]
    killer = Killer(nursery, seen, made, most)
    spec = {**at, "run": made.run_id}
    while not seen.finished(made):
        killer.once(**spec)
        spec["run"] = ""
    assert killer.kills >= killer.most
    assert seen.run(made).state == "landed"
    assert seen.journal(made) == {"applied": len(purge_rows)}
    assert seen.sent(killer.whens) == seen.planned()
    assert seen.gone()
    assert seen.others_untouched()
