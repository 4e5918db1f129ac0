"""Columns of a list that are a field of single vendors: which fields there are, and what of a row each takes.

A value goes as the field's type has it; one that could be read in two ways is left out by name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tools.abilities import FieldFact
from tools.answer import Table
from tools.catalog.across import listing
from tools.catalog.import_file import Scan
from tools.catalog.list_file import of_ours
from tools.catalog.person_values import OBJECTS, PersonValues
from tools.plan import System
from tools.rules.choices import choice_key
from tools.rules.consent_cells import NO, YES
from tools.rules.days_written import days_meant
from tools.rules.header_words import OwnField, OwnPlace
from tools.rules.own_fields import OwnFields
from tools.rules.plain_text import one_line
from tools.rules.stack import title

SHOWN = 8  # values of a choice that the table lists
_TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")  # 1.200: twelve hundred, or one and a fifth
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]|$)")
_BETWEEN = re.compile(r"[;,|\n]| / ")  # between the values of a field that holds several
TYPES: Mapping[str, str] = {"number": "a number", "boolean": "yes or no", "date": "a date as 2026-03-01"}


def own_fields(values: PersonValues) -> OwnFields:
    """The fields that the systems' people have beside those we have names for; read when first needed."""
    return OwnFields(
        OwnPlace(system, object, fact.name, fact.label, fact.createable or fact.updateable)
        for system in values.readers
        for object in OBJECTS.get(system, ())
        for fact in values.facts(system, object).values()
        if not fact.canonical and fact.type != "reference"
    )


@dataclass(frozen=True, slots=True)
class OwnColumns:
    """The columns of one list that are fields of single vendors."""

    values: PersonValues
    fields: Sequence[OwnField] = ()

    def given(
        self, system: System, object: str, row: Mapping[str, str], *, creating: bool
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What a row gives to that object by the vendor's names, and what is refused, with the reason."""
        kept: dict[str, str] = {}
        refused: dict[str, str] = {}
        for field in self.fields:
            name, value = field.name_in(system, object), row.get(field.words, "")
            if not name or not value or not self.values.may(system, object, name, creating=creating):
                continue
            put, why = written(self.values.facts(system, object)[name], value)
            kept |= {name: put} if put else {}
            refused |= {name: why} if why else {}
        return kept, refused

    def words(self, system: System, object: str, name: str) -> str:
        """What the list calls a vendor's field; "" for one it has no column for."""
        return next((each.words for each in self.fields if each.name_in(system, object) == name), "")

    def table(self, scan: Scan) -> Table:
        """Where each of these columns is written, system by system, also where there is no such field."""
        rows = [row for each in scan.layout.columns for row in self._column(each.title, each.meaning)]
        columns = ("column", "system", "records", "field", "takes")
        return Table(title="Fields of your own", columns=columns, rows=tuple(rows))

    def sentences(self) -> Iterator[str]:
        """Which of the fields only one system has."""
        for field in self.fields:
            held = {each.system for each in field.places}
            if others := [title(each) for each in self.values.readers if each not in held]:
                where = listing(title(each) for each in self.values.readers if each in held)
                yield f"“{one_line(field.words, longest=60)}” is in {where} only, not in {listing(others)}."

    def _column(self, column: str, meaning: object) -> Iterator[tuple[str, str, str, str, str]]:
        if not isinstance(meaning, OwnField):
            return
        shown = one_line(column, longest=60)
        for system in self.values.readers:
            of_it = [each for each in meaning.places if each.system == system]
            for name, places in groupby(of_it, key=lambda each: each.name):
                records = [each.object for each in places]
                fact = self.values.facts(system, records[0])[name]
                yield shown, title(system), listing(records).lower(), name, takes(fact)
            if not of_it:
                yield shown, title(system), "", "none", "no such field, or hidden from us"


def typed(fact: FieldFact, value: str) -> str:
    """A value as it stands in a list, put so that every vendor reads it as what the field is."""
    word = value.casefold()
    if fact.type == "boolean" and word in YES | NO:
        return "true" if word in YES else "false"
    if fact.values:
        key = choice_key(value)
        return next((each for each in fact.values if choice_key(each) == key), value)
    return value


def written(fact: FieldFact, value: str) -> tuple[str, str]:
    """What of a cell is written into a field, "" for nothing; and why not all of it, "" when it is."""
    if fact.type == "number" and _TWO_WAYS.fullmatch(value):
        whole, fraction = re.sub(r"[.,]", "", value), f"{value.replace(',', '.')}0"
        return "", f"“{value}” can be read in two ways: write {whole} or {fraction}"
    if fact.several and fact.values:
        return _several(fact, value)
    if fact.type != "date" or _ISO.match(value):
        return typed(fact, value), ""
    days = days_meant(value)
    if len(days) > 1:
        return "", f"“{value}” can be read in two ways: write {' or '.join(days)}"
    return (days[0] if days else value), ""


def _several(fact: FieldFact, value: str) -> tuple[str, str]:
    """Of the values in a cell those that the field lists, and why the others are left out.

    A value of the list may itself have the sign in it that parts the others.
    """
    whole = typed(fact, value)
    parts = [whole] if whole in fact.values else [each.strip() for each in _BETWEEN.split(value)]
    said = [typed(fact, each) for each in parts if each]
    kept = ";".join(each for each in fact.values if each in said)
    others = [f"“{one_line(each, longest=40)}”" for each in said if each not in fact.values]
    if not others:
        return kept, ""
    why = f"{listing(others)} {'is' if len(others) == 1 else 'are'} none of its values"
    return kept, f"{why}; {kept} is written" if kept else why


def takes(fact: FieldFact) -> str:
    """What a field takes, in words."""
    if not (fact.createable or fact.updateable):
        return "nothing: it is read-only for us"
    if fact.values:
        more = f" and {len(fact.values) - SHOWN} more" if len(fact.values) > SHOWN else ""
        one = "one or more" if fact.several else "one"
        return one_line(f"{one} of {', '.join(fact.values[:SHOWN])}{more}", longest=120)
    most = f", up to {fact.length} letters" if fact.length else ""
    return TYPES.get(fact.type) or f"text{most}"


def offered(scan: Scan, own: OwnFields) -> Mapping[int, OwnField]:
    """The fields that columns which are left out are called as, by place: what could be said of them."""
    open_ = [
        each for each in scan.layout.columns
        if each.meaning is None and each.how != "said" and not of_ours(each)
    ]  # fmt: skip
    titles = scan.layout.titles
    found = {each.index: own.titled(titles[each.index]) for each in open_ if each.index < len(titles)}
    return {at: field for at, field in found.items() if field}
