"""SendGrid v3 over HTTP: the few calls we make, in the vendor's batch sizes."""

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tools.connectors.values import chunks, key_of, spellings
from tools.errors import Refused, RetryLater
from tools.http import PATIENCE, Transport, pause_of
from tools.ports import Clock
from tools.rules.consent_groups import GroupNames

PAGE = 500  # documented: suppression lists return 1 to 500 records
CONTACTS = 100  # documented: search by e-mails and read by ids take at most 100
SINGLES = 2  # up to so many addresses are asked one by one; the lists cost about as much from there on
LISTS_PAGE = 1_000  # documented maximum of a page of marketing lists
EXPORTS = 3  # tries for one export
FILE_MEGABYTES = 50  # of one file of an export: what we are ready to hold at a time
READY_WITHIN = 3_600.0  # seconds an export may take
LOOK = 15.0  # seconds between two looks at it; none are documented

Record = dict[str, Any]

LISTS: Mapping[str, str] = {
    "bounces": "/v3/suppression/bounces",
    "invalid_emails": "/v3/suppression/invalid_emails",
    "blocks": "/v3/suppression/blocks",
    "spam_reports": "/v3/suppression/spam_reports",
    "unsubscribes": "/v3/suppression/unsubscribes",
}


def until_reset(clock: Clock, headers: Mapping[str, str]) -> float:
    """Seconds until SendGrid's rate starts anew: X-RateLimit-Reset is a moment in Unix seconds."""
    at = headers.get("x-ratelimit-reset", "")
    if not at.isdigit():
        return pause_of(headers)
    return min(max(int(at) - clock.now().timestamp(), 1.0), PATIENCE)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Client:
    """Calls of SendGrid v3 by what they are for."""

    transport: Transport
    clock: Clock
    names: GroupNames = field(default_factory=GroupNames)
    _described: list[Record] = field(default_factory=list, repr=False)

    def listed(self, name: str, since: datetime | None = None) -> Iterator[list[Record]]:
        """One suppression list in pages of 500, whole or from a moment on."""
        window = {} if since is None else {"start_time": int(since.timestamp())}
        offset = 0
        while True:
            params = {"limit": PAGE, "offset": offset, **window}
            page = self.transport.read("GET", LISTS[name], params=params).json()
            yield page
            if len(page) < PAGE:
                return
            offset += PAGE

    def by_key(
        self, name: str, keys: Sequence[str], since: datetime | None = None
    ) -> dict[str, list[Record]]:
        """The records of these normalised addresses on one list: asked one by one when few, else paged."""
        if len(keys) <= SINGLES and since is None:
            return {key: found for key in keys if (found := self._single(name, key))}
        wanted = set(keys)
        listed: dict[str, list[Record]] = {}
        for page in self.listed(name, since):
            for record in page:
                key = key_of(record.get("email"))
                if key in wanted:
                    listed.setdefault(key, []).append(record)
        return listed

    def whole(self, name: str, since: datetime | None = None) -> dict[str, list[Record]]:
        """Every record of one list, or those made since then, by normalised address."""
        found: dict[str, list[Record]] = {}
        for page in self.listed(name, since):
            for record in page:
                if key := key_of(record.get("email")):
                    found.setdefault(key, []).append(record)
        return found

    def _single(self, name: str, key: str) -> list[Record]:
        """One address on one list."""
        address = quote(key, safe="")
        if name == "unsubscribes":
            held = self.transport.read("GET", f"/v3/asm/suppressions/global/{address}").json()
            return [{"email": key}] if held.get("recipient_email") else []
        answer = self.transport.read("GET", f"{LISTS[name]}/{address}", accept=(404,))
        return list(answer.json()) if answer.status_code == 200 else []  # noqa: PLR2004 (404: not on the list)

    def groups(self) -> list[Record]:
        """The suppression groups: id and name. There are 200 at most."""
        return list(self.transport.read("GET", "/v3/asm/groups").json())

    def left_groups(self, keys: Sequence[str] | None = None) -> dict[str, list[Record]]:
        """Who has left which group, by normalised address: `group_name`, and `created_at` where it is told.

        Few addresses are asked one by one, which tells no times; else every entry of every group comes at
        once, as SendGrid documents no other way.
        """
        if keys is not None and len(keys) <= SINGLES:
            return {key: found for key in keys if (found := self._left(key))}
        wanted = None if keys is None else set(keys)
        left: dict[str, list[Record]] = {}
        for entry in self.transport.read("GET", "/v3/asm/suppressions").json():
            key = key_of(entry.get("email"))
            if key and (wanted is None or key in wanted):
                left.setdefault(key, []).append({**entry, "group_name": self._named(entry["group_name"])})
        return left

    def _left(self, key: str) -> list[Record]:
        answer = self.transport.read("GET", f"/v3/asm/suppressions/{quote(key, safe='')}").json()
        return [
            {"email": key, "group_id": each["id"], "group_name": self._named(each["name"])}
            for each in answer.get("suppressions", ())
            if each.get("suppressed")
        ]

    def _named(self, own: object) -> str:
        """A group as it goes by here."""
        return self.names.shared("sendgrid", str(own))

    def members(self, group: str) -> list[str]:
        """The addresses that have left a group, all at once: no paging is documented."""
        answer = self.transport.read("GET", f"/v3/asm/groups/{int(group)}/suppressions", accept=(404,))
        return list(answer.json()) if answer.status_code == 200 else []  # noqa: PLR2004 (404: no such group)

    def leave(self, group: str, addresses: Sequence[str]) -> None:
        """Put addresses on a group's list (documented without a maximum)."""
        body = {"recipient_emails": list(addresses)}
        self.transport.write("POST", f"/v3/asm/groups/{int(group)}/suppressions", json=body)

    def rejoin(self, group: str, address: str) -> None:
        """Take one address off a group's list; one that is not on it is no failure."""
        path = f"/v3/asm/groups/{int(group)}/suppressions/{quote(address, safe='')}"
        self.transport.write("DELETE", path, accept=(404,))

    def contacts_of(self, keys: Iterable[str]) -> Iterator[list[Record]]:
        """The marketing contacts of normalised addresses, 100 a call."""
        for block in chunks((each for key in keys for each in spellings(key)), CONTACTS):
            answer = self.transport.read(
                "POST", "/v3/marketing/contacts/search/emails", json={"emails": block}, accept=(404,)
            )
            result = answer.json().get("result", {}) if answer.status_code == 200 else {}  # noqa: PLR2004 (404: none)
            yield [each["contact"] for each in result.values() if each.get("contact")]

    def contacts(self, ids: Iterable[str]) -> dict[str, Record]:
        """The marketing contacts with these ids, 100 a call; absent ones are left out."""
        found: dict[str, Record] = {}
        for block in chunks(ids, CONTACTS):
            answer = self.transport.read("POST", "/v3/marketing/contacts/batch", json={"ids": block})
            found.update({each["id"]: each for each in answer.json().get("result", ())})
        return found

    def suppress(self, addresses: Sequence[str]) -> None:
        """Put addresses on the global suppression list (documented without a maximum)."""
        self.transport.write(
            "POST", "/v3/asm/suppressions/global", json={"recipient_emails": list(addresses)}
        )

    def unsuppress(self, address: str) -> None:
        """Take one address off the global suppression list; one that is not on it is no failure."""
        path = f"/v3/asm/suppressions/global/{quote(address, safe='')}"
        self.transport.write("DELETE", path, accept=(404,))

    def delete_contacts(self, ids: Sequence[str]) -> str:
        """Delete marketing contacts; returns the id of the vendor's job. Suppressions and bounces stay."""
        answer = self.transport.write("DELETE", "/v3/marketing/contacts", params={"ids": ",".join(ids)})
        return str(answer.json().get("job_id", ""))

    def put_contacts(self, contacts: Sequence[Record], list_ids: Sequence[str]) -> str:
        """Create or update marketing contacts by address; returns the id of the vendor's job."""
        body: Record = {"contacts": list(contacts)}
        if list_ids:
            body["list_ids"] = list(list_ids)
        return str(self.transport.write("PUT", "/v3/marketing/contacts", json=body).json().get("job_id", ""))

    def forget(self, name: str, addresses: Sequence[str]) -> None:
        """Take addresses off a list of bounces, which makes them mailable. `delete_all` is never sent."""
        self.transport.write("DELETE", LISTS[name], json={"emails": list(addresses)})

    def lists(self) -> Iterator[list[Record]]:
        """The marketing lists with their sizes, 1,000 a page."""
        token = ""
        while True:
            asked = {"page_size": LISTS_PAGE, **({"page_token": token} if token else {})}
            answer = self.transport.read("GET", "/v3/marketing/lists", params=asked).json()
            yield list(answer.get("result", ()))
            following = parse_qs(urlsplit((answer.get("_metadata") or {}).get("next") or "").query)
            token = next(iter(following.get("page_token", ())), "")
            if not token:
                return

    def leave_list(self, list_id: str, ids: Sequence[str]) -> str:
        """Take contacts off a marketing list; returns the id of the vendor's job."""
        path = f"/v3/marketing/lists/{quote(list_id, safe='')}/contacts"
        answer = self.transport.write("DELETE", path, params={"contact_ids": ",".join(ids)})
        return str(answer.json().get("job_id", ""))

    def described(self) -> list[Record]:
        """The fields of a contact: reserved ones, then this account's own, which say `custom`. Asked once."""
        if not self._described:
            answer = self.transport.read("GET", "/v3/marketing/field_definitions").json()
            own = [{**each, "custom": True} for each in answer.get("custom_fields") or ()]
            self._described.extend([*answer.get("reserved_fields", ()), *own])
        return self._described

    def export(self, list_ids: Sequence[str] = ()) -> list[str]:
        """Export the contacts of these lists, or all, as gzipped CSV; the links to its files, when ready.

        An export changes nothing, so that it is asked for again when it fails. Raises `RetryLater` when it
        keeps failing or is not ready within `READY_WITHIN`.
        """
        for _ in range(EXPORTS):
            order: Record = {"file_type": "csv", "max_file_size": FILE_MEGABYTES}
            if list_ids:
                order["list_ids"] = list(list_ids)
            made = self.transport.read("POST", "/v3/marketing/contacts/exports", json=order).json()
            if links := self._ready(str(made["id"])):
                return links
        raise RetryLater("SendGrid could not complete an export of contacts", after=300.0)

    def _ready(self, export: str) -> list[str]:
        """The links of an export once it is ready; none when it failed."""
        began = self.clock.now()
        while (self.clock.now() - began).total_seconds() < READY_WITHIN:
            self.clock.sleep(LOOK)
            path = f"/v3/marketing/contacts/exports/{quote(export, safe='')}"
            answer = self.transport.read("GET", path).json()
            if answer.get("status") == "ready":
                return [str(each) for each in answer.get("urls", ())]
            if answer.get("status") == "failure":
                return []
        raise RetryLater("SendGrid's export of contacts is not ready yet", after=300.0)

    def file(self, link: str) -> bytes:
        """One file of an export, unpacked. It lies with another host, which must not see our key."""
        if not link.startswith(("https://", f"{_origin(self.transport.base_url)}/")):
            raise Refused("SendGrid's link to an export is not one we follow", do="Look at the account.")
        storage = Transport(
            system="sendgrid",
            base_url="",
            gate=self.transport.gate,
            authorise=dict,
            timeout=self.transport.timeout,
        )
        return gzip.decompress(storage.read("GET", link).content)

    def job(self, job_id: str) -> Record:
        """An asynchronous contact job: status pending, completed, errored or failed, and its results."""
        return dict(
            self.transport.read("GET", f"/v3/marketing/contacts/imports/{quote(job_id, safe='')}").json()
        )
