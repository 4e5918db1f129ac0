"""Many clicks at once, from threads and from processes: one clearance, one run, every loser told why."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

# One process imports, then forks eight that share nothing but the database and the moment they start.
VOTES = """
import json, sys
from datetime import UTC, datetime
from multiprocessing import get_context

from bot.engine.approvals import Approvals, Click
from bot.engine.policy import Policy
from bot.store.connect import Store
from tools.context import Principal

PEOPLE = 4


class People:
    def principal(self, user):
        return Principal(id=user, name=user, roles=frozenset({"marops"}))


class Clock:
    def now(self):
        return datetime.now(UTC)


def enqueue(connection, run_id):
    return None


def votes(url, plan, prefix, number, start, answers):
    store = Store.open(url)
    desk = Approvals(
        store=store, directory=People(), policy=Policy.load(), enqueue=enqueue, clock=Clock()
    )
    click = Click(plan_id=plan, digest_prefix=prefix, vote="approve")
    start.wait()
    answers.put([desk.vote(click, f"U_{PEOPLE * number + n}") for n in range(PEOPLE)])
    store.close()


fork = get_context("fork")
start, answers = fork.Barrier(8), fork.Queue()
children = [fork.Process(target=votes, args=(*sys.argv[1:], n, start, answers)) for n in range(8)]
for child in children:
    child.start()
print(json.dumps([answer for _ in children for answer in answers.get(timeout=240)]))
for child in children:
    child.join()
sys.exit(sum(child.exitcode != 0 for child in children))
"""


def test_fifty_approvals_at_once_clear_once(desk):
    """Fifty eligible people click in the same moment: one vote counts, one run is queued."""
    desk.groups |= {f"U_{n}": {"marops"} for n in range(50)}
    desk.principal = _named(desk.policy)
    desk.engine.directory = desk
    card = desk.plan("delete", 3, principal=desk.principal("U_MAX"))
    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(lambda n: desk.vote(card, f"U_{n}"), range(50)))
    assert sum(result.accepted for result in results) == 1
    assert all("clause" in result.text for result in results if not result.accepted)
    assert (desk.count("clearances"), desk.count("runs"), desk.count("votes")) == (1, 1, 1)
    assert len(desk.enqueued) == 1
    assert len(desk.events("plan.vote_refused")) == 49


def test_one_person_clicking_many_times_at_once_is_one_vote(desk):
    """Under a quorum of two, twenty clicks of one person never complete it."""
    card = desk.plan("update", 1, opt_in=True)
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda _: desk.vote(card, "U_DANA"), range(20)))
    assert sum(result.accepted for result in results) == 1
    assert desk.engine.card(card.header.id).header.state == "pending"
    assert desk.vote(card, "U_IVY").card.header.state == "cleared"


def test_approving_and_withdrawing_at_once_end_in_one_of_the_two(desk):
    """Whatever comes first holds: a withdrawn request is never cleared, a cleared one never withdrawn."""
    for _ in range(5):
        card = desk.plan("delete", 1)
        with ThreadPoolExecutor(2) as pool:
            vote = pool.submit(desk.vote, card, "U_DANA")
            taken = pool.submit(desk.engine.withdraw, card.header.id, by="U_MAX")
            outcome = {vote.result().accepted, taken.result().accepted}
        assert outcome == {True, False}
        state = desk.engine.card(card.header.id).header.state
        assert state == ("cleared" if vote.result().accepted else "withdrawn")


@pytest.mark.untraced
def test_eight_processes_clear_a_quorum_of_two_once(desk, store_url):
    """Eight processes with four different people each: two votes count, one clearance, one run."""
    card = desk.plan("update", 2, opt_in=True)
    told = subprocess.run(
        [sys.executable, "-c", VOTES, store_url, card.header.id, card.header.digest[:16]],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    answers = json.loads(told.stdout)
    assert len(answers) == 32
    assert sum(accepted for accepted, _ in answers) == 2
    assert (desk.count("clearances"), desk.count("runs"), desk.count("votes")) == (1, 1, 2)
    assert desk.engine.card(card.header.id).header.state == "cleared"


def test_the_audit_chain_holds_after_a_race(desk):
    """Appends from many threads never fork the chain."""
    from bot.engine import audit

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: desk.call("count_people"), range(40)))
    with desk.store.read() as connection:
        check = audit.verify(connection)
    assert (check.ok, check.events) == (True, 40)


def _named(policy):
    from tools.context import Principal

    def principal(user):
        return Principal(
            id=user, name=user, roles=policy.roles_for(user, groups=frozenset({"marops"})), timezone="UTC"
        )

    return principal
