"""What people did, for the administrator to look into."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app import permissions
from app.dependencies import CurrentUser, SessionDep, demand
from app.i18n import _
from app.queries import audit as audit_queries
from app.templating import label, local, render

router = APIRouter()


@router.get("/audit")
def list_audit_events(
    request: Request,
    session: SessionDep,
    user: CurrentUser,
    actor: int | None = None,
    subject: str = "",
    cursor: int | None = None,
) -> Response:
    demand(permissions.can_read_audit(user), _("หน้านี้เป็นของผู้ดูแลระบบ"))
    page = audit_queries.page(session, actor_id=actor, subject=subject, cursor=cursor)
    kept = {"actor": actor, "subject": subject, "cursor": page.next_cursor}
    more = urlencode({name: value for name, value in kept.items() if value})
    context = {
        "page": page,
        "is_filtered": actor is not None or bool(subject),
        "acts": audit_queries.ACTS,
        "facts": audit_queries.FACTS,
        "said": partial(said, page),
        "next_url": f"{request.url.path}?{more}" if page.next_cursor else None,
    }
    return render(request, "audit/index.html", context)


def said(page: audit_queries.Page, name: str, value: Any) -> str:
    """Say one kept value as people do: a code by the name of what it stands for."""
    if (named := page.names.get((name, str(value)))) is not None:
        return local(named, "full" if name == "area_code" else "name")
    member = audit_queries.choice(name, str(value))
    return label(member) if member is not None else "–" if value is None else str(value)
