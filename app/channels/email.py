"""E-mail, handed to a mail server by SMTP."""

import asyncio
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.channels import Letter, NotNow, Refused, Unreachable
from app.config import Settings

TIMEOUT = 20
PERMANENT = 500
OWN_MACHINE = ("127.0.0.1", "::1", "localhost")


def is_ready(settings: Settings) -> bool:
    return settings.has_email


def send(settings: Settings, letter: Letter) -> None:
    asyncio.run(_send(settings, write(settings, letter)))


def write(settings: Settings, letter: Letter) -> EmailMessage:
    """Write the message: plain words, and the way out in its headers (RFC 8058)."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = formataddr((settings.office_name, settings.smtp_from))
    message["To"] = letter.address
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(letter.key, domain=settings.smtp_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message["Content-Language"] = letter.locale
    return message


async def _send(settings: Settings, message: EmailMessage) -> None:
    server = urlsplit(settings.smtp_url)
    is_secure = server.scheme == "smtps"
    # A password never crosses a network in the clear; without one, encryption is used where it is offered.
    must_encrypt = bool(server.password) and not is_secure and server.hostname not in OWN_MACHINE
    try:
        await aiosmtplib.send(
            message,
            hostname=server.hostname,
            port=server.port or (465 if is_secure else 587),
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=is_secure,
            start_tls=True if must_encrypt else None,
            timeout=TIMEOUT,
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        worst = max(one.code for one in refused.recipients)
        reason = "; ".join(f"{one.code} {one.message}" for one in refused.recipients)
        raise (Refused if worst >= PERMANENT else NotNow)(reason) from None
    except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPConnectError, aiosmtplib.SMTPSenderRefused) as problem:
        raise Unreachable(problem) from None
    except aiosmtplib.SMTPResponseException as answer:
        raise (Refused if answer.code >= PERMANENT else NotNow)(f"{answer.code} {answer.message}") from None
    except (aiosmtplib.SMTPException, OSError) as problem:
        raise Unreachable(problem) from None
