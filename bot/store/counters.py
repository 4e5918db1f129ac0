"""Numbers that only go up: plan ids, audit positions, what is used in a day."""

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


def added(connection: Connection, name: str, amount: int) -> int:
    """That number after `amount` was added to it, in one statement; it begins at 0."""
    bump = text(
        "INSERT INTO counters (name, value) VALUES (:name, :amount)"
        " ON CONFLICT (name) DO UPDATE SET value = counters.value + :amount RETURNING value"
    )
    return int(connection.execute(bump, {"name": name, "amount": amount}).scalar_one())


def forget(connection: Connection, beginning: str, *, but: str) -> None:
    """Drop the numbers whose name begins so, except those that begin with `but`."""
    drop = text("DELETE FROM counters WHERE name LIKE :beginning AND name NOT LIKE :but")
    connection.execute(drop, {"beginning": f"{beginning}%", "but": f"{but}%"})
