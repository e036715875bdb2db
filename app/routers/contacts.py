"""How to reach a person: shown when asked for with a reason, and each time written down."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app import permissions
from app.dependencies import CurrentUser, NeedDep, PersonDep, SessionDep, demand
from app.exceptions import NotAllowed
from app.forms import Bound, Posted, bind, unbound
from app.forms.privacy import ContactForm
from app.i18n import _
from app.models import ConsentKind, ContactReason, User
from app.queries import consents
from app.services import contacts
from app.templating import render

router = APIRouter()


@router.get("/users/{user_id}/contact")
def ask_contact(request: Request, user: CurrentUser, person: PersonDep) -> Response:
    return _show(request, person, unbound(ContactForm), back=f"/users/{person.id}")


@router.post("/users/{user_id}/contact")
def read_contact(
    request: Request, session: SessionDep, user: CurrentUser, person: PersonDep, posted: Posted
) -> Response:
    form = bind(ContactForm, posted)
    contact = contacts.read(session, person, by=user, why=form.value.why) if form.is_valid else None
    return _show(request, person, form, back=f"/users/{person.id}", contact=contact)


def access_sender(session: SessionDep, user: CurrentUser, need: NeedDep) -> User:
    """The sender of a need, for officers who read its words, unless the sender said no."""
    demand(permissions.can_read_contact(user, need), _("เปิดดูข้อมูลติดต่อของเรื่องนี้ไม่ได้"))
    if consents.is_refused(session, ConsentKind.CONTACT, need.id):
        raise NotAllowed(_("ผู้ส่งขอไม่ให้ติดต่อเรื่องนี้ ถามผ่านการขอข้อมูลเพิ่มในหน้าของเรื่องได้"))
    return session.get_one(User, need.author_id)


SenderDep = Annotated[User, Depends(access_sender)]


@router.get("/needs/{ref}/contact")
def ask_sender_contact(request: Request, need: NeedDep, sender: SenderDep) -> Response:
    return _show(request, sender, unbound(ContactForm), back=f"/needs/{need.ref}")


@router.post("/needs/{ref}/contact")
def read_sender_contact(
    request: Request, session: SessionDep, user: CurrentUser, need: NeedDep, sender: SenderDep, posted: Posted
) -> Response:
    form = bind(ContactForm, posted)
    contact = contacts.read(session, sender, by=user, why=form.value.why, need=need) if form.is_valid else None
    return _show(request, sender, form, back=f"/needs/{need.ref}", contact=contact)


def _show(
    request: Request, person: User, form: Bound[ContactForm], *, back: str, contact: contacts.Contact | None = None
) -> Response:
    context = {
        "form": form,
        "person": person,
        "back_url": back,
        "reasons": list(ContactReason),
        "contact": contact,
    }
    return render(request, "contacts/show.html", context, status_code=422 if form.errors else 200)
