"""Settings from the environment: typed, frozen, and refused at start rather than at first use."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent
INSTANCE = ROOT / "instance"
EMBEDDED = "sqlite:///instance/commissioning.db"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


NOTIFY_KEY = re.compile(r"^.+-(?P<service>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?P<secret>[0-9a-f-]{36})$")
"""A key of GOV.UK Notify: the name given to it, the service's id, the secret."""


class SettingsError(Exception):
    """The environment is not usable; the message names each setting, what was found and what was expected."""


class Settings(BaseSettings):
    """Every setting of the service. Names are upper case in the environment; README lists them with defaults."""

    model_config = SettingsConfigDict(env_file=".env", frozen=True, extra="ignore")

    database_url: str = EMBEDDED
    secret_key: str = ""
    service_name: str = "Commissioning and approvals"
    organisation_name: str = "Example Council"
    brand_colour: str = "#1d4f5c"
    logo_file: str = ""
    nation: Literal["england", "wales", "scotland", "northern-ireland"] = "england"
    base_url: str = "http://127.0.0.1:8000"
    email_from: str = "no-reply@example.gov.uk"
    smtp_url: str = ""
    notify_api_key: str = ""
    notify_template_id: str = ""
    notify_url: str = "https://api.notifications.service.gov.uk"
    checkpoint_dir: str = ""
    demo: bool | None = None
    clock_at: datetime | None = None
    workflows_dir: str = ""
    dispatcher: Literal["embedded", "procrastinate"] = "embedded"
    metrics_token: str = ""
    trusted_proxies: int = Field(0, ge=0, le=5)
    bind: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith("postgresql://"):
            return value.replace("postgresql://", "postgresql+psycopg://", 1)
        if value.startswith(("sqlite:///", "postgresql+psycopg://")):
            return value
        raise ValueError("expected sqlite:///PATH or postgresql://USER@HOST/NAME")

    @field_validator("brand_colour")
    @classmethod
    def _a_colour(cls, value: str) -> str:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError(f"expected a colour like #1d4f5c, found {value!r}")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\x21-\x7e]{24,}", value):
            raise ValueError("expected 24 visible characters or more, drawn by chance")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("smtp", "smtps"):
            raise ValueError("expected smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT")
        return value

    @field_validator("notify_api_key")
    @classmethod
    def _known_key(cls, value: str) -> str:
        if value and not NOTIFY_KEY.match(value):
            raise ValueError("expected a GOV.UK Notify key: NAME-SERVICE-SECRET, as Notify shows it once")
        return value

    @model_validator(mode="after")
    def _safe_together(self) -> Settings:
        if not self.embedded and not self.secret_key:
            raise ValueError("SECRET_KEY is required with a database of your own")
        if self.dispatcher == "procrastinate" and self.database_url.startswith("sqlite"):
            raise ValueError("DISPATCHER=procrastinate needs PostgreSQL: set DATABASE_URL, or DISPATCHER=embedded")
        if bool(self.notify_api_key) != bool(self.notify_template_id):
            raise ValueError("NOTIFY_API_KEY and NOTIFY_TEMPLATE_ID go together: set both or neither")
        if self.notify_api_key and self.smtp_url:
            raise ValueError("SMTP_URL and NOTIFY_API_KEY are two ways of sending: set one of them")
        if self.is_demo and self.bind not in LOOPBACK:
            raise ValueError("DEMO signs anybody in by one click: it starts on 127.0.0.1 only (set DEMO=0)")
        if self.clock_at and not self.is_demo:
            raise ValueError("CLOCK_AT moves the service's day and is for the example council only (DEMO)")
        if self.clock_at and self.clock_at.tzinfo is None:
            raise ValueError("CLOCK_AT needs an offset, for example 2012-05-01T09:00:00+01:00")
        return self

    @property
    def embedded(self) -> bool:
        """True for the SQLite database that comes with the service."""
        return self.database_url == EMBEDDED

    @property
    def is_demo(self) -> bool:
        """Whether anybody may sign in as an example person: DEMO, by default with the embedded database only."""
        return self.embedded if self.demo is None else self.demo

    @property
    def absolute_database_url(self) -> str:
        """The database URL with a relative SQLite path made absolute from the project folder."""
        path = self.database_url.removeprefix("sqlite:///")
        if path == self.database_url or path.startswith("/"):
            return self.database_url
        return f"sqlite:///{ROOT / path}"


def load_settings(**overrides: object) -> Settings:
    """Read the environment. Raises SettingsError naming every setting that cannot be used."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for e in error.errors():
            name = str(e["loc"][0]).upper() if e["loc"] else "Settings"
            lines.append(f"{name}: {e['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None
    if settings.embedded:
        kept = {
            "secret_key": settings.secret_key or _kept_secret(),
            "checkpoint_dir": settings.checkpoint_dir or str(INSTANCE / "checkpoints"),
        }
        return settings.model_copy(update=kept)
    return settings


def _kept_secret() -> str:
    """The embedded default's own key, made once and kept beside its database, readable by the owner alone."""
    INSTANCE.mkdir(exist_ok=True)
    path = INSTANCE / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
