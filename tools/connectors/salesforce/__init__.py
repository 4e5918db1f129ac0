"""Salesforce: contacts and leads, what holds them in place, opt-outs, the recycle bin."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from tools.connectors.boxes import Boxes
from tools.connectors.salesforce import guard
from tools.connectors.salesforce.bulk import Bulk
from tools.connectors.salesforce.campaigns import Campaigns
from tools.connectors.salesforce.changes import Changes
from tools.connectors.salesforce.client import Client
from tools.connectors.salesforce.consent import Keeper
from tools.connectors.salesforce.describing import facts
from tools.connectors.salesforce.door import Door, Token
from tools.connectors.salesforce.editing import Editor
from tools.connectors.salesforce.fields import PEOPLE
from tools.connectors.salesforce.merging import Merger
from tools.connectors.salesforce.reader import SalesforceReader
from tools.connectors.salesforce.search import Search
from tools.connectors.salesforce.ties import ACTIVITY_WINDOW, CAMPAIGN_WINDOW
from tools.connectors.salesforce.writer import SalesforceWriter
from tools.http import Connected, Gate
from tools.ports import Clock, Quota
from tools.rules.consent_groups import GroupNames

NAMELESS = GroupNames()


def connect(  # noqa: PLR0913 (wiring: what a vendor needs, by name)
    *,
    base_url: str,
    client_id: str,
    client_secret: str,
    subject: Callable[[str], str],
    clock: Clock,
    quota: Quota,
    api_version: str = "62.0",
    groups: GroupNames = NAMELESS,
    timeout: float = 30.0,
    campaign_window: timedelta = CAMPAIGN_WINDOW,
    activity_window: timedelta = ACTIVITY_WINDOW,
) -> Connected:
    """Reader and writer of one organisation (`https://acme.my.salesforce.com`). Nothing is sent yet."""
    door = Door(base_url, Token(client_id, client_secret), Gate("salesforce", clock, quota), timeout)
    client = Client(door, api_version, groups)
    bulk = Bulk(client, clock)
    search = Search(client, bulk, subject, clock, campaign_window, activity_window)
    editor = Editor(client, subject)
    reader = SalesforceReader(
        client=client,
        search=search,
        subject=subject,
        clock=clock,
        lists=Campaigns(client, bulk, subject, clock),
        editor=editor,
        merger=Merger(editor),
        keeper=Keeper(client, bulk, subject),
        changes=Changes(client, subject, clock),
        kinds=Boxes(
            system="salesforce",
            names=groups,
            objects=PEOPLE,
            facts=partial(facts, client),
            guard=guard.guard,
            own={},
            because={},
            fixed=lambda person: bool(person.raw.get("IsConverted")),
        ),
    )
    return Connected(reader, SalesforceWriter(client, bulk))
