"""Invitations: one link lets one person take one role in one place, once. Only the hash of its token is kept."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from app import permissions
from app.config import Settings
from app.database import now
from app.exceptions import Conflict, Gone, NotAllowed, NotFound
from app.i18n import N_, _
from app.models import Area, Invitation, InvitationState, User
from app.queries import invitations as invitation_queries
from app.security import hash_token, new_token
from app.services import audit, users

_USED = N_("คำเชิญนี้ใช้ไปแล้ว ถ้าคุณเป็นผู้ใช้ ให้เข้าสู่ระบบด้วยเบอร์โทรหรือชื่อผู้ใช้ที่ตั้งไว้")


def create(
    session: Session, given: users.Office, *, by: User, settings: Settings, display_name: str = ""
) -> tuple[Invitation, str]:
    """Invite one person to an office; return the invitation and the token of its link, which is nowhere else.

    Raises NotAllowed for a role or place outside the inviter's own.
    """
    area = session.get(Area, given["area_code"]) if given["area_code"] else None
    if not permissions.can_invite_to(by, given["role"], area=area, cluster_code=given["cluster_code"]):
        raise NotAllowed(_("คุณเชิญได้เฉพาะหน้าที่และพื้นที่ที่อยู่ในความดูแลของคุณ"))
    token = new_token()
    invitation = Invitation(
        token_hash=hash_token(token),
        display_name=display_name,
        **given,
        created_by_id=by.id,
        expires_at=now() + timedelta(days=settings.invitation_days),
    )
    session.add(invitation)
    session.flush()
    audit.record(session, by, "invitations.create", f"invitation:{invitation.id}", **given)
    return invitation, token


def renew(session: Session, invitation: Invitation, *, by: User, settings: Settings) -> str:
    """Give a lost or expired invitation a new link; the old link stops working. Raises Conflict when it was used."""
    if invitation.state not in (InvitationState.UNUSED, InvitationState.EXPIRED):
        raise Conflict(_("คำเชิญนี้ใช้ไปแล้วหรือถูกยกเลิกแล้ว กรุณาสร้างคำเชิญใหม่"))
    token = new_token()
    invitation.token_hash = hash_token(token)
    invitation.expires_at = now() + timedelta(days=settings.invitation_days)
    session.add(invitation)
    audit.record(session, by, "invitations.renew", f"invitation:{invitation.id}")
    session.flush()
    return token


def revoke(session: Session, invitation: Invitation, *, by: User) -> None:
    """Make an unused invitation void. Raises Conflict when it was used."""
    if invitation.state is InvitationState.USED:
        raise Conflict(_("คำเชิญนี้ใช้ไปแล้ว จึงยกเลิกไม่ได้"))
    invitation.revoked_at = invitation.revoked_at or now()
    session.add(invitation)
    audit.record(session, by, "invitations.revoke", f"invitation:{invitation.id}")
    session.flush()


def find_usable(session: Session, token: str) -> Invitation:
    """Return the invitation of a link. Raises NotFound, Conflict when it was used, Gone when it has ended."""
    invitation = invitation_queries.find(session, token)
    if invitation is None:
        raise NotFound(_("ลิงก์คำเชิญนี้ไม่ถูกต้อง กรุณาสแกนคิวอาร์โค้ดอีกครั้ง หรือขอลิงก์ใหม่จากผู้ที่เชิญคุณ"))
    match invitation.state:
        case InvitationState.USED:
            raise Conflict(_(_USED))
        case InvitationState.EXPIRED:
            raise Gone(_("คำเชิญนี้หมดอายุแล้ว กรุณาขอลิงก์ใหม่จากผู้ที่เชิญคุณ"))
        case InvitationState.REVOKED:
            raise Gone(_("คำเชิญนี้ถูกยกเลิกแล้ว กรุณาติดต่อผู้ที่เชิญคุณ"))
    return invitation


def accept(session: Session, token: str, *, display_name: str, names: dict[str, str], password_hash: str) -> User:
    """Make the invited person, or nothing at all; of two who use one link at once, one wins.

    Raises what find_usable raises, and InvalidInput when the number or name is somebody's already.
    """
    with session.begin_nested():
        invitation = find_usable(session, token)
        still_unused = (col(Invitation.id) == invitation.id, col(Invitation.used_at).is_(None))
        used_at = now()
        claimed = session.connection().execute(update(Invitation).where(*still_unused).values(used_at=used_at))
        if claimed.rowcount == 0:
            raise Conflict(_(_USED))
        given = users.Office(
            role=invitation.role,
            agent_type=invitation.agent_type,
            area_code=invitation.area_code,
            cluster_code=invitation.cluster_code,
            organization_id=invitation.organization_id,
        )
        facts = {"display_name": display_name, "password_hash": password_hash, **names}
        person = users.create(session, given, by=invitation.created_by, **facts)
        invitation.used_at, invitation.used_by_id = used_at, person.id
        session.add(invitation)
        audit.record(session, person, "invitations.accept", f"invitation:{invitation.id}")
        session.flush()
    return person
