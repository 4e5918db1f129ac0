"""Filling a world: tables, the crowd, the traps, indexes. The same seed and now give the same state."""

import json
import random
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tools.twin import (
    seed_groups,
    seed_hubspot,
    seed_marketo,
    seed_salesforce,
    seed_sendgrid,
    served,
    sync,
)
from tools.twin.hubspot import store as hubspot
from tools.twin.marketo import store as marketo
from tools.twin.salesforce import bulk_ingest
from tools.twin.salesforce import schema as salesforce
from tools.twin.salesforce.ids import make
from tools.twin.seed_more_traps import MoreTraps
from tools.twin.seed_people import PER_COMPANY, Person, crowd
from tools.twin.seed_rows import Rows
from tools.twin.seed_traps import Traps
from tools.twin.sendgrid import store as sendgrid
from tools.twin.world import World

CHUNK: Final = 5_000
MOST: Final = 1_000_000
SHAPE: Final = 5
"""Counted up when tables or seeded people change, so that a kept state of an older shape is replaced."""
ACCOUNTS: Final = {"customer_account": "Customer", "partner_account": "Channel Partner"}
APART: Final = 200
"""How far the later traps' numbers and companies are from the first ones'."""
SEEDS: Final = {
    "salesforce": seed_salesforce,
    "marketo": seed_marketo,
    "hubspot": seed_hubspot,
    "sendgrid": seed_sendgrid,
}


def seeded(
    *,
    seed: int = 7,
    people: int = 5_000,
    map: str = "marketo",
    bounced_share: float = 0.06,
    now: datetime | None = None,
    path: str = ":memory:",
) -> World:
    """A world of so many people and the traps (some hundred more). Times are relative to `now`.

    `path` names a file to keep it in. One that is there already is taken up as it was left, or replaced when
    it was made with other arguments; without a `map` it keeps the one it has.
    """
    if not 0 <= people <= MOST or not 0 <= bounced_share <= 1:
        raise ValueError(f"people must be 0 to {MOST} and bounced_share 0 to 1")
    world = World(path=path, now=now)
    map = map or world.meta("map", "marketo")
    made_of = json.dumps([SHAPE, seed, people, bounced_share, map])
    if world.meta("made_of") not in {"", made_of}:
        world.close()
        for tail in ("", "-wal", "-shm"):
            Path(path + tail).unlink(missing_ok=True)
        world = World(path=path, now=now)
    with world.transaction():
        if not world.meta("made_of"):
            world.set_meta("map", map)
            _fill(world, random.Random(seed), people, bounced_share)  # noqa: S311  # not for secrets
            world.set_meta("made_of", made_of)
    return world


def _fill(world: World, rng: random.Random, people: int, bounced_share: float) -> None:
    """Create the tables and everything in them."""
    world.run(sync.TABLE)
    world.run(bulk_ingest.TABLE)
    for part in (salesforce, marketo, hubspot, sendgrid):
        part.create(world)
    rows = Rows(world)
    for name in served.vendors(world):
        SEEDS[name].declare(rows)
        SEEDS[name].organisation(rows)
    companies = (people // PER_COMPANY // 10 + 1) * 10
    seed_salesforce.companies(rows, companies)
    source = Traps(people, companies)
    traps = list(source.all())
    if served.serves(world, "hubspot"):
        traps += seed_hubspot.traps(source)
    spare = companies + 10 * len(traps)
    # last, and at numbers of their own: those before keep theirs, and all maps have the same people
    later = Traps(people + APART, companies + APART)
    traps += MoreTraps(later).all()
    traps += seed_groups.traps(later)
    _write(rows, crowd(rng, people, bounced_share), spare)
    _write(rows, traps, 2 * spare + people)
    for part in (salesforce, marketo, hubspot, sendgrid):
        part.index(world)
    seed_salesforce.finish(world)
    seed_hubspot.finish(world)
    seed_groups.leave(world, traps)
    world.set_meta("traps", json.dumps(_named(traps)))


def _write(rows: Rows, people: Iterable[Person], spare: int) -> None:
    """Write people, a chunk at a time. `spare` is the first company number free for accounts of their own."""
    seeds = [SEEDS[name] for name in served.vendors(rows.world)]
    for count, someone in enumerate(people, start=1):
        if "target_account" in someone.ties:
            spare += 1
            someone.company = spare
            seed_salesforce.account(rows, spare, kind="Prospect", target=True)
        elif someone.trap:
            kind = next((kind for tie, kind in ACCOUNTS.items() if tie in someone.ties), "Prospect")
            seed_salesforce.account(rows, someone.company, name=someone.company_name, kind=kind)
        for each in seeds:
            each.person(rows, someone)
        if count % CHUNK == 0:
            rows.flush()
    rows.flush()


def _named(traps: Iterable[Person]) -> dict[str, list[dict[str, Any]]]:
    """The traps by name: what each system calls the person, and the ids behind it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for someone in traps:
        ids = {"contact": make("003", someone.n + 1) if someone.contact else None}
        ids["lead"] = make("00Q", someone.n + 1) if someone.lead else None
        addresses = {system: someone.address(system) for system in SEEDS}
        view = {
            "email": someone.email,
            "addresses": addresses,
            "marketo_id": marketo.FIRST_ID + 1 + someone.n,
            "hubspot_id": hubspot.FIRST_ID + 1 + someone.n,
        }
        found.setdefault(someone.trap, []).append(view | ids)
    return found
