"""SendGrid v3 over HTTP: the few calls we make, in the vendor's batch sizes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tools.connectors.values import chunks, key_of, spellings
from tools.http import Transport

PAGE = 500  # documented: suppression lists return 1 to 500 records
CONTACTS = 100  # documented: search by e-mails and read by ids take at most 100
SINGLES = 2  # up to so many addresses are asked one by one; the lists cost about as much from there on

Record = dict[str, Any]

LISTS: Mapping[str, str] = {
    "bounces": "/v3/suppression/bounces",
    "invalid_emails": "/v3/suppression/invalid_emails",
    "blocks": "/v3/suppression/blocks",
    "spam_reports": "/v3/suppression/spam_reports",
    "unsubscribes": "/v3/suppression/unsubscribes",
}


@dataclass(frozen=True, slots=True)
class Client:
    """Calls of SendGrid v3 by what they are for."""

    transport: Transport

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

    def _single(self, name: str, key: str) -> list[Record]:
        """One address on one list."""
        address = quote(key, safe="")
        if name == "unsubscribes":
            held = self.transport.read("GET", f"/v3/asm/suppressions/global/{address}").json()
            return [{"email": key}] if held.get("recipient_email") else []
        answer = self.transport.read("GET", f"{LISTS[name]}/{address}", accept=(404,))
        return list(answer.json()) if answer.status_code == 200 else []  # noqa: PLR2004 (404: not on the list)

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

    def delete_bounces(self, addresses: Sequence[str]) -> None:
        """Forget bounces of these addresses, which makes them mailable. `delete_all` is never sent."""
        self.transport.write("DELETE", "/v3/suppression/bounces", json={"emails": list(addresses)})

    def job(self, job_id: str) -> Record:
        """An asynchronous contact job: status pending, completed, errored or failed, and its results."""
        return dict(
            self.transport.read("GET", f"/v3/marketing/contacts/imports/{quote(job_id, safe='')}").json()
        )
