"""Plans and their development issues, written by the planners of their cluster."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from app import permissions
from app.exceptions import InvalidInput, NotAllowed
from app.i18n import _
from app.models import DevelopmentIssue, Organization, Plan, Project, User
from app.services import audit


def create(session: Session, *, by: User, **facts: Any) -> Plan:
    """Start a plan of the person's own cluster. Raises NotAllowed or InvalidInput."""
    if not permissions.can_create_plan(by) or by.cluster_code is None:
        raise NotAllowed(_("เฉพาะเจ้าหน้าที่ OSM ของกลุ่มจังหวัดที่สร้างแผนได้"))
    _check(facts)
    plan = Plan(cluster_code=by.cluster_code, created_by_id=by.id, **facts)
    session.add(plan)
    session.flush()
    audit.record(session, by, "plans.create", f"plan:{plan.id}")
    return plan


def update(session: Session, plan: Plan, *, by: User, **facts: Any) -> None:
    demand_editor(by, plan)
    _check(facts)
    change(session, plan, facts, by=by, act="plans.update", subject=f"plan:{plan.id}")


def add_issue(session: Session, plan: Plan, *, by: User, title: str, goal: str) -> DevelopmentIssue:
    """Add an issue after the others of its plan."""
    demand_editor(by, plan)
    last = session.exec(select(func.max(DevelopmentIssue.order)).where(DevelopmentIssue.plan_id == plan.id)).one()
    issue = DevelopmentIssue(plan_id=plan.id, order=(last or 0) + 1, title=title, goal=goal)
    session.add(issue)
    session.flush()
    audit.record(session, by, "plans.add_issue", f"issue:{issue.id}", plan=plan.id)
    return issue


def update_issue(session: Session, issue: DevelopmentIssue, *, by: User, title: str, goal: str) -> None:
    demand_editor(by, issue.plan)
    facts = {"title": title, "goal": goal}
    change(session, issue, facts, by=by, act="plans.update_issue", subject=f"issue:{issue.id}")


def delete_issue(session: Session, issue: DevelopmentIssue, *, by: User) -> None:
    """Remove an issue; its projects stay in the plan, under no issue."""
    demand_editor(by, issue.plan)
    for project in session.exec(select(Project).where(Project.issue_id == issue.id)):
        project.issue_id = None
        session.add(project)
    session.flush()
    audit.record(session, by, "plans.delete_issue", f"issue:{issue.id}", plan=issue.plan_id, title=issue.title)
    session.delete(issue)
    session.flush()


def demand_editor(user: User | None, plan: Plan) -> None:
    """Raise NotAllowed unless the person plans for the plan's cluster."""
    if not permissions.can_edit_plan(user, plan):
        raise NotAllowed(_("เฉพาะเจ้าหน้าที่ OSM ของกลุ่มจังหวัดนี้ที่แก้แผนได้"))


def change(session: Session, record: SQLModel, facts: dict[str, Any], *, by: User, act: str, subject: str) -> None:
    """Set what differs, and keep in the audit what it was."""
    changed = {}
    for name, value in facts.items():
        before = getattr(record, name)
        if before != value:
            changed[name] = [_plain(before), _plain(value)]
            setattr(record, name, value)
    if changed:
        session.add(record)
        session.flush()
        audit.record(session, by, act, subject, changed=changed)


def _plain(value: object) -> object:
    return value if isinstance(value, int | None) else str(value)


def _check(facts: dict[str, Any]) -> None:
    if facts["last_fiscal_year"] < facts["first_fiscal_year"]:
        message = _("ปีสุดท้ายต้องไม่อยู่ก่อนปีแรก")
        raise InvalidInput(message, {"last_fiscal_year": message})


def organizations(session: Session, names: Iterable[str]) -> dict[str, Organization]:
    """Return the agencies of these names, by name; those not known yet are added."""
    wanted = {name.strip() for name in names} - {""}
    known = session.exec(select(Organization).where(col(Organization.name_th).in_(wanted)))
    found = {one.name_th: one for one in known}
    for name in sorted(wanted - set(found)):
        found[name] = Organization(name_th=name)
        session.add(found[name])
    session.flush()
    return found


def organization_id(session: Session, name: str) -> int | None:
    """Return the agency of this name, added if it is new; None for no name."""
    return organizations(session, [name])[name].id if name else None
