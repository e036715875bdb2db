"""Invitations: one link lets one person take one role in one place, once. Only the hash of its token is kept."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from app import permissions
from app.config import Settings
from app.database import now
from app.exceptions import Conflict, Gone, InvalidInput, NotAllowed, NotFound
from app.i18n import N_, _
from app.models import (
    AgentType,
    Area,
    AreaLevel,
    Invitation,
    InvitationState,
    Organization,
    ProvincialCluster,
    Role,
    Sector,
    User,
)
from app.queries import invitations as invitation_queries
from app.security import hash_token, new_token
from app.services import audit, users

LEVELS: dict[Role, tuple[AreaLevel, ...]] = {
    Role.CHANGE_AGENT: (AreaLevel.DISTRICT, AreaLevel.SUBDISTRICT, AreaLevel.VILLAGE),
    Role.DISTRICT_VERIFIER: (AreaLevel.DISTRICT,),
    Role.PROVINCE_OFFICER: (AreaLevel.PROVINCE,),
}
_USED = N_("คำเชิญนี้ใช้ไปแล้ว ถ้าท่านเป็นผู้ใช้ ให้เข้าสู่ระบบด้วยเบอร์โทรหรือชื่อผู้ใช้ที่ตั้งไว้")
# The network partner a change agent speaks for; sages are counted with academia.
_SECTORS = {AgentType.DISTRICT_CHIEF: Sector.STATE, AgentType.LOCAL_SAGE: Sector.ACADEMIC}


def create(
    session: Session,
    *,
    by: User,
    settings: Settings,
    role: Role,
    display_name: str = "",
    agent_type: AgentType | None = None,
    area: Area | None = None,
    cluster_code: str | None = None,
    organization_id: int | None = None,
) -> tuple[Invitation, str]:
    """Invite one person; return the invitation and the token of its link, which is nowhere else.

    Raises InvalidInput for a place that does not fit the role, NotAllowed for one outside the inviter's own.
    """
    area = area if role.is_of_area else None
    cluster_code = cluster_code or by.cluster_code if role.is_of_cluster else None
    organization_id = organization_id if role is Role.AGENCY else None
    agent_type = agent_type if role is Role.CHANGE_AGENT else None
    _check(session, role, agent_type, area, cluster_code, organization_id)
    if not permissions.can_invite_to(by, role, area=area, cluster_code=cluster_code):
        raise NotAllowed(_("ท่านเชิญได้เฉพาะหน้าที่และพื้นที่ที่อยู่ในความดูแลของท่าน"))
    token = new_token()
    invitation = Invitation(
        token_hash=hash_token(token),
        display_name=display_name,
        role=role,
        agent_type=agent_type,
        area_code=area.code if area else None,
        cluster_code=cluster_code,
        organization_id=organization_id,
        created_by_id=by.id,
        expires_at=now() + timedelta(days=settings.invitation_days),
    )
    session.add(invitation)
    session.flush()
    audit.record(session, by, "invitations.create", f"invitation:{invitation.id}", role=role, area=invitation.area_code)
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
        raise NotFound(_("ลิงก์คำเชิญนี้ไม่ถูกต้อง กรุณาสแกนคิวอาร์โค้ดอีกครั้ง หรือขอลิงก์ใหม่จากผู้ที่เชิญท่าน"))
    match invitation.state:
        case InvitationState.USED:
            raise Conflict(_(_USED))
        case InvitationState.EXPIRED:
            raise Gone(_("คำเชิญนี้หมดอายุแล้ว กรุณาขอลิงก์ใหม่จากผู้ที่เชิญท่าน"))
        case InvitationState.REVOKED:
            raise Gone(_("คำเชิญนี้ถูกยกเลิกแล้ว กรุณาติดต่อผู้ที่เชิญท่าน"))
    return invitation


def accept(session: Session, token: str, *, display_name: str, names: dict[str, str], password_hash: str) -> User:
    """Make the invited person, or nothing at all; of two who use one link at once, one wins.

    Raises what find_usable raises, and InvalidInput when the number or name is somebody's already.
    """
    with session.begin_nested():
        invitation = find_usable(session, token)
        still_unused = (col(Invitation.id) == invitation.id, col(Invitation.used_at).is_(None))
        claimed = session.connection().execute(update(Invitation).where(*still_unused).values(used_at=now()))
        if claimed.rowcount == 0:
            raise Conflict(_(_USED))
        session.refresh(invitation)
        person = users.create(
            session,
            by=invitation.created_by,
            display_name=display_name,
            password_hash=password_hash,
            role=invitation.role,
            agent_type=invitation.agent_type,
            sector=_sector(invitation),
            area_code=invitation.area_code,
            cluster_code=invitation.cluster_code,
            organization_id=invitation.organization_id,
            **names,
        )
        invitation.used_by_id = person.id
        session.add(invitation)
        audit.record(session, person, "invitations.accept", f"invitation:{invitation.id}")
        session.flush()
    return person


def _check(
    session: Session,
    role: Role,
    agent_type: AgentType | None,
    area: Area | None,
    cluster_code: str | None,
    organization_id: int | None,
) -> None:
    errors = {}
    if role is Role.CHANGE_AGENT and agent_type is None:
        errors["agent_type"] = _("กรุณาเลือกตำแหน่ง")
    if role.is_of_area and (area is None or area.level not in LEVELS[role]):
        names = " ".join(_(level.label) for level in LEVELS[role])
        errors["area_code"] = _("กรุณาเลือกพื้นที่ระดับ {levels}").format(levels=names)
    if role.is_of_cluster and (cluster_code is None or session.get(ProvincialCluster, cluster_code) is None):
        errors["cluster_code"] = _("กรุณาเลือกกลุ่มจังหวัด")
    if role is Role.AGENCY and (organization_id is None or session.get(Organization, organization_id) is None):
        errors["organization_id"] = _("กรุณาเลือกหน่วยงาน")
    if errors:
        raise InvalidInput(_("ยังสร้างคำเชิญไม่ได้"), errors)


def _sector(invitation: Invitation) -> Sector:
    if invitation.organization:
        return invitation.organization.sector
    if invitation.agent_type:
        return _SECTORS.get(invitation.agent_type, Sector.PEOPLE)
    return Sector.STATE
