"""What a plan says it will take, beside what the vendors count when it is run."""

from pathlib import Path
from typing import Any

import pytest

from bot.app import opened
from bot.commands.bench.consent import counted, land, submit
from bot.engine.calls import Planned
from tools.answer import File

PEOPLE = "First Name,Last Name,Email,Company,Country,Opt-in\n" + "".join(
    f"Ada{n},Newcomer{n},ada{n}@newco{n}.example,Newco {n},Germany,yes\n" for n in range(120)
)
FILE = File(name="people.csv", content=PEOPLE.encode())
NEAR = 0.15  # of what was counted


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("normalize_fields", {"fields": ["phone"]}),
        ("purge_bounces", {}),
        ("import_list", {"file": "people.csv", "source": "trade fair", "files": {"people.csv": FILE}}),
    ],
)
def test_the_calls_a_plan_expects_are_near_those_counted(
    own_twin: Any, tmp_path: Path, tool: str, args: dict[str, Any]
) -> None:
    """Calls, minutes and the share of the day's quota are told before anybody approves."""
    with opened(twin=own_twin.url, home=tmp_path) as app:
        planned = submit(app, tool, **args)
        assert isinstance(planned, Planned), planned
        counted(own_twin)
        assert land(app, planned.card.header.id) == "landed"
        seen, _ = counted(own_twin)
    cost = {each.system: each for each in planned.card.header.cost if each.calls}
    expected = sum(each.calls for each in cost.values())
    assert abs(expected - seen.total()) <= NEAR * seen.total(), (cost, seen)
    assert all(each.minutes > 0 for each in cost.values())
    assert all(cost[system].quota_share > 0 for system in ("salesforce", "marketo") if system in cost)
