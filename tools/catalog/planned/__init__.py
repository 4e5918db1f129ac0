"""Tools that are not built yet, as data: understood, answered “not yet”, never called.

A tool that gets built moves from here to its subject's file in the catalogue, with its examples.
"""

from tools.catalog.planned import (
    agents,
    campaigns,
    money,
    segments,
)
from tools.registry import Tool

PLANNED: tuple[Tool, ...] = (
    *agents.PLANNED,
    *campaigns.PLANNED,
    *money.PLANNED,
    *segments.PLANNED,
)
