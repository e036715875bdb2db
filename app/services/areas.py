"""Official areas: provinces to subdistricts from the geothai package, villages and population from a file."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

import geothai
from sqlalchemy import bindparam, insert, inspect, select, update
from sqlmodel import Session, col

from app.i18n import N_
from app.models import Area, AreaLevel, ProvincialCluster

ATTRIBUTION = f"GeoThai/data {geothai.DATA_VERSION} (CC BY 4.0)"
BANGKOK_CODE = "10"
LEVELS = {2: AreaLevel.PROVINCE, 4: AreaLevel.DISTRICT, 6: AreaLevel.SUBDISTRICT, 8: AreaLevel.VILLAGE}
_MARKS = {AreaLevel.PROVINCE: "จ.", AreaLevel.DISTRICT: "อ.", AreaLevel.SUBDISTRICT: "ต."}
Row = dict[str, Any]


def load_reference(session: Session) -> int:
    """Add the 18 clusters, and every province, district and subdistrict not known yet; return how many were added."""
    clusters = tomllib.loads((files("app.services") / "provincial_clusters.toml").read_text(encoding="utf-8"))
    known_clusters = set(session.scalars(select(col(ProvincialCluster.code))))
    for code, facts in clusters.items():
        if code not in known_clusters:
            session.add(
                ProvincialCluster(
                    code=code,
                    number=facts["number"],
                    name_th=facts["name_th"],
                    name_en=facts["name_en"],
                    region=facts["region"],
                    centre_code=facts["centre"],
                )
            )
    session.flush()
    cluster_of = {province: code for code, facts in clusters.items() for province in facts["provinces"]}
    known = set(session.scalars(select(col(Area.code))))
    if len(known) >= sum(1 for _ in _official()):
        return 0
    parents: dict[str, Row] = {}
    rows = [_row(code, name_th, name_en, parents, cluster_of) for code, name_th, name_en in _official()]
    fresh = [row for row in rows if row["code"] not in known]
    for length in (2, 4, 6):
        batch = [row for row in fresh if len(row["code"]) == length]
        if batch:
            session.connection().execute(insert(Area), batch)
    return len(fresh)


def _official() -> Iterable[tuple[str, str, str]]:
    for province in geothai.provinces():
        yield province.code, province.name_th, province.name_en
        for district in geothai.districts(province.code):
            yield district.code, district.name_th.removeprefix("เขต"), district.name_en
            for subdistrict in geothai.subdistricts(district.code):
                yield subdistrict.code, subdistrict.name_th, subdistrict.name_en


def _row(code: str, name_th: str, name_en: str, parents: dict[str, Row], cluster_of: Mapping[str, str]) -> Row:
    """Describe one area; its parent must have been described before it."""
    level, parent = LEVELS[len(code)], parents.get(code[:-2])
    full_th, full_en = _marked(code, level, name_th), name_en
    search = f"{name_th} {name_en}".casefold()
    if parent is not None:
        full_th, search = f"{full_th} {parent['full_th']}", f"{search} {parent['search']}"
        full_en = f"{name_en or name_th}, {parent['full_en']}"
    row = {
        "code": code,
        "level": level,
        "name_th": name_th,
        "name_en": name_en,
        "parent_code": parent["code"] if parent else None,
        "cluster_code": cluster_of.get(code[:2]),
        "full_th": full_th,
        "full_en": full_en,
        "search": search,
    }
    parents[code] = row
    return row


def _marked(code: str, level: AreaLevel, name_th: str) -> str:
    if level is AreaLevel.VILLAGE:
        number = int(code[-2:])
        return name_th if name_th.startswith("หมู่") else f"หมู่ {number} {name_th}"
    if code.startswith(BANGKOK_CODE):
        return {2: "", 4: "เขต", 6: "แขวง"}[len(code)] + name_th
    return _MARKS[level] + name_th


CODE_COLUMNS = ("muban_code", "village_code", "code")
Problem = dict[str, Any]


def import_rows(session: Session, rows: Iterable[Mapping[str, str]]) -> tuple[int, int, list[Problem]]:
    """Add villages, or update names, households and population, from rows with an official code.

    Return how many areas were added, how many changed, and the rows that cannot be used: each with its row number
    (the header is row 1), its column, and what to do.
    """
    columns = ("full_th", "full_en", "search", "cluster_code", "name_th", "name_en", "households", "population")
    table = inspect(Area).local_table
    known: dict[str, Row] = {
        row["code"]: dict(row)
        for row in session.connection().execute(select(table.c.code, *(table.c[name] for name in columns))).mappings()
    }
    added: list[Row] = []
    changed: list[Row] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=2):
        column = next((name for name in CODE_COLUMNS if row.get(name)), None)
        if column is None:
            problems.append(_problem(number, "code", N_("ไม่มีรหัสพื้นที่ กรุณาใส่รหัส 2, 4, 6 หรือ 8 หลัก")))
            continue
        code = row[column].strip()
        if not (code.isascii() and code.isdigit() and len(code) in LEVELS):
            problems.append(_problem(number, column, N_("รหัสพื้นที่ต้องเป็นตัวเลข 2, 4, 6 หรือ 8 หลัก"), code))
            continue
        counts: Row = {}
        for name, source in (("households", "households"), ("population", "total")):
            typed = (row.get(source) or (row.get("population", "") if name == "population" else "")).replace(",", "")
            if typed and not typed.isdigit():
                problems.append(_problem(number, source, N_("กรุณากรอกเป็นตัวเลข"), typed))
            elif typed:
                counts[name] = int(typed)
        here = known.get(code)
        if here is not None:
            if any(here[name] != value for name, value in counts.items()):
                changed.append(
                    {"key": code, "households": here["households"], "population": here["population"]} | counts
                )
            continue
        name_th = (row.get("name_th") or "").strip()
        if len(code) != 8 or not name_th:
            problems.append(_problem(number, column, N_("ไม่รู้จักรหัสนี้ และเพิ่มใหม่ได้เฉพาะหมู่บ้านที่มีชื่อ"), code))
        elif code[:6] not in known:
            problems.append(_problem(number, column, N_("ไม่พบตำบลของหมู่บ้านนี้ ตรวจเลข 6 หลักแรกของรหัส"), code))
        else:
            parent = known[code[:6]]
            fresh = _row(
                code, name_th, (row.get("name_en") or "").strip(), {code[:6]: parent},
                {code[:2]: parent["cluster_code"]},
            ) | {"households": None, "population": None} | counts  # fmt: skip
            known[code] = fresh
            added.append(fresh)
    if added:
        session.connection().execute(insert(Area), added)
    if changed:
        session.connection().execute(
            update(Area)
            .where(Area.code == bindparam("key"))  # type: ignore[arg-type]  # a column comparison, which mypy takes for bool
            .values(households=bindparam("households"), population=bindparam("population")),
            changed,
            execution_options={"synchronize_session": None},
        )
    return len(added), len(changed), problems


def _problem(row: int, column: str, message: str, value: str = "") -> Problem:
    return {"row": row, "column": column, "message": message, "value": value}
