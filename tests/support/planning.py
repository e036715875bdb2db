"""A round with counted needs, topics made of them, and a plan to answer them."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, select

from app import jobs
from app.jobs import Job
from app.models import (
    Activity,
    AssignedBy,
    Consultation,
    DemandLink,
    FundingLine,
    FundingSource,
    LinkSource,
    LinkStatus,
    Need,
    NeedAct,
    NeedStatus,
    Plan,
    PlanKind,
    Project,
    Stage,
    Strength,
    Topic,
    TopicAssignment,
    User,
)
from app.services import links, needs
from tests.support.cast import CHAIYO_SUBDISTRICT, CLUSTER
from tests.support.consultations import make_consultation
from tests.support.needs import make_need


def make_plan(
    session: Session, baht: Sequence[int] = (10, 60, 30), title: str = "แผนทดลอง"
) -> tuple[Plan, list[Activity]]:
    """Add a plan of one project, with one activity for each amount of baht."""
    plan = Plan(title=title, cluster_code=CLUSTER, kind=PlanKind.ANNUAL, first_fiscal_year=2571, last_fiscal_year=2571)
    session.add(plan)
    session.flush()
    project = Project(plan_id=plan.id, code="P1", title="น้ำและถนนของกลุ่มจังหวัด")
    session.add(project)
    session.flush()
    activities = [
        Activity(project_id=project.id, code=f"A{number}", title=f"กิจกรรมที่ {number}")
        for number, _amount in enumerate(baht, start=1)
    ]
    session.add_all(activities)
    session.flush()
    for activity, amount in zip(activities, baht, strict=True):
        session.add(
            FundingLine(
                activity_id=activity.id,
                source=FundingSource.CLUSTER,
                fiscal_year=2571,
                requested_satang=amount * 100,
            )
        )
    session.flush()
    return plan, activities


def analysing_round(session: Session, plan: Plan | None = None, stage: Stage = Stage.ANALYSING) -> Consultation:
    return make_consultation(session, stage, plan_id=plan.id if plan else None)


def add_needs(
    session: Session, consultation: Consultation, author: User | None, count: int, **values: Any
) -> list[Need]:
    """Add counted needs: accepted as they would be after their district certified them."""
    stage, consultation.stage = consultation.stage, Stage.OPEN
    added = []
    for number in range(count):
        if author is not None:
            need = make_need(session, author, consultation, f"คลองตื้นเขิน น้ำไม่ถึงนา แปลงที่ {number + 1}", **values)
        else:
            need = Need(
                ref=needs.new_ref(session),
                consultation_id=consultation.id,
                problem=f"ถนนเป็นหลุม สายที่ {number + 1}",
                **{"area_code": CHAIYO_SUBDISTRICT, **values},
            )
        session.add(need)
        session.flush()
        needs.step(session, need, None, NeedAct.CERTIFY, NeedStatus.ACCEPTED)
        added.append(need)
    consultation.stage = stage
    session.flush()
    return added


def make_topic(session: Session, members: Sequence[Need], label: str = "น้ำเพื่อการเกษตร", **values: Any) -> Topic:
    """Add a topic as a run of the model would have left it."""
    topic = Topic(
        **{
            "consultation_id": members[0].consultation_id,
            "key": f"m-{members[0].id}",
            "label": label,
            "model_label": label,
            **values,
        }
    )
    session.add(topic)
    session.flush()
    for need in members:
        session.add(
            TopicAssignment(need_id=need.id, topic_id=topic.id, source=AssignedBy.MODEL, membership=0.8, rank=0)
        )
        if need.status is NeedStatus.ACCEPTED:
            needs.step(session, need, None, NeedAct.GROUP, NeedStatus.GROUPED)
    session.flush()
    return topic


def suggest(session: Session, topic: Topic, activity: Activity, **values: Any) -> DemandLink:
    """Add a link as the matcher suggests it."""
    link = DemandLink(
        **{
            "key": links.key_of(topic_id=topic.id, activity_id=activity.id),
            "consultation_id": topic.consultation_id,
            "topic_id": topic.id,
            "activity_id": activity.id,
            "strength": Strength.PARTLY,
            "source": LinkSource.SUGGESTED,
            "status": LinkStatus.SUGGESTED,
            "probability": 0.6,
            "evidence": {"sentence": "พูดถึงคลองเดียวกัน", "words": ["คลอง"], "needs": 2, "of": 3},
            **values,
        }
    )
    session.add(link)
    session.flush()
    return link


def standing(session: Session, need: Need) -> TopicAssignment:
    """Return the one primary place of a need that is in force."""
    return session.exec(
        select(TopicAssignment).where(
            TopicAssignment.need_id == need.id,
            TopicAssignment.rank == 0,
            TopicAssignment.ended_at == None,  # noqa: E711  SQL's IS NULL
        )
    ).one()


def the_job(session: Session) -> Job:
    return session.exec(select(jobs.Job)).one()
