"""What an organisation's administrators set at their vendors and the twin lets a test set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Settings:
    """Per-organisation behaviour. Times are seconds on the twin's clock."""

    sync_lag_seconds: float = 180.0
    """Salesforce and the marketing automation see each other's changes after this. Minutes are usual."""
    sync_pieces_per_minute: int = 0
    """How much the sync gets through; what is changed beyond that waits longer. 0: as much as comes."""
    sync_deletes_to_marketo: bool = False
    """Whether a Salesforce delete deletes the Marketo lead; the default only flags it."""
    sync_deletes_to_salesforce: bool = False
    """Whether a Marketo delete deletes the Salesforce record; not unless told."""
    sync_email_invalid: bool = True
    """Whether Marketo's emailInvalid is mapped to Salesforce's EmailBouncedReason. An assumption."""
    salesforce_daily_calls: int = 145_000
    """Calls in 24 h: 100,000 and 1,000 for each of 45 licences."""
    sync_profile: str = "map"
    """Whether names, title, phone and country are mapped: to the `map`, `both` ways, or not at all ("")."""
    salesforce_bin_records: int = 1_125_000
    """What the recycle bin holds: 25 for each megabyte of storage; the oldest beyond go after two hours."""
    salesforce_token_seconds: float = 7_200.0
    salesforce_bulk_seconds: float = 0.0
    """How long a bulk job stays InProgress before it is done: 0 does it at once."""
    salesforce_hidden_fields: tuple[str, ...] = ()
    """Fields that field-level security hides from the API user: `Contact.HasOptedOutOfEmail`."""
    salesforce_read_only_fields: tuple[str, ...] = ()
    """Fields that it lets the API user read and not write."""
    salesforce_required_fields: tuple[str, ...] = ()
    """Fields an administrator has made required: `Lead.LeadSource`."""
    salesforce_restricted_picklists: tuple[str, ...] = ()
    """Picklists that refuse values they do not list; by default they take any, as standard ones do."""
    salesforce_refused_values: tuple[str, ...] = ()
    """Validation rules, each a value that refuses the record it is on: `Contact.Title=Intern`."""
    salesforce_locked_records: tuple[str, ...] = ()
    """Ids of records that somebody else is writing all the time."""
    salesforce_refuses_duplicates: bool = False
    """Whether a duplicate rule blocks a new contact or lead with an address the object already has."""
    salesforce_field_history: bool = True
    """Whether the history of the opt-out field is tracked on contacts and leads."""
    hurry: float = 1.0
    """How many times faster than life the vendors' short rate windows pass; daily quotas stay as they are."""
    marketo_daily_calls: int = 50_000
    marketo_export_seconds: float = 0.0
    """How long a bulk extract takes once it runs; two run at a time. An assumption: 0 does it at once."""
    marketo_export_megabytes: int = 500
    """What bulk extracts may hold together in one day, Central time."""
    marketo_exports_fail: int = 0
    """So many of the next bulk extracts end as Failed."""
    hubspot_daily_calls: int = 650_000
    """Marketing Hub Professional; Enterprise has a million."""
    hubspot_enterprise: bool = False
    """Whether it is Marketing Hub Enterprise, which alone has batches of communication preferences."""
    hubspot_subscriptions: int = 4
    """How many of its subscription types have been made by now: the first so many."""
    hubspot_merge_new_id: bool = True
    """Whether a merged contact gets a new id. Sources disagree: an assumption."""
    sendgrid_calls_per_minute: int = 600
    """SendGrid publishes no numbers: an assumption, shown in its X-RateLimit headers."""
    sendgrid_job_seconds: float = 1.0
    """How long an asynchronous contact job stays pending. An assumption."""

    def change(self, given: Mapping[str, Any]) -> None:
        """Set some of them; raises `ValueError` for a name that does not exist."""
        names = {entry.name for entry in fields(self)}
        unknown = set(given) - names
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        for name, value in given.items():
            setattr(self, name, type(getattr(self, name))(value))

    def view(self) -> dict[str, Any]:
        """All of them."""
        return asdict(self)
