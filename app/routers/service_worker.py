"""What lets the form open without a network: the service worker, the page it falls back on, and what installs it."""

import hashlib
from functools import cache

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, JSONResponse

from app import i18n
from app.config import Settings
from app.dependencies import SettingsDep
from app.forms.needs import CHOICES
from app.i18n import _
from app.templating import render_shell, static

router = APIRouter()
PAGES = {"/needs/new": "needs/new.html", "/offline": "shell/offline.html"}
OWN = (
    "css/app.css", "css/intake.css", "favicon.svg", "js/outbox.js", "js/waiting.js", "js/photos.js", "js/intake.js",
)  # fmt: skip
FONTS = ("vendor/sarabun-400-thai.woff2",)
NO_CACHE = {"cache-control": "no-cache"}


@router.get("/sw.js")
def service_worker(settings: SettingsDep) -> Response:
    script = render_shell(
        "shell/sw.js",
        settings,
        version=shell_version(settings),
        languages=list(i18n.LOCALES),
        pages=list(PAGES),
        files=shell_files(),
    )
    headers = {**NO_CACHE, "service-worker-allowed": "/"}
    return Response(script, media_type="text/javascript", headers=headers)


def shell_files() -> list[str]:
    """The addresses of everything the form is made of, as its page asks for them."""
    return [*(static(path) for path in OWN), *(f"/static/{path}" for path in FONTS)]


@cache
def shell_version(settings: Settings) -> str:
    """Name the shell by its content: another word on a page, or another file, is another version."""
    digest = hashlib.sha256(repr(shell_files()).encode())
    for locale in i18n.LOCALES:
        token = i18n.current_locale.set(locale)
        for template in PAGES.values():
            digest.update(render_shell(template, settings, **CHOICES).encode())
        i18n.current_locale.reset(token)
    return digest.hexdigest()[:12]


@router.get("/offline")
def show_offline(settings: SettingsDep) -> Response:
    return HTMLResponse(render_shell(PAGES["/offline"], settings), headers=NO_CACHE)


@router.get("/manifest.webmanifest")
def manifest() -> Response:
    icons = [
        {"src": static("favicon.svg"), "type": "image/svg+xml", "sizes": "any"},
        {"src": static("icons/app-192.png"), "type": "image/png", "sizes": "192x192"},
        {"src": static("icons/app-512.png"), "type": "image/png", "sizes": "512x512"},
        {"src": static("icons/app-maskable-512.png"), "type": "image/png", "sizes": "512x512", "purpose": "maskable"},
    ]
    content = {
        "id": "/needs/new",
        "name": _("ประชาคม: ส่งเรื่องของหมู่บ้าน"),
        "short_name": _("ประชาคม"),
        "lang": i18n.current_locale.get(),
        "start_url": "/needs/new",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f7f8",
        "theme_color": "#22386a",
        "icons": icons,
    }
    return JSONResponse(content, media_type="application/manifest+json", headers=NO_CACHE)
