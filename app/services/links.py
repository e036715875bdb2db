"""Demand links: suggested with evidence, confirmed or rejected by a planner; a rejection is remembered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.database import now
from app.exceptions import Conflict, InvalidInput
from app.i18n import _
from app.models import (
    Activity,
    Area,
    Consultation,
    DemandLink,
    FundingLine,
    LinkSource,
    LinkStatus,
    Need,
    Project,
    Strength,
    Topic,
    TopicAssignment,
    User,
)
from app.services import audit
from nlp.pipeline import Judgement, Matching, NeedText, PlanText, Progress, SuggestedLink, match_needs

# A topic is suggested a link when this share of its needs, and at least two of them (or its only one), are.
TOPIC_SHARE = 0.2


def plan_texts(session: Session, consultation_id: int) -> list[PlanText]:
    """Return the activities of the consultation's plan as the library reads them; empty when it has no plan."""
    consultation = session.get_one(Consultation, consultation_id)
    if consultation.plan_id is None:
        return []
    names = dict[str, str](session.exec(select(Area.code, Area.name_th).where(col(Area.level) != "village")).all())
    baht: dict[int, float] = defaultdict(float)
    for line in session.exec(
        select(FundingLine).join(Activity).join(Project).where(Project.plan_id == consultation.plan_id)
    ):
        baht[line.activity_id] += line.satang / 100
    rows = session.exec(
        select(Activity, Project.title)
        .join(Project)
        .where(Project.plan_id == consultation.plan_id)
        .order_by(col(Activity.id))
    ).all()
    return [
        PlanText(
            id=str(activity.id),
            title=f"{activity.title} {activity.place_text}".strip()
            + ("" if project_title in activity.title else f" ({project_title})"),
            budget_baht=baht.get(activity.id),
            level="cluster",
            province=names.get((activity.area_code or "")[:2]),
            district=names.get((activity.area_code or "")[:4]) if len(activity.area_code or "") >= 4 else None,
            subdistrict=names.get((activity.area_code or "")[:6]) if len(activity.area_code or "") >= 6 else None,
        )
        for activity, project_title in rows
    ]


def judgements(session: Session, consultation_id: int) -> list[Judgement]:
    """Return what planners decided about single needs: what the matcher learns from."""
    decided = session.exec(
        select(DemandLink).where(
            DemandLink.consultation_id == consultation_id,
            col(DemandLink.need_id).is_not(None),
            col(DemandLink.activity_id).is_not(None),
            col(DemandLink.status).in_((LinkStatus.CONFIRMED, LinkStatus.REJECTED)),
        )
    )
    return [
        Judgement(
            need_id=str(link.need_id),
            plan_id=str(link.activity_id),
            strength=link.strength.share if link.status is LinkStatus.CONFIRMED else 0.0,
        )
        for link in decided
    ]


def match(
    needs: Sequence[NeedText], plan: Sequence[PlanText], decided: Sequence[Judgement], *, progress: Progress
) -> Matching:
    return match_needs(needs, plan, judgements=decided, progress=progress)


@dataclass
class _Support:
    """The needs of one topic that one activity seems to answer."""

    links: list[SuggestedLink] = field(default_factory=list)

    @property
    def best(self) -> SuggestedLink:
        return max(self.links, key=lambda link: link.probability)


def record_suggestions(session: Session, consultation_id: int, matching: Matching) -> int:
    """Write suggestions for needs and topics; what a person decided stays. Return how many suggestions stand."""
    known = {
        link.key: link
        for link in session.exec(select(DemandLink).where(DemandLink.consultation_id == consultation_id)).all()
    }
    topic_of = dict(
        session.exec(
            select(TopicAssignment.need_id, TopicAssignment.topic_id)
            .join(Need)
            .where(
                Need.consultation_id == consultation_id,
                TopicAssignment.rank == 0,
                col(TopicAssignment.ended_at).is_(None),
            )
        ).all()
    )
    sizes: dict[int, int] = defaultdict(int)
    for topic_id in topic_of.values():
        if topic_id is not None:
            sizes[topic_id] += 1
    supports: dict[tuple[int, int], _Support] = defaultdict(_Support)
    wanted: dict[str, DemandLink] = {}
    for suggestion in matching.links:
        if not suggestion.suggested:
            continue
        need_id, activity_id = int(suggestion.need_id), int(suggestion.plan_id)
        wanted[key_of(need_id=need_id, activity_id=activity_id)] = _suggested(
            consultation_id,
            suggestion.strength,
            suggestion.probability,
            {"sentence": suggestion.evidence, "words": suggestion.words, "place": suggestion.place},
            need_id=need_id,
            activity_id=activity_id,
        )
        topic_id = topic_of.get(need_id)
        if topic_id is not None:
            supports[topic_id, activity_id].links.append(suggestion)
    for (topic_id, activity_id), support in supports.items():
        count, size = len(support.links), sizes[topic_id]
        if count < min(2, size) or count / size < TOPIC_SHARE:
            continue
        # What answers some of a topic's needs answers the topic in part.
        strength = support.best.strength if count / size >= 0.5 else min(support.best.strength, 0.5)
        wanted[key_of(topic_id=topic_id, activity_id=activity_id)] = _suggested(
            consultation_id,
            strength,
            count / size,
            {
                "sentence": support.best.evidence,
                "words": support.best.words,
                "place": support.best.place,
                "needs": count,
                "of": size,
            },
            topic_id=topic_id,
            activity_id=activity_id,
        )
    for key, link in wanted.items():
        here = known.get(key)
        if here is None:
            session.add(link)
        elif here.status is LinkStatus.SUGGESTED:
            here.strength, here.probability, here.evidence = link.strength, link.probability, link.evidence
            session.add(here)
    for key, link in known.items():
        if link.status is LinkStatus.SUGGESTED and link.source is LinkSource.SUGGESTED and key not in wanted:
            session.delete(link)
    session.flush()
    return len(wanted)


def _suggested(
    consultation_id: int,
    strength: float,
    probability: float,
    evidence: dict[str, Any],
    *,
    activity_id: int,
    topic_id: int | None = None,
    need_id: int | None = None,
) -> DemandLink:
    return DemandLink(
        key=key_of(topic_id=topic_id, need_id=need_id, activity_id=activity_id),
        consultation_id=consultation_id,
        topic_id=topic_id,
        need_id=need_id,
        activity_id=activity_id,
        strength=Strength(f"{strength:g}"),
        source=LinkSource.SUGGESTED,
        probability=probability,
        evidence=evidence,
    )


def key_of(
    *,
    topic_id: int | None = None,
    need_id: int | None = None,
    activity_id: int | None = None,
    project_id: int | None = None,
) -> str:
    """Name the pair, so that the same link is never made, or rejected, twice."""
    demand = f"topic:{topic_id}" if topic_id is not None else f"need:{need_id}"
    supply = f"activity:{activity_id}" if activity_id is not None else f"project:{project_id}"
    return f"{demand}-{supply}"


def confirm(session: Session, link: DemandLink, *, strength: Strength, reason: str, by: User) -> None:
    """Say that it answers, how far, and why; only confirmed links count in any figure."""
    if not reason:
        raise InvalidInput(_("กรุณาบอกเหตุผล"), {"reason": _("กรุณาบอกเหตุผลสั้น ๆ ให้คนอื่นเข้าใจ")})
    link.strength = strength
    _decide(session, link, LinkStatus.CONFIRMED, reason, by)


def reject(session: Session, link: DemandLink, *, reason: str, by: User) -> None:
    _decide(session, link, LinkStatus.REJECTED, reason, by)


def _decide(session: Session, link: DemandLink, status: LinkStatus, reason: str, by: User) -> None:
    audit.record(session, by, f"links.{status.value}", f"link:{link.id}", was=link.status.value, reason=reason)
    link.status, link.reason, link.decided_by_id, link.decided_at = status, reason, by.id, now()
    session.add(link)
    session.flush()


def create(
    session: Session,
    *,
    topic: Topic,
    activity: Activity | None = None,
    project: Project | None = None,
    strength: Strength,
    reason: str,
    by: User,
) -> DemandLink:
    """Link a topic by hand; the same pair made before is decided anew."""
    if (activity is None) == (project is None):
        raise InvalidInput(_("เลือกกิจกรรมหรือโครงการหนึ่งรายการ"), {"target": _("เลือกกิจกรรมหรือโครงการหนึ่งรายการ")})
    plan_id = activity.project.plan_id if activity is not None else project.plan_id if project is not None else None
    if plan_id != topic.consultation.plan_id:
        raise Conflict(_("กิจกรรมนี้ไม่ได้อยู่ในแผนของรอบนี้"))
    key = key_of(
        topic_id=topic.id,
        activity_id=activity.id if activity is not None else None,
        project_id=project.id if project is not None else None,
    )
    link = session.exec(select(DemandLink).where(DemandLink.key == key)).first()
    if link is None:
        link = DemandLink(
            key=key,
            consultation_id=topic.consultation_id,
            topic_id=topic.id,
            activity_id=activity.id if activity is not None else None,
            project_id=project.id if project is not None else None,
            strength=strength,
            source=LinkSource.MANUAL,
        )
        session.add(link)
        session.flush()
    confirm(session, link, strength=strength, reason=reason, by=by)
    return link


def mark_stale(session: Session, topic_ids: Iterable[int]) -> None:
    """Ask people to look again at confirmed links of topics that are no longer what they were."""
    session.connection().execute(
        update(DemandLink)
        .where(col(DemandLink.topic_id).in_(list(topic_ids)), col(DemandLink.status) == LinkStatus.CONFIRMED)
        .values(status=LinkStatus.STALE)
    )
