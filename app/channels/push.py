"""Web push: a few words with nothing personal, encrypted for one browser."""

import json
import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.channels import Letter, NotNow, Refused, Unreachable
from app.config import Settings

TIMEOUT = 20
KEPT_FOR = 24 * 3600  # seconds the push service holds it for a phone that is off
GONE = (404, 410)
SERVER_ERROR = 500
TOO_MANY = 429


def is_ready(settings: Settings) -> bool:
    return True


def may_serve(settings: Settings, endpoint: str) -> bool:
    """Say whether an address that a browser names is one of the push services this server may talk to."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return False
    host, hosts = parts.hostname or "", settings.push_hosts.split()
    is_known = parts.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in hosts)
    return is_known or f"{parts.scheme}://{parts.netloc}" in hosts


def public_key(settings: Settings) -> str:
    """Return the key that a browser subscribes with, in the form it wants."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from py_vapid.utils import b64urlencode

    point = _keys(settings.data_dir).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return str(b64urlencode(point))


def send(settings: Settings, letter: Letter) -> None:
    import requests
    from pywebpush import WebPushException, webpush

    if not may_serve(settings, letter.address):
        raise Refused("not a known push service")
    with requests.Session() as service:
        service.max_redirects = 0
        try:
            webpush(
                {"endpoint": letter.address, "keys": dict(letter.keys)},
                json.dumps({"body": letter.brief, "path": letter.path}, ensure_ascii=False),
                vapid_private_key=_keys(settings.data_dir),
                vapid_claims={"sub": _contact(settings)},
                ttl=KEPT_FOR,
                timeout=TIMEOUT,
                requests_session=service,
            )
        except WebPushException as problem:
            status = problem.response.status_code if problem.response is not None else 0
            is_passing = status == TOO_MANY or status >= SERVER_ERROR
            raise (NotNow if is_passing else Refused)(f"{status or problem.message}") from None
        except requests.ConnectionError:
            raise Unreachable("no connection") from None
        except requests.RequestException as problem:
            raise NotNow(type(problem).__name__) from None


def _contact(settings: Settings) -> str:
    return f"mailto:{settings.smtp_from}" if settings.smtp_from or not settings.has_https else settings.public_url


@cache
def _keys(data_dir: Path) -> Any:
    """Return the pair of keys this site is known by to push services; made once, for every process alike."""
    from py_vapid import Vapid02

    path = data_dir / "keys" / "push.pem"
    if not path.is_file():
        made = Vapid02()
        made.generate_keys()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        own.touch(mode=0o600)
        made.save_key(str(own))
        with suppress(FileExistsError):  # whoever links first has made the keys; the others read those
            os.link(own, path)
        own.unlink()
    return Vapid02.from_file(str(path))
