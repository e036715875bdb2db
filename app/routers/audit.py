"""What people did, for the administrator to look into."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app import permissions
from app.dependencies import CurrentUser, SessionDep, demand
from app.i18n import _
from app.queries import audit as audit_queries
from app.templating import render

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
        "next_url": f"{request.url.path}?{more}" if page.next_cursor else None,
    }
    return render(request, "audit/index.html", context)
