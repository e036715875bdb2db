"""The exception tree; each class carries its HTTP status. Messages are for the reader, in the reader's language.

AppError
├── InvalidInput        422  something typed must be mended; `errors` says which field and how
├── NotSignedIn         401  nobody is signed in; the page offers to sign in and come back
├── NotAllowed          403  the person may see the thing, but not do this to it
├── NotFound            404  no such thing, or not this person's to know of
├── Conflict            409  the thing has moved on: a closed round, a used invitation
├── Gone                410  it was there, and has ended: an expired invitation
├── TooLarge            413  a text or file over the limit
├── TooManyAttempts     429  wait, then try again; `retry_after` in seconds
└── Busy                503  nothing was kept, nothing is wrong with what was sent: try again after `retry_after`
"""

from collections.abc import Mapping


class AppError(Exception):
    status = 500
    retry_after: int | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(AppError):
    status = 422

    def __init__(self, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.errors = dict(errors or {})


class NotSignedIn(AppError):
    status = 401


class NotAllowed(AppError):
    status = 403


class NotFound(AppError):
    status = 404


class Conflict(AppError):
    status = 409


class Gone(AppError):
    status = 410


class TooLarge(AppError):
    status = 413


class TooManyAttempts(AppError):
    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(AppError):
    status = 503
    retry_after = 5
