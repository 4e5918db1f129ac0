"""An import that waited for its approval: who came, or objected, in the meantime."""

from collections.abc import Callable
from typing import Any

from tools.answer import File

TEXT = "Email,Last name,Company\n" + "".join(
    f"{who}@late.example,{who},Late\n" for who in ("ann", "bob", "cy")
)


def test_nobody_is_made_twice_or_made_mailable_again(open_desk: Callable[..., Any]) -> None:
    """A record somebody made since is no second one; who objected since is created nowhere; the rest land."""
    desk = open_desk("salesforce", "marketo")
    files = {"list.csv": File(name="list.csv", content=TEXT.encode())}
    card = desk.call("import_list", file="list.csv", files=files).card
    ann = {"Email": "ann@late.example", "LastName": "Else", "Company": "Other"}
    desk.write("salesforce", object="Lead", record_id=None, op="create", set=ann)
    bob = {"Email": "bob@late.example", "LastName": "Bob", "Company": "Late", "HasOptedOutOfEmail": True}
    desk.write("salesforce", object="Lead", record_id=None, op="create", set=bob)
    desk.clock.sleep(5)
    desk.clear(card)
    desk.drive()
    run = desk.card(card).run
    drifted = {(each.system, each.why) for each in run.landing.residue}
    assert ("salesforce", "somebody has made a record of the address by now") in drifted
    assert ("marketo", "they opted out of everything (Salesforce) by now") in drifted
    state = desk.twin.state()
    made = [each["Email"] for each in state["salesforce"]["Lead"].values() if "@late" in str(each["Email"])]
    assert sorted(made) == ["ann@late.example", "bob@late.example", "cy@late.example"]
    leads = [str(each["email"]) for each in state["marketo"]["lead"].values()]
    assert "bob@late.example" not in leads
    assert {"ann@late.example", "cy@late.example"} <= set(leads)
