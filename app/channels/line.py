"""LINE: messages to people who added the office's account, and the events it tells us of."""

import base64
import hashlib
import hmac
import uuid

from app.channels import Letter, NotNow, Refused, Unreachable
from app.config import Settings

TIMEOUT = 20
TAKEN_BEFORE = 409
SERVER_ERROR = 500
TOO_MANY = 429
NO_LONGER_ALLOWED = (401, 403)


def is_ready(settings: Settings) -> bool:
    return settings.has_line


def is_from_line(settings: Settings, body: bytes, signature: str) -> bool:
    """Say whether LINE wrote these very bytes."""
    expected = hmac.new(settings.line_channel_secret.encode(), body, hashlib.sha256).digest()
    return settings.has_line and hmac.compare_digest(signature.encode(), base64.b64encode(expected))


def send(settings: Settings, letter: Letter) -> None:
    # The kit takes a second to load: only a worker with a message for LINE does.
    from linebot.v3.messaging import (
        ApiClient,
        ApiException,
        Configuration,
        MessagingApi,
        PushMessageRequest,
        TextMessage,
    )
    from urllib3.exceptions import HTTPError

    configuration = Configuration(host=settings.line_api_url, access_token=settings.line_channel_token)
    request = PushMessageRequest(to=letter.address, messages=[TextMessage(text=f"{letter.subject}\n\n{letter.text}")])
    with ApiClient(configuration) as service:
        try:
            MessagingApi(service).push_message(
                request,
                x_line_retry_key=str(uuid.uuid5(uuid.NAMESPACE_URL, letter.key)),
                _request_timeout=TIMEOUT,
            )
        except ApiException as answer:
            if answer.status == TAKEN_BEFORE:
                return  # the answer to an earlier attempt was lost, not the message
            if answer.status in NO_LONGER_ALLOWED:
                raise Unreachable(f"{answer.status} {answer.reason}") from None
            is_passing = answer.status == TOO_MANY or answer.status >= SERVER_ERROR
            raise (NotNow if is_passing else Refused)(f"{answer.status} {answer.reason}") from None
        except HTTPError as problem:
            raise Unreachable(type(problem).__name__) from None
