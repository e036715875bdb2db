"""create_app(): middleware, routers, and the one handler that turns an AppError into a page or JSON."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from importlib import import_module
from pkgutil import iter_modules
from urllib.parse import quote

import structlog
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import DataError, OperationalError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware

import app.routers
from app import __version__
from app.config import Settings, resource
from app.database import create_database_engine
from app.exceptions import AppError, Busy, InvalidInput, NotFound, NotSignedIn, TooLarge
from app.i18n import LocaleMiddleware, _
from app.security import RateLimit, SecurityMiddleware
from app.templating import bare, render

NUMERIC_VALUE_OUT_OF_RANGE = "22003"  # an SQLSTATE

log = structlog.get_logger()


class Assets(StaticFiles):
    """Static files, named by their content in the query: a browser keeps them for ever.

    Fonts are asked for by the stylesheet, which cannot name them so: they are kept for a month.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if path.endswith(".js") and response.status_code == HTTPStatus.OK and not path.startswith("vendor/"):
            response = Response(own_script(path), media_type="text/javascript")
        versioned = b"v=" in scope["query_string"]
        lasting = "public, max-age=31536000, immutable" if versioned else "no-cache"
        response.headers["cache-control"] = "public, max-age=2592000" if path.endswith(".woff2") else lasting
        return response


@cache
def own_script(path: str) -> str:
    return bare((resource("static") / path).read_text())


class BodyLimitMiddleware:
    """Refuse a body over the limit with a page: the framework's own limit answers a bare line, and logs a crash.

    What is refused is read to its end and dropped, up to some times the limit: a browser that is still sending would
    otherwise show that the connection broke, not the page that says what to do.
    """

    DROPPED = 8

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        if length.isdecimal() and int(length) > self.limit:
            dropped, is_more = 0, True
            while is_more and dropped < self.DROPPED * self.limit:
                message = await receive()
                dropped += len(message.get("body", b""))
                is_more = message.get("more_body", False)
            refusal = show_http_error(Request(scope), HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            await refusal(scope, receive, send)
            return
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self.app(scope, receive_counted, send)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = app.state.settings.threads
    yield
    app.state.writers.shutdown()
    app.state.engine.dispose()


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    app = FastAPI(
        title="Prachakhom",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.settings = settings
    app.state.engine = create_database_engine(settings.database_url)
    app.state.sign_in_limit = RateLimit(settings.sign_in_limit)
    # One writer is as fast as many on SQLite, which has one write lock, and leaves the other threads to the pages.
    app.state.writers = ThreadPoolExecutor(1 if settings.database_url.startswith("sqlite") else settings.threads)
    app.state.intake_limit = RateLimit(settings.intake_limit)
    for module in iter_modules(app_routers_path()):
        app.include_router(import_module(f"app.routers.{module.name}").router)
    app.mount("/static", Assets(directory=resource("static")), name="static")
    app.add_exception_handler(AppError, show_app_error)
    app.add_exception_handler(HTTPException, show_http_error)
    app.add_exception_handler(RequestValidationError, show_address_error)
    app.add_exception_handler(OverflowError, show_address_error)  # a number no row can have, as SQLite says it
    app.add_exception_handler(DataError, show_data_error)
    app.add_exception_handler(OperationalError, show_busy)
    app.add_middleware(BodyLimitMiddleware, limit=settings.max_upload_mb * 1024 * 1024)
    # Inside the others: a crash, too, is told in the reader's language, under the security headers.
    app.add_middleware(ServerErrorMiddleware, handler=show_crash)
    app.add_middleware(LocaleMiddleware)
    app.add_middleware(SecurityMiddleware, public_url=settings.public_url)
    app.add_middleware(CompressMiddleware, gzip_level=9)  # phones without https get gzip, and pay for every byte
    return app


def app_routers_path() -> list[str]:
    return list(app.routers.__path__)


def show_app_error(request: Request, error: Exception) -> Response:
    """Answer in the reader's language: JSON to a program, a fragment to htmx, a page to a person."""
    if not isinstance(error, AppError):
        raise error
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if "application/json" in request.headers.get("accept", "") or request.url.path.startswith("/api/"):
        body: dict[str, object] = {"error": error.message}
        if isinstance(error, InvalidInput):
            body["errors"] = error.errors
        if client_uuid := getattr(request.state, "client_uuid", request.path_params.get("client_uuid")):
            body["client_uuid"] = client_uuid
        return JSONResponse(body, status_code=error.status, headers=headers)
    wants_fragment = request.headers.get("hx-request") == "true"
    if isinstance(error, NotSignedIn):
        target = request.url.path if request.method == "GET" else "/"
        if request.method == "GET" and request.url.query:
            target += f"?{request.url.query}"
        sign_in = f"/sign-in?next={quote(target)}"
        if wants_fragment:
            return Response(status_code=204, headers={"HX-Redirect": sign_in})
        return RedirectResponse(sign_in, status_code=303)
    template = "errors/_alert.html" if wants_fragment else "errors/show.html"
    context = {"status": error.status, "message": error.message, "errors": getattr(error, "errors", {})}
    return render(request, template, context, status_code=error.status, headers=headers)


def show_http_error(request: Request, error: Exception) -> Response:
    """Give the framework's own refusals (no such page, wrong method, body too large) the same face."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == HTTPStatus.NOT_FOUND:
        return show_app_error(request, NotFound(_("ไม่พบหน้านี้ อาจพิมพ์ที่อยู่ผิด หรือหน้านี้ถูกย้ายไปแล้ว")))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return show_app_error(
            request, TooLarge(_("รูปหรือไฟล์ที่ส่งใหญ่เกินไป จึงยังไม่ได้เก็บอะไรไว้ กดย้อนกลับ สิ่งที่พิมพ์ไว้ยังอยู่ แล้วเลือกรูปที่เล็กลงหรือน้อยลง"))
        )
    other = AppError(_("ระบบทำตามคำขอนี้ไม่ได้"))
    other.status = status
    return show_app_error(request, other)


def show_address_error(request: Request, error: Exception) -> Response:
    """A path or query that no page of ours would make: to the reader, a page that does not exist."""
    return show_http_error(request, HTTPException(HTTPStatus.NOT_FOUND))


def show_data_error(request: Request, error: Exception) -> Response:
    """The same number, as PostgreSQL says it; any other bad value is our own mistake."""
    if getattr(getattr(error, "orig", None), "sqlstate", None) != NUMERIC_VALUE_OUT_OF_RANGE:
        raise error
    return show_address_error(request, error)


def show_busy(request: Request, error: Exception) -> Response:
    """The database is locked, full or gone: what was sent was not kept, and is welcome again a little later."""
    if "no such" in str(getattr(error, "orig", "")):  # a table or column SQLite misses: our own mistake
        raise error
    log.error("database unavailable", path=request.url.path, method=request.method, exc_info=error)
    return show_app_error(request, Busy(_("ระบบกำลังยุ่ง ข้อมูลที่ส่งครั้งนี้ยังไม่ถูกบันทึก กรุณารอสักครู่แล้วส่งอีกครั้ง")))


def show_crash(request: Request, error: Exception) -> Response:
    log.error("request failed", path=request.url.path, method=request.method, exc_info=error)
    crash = AppError(_("ระบบขัดข้อง ข้อมูลที่ส่งครั้งนี้ยังไม่ถูกบันทึก กรุณาลองใหม่อีกครั้ง"))
    return show_app_error(request, crash)
