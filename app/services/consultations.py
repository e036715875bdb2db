"""Rounds of listening: described, announced, opened, closed, published. Stages only move forward."""

from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from app.database import now
from app.exceptions import Conflict, InvalidInput
from app.i18n import _, thai_date, today
from app.models import (
    NOTICE_DAYS,
    Consultation,
    Plan,
    Response,
    ResponseStatus,
    Stage,
    Topic,
    TopicStatus,
    User,
)
from app.services import audit

# What people were told is not rewritten once it has happened: the fields that are fixed from each stage on.
_SETTLED_AT: dict[Stage, frozenset[str]] = {
    Stage.ANNOUNCED: frozenset({"announce_on", "participation_level"}),
    Stage.OPEN: frozenset({"open_on", "short_notice_reason"}),
    Stage.CLOSED: frozenset({"close_on"}),
}


def create(session: Session, *, by: User, cluster_code: str, **facts: Any) -> Consultation:
    """Describe a new round, as a draft. Raises InvalidInput."""
    _check(session, cluster_code, facts)
    consultation = Consultation(cluster_code=cluster_code, created_by_id=by.id, **facts)
    session.add(consultation)
    session.flush()
    audit.record(session, by, "consultations.create", f"consultation:{consultation.id}")
    return consultation


def settled_fields(consultation: Consultation) -> frozenset[str]:
    """Return the names of what can no longer be changed at this stage."""
    return frozenset().union(
        *(names for stage, names in _SETTLED_AT.items() if stage.order <= consultation.stage.order)
    )


def update(session: Session, consultation: Consultation, *, by: User, **facts: Any) -> None:
    """Change what may still be changed, and remember what it was. Raises InvalidInput."""
    settled = settled_fields(consultation)
    facts = {name: getattr(consultation, name) if name in settled else value for name, value in facts.items()}
    _check(session, consultation.cluster_code, facts)
    if consultation.stage is Stage.OPEN and facts["close_on"] < min(today(), consultation.close_on):
        message = _("วันปิดรับต้องไม่อยู่ก่อนวันนี้")
        raise InvalidInput(message, {"close_on": message})
    changed = {}
    for name, value in facts.items():
        before = getattr(consultation, name)
        if before != value:
            changed[name] = [_plain(before), _plain(value)]
            setattr(consultation, name, value)
    if changed:
        audit.record(session, by, "consultations.update", f"consultation:{consultation.id}", changed=changed)
    session.add(consultation)
    session.flush()


def obstacle(session: Session, consultation: Consultation) -> str:
    """Say why the round cannot move to its next stage yet; nothing when it can."""
    match consultation.stage:
        case Stage.DRAFT:
            if consultation.open_on < today():
                return _("วันเปิดรับผ่านไปแล้ว กรุณาแก้วันเปิดรับก่อนประกาศ")
            if (consultation.open_on - today()).days < NOTICE_DAYS and not consultation.short_notice_reason:
                return _("เหลือไม่ถึง {days} วันก่อนเปิดรับ กรุณาเลื่อนวันเปิดรับ หรือเขียนเหตุผลที่ประกาศกระชั้น").format(days=NOTICE_DAYS)
        case Stage.ANNOUNCED:
            if today() < consultation.open_on:
                return _("ประกาศไว้ว่าเปิดรับวันที่ {day}").format(day=thai_date(consultation.open_on))
            if today() > consultation.close_on:
                return _("เลยวันปิดรับที่ประกาศไว้แล้ว กรุณาเลื่อนวันปิดรับก่อนเปิด")
        case Stage.OPEN:
            if today() < consultation.close_on:
                return _("ประกาศไว้ว่ารับถึงวันที่ {day} ถ้าต้องปิดก่อน ให้แก้วันปิดรับก่อน").format(
                    day=thai_date(consultation.close_on)
                )
        case Stage.ANALYSING:
            return _topics_obstacle(session, consultation)
        case Stage.SUMMARY_PUBLISHED:
            return _answers_obstacle(session, consultation)
        case Stage.ARCHIVED:
            return _("รอบนี้เก็บถาวรแล้ว")
    return ""


def advance(session: Session, consultation: Consultation, *, by: User | None) -> Stage:
    """Move a round to its next stage and return that; ``by`` is None when its day has come.

    Raises Conflict when something stands in the way.
    """
    if problem := obstacle(session, consultation):
        raise Conflict(problem)
    before, after = consultation.stage, consultation.stage.next
    if after is None:
        raise Conflict(_("รอบนี้เก็บถาวรแล้ว"))
    consultation.stage = after
    if after is Stage.ANNOUNCED:
        consultation.announce_on = today()  # the regulation counts from the day people were really told
    if after is Stage.SUMMARY_PUBLISHED:
        consultation.summary_published_at = now()
    session.add(consultation)
    audit.record(session, by, "consultations.advance", f"consultation:{consultation.id}", before=before, after=after)
    session.flush()
    return after


def close_ended(session: Session) -> int:
    """Close every round whose closing day has passed; return how many."""
    ended = session.exec(
        select(Consultation).where(Consultation.stage == Stage.OPEN, col(Consultation.close_on) < today())
    ).all()
    for consultation in ended:
        advance(session, consultation, by=None)
    return len(ended)


def choose_plan(session: Session, consultation: Consultation, plan_id: int) -> None:
    """Say which plan of the cluster a round is compared with."""
    plan = session.get(Plan, plan_id)
    if plan is None or plan.cluster_code != consultation.cluster_code:
        raise InvalidInput(_("ไม่มีแผนเลขที่ {number} ในกลุ่มจังหวัดของรอบนี้").format(number=plan_id))
    before, consultation.plan_id = consultation.plan_id, plan.id
    session.add(consultation)
    audit.record(
        session, None, "consultations.update", f"consultation:{consultation.id}", changed={"plan_id": [before, plan.id]}
    )
    session.flush()


def _check(session: Session, cluster_code: str, facts: dict[str, Any]) -> None:
    announce_on, open_on, close_on = (facts[name] for name in ("announce_on", "open_on", "close_on"))
    errors = {}
    if open_on < announce_on:
        errors["open_on"] = _("วันเปิดรับต้องไม่อยู่ก่อนวันประกาศ")
    elif (open_on - announce_on).days < NOTICE_DAYS and not facts["short_notice_reason"]:
        errors["short_notice_reason"] = _("ประกาศก่อนเปิดรับไม่ถึง {days} วัน กรุณาเขียนเหตุผล ประชาชนจะเห็นเหตุผลนี้").format(
            days=NOTICE_DAYS
        )
    if close_on < open_on:
        errors["close_on"] = _("วันปิดรับต้องไม่อยู่ก่อนวันเปิดรับ")
    if facts["plan_id"] is not None:
        plan = session.get(Plan, facts["plan_id"])
        if plan is None or plan.cluster_code != cluster_code:
            errors["plan_id"] = _("กรุณาเลือกแผนจากรายการ")
    if errors:
        raise InvalidInput(_("กรุณาแก้ข้อมูลของรอบการรับฟัง"), errors)


def _topics_obstacle(session: Session, consultation: Consultation) -> str:
    """The machine proposes and a person settles: nothing is published that nobody has looked at."""
    live = col(Topic.status).not_in((TopicStatus.GONE, TopicStatus.MERGED))
    statuses = session.exec(select(Topic.status).where(Topic.consultation_id == consultation.id, live)).all()
    if not statuses:
        return _("ยังไม่มีประเด็นให้สรุป กรุณาจัดกลุ่มความต้องการก่อน")
    unseen = sum(1 for status in statuses if status is TopicStatus.SUGGESTED)
    if unseen:
        return _("ยังมี {count} ประเด็นที่ระบบเสนอและยังไม่มีคนตรวจ").format(count=unseen)
    return ""


def _answers_obstacle(session: Session, consultation: Consultation) -> str:
    answered = select(Response.topic_id).where(Response.status == ResponseStatus.PUBLISHED)
    waiting = session.exec(
        select(func.count())
        .select_from(Topic)
        .where(
            Topic.consultation_id == consultation.id,
            col(Topic.status).not_in((TopicStatus.GONE, TopicStatus.MERGED)),
            col(Topic.id).not_in(answered),
        )
    ).one()
    return _("ยังมี {count} ประเด็นที่ยังไม่ได้เผยแพร่คำตอบ").format(count=waiting) if waiting else ""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
