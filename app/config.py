"""Settings: every environment variable, its default and why."""

from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_ROOT = Path(__file__).resolve().parent.parent
_INSTALLED = Path(__file__).resolve().parent / "_resources"


def resource(name: str) -> Path:
    """Return a folder that ships beside the code: from the wheel when installed, else from the checkout."""
    installed = _INSTALLED / name
    return installed if installed.is_dir() else _ROOT / name


class Settings(BaseSettings):
    """Read from the environment (prefix ``PRACHAKHOM_``) and from a ``.env`` file."""

    model_config = SettingsConfigDict(env_prefix="PRACHAKHOM_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field(
        default="sqlite:///var/prachakhom.db",
        description="Where the data lives: sqlite:///path or postgresql://user:password@host/name.",
    )
    data_dir: Path = Field(
        default=Path("var/files"), description="Folder for photos and rejected rows; back it up with the database."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="Address people type; printed in invitations and QR codes. https here turns on Secure cookies.",
    )
    office_name: str = Field(
        default="กลุ่มงานบริหารยุทธศาสตร์กลุ่มจังหวัด (OSM)", description="The office that answers; shown in every footer."
    )
    office_contact: str = Field(default="", description="Telephone or e-mail of that office; shown beside help.")
    session_days: int = Field(default=30, ge=1, description="A sign-in ends after this many days, used or not.")
    session_idle_days: int = Field(default=14, ge=1, description="A sign-in unused for this long ends earlier.")
    invitation_days: int = Field(default=14, ge=1, description="An invitation not used by then expires.")
    sign_in_limit: str = Field(
        default="10/minute", description="Sign-in attempts allowed for one account or one address, as COUNT/PERIOD."
    )
    intake_limit: str = Field(
        default="600/minute",
        description="Needs and photos one person may deliver, as COUNT/PERIOD; after weeks without a network a phone "
        "sends forty needs and their photos at once.",
    )
    certify_days: int = Field(
        default=7, ge=1, description="A need not certified by its district in this time flows on, marked uncertified."
    )
    embedded_worker: bool = Field(
        default=True, description="Run long work in a child process of the server; off when `prachakhom worker` runs."
    )
    threads: int = Field(
        default=8, ge=1, description="Requests handled at once by one process; more only lengthens SQLite's tail."
    )
    max_upload_mb: int = Field(default=12, ge=1, description="Largest request body, in megabytes.")
    smtp_url: str = Field(
        default="",
        description="Where mail is handed in: smtp://user:password@host:587, or smtps:// for TLS from the start.",
    )
    smtp_from: str = Field(default="", description="Address that mail comes from; mail is sent once both are set.")
    push_hosts: str = Field(
        default="fcm.googleapis.com push.services.mozilla.com notify.windows.com push.apple.com",
        description="Services that may bring a push to a browser; the server talks to no other address a phone names.",
    )
    line_channel_secret: str = Field(default="", description="Secret of the LINE channel; proves who calls us.")
    line_channel_token: str = Field(default="", description="Access token of the LINE channel; lets us write.")
    line_add_friend_url: str = Field(default="", description="Address that adds the office's LINE account as a friend.")
    line_api_url: str = Field(default="https://api.line.me", description="Where LINE is written to.")
    keep_contact_months: int = Field(
        default=12, ge=1, description="Contact data goes this long after a person's last visit and last open round."
    )
    keep_words_months: int = Field(
        default=60, ge=12, description="Full words and names go this long after sending; the masked words stay."
    )
    keep_audit_months: int = Field(default=60, ge=12, description="The record of acts is kept this long.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    demo: bool = Field(
        default=False, description="Show one-click sign-in links for the demo people. Never in real use."
    )

    @property
    def has_email(self) -> bool:
        return bool(self.smtp_url and self.smtp_from)

    @property
    def has_line(self) -> bool:
        return bool(self.line_channel_secret and self.line_channel_token)

    @cached_property
    def has_https(self) -> bool:
        return self.public_url.startswith("https://")
