"""What others read of a need: the raw words with what was found in them, and beside them the words to publish."""

from fastapi import APIRouter, Request, Response

from app import forms, permissions
from app.dependencies import CurrentUser, NeedDep, SessionDep, demand, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Posted
from app.forms.wording import WordingForm
from app.i18n import _
from app.models import Need
from app.services import flags, privacy, wording
from app.templating import render

router = APIRouter()


@router.get("/needs/{ref}/wording")
def edit_wording(request: Request, user: CurrentUser, need: NeedDep) -> Response:
    demand(permissions.can_word_need(user, need), _("คุณตรวจถ้อยคำของเรื่องที่ส่งหรือพิมพ์เองไม่ได้ ต้องให้คนอื่นตรวจ"))
    return _render(request, need, forms.unbound(WordingForm, **wording.proposal(need)))


@router.post("/needs/{ref}/wording")
def update_wording(request: Request, session: SessionDep, user: CurrentUser, need: NeedDep, posted: Posted) -> Response:
    bound = forms.bind(WordingForm, posted)
    if bound.is_valid:
        try:
            left = wording.settle(session, need, user, bound.value.model_dump())
        except InvalidInput as problem:
            session.rollback()
            bound.errors.update(problem.errors)
        else:
            notice = _("บันทึกถ้อยคำที่คนอื่นอ่านได้แล้ว ข้อความที่ส่งมาไม่เปลี่ยน")
            if left:
                notice += " " + _("ระบบยังพบข้อมูลส่วนบุคคล {count} แห่ง ดูอีกครั้งว่าตั้งใจไว้").format(count=left)
            return redirect(f"/needs/{need.ref}", notice)
    return _render(request, need, bound, status_code=422)


@router.post("/needs/{ref}/flags/{flag_id}/dismiss")
def dismiss_flag(session: SessionDep, user: CurrentUser, need: NeedDep, flag_id: int) -> Response:
    flags.dismiss(session, need, flag_id, user)
    return redirect(f"/needs/{need.ref}", _("เอาป้ายออกแล้ว ระบบจะไม่ติดป้ายนี้กับเรื่องนี้อีก"))


def _render(request: Request, need: Need, bound: Bound[WordingForm], *, status_code: int = 200) -> Response:
    parts = [part for part in privacy.PARTS if getattr(need, part)]
    context = {
        "need": need,
        "form": bound,
        "parts": [(part, privacy.pieces(getattr(need, part))) for part in parts],
    }
    return render(request, "wording/edit.html", context, status_code=status_code)
