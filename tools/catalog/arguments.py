"""The kinds of argument that tools share. Each carries its `kind`, by which the interpreter fills slots.

The kind is metadata of ours: `Tool.kinds` reads it, `strict_schema` keeps it off the wire. An argument is
validated here only for its shape; names are resolved against the live catalogue by the tool itself.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

Period = Annotated[
    str,
    Field(
        description="last_week,last_30_days,this_quarter,2026-Q3,FY26-Q1,since:2026-03-01,2026-10-01..2026-10-15",
        json_schema_extra={"kind": "period"},
        max_length=40,
    ),
]
SystemName = Annotated[
    Literal["salesforce", "marketo", "hubspot", "sendgrid"], Field(json_schema_extra={"kind": "system"})
]
BounceClassName = Annotated[
    Literal["invalid", "blocked", "full", "technical", "unknown", "complaint"],
    Field(json_schema_extra={"kind": "bounce_class"}),
]
Email = Annotated[str, Field(json_schema_extra={"kind": "email"}, min_length=1, max_length=320)]
Emails = Annotated[list[str], Field(json_schema_extra={"kind": "emails"})]
FileName = Annotated[str, Field(json_schema_extra={"kind": "file"}, max_length=255)]
ColumnMeanings = Annotated[list[str], Field(json_schema_extra={"kind": "columns"})]
Campaign = Annotated[
    str, Field(description="Name or id", json_schema_extra={"kind": "campaign"}, max_length=255)
]
Segment = Annotated[
    str, Field(description="Name or id", json_schema_extra={"kind": "segment"}, max_length=255)
]
ListName = Annotated[str, Field(description="Name or id", json_schema_extra={"kind": "list"}, max_length=255)]
Vendor = Annotated[str, Field(json_schema_extra={"kind": "vendor"}, max_length=255)]
AgentName = Annotated[str, Field(json_schema_extra={"kind": "agent"}, max_length=255)]
ObjectName = Annotated[
    Literal["lead", "contact", "account", "opportunity"], Field(json_schema_extra={"kind": "object"})
]
FieldNames = Annotated[list[str], Field(json_schema_extra={"kind": "fields"})]
Days = Annotated[int, Field(ge=0, le=36500, json_schema_extra={"kind": "days"})]
Count = Annotated[int, Field(ge=1, le=100, json_schema_extra={"kind": "count"})]
PlanRef = Annotated[
    str,
    Field(description="P-1042 or R-17", json_schema_extra={"kind": "plan"}, max_length=40),
]
Reason = Annotated[str, Field(json_schema_extra={"kind": "reason"}, max_length=500)]
Question = Annotated[str, Field(json_schema_extra={"kind": "question"}, max_length=1000)]
Name = Annotated[str, Field(json_schema_extra={"kind": "name"}, max_length=255)]
Word = Annotated[str, Field(json_schema_extra={"kind": "word"}, max_length=255)]
Who = Annotated[str, Field(json_schema_extra={"kind": "who"}, max_length=255)]
Topic = Annotated[str, Field(json_schema_extra={"kind": "topic"}, max_length=255)]
Reference = Annotated[str, Field(json_schema_extra={"kind": "reference"}, max_length=255)]


class _Closed(BaseModel):
    """Nothing beyond the named keys."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class NamedValue(_Closed):
    """One field and the value it gets; null clears it."""

    field: str
    value: str | float | bool | None


Values = Annotated[
    list[NamedValue], Field(description="New values by field", json_schema_extra={"kind": "values"})
]
Operator = Literal[
    "eq", "ne", "in", "not_in", "contains", "starts_with", "gt", "gte", "lt", "lte", "between",
    "is_set", "is_not_set",
]  # fmt: skip


class FieldIs(_Closed):
    """A field compared with a value: title contains VP."""

    field: str
    op: Operator
    value: str | float | bool | list[str] | None = None


class Times(_Closed):
    """How often: at least, at most."""

    gte: int | None = None
    lte: int | None = None


class Did(_Closed):
    """Something the person did, how often and within which period: page_visit twice in 30 days."""

    event: str
    where: FieldIs | None = None
    count: Times | None = None
    within: str | None = None


class MemberOf(_Closed):
    """In a list or campaign, with a status if one is named."""

    member: str
    status: str | None = None


class AllOf(_Closed):
    """Every clause holds."""

    clauses: list["Clause"] = Field(alias="all")


class AnyOf(_Closed):
    """At least one clause holds."""

    clauses: list["Clause"] = Field(alias="any")


class NotThis(_Closed):
    """The clause does not hold."""

    clause: "Clause" = Field(alias="not")


Clause = TypeAliasType("Clause", AllOf | AnyOf | NotThis | FieldIs | Did | MemberOf)
for each in (AllOf, AnyOf, NotThis):
    each.model_rebuild()
Definition = Annotated[Clause, Field(description="Filter tree", json_schema_extra={"kind": "definition"})]
