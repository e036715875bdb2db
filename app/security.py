"""Password hashing, session tokens, origin check, security headers, rate limits."""

import hashlib
import hmac
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import __version__
from app.database import SAFE_METHODS
from app.exceptions import TooManyAttempts
from app.i18n import _

PASSWORD_LENGTH = 8

_hasher = PasswordHash((Argon2Hasher(),))


@cache
def _nobody() -> str:
    """Verified against when no such account exists, so that a stranger cannot tell by the time taken."""
    return _hasher.hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Return whether the password fits; spends the same time when there is no hash to fit."""
    fits = _hasher.verify(password, password_hash or _nobody())
    return fits and password_hash is not None


def new_token() -> str:
    """Return 256 random bits, to be given to one person and stored only as its hash."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def secret_key(data_dir: Path) -> bytes:
    """Return the key this site signs with; made once, for every process alike."""
    path = data_dir / "keys" / "secret"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        own.touch(mode=0o600)
        own.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):  # whoever links first has made the key; the others read that one
            os.link(own, path)
        own.unlink()
    return path.read_bytes()


def sign(data_dir: Path, *parts: object) -> str:
    """Return a mark that only this site can put on these parts: 128 bits, as letters and digits."""
    written = "\0".join(str(part) for part in parts)
    return hmac.new(secret_key(data_dir), written.encode(), hashlib.sha256).hexdigest()[:32]


def is_signed(data_dir: Path, mark: str, *parts: object) -> bool:
    return hmac.compare_digest(mark.encode(), sign(data_dir, *parts).encode())


SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class RateLimit:
    """So many attempts in so much time (``10/minute``), per key, within one process.

    What was counted in the period before this one fades out as this one goes on, so that no moment lets twice as many
    through.
    """

    def __init__(self, rule: str) -> None:
        count, _slash, period = rule.partition("/")
        self.most, self.seconds = int(count), SECONDS[period.strip()]
        self._period = 0
        self._now: Counter[str] = Counter()
        self._before: Counter[str] = Counter()

    def hit(self, keys: Iterable[str]) -> None:
        """Count one attempt for every key. Raises TooManyAttempts when any of them is spent."""
        period, passed = divmod(time.monotonic(), self.seconds)
        if period != self._period:
            self._before = self._now if period == self._period + 1 else Counter()
            self._now, self._period = Counter(), int(period)
        fading = 1 - passed / self.seconds
        is_spent = False
        for key in keys:
            if self._now[key] + self._before[key] * fading >= self.most:
                is_spent = True
            else:
                self._now[key] += 1
        if is_spent:
            message = _("ลองหลายครั้งเกินไป กรุณารอ {seconds} วินาทีแล้วลองใหม่").format(seconds=self.seconds)
            raise TooManyAttempts(message, retry_after=self.seconds)


CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class SecurityMiddleware:
    """Refuse unsafe requests that another site started; put the security headers on every reply.

    The browser says where a request came from (``Sec-Fetch-Site``, else ``Origin``); a page cannot forge either. This
    protects plain forms, htmx and offline replays alike, with no token in any stored form. A request with neither
    header does not come from a browser, so no one's cookie rides on it.
    """

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self.app = app
        self.public_origin = urlsplit(public_url).netloc
        self.has_https = public_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message))
            await send(message)

        if scope["method"] not in SAFE_METHODS and not self._is_same_origin(headers):
            refusal = PlainTextResponse(_("คำขอนี้มาจากเว็บอื่น ระบบจึงไม่รับ กรุณาเปิดหน้านี้ใหม่แล้วส่งอีกครั้ง"), status_code=403)
            await refusal(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)

    def _is_same_origin(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc in (headers.get("host"), self.public_origin)

    def _add_headers(self, headers: MutableHeaders) -> None:
        headers.setdefault("content-security-policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("x-content-type-options", "nosniff")
        headers.setdefault("referrer-policy", "same-origin")
        headers.setdefault("cross-origin-opener-policy", "same-origin")
        headers.setdefault("permissions-policy", "camera=(), microphone=(), geolocation=(self)")
        headers.setdefault("cache-control", "no-store")
        headers.setdefault("prachakhom", __version__)  # so that a phone knows our replies from a captive portal's
        if self.has_https:
            headers.setdefault("strict-transport-security", "max-age=31536000; includeSubDomains")
