"""Attachments of a request: fetched from Slack itself, read once and kept in memory only."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
from slack_sdk import WebClient

from tools.answer import File
from tools.errors import InvalidArguments, RetryLater

MOST = 20 * 1024 * 1024  # bytes of one attachment
HOST = "files.slack.com"

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


class Files:
    """Fetches what people attached."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def received(self, attached: Sequence[Json]) -> dict[str, File]:
        """The attachments of a message, by name. Raises `InvalidArguments` for one that is too large."""
        return {str(each["name"]): self._fetch(each) for each in attached if each.get("mode") != "tombstone"}

    def _fetch(self, attached: Json) -> File:
        name, size = str(attached.get("name", "file")), int(attached.get("size") or 0)
        if size > MOST:
            raise InvalidArguments(
                "That file is too large",
                on=name,
                do=f"Send at most {MOST // 1024 // 1024} MB, split in parts.",
            )
        url = str(attached.get("url_private_download") or attached.get("url_private") or "")
        if not self._ours(url):
            raise InvalidArguments("I can only read files kept in Slack", on=name, do="Upload it here.")
        return File(name=name, content=self._bytes(url, name), media_type=str(attached.get("mimetype", "")))

    def _bytes(self, url: str, name: str) -> bytes:
        try:
            answer = httpx.get(url, headers={"Authorization": f"Bearer {self._client.token}"}, timeout=30)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise RetryLater(
                "Slack did not hand over the file", on=name, after=10, detail=str(error)
            ) from error
        if len(answer.content) > MOST:
            raise InvalidArguments("That file is too large", on=name, do="Split it and send the parts.")
        return answer.content

    def _ours(self, url: str) -> bool:
        # the token is sent along, so only ever to Slack itself or to the server our API calls go to
        found, api = urlsplit(url), urlsplit(self._client.base_url)
        return (found.scheme == "https" and found.hostname == HOST) or found.netloc == api.netloc
