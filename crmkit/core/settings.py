"""Settings: defaults, then the database, then `crmkit.toml`, then `CRMKIT_…`.

`CompanySettings` are those that an admin changes in the running CRM, kept in the
database; `Settings` adds what a process has to know before it reaches the database.
What file or environment set is fixed: the database cannot change it.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from babel.core import get_global
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from crmkit.core.errors import CrmError, mark
from crmkit.core.words import normalize_email

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.config import JsonDict

__all__ = [
    "LOCALES",
    "CompanySettings",
    "Settings",
]

LOCALES = ("en", "fr")
PREFIX = "CRMKIT_"
GENERAL: JsonDict = {"section": "general"}
MONEY: JsonDict = {"section": "money"}
ACCESS: JsonDict = {"section": "access"}
RECORDS: JsonDict = {"section": "records"}
MAIL: JsonDict = {"section": "mail"}
WATCHING: JsonDict = {"section": "watching"}
SERVER: JsonDict = {"section": "server"}
_HOURS_MS = 3_600_000

log = logging.getLogger("crmkit.settings")


class WrongSettingError(CrmError, ValueError):
    """A value that a setting cannot have; pydantic takes it for its own."""


class CompanySettings(BaseModel):
    """What an admin changes in the running CRM; `section` is where the page shows it.

    A process sees a change from its next unit of work on.
    """

    model_config = ConfigDict(
        title="Settings", extra="forbid", frozen=True, str_strip_whitespace=True
    )

    company: str = Field(
        default="crmkit",
        min_length=1,
        max_length=80,
        title=mark("Company"),
        description=mark("Name shown in the pages."),
        json_schema_extra=GENERAL,
    )
    locale: str = Field(
        default="en",
        title=mark("Language"),
        description=mark("Language of whoever chose none."),
        json_schema_extra=GENERAL,
    )
    time_zone: str = Field(
        default="Europe/Paris",
        title=mark("Time zone"),
        description=mark("Where days begin and end."),
        json_schema_extra=GENERAL,
    )
    country: str = Field(
        default="FR",
        pattern="^[A-Z]{2}$",
        title=mark("Country"),
        description=mark("Telephone numbers without a prefix are of this country."),
        json_schema_extra=GENERAL,
    )
    base_currency: str = Field(
        default="EUR",
        pattern="^[A-Z]{3}$",
        title=mark("Base currency"),
        description=mark("Sums and reports are in this currency."),
        json_schema_extra=MONEY,
    )
    leads_step: bool = Field(
        default=True,
        title=mark("Leads before opportunities"),
        description=mark(
            "Otherwise all that is new is an opportunity. Leads that are there stay as "
            "they are, and can be converted."
        ),
        json_schema_extra=GENERAL,
    )
    several_teams: bool = Field(
        default=True,
        title=mark("People in several teams"),
        description=mark(
            "Otherwise nobody joins a second team. Who is in several stays in them."
        ),
        json_schema_extra=ACCESS,
    )
    free_lost_reasons: bool = Field(
        default=True,
        title=mark("New lost reasons by everybody"),
        description=mark(
            "Otherwise only managers add reasons; everybody else chooses one of them."
        ),
        json_schema_extra=ACCESS,
    )
    sign_in_days: int = Field(
        default=14,
        ge=1,
        le=365,
        title=mark("Days signed in"),
        description=mark("After so many days a browser has to sign in anew."),
        json_schema_extra=ACCESS,
    )
    contacts_for_all: bool = Field(
        default=True,
        title=mark("Everybody sees every contact"),
        description=mark(
            "Otherwise a contact is seen by its owner and by who sees a lead of it."
        ),
        json_schema_extra=ACCESS,
    )
    file_megabytes: int = Field(
        default=25,
        ge=1,
        le=1000,
        title=mark("Largest file, MB"),
        description=mark("A file that is larger is refused."),
        json_schema_extra=RECORDS,
    )
    files_gigabytes: int = Field(
        default=20,
        ge=1,
        le=100_000,
        title=mark("Room for files, GB"),
        description=mark("All files together take no more."),
        json_schema_extra=RECORDS,
    )
    bin_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        title=mark("Days in the bin"),
        description=mark("What is deleted can come back for so many days."),
        json_schema_extra=RECORDS,
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        title=mark("Mail server"),
        description=mark(
            "Like smtps://name:password@mail.example.org, or smtp:// with STARTTLS. "
            "Without one, mails are written to a folder."
        ),
        json_schema_extra=MAIL,
    )
    mail_from: str | None = Field(
        default=None,
        max_length=320,
        title=mark("Mails come from"),
        description=mark(
            "An address that the mail server sends for; without it, that of the writer."
        ),
        json_schema_extra=MAIL,
    )
    slow_statement_ms: int = Field(
        default=500,
        ge=0,
        le=_HOURS_MS,
        title=mark("Slow statement, milliseconds"),
        description=mark("Statements that take longer are logged; 0 logs none."),
        json_schema_extra=WATCHING,
    )
    slow_hook_ms: int = Field(
        default=200,
        ge=0,
        le=_HOURS_MS,
        title=mark("Slow plugin, milliseconds"),
        description=mark("Plugins that take longer in one hook are logged; 0: none."),
        json_schema_extra=WATCHING,
    )

    @field_validator("time_zone")
    @classmethod
    def _know_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise WrongSettingError(
                mark("“{value}” is no time zone; write one like Europe/Paris."),
                value=value,
            ) from None
        return value

    @field_validator("base_currency")
    @classmethod
    def _know_currency(cls, value: str) -> str:
        if value not in get_global("all_currencies"):
            raise WrongSettingError(
                mark("“{value}” is no currency; write its three letters, like EUR."),
                value=value,
            )
        return value

    @field_validator("locale")
    @classmethod
    def _know_locale(cls, value: str) -> str:
        if value not in LOCALES:
            raise WrongSettingError(
                mark("“{value}” is none of the languages {known}."),
                value=value,
                known=", ".join(LOCALES),
            )
        return value

    @field_validator("smtp_url")
    @classmethod
    def _know_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(
            ("smtp://", "smtps://")
        ):
            raise WrongSettingError(
                mark("Write an address like smtps://name:password@mail.example.org.")
            )
        return value

    @field_validator("mail_from")
    @classmethod
    def _know_sender(cls, value: str | None) -> str | None:
        if value and normalize_email(value) is None:
            raise WrongSettingError(mark("“{value}” is no mail address."), value=value)
        return value or None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end."""
        return ZoneInfo(self.time_zone)


class _File(TomlConfigSettingsSource):
    """The file without its tables `[plugin.<id>]`, which are the plugins' settings."""

    @override
    def __call__(self) -> dict[str, object]:
        return {key: v for key, v in super().__call__().items() if key != "plugin"}


class Settings(CompanySettings, BaseSettings):
    """All settings of a process, with what only a file or the environment can set.

    `CRMKIT_CONFIG` names another file than `crmkit.toml` of the working directory.
    `model_fields_set` are the names that something stronger than the database set.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True)

    database_url: str = Field(
        default="sqlite:///crmkit.db",
        title=mark("Database"),
        description=mark("Where all data lies."),
        json_schema_extra=SERVER,
    )
    pool_size: int = Field(
        default=8,
        ge=1,
        le=64,
        title=mark("Connections"),
        description=mark("To the database, by each process."),
        json_schema_extra=SERVER,
    )
    job_lease_seconds: int = Field(
        default=45,
        ge=1,
        le=3600,
        title=mark("Seconds until a lost job"),
        description=mark("A job is taken up again when its worker is silent so long."),
        json_schema_extra=SERVER,
    )
    plugins: tuple[str, ...] | None = Field(
        default=None,
        title=mark("Plugins to load"),
        description=mark("Their ids; without it, all that are installed."),
        json_schema_extra=SERVER,
    )
    outbox: Path | None = Field(
        default=None,
        title=mark("Folder for mails"),
        description=mark("Where mails go as long as there is no mail server."),
        json_schema_extra=SERVER,
    )
    secret_key: SecretStr | None = Field(
        default=None,
        title=mark("Secret key"),
        description=mark(
            "Encrypts secrets in the database; after a comma come older keys."
        ),
        json_schema_extra=SERVER,
    )
    log: Literal["text", "json"] = Field(
        default="text",
        title=mark("Form of the log"),
        description=mark("Lines for people, or JSON for machines."),
        json_schema_extra=SERVER,
    )
    log_level: Literal["debug", "info", "warning", "error"] | None = Field(
        default=None,
        title=mark("Level of the log"),
        description=mark("Without it, warning; for JSON info, a line each request."),
        json_schema_extra=SERVER,
    )

    def place_of(self, name: str) -> str | None:
        """The variable or file that fixes a setting; None if the database may say."""
        if name not in self.model_fields_set:
            return None
        variable = f"{PREFIX}{name}".upper()
        known = {key.upper() for key, value in os.environ.items() if value}
        return variable if variable in known else settings_file().name

    def with_stored(self, stored: Mapping[str, object]) -> Settings:
        """These settings with what the database holds where nothing stronger speaks.

        A stored value that cannot be any more is left out, and logged.
        """
        fixed = self.model_fields_set
        kept = self.check(drop_wrong(stored))
        free = {name: value for name, value in kept if name not in fixed}
        values = {**dict(self), **free}
        return Settings.model_construct(_fields_set=set(fixed), **values)

    def check(self, stored: Mapping[str, object]) -> CompanySettings:
        """What holds if the database held `stored`; raises ValidationError."""
        names = CompanySettings.model_fields
        fixed = {n: getattr(self, n) for n in self.model_fields_set if n in names}
        return CompanySettings.model_validate({**stored, **fixed})

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
        """The sources, the strongest first."""
        return (
            init_settings,
            env_settings,
            _File(settings_cls, toml_file=settings_file()),
        )


def settings_file() -> Path:
    """The file that settings are read from; it need not be there."""
    return Path(os.environ.get("CRMKIT_CONFIG", "crmkit.toml"))


def drop_wrong(stored: Mapping[str, object]) -> dict[str, object]:
    """What is stored, without values that no version of today would keep."""
    try:
        CompanySettings.model_validate(stored)
    except ValidationError as error:
        wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
        log.warning("stored settings that cannot be: %s", ", ".join(sorted(wrong)))
        return {name: value for name, value in stored.items() if name not in wrong}
    return dict(stored)
