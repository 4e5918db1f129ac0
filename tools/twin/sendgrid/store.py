"""SendGrid's tables. Moments are Unix seconds, as its suppression endpoints give them."""

from typing import Final

from tools.twin.world import World

KINDS: Final = {
    "bounces": ("reason", "status"),
    "blocks": ("reason", "status"),
    "invalid_emails": ("reason",),
    "spam_reports": ("ip",),
    "unsubscribes": (),
}
"""The suppression lists and what each entry holds beside `created` and `email`."""
JOBS: Final = """
CREATE TABLE sg_job (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, spec TEXT NOT NULL, due TEXT NOT NULL, started_at TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0, results TEXT NOT NULL DEFAULT '{}'
)
"""
CONTACT_FIELDS: Final = (
    "email", "first_name", "last_name", "country", "city", "phone_number", "external_id", "address_line_1",
    "state_province_region", "postal_code",
)  # fmt: skip
TABLES: Final = (
    """CREATE TABLE sg_list (id TEXT PRIMARY KEY, name TEXT NOT NULL)""",
    """CREATE TABLE sg_member (list_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    PRIMARY KEY (list_id, contact_id)) WITHOUT ROWID""",
    """CREATE TABLE sg_group (id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL,
    is_default INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE sg_group_suppression (group_id INTEGER NOT NULL, email TEXT NOT NULL COLLATE NOCASE,
    created_at INTEGER NOT NULL, PRIMARY KEY (group_id, email)) WITHOUT ROWID""",
)


def table(kind: str) -> str:
    """The table of a suppression list."""
    return f"sg_{kind}"


def create(world: World) -> None:
    """Create the tables; addresses compare without case."""
    for kind, extra in KINDS.items():
        columns = "".join(f", {name} TEXT NOT NULL DEFAULT ''" for name in extra)
        world.run(
            f"CREATE TABLE {table(kind)} (email TEXT PRIMARY KEY COLLATE NOCASE,"
            f" created INTEGER NOT NULL{columns})"
        )
    columns = ", ".join(f"{name} TEXT" for name in CONTACT_FIELDS[1:])
    world.run(
        f"CREATE TABLE sg_contact (id TEXT PRIMARY KEY, email TEXT NOT NULL COLLATE NOCASE, {columns},"
        " created_at TEXT NOT NULL, updated_at TEXT NOT NULL)"
    )
    world.run(JOBS)
    for each in TABLES:
        world.run(each)


def index(world: World) -> None:
    """Create the indexes."""
    world.run("CREATE UNIQUE INDEX sg_contact_email ON sg_contact (email)")
    world.run("CREATE INDEX sg_member_contact ON sg_member (contact_id)")
    for kind in KINDS:
        world.run(f"CREATE INDEX {table(kind)}_created ON {table(kind)} (created)")
