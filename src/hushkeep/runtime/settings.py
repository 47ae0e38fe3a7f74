"""Settings: one frozen object, read once, refused at the start when unknown or malformed.

Sources, strongest first: ``HUSHKEEP_*`` in the environment, then ``<data_dir>/hushkeep.toml``, then the defaults
below, which are safe on one machine. Secrets never stand here: they are files under ``<data_dir>/secrets``.
"""

import os
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from hushkeep.kernel import InvalidInput

_PREFIX = "HUSHKEEP_"
# Read by the tests alone, and by the offline command `recording`, which knows no site.
_NOT_SETTINGS = frozenset({"HUSHKEEP_SHARED_DATA", "HUSHKEEP_RECOGNISER_FOLDER", "HUSHKEEP_RECOGNISER_KEY_FILE"})
_HOST_AND_PORT = r"^[A-Za-z0-9.-]+:[0-9]{1,5}$"
# sun_path holds 108 bytes; PostgreSQL's socket is the longest name that we put under the data directory.
_LONGEST_DATA_DIR = 107 - len("/run/pg/.s.PGSQL.5432.lock")

# A name or a misprint would trust nobody, in silence.
_Address = Annotated[str, AfterValidator(lambda text: str(ip_address(text)))]


def default_data_dir() -> Path:
    """Return ``/var/lib/hushkeep`` for root, else ``hushkeep`` under XDG_DATA_HOME (``~/.local/share``)."""
    if os.geteuid() == 0:
        return Path("/var/lib/hushkeep")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"  # noqa: TID251 - settings' own source
    return Path(home) / "hushkeep"


class Settings(BaseSettings):
    """Everything that a site may choose; unknown keys stop the start."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(default_factory=default_data_dir)
    key_file: Path | None = None  # the root key of the key-file slot; outside the data directory
    host: str = "localhost"  # the name in addresses and certificates, and the passkeys' relying party
    bind: str = "127.0.0.1"
    port: int = Field(default=8443, ge=0, le=65535)  # 0: any free port
    database_url: str | None = None  # host, port, name and TLS of an external server; no user, no password
    database_bin: Path | None = None  # a folder with initdb and postgres, before those of the wheel
    database_user: str | None = None  # the system user of postgres when started by root
    front_workers: int = Field(default=1, ge=1, le=64)
    front_threads: int = Field(default=8, ge=1, le=64)  # Django's threads in each front worker
    examiners: int | None = Field(
        default=None, ge=0, le=64
    )  # processes that find personal data; None: one a core, to 4
    find_health: bool = False  # mask words of illnesses, treatments and medicines in what is stored
    tls_certificate: Path | None = None  # your own, PEM with its chain; else the local CA makes one
    tls_key: Path | None = None  # PKCS#8, PEM
    trusted_proxies: tuple[_Address, ...] = ()  # addresses of proxies of your own, whose word on the client is believed
    country_header: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9-]{1,60}$")  # of these proxies
    session_idle: timedelta = Field(default=timedelta(minutes=15), ge=timedelta(minutes=1), le=timedelta(hours=1))
    session_age: timedelta = Field(default=timedelta(hours=10), ge=timedelta(minutes=5), le=timedelta(hours=24))
    step_up_age: timedelta = Field(default=timedelta(minutes=15), ge=timedelta(seconds=30), le=timedelta(minutes=15))
    audit_retention: timedelta = Field(
        default=timedelta(days=400), ge=timedelta(days=183)
    )  # the law's floor: six months

    recogniser: Literal["none", "folder", "remote"] = "none"  # what hears speech in recordings
    recogniser_folder: Path | None = None  # a Whisper model in CTranslate2 form, for "folder"
    recogniser_url: str | None = None  # an OpenAI-compatible service, for "remote": https, or http on loopback
    recogniser_model: str = Field(default="whisper-1", max_length=80)
    recogniser_vendor: str | None = Field(default=None, pattern=r"^[a-z][a-z_]{1,30}$")  # as events name it
    recogniser_allowed: tuple[str, ...] = ()  # host:port to which speech may leave; none unless named here
    recording_mode: Literal["strict", "balanced"] = "strict"
    recording_bytes: int = Field(default=2 << 30, ge=1 << 20, le=64 << 30)  # the largest recording taken
    recording_unscanned: timedelta = Field(default=timedelta(hours=24), ge=timedelta(minutes=1), le=timedelta(days=3))
    recording_sample_percent: int = Field(default=20, ge=0, le=100)  # what quality assurance may hear

    # Where alarms go beside the console; secrets/alarm_mail and secrets/alarm_webhook hold the login and the key.
    alarm_mail_server: str | None = Field(default=None, pattern=_HOST_AND_PORT)
    alarm_mail_from: str = "hushkeep@localhost"
    alarm_mail_to: tuple[str, ...] = ()
    alarm_webhook: str | None = Field(default=None, pattern=r"^https://\S+$")
    alarm_syslog: str | None = Field(default=None, pattern=_HOST_AND_PORT)  # RFC 5425: TLS
    alarm_authority: Path | None = None  # who vouches for these servers, PEM; without it the system's authorities

    @model_validator(mode="after")
    def _paths(self) -> Self:
        if not self.data_dir.is_absolute():
            raise ValueError("data_dir must be absolute")
        if len(os.fsencode(self.data_dir)) > _LONGEST_DATA_DIR:
            raise ValueError(f"data_dir is longer than {_LONGEST_DATA_DIR} bytes, too long for a Unix socket")
        if self.recogniser == "folder" and self.recogniser_folder is None:
            raise ValueError("recogniser folder needs recogniser_folder")
        if self.recogniser == "remote" and not (self.recogniser_url and self.recogniser_vendor):
            raise ValueError("recogniser remote needs recogniser_url and recogniser_vendor")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        if self.alarm_mail_server is not None and not self.alarm_mail_to:
            raise ValueError("alarm_mail_server needs alarm_mail_to")
        if self.alarm_syslog is not None and self.alarm_authority is None:
            raise ValueError("alarm_syslog needs alarm_authority")
        if self.country_header is not None and not self.trusted_proxies:
            raise ValueError("country_header needs trusted_proxies: from anybody else it could say anything")
        if self.root_key_file.is_relative_to(self.data_dir):
            raise ValueError("key_file must lie outside data_dir: a copy of the data must not carry its key")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return our sources: arguments, environment, the site's TOML file; no .env, no secrets folder."""
        folder = os.environ.get(_PREFIX + "DATA_DIR") or default_data_dir()  # noqa: TID251 - settings' own source
        toml = TomlConfigSettingsSource(settings_cls, Path(folder) / "hushkeep.toml")
        return init_settings, env_settings, toml

    @property
    def root_key_file(self) -> Path:
        """The file of the key service's key-file slot: ``key_file``, or ``<data_dir>.rootkey`` beside it."""
        return self.key_file or self.data_dir.with_name(self.data_dir.name + ".rootkey")

    @property
    def recovery_dir(self) -> Path:
        """Where the root key's five shares are written when it is made: beside the data."""
        return self.data_dir.with_name(self.data_dir.name + ".recovery")

    @property
    def backup_recovery_dir(self) -> Path:
        """Where the backup key's five shares are written when it is made."""
        return self.recovery_dir / "backup"

    @property
    def cluster_dir(self) -> Path:
        """The embedded PostgreSQL cluster."""
        return self.data_dir / "pg"

    @property
    def run_dir(self) -> Path:
        """Sockets, process ids and locks."""
        return self.data_dir / "run"

    @property
    def objects_dir(self) -> Path:
        """The local object store."""
        return self.data_dir / "objects"

    @property
    def keys_dir(self) -> Path:
        """The key service's own store and log."""
        return self.data_dir / "keys"

    @property
    def tls_dir(self) -> Path:
        """The local CA and the leaf certificate."""
        return self.data_dir / "tls"

    @property
    def logs_dir(self) -> Path:
        """Structured logs, one file a process."""
        return self.data_dir / "logs"

    @property
    def secrets_dir(self) -> Path:
        """Passwords of the database roles, Django's signing key, keys of service accounts; 0700, files 0600."""
        return self.data_dir / "secrets"

    @property
    def keys_socket(self) -> Path:
        """Where the key service listens."""
        return self.run_dir / "keys" / "keys.sock"


def read_settings() -> Settings:
    """Return the settings as they stand now; raise InvalidInput naming every unknown or malformed one."""
    known = {_PREFIX + name.upper() for name in Settings.model_fields}
    present = {name for name in os.environ if name.startswith(_PREFIX)}  # noqa: TID251 - settings' own source
    if unknown := sorted(present - known - _NOT_SETTINGS):
        raise InvalidInput(f"unknown setting {', '.join(unknown)}")
    try:
        return Settings()
    except ValidationError as failure:
        # The value itself stays out: a setting may be a secret put in the wrong place.
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}" for fault in failure.errors())
        raise InvalidInput("; ".join(faults)) from None


@cache
def settings() -> Settings:
    """Return the settings of this process, read at the first call."""
    return read_settings()
