"""Places as people write them."""

import pytest
from sqlmodel import Session

from app.models import Area, AreaLevel
from app.services.places import Gazetteer, Place, UnknownPlace


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("place", "code"),
    [
        (Place(province="อ่างทอง", district="ไชโย", subdistrict="ไชโย"), "150206"),
        (Place(province="จ.อ่างทอง", district="อ.ไชโย", subdistrict="ต.ไชโย"), "150206"),
        (Place(province="จังหวัดอ่างทอง", district="อำเภอไชโย"), "1502"),
        (Place(province="Ang Thong", district="Chaiyo"), "1502"),
        (Place(province="ลพบุรี", district="เมือง"), "1601"),
        (Place(province="อ่างทอง", subdistrict="เทวราช"), "150204"),
        (Place(whole="ต.ไชโย อ.ไชโย จ.อ่างทอง"), "150206"),
        (Place(whole="จังหวัดสระบุรี"), "19"),
        (Place(whole="กลุ่มจังหวัดภาคกลางตอนบน"), None),
        (Place(code="๑๕๐๒"), "1502"),
        (Place(), None),
    ],
)
def test_names_become_official_codes(session: Session, place: Place, code: str | None) -> None:
    assert Gazetteer(session).find(place) == (code, "")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("place", "field", "near"),
    [
        (Place(province="อางทอง"), "province", "จ.อ่างทอง"),
        (Place(province="อ่างทอง", district="ไชยโย"), "district", "อ.ไชโย จ.อ่างทอง"),
        (Place(province="อ่างทอง", district="บ้านหมี่"), "district", "อ.บ้านหมี่ จ.ลพบุรี"),
    ],
)
def test_unknown_names_come_with_the_nearest(session: Session, place: Place, field: str, near: str) -> None:
    with pytest.raises(UnknownPlace) as unknown:
        Gazetteer(session).find(place)
    assert unknown.value.field == field
    assert near in unknown.value.near


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_name_that_several_places_bear_is_asked_about(session: Session) -> None:
    with pytest.raises(UnknownPlace) as unknown:
        Gazetteer(session).find(Place(subdistrict="ท่าช้าง"), within="central-upper")
    assert len(unknown.value.near) > 1


def test_villages_are_found_by_number_or_name_and_kept_as_words_otherwise(session: Session) -> None:
    session.add(Area(code="15020601", level=AreaLevel.VILLAGE, name_th="บ้านไชโย", parent_code="150206"))
    session.flush()
    places = Gazetteer(session)
    here = Place(province="อ่างทอง", district="ไชโย", subdistrict="ไชโย")
    assert places.find(Place(**{**vars(here), "village": "หมู่ 1"})) == ("15020601", "")
    assert places.find(Place(**{**vars(here), "village": "ไชโย"})) == ("15020601", "")
    assert places.find(Place(**{**vars(here), "village": "บ้านใหม่"})) == ("150206", "บ้านใหม่")
