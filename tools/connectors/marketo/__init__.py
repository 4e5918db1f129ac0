"""Marketo: leads, unsubscribes, bounces, static lists."""

from collections.abc import Callable
from functools import partial

from tools.connectors.boxes import Boxes
from tools.connectors.marketo.audiences import Audiences
from tools.connectors.marketo.changes import Changes
from tools.connectors.marketo.client import SUSPENDED, Client, Identity
from tools.connectors.marketo.describing import facts
from tools.connectors.marketo.editing import Editor
from tools.connectors.marketo.fields import BEHIND
from tools.connectors.marketo.keeping import Keeper
from tools.connectors.marketo.kept import Kept
from tools.connectors.marketo.merging import Merger
from tools.connectors.marketo.reader import MarketoReader
from tools.connectors.marketo.writer import MarketoWriter
from tools.connectors.reading import behind
from tools.http import Connected, Gate, Transport
from tools.ports import Clock, Notebook, Quota
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
    notebook: Notebook | None = None,
    groups: GroupNames = NAMELESS,
    timeout: float = 30.0,
) -> Connected:
    """Reader and writer of one instance (`https://123-ABC-456.mktorest.com`). Nothing is sent yet.

    With a `notebook` a read of everybody that was cut off goes on with the bulk jobs it has made.
    """
    gate = Gate("marketo", clock, quota)
    identity = Identity(base_url, client_id, client_secret, gate, timeout)
    transport = Transport(
        system="marketo", base_url=base_url, gate=gate, authorise=identity.headers, timeout=timeout
    )
    client = Client(transport, identity, Kept(notebook, f"{base_url} {client_id}"), groups)
    editor = Editor(client, subject)
    reader = MarketoReader(
        client=client,
        subject=subject,
        clock=clock,
        lists=Audiences(client, subject, clock),
        editor=editor,
        merger=Merger(editor),
        keeper=Keeper(client, subject, clock),
        changes=Changes(client, subject, clock),
        kinds=Boxes(
            system="marketo",
            names=groups,
            objects=("lead",),
            facts=partial(facts, client),
            guard=lambda op, person, rests_on: behind(BEHIND, op, person.raw, rests_on),
            own=SUSPENDED,
            because={"marketingSuspended": "marketingSuspendedCause"},
        ),
    )
    return Connected(reader, MarketoWriter(client))
