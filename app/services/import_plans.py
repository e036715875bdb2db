"""Plans from a table: every line a project, or an activity under its project, with its money to the satang."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.exceptions import InvalidInput
from app.i18n import N_, _
from app.models import (
    Activity,
    DevelopmentIssue,
    FundingLine,
    FundingSource,
    Organization,
    Plan,
    PlanKind,
    Project,
    User,
)
from app.queries import plans as plan_queries
from app.services import plans
from app.services.columns import Cells, Problem, Row
from app.services.import_needs import PROPOSAL
from app.services.places import Gazetteer, Place, UnknownPlace
from app.services.tables import Table

TITLE = N_("โครงการและงบประมาณ พ.ศ. {year} {cluster}")
PROVINCE_MARK = "จังหวัด"


@dataclass(frozen=True)
class Target:
    """Where lines go: into one plan, or (``plan`` None) into a plan for each cluster of the file, titled alike."""

    plan: Plan | None = None
    title: str = ""
    cluster_code: str = ""
    fiscal_year: int | None = None


class PlanReader:
    """Reads the rows of one file as lines of plans. A plan file is small: its lines are held in memory."""

    def __init__(
        self, session: Session, target: Target, table: Table, mapping: Mapping[str, str], places: Gazetteer
    ) -> None:
        self._session, self._target, self._table, self._places = session, target, table, places
        self._cells = Cells("plan", table.header, mapping)
        self._codes: Counter[str] = Counter()
        self._seen: set[tuple[str, str, str]] = set()
        self._wanted = target.plan.cluster_code if target.plan else target.cluster_code

    def rows(self) -> list[Row]:
        """Return every row. ``values['cluster']`` is the code of the cluster whose plan the line belongs to."""
        rows = [self.read(number, cells) for number, cells in self._table.rows()]
        self._settle_clusters(rows)
        self._find_same(rows)
        return rows

    def read(self, number: int, cells: list[str]) -> Row:
        values, problems = self._cells.read(number, cells)
        row = Row(number, cells, values, problems)
        if values.pop("kind", "") == PROPOSAL:
            row.is_left_out, row.problems = True, []
            return row
        if not (values.get("project_title") or values.get("activity_title")):
            problems.append(self._cells.problem(number, "project_title", "", N_("แถวนี้ไม่มีชื่อโครงการหรือกิจกรรม")))
        self._place(row)
        cluster = values.pop("cluster", "")
        values["cluster"] = self._places.cluster(cluster) if cluster else ""
        if values["cluster"] and self._wanted and values["cluster"] != self._wanted:
            row.is_left_out, row.problems = True, []
            return row
        if cluster and not values["cluster"]:
            problems.append(self._cells.problem(number, "cluster", cluster, N_("ไม่รู้จักกลุ่มจังหวัดนี้")))
        values["year"] = values.pop("fiscal_year", None) or self._target.fiscal_year
        if values["year"] is None:
            problems.append(self._cells.problem(number, "fiscal_year", "", N_("ไม่รู้ปีงบประมาณของแถวนี้ กรุณาระบุปีงบประมาณ")))
        if "source" not in values:
            is_province = values.get("unit", "").startswith(PROVINCE_MARK)
            values["source"] = FundingSource.PROVINCE if is_province else FundingSource.CLUSTER
        return row

    def _place(self, row: Row) -> None:
        """Find the place; one that a budget document spells wrong is kept as text, and its province counts."""
        values = row.values
        place = Place(
            code=values.pop("area_code", ""),
            province=values.pop("province", ""),
            district=values.pop("district", ""),
            subdistrict=values.pop("subdistrict", ""),
            village=values.pop("village", ""),
            whole=values.pop("place", ""),
        )
        unit, home_code = values.get("unit", ""), values.pop("home_code", "")
        home = unit if unit.startswith(PROVINCE_MARK) else self._places.name(home_code) if home_code else ""
        values["place_text"] = place.text
        narrowed = place if place.province or place.whole or place.code else Place(
            province=home, district=place.district, subdistrict=place.subdistrict, village=place.village
        )  # fmt: skip
        values["area_code"] = None
        while not narrowed.is_empty:
            try:
                values["area_code"] = self._places.find(narrowed, within=self._wanted)[0]
                return
            except UnknownPlace as unknown:
                if narrowed is place or not row.problems:
                    problem = self._cells.problem(
                        row.number, unknown.field, unknown.value, unknown.message, near=unknown.near
                    )
                    row.problems.append(Problem(**{**problem, "is_warning": True}))
                narrowed = narrowed.wider()
        if home:
            values["area_code"] = self._places.find(Place(province=home))[0]

    def _settle_clusters(self, rows: Sequence[Row]) -> None:
        """Give lines that name no cluster the only one their places lie in, or the target's."""
        filled = [row for row in rows if not row.is_left_out]
        named = {row.values["cluster"] for row in filled} - {"", None}
        if len(named) > 1:
            default = ""
        else:
            here = {self._places.cluster_of(code) for row in filled if (code := row.values["area_code"])} - {None}
            default = named.pop() if named else str(here.pop()) if len(here) == 1 else ""
        for row in filled:
            row.values["cluster"] = row.values["cluster"] or self._wanted or default
            if not row.values["cluster"]:
                message = N_("ไม่รู้ว่าแถวนี้เป็นของกลุ่มจังหวัดใด กรุณาระบุกลุ่มจังหวัด")
                row.problems.append(self._cells.problem(row.number, "cluster", "", message))

    def _find_same(self, rows: Sequence[Row]) -> None:
        """Give every line its codes, and mark the lines that its plan holds already."""
        by_cluster: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if not row.is_left_out:
                self._name(row)
                by_cluster[row.values["cluster"]].append(row)
        for cluster, lines in by_cluster.items():
            plan = find_plan(self._session, self._target, cluster, lines[0].values["year"], self._places)
            held = plan_queries.satang_by_code(self._session, plan.id) if plan is not None else {}
            activities_of: dict[str, set[str]] = defaultdict(set)
            for project, activity in held:
                activities_of[project].add(activity)
            for row in lines:
                project, activity = row.values["project_code"], row.values["activity_code"]
                of_project = activities_of[project]
                if (project, activity) in held or (activity == project and of_project):
                    row.is_same = True
                    if _satang_held(held, project, activity) != satang_of(row):
                        message = N_("มีรายการนี้ในแผนแล้วด้วยยอดเงินอื่น ระบบไม่แก้ยอดในแผน")
                        problem = self._cells.problem(row.number, "requested", str(satang_of(row) / 100), message)
                        row.problems.append(Problem(**{**problem, "is_warning": True}))
                elif of_project == {project}:
                    message = N_("โครงการนี้มีเงินทั้งก้อนในแผนแล้ว ถ้าเพิ่มรายการย่อย เงินจะนับซ้ำ กรุณานำเข้าเป็นแผนใหม่")
                    row.problems.append(self._cells.problem(row.number, "project_code", project, message))

    def _name(self, row: Row) -> None:
        """Fill in titles and codes: from the file, else from the words: the same line has the same code again."""
        values = row.values
        activity = values.get("activity_title", "")
        project = values.setdefault("project_title", activity)
        values.setdefault("activity_title", project)
        project_code = values.setdefault("project_code", _code("P", project, values.get("unit", "")))
        if "activity_code" not in values:
            if activity:
                code = _code("A", activity, values["place_text"], str(values.get("requested")))
                self._codes[project_code + code] += 1
                nth = self._codes[project_code + code]
                values["activity_code"] = code if nth == 1 else f"{code}-{nth}"
            else:
                values["activity_code"] = project_code
        row.key = f"{project_code} {values['activity_code']}"
        line = (values["cluster"] or "", project_code, values["activity_code"])
        if line in self._seen:
            column = "activity_code" if activity else "project_code"
            message = N_("รหัสนี้ซ้ำกับอีกแถวในไฟล์ กรุณาให้แต่ละแถวมีรหัสของตัวเอง")
            row.problems.append(self._cells.problem(row.number, column, values[column], message))
        self._seen.add(line)


def _code(mark: str, *words: str) -> str:
    return mark + hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:12]


def find_plan(session: Session, target: Target, cluster: str, year: int | None, places: Gazetteer) -> Plan | None:
    """Return the plan that lines of a cluster go into, or None while it does not exist."""
    if target.plan is not None:
        return target.plan
    return session.exec(
        select(Plan)
        .where(
            Plan.cluster_code == cluster,
            Plan.title == title_for(target, cluster, year, places),
            Plan.first_fiscal_year == year,
        )
        .order_by(col(Plan.id))
    ).first()


def title_for(target: Target, cluster: str, year: int | None, places: Gazetteer) -> str:
    if target.title:
        return target.title
    known = places.clusters.get(cluster)
    return TITLE.format(year=year, cluster=known.name_th if known else cluster)


def add(
    session: Session, rows: Sequence[Row], *, target: Target, places: Gazetteer, importer: User | None, file_name: str
) -> list[dict[str, Any]]:
    """Write the new lines; return for each plan what the file says and what the plan holds, in satang."""
    totals = []
    by_cluster: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not (row.is_left_out or row.is_bad):
            by_cluster[row.values["cluster"]].append(row)
    for cluster, lines in sorted(by_cluster.items()):
        years = [row.values["year"] for row in lines]
        plan = find_plan(session, target, cluster, years[0], places)
        if plan is None:
            plan = Plan(
                title=title_for(target, cluster, years[0], places),
                cluster_code=cluster,
                kind=PlanKind.ANNUAL if min(years) == max(years) else PlanKind.FIVE_YEAR,
                first_fiscal_year=min(years),
                last_fiscal_year=max(years),
                source_note=_("นำเข้าจากไฟล์ {name}").format(name=file_name),
                created_by_id=importer.id if importer else None,
            )
            session.add(plan)
            session.flush()
        elif not plan.first_fiscal_year <= min(years) <= max(years) <= plan.last_fiscal_year:
            first, last = plan.first_fiscal_year, plan.last_fiscal_year
            raise InvalidInput(
                _("ไฟล์มีปีงบประมาณ {years} แต่แผนนี้ใช้ปี {first}–{last}").format(
                    years=", ".join(map(str, sorted(set(years)))), first=first, last=last
                )
            )
        _write(session, plan, [row for row in lines if row.is_new])
        held = plan_queries.satang_by_code(session, plan.id)
        totals.append(
            {
                "plan_id": plan.id,
                "title": plan.title,
                "lines": len(lines),
                "added": sum(row.is_new for row in lines),
                "file_satang": sum(satang_of(row) for row in lines),
                "plan_satang": sum(
                    _satang_held(held, row.values["project_code"], row.values["activity_code"]) for row in lines
                ),
            }
        )
    return totals


def _satang_held(held: Mapping[tuple[str, str], int], project: str, activity: str) -> int:
    """Return what the plan holds for a line; for a line that is a whole project, what its activities hold."""
    if (project, activity) in held:
        return held[project, activity]
    return sum(satang for (of_project, _activity), satang in held.items() if of_project == project)


def satang_of(row: Row) -> int:
    """Return the money of a line that counts: what was approved, or what is asked for."""
    approved: int | None = row.values.get("approved")
    requested: int = row.values.get("requested", 0)
    return requested if approved is None else approved


def _write(session: Session, plan: Plan, lines: Sequence[Row]) -> None:
    projects = {one.code: one for one in session.exec(select(Project).where(Project.plan_id == plan.id))}
    declared = session.exec(select(DevelopmentIssue).where(DevelopmentIssue.plan_id == plan.id)).all()
    issues = {one.title: one for one in declared}
    organizations = plans.organizations(session, {row.values["unit"] for row in lines if row.values.get("unit")})
    order = max((one.order for one in declared), default=0)
    for title in dict.fromkeys(row.values["issue"] for row in lines if "issue" in row.values):
        if title not in issues:
            order += 1
            issues[title] = DevelopmentIssue(plan_id=plan.id, order=order, title=title)
            session.add(issues[title])
    session.flush()
    for row in lines:
        values = row.values
        if values["project_code"] not in projects:
            issue, unit = issues.get(values.get("issue", "")), organizations.get(values.get("unit", ""))
            projects[values["project_code"]] = Project(
                plan_id=plan.id,
                code=values["project_code"],
                title=values["project_title"],
                sector=values.get("sector"),
                issue_id=issue.id if issue else None,
                lead_organization_id=unit.id if unit else None,
            )
    session.add_all(projects.values())
    session.flush()
    activities = [_activity(projects[row.values["project_code"]], row.values) for row in lines]
    session.add_all(activities)
    session.flush()
    session.add_all(_funding(activities, lines, organizations))
    session.flush()


def _activity(project: Project, values: Mapping[str, Any]) -> Activity:
    kept = ("orientation", "product", "value_chain_stage", "quantity")
    return Activity(
        project_id=project.id,
        code=values["activity_code"],
        title=values["activity_title"],
        work_type=values.get("work_type"),
        area_code=values["area_code"],
        place_text=values["place_text"],
        **{name: values[name] for name in kept if name in values},
    )


def _funding(
    activities: Sequence[Activity], lines: Sequence[Row], organizations: Mapping[str, Organization]
) -> Iterator[FundingLine]:
    """Give the money of each line that names some; a line without money is an activity whose cost nobody stated."""
    for activity, row in zip(activities, lines, strict=True):
        values = row.values
        if "requested" in values or "approved" in values:
            unit = organizations.get(values.get("unit", ""))
            yield FundingLine(
                activity_id=activity.id,
                organization_id=unit.id if unit else None,
                source=values["source"],
                fiscal_year=values["year"],
                requested_satang=values.get("requested", 0),
                approved_satang=values.get("approved"),
            )
