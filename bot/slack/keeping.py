"""Files that we put into Slack: where they go, how long they stay there, and that they are deleted then.

What people attached is deleted as well when its time is over. Slack lets an app delete its own files only:
whoever attached one that we may not delete is asked to.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.charts import alt, png
from bot.slack.parts import Parts
from bot.slack.post import code
from bot.slack.thread import SURFACE, Heard
from bot.slack.views.pieces import words
from bot.store import surface_files
from bot.store.surface_files import KEPT, SurfaceFile
from tools.answer import Chart, File

GONE = {"file_not_found", "file_deleted"}
NOT_OURS = {"cant_delete_file", "not_authed", "missing_scope", "no_permission"}

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


class Keeping:
    """Sends files, remembers them, and takes them back in time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def send(self, user: str, file: File, note: str) -> None:
        """Put a file into the direct message with a person: it may hold personal data."""
        sent = self._parts.client.files_upload_v2(
            channel=self._parts.poster.direct(user),
            filename=file.name,
            content=file.content,
            title=file.name,
            initial_comment=note,
        )
        for each in sent.get("files") or ():
            self._remember(user, "", "sent", {"id": each["id"], "name": file.name})

    def charts(self, heard: Heard, charts: Sequence[Chart], *, private: bool) -> None:
        """Pictures of an answer's tables, where the answer is; for the asker alone in a direct message."""
        alone = bool(heard.only_to) or (private and not heard.direct)
        channel = self._parts.poster.direct(heard.user) if alone else heard.thread.channel
        for number, chart in enumerate(charts, 1):
            self._parts.client.files_upload_v2(
                channel=channel,
                thread_ts=None if alone else heard.reply_in or None,
                file=png(chart),
                filename=f"chart-{number}.png",
                title=chart.title,
                alt_txt=alt(chart),
            )

    def attached(self, heard: Heard) -> None:
        """Remember what somebody attached: a later message may be about it, and it is deleted in time."""
        for each in heard.files:
            if each.get("id"):
                self._remember(heard.user, heard.thread.channel, "attached", each)

    def sweep(self) -> int:
        """Delete files past their time from Slack; how many are gone."""
        with self._parts.store.begin() as connection:
            now = self._parts.store.now(connection)
            late = surface_files.take_expired(connection, surface=SURFACE, now=now)
        return sum(self._deleted(each) for each in late)

    def _remember(self, user: str, channel: str, kind: str, detail: Json) -> None:
        with self._parts.store.begin() as connection:
            now = self._parts.store.now(connection)
            kept = SurfaceFile(
                surface=SURFACE,
                file_id=str(detail["id"]),
                principal=user,
                channel=channel,
                kind="sent" if kind == "sent" else "attached",
                created_at=now,
                expires_at=now + KEPT,
                detail=dict(detail),
            )
            surface_files.put(connection, kept)

    def _deleted(self, file: SurfaceFile) -> bool:
        try:
            self._parts.client.files_delete(file=file.file_id)
        except SlackApiError as error:
            if code(error) in NOT_OURS and file.kind == "attached":
                self._ask(file)
            elif code(error) not in GONE:
                log.warning("a file could not be deleted from Slack: %s", code(error))
                return False
        except (SlackClientError, OSError) as error:
            log.warning("Slack could not be reached to delete a file: %s", error)
            return False
        with self._parts.store.begin() as connection:
            surface_files.forget(connection, file)
        return True

    def _ask(self, file: SurfaceFile) -> None:
        name = str(file.detail.get("name") or "a file")
        told = words(
            f"“{name}”, which you gave me {KEPT.days} days ago, is still in Slack. I have let go of it, but "
            "Slack lets only you delete it: please do, it may hold personal data."
        )
        self._parts.poster.post(self._parts.poster.direct(file.principal), told)
