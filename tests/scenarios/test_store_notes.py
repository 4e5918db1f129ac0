"""Notes that outlive a process: written, replaced, forgotten, expired by the product's clock."""

from datetime import UTC, datetime, timedelta

from bot.engine.notebook import StoredNotebook
from bot.store import notes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """A clock that is set."""

    def __init__(self):
        self.at = NOW

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


def test_a_note_is_found_again_until_it_expires(store):
    """By another notebook over the same store, as another process has it."""
    clock = Clock()
    StoredNotebook(store, clock).put("job", {"id": "7"}, keep=timedelta(hours=1))
    other = StoredNotebook(store, clock)
    assert other.get("job") == {"id": "7"}
    other.put("job", {"id": "8"}, keep=timedelta(hours=2))
    clock.sleep(90 * 60)
    assert other.get("job") == {"id": "8"}
    clock.sleep(60 * 60)
    assert other.get("job") is None
    with store.begin() as connection:
        assert notes.expire(connection, now=clock.now()) == 1


def test_a_forgotten_note_is_gone(store):
    """And forgetting what is not there is nothing."""
    book = StoredNotebook(store, Clock())
    book.put("job", {"id": "7"}, keep=timedelta(hours=1))
    for _ in range(2):
        book.forget("job")
    assert book.get("job") is None
