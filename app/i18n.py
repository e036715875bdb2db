"""Thai first, English second; dates in พ.ศ., numbers, baht.

The Thai sentence in the source is the message id; ``locales/en/*.po`` hold the English. A message without English
fails a test, so the fallback (Thai) is never met in a release.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Self
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import resource

LOCALES = ("th", "en")
BANGKOK = ZoneInfo("Asia/Bangkok")
BUDDHIST_ERA = 543
_MONTHS = {
    "th": ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
MAX_SATANG = 10**15
_BAHT = re.compile(
    r"฿?\s*(?P<amount>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*(?P<million>ล้าน)?\s*(?:บาท|baht)?", re.IGNORECASE
)
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")

current_locale: ContextVar[str] = ContextVar("locale", default="th")


class Labelled(StrEnum):
    """A StrEnum whose members carry their Thai label: ``OPEN = "open", N_("เปิดรับ")``."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


# A Thai run, with the spaces and marks inside it; and what holds text but no elements, which says its language itself.
_THAI_RUN = re.compile(r"[ก-๛]+(?:[^\w<>&]*[ก-๛]+)*")
_THAI_TEXT = re.compile(
    r"(?s)<(?P<whole>title|script|style|option|textarea|svg)\b(?P<rest>.*?</(?P=whole)>)|(?<=>)(?P<text>[^<>]*[ก-๛][^<>]*)"
)
_SAYS_ITSELF = ("option", "textarea", "svg")


def mark_thai(html: str) -> str:
    """Say of every Thai word on an English page that it is Thai, so that it is read aloud in a Thai voice."""

    def marked(found: re.Match[str]) -> str:
        if text := found["text"]:
            return _THAI_RUN.sub(r'<bdi lang="th">\g<0></bdi>', text)
        name, rest = found["whole"], found["rest"]
        is_thai = name in _SAYS_ITSELF and _THAI_RUN.search(rest)
        return f'<{name} lang="th"{rest}' if is_thai else found[0]

    return _THAI_TEXT.sub(marked, html)


def N_(message: str) -> str:  # noqa: N802  the name gettext tools look for
    """Mark a message for translation where it is defined; it is translated where it is shown."""
    return message


def _(message: str) -> str:
    """Translate a Thai message for the person being served."""
    return translations(current_locale.get()).gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    return translations(current_locale.get()).ngettext(one, many, n)


@cache
def translations(locale: str) -> NullTranslations:
    """Return the catalogue of a locale; Thai is the source, so its catalogue is empty."""
    if locale != "en":
        return NullTranslations()
    merged = Catalog(locale="en")
    for path in sorted((resource("locales") / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    merged[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return Translations(compiled)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Speak a person's language while writing to them, away from any request of theirs."""
    token = current_locale.set(locale if locale in LOCALES else LOCALES[0])
    try:
        yield
    finally:
        current_locale.reset(token)


def receipt(ref: str) -> str:
    """Write a receipt number so that it can be read out: 1234-5678."""
    return f"{ref[:4]}-{ref[4:]}"


def thai_date(value: date | datetime | None) -> str:
    """Write a day for people: ``22 พ.ย. 2569``, or ``22 Nov 2026``; a time is first moved to Bangkok."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(BANGKOK).date()
    locale = current_locale.get()
    year = value.year + (BUDDHIST_ERA if locale == "th" else 0)
    return f"{value.day} {_MONTHS[locale][value.month - 1]} {year}"


def thai_datetime(value: datetime | None) -> str:
    if value is None:
        return ""
    clock = value.astimezone(BANGKOK).strftime("%H:%M")
    return f"{thai_date(value)} {clock} น." if current_locale.get() == "th" else f"{thai_date(value)} {clock}"


def fiscal_year(year: int) -> str:
    """Write a fiscal year, which is stored in พ.ศ. as the budget office writes it."""
    return str(year) if current_locale.get() == "th" else f"{year} ({year - BUDDHIST_ERA})"


def number(value: int | float | Decimal | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def baht(satang: int | None) -> str:
    """Write satang as baht with separators; the satang appear only when there are some."""
    if satang is None:
        return "–"
    whole, rest = divmod(abs(satang), 100)
    sign = "-" if satang < 0 else ""
    amount = f"{sign}{whole:,}" + (f".{rest:02d}" if rest else "")
    return f"{amount} บาท" if current_locale.get() == "th" else f"{amount} baht"


def parse_baht(text: str) -> int:
    """Read money typed in baht (1,234.50, ๒๐๐ บาท, 1.5 ล้าน) as satang. Raises ValueError."""
    written = _BAHT.fullmatch(arabic_digits(text).strip())
    if written is None:
        raise ValueError(text)
    satang = Decimal(written["amount"].replace(",", "")) * (100_000_000 if written["million"] else 100)
    if satang != int(satang) or satang > MAX_SATANG:
        raise ValueError(text)
    return int(satang)


def typed_baht(satang: int | None) -> str:
    """Write satang as a person would type them in a box; nothing for None."""
    if satang is None:
        return ""
    whole, rest = divmod(satang, 100)
    return f"{whole:,}" + (f".{rest:02d}" if rest else "")


def percent(share: float | None) -> str:
    """Write a share of 0..1 as a whole percentage."""
    return "–" if share is None else f"{share * 100:.0f}%"


def arabic_digits(text: str) -> str:
    """Return the text with Thai digits written as 0–9."""
    return text.translate(_THAI_DIGITS)


def parse_date(text: str) -> date:
    """Read a day typed as 2026-11-22, 22/11/2569 or ๒๒-๑๑-๒๕๖๙. Years from 2400 are พ.ศ. Raises ValueError."""
    parts = [int(part) for part in re.split(r"[-/. ]+", arabic_digits(text).strip())]
    if len(parts) != 3:
        raise ValueError(text)
    year, month, day = parts if parts[0] > 31 else (parts[2], parts[1], parts[0])
    return date(year - BUDDHIST_ERA if year >= 2400 else year, month, day)


def typed_date(value: date | None) -> str:
    """Write a day as it would be typed into a form, in the reader's era: ``22/11/2569``."""
    if value is None:
        return ""
    year = value.year + (BUDDHIST_ERA if current_locale.get() == "th" else 0)
    return f"{value.day}/{value.month}/{year}"


def today() -> date:
    return datetime.now(UTC).astimezone(BANGKOK).date()


class LocaleMiddleware:
    """Choose the language of one request: ``?lang=`` (kept in a cookie), else the cookie, else Thai."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
        cookie = SimpleCookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
        kept = cookie["lang"].value if "lang" in cookie else ""
        locale = next((code for code in (asked, kept) if code in LOCALES), "th")
        token = current_locale.set(locale)

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-language", locale)
                headers.add_vary_header("cookie")
                if asked in LOCALES and asked != kept:
                    headers.append("set-cookie", f"lang={asked}; Path=/; Max-Age=31536000; SameSite=Lax")
            await send(message)

        try:
            await self.app(scope, receive, send_with_language)
        finally:
            current_locale.reset(token)


def encode_notice(text: str) -> str:
    """Write a short message so that it can ride in a cookie to the next page."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_notice(value: str) -> str:
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except ValueError:
        return ""
