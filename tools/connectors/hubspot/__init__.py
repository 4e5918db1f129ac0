"""HubSpot: contacts, opt-outs by address, lists."""

from collections.abc import Callable

from tools.connectors.hubspot.audiences import Lists
from tools.connectors.hubspot.changes import Changes
from tools.connectors.hubspot.client import Client
from tools.connectors.hubspot.editing import Editor
from tools.connectors.hubspot.groups import Groups
from tools.connectors.hubspot.keeping import Keeper
from tools.connectors.hubspot.merging import Merger
from tools.connectors.hubspot.paths import checked
from tools.connectors.hubspot.reader import HubSpotReader
from tools.connectors.hubspot.writer import HubSpotWriter
from tools.http import Connected, Gate, Transport
from tools.ports import Clock, Quota
from tools.rules.consent_groups import GroupNames

NAMELESS = GroupNames()


def connect(  # noqa: PLR0913 (wiring: what a vendor needs, by name)
    *,
    base_url: str,
    token: str,
    subject: Callable[[str], str],
    clock: Clock,
    quota: Quota,
    version: str = "v3",
    groups: GroupNames = NAMELESS,
    timeout: float = 30.0,
) -> Connected:
    """Reader and writer of one account. `version` is `v3` or a dated one (`2026-09`). Nothing is sent yet."""
    transport = Transport(
        system="hubspot",
        base_url=base_url,
        gate=Gate("hubspot", clock, quota),
        authorise=lambda: {"Authorization": f"Bearer {token}"},
        timeout=timeout,
    )
    client = Client(transport, checked(version), token, groups)
    editor = Editor(client, subject)
    reader = HubSpotReader(
        client=client,
        subject=subject,
        clock=clock,
        lists=Lists(client, subject, clock),
        editor=editor,
        merger=Merger(editor),
        keeper=Keeper(client, subject),
        changes=Changes(client, subject, clock),
        kinds=Groups(client),
    )
    return Connected(reader, HubSpotWriter(client))
