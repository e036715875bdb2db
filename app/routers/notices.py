"""Notices: put away when read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.dependencies import CurrentUser, SessionDep, redirect
from app.exceptions import NotFound
from app.i18n import _
from app.models import Notice
from app.services import notices

router = APIRouter()


def access_notice(notice_id: int, session: SessionDep, user: CurrentUser) -> Notice:
    """The only way to a notice: it is its reader's alone."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.user_id != user.id:
        raise NotFound(_("ไม่พบประกาศนี้"))
    return notice


@router.post("/notices/{notice_id}/read")
def read_notice(notice: Annotated[Notice, Depends(access_notice)], session: SessionDep) -> Response:
    """Put a notice away, and go where it leads."""
    need = notices.read(session, notice)
    return redirect(f"/needs/{need.ref}" if need else "/")
