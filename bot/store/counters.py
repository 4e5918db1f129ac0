"""Numbers that only go up: plan ids, audit positions."""

from sqlalchemy import Connection, text


def following(connection: Connection, name: str, *, first: int = 1) -> int:
    """The next number of that name, `first` at first. Holds the counter until the transaction ends."""
    # one statement that both databases understand: two first numbers at once cannot meet in an insert
    bump = text(
        "INSERT INTO counters (name, value) VALUES (:name, :first)"
        " ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value"
    )
    return int(connection.execute(bump, {"name": name, "first": first}).scalar_one())


def current(connection: Connection, name: str) -> int:
    """The last number given out, 0 when none was."""
    query = text("SELECT value FROM counters WHERE name = :name")
    return int(connection.execute(query, {"name": name}).scalar() or 0)
