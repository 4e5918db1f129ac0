"""Settings from the environment, `.env` or mounted secrets: the only reader of the environment.

Every name is listed in `.env.example` with what it is for. Values are never logged; secrets are `SecretStr`.
"""

import hashlib
import hmac
import re
import secrets
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

SHARED = (  # what all workspaces of an installation have in common; the rest is each one's own
    "twin_url", "log_level", "embedder", "model_cache", "slack_signing_secret", "slack_api_url",
    "openai_api_key", "openai_base_url", "openai_model",
)  # fmt: skip
DATED = ("salesforce", "marketo", "hubspot", "sendgrid", "slack", "model")  # credentials that may have an end
_TEAM = re.compile(r"^[A-Z][A-Z0-9]{1,30}$")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")


def ends_of(text: object) -> object:
    """The declared ends of credentials out of `salesforce=2027-03-01, marketo=2027-05-31`, by name.

    Anything but a string is left as it is. Raises `ValueError` in a sentence that says what to write.
    """
    if not isinstance(text, str):
        return text
    found: dict[str, date] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, day = (each.strip() for each in part.partition("="))
        if name.lower() not in DATED:
            raise ValueError(f"“{name[:20]}” is none of {', '.join(DATED)}: write salesforce=2027-03-01")
        if name.lower() in found:
            raise ValueError(f"{name.lower()} is there twice")
        if not _DAY.match(day):
            raise ValueError(f"{name.lower()} needs a day such as 2027-03-01, not “{day[:20]}”")
        try:
            found[name.lower()] = date.fromisoformat(day)
        except ValueError as error:
            raise ValueError(f"{name.lower()}: there is no {day}") from error
    return found


# The administrator's word for when a credential ends, by system: no vendor's API tells.
Ends = Annotated[dict[str, date], NoDecode, BeforeValidator(ends_of)]


class Settings(BaseSettings):
    """What an installation sets. `problems` says in sentences what is missing for a given job."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    home: Path = Field(Path(".clearance"), validation_alias="CLEARANCE_HOME")
    database_url: str = Field("", validation_alias="CLEARANCE_DATABASE_URL")
    policy: Path = Field(Path("clearance.toml"), validation_alias="CLEARANCE_POLICY")
    subject_key: SecretStr | None = Field(None, validation_alias="CLEARANCE_SUBJECT_KEY")
    subject_key_id: str = Field("k1", validation_alias="CLEARANCE_SUBJECT_KEY_ID")
    identity: str = Field("", validation_alias="CLEARANCE_IDENTITY")
    twin_url: str = Field("", validation_alias="CLEARANCE_TWIN_URL")
    tenant: str = Field("default", validation_alias="CLEARANCE_TENANT")
    log_level: Literal["", "debug", "info", "warning", "error"] = Field(
        "", validation_alias="CLEARANCE_LOG_LEVEL"
    )

    embedder: Literal["", "none", "minilm", "openai"] = Field("", validation_alias="CLEARANCE_EMBEDDER")
    model_cache: Path | None = Field(None, validation_alias="CLEARANCE_MODEL_CACHE")
    chroma_url: str = Field("", validation_alias="CLEARANCE_CHROMA_URL")

    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field("", validation_alias="SLACK_API_URL")
    # not SLACK_CLIENT_ID: Bolt reads that from the environment and would keep tokens in files of its own
    slack_client_id: str = Field("", validation_alias="CLEARANCE_SLACK_CLIENT_ID")
    slack_client_secret: SecretStr | None = Field(None, validation_alias="CLEARANCE_SLACK_CLIENT_SECRET")
    slack_redirect_url: str = Field("", validation_alias="CLEARANCE_SLACK_REDIRECT_URL")
    token_keys: SecretStr | None = Field(None, validation_alias="CLEARANCE_TOKEN_KEYS")
    workspaces_open: int = Field(20, ge=1, validation_alias="CLEARANCE_WORKSPACES_OPEN")

    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str = Field("", validation_alias="OPENAI_BASE_URL")
    openai_model: str = Field("gpt-5-mini", validation_alias="OPENAI_MODEL")

    salesforce_url: str = Field("", validation_alias="SALESFORCE_URL")
    salesforce_client_id: str = Field("", validation_alias="SALESFORCE_CLIENT_ID")
    salesforce_client_secret: SecretStr | None = Field(None, validation_alias="SALESFORCE_CLIENT_SECRET")
    salesforce_campaign_days: int = Field(90, ge=0, validation_alias="SALESFORCE_CAMPAIGN_DAYS")
    salesforce_activity_days: int = Field(180, ge=0, validation_alias="SALESFORCE_ACTIVITY_DAYS")
    marketo_url: str = Field("", validation_alias="MARKETO_URL")
    marketo_client_id: str = Field("", validation_alias="MARKETO_CLIENT_ID")
    marketo_client_secret: SecretStr | None = Field(None, validation_alias="MARKETO_CLIENT_SECRET")
    hubspot_url: str = Field("https://api.hubapi.com", validation_alias="HUBSPOT_URL")
    hubspot_token: SecretStr | None = Field(None, validation_alias="HUBSPOT_TOKEN")
    hubspot_api_version: str = Field(
        "v3", pattern=r"^(v3|20\d\d-\d\d)$", validation_alias="HUBSPOT_API_VERSION"
    )
    sendgrid_url: str = Field("https://api.sendgrid.com", validation_alias="SENDGRID_URL")
    sendgrid_api_key: SecretStr | None = Field(None, validation_alias="SENDGRID_API_KEY")
    credentials_end: Ends = Field(default_factory=dict, validation_alias="CREDENTIALS_END")

    @property
    def models(self) -> Path:
        """Where the sentence model and what the interpreter learnt are kept; homes may share it."""
        return self.model_cache or Path(".clearance") / "models"

    @cached_property
    def database(self) -> str:
        """The store's URL; SQLite in the home directory unless one is set."""
        if self.database_url:
            return self.database_url
        self.home.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{(self.home / 'clearance.db').resolve()}"

    @cached_property
    def subject_secret(self) -> bytes:
        """The key of the subjects' hash; made once and kept in the home directory when none is set."""
        if self.subject_key is not None:
            return self.subject_key.get_secret_value().encode()
        kept = self.home / "subject.key"
        if not kept.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_hex(32), encoding="ascii")
        return kept.read_text(encoding="ascii").strip().encode()

    def of_workspace(self, team: str, token: str) -> "Settings":
        """The settings of one of many workspaces: a home, a key and vendors of its own.

        They are read from `workspaces/<team>/workspace.env` in the home directory, and from nowhere else.
        """
        if not _TEAM.match(team):
            raise ValueError("not a workspace's id")
        home = self.home / "workspaces" / team
        key = hmac.new(self.subject_secret, team.encode(), hashlib.sha256).hexdigest()
        shared = {name: getattr(self, name) for name in SHARED if getattr(self, name)}
        fixed = {
            "home": home,
            "database_url": "",
            "policy": home / "clearance.toml",
            "tenant": team,
            "subject_key": SecretStr(key),
            "subject_key_id": self.subject_key_id,
            "model_cache": self.models,
            "slack_bot_token": SecretStr(token),
        }
        own = OfWorkspace(_env_file=home / "workspace.env")
        given = {**shared, **own.model_dump(exclude_unset=True), **fixed}
        return Settings.model_construct(**{**own.model_dump(), **given})

    @property
    def many(self) -> bool:
        """Whether any workspace may install the app (OAuth), instead of one whose token is set."""
        return bool(self.slack_client_id)

    def missing(self, part: str) -> tuple[str, ...]:
        """The names a part needs and does not have: a vendor, slack, slack-http or slack-many."""
        return tuple(name for name, value in _NEEDS[part](self).items() if not value)


def unreadable(error: ValidationError) -> list[str]:
    """What is wrong with the settings, one sentence each. No value is shown but what our own words quote."""
    faults = error.errors(include_input=False, include_url=False)
    told = [(each["loc"][0], each["msg"].removeprefix("Value error, ")) for each in faults]
    return [f"{name} cannot be read: {why}." for name, why in told]


class OfWorkspace(Settings):
    """What a workspace's own file sets. The environment is the installation's and is not looked at."""

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The file alone."""
        del settings_cls, init_settings, env_settings, file_secret_settings  # the signature is pydantic's
        return (dotenv_settings,)


_NEEDS = {
    "salesforce": lambda s: {
        "SALESFORCE_URL": s.salesforce_url,
        "SALESFORCE_CLIENT_ID": s.salesforce_client_id,
        "SALESFORCE_CLIENT_SECRET": s.salesforce_client_secret,
    },
    "marketo": lambda s: {
        "MARKETO_URL": s.marketo_url,
        "MARKETO_CLIENT_ID": s.marketo_client_id,
        "MARKETO_CLIENT_SECRET": s.marketo_client_secret,
    },
    "hubspot": lambda s: {"HUBSPOT_TOKEN": s.hubspot_token},
    "sendgrid": lambda s: {"SENDGRID_API_KEY": s.sendgrid_api_key},
    "slack": lambda s: {
        "SLACK_BOT_TOKEN": s.slack_bot_token,
        "SLACK_APP_TOKEN": s.slack_app_token,
        "SLACK_SIGNING_SECRET": s.slack_signing_secret,
    },
    "slack-http": lambda s: {
        "SLACK_BOT_TOKEN": s.slack_bot_token,
        "SLACK_SIGNING_SECRET": s.slack_signing_secret,
    },
    "slack-many": lambda s: {
        "CLEARANCE_SLACK_CLIENT_ID": s.slack_client_id,
        "CLEARANCE_SLACK_CLIENT_SECRET": s.slack_client_secret,
        "SLACK_SIGNING_SECRET": s.slack_signing_secret,
        "CLEARANCE_TOKEN_KEYS": s.token_keys,
    },
}
