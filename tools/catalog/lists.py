"""Lists of people coming in: validated, matched, checked for consent, then created, filled in and added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from tools.abilities import Audience, FieldFact
from tools.answer import Answer, Evidence, Table
from tools.catalog import exporting_people, import_table
from tools.catalog.across import evidence, listing, vendors
from tools.catalog.arguments import (
    Campaign,
    ColumnMeanings,
    Definition,
    FieldNames,
    FileName,
    Segment,
    Word,
)
from tools.catalog.audiences import Audiences
from tools.catalog.import_file import scanned
from tools.catalog.import_fitting import Fitting
from tools.catalog.import_own import OwnColumns, offered, own_fields
from tools.catalog.importing import NEEDED, NOT_PROVIDED, Import
from tools.catalog.person_values import NEW, OBJECTS, PersonValues, keepers, places
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Plan, System
from tools.ports import Reader
from tools.registry import tool
from tools.rules.choices import allowed_choice
from tools.rules.header_words import OwnField
from tools.rules.person_fields import LABELS
from tools.rules.plain_text import one_line
from tools.rules.stack import title


@tool(
    examples=(
        "import the attached list into the Dreamforce booth campaign",
        "upload leads.csv, source trade show",
        "load these webinar registrants",
        "add the scans from the event to Marketo, file attached",
        "can you ingest this spreadsheet of leads?",
        "list import for campaign Q4 Roadshow",
        "upload attendees.csv to the CRM",
        "here's the badge scan file, get it in",
        "bring in the content syndication leads from the vendor file",
        "import attendees.csv into the Roadshow campaign",
        "add the new leads from this csv",
        "load the lead file from the vendor",
        "get these registrants into the CRM",
        "upload the webinar list",
        "put the event list into the system",
        "here are the booth leads in booth.csv, get them in",
        "load scans.xlsx from the trade show",
        "can you put attendees.csv into the Product Day campaign",
        "we collected names at the dinner, see dinner.csv, please upload",
        "bring the partner leads in partner.csv into the CRM",
        "add everyone in roundtable.csv to the Roundtable campaign",
        "import registrants from the attached spreadsheet",
        "process the lead list in field-event.csv, source Trade Show",
        "the agency sent leads_april.csv, load it",
        "get expo-badges.xlsx into our systems",
    ),
)
def import_list(
    context: ToolContext,
    *,
    file: FileName,
    campaign: Campaign | None = None,
    source: Word | None = None,
    columns: Annotated[ColumnMeanings, Field(description="Firma=company")] | None = None,
) -> Plan:
    """Import a CSV of people into a campaign."""
    readers = keepers(context)
    values = PersonValues(readers)
    fields = own_fields(values)
    scan = scanned(context, file, columns or (), fields)
    fitting = Fitting(readers, values)
    work = Import(
        context=context,
        readers=readers,
        others={name: each for name, each in vendors(context).items() if name not in readers},
        values=values,
        fitting=fitting,
        own=OwnColumns(values, scan.own),
        scan=scan,
        audiences=_audiences(readers, campaign),
        source=_source(values, readers, source),
    )
    closed = import_table.not_written(scan, fitting)
    offers = offered(scan, fields)
    return Plan(
        summary=" ".join((*_sentences(work, campaign, closed), *import_table.offer(scan, offers))),
        rows=work.rows(),
        files=work.files(),
        evidence=(_evidence(context, work, offers, closed),),
    )


@tool(
    examples=(
        "export all contacts in Germany",
        "csv of directors in fintech with name and company",
        "download the segment EMEA Enterprise",
        "give me a spreadsheet of leads owned by Dana",
        "pull a contact list of everyone at acme.com",
        "send me the customers in healthcare as a file",
        "extract people with title VP in the UK",
        "I need an extract of the newsletter segment, email and country only",
        "dump MQLs from the ABM segment to csv",
        "download our customers in France",
        "list of people at globex.com as a csv",
        "give me every CMO in the database in a file",
        "export leads created by the webinar",
        "pull contacts with phone numbers in Spain to excel",
        "csv of all contacts in Italy",
        "give me an excel of directors in healthcare",
        "download everybody in the Renewals segment with phone numbers",
        "I need a list of customers in Brazil as a file",
        "pull all leads from acme.com with title and company",
        "extract the Champions audience to csv",
        "send me a spreadsheet of the people in segment Tier One",
        "export VPs in the US with email and company",
        "dump contacts with score above 60",
        "hand me the member list of the Insiders audience",
    ),
)
def export_people(
    context: ToolContext,
    *,
    segment: Segment | None = None,
    definition: Definition | None = None,
    fields: FieldNames | None = None,
) -> Answer:
    """Export a segment or filter as CSV."""
    return exporting_people.export(context, segment, definition, fields or ())


def _audiences(
    readers: Mapping[System, Reader], campaign: str | None
) -> Mapping[System, tuple[Audiences, Audience]]:
    """Each system's list or campaign of that name. Raises `InvalidArguments` for none and for a tie."""
    if not campaign:
        return {}
    known = Audiences.read(readers)
    found = known.named(campaign)
    if shut := [each for each in found if not each.editable]:
        raise InvalidArguments(
            f"{listing(title(each.system) for each in shut)} fills that list by a rule of its own",
            on=one_line(campaign),
            do="Name a list or campaign that people can be put into.",
        )
    return {each.system: (known, each) for each in found}


def _source(values: PersonValues, readers: Mapping[System, Reader], said: str | None) -> Mapping[System, str]:
    """The lead source as each system lists it. Raises `InvalidArguments` with the values it allows."""
    if not said:
        return {}
    found: dict[System, str] = {}
    for system in readers:
        for object in OBJECTS.get(system, ()):
            allowed = values.allowed(system, object).get("lead_source", ())
            meant = allowed_choice(said, allowed) if allowed else said
            if not meant:
                raise InvalidArguments(
                    f"{title(system)} does not allow that lead source",
                    on=one_line(said),
                    do=f"Allowed: {', '.join(allowed[:12])}.",
                    choices=tuple(allowed[:5]),
                )
            found[system] = meant
    return found


def _evidence(context: ToolContext, work: Import, offers: Mapping[int, OwnField], closed: Table) -> Evidence:
    """What the file holds, how its columns are read, and what is not written anywhere."""
    scan = work.scan
    found = evidence(context, "clearance", f"rows of {scan.name}", scan.rows, scan.layout.sentence())
    shown = (import_table.counts(scan), import_table.mapping(scan, offers), work.own.table(scan), closed)
    return replace(found, tables=tuple(each for each in shown if each.rows))


def _sentences(work: Import, campaign: str | None, closed: Table) -> Iterator[str]:
    scan, audiences = work.scan, work.audiences
    into = ""
    if audiences:
        names = dict.fromkeys(audience.name for _, audience in audiences.values())
        into = f", into {listing(f'“{name}”' for name in names)} in {places(audiences)}"
    people, rows = _number(scan.people, "person", "people"), _number(scan.rows, "row", "rows")
    yield f"Import {scan.name}: {people} of {rows}{into}."
    yield "New people are created, only empty fields are filled, who opted out is ignored."
    if missing := [each for each in work.readers if campaign and each not in audiences]:
        yield f"No list of that name in {places(missing)}."
    yield from work.own.sentences()
    yield from scan.sentences()
    if scan.without_company or scan.without_last_name:
        yield f"Where the CRM needs a company or last name that is not there, it gets “{NOT_PROVIDED}”."
    new = {(title(system), NEW[system]) for system in work.readers if system in NEW}
    if fields := dict.fromkeys(_in_a_sentence(str(row[0])) for row in closed.rows if row[1:3] in new):
        yield f"Not written everywhere: {listing(fields)}; the table says where and why."
    yield from _missing(work)
    if scan.problems:
        left = _number(scan.problems, "row is", "rows are")
        yield f"{left} left out; the file of them comes to you."


def _missing(work: Import) -> Iterator[str]:
    """What a system needs of everybody new and the file has no column for; without it nobody is created."""
    given = {"address", *NEEDED, *import_table.fields_of(work.scan)}
    for system in work.readers:
        object = NEW.get(system, "contact")
        known = given | ({"lead_source"} if system in work.source else set())
        known |= {each.name_in(system, object) for each in work.scan.own}
        facts = work.values.facts(system, object).items()
        if needed := [
            fact for name, fact in facts if fact.required and fact.createable and name not in known
        ]:
            fields = listing(each.canonical.replace("_", " ") or each.name for each in needed)
            hint = _how_to_give(needed)
            yield (
                f"{title(system)} needs {fields} for every new {object.lower()} and the list has no such "
                f"column: new people are not created there{hint}."
            )


def _how_to_give(needed: Sequence[FieldFact]) -> str:
    """In which words a field can be given that everybody new needs; "" when it takes a column of its own."""
    if any(each.canonical == "lead_source" for each in needed):
        return " (say “source …”)"
    own = next((each.name for each in needed if not each.canonical), "")
    return f" (say “column … is {own}”)" if own else ""


def _in_a_sentence(field: str) -> str:
    """A field as it stands inside a sentence; a vendor's own as the vendor spells it."""
    return field.lower() if field in LABELS.values() else field


def _number(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
