"""A day's allowance that ends in the middle of a run: it waits for the next day and goes on."""

from bot.clock import TwinClock
from tools.connectors import marketo
from tools.plan import Change
from tools.rules.email_key import SubjectKey

KEY = SubjectKey(b"a key for tests", "k0")


def test_a_run_parks_until_the_allowance_comes_back_and_goes_on(scene, own_twin):
    """607 parks the run until midnight Central, says so, teaches nobody else to wait, and lands next day."""
    scene.clock = TwinClock(own_twin.advance)
    connected = marketo.connect(
        base_url=f"{own_twin.url}/marketo", client_id="twin-client", client_secret="twin-secret",
        subject=KEY, clock=scene.clock, quota=scene.quota,
    )  # fmt: skip
    own_twin.clear_faults()
    leads = [each for each in own_twin.state("marketo")["marketo"]["lead"].values() if each["email"]][:3]
    people = [each for batch in connected.reader.people([lead["email"] for lead in leads]) for each in batch]
    rows = []
    for place, person in enumerate(people, start=1):
        said = connected.reader.express_update(person, {"title": "Chief of something"})
        rows.append(
            Change(
                subject=person.subject, system="marketo", object="lead", record_id=person.record_id,
                op="update", set=said.set, guard=said.guard, backup=said.backup, seq=place,
            )
        )  # fmt: skip
    made = scene.clear(rows)
    executor = scene.worker(marketo=connected)
    own_twin.fault(system="marketo", match="POST /rest/v1/leads.json", kind="607")
    rest = executor.run(made.run_id)
    own_twin.clear_faults()
    until = scene.run_of(made).parked_until
    assert rest.parked
    assert scene.run_of(made).state == "parked"
    assert (until.hour, until.minute) == (6, 0)
    assert scene.quota.learnt == []
    assert scene.states(made) == {"waiting": len(rows)}
    scene.finish(executor, made)
    assert scene.run_of(made).state == "landed"
    after = own_twin.state("marketo")["marketo"]["lead"]
    assert {after[person.record_id]["title"] for person in people} == {"Chief of something"}
