"""More traps an expert knows, of the same kind as the first: one seeded person (or several) each, by name.

Sources: the vendors' documentation of bounces, of their syncs with Salesforce, of merging and of deleting;
Salesforce's help on its recycle bin; GitLab's marketing handbook (records kept out of the sync).
"""

from collections.abc import Iterator
from typing import Final

from tools.twin.seed_people import Bounce, Person
from tools.twin.seed_traps import INVALID_TWO, Traps

MINUTE: Final = 1 / 1440
HELD: Final = {
    "held_by_open_opportunity": {"opportunity_role", "negotiation"},
    "held_by_closed_opportunity": {"opportunity_role", "closed_lost"},
    "held_by_partner_account": {"partner_account"},
    "held_by_data_request": {"data_request"},
    "held_by_mobile_phone": {"mobile_phone"},
    "bounced_with_quote": {"quote"},
    "bounced_with_contract": {"contract"},
}
"""What holds a person whose mailbox is gone, and how it is seeded: one trap each."""
SAME_AS: Final = ("first", "last", "email", "company_name")


class MoreTraps:
    """Makes the traps that came later, numbered on from the first ones."""

    def __init__(self, source: Traps) -> None:
        self.source = source

    def all(self) -> Iterator[Person]:
        """Every one of them."""
        yield from self._holding()
        yield from self._not_holding()
        yield from self._alive()
        yield from self._soft()
        yield from self._clocks()
        yield from self._scopes()
        yield from self._records()

    def _dead(self, trap: str, *ties: str) -> Person:
        """A person whose mailbox every system calls gone."""
        made = self.source.person(trap)
        made.bounces = [Bounce(system, "invalid", days) for system, days in INVALID_TWO]
        made.ties = frozenset(ties)
        return made

    def _holding(self) -> Iterator[Person]:
        """Invalid by all systems, and held in place by one thing each."""
        for name, ties in HELD.items():
            yield self._dead(name, *ties)

    def _not_holding(self) -> Iterator[Person]:
        """Invalid by all systems, with what looks like a tie and is none any more."""
        made = self._dead("not_held_by_old_activity")
        made.last_activity = 200.0
        yield made
        made = self._dead("not_held_by_a_number_not_to_call", "do_not_call")
        made.phone = f"+49 555 {made.n % 10_000:04d}"
        yield made
        yield self._dead("not_held_by_old_campaign", "old_campaign")

    def _alive(self) -> Iterator[Person]:
        """Called invalid by two systems, and a third has seen life since."""
        made = self.source.person("delivered_after_bounces")
        made.bounces = [Bounce("sendgrid", "invalid", 40.0), Bounce("salesforce", "invalid", 40.0)]
        made.delivered = (1,)  # nineteen days ago
        yield made
        made = self._dead("clicked_after_bounces")
        made.clicked = 5.0
        yield made
        made = self.source.person("bounced_at_other_customers")  # HubSpot's own word, of others' mail
        made.ties = frozenset({"bounced_elsewhere"})
        yield made

    def _soft(self) -> Iterator[Person]:
        """Soft bounces: enough of them, enough but arrived since, and enough of one send only."""
        made = self.source.person("soft_bounced_thrice")
        made.bounces = [Bounce("marketo", "full", *each) for each in ((6.0, 0), (12.0, 2), (19.0, 1))]
        yield made
        made = self.source.person("soft_bounced_then_delivered")
        made.bounces = [Bounce("marketo", "technical", *each) for each in ((12.5, 2), (18.0, 1), (27.0, 3))]
        made.delivered = (0,)  # six days ago
        yield made
        made = self.source.person("soft_bounced_in_one_send")
        made.bounces = [Bounce("marketo", "full", *each) for each in ((17.0, 1), (18.0, 1), (19.0, 1))]
        yield made

    def _clocks(self) -> Iterator[Person]:
        """An opt-out at one system, and a box un-ticked at another a few minutes later by its clock."""
        for name, minutes in (("within", 3), ("beyond", 9)):
            made = self.source.person(f"unticked_{name}_clock_skew")
            made.marketo, made.resurrected = False, True
            made.opted_out, made.unticked = {"sendgrid": 10.0}, 10.0 - minutes * MINUTE
            yield made

    def _scopes(self) -> Iterator[Person]:
        """A group of mails left, alone and beside everything; a record that the sync passes over."""
        made = self.source.person("left_one_group")
        made.ties = frozenset({"left_group"})
        yield made
        made = self.source.person("left_one_group_and_everything")
        made.ties, made.opted_out = frozenset({"left_group"}), {"sendgrid": 8.0}
        yield made
        made = self.source.person("blocked_from_the_sync")
        made.ties, made.opted_out = frozenset({"block_sync"}), {"salesforce": 10.0}
        yield made
        made = self.source.person("opted_out_without_address")
        made.marketo = made.sendgrid = False
        made.addresses, made.opted_out = {"salesforce": ""}, {"salesforce": 10.0}
        yield made

    def _records(self) -> Iterator[Person]:
        """Several records of one person: a converted lead; five leads and a contact of one address."""
        made = self._dead("converted_and_invalid", "converted")
        made.lead = True
        yield made
        first = self.source.person("lead_five_times")
        first.contact, first.lead, first.score = False, True, 40
        yield first
        for number in range(4):
            more = self.source.person("lead_five_times")
            _take_after(first, more)
            more.contact, more.lead, more.created = False, True, 300.0 - number
            more.marketo = more.sendgrid = False
            more.opted_out = {"salesforce": 30.0} if number == 2 else {}  # noqa: PLR2004  # one of them
            yield more
        known = self.source.person("lead_five_times")
        _take_after(first, known)
        known.marketo = known.sendgrid = False
        yield known
        twins = [self.source.person("marketo_twice") for _ in range(2)]  # Marketo has both, the CRM one
        _take_after(*twins)
        twins[0].score, twins[1].score = 30, 12
        twins[1].contact = twins[1].sendgrid = False
        yield from twins


def _take_after(model: Person, other: Person) -> None:
    """Give a record the name, address and company of another: the same person once more."""
    for name in SAME_AS:
        setattr(other, name, getattr(model, name))
