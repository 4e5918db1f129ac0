"""The file of an import: what of it is imported, counted before anything is asked of a vendor."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from typing_extensions import override

from tools.catalog.across import listing
from tools.catalog.list_file import Listed, looked_through
from tools.context import ToolContext
from tools.rules.column_words import said_of_columns
from tools.rules.duplicates import FREE_MAIL
from tools.rules.header_mapping import label
from tools.rules.header_words import Meaning, OwnField, Reading
from tools.rules.own_fields import OwnFields, decides_about_mail
from tools.rules.people_files import FileRow
from tools.rules.person_fields import CanonicalField
from tools.rules.quality import fault

OPTED_OUT = "the file says that they opted out"
SAID_NO = "the file says that they said no to being mailed"
TAKEN: tuple[CanonicalField, ...] = (
    "first_name", "last_name", "company", "title", "phone", "country", "state", "city", "postal_code",
    "industry", "employees", "lead_source", "website",
)  # fmt: skip
# What a column can be for an import besides a field it writes.
READ: tuple[Meaning, ...] = (
    "address", "full_name", "member_status", "opted_in", "opted_out", "consent_status",
)  # fmt: skip


@dataclass(slots=True)
class Scan(Listed):
    """A list to be imported: one person a row, each address once, nobody whom the file says to leave out."""

    done: ClassVar[str] = "imported"
    supposed: ClassVar[str] = "job title"

    people: int = 0
    without_company: int = 0
    without_last_name: int = 0
    said_opted_in: int = 0
    free_mail: int = 0
    faults: Counter[str] = field(default_factory=Counter)  # what is odd about an address -> people

    @property
    def own(self) -> tuple[OwnField, ...]:
        """The vendors' own fields that the file has a column for."""
        return tuple(each.meaning for each in self.layout.columns if isinstance(each.meaning, OwnField))

    @override
    def sentences(self) -> Iterator[str]:
        yield from Listed.sentences(self)
        unread = [each for each in self.layout.columns if not each.meaning and each.how != "said"]
        if not self.layout.header and unread:
            said = f"{unread[0].spoken} is the {self.supposed}"
            yield f"The list has no titles: say what its columns are, as “{said}”."
        if self.left_out[SAID_NO]:
            told = (each.spoken for each in self.layout.columns if each.meaning == "opted_in")
            ignoring = listing(f"ignore {each}" for each in told)
            yield (
                f"Who said no stays out, for a record made anew can be mailed; to import them all the same "
                f"say “{ignoring}”."
            )

    @override
    def why_not(self, row: FileRow) -> str:
        if row.problem:
            return row.problem
        first = self.first_line(row.addresses[0], row.line)
        if first != row.line:
            return f"the same address as line {first}"
        return {"opted out": OPTED_OUT, "said no": SAID_NO}.get(row.consent, "")

    @override
    def take(self, row: FileRow) -> None:
        self.people += 1
        address = row.addresses[0]
        self.without_company += "company" not in row.values
        self.without_last_name += "last_name" not in row.values
        self.said_opted_in += row.consent == "opted in"
        self.free_mail += address.rpartition("@")[2] in FREE_MAIL
        if odd := fault("address", address):
            self.faults[odd] += 1

    @override
    @classmethod
    def takes(cls, meaning: Reading | None) -> bool:
        if isinstance(meaning, OwnField):
            return not decides_about_mail(meaning)
        return meaning in TAKEN or meaning in READ

    @override
    @classmethod
    def ignores(cls, meaning: Reading) -> str:
        return f"an import never writes the {label(meaning).lower()}"

    @override
    @classmethod
    def refusal(cls, meaning: Reading) -> tuple[str, str]:
        if isinstance(meaning, OwnField):
            do = "Suppress these people, or restore them with the evidence of their own act."
            return f"{label(meaning)} says who may be mailed, and an import never writes that", do
        what = f"An import never writes the {label(meaning).lower()} of a person"
        fields = ", ".join(label(each).lower() for each in TAKEN)
        return what, f"It writes: {fields}; and fields of your own, by the name they have there."


def scanned(
    context: ToolContext, name: str, columns: Sequence[str] = (), own: OwnFields | None = None
) -> Scan:
    """Find the attachment and look it through, its columns read as `columns` say.

    `own` are the fields of vendors that a column can be said to be. Raises `InvalidArguments` for what is no
    list of people, and where the meaning of a column is a guess.
    """
    return looked_through(context, name, said_of_columns(columns, own), Scan)
