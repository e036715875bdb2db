"""Who may do what: one rule a line. Queries scope lists by the same rules that guard single records.

``user`` is None for the public. Nothing here asks the database: a rule reads the person and the record.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import col, select

from app.config import Settings
from app.database import now
from app.models import (
    Area,
    Assembly,
    Consultation,
    ImportBatch,
    Invitation,
    Need,
    NeedStatus,
    Plan,
    Project,
    Response,
    ResponseStatus,
    Role,
    Stage,
    Topic,
    User,
)

OSM = (Role.PLANNER, Role.OSM_HEAD)
OFFICERS = (Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER, *OSM)
NEAR_PEOPLE = (Role.CHANGE_AGENT, Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER)  # who type for others every day
NOWHERE = "-"
WAITING = (NeedStatus.SUBMITTED, NeedStatus.ACKNOWLEDGED)
OPEN_TO_VOICES = (*WAITING, NeedStatus.RETURNED, NeedStatus.ACCEPTED, NeedStatus.GROUPED)

# Whom each role may invite; the area or cluster of the invitation lies within the inviter's own.
MAY_INVITE: dict[Role, tuple[Role, ...]] = {
    Role.DISTRICT_VERIFIER: (Role.CHANGE_AGENT,),
    Role.PROVINCE_OFFICER: (Role.CHANGE_AGENT, Role.DISTRICT_VERIFIER),
    Role.PLANNER: (Role.CHANGE_AGENT, Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER, Role.AGENCY),
    Role.OSM_HEAD: (
        Role.CHANGE_AGENT, Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER, Role.AGENCY, Role.PLANNER, Role.EXECUTIVE,
    ),
    Role.ADMINISTRATOR: tuple(Role),
}  # fmt: skip


# People and places


def is_in_area(user: User, area_code: str | None) -> bool:
    return bool(user.area_code and area_code and area_code.startswith(user.area_code))


def is_in_cluster(user: User, cluster_code: str) -> bool:
    """A person bound to an area belongs to that area's cluster; one bound to a cluster, to that cluster."""
    return cluster_code in (user.cluster_code, user.area.cluster_code if user.area else None)


def is_planner(user: User | None, cluster_code: str) -> bool:
    return user is not None and user.role in OSM and is_in_cluster(user, cluster_code)


def is_osm_head(user: User | None, cluster_code: str) -> bool:
    return user is not None and user.role is Role.OSM_HEAD and is_in_cluster(user, cluster_code)


def can_manage_users(user: User | None) -> bool:
    return user is not None and user.role is Role.ADMINISTRATOR


def can_read_audit(user: User | None) -> bool:
    return user is not None and user.role is Role.ADMINISTRATOR


def can_publish_privacy_notice(user: User | None) -> bool:
    return user is not None and user.role is Role.ADMINISTRATOR


def can_see_deliveries(user: User | None) -> bool:
    return user is not None and user.role is Role.ADMINISTRATOR


def can_invite(user: User | None) -> bool:
    return user is not None and user.role in MAY_INVITE


def can_invite_role(user: User | None, role: Role) -> bool:
    return user is not None and role in MAY_INVITE.get(user.role, ())


def invites_within(user: User) -> str:
    """Return the area or cluster a person may invite into: its code, or nothing for the whole country."""
    if user.role is Role.ADMINISTRATOR:
        return ""
    return user.cluster_code or user.area_code or NOWHERE


def can_invite_to(user: User | None, role: Role, *, area: Area | None, cluster_code: str | None) -> bool:
    """The place of an invitation lies within the inviter's own."""
    if user is None or not can_invite_role(user, role):
        return False
    if user.role is Role.ADMINISTRATOR:
        return True
    if area is not None:
        return is_in_area(user, area.code) or (user.cluster_code is not None and user.cluster_code == area.cluster_code)
    return user.cluster_code is not None and user.cluster_code == cluster_code


def visible_invitations(user: User | None) -> ColumnElement[bool]:
    if user is None or user.role not in MAY_INVITE:
        return false()
    return true() if user.role is Role.ADMINISTRATOR else col(Invitation.created_by_id) == user.id


def can_see_invitation(user: User | None, invitation: Invitation) -> bool:
    return can_invite(user) and can_revoke_invitation(user, invitation)


def can_manage_organizations(user: User | None) -> bool:
    return user is not None and user.role in (*OSM, Role.ADMINISTRATOR)


def can_revoke_invitation(user: User | None, invitation: Invitation) -> bool:
    return user is not None and (invitation.created_by_id == user.id or user.role is Role.ADMINISTRATOR)


# Consultations


def can_see_consultation(user: User | None, consultation: Consultation) -> bool:
    return consultation.is_public or is_planner(user, consultation.cluster_code)


def can_create_consultation(user: User | None) -> bool:
    return user is not None and user.role in OSM and user.cluster_code is not None


def can_edit_consultation(user: User | None, consultation: Consultation) -> bool:
    return is_planner(user, consultation.cluster_code) and consultation.stage is not Stage.ARCHIVED


def can_advance_consultation(user: User | None, consultation: Consultation) -> bool:
    """The head alone publishes: the summary, and the end of answering."""
    if consultation.stage in (Stage.ANALYSING, Stage.SUMMARY_PUBLISHED):
        return is_osm_head(user, consultation.cluster_code)
    return is_planner(user, consultation.cluster_code) and consultation.stage.next is not None


def visible_consultations(user: User | None) -> ColumnElement[bool]:
    public = col(Consultation.stage) != Stage.DRAFT
    if user is not None and user.role in OSM and user.cluster_code:
        return or_(public, col(Consultation.cluster_code) == user.cluster_code)
    return public


def can_see_outcome(user: User | None, consultation: Consultation) -> bool:
    return consultation.is_outcome_public or is_planner(user, consultation.cluster_code)


# Needs


def visible_needs(user: User | None) -> ColumnElement[bool]:
    """The whole rule of who may read a need; a draft is its author's alone, what was typed for another is both's."""
    if user is None:
        return false()
    own = or_(col(Need.author_id) == user.id, col(Need.entered_by_id) == user.id)
    sent = col(Need.status) != NeedStatus.DRAFT
    if user.role in (Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER) and user.area_code:
        return or_(own, and_(sent, col(Need.area_code).startswith(user.area_code, autoescape=True)))
    if user.role in OSM and user.cluster_code:
        rounds = select(Consultation.id).where(Consultation.cluster_code == user.cluster_code)
        return or_(own, and_(sent, col(Need.consultation_id).in_(rounds)))
    if user.role is Role.AGENCY and user.organization_id is not None:
        return or_(own, and_(sent, col(Need.referred_to_id) == user.organization_id))
    return own


def can_see_need(user: User | None, need: Need) -> bool:
    if user is None:
        return False
    if is_own_entry(user, need):
        return True
    if need.status is NeedStatus.DRAFT:
        return False
    if user.role in (Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER):
        return is_in_area(user, need.area_code)
    if user.role in OSM:
        return user.cluster_code == need.consultation.cluster_code
    return user.role is Role.AGENCY and user.organization_id is not None and need.referred_to_id == user.organization_id


def can_see_raw_text(user: User | None, need: Need) -> bool:
    """The owner, who typed it, and those who verify read the words as typed; everyone else reads them masked."""
    return can_see_need(user, need) and user is not None and (is_own_entry(user, need) or user.role in OFFICERS)


def can_read_contact(user: User | None, need: Need) -> bool:
    """Officers who read the words of somebody else's need may reach its sender; each reading is written down."""
    return can_see_raw_text(user, need) and user is not None and need.author_id not in (None, user.id)


def can_create_need(user: User | None, consultation: Consultation) -> bool:
    return consultation.is_open and can_write_to(user, consultation)


def can_write_to(user: User | None, consultation: Consultation) -> bool:
    """Belongs among those whose needs a round collects, whether or not it takes them now."""
    return (
        user is not None
        and user.role in (Role.CHANGE_AGENT, *OFFICERS)
        and is_in_cluster(user, consultation.cluster_code)
    )


def can_send_late(user: User | None, consultation: Consultation) -> bool:
    """A need that waited on a phone is taken after its round closed, and marked so, until the summary is out."""
    return consultation.stage in (Stage.CLOSED, Stage.ANALYSING) and can_write_to(user, consultation)


def can_deliver_photo(user: User | None, need: Need, sha256: str) -> bool:
    """What was promised with a need is part of it, however far the need has come meanwhile."""
    is_promised = user is not None and need.author_id == user.id and sha256 in need.photos_promised
    return is_promised or can_add_photo(user, need)


def can_take_in(user: User | None) -> bool:
    """Whether a person may bring in the file of somebody's phone at all."""
    return user is not None and user.role in OFFICERS


def can_take_in_for(user: User | None, author: User) -> bool:
    """An officer of the author's own area or cluster; not one's own file, which one's own phone sends."""
    if user is None or not can_take_in(user) or not author.is_active or author.id == user.id:
        return False
    if user.role in OSM:
        return user.cluster_code is not None and is_in_cluster(author, user.cluster_code)
    return is_in_area(user, author.area_code)


def speaks_within(user: User) -> str:
    """Return the area in which a person may write down what others say: an agent's own subdistrict, an officer's area,
    or nothing for the whole cluster of those who are bound to it."""
    if user.role is Role.CHANGE_AGENT:
        return (user.area_code or NOWHERE)[:6]
    if user.role in (Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER):
        return user.area_code or NOWHERE
    return "" if user.role in OSM else NOWHERE


def can_speak_for_others(user: User | None) -> bool:
    return user is not None and user.role in (Role.CHANGE_AGENT, *OFFICERS)


def can_enter_need(user: User | None, consultation: Consultation, area_code: str | None) -> bool:
    """May type a need that somebody else of this place told them, or what an assembly there decided."""
    return (
        user is not None
        and can_create_need(user, consultation)
        and area_code is not None
        and area_code.startswith(speaks_within(user))
    )


def can_edit_need(user: User | None, need: Need) -> bool:
    """Only a draft is edited; what was sent stays as sent."""
    return user is not None and need.author_id == user.id and need.status is NeedStatus.DRAFT


def can_send_need(user: User | None, need: Need) -> bool:
    return can_edit_need(user, need) and need.consultation.is_open


def can_withdraw_need(user: User | None, need: Need) -> bool:
    """Its sender; and who typed it for another takes back a mistake, as long as nobody has acted on it."""
    if user is None:
        return False
    if need.speaker_id == user.id:
        return need.status in (*WAITING, NeedStatus.RETURNED)
    return need.is_for_another and need.entered_by_id == user.id and need.status is NeedStatus.SUBMITTED


def can_compare_needs(user: User | None, area_code: str | None) -> bool:
    """Whose needs a person is shown as similar, masked: an agent's own district's, an officer's own area's."""
    if user is None or not area_code:
        return False
    if user.role is Role.CHANGE_AGENT:
        return user.area_code is not None and len(area_code) >= 4 and area_code[:4] == user.area_code[:4]
    return user.role in OSM or (user.role in OFFICERS and is_in_area(user, area_code))


def can_be_joined(user: User | None, need: Need) -> bool:
    """Whether others may add their voice to a need: sent, alive, and not one's own."""
    return user is not None and need.author_id != user.id and need.status in OPEN_TO_VOICES and need.joins_id is None


def can_join_need(user: User | None, need: Need) -> bool:
    """Its sender, until the cluster weighs the topic it is in."""
    return user is not None and need.speaker_id == user.id and need.joins_id is None and need.status in OPEN_TO_VOICES


def can_leave_need(user: User | None, need: Need) -> bool:
    return (
        user is not None and need.speaker_id == user.id and need.joins_id is not None and need.status in OPEN_TO_VOICES
    )


def can_add_photo(user: User | None, need: Need) -> bool:
    """While a need is a draft or waits for its officers; a photo adds to the words and changes none."""
    return (
        user is not None
        and need.speaker_id == user.id
        and need.status in (NeedStatus.DRAFT, NeedStatus.RETURNED, *WAITING)
    )


def can_add_detail(user: User | None, need: Need) -> bool:
    return user is not None and need.speaker_id == user.id and need.status is NeedStatus.RETURNED


def can_dispute_answer(user: User | None, need: Need) -> bool:
    """Once: after the reply, or a new answer, the matter rests."""
    return (
        user is not None
        and need.speaker_id == user.id
        and need.status is NeedStatus.ANSWERED
        and need.disputed_at is None
    )


def can_reply_to_dispute(user: User | None, need: Need) -> bool:
    return (
        user is not None
        and need.status is NeedStatus.DISPUTED
        and is_planner(user, need.consultation.cluster_code)
        and not is_own_entry(user, need)
    )


def is_own_entry(user: User, need: Need) -> bool:
    return user.id in (need.author_id, need.entered_by_id)


def can_verify_need(user: User | None, need: Need) -> bool:
    """May acknowledge, ask back or refer on: an officer of the place or the cluster, never of one's own entry."""
    return (
        user is not None
        and user.role in OFFICERS
        and can_see_need(user, need)
        and not is_own_entry(user, need)
        and need.status in WAITING
    )


def verifiable_needs(user: User | None) -> ColumnElement[bool]:
    """The needs for which can_verify_need holds: what waits for this officer."""
    if user is None or user.role not in OFFICERS:
        return false()
    theirs = (or_(column.is_(None), column != user.id) for column in (col(Need.author_id), col(Need.entered_by_id)))
    return and_(visible_needs(user), col(Need.status).in_(WAITING), *theirs)


def can_acknowledge_need(user: User | None, need: Need) -> bool:
    return can_verify_need(user, need) and need.status is NeedStatus.SUBMITTED


def can_merge_need(user: User | None, need: Need) -> bool:
    """Its officers while it waits; the cluster's planners as long as it is not being answered."""
    settled = (NeedStatus.ACCEPTED, NeedStatus.GROUPED)
    return can_verify_need(user, need) or (
        need.status in settled and is_planner(user, need.consultation.cluster_code) and can_see_need(user, need)
    )


def can_certify_need(user: User | None, need: Need) -> bool:
    return can_verify_need(user, need) and user is not None and user.role is Role.DISTRICT_VERIFIER


def is_certifying_late(need: Need, settings: Settings) -> bool:
    return need.sent_at is not None and now() - need.sent_at > timedelta(days=settings.certify_days)


def can_accept_need(user: User | None, need: Need, settings: Settings) -> bool:
    """A planner takes a need on without its district only when the district is late, or sent it itself.

    What an officer typed for somebody of the district is the district's to see first, as what an agent sends.
    """
    return (
        can_verify_need(user, need)
        and user is not None
        and user.role in OSM
        and (
            is_certifying_late(need, settings)
            or (need.author_role is not Role.CHANGE_AGENT and not need.is_for_another)
        )
    )


# Roster and reach


def can_see_reach(user: User | None) -> bool:
    return user is not None and user.role in OFFICERS


def visible_places(user: User | None) -> ColumnElement[bool]:
    """The places an officer answers for: those of their district, province or cluster."""
    if user is None or user.role not in OFFICERS:
        return false()
    if user.role in OSM:
        return col(Area.cluster_code) == user.cluster_code if user.cluster_code else false()
    return col(Area.code).startswith(user.area_code, autoescape=True) if user.area_code else false()


def visible_agents(user: User | None) -> ColumnElement[bool]:
    """The change agents of those places, by name; what else is known of them is not for this list."""
    places = select(Area.code).where(visible_places(user))
    return and_(col(User.role) == Role.CHANGE_AGENT, col(User.is_active), col(User.area_code).in_(places))


# Assemblies: like the needs that come of them


def visible_assemblies(user: User | None) -> ColumnElement[bool]:
    if user is None:
        return false()
    own = or_(col(Assembly.created_by_id) == user.id, col(Assembly.chair_id) == user.id)
    sent = col(Assembly.sent_at).is_not(None)
    if user.role in (Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER) and user.area_code:
        return or_(own, and_(sent, col(Assembly.area_code).startswith(user.area_code, autoescape=True)))
    if user.role in OSM and user.cluster_code:
        rounds = select(Consultation.id).where(Consultation.cluster_code == user.cluster_code)
        return or_(own, and_(sent, col(Assembly.consultation_id).in_(rounds)))
    return own


def can_see_assembly(user: User | None, assembly: Assembly) -> bool:
    if user is None:
        return False
    if user.id in (assembly.created_by_id, assembly.chair_id):
        return True
    if not assembly.is_sent:
        return False
    if user.role in (Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER):
        return is_in_area(user, assembly.area_code)
    return user.role in OSM and user.cluster_code == assembly.consultation.cluster_code


def can_edit_assembly(user: User | None, assembly: Assembly) -> bool:
    return user is not None and assembly.created_by_id == user.id and not assembly.is_sent


def can_send_assembly(user: User | None, assembly: Assembly) -> bool:
    return can_edit_assembly(user, assembly) and can_enter_need(user, assembly.consultation, assembly.area_code)


def can_settle_flag(user: User | None, need: Need) -> bool:
    """An officer who may read the need, and did not write it, says whether an alarm is a false one."""
    return user is not None and user.role in OFFICERS and can_see_need(user, need) and not is_own_entry(user, need)


def can_word_need(user: User | None, need: Need) -> bool:
    """Says which words of a need others read: the same officer, of what was sent and not taken back."""
    return can_settle_flag(user, need) and need.status not in (NeedStatus.DRAFT, NeedStatus.WITHDRAWN)


# Topics, links, responses: the consultation's planners propose, its head publishes


def can_settle_topics(user: User | None, consultation: Consultation) -> bool:
    return is_planner(user, consultation.cluster_code) and consultation.stage is not Stage.ARCHIVED


def can_see_topics(user: User | None, consultation: Consultation) -> bool:
    """Before the summary is out, topics are for the officers of the cluster."""
    return consultation.is_outcome_public or can_see_small_counts(user, consultation.cluster_code)


def can_see_small_counts(user: User | None, cluster_code: str) -> bool:
    """Those whose work it is read every count; the public reads none so small that it tells who is meant."""
    return (
        user is not None and user.role in (*OFFICERS, Role.AGENCY, Role.EXECUTIVE) and is_in_cluster(user, cluster_code)
    )


def can_settle_links(user: User | None, cluster_code: str) -> bool:
    return is_planner(user, cluster_code)


def can_suggest_link(user: User | None, cluster_code: str) -> bool:
    return (
        user is not None
        and user.role in (*OSM, Role.PROVINCE_OFFICER, Role.AGENCY)
        and is_in_cluster(user, cluster_code)
    )


def can_draft_response(user: User | None, topic: Topic) -> bool:
    return can_settle_topics(user, topic.consultation)


def can_publish_response(user: User | None, response: Response) -> bool:
    """Four eyes: the head, and never the one who drafted it."""
    return (
        user is not None
        and response.status is ResponseStatus.DRAFT
        and can_draft_response(user, response.topic)
        and is_osm_head(user, response.topic.consultation.cluster_code)
        and response.drafted_by_id != user.id
    )


# Plans


def visible_plans(user: User | None) -> ColumnElement[bool]:
    """Plans of a published round are public; officers and agencies see all of their cluster's."""
    published = select(Consultation.plan_id).where(
        col(Consultation.stage).in_((Stage.SUMMARY_PUBLISHED, Stage.RESPONDED, Stage.ARCHIVED)),
        col(Consultation.plan_id).is_not(None),
    )
    public = col(Plan.id).in_(published)
    if user is None:
        return public
    cluster = user.cluster_code or (user.area.cluster_code if user.area else None)
    return or_(public, col(Plan.cluster_code) == cluster) if cluster else public


def can_edit_plan(user: User | None, plan: Plan) -> bool:
    return is_planner(user, plan.cluster_code)


def can_report_progress(user: User | None, project: Project) -> bool:
    """The planners of its plan, and the agencies that lead it or pay for it."""
    if user is None or user.role is not Role.AGENCY or user.organization_id is None:
        return can_edit_plan(user, project.plan)
    payers = {line.organization_id for activity in project.activities for line in activity.funding_lines}
    return is_in_cluster(user, project.plan.cluster_code) and user.organization_id in {
        project.lead_organization_id,
        *payers,
    }


def can_create_plan(user: User | None) -> bool:
    return user is not None and user.role in OSM and user.cluster_code is not None


def can_import(user: User | None) -> bool:
    return user is not None and user.role in OSM and user.cluster_code is not None


def visible_imports(user: User | None) -> ColumnElement[bool]:
    """What was imported into a cluster is for its planners, who answer for it together."""
    if user is None or not can_import(user):
        return false()
    return or_(col(ImportBatch.cluster_code) == user.cluster_code, col(ImportBatch.by_id) == user.id)
