"""Everything that can happen to a need: one named act, one function, one event.

Each act asks its rule, writes what happened, moves the status, and tells the sender what they should know.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, Row, bindparam, delete, insert, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app import jobs, permissions
from app.config import Settings
from app.database import for_reading, now, read, table_of, transaction, write
from app.exceptions import Conflict, InvalidInput, NotAllowed
from app.i18n import N_, _, number
from app.models import (
    Area,
    Consultation,
    GoTo,
    Need,
    NeedAct,
    NeedEvent,
    NeedPhoto,
    NeedStatus,
    NeedWord,
    Organization,
    User,
)
from app.queries import areas as area_queries
from app.queries import needs as need_queries
from app.services import flags, notices, privacy
from app.services.photos import MAX_PHOTOS, Picture
from nlp import tokenize

P = ParamSpec("P")
T = TypeVar("T")


def act(function: Callable[Concatenate[Session, Need, P], None]) -> Callable[Concatenate[Session, Need, P], None]:
    """Mark what is done to a need: its row is locked and read afresh, so of two who press at once only one acts."""

    @wraps(function)
    def locked(session: Session, need: Need, /, *args: P.args, **kwargs: P.kwargs) -> None:
        session.refresh(need, with_for_update=True)
        function(session, need, *args, **kwargs)

    return locked


# Receipt numbers: seven random digits and a check digit, so that a number read out wrongly is noticed.

# Damm's table finds every single wrong digit and every swap of two neighbours.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
REF_LENGTH = 8


def _damm(digits: str) -> int:
    check = 0
    for digit in digits:
        check = int(_DAMM[check][int(digit)])
    return check


def is_ref(text: str) -> bool:
    """Return whether the text could be a receipt number: eight digits, the last of which fits the others."""
    return len(text) == REF_LENGTH and text.isascii() and text.isdigit() and _damm(text) == 0


def _draw_ref() -> str:
    """Draw a receipt number; being random, none tells another, or how many there are. Somebody may have it already."""
    digits = str(secrets.randbelow(9_000_000) + 1_000_000)
    return f"{digits}{_damm(digits)}"


def new_ref(session: Session) -> str:
    """Return a receipt number nobody has."""
    return new_refs(session, 1)[0]


def new_refs(session: Session, count: int) -> list[str]:
    """Return so many receipt numbers nobody has."""
    refs: set[str] = set()
    while len(refs) < count:
        fresh = {_draw_ref() for _place in range(count - len(refs))}
        taken: set[str] = set(session.exec(select(Need.ref).where(col(Need.ref).in_(fresh))))
        refs |= fresh - taken
    return list(refs)


# Writing and sending


@dataclass(frozen=True)
class Kept:
    """What a phone adds to a need it kept until it could send: times and photos as it says, never taken at its word."""

    captured_at: datetime | None = None
    photos: tuple[str, ...] = ()
    replaces: str | None = None
    location: dict[str, float] | None = None

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "captured_at": self.captured_at,
            "photos_promised": list(self.photos),
            "replaces_uuid": self.replaces,
            "location": self.location,
        }


def create(session: Session, author: User, answers: Mapping[str, Any], **posted: Any) -> Need:
    """Do what ``post`` does, for one who need not know whether the need is new."""
    return post(session, author, answers, **posted)[0]


def post(
    session: Session,
    author: User,
    answers: Mapping[str, Any],
    *,
    consultation_id: int | None,
    area_code: str | None,
    area_text: str = "",
    send: bool,
    client_uuid: str,
    body_hash: str,
    pictures: Sequence[Picture] = (),
    are_households_sure: bool = False,
    joins: str = "",
    kept: Kept | None = None,
) -> tuple[Need, bool]:
    """Keep what was posted as a draft, or send it; return it, and whether it is new: posted again, it is the same need.

    With no round named it goes to the only open one; sent with no place, it is about the sender's own. ``joins`` says
    which of the similar ones is the same: a receipt number, ``NO_OTHER``, or nothing. ``kept`` is for what waited on a
    phone: it is taken late, too. Raises InvalidInput, with its errors by field, when a box must be mended or the round
    is closed; Conflict when other words were sent under this ``client_uuid``.
    """

    def posted_before() -> tuple[Need | None, bool]:
        """Return what was posted under this name, a draft brought up to these words; and if it was replaced."""
        rows = session.connection().execute(_POSTED, {"uuid": client_uuid}).all()
        known = next((session.get_one(Need, row.id) for row in rows if row.client_uuid == client_uuid), None)
        if known is not None:
            if known.author_id != author.id:
                raise Conflict(_("แบบฟอร์มนี้เป็นของบัญชีอื่น กรุณาเปิดแบบฟอร์มใหม่แล้วกรอกอีกครั้ง"))
            edit(
                session, known, author, answers, area_code=area_code, area_text=area_text, send=send,
                body_hash=body_hash, pictures=pictures, are_households_sure=are_households_sure,
            )  # fmt: skip
        return known, bool(rows)

    known, is_replaced = posted_before()
    if known is not None:
        return known, False
    consultation = find_round(session, author, consultation_id, has_waited=kept is not None)
    if not area_code and not area_text:
        area_code = author.area_code
    area = find_area(session, consultation, area_code, area_text, required=send)
    check_households(session, area, answers.get("households"), sure=are_households_sure)
    at = now()
    values = {
        **answers,
        **(kept.columns if kept else {}),
        "client_uuid": client_uuid,
        "body_hash": body_hash,
        "consultation_id": consultation.id,
        "area_code": area.code if area else None,
        "author_id": author.id,
        "author_name": author.display_name,
        "created_at": at,
        "status_at": at,
        "is_late": not consultation.is_open,
    }
    if send:
        values.update(_sender(author), sent_at=at, status=NeedStatus.SUBMITTED)
    need = None
    while need is None:
        need = write(session, Need, ref=_draw_ref(), **values)
        if need is None:  # on PostgreSQL the same post may be arriving twice; or somebody else has this number
            known, is_replaced = posted_before()
            if known is not None:
                return known, False
    if pictures:
        add_pictures(session, need, pictures)
    if send:
        flags.look(session, need, need.text)
        _happened(session, need, author, NeedAct.SEND, NeedStatus.DRAFT, at=at)
        _answer_similar(session, need, author, joins)
    else:
        _happened(session, need, author, NeedAct.CREATE, None, at=at)
    if is_replaced or need.replaces_uuid:
        _replace(session, need, author)
    return need, True


_NEED = table_of(Need).c
_POSTED = select_columns(_NEED.id, _NEED.client_uuid).where(
    or_(_NEED.client_uuid == bindparam("uuid"), _NEED.replaces_uuid == bindparam("uuid"))
)


def find_round(
    session: Session, author: User, consultation_id: int | None, *, has_waited: bool = False
) -> Consultation:
    """Return the round that was chosen, or the only open one. Raises InvalidInput when it takes nothing from them."""
    if consultation_id is None:
        rounds = need_queries.open_consultations(session, author)
        if len(rounds) == 1:
            return rounds[0]
        message = _("กรุณาเลือกรอบการรับฟังที่จะส่งเรื่องนี้") if rounds else _("ตอนนี้ยังไม่มีรอบที่เปิดรับเรื่อง")
        raise InvalidInput(message, {"consultation": message})
    consultation = read(session, Consultation, consultation_id)
    if consultation is None or not (
        permissions.can_create_need(author, consultation)
        or (has_waited and permissions.can_send_late(author, consultation))
    ):
        message = _("รอบการรับฟังนี้ปิดรับแล้ว หรือไม่ใช่ของกลุ่มจังหวัดของคุณ กรุณาเลือกรอบอื่น")
        raise InvalidInput(message, {"consultation": message})
    return consultation


def _replace(session: Session, need: Need, author: User) -> None:
    """Withdraw the older of two versions of one need, whichever of them came first."""
    own = col(Need.author_id) == author.id
    is_older = col(Need.client_uuid) == need.replaces_uuid
    is_newer = col(Need.replaces_uuid) == need.client_uuid
    for other in session.exec(select(Need).where(own, or_(is_older, is_newer))).all():
        older, newer = (other, need) if other.client_uuid == need.replaces_uuid else (need, other)
        if permissions.can_withdraw_need(author, older):
            withdraw(session, older, author, _("ส่งฉบับแก้ไขแทนแล้ว เลขที่ {ref}").format(ref=newer.ref))


@act
def edit(
    session: Session,
    need: Need,
    author: User,
    answers: Mapping[str, Any],
    *,
    area_code: str | None,
    area_text: str = "",
    send: bool,
    body_hash: str,
    pictures: Sequence[Picture] = (),
    are_households_sure: bool = False,
) -> None:
    """Write a draft anew, and send it if asked. The same words posted again after sending change nothing."""
    if need.body_hash == body_hash and need.author_id == author.id:
        return
    if need.author_id == author.id and need.status is not NeedStatus.DRAFT:
        raise Conflict(_("เรื่องนี้ส่งไปแล้ว ข้อความที่ส่งแล้วแก้ไม่ได้ ถ้ามีเรื่องเพิ่ม กรุณาส่งเป็นเรื่องใหม่"))
    _require(permissions.can_edit_need(author, need))
    area = find_area(session, need.consultation, area_code, area_text, required=send)
    check_households(session, area, answers.get("households"), sure=are_households_sure)
    for name, value in answers.items():
        setattr(need, name, value)
    need.area_code, need.body_hash, need.is_indexed = area.code if area else None, body_hash, False
    session.add(need)
    add_pictures(session, need, pictures)
    session.flush()
    if send:
        send_draft(session, need, author)


@act
def send_draft(session: Session, need: Need, author: User) -> None:
    """Send a draft as it stands. Raises InvalidInput when it says too little."""
    _require(permissions.can_edit_need(author, need))
    if not permissions.can_send_need(author, need):
        message = _("รอบการรับฟังนี้ปิดรับแล้ว เรื่องนี้ยังเก็บเป็นร่างไว้ให้")
        raise InvalidInput(message, {"consultation": message})
    errors = {}
    if not need.problem:
        errors["problem"] = _("กรุณาเล่าว่าเดือดร้อนเรื่องอะไร สั้น ๆ ก็ได้")
    if need.area_code is None:
        errors["area_code"] = _("กรุณาเลือกพื้นที่ของเรื่องนี้")
    if errors:
        raise InvalidInput(_("ยังกรอกไม่ครบ"), errors)
    _send(session, need, author)


def _send(session: Session, need: Need, author: User) -> None:
    for name, value in _sender(author).items():
        setattr(need, name, value)
    need.sent_at = now()
    step(session, need, author, NeedAct.SEND, NeedStatus.SUBMITTED)


def _sender(author: User) -> dict[str, Any]:
    """Freeze who sends and from which office: later changes of a person change no figure."""
    return {
        "author_name": author.display_name,
        "author_role": author.role,
        "author_agent_type": author.agent_type,
        "author_sector": author.sector,
        "author_area_code": author.area_code,
        "author_organization": author.organization.name_th if author.organization else "",
    }


def find_area(
    session: Session, consultation: Consultation, code: str | None, text: str, *, required: bool
) -> Area | None:
    """Return the place that was picked or named. Raises InvalidInput when it is unknown, unclear or elsewhere."""
    if not code and not text:
        if required:
            raise InvalidInput(_("กรุณาเลือกพื้นที่ของเรื่องนี้"), {"area_code": _("กรุณาเลือกพื้นที่ของเรื่องนี้")})
        return None
    found = area_queries.resolve(session, code, text, within=consultation.cluster_code)
    if isinstance(found, Area):
        if code and text and found not in area_queries.search(session, text, within=code):
            # Without script a place picked before stays picked while another name is typed.
            message = _("พื้นที่ที่เลือกไว้ไม่ตรงกับชื่อที่พิมพ์ กรุณาเลือกอีกครั้ง หรือลบชื่อที่พิมพ์ออก")
            raise InvalidInput(message, {"area_code": message})
        return found
    if code:
        message = _("ไม่รู้จักพื้นที่นี้ หรืออยู่นอกกลุ่มจังหวัดของรอบนี้ กรุณาเลือกใหม่")
    elif found:
        message = _("มีหลายพื้นที่ชื่อนี้ กรุณาเลือกจากรายการข้างล่าง")
    else:
        message = _("ไม่พบพื้นที่ชื่อนี้ในกลุ่มจังหวัด ลองพิมพ์เฉพาะชื่อตำบลหรืออำเภอ")
    raise InvalidInput(message, {"area_code": message})


def check_households(session: Session, area: Area | None, households: int | None, *, sure: bool) -> None:
    """Ask once when more households are named than live there; a person who is sure is believed."""
    if area is None or households is None or sure:
        return
    place = area_queries.counted(session, area)
    if place is not None and households > place.households:
        message = _("ทะเบียนราษฎรบอกว่า {place} มี {households} ครัวเรือน ตรวจตัวเลขอีกครั้ง ถ้าถูกแล้วให้กดยืนยันข้างล่าง").format(
            place=place.full_th or place.name_th, households=number(place.households)
        )
        raise InvalidInput(message, {"are_households_sure": message})


def search_words(answers: Mapping[str, Any]) -> list[str]:
    """Return the words by which a need is found: masked first, so that no search can confirm a telephone number."""
    return words_of(privacy.mask("\n".join(str(answers.get(part) or "") for part in PARTS)))


def words_of(text: str) -> list[str]:
    """Return the different words of what a reader looks for, cut as the index cuts them."""
    return sorted({word[:80] for word in tokenize.search_words(text)})


def index_words(session: Session, need: Need, words: Iterable[str]) -> None:
    """Make a need findable by these words, and by no others."""
    session.connection().execute(delete(NeedWord).where(col(NeedWord.need_id) == need.id))
    add_words(session, {need.id: words})
    need.is_indexed = True
    session.add(need)


def index_waiting(engine: Engine, *, most: int = 200) -> int:
    """Make needs findable that were written since; return how many. Two who do it at once do it once."""
    with Session(for_reading(engine)) as session:
        waiting = session.execute(_WAITING, {"most": most}).all()
        if not waiting:
            return 0
    words = {need.id: search_words(need._asdict()) for need in waiting}
    done = 0
    for batch in (waiting[start : start + BATCH] for start in range(0, len(waiting), BATCH)):
        with transaction(engine) as session:
            # One changed meanwhile, or taken by another, is left for the next time.
            taken = [need.id for need in batch if _take(session, need)]
            session.connection().execute(delete(NeedWord).where(col(NeedWord.need_id).in_(taken)))
            add_words(session, {need_id: words[need_id] for need_id in taken})
            done += len(taken)
    return done


@jobs.recurring(timedelta(seconds=2))
def index_new(engine: Engine, settings: Settings) -> None:
    while index_waiting(engine):
        pass


BATCH = 20  # so few that nobody who sends a need waits long for the write lock
PARTS = (
    "problem", "cause", "wish", "place_note", "behalf_name", "product", "do_ourselves", "do_together", "ask_for",
)  # fmt: skip
_WAITING = (
    select_columns(_NEED.id, _NEED.body_hash, _NEED.status_at, *(_NEED[part] for part in PARTS))
    .where(_NEED.is_indexed.is_(False))
    .order_by(_NEED.id)
    .limit(bindparam("most"))
)
_TAKE = (
    update(table_of(Need))
    .where(
        _NEED.id == bindparam("id_"),
        _NEED.is_indexed.is_(False),
        _NEED.body_hash.is_not_distinct_from(bindparam("hash_")),
        _NEED.status_at == bindparam("at_"),
    )
    .values(is_indexed=True)
)


def _take(session: Session, need: Row[Any]) -> bool:
    named = {"id_": need.id, "hash_": need.body_hash, "at_": need.status_at}
    return session.connection().execute(_TAKE, named).rowcount == 1


def add_words(session: Session, words_of: Mapping[int, Iterable[str]]) -> None:
    """Make needs that are new findable by their words, many at once."""
    rows = [{"need_id": need_id, "word": word} for need_id, words in words_of.items() for word in words]
    if rows:
        session.connection().execute(insert(NeedWord), rows)


def add_pictures(session: Session, need: Need, pictures: Iterable[Picture]) -> int:
    """Attach photos whose files are saved; return how many were new. Raises InvalidInput when there are too many."""
    held = set(session.exec(select(NeedPhoto.sha256).where(NeedPhoto.need_id == need.id)))
    fresh = {picture.sha256: picture for picture in pictures if picture.sha256 not in held}
    if len(held) + len(fresh) > MAX_PHOTOS:
        message = _("แนบรูปได้ไม่เกิน {most} รูป").format(most=MAX_PHOTOS)
        raise InvalidInput(message, {"photos": message})
    for sha256, picture in fresh.items():
        session.add(
            NeedPhoto(
                need_id=need.id,
                sha256=sha256,
                file_name=picture.file_name,
                width=picture.width,
                height=picture.height,
                size=len(picture.data),
            )
        )
    session.flush()
    return len(fresh)


# What its sender does later


@act
def add_photos(session: Session, need: Need, author: User, pictures: Iterable[Picture]) -> None:
    _require(permissions.can_add_photo(author, need))
    added = add_pictures(session, need, pictures)
    if added and need.status is not NeedStatus.DRAFT:
        step(session, need, author, NeedAct.ADD_PHOTO, need.status, count=added)


def deliver_photo(session: Session, need: Need, author: User, picture: Picture) -> bool:
    """Attach one photo that a phone sends after the words it belongs to; return whether it is new."""
    session.refresh(need, with_for_update=True)
    _require(permissions.can_deliver_photo(author, need, picture.sha256))
    added = add_pictures(session, need, (picture,))
    if added and picture.sha256 not in need.photos_promised and need.status is not NeedStatus.DRAFT:
        step(session, need, author, NeedAct.ADD_PHOTO, need.status, count=added)
    session.expire(need, ["photos"])
    return added > 0


@act
def withdraw(session: Session, need: Need, author: User, note: str = "") -> None:
    _require(permissions.can_withdraw_need(author, need))
    followers = session.exec(select(Need).where(Need.joins_id == need.id).order_by(col(Need.id))).all()
    for follower in followers:  # those who said the same still speak together, the first of them in front
        follower.joins_id = None if follower is followers[0] else followers[0].id
        session.add(follower)
    step(session, need, author, NeedAct.WITHDRAW, NeedStatus.WITHDRAWN, note=note)


@act
def add_detail(session: Session, need: Need, author: User, detail: str) -> None:
    """Answer a question; the words as sent stay, what is added is an event of its own."""
    _require(permissions.can_add_detail(author, need))
    _given("detail", detail, N_("กรุณาเขียนข้อมูลเพิ่ม"))
    words = {*words_of(privacy.mask(detail)), *session.exec(select(NeedWord.word).where(NeedWord.need_id == need.id))}
    if not need.is_indexed:
        words.update(search_words(need.model_dump()))
    step(session, need, author, NeedAct.ADD_DETAIL, NeedStatus.ACKNOWLEDGED, note=detail)
    index_words(session, need, sorted(words))


@act
def dispute(session: Session, need: Need, author: User, reason: str) -> None:
    _require(permissions.can_dispute_answer(author, need))
    _given("reason", reason, N_("กรุณาเขียนว่าคำตอบไม่ตรงอย่างไร"))
    need.disputed_at = now()
    step(session, need, author, NeedAct.DISPUTE, NeedStatus.DISPUTED, note=reason)


# The same thing told by another: joined by its sender's own word, and left again

# What a sender answers when none of the needs shown is theirs.
NO_OTHER = "none"


def join(session: Session, need: Need, author: User, ref: str) -> None:
    """Say that another's need is one's own too. Both keep their words and numbers; this one is one more voice."""
    target = _joinable(session, need, author, ref)
    if target is not None:
        both = select(Need).where(col(Need.id).in_((need.id, target.id))).order_by(col(Need.id)).with_for_update()
        session.exec(both.execution_options(populate_existing=True)).all()
    _require(permissions.can_join_need(author, need))
    if target is None or not permissions.can_be_joined(author, target):
        message = _("ร่วมกับเรื่องนี้ไม่ได้แล้ว เรื่องของคุณยังอยู่ครบ")
        raise InvalidInput(message, {"joins": message})
    need.joins_id = target.id
    step(session, need, author, NeedAct.JOIN, need.status, ref=target.ref)


@act
def leave(session: Session, need: Need, author: User) -> None:
    """Take back that another's need is the same."""
    _require(permissions.can_leave_need(author, need))
    need.joins_id = None
    step(session, need, author, NeedAct.LEAVE, need.status)


@act
def differ(session: Session, need: Need, author: User) -> None:
    """Say that none of the needs shown is the same; nobody asks again."""
    _require(permissions.can_join_need(author, need))
    step(session, need, author, NeedAct.DIFFER, need.status)


def _answer_similar(session: Session, need: Need, author: User, joins: str) -> None:
    """Do as the sender answered before sending. What can no longer be joined is left: no words are refused for it."""
    if joins == NO_OTHER:
        differ(session, need, author)
    elif joins:
        with suppress(InvalidInput):
            join(session, need, author, joins)


def _joinable(session: Session, need: Need, author: User, ref: str) -> Need | None:
    """Return the first of those who speak of the need with this number, if this one may join them."""
    named = session.exec(
        select(Need).where(Need.ref == ref.replace("-", ""), Need.consultation_id == need.consultation_id)
    ).one_or_none()
    if named is None or not permissions.can_compare_needs(author, named.area_code):
        return None
    first = named if named.joins_id is None else session.get_one(Need, named.joins_id)
    family = session.exec(select(Need).where(or_(col(Need.id) == first.id, col(Need.joins_id) == first.id))).all()
    has_followers = session.exec(select(Need.id).where(Need.joins_id == need.id).limit(1)).first() is not None
    if has_followers or any(one.author_id == need.author_id is not None for one in family):
        return None
    return first


# What officers do


@act
def acknowledge(session: Session, need: Need, officer: User, note: str = "", internal_note: str = "") -> None:
    _require(permissions.can_acknowledge_need(officer, need))
    step(session, need, officer, NeedAct.ACKNOWLEDGE, NeedStatus.ACKNOWLEDGED, note=note, internal_note=internal_note)


@act
def return_for_detail(session: Session, need: Need, officer: User, question: str, internal_note: str = "") -> None:
    _require(permissions.can_verify_need(officer, need))
    _given("note", question, N_("กรุณาเขียนคำถามถึงผู้ส่ง"))
    step(session, need, officer, NeedAct.RETURN, NeedStatus.RETURNED, note=question, internal_note=internal_note)
    notify(session, need, NeedAct.RETURN, N_("เจ้าหน้าที่ขอข้อมูลเพิ่มในเรื่องที่คุณส่ง"))


@act
def certify(session: Session, need: Need, officer: User, note: str = "", internal_note: str = "") -> None:
    """Vouch for a need of one's district; nobody certifies their own."""
    _require(permissions.can_certify_need(officer, need))
    need.certified_by_id, need.certified_at, need.accepted_at = officer.id, now(), now()
    step(session, need, officer, NeedAct.CERTIFY, NeedStatus.ACCEPTED, note=note, internal_note=internal_note)
    notify(session, need, NeedAct.CERTIFY, N_("อำเภอรับรองเรื่องที่คุณส่งแล้ว"))


@act
def accept(
    session: Session, need: Need, planner: User, settings: Settings, note: str = "", internal_note: str = ""
) -> None:
    """Take a need on without its district, when the district is late or is not the one to ask; it stays uncertified."""
    _require(permissions.can_accept_need(planner, need, settings))
    need.accepted_at = now()
    step(session, need, planner, NeedAct.ACCEPT, NeedStatus.ACCEPTED, note=note, internal_note=internal_note)
    notify(session, need, NeedAct.ACCEPT, N_("เรื่องที่คุณส่งเข้าสู่การพิจารณาแล้ว"))


@act
def reply_to_dispute(session: Session, need: Need, planner: User, reply: str, internal_note: str = "") -> None:
    """Answer an objection where the topic's answer stands; a new answer of the topic replies by itself."""
    _require(permissions.can_reply_to_dispute(planner, need))
    _given("note", reply, N_("กรุณาเขียนคำตอบถึงผู้ส่ง"))
    step(session, need, planner, NeedAct.REPLY, NeedStatus.ANSWERED, note=reply, internal_note=internal_note)
    notify(session, need, NeedAct.REPLY, N_("คำโต้แย้งของคุณมีคำตอบแล้ว"))


def accept_late(session: Session, planner: User, settings: Settings) -> int:
    """Take on every need of the planner's cluster that its district left too long; return how many."""
    waiting = session.exec(
        select(Need).where(permissions.visible_needs(planner), col(Need.status).in_(permissions.WAITING))
    ).all()
    late = [need for need in waiting if permissions.can_accept_need(planner, need, settings)]
    for need in late:
        accept(session, need, planner, settings)
    return len(late)


def flow_on(session: Session, settings: Settings, *, most: int = 200) -> int:
    """Let the needs go on that nobody did anything with in the days given to their district; return how many."""
    before = now() - timedelta(days=settings.certify_days)
    overdue = session.exec(
        select(Need)
        .where(
            col(Need.status).in_(permissions.WAITING),
            col(Need.sent_at) < before,
            col(Need.status_at) < before,  # one whose question was answered yesterday has its days anew
        )
        .order_by(col(Need.id))
        .limit(most)
        .with_for_update(skip_locked=True)  # somebody is deciding on it now
    ).all()
    for need in overdue:
        need.accepted_at = now()
        step(session, need, None, NeedAct.FLOW_ON, NeedStatus.ACCEPTED)
        notify(session, need, NeedAct.FLOW_ON, N_("เรื่องที่คุณส่งเข้าสู่การพิจารณาแล้ว"))
    return len(overdue)


@act
def mark_out_of_scope(
    session: Session, need: Need, officer: User, go_to: GoTo | None, note: str = "", internal_note: str = ""
) -> None:
    """Say that a plan cannot help here, and always where help is."""
    _require(permissions.can_verify_need(officer, need))
    go_to = _given("go_to", go_to, N_("กรุณาเลือกว่าผู้ส่งควรติดต่อใคร"))
    step(
        session, need, officer, NeedAct.OUT_OF_SCOPE, NeedStatus.OUT_OF_SCOPE,
        note=note, internal_note=internal_note, go_to=go_to.value,
    )  # fmt: skip
    notify(session, need, NeedAct.OUT_OF_SCOPE, N_("เรื่องที่คุณส่งไม่ใช่เรื่องของแผนกลุ่มจังหวัด เปิดดูว่าควรติดต่อใคร"))


@act
def refer(
    session: Session, need: Need, officer: User, organization_id: int | None, note: str = "", internal_note: str = ""
) -> None:
    """Let an agency read and follow a need; its place in the queue stays."""
    _require(permissions.can_verify_need(officer, need))
    found = session.get(Organization, organization_id) if organization_id else None
    organization = _given("organization", found, N_("กรุณาเลือกหน่วยงาน"))
    need.referred_to_id = organization.id
    step(
        session, need, officer, NeedAct.REFER, need.status,
        note=note, internal_note=internal_note, organization=organization.name_th,
    )  # fmt: skip
    notify(session, need, NeedAct.REFER, N_("เรื่องที่คุณส่ง ถูกส่งต่อให้หน่วยงานที่เกี่ยวข้องแล้ว"))


@act
def merge(session: Session, need: Need, officer: User, into_ref: str, note: str = "", internal_note: str = "") -> None:
    """Join a need to an earlier one that says the same: it keeps its own number and gets that one's answer."""
    _require(permissions.can_merge_need(officer, need))
    ref = into_ref.replace("-", "").replace(" ", "")
    kept = session.exec(
        select(Need).where(
            Need.ref == ref, Need.consultation_id == need.consultation_id, permissions.visible_needs(officer)
        )
    ).one_or_none()
    if kept is None or kept.id == need.id or kept.status in CANNOT_KEEP:
        message = _("ไม่พบเรื่องเลขที่นี้ในรอบเดียวกัน หรือเรื่องนั้นปิดไปแล้ว กรุณาตรวจเลขอีกครั้ง")
        raise InvalidInput(message, {"into": message})
    for earlier in session.exec(select(Need).where(Need.merged_into_id == need.id)):
        earlier.merged_into_id = kept.id
        session.add(earlier)
    need.merged_into_id = kept.id
    step(
        session, need, officer, NeedAct.MERGE, NeedStatus.MERGED, note=note, internal_note=internal_note, into=kept.ref
    )
    notify(session, need, NeedAct.MERGE, N_("เรื่องที่คุณส่งเหมือนกับเรื่องที่มีอยู่แล้ว จึงพิจารณาไปพร้อมกัน"))


CANNOT_KEEP = (NeedStatus.DRAFT, NeedStatus.WITHDRAWN, NeedStatus.MERGED, NeedStatus.OUT_OF_SCOPE)


# What every act does

SAYING = (NeedAct.SEND, NeedAct.ENTER, NeedAct.ADD_DETAIL)


def step(
    session: Session,
    need: Need,
    actor: User | None,
    act: NeedAct,
    to: NeedStatus,
    *,
    note: str = "",
    internal_note: str = "",
    at: datetime | None = None,
    **detail: Any,
) -> None:
    """Write one event and move the status; the only place where a need's status changes."""
    at = at or now()
    before = None if act is NeedAct.CREATE else need.status
    if before is not to:
        need.status, need.status_at = to, at
    session.add(need)
    if act in SAYING:
        flags.look(session, need, note if act is NeedAct.ADD_DETAIL else need.text)
    session.flush()
    _happened(session, need, actor, act, before, at=at, note=note, internal_note=internal_note, detail=detail)


def _happened(
    session: Session,
    need: Need,
    actor: User | None,
    act: NeedAct,
    before: NeedStatus | None,
    *,
    at: datetime,
    note: str = "",
    internal_note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    write(
        session,
        NeedEvent,
        need_id=need.id,
        at=at,
        actor_id=actor.id if actor else None,
        act=act.value,
        from_status=before,
        to_status=need.status,
        note=note,
        internal_note=internal_note,
        detail=dict(detail or {}),
    )


def notify(session: Session, need: Need, act: NeedAct, text: str) -> None:
    """Put a sentence (a Thai message to be translated when read) in the list of who speaks for the need."""
    if need.speaker_id is not None:
        notices.tell(session, need.speaker_id, text, kind=act.value, need=need)


def _given(field: str, value: T | None, message: str) -> T:
    """Return what was given for a box. Raises InvalidInput when nothing was."""
    if not value:
        raise InvalidInput(_(message), {field: _(message)})
    return value


def _require(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("ทำขั้นตอนนี้กับเรื่องนี้ไม่ได้ เรื่องอาจมีคนดำเนินการไปแล้ว กรุณาเปิดดูอีกครั้ง"))
