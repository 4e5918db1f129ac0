"""What `clearance bench slack` asks of our surface alone: Approve while runs are under way, and a burst."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from bot.app import App
from bot.commands.bench.slack_sides import ours
from bot.engine.calls import Planned, ThreadRef, ToolCall
from bot.slack.bare import ASKER, VOTER, milliseconds_to_ack, request
from bot.slack.demo import CHANNEL
from bot.slack.reception import Reception
from bot.store import turns

JOBS = 20
PEOPLE = 8  # addresses a job suppresses
THREADS = 20
PATIENCE = 300.0  # seconds for a burst to be answered


@dataclass(frozen=True, kw_only=True)
class Busy:
    """Milliseconds to ack of a press while `jobs` runs were open, and what became of a burst."""

    jobs: int
    presses: Sequence[float]
    burst: Sequence[float]
    answered: int
    disordered: int
    seconds: float

    def late(self, deadline: float) -> int:
        """How many acknowledgements came after the deadline."""
        return sum(each > deadline for each in (*self.presses, *self.burst))


def busy(addresses: Sequence[str], *, burst: int) -> Busy:
    """Measure both on one surface, opened by the settings of this process's environment."""
    with ExitStack() as stack:
        app, surface = ours(stack)
        front = surface.reception()
        milliseconds_to_ack(front, request("event"))
        plans = [_planned(app, part) for part in _parts(addresses)]
        for plan in plans[:JOBS]:
            app.engine.vote(plan[0], digest_prefix=plan[1], voter=VOTER, vote="approve")
        pressed = [
            milliseconds_to_ack(front, request("action", plan=".".join(plan))) for plan in plans[JOBS:]
        ]
        jobs = sum(app.engine.card(plan).header.state in {"cleared", "running"} for plan, _ in plans[:JOBS])
        began = time.perf_counter()
        asked = {f"{1_700_000_000 + each}.000100": burst // THREADS for each in range(THREADS)}
        with ThreadPoolExecutor(THREADS) as pool:
            acks = list(pool.map(lambda each: _said(front, each[0], each[1]), asked.items()))
        answered, disordered = _answers(app, asked)
        return Busy(
            jobs=jobs,
            presses=pressed,
            burst=[each for thread in acks for each in thread],
            answered=answered,
            disordered=disordered,
            seconds=time.perf_counter() - began,
        )


def _planned(app: App, addresses: Sequence[str]) -> tuple[str, str]:
    call = ToolCall(
        tool="suppress_contacts",
        args={"emails": list(addresses)},
        principal=app.directory.principal(ASKER),
        thread=ThreadRef(surface="slack", channel=CHANNEL, thread=f"c-{addresses[0]}"),
        said="suppress them",
    )
    result = app.engine.submit(call)
    assert isinstance(result, Planned)
    return result.card.header.id, result.card.header.digest[:12]


def _parts(addresses: Sequence[str]) -> list[Sequence[str]]:
    wanted = 2 * JOBS * PEOPLE
    return [addresses[start : start + PEOPLE] for start in range(0, wanted, PEOPLE)]


def _said(app: Reception, thread: str, number: int) -> list[float]:
    """One person in one thread, one message after the other."""
    return [
        milliseconds_to_ack(app, request("event", words=f"help {each}", thread=thread))
        for each in range(number)
    ]


def _answers(app: App, asked: Mapping[str, int]) -> tuple[int, int]:
    """How many were answered in the end, and in how many threads not in the order they were said."""
    deadline = time.monotonic() + PATIENCE
    while (told := _told(app, asked)) and time.monotonic() < deadline:
        if sum(map(len, told)) == sum(asked.values()):
            break
        time.sleep(0.5)
    return sum(map(len, told)), sum(each != sorted(each) for each in told)


def _told(app: App, asked: Mapping[str, int]) -> list[list[int]]:
    with app.store.read() as connection:
        kept = [
            turns.recent(connection, surface="slack", channel=CHANNEL, thread=each, limit=number)
            for each, number in asked.items()
        ]
    return [[int(turn.said.rpartition(" ")[2]) for turn in thread] for thread in kept]
