"""The ways out of the house: one module a channel, each with ``is_ready(settings)`` and ``send(settings, letter)``.

A channel knows no database. ``send`` returns when the service took the message over, and raises NotNow when it may be
tried again, Refused when this address will never take it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.config import Settings

_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?|\bU[0-9a-f]{32}\b")


@dataclass(frozen=True)
class Letter:
    """What goes out: ``brief`` holds nothing personal; the same news keeps the same ``key`` when it is sent again."""

    key: str
    address: str
    subject: str
    text: str
    brief: str
    path: str
    unsubscribe_url: str
    locale: str
    keys: Mapping[str, Any] = field(default_factory=dict)


class Channel(Protocol):
    def is_ready(self, settings: Settings) -> bool: ...

    def send(self, settings: Settings, letter: Letter) -> None: ...


class NotSent(Exception):
    """Why a message did not go, in the words of the other side, with no address in it."""

    def __init__(self, reason: object) -> None:
        self.reason = _ADDRESS.sub("…", " ".join(str(reason).split()))[:200]
        super().__init__(self.reason)


class NotNow(NotSent):
    """It may go later."""


class Unreachable(NotNow):
    """The service itself cannot be reached: no other message of this channel will go now either."""


class Refused(NotSent):
    """It will never go: no such address, or no longer."""
