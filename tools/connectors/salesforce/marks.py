"""The opt-out box as a mark: who ticked it and when, by the field's history or the record."""

from collections.abc import Mapping
from typing import Any

from tools.connectors.salesforce.client import Record
from tools.connectors.values import moment, text
from tools.ports import ConsentMark

OPT_OUT = "HasOptedOutOfEmail"
HISTORIES = "Histories"  # the relationship to an object's field history, there while history is tracked
LINE = "NewValue, CreatedDate, CreatedById, CreatedBy.Name"  # of one change in a field's history
FROM_HISTORY = f"field history of {OPT_OUT}"
FROM_RECORD = f"last change of the whole record: no history of {OPT_OUT} at hand"
AS_CREATED = f"the record's creation, as the history of {OPT_OUT} has no line"


def mark(record: Record, line: Record | None, *, tracked: bool) -> ConsentMark:
    """Where consent stands on a contact or lead.

    `line` is the latest change of the box that the field's history holds; one that disagrees with the box is
    older than the box's state. `tracked` says whether that history is kept at all.
    """
    ticked = bool(record.get(OPT_OUT))
    source, by, at = FROM_RECORD, "LastModifiedBy", "LastModifiedDate"
    if line is not None and is_true(line.get("NewValue")) == ticked:
        record, source, by, at = line, FROM_HISTORY, "CreatedBy", "CreatedDate"
    elif tracked and not ticked and line is None:
        source, by, at = AS_CREATED, "CreatedBy", "CreatedDate"
    return ConsentMark(
        scope="global",
        state="opt_out_global" if ticked else "none",
        at=moment(record.get(at)),
        source=source,
        writer=_writer(record, by),
    )


def box_mark(record: Record, line: Record | None, field: str, group: str) -> ConsentMark | None:
    """Where one group stands by its box; None for a box that nobody is known to have touched."""
    ticked = is_true(record.get(field))
    agrees = line is not None and is_true(line.get("NewValue")) == ticked
    if not ticked and not agrees:
        return None
    told = line if agrees and line is not None else {}
    return ConsentMark(
        scope=group,
        state="opt_out_group" if ticked else "none",
        at=moment(told.get("CreatedDate")),
        source=f"field history of {field}" if told else field,
        writer=_writer(told, "CreatedBy"),
    )


def is_true(value: object) -> bool:
    """A changed value of a check-box: JSON has a boolean, CSV a word."""
    return value is True or value == "true"


def _writer(record: Mapping[str, Any], by: str) -> str:
    """The name of the user behind a change, or the id where the name is not to be seen."""
    user = record.get(by)
    name = user.get("Name") if isinstance(user, Mapping) else record.get(f"{by}.Name")
    return text(name or record.get(f"{by}Id"))
