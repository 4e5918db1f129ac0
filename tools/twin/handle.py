"""A thin client of the twin's control API, usable from any process."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

PATIENCE: Final = 120.0


class TwinHandle:
    """Controls the twin at `url` (such as http://127.0.0.1:4010). Raises `ValueError` when it refuses."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def state(self, system: str = "", *, stamps: bool = True) -> dict[str, Any]:
        """Records by system, object and id. `stamps=False` leaves out who and when of the last change."""
        return self._ask("GET", "state", query={"system": system, "stamps": str(stamps).lower()})  # type: ignore[no-any-return]  # the twin's own shape

    def log(self, system: str = "", *, since: int = 0) -> list[dict[str, Any]]:
        """Requests received, oldest first, numbered above `since`."""
        return self._ask("GET", "log", query={"system": system, "since": str(since)})["requests"]  # type: ignore[no-any-return]  # the twin's own shape

    def clear_log(self) -> None:
        """Forget the requests."""
        self._ask("DELETE", "log")

    def fault(self, **spec: Any) -> None:  # noqa: ANN401  # a JSON object's values
        """Put a fault in force: system, match, nth, times, kind, pid, when, seconds, rows."""
        self._ask("POST", "fault", document=spec)

    def faults(self) -> list[dict[str, Any]]:
        """Faults in force, with how often they were matched and struck."""
        return self._ask("GET", "fault")["faults"]  # type: ignore[no-any-return]  # the twin's own shape

    def clear_faults(self) -> None:
        """Lift all faults."""
        self._ask("DELETE", "fault")

    def now(self) -> str:
        """The twin's now, ISO 8601 UTC."""
        return str(self._ask("GET", "clock")["now"])

    def advance(self, seconds: float) -> None:
        """Move the twin's clock forward."""
        self._ask("POST", "clock", document={"advance": seconds})

    def snapshot(self, name: str) -> None:
        """Keep the state under a name."""
        self._ask("POST", "snapshot", document={"name": name})

    def restore(self, name: str) -> None:
        """Put a kept state back."""
        self._ask("POST", "restore", document={"name": name})

    def tape(self, path: str) -> None:
        """Write every exchange that follows, whole, to this file of the twin's machine; empty to stop."""
        self._ask("POST", "tape", document={"path": path})

    def settings(self, **given: Any) -> dict[str, Any]:  # noqa: ANN401  # numbers and flags
        """Change organisation settings (none given: only read them)."""
        return self._ask("POST", "settings", document=given)  # type: ignore[no-any-return]  # the twin's own shape

    def people(self) -> list[dict[str, Any]]:
        """The demo's people: Slack user, name, role."""
        return self._ask("GET", "people")["people"]  # type: ignore[no-any-return]  # the twin's own shape

    def vendors(self) -> list[str]:
        """The vendors served, in the order of the stack."""
        return self._ask("GET", "vendors")["vendors"]  # type: ignore[no-any-return]  # the twin's own shape

    def traps(self) -> dict[str, list[dict[str, Any]]]:
        """The seeded traps by name, each with its addresses."""
        return self._ask("GET", "traps")["traps"]  # type: ignore[no-any-return]  # the twin's own shape

    def _ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, document: object = None
    ) -> Any:  # noqa: ANN401  # JSON
        """One control request on a connection of its own."""
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=PATIENCE)
        body = None if document is None else json.dumps(document)
        tail = f"?{urlencode(query)}" if query else ""
        try:
            connection.request(method, f"/_twin/{path}{tail}", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read() or b"null")
        finally:
            connection.close()
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ValueError(answer["error"])
        return answer
