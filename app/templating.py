"""Jinja environment, filters, and the one way to render: a whole page, or the fragment htmx asked for."""

import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

import segno
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from markupsafe import Markup

from app import __version__, i18n, permissions
from app.config import Settings, resource
from app.i18n import N_, Labelled, _
from app.models import Role, User
from app.services import areas, assemblies

# The main menu: label, path, and who sees it (None: everyone). Each feature adds its own line.
NAVIGATION: tuple[tuple[str, str, tuple[Role, ...] | None], ...] = (
    (N_("หน้าแรก"), "/", None),
    (N_("รอบการรับฟัง"), "/consultations", None),
    (N_("ความต้องการ"), "/needs", (Role.CHANGE_AGENT, *permissions.OFFICERS, Role.AGENCY)),
    (N_("ตรวจเรื่อง"), "/verification", permissions.OFFICERS),
    (N_("ความทั่วถึง"), "/reach", permissions.OFFICERS),
    (N_("กรอกแทนคนอื่น"), "/paper", permissions.NEAR_PEOPLE),
    (N_("ประชาคมหมู่บ้าน"), "/assemblies", permissions.NEAR_PEOPLE),
    (N_("ผลการรับฟัง"), "/outcomes", None),
    (N_("แผน"), "/plans", None),
    (N_("นำเข้าข้อมูล"), "/imports", permissions.OSM),
    (N_("คำเชิญ"), "/invitations", tuple(permissions.MAY_INVITE)),
    (N_("ผู้ใช้"), "/users", (Role.ADMINISTRATOR,)),
    (N_("หน่วยงาน"), "/organizations", (*permissions.OSM, Role.ADMINISTRATOR)),
    (N_("การส่งข่าว"), "/deliveries", (Role.ADMINISTRATOR,)),
    (N_("บันทึกการทำงาน"), "/audit", (Role.ADMINISTRATOR,)),
)


@cache
def static_digest(path: str) -> str:
    file = resource("static") / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "0"


def static(path: str) -> str:
    """Return the URL of our own or a vendored asset, named by its content so that it may be cached for ever."""
    return f"/static/{path}?v={static_digest(path)}"


@cache
def symbols(*names: str) -> Markup:
    """Return the drawings of these icons, to stand in a page that cannot fetch the sheet they are on."""
    sheet = (resource("static") / "icons.svg").read_text()
    drawings = dict(re.findall(r'(?s)<symbol id="([\w-]+)"(.*?</symbol>)', sheet))
    return Markup("".join(f'<symbol id="{name}"{drawings[name]}' for name in names))  # noqa: S704  our own file


def label(member: StrEnum | None) -> str:
    """Write an enum member as people say it, in their language."""
    return _(member.label) if isinstance(member, Labelled) else "–" if member is None else str(member)


def local(record: object, name: str) -> str:
    """Return ``name_en`` for a reader of English where it is filled in, else ``name_th`` (or ``name``)."""
    thai = getattr(record, f"{name}_th", None)
    thai = getattr(record, name, "") if thai is None else thai
    english = getattr(record, f"{name}_en", "")
    return str(english if i18n.current_locale.get() == "en" and english else thai)


def qr_code(text: str) -> Markup:
    """Draw a QR code as inline SVG, dark on white in any theme, with no inline style."""
    svg = segno.make(text, micro=False, error="m").svg_inline(
        svgclass="qr", lineclass=None, light="#fff", border=3, omitsize=True
    )
    return Markup(svg)  # noqa: S704  drawn here, from squares only


EXCERPT = 180


def excerpt(text: str, length: int = EXCERPT) -> str:
    """Return the beginning of a text, cut at a space where there is one near, and never inside a syllable."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    end = line.rfind(" ", length * 2 // 3, length)
    if end < 0:
        end = length
        while end > 0 and (
            line[end] in "ะาำ" or "\u0e31" <= line[end] <= "\u0e3a" or "\u0e47" <= line[end] <= "\u0e4e"
        ):
            end -= 1
    return line[:end].rstrip() + " …"


EVIDENCE = (
    N_("งานชนิดเดียวกัน"),
    N_("เป็นโครงการรวมของเรื่องนี้ ไม่ได้ระบุงาน"),
    N_("พูดถึงเรื่องใกล้กัน"),
    N_("ไม่พบว่าเป็นงานชนิดเดียวกัน"),
    N_("อยู่คนละจังหวัด"),
    N_("อยู่จังหวัดเดียวกัน คนละอำเภอ"),
    N_("ครอบคลุมทั้งกลุ่มจังหวัด"),
    N_("ครอบคลุมทั้งจังหวัด"),
    N_("อยู่อำเภอเดียวกัน คนละตำบล"),
    N_("อยู่อำเภอเดียวกัน"),
    N_("อยู่ตำบลเดียวกัน"),
    N_("มีคำตรงกัน:"),
    N_("ไม่มีคำที่ตรงกัน"),
)
"""What the library says of a suggested link; a longer phrase stands before the shorter one it begins with."""


def evidence(sentence: str) -> str:
    """Say in the reader's language why a link was suggested; words and places it quotes stay as they are."""
    said = []
    for part in sentence.split(" · "):
        phrase = next((phrase for phrase in EVIDENCE if part.startswith(phrase)), "")
        said.append((_(phrase) if phrase else "") + part[len(phrase) :])
    return " · ".join(said)


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
    )
    env.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}  # Thai as it is: half the bytes
    env.install_gettext_callables(_, i18n.ngettext, newstyle=False)  # type: ignore[attr-defined]  # added by the extension
    env.filters.update(
        thdate=i18n.thai_date,
        thdatetime=i18n.thai_datetime,
        number=i18n.number,
        baht=i18n.baht,
        percent=i18n.percent,
        fiscal_year=i18n.fiscal_year,
        label=label,
        receipt=i18n.receipt,
        local=local,
        excerpt=excerpt,
        evidence=evidence,
    )
    env.globals.update(
        static=static,
        symbols=symbols,
        qr_code=qr_code,
        can=permissions,
        version=__version__,
        areas_source=areas.ATTRIBUTION,
        meeting=assemblies.line,
    )
    return env


def navigation(user: User | None, path: str) -> list[dict[str, Any]]:
    return [
        {"label": _(text), "url": url, "active": path == url or (url != "/" and path.startswith(url + "/"))}
        for text, url, roles in NAVIGATION
        if roles is None or (user is not None and user.role in roles)
    ]


def render_shell(template: str, settings: Settings, **context: Any) -> str:
    """Render what is the same for everybody: it is given no request and no person, so it can show neither."""
    full = {"locale": i18n.current_locale.get(), "settings": settings, **context}
    text = bare(environment().get_template(template).render(full))
    return in_two_languages(text) if template.endswith(".html") else text


def in_two_languages(html: str) -> str:
    """People's words and names stay Thai on an English page; they are marked so."""
    return i18n.mark_thai(html) if i18n.current_locale.get() == "en" else html


def bare(text: str) -> str:
    """Return a page or script without indents and lines of comment: those are for who reads the repository."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragment: str | None = None,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Render a page; when htmx asks and ``fragment`` names a block of the template, render that block alone."""
    user: User | None = getattr(request.state, "user", None)
    notice = request.cookies.get("notice", "")
    full = {
        "request": request,
        "url_for": request.url_for,
        "user": user,
        "locale": i18n.current_locale.get(),
        "settings": request.app.state.settings,
        "nav": navigation(user, request.url.path),
        "notice": i18n.decode_notice(notice),
        **(context or {}),
    }
    is_fragment = fragment is not None and request.headers.get("hx-request") == "true"
    if is_fragment and fragment is not None:
        html = render_block(environment(), template, fragment, full)
    else:
        html = environment().get_template(template).render(full)
    response = HTMLResponse(in_two_languages(html), status_code=status_code, headers=dict(headers or {}))
    response.headers["Vary"] = "HX-Request"
    if notice and not is_fragment:
        response.delete_cookie("notice", path="/")
    return response
