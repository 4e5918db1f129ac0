"""People who left one kind of mail in one system alone: a group, a subscription type, a check-box.

“Events” is in SendGrid and, spelt in another case, in HubSpot. “Newsletter” of SendGrid is HubSpot's “Product
Updates” and a check-box in Salesforce and Marketo only where somebody says so. Which check-boxes there are is
each organisation's own choice.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from tools.twin import served
from tools.twin.hubspot.fields import SUBSCRIPTIONS
from tools.twin.seed_people import Person
from tools.twin.seed_rows import Rows
from tools.twin.seed_sendgrid import GROUP
from tools.twin.seed_traps import Traps
from tools.twin.seed_words import GROUPS
from tools.twin.world import World

SALESFORCE_BOX, MARKETO_BOX = "Newsletter_Opt_Out__c", "newsletterOptOut"
EVENTS: Final = GROUP + GROUPS.index("Events")
DAYS: Final = 12.0
"""How long ago they left."""
NAMES: Final = (
    "left_events_only_in_sendgrid",
    "left_events_only_in_hubspot",
    "left_newsletter_only_in_sendgrid",
    "left_newsletter_only_in_salesforce",
    "left_newsletter_only_in_marketo",
)


def traps(source: Traps) -> Iterator[Person]:
    """One person each, in every system, numbered on from the traps before."""
    return (source.person(name) for name in NAMES)


def leave(world: World, people: Iterable[Person]) -> None:
    """Have each of them leave, where it was."""
    rows = Rows(world)
    by_name = {each.trap: each for each in people if each.trap in NAMES}
    for name, someone in by_name.items():
        group, _, system = name.removeprefix("left_").partition("_only_in_")
        if served.serves(world, system):
            _leave(world, rows, group, system, someone)


def _leave(world: World, rows: Rows, group: str, system: str, someone: Person) -> None:
    address = someone.address(system).strip().lower()
    if system == "sendgrid":
        number = EVENTS if group == "events" else GROUP
        values = (number, address, rows.unix(DAYS))
        world.run("INSERT INTO sg_group_suppression VALUES (?, ?, ?)", values)
    elif system == "hubspot":
        kind = next(number for number, name, _ in SUBSCRIPTIONS if name.lower() == group)
        world.run(
            "INSERT INTO hs_status VALUES (?, ?, 'UNSUBSCRIBED', ?, 'EMAIL', NULL, NULL)",
            (address, kind, rows.at(DAYS)),
        )
    elif system == "salesforce":
        world.run(f"UPDATE sf_contact SET {SALESFORCE_BOX} = 1 WHERE Email = ?", (address,))
    else:
        world.run(f"UPDATE mk_lead SET {MARKETO_BOX} = 1 WHERE email = ?", (address,))
