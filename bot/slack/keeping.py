"""Files that we put into Slack: where they go, how long they stay there, and that they are deleted then.

What people attached is deleted as well when its time is over. Slack lets an app delete its own files only:
whoever attached one that we may not delete is asked to.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.assistant.offline import columns
from bot.charts import alt, png
from bot.slack.parts import Parts
from bot.slack.post import code
from bot.slack.thread import SURFACE, Heard
from bot.slack.views.pieces import words
from bot.store import surface_files
from bot.store.connect import Connection
from bot.store.surface_files import KEPT, WAITS, SurfaceFile
from tools.answer import Chart, File

LISTS = (".csv", ".xlsx", ".tsv", ".txt")
_ABOUT_A_FILE = re.compile(
    r"\b(?:files?|lists?|csv|xlsx|sheets?|spreadsheets?|attach\w*|upload\w*|import\w*|these|those|it)\b",
    re.IGNORECASE,
)
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

    def attached(self, user: str, channel: str, files: Sequence[Json]) -> None:
        """Remember lists that somebody attached: words that say what to do with them may come later."""
        for each in files:
            if each.get("id") and str(each.get("name", "")).lower().endswith(LISTS):
                self._remember(user, channel, "attached", each)

    def with_files(self, heard: Heard) -> Heard:
        """The same with the lists that this person attached here before and that the words are about."""
        about_columns = not heard.files and any(columns.scan(f"columns: {heard.text}"))
        if not heard.files and not about_columns and not self._meant(heard):
            return heard
        self.attached(heard.user, heard.thread.channel, heard.files)
        with self._parts.store.begin() as connection:
            now = self._parts.store.now(connection)
            found = surface_files.waiting(
                connection,
                surface=SURFACE,
                channel=heard.thread.channel,
                principal=heard.user,
                since=now - WAITS,
            )
            own = {str(each.get("id")) for each in heard.files}
            wanted = [each for each in found if each.file_id in own or self._meant(heard)]
            taken = [each for each in wanted if surface_files.use(connection, each, now=now)]
            if about_columns and not taken:  # the file whose columns were just shown
                again = self._last_used(connection, heard, now - WAITS)
                taken = [again] if again else []
        earlier = tuple(each.detail for each in taken if each.file_id not in own)
        return replace(heard, files=(*heard.files, *earlier))

    @staticmethod
    def _last_used(connection: Connection, heard: Heard, since: datetime) -> SurfaceFile | None:
        channel, person = heard.thread.channel, heard.user
        return surface_files.last_used(
            connection, surface=SURFACE, channel=channel, principal=person, since=since
        )

    @staticmethod
    def _meant(heard: Heard) -> bool:
        return not heard.files and bool(_ABOUT_A_FILE.search(heard.text))

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
                expires_at=now + (KEPT if kind == "sent" else WAITS),
                detail=dict(detail),
            )
            surface_files.put(connection, kept)

    def _deleted(self, file: SurfaceFile) -> bool:
        if file.kind == "attached" and file.used_at is None:
            self._forget(file)
            return False
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
        self._forget(file)
        return True

    def _forget(self, file: SurfaceFile) -> None:
        with self._parts.store.begin() as connection:
            surface_files.forget(connection, file)

    def _ask(self, file: SurfaceFile) -> None:
        name = str(file.detail.get("name") or "a file")
        told = words(
            f"“{name}”, which you gave me {KEPT.days} days ago, is still in Slack. I have let go of it, but "
            "Slack lets only you delete it: please do, it may hold personal data."
        )
        self._parts.poster.post(self._parts.poster.direct(file.principal), told)
