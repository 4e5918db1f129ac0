"""SendGrid: marketing contacts, suppressions, bounces."""

from collections.abc import Callable
from functools import partial

from tools.connectors.sendgrid.audiences import Audiences
from tools.connectors.sendgrid.client import Client, until_reset
from tools.connectors.sendgrid.editing import Editor
from tools.connectors.sendgrid.groups import Groups
from tools.connectors.sendgrid.keeping import Keeper
from tools.connectors.sendgrid.reader import SendGridReader
from tools.connectors.sendgrid.writer import SendGridWriter
from tools.http import Connected, Gate, Transport
from tools.ports import Clock, Quota
from tools.rules.consent_groups import GroupNames

NAMELESS = GroupNames()


def connect(  # noqa: PLR0913 (wiring: what a vendor needs, by name)
    *,
    base_url: str,
    api_key: str,
    subject: Callable[[str], str],
    clock: Clock,
    quota: Quota,
    groups: GroupNames = NAMELESS,
    timeout: float = 30.0,
) -> Connected:
    """Reader and writer of one SendGrid account. Nothing is sent yet."""
    transport = Transport(
        system="sendgrid",
        base_url=base_url,
        gate=Gate("sendgrid", clock, quota),
        authorise=lambda: {"Authorization": f"Bearer {api_key}"},
        reset=partial(until_reset, clock),
        timeout=timeout,
    )
    client = Client(transport, clock, groups)
    reader = SendGridReader(
        client=client,
        subject=subject,
        clock=clock,
        lists=Audiences(client, subject, clock),
        editor=Editor(client, subject),
        keeper=Keeper(client, subject),
        kinds=Groups(client, subject),
    )
    return Connected(reader, SendGridWriter(client))
