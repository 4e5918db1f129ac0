"""Where consent stands in HubSpot and how it came to be so: opt-out properties and their history."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from tools.abilities import ConsentRecord, KeepsConsent
from tools.connectors.hubspot.client import Client, Record, since_filter
from tools.connectors.hubspot.fields import OPT_OUT, YES
from tools.connectors.values import iso, moment, subject_of, text
from tools.ports import ConsentMark


@dataclass(frozen=True, slots=True)
class Keeper(KeepsConsent):
    """Reads everybody's consent, or that of contacts touched since a moment.

    Opt-outs of addresses without a contact cannot be listed: no call tells them.
    """

    client: Client
    subject: Callable[[str], str]

    @override
    def consent_changes(self, since: datetime | None = None) -> Iterator[list[ConsentRecord]]:
        """See `KeepsConsent`. History is read 50 contacts at a time."""
        scopes = self._scopes()
        for page in self._pages(since, ["email", *scopes], list(scopes)):
            yield [record for each in page for record in self._records(each, scopes)]

    @override
    def look_cost(self) -> int:
        return 1  # a search

    def _scopes(self) -> Mapping[str, str]:
        """The opt-out properties, and what they are about."""
        named = {OPT_OUT: "global", **{each.property: each.name for each in self.client.subscriptions()}}
        known = self.client.described()
        return {name: scope for name, scope in named.items() if name in known}

    def _pages(
        self, since: datetime | None, names: Sequence[str], history: Sequence[str]
    ) -> Iterator[list[Record]]:
        if since is None:
            yield from self.client.everybody(names, history)
            return
        for page in self.client.found([since_filter("lastmodifieddate", iso(since))], ["email"]):
            yield from self.client.contacts([text(each["id"]) for each in page], names, history=history)

    def _records(self, record: Record, scopes: Mapping[str, str]) -> Iterator[ConsentRecord]:
        raw, told = record.get("properties") or {}, record.get("propertiesWithHistory") or {}
        for name, scope in scopes.items():
            line: Record = next(iter(told.get(name) or ()), {})
            stopped = raw.get(name) == YES
            if name != OPT_OUT and not stopped and not line:
                continue
            yield ConsentRecord(
                system="hubspot",
                object="contact",
                record_id=text(record["id"]),
                subject=subject_of(self.subject, raw.get("email")),
                address=text(raw.get("email")),
                mark=_mark(name, scope, line, stopped=stopped),
            )


def _mark(name: str, scope: str, line: Record, *, stopped: bool) -> ConsentMark:
    """A mark with the last turn of its property, where the history's newest value is the one that holds."""
    agrees = bool(line) and (text(line.get("value")) == YES) == stopped
    where = text(line.get("sourceLabel")) or text(line.get("sourceType"))
    return ConsentMark(
        scope=scope,
        state="none" if not stopped else "opt_out_global" if scope == "global" else "opt_out_group",
        at=moment(line.get("timestamp")) if agrees else None,
        source=f"{name}: {where}" if agrees and where else name if stopped or agrees else "",
        writer=text(line.get("updatedByUserId")) or where if agrees else "",
    )
