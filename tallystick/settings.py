"""Settings: argument > environment > ``<home>/tallystick.toml`` > default (design section 14)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from domain.classified import Profile
from tallystick.home import Home

DEFAULT_HOME = Path("var")


class SettingsError(ValueError):
    """A setting cannot be used. Says which, wherever it was given, and what it should be."""


MAX_UPLOAD: Final = 4_000_000_000
"""Bytes. What was uploaded has to fit, encrypted, in a member of an export's ZIP: below 4 GiB."""


class Settings(BaseSettings):
    """Every setting, each also an environment variable ``TALLYSTICK_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="TALLYSTICK_", extra="forbid", frozen=True)

    home: Path = Field(DEFAULT_HOME, description="The folder of the ledger.")
    host: str = Field("127.0.0.1", description="The address to listen on; loopback unless configured.")
    port: int = Field(8017, ge=0, le=65_535, description="The port to listen on.")
    profile: Profile = Field("team", description="The profile of new incidents unless asked for another.")
    checkpoint_copy: Path | None = Field(
        None, description="A second copy of last-checkpoint, best on another disk or machine."
    )
    recorder_key: str | None = Field(None, description="URI of the recorder key (file:, env:, pkcs11:).")
    log_key: str | None = Field(None, description="URI of the log key (file:, env:, pkcs11:).")
    master_key: str | None = Field(None, description="URI of the vault's master key (file:, env:).")
    max_body_bytes: int = Field(1_048_576, ge=1_024, description="The largest request body, in bytes.")
    max_upload_bytes: int = Field(
        1 << 30, ge=1_024, le=MAX_UPLOAD, description="The largest uploaded file, in bytes."
    )
    blobs_url: str | None = Field(
        None,
        pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*$",
        description="Where blobs are kept: s3://BUCKET/PREFIX; left out, in the home.",
    )
    url: str | None = Field(None, description="Address of a running service; commands then ask it.")
    token: str | None = Field(None, description="Bearer token for that service.", repr=False)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO",
        # The second is the argument, the file's key and, since case does not count, LOG_LEVEL.
        validation_alias=AliasChoices("TALLYSTICK_LOG_LEVEL", "log_level"),
        description="What the service says about itself, also LOG_LEVEL (R-AUT-40).",
    )
    origin: str | None = Field(None, description="The origin of a new log; read by init only.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - fixed by the library
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - fixed by the library
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first; the file is that of the home the stronger ones name."""
        named = {**env_settings(), **init_settings()}
        file = Home(Path(named.get("home", DEFAULT_HOME))).settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @property
    def place(self) -> Home:
        """The home."""
        return Home(self.home)


def load_settings(**arguments: Any) -> Settings:
    """Return the settings; arguments that are None count as not given. Raises `SettingsError`."""
    try:
        return Settings(**{name: value for name, value in arguments.items() if value is not None})
    except ValidationError as e:
        raise SettingsError("; ".join(_complaint(dict(error)) for error in e.errors())) from e
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"tallystick.toml: expected TOML, found an error: {e}") from e


def _complaint(error: dict[str, Any]) -> str:
    # Never the value: it may be a token, or a secret that was meant for another setting.
    name = ".".join(map(str, error["loc"])).lower().removeprefix("tallystick_")
    if error["type"] == "extra_forbidden":
        return f"setting {name}: expected one of {', '.join(sorted(Settings.model_fields))}, found {name}"
    return f"setting {name}: {error['msg']}"
