"""Places as people write them in a table → official codes."""

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from re import compile as pattern

from sqlmodel import Session, col, select

from app.i18n import N_, arabic_digits
from app.models import Area, AreaLevel, ProvincialCluster

WHOLE_CLUSTER = "กลุ่มจังหวัด"
_MARKS = {
    2: ("จังหวัด", "จ.", "จว."),
    4: ("อำเภอ", "กิ่งอำเภอ", "เขต", "อ."),
    6: ("ตำบล", "แขวง", "ต."),
    8: ("หมู่บ้าน", "บ้าน", "ม."),
}
_PARTS = {
    2: pattern(r"(?:(?<!กลุ่ม)จังหวัด|จ\.)\s*(\S+)"),
    4: pattern(r"(?:อำเภอ|เขต|อ\.)\s*(\S+)"),
    6: pattern(r"(?:ตำบล|แขวง|ต\.)\s*(\S+)"),
}
_VILLAGE_NUMBER = pattern(r"(?:หมู่ที่|หมู่|ม\.|moo)?\s*(\d{1,2})")
FIELDS = {2: "province", 4: "district", 6: "subdistrict", 8: "village"}
NEAR = 3


@dataclass(frozen=True)
class Place:
    """What a row said about where; ``whole`` is one free text, as ต.ไชโย อ.ไชโย จ.อ่างทอง."""

    code: str = ""
    province: str = ""
    district: str = ""
    subdistrict: str = ""
    village: str = ""
    whole: str = ""

    @property
    def is_empty(self) -> bool:
        return not any((self.code, self.province, self.district, self.subdistrict, self.village, self.whole))

    @property
    def text(self) -> str:
        """The place as the row wrote it, the narrow first."""
        parts = (self.village, self.subdistrict, self.district, self.province, self.whole, self.code)
        return " ".join(part for part in parts if part)

    def wider(self) -> "Place":
        """The same without its narrowest part."""
        if self.village or self.whole:
            return Place(self.code, self.province, self.district, self.subdistrict)
        if self.subdistrict:
            return Place(self.code, self.province, self.district)
        return Place(self.code, self.province) if self.district else Place()


class UnknownPlace(Exception):
    """No such place, or more than one: which column, what it said, and the nearest names."""

    def __init__(self, field: str, value: str, near: list[str], message: str) -> None:
        super().__init__(value)
        self.field, self.value, self.near, self.message = field, value, near, message


class Gazetteer:
    """Every province, district and subdistrict by its name and code; villages are read when a row names one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._full: dict[str, str] = {}
        self._cluster: dict[str, str | None] = {}
        self._under: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._villages: dict[str, dict[str, str]] = {}
        areas = session.exec(select(Area).where(Area.level != AreaLevel.VILLAGE))
        for area in areas:
            code = area.code
            self._full[code], self._cluster[code] = area.full_th or area.name_th, area.cluster_code
            for name in {area.name_th, area.name_en.casefold()} - {""}:
                for length in range(0, len(code), 2):  # found under its parent, and under any area around that
                    self._under[f"{code[:length]}/{len(code)}"][name].append(code)
        self.clusters = {one.code: one for one in session.exec(select(ProvincialCluster))}
        self._cluster_by_name = {
            name: code
            for code, one in self.clusters.items()
            for name in (code, _key(one.name_th), _key(one.name_th.removeprefix(WHOLE_CLUSTER)), _key(one.name_en))
        }

    def cluster(self, name: str) -> str | None:
        """Return the code of a cluster by its code or name, or None."""
        return self._cluster_by_name.get(_key(name))

    def cluster_of(self, code: str) -> str | None:
        return self._cluster.get(code[:2])

    def name(self, code: str) -> str:
        return self._full.get(code[:6], code)

    def find(self, place: Place, *, within: str = "") -> tuple[str | None, str]:
        """Return the official code of a place, and what of it has no code (a village we do not hold).

        None is the whole provincial cluster, or nowhere. ``within`` is a cluster's code: where names repeat in the
        country, only its own are meant. Raises UnknownPlace.
        """
        if place.code:
            code = arabic_digits(place.code)
            if code in self._full:
                return code, place.village
            if len(code) == 8 and code[:6] in self._full:
                known = code in self._villages_of(code[:6]).values()
                return (code, "") if known else (code[:6], place.village or code)
            raise UnknownPlace("area_code", place.code, [], N_("ไม่มีรหัสพื้นที่นี้ รหัสทางการมี 2, 4, 6 หรือ 8 หลัก"))
        if place.whole:
            whole, rest = self._find_whole(place.whole, within)
            if place.village and whole and len(whole) == 6:
                return self._find_village(whole, place.village)
            return whole, rest or place.village
        if place.province.startswith(WHOLE_CLUSTER):
            return None, ""
        found = ""
        for length, written in ((2, place.province), (4, place.district), (6, place.subdistrict)):
            if written:
                found = self._find_under(found, length, written, within)
        if place.village and len(found) == 6:
            return self._find_village(found, place.village)
        return found or None, place.village

    def _find_whole(self, text: str, within: str) -> tuple[str | None, str]:
        if text.startswith(WHOLE_CLUSTER):
            return None, ""
        parts = {length: found[1] for length, part in _PARTS.items() if (found := part.search(text))}
        if parts:
            return self.find(
                Place(province=parts.get(2, ""), district=parts.get(4, ""), subdistrict=parts.get(6, "")), within=within
            )
        return self._find_under("", 2, text, within), ""

    def _find_under(self, parent: str, length: int, written: str, within: str) -> str:
        names = self._under[f"{parent}/{length}"]
        key = written.casefold().strip()
        bare = _bare(key, length)
        found = names.get(key) or names.get(bare) or []
        if not found and length == 4 and bare in ("เมือง", "mueang") and parent:
            found = [code for code in (f"{parent}01",) if code in self._full]  # อ.เมือง of a province is its first
        if within and not parent:
            found = [code for code in found if self.cluster_of(code) == within] or found
        if len(found) == 1:
            return found[0]
        if found:
            choices = [self._full[code] for code in found[:NEAR]]
            raise UnknownPlace(FIELDS[length], written, choices, N_("มีหลายแห่งชื่อนี้ กรุณาใส่จังหวัดและอำเภอด้วย"))
        near = [self._full[code] for name in get_close_matches(bare, names, NEAR, 0.5) for code in names[name][:1]]
        if not near and parent:  # the right name, perhaps, in another district
            elsewhere = self._under[f"{parent[:2]}/{length}"].get(bare) or self._under[f"/{length}"].get(bare) or []
            near = [self._full[code] for code in elsewhere[:NEAR]]
        raise UnknownPlace(FIELDS[length], written, near, N_("ไม่พบพื้นที่ชื่อนี้"))

    def _find_village(self, parent: str, written: str) -> tuple[str, str]:
        villages = self._villages_of(parent)
        number = _VILLAGE_NUMBER.fullmatch(arabic_digits(written).strip())
        if number is not None:
            code = f"{parent}{int(number[1]):02d}"
            return (code, "") if code in villages.values() else (parent, written)
        code = villages.get(written) or villages.get(_bare(written, 8)) or ""
        return (code, "") if code else (parent, written)

    def _villages_of(self, parent: str) -> dict[str, str]:
        if parent not in self._villages:
            rows = self._session.exec(select(Area.name_th, Area.code).where(col(Area.parent_code) == parent))
            self._villages[parent] = {name: code for full, code in rows for name in (full, _bare(full, 8))}
        return self._villages[parent]


def _key(name: str) -> str:
    return "".join(name.casefold().split())


def _bare(name: str, length: int) -> str:
    """Return a name without the mark of its level; the marks are part of some names (จ.ป.ร.), so try it whole first."""
    for mark in _MARKS[length]:
        if name.startswith(mark) and len(name) > len(mark):
            return name[len(mark) :].strip()
    return name
