"""What the sender of a need allows; asked beside the need, answered or not, changed at any time."""

from fastapi import APIRouter, Response

from app.dependencies import CurrentUser, NeedDep, SessionDep, demand, redirect
from app.forms import Posted, bind
from app.forms.privacy import ConsentForm
from app.i18n import _
from app.models import ConsentKind, User
from app.services import consents

router = APIRouter()


@router.post("/needs/{ref}/consents")
def answer_consents(session: SessionDep, user: CurrentUser, need: NeedDep, posted: Posted) -> Response:
    demand(need.author_id == user.id, _("เฉพาะผู้ส่งเรื่องนี้"))
    asked = [kind for kind in ConsentKind if kind is not ConsentKind.PHOTOS or need.photos]
    given = bind(ConsentForm, posted).value.given
    consents.answer(session, need, session.get_one(User, user.id), given, asked)
    return redirect(f"/needs/{need.ref}", _("บันทึกแล้ว เปลี่ยนใจได้ทุกเมื่อ"))
