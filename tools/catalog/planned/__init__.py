"""Tools that are not built yet, as data: understood, answered “not yet”, never called.

A tool that gets built moves from here to its subject's file in the catalogue, with its examples.
"""

from tools.catalog.planned import (
    agents,
    campaigns,
    hygiene,
    lists,
    money,
    people,
    platform,
    segments,
    suppression,
)
from tools.registry import Tool

PLANNED: tuple[Tool, ...] = (
    *people.PLANNED,
    *suppression.PLANNED,
    *lists.PLANNED,
    *segments.PLANNED,
    *campaigns.PLANNED,
    *hygiene.PLANNED,
    *money.PLANNED,
    *platform.PLANNED,
    *agents.PLANNED,
)
