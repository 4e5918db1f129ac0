"""The people of the twin: who asks and who approves when nobody real is there."""

from bot.engine.directory import Someone

DEMO = (
    Someone(id="U_ANA", name="Ana", groups=frozenset({"marketing"})),
    Someone(id="U_MAX", name="Max", groups=frozenset({"marops"})),
    Someone(id="U_DANA", name="Dana", groups=frozenset({"marops"})),
    Someone(id="U_IVY", name="Ivy", groups=frozenset({"marops"})),
    Someone(id="U_GUEST", name="Gus", kind="guest"),
)
