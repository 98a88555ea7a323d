"""Settings: defaults, then `crmkit.toml`, then the environment (`CRMKIT_…`)."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

__all__ = [
    "LOCALES",
    "Settings",
]

LOCALES = ("en", "fr")


class Settings(BaseSettings):
    """Everything that a file or the environment can set.

    `CRMKIT_CONFIG` names another file than `crmkit.toml` of the working directory.
    """

    model_config = SettingsConfigDict(
        env_prefix="CRMKIT_", extra="forbid", frozen=True, env_ignore_empty=True
    )

    database_url: str = "sqlite:///crmkit.db"
    company: str = Field(default="crmkit", description="Name shown in the pages.")
    base_currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    time_zone: str = "Europe/Paris"
    locale: str = Field(default="en", description="Language of whoever chose none.")
    country: str = Field(
        default="FR", pattern="^[A-Z]{2}$", description="For numbers without prefix."
    )
    pool_size: int = Field(default=8, ge=1, le=64)
    sign_in_days: int = Field(default=14, ge=1, description="A sign-in lasts so long.")
    contacts_for_all: bool = Field(
        default=True, description="Everybody sees every contact."
    )
    plugins: tuple[str, ...] | None = Field(
        default=None, description="Ids of the plugins to load; without it, all."
    )

    @field_validator("time_zone")
    @classmethod
    def _know_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            sentence = f"“{value}” is no time zone; write one like Europe/Paris."
            raise ValueError(sentence) from None
        return value

    @field_validator("locale")
    @classmethod
    def _know_locale(cls, value: str) -> str:
        if value not in LOCALES:
            sentence = f"“{value}” is none of the languages {', '.join(LOCALES)}."
            raise ValueError(sentence)
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end."""
        return ZoneInfo(self.time_zone)

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
        file = Path(os.environ.get("CRMKIT_CONFIG", "crmkit.toml"))
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, toml_file=file),
        )
