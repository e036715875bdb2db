"""Who may do what, as tables one can read, and lists that hold exactly what one may open.

A letter is a person: - the public, A สมชาย the change agent (author of the need), B มาลี another change agent, D วิภา the
district verifier, S สุรชัย the province officer, P ปรีชา the planner, H ดวงใจ the head of OSM, G ธนา the agency, X อรุณ the
executive, N นิดา the administrator, K กมล who plans for another cluster. A dot is nobody.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from app import permissions
from app.config import Settings
from app.database import now
from app.models import (
    AgentType,
    Consent,
    Consultation,
    Decision,
    Invitation,
    Need,
    NeedStatus,
    Organization,
    Response,
    ResponseStatus,
    Role,
    Stage,
    Topic,
    User,
)
from app.services import invitations
from app.services.users import Office
from tests.support.cast import CHAIYO, CHAIYO_SUBDISTRICT, CLUSTER, OTHER_CLUSTER, PHO_THONG, Cast
from tests.support.consultations import make_consultation

NAMES = {
    "-": "public", "A": "somchai", "B": "malee", "D": "wipha", "S": "surachai", "P": "preecha", "H": "duangjai",
    "G": "thana", "X": "arun", "N": "nida", "K": "kamon",
}  # fmt: skip
ALL = "-ABDSPHGXNK"

CONSULTATIONS = f"""
                 draft  announced  open    closed  analysing  summary_published  responded  archived
see              PH     {ALL}      {ALL}   {ALL}   {ALL}      {ALL}              {ALL}      {ALL}
edit             PH     PH         PH      PH      PH         PH                 PH         .
advance          PH     PH         PH      PH      H          H                  PH         .
create_need      .      .          ABDSPH  .       .          .                  .          .
settle_topics    PH     PH         PH      PH      PH         PH                 PH         .
see_topics       DSPHGX DSPHGX     DSPHGX  DSPHGX  DSPHGX     {ALL}              {ALL}      {ALL}
see_outcome      PH     PH         PH      PH      PH         {ALL}              {ALL}      {ALL}
draft_response   PH     PH         PH      PH      PH         PH                 PH         .
publish_response H      H          H       H       H          H                  H          .
settle_links     PH     PH         PH      PH      PH         PH                 PH         PH
suggest_link     SPHG   SPHG       SPHG    SPHG    SPHG       SPHG               SPHG       SPHG
"""

NEEDS = """
             draft submitted acknowledged returned accepted grouped considered answered disputed withdrawn merged out_of_scope
see          A     ADSPH     ADSPH        ADSPH    ADSPH    ADSPH   ADSPH      ADSPH    ADSPH    ADSPH     ADSPH  ADSPH
see_raw_text A     ADSPH     ADSPH        ADSPH    ADSPH    ADSPH   ADSPH      ADSPH    ADSPH    ADSPH     ADSPH  ADSPH
edit         A     .         .            .        .        .       .          .        .        .         .      .
send         A     .         .            .        .        .       .          .        .        .         .      .
add_photo    A     A         A            A        .        .       .          .        .        .         .      .
withdraw     .     A         A            A        .        .       .          .        .        .         .      .
add_detail   .     .         .            A        .        .       .          .        .        .         .      .
dispute      .     .         .            .        .        .       .          A        .        .         .      .
verify       .     DSPH      DSPH         .        .        .       .          .        .        .         .      .
acknowledge  .     DSPH      .            .        .        .       .          .        .        .         .      .
certify      .     D         D            .        .        .       .          .        .        .         .      .
merge        .     DSPH      DSPH         .        PH       PH      .          .        .        .         .      .
accept       .     .         .            .        .        .       .          .        .        .         .      .
accept_late  .     PH        PH           .        .        .       .          .        .        .         .      .
"""  # noqa: E501  a table is read across

# Needs that somebody typed for another: who typed it, and for whom; V is a villager without an account.
ENTERED = """
             D_for_A  D_for_V  S_for_V  A_for_V
see          ADSPH    DSPHG    DSPHG    ADSPHG
see_raw_text ADSPH    DSPH     DSPH     ADSPH
withdraw     AD       D        S        A
add_photo    A        D        S        A
add_detail   A        D        S        A
dispute      A        D        S        A
verify       SPH      SPH      DPH      DSPH
certify      .        .        D        D
accept       .        .        .        .
accept_late  PH       PH       PH       PH
"""

# Where a person may type for others, and name an agent of the roster as the one who said it.
PLACES = """
      own_subdistrict same_district other_district other_province other_cluster
enter ADSPH           DSPH          SPH            PH             .
"""

# Whom a person (row) may invite to which role (column).
INVITATIONS = """
  change_agent district_verifier province_officer planner osm_head agency executive administrator
  DSPHNK       SPHNK             PHNK             HN      N        PHNK   HN        N
"""

ACTS: dict[str, Callable[..., bool]] = {
    "see": permissions.can_see_consultation,
    "edit": permissions.can_edit_consultation,
    "advance": permissions.can_advance_consultation,
    "create_need": permissions.can_create_need,
    "settle_topics": permissions.can_settle_topics,
    "see_topics": permissions.can_see_topics,
    "see_outcome": permissions.can_see_outcome,
    "draft_response": lambda user, made: permissions.can_draft_response(user, Topic(consultation=made)),
    "publish_response": lambda user, made: permissions.can_publish_response(user, drafted(made)),
    "settle_links": lambda user, made: permissions.can_settle_links(user, made.cluster_code),
    "suggest_link": lambda user, made: permissions.can_suggest_link(user, made.cluster_code),
}
SETTINGS = Settings(_env_file=None)
NEED_ACTS: dict[str, Callable[..., bool]] = {
    "see": permissions.can_see_need,
    "see_raw_text": permissions.can_see_raw_text,
    "edit": permissions.can_edit_need,
    "send": permissions.can_send_need,
    "add_photo": permissions.can_add_photo,
    "withdraw": permissions.can_withdraw_need,
    "add_detail": permissions.can_add_detail,
    "dispute": permissions.can_dispute_answer,
    "verify": permissions.can_verify_need,
    "acknowledge": permissions.can_acknowledge_need,
    "certify": permissions.can_certify_need,
    "merge": permissions.can_merge_need,
    "accept": lambda user, need: permissions.can_accept_need(user, need, SETTINGS),
    "accept_late": lambda user, need: permissions.can_accept_need(user, late(need), SETTINGS),
}


def read(table: str) -> list[tuple[str, dict[str, str]]]:
    """Return every row as an act and who may do it, by column."""
    columns, *rows = (line.split() for line in table.strip().splitlines())
    return [(act, dict(zip(columns, cells, strict=True))) for act, *cells in rows]


def those_who(cast: Cast, may: Callable[[User | None], bool]) -> str:
    return "".join(letter for letter, name in NAMES.items() if may(getattr(cast, name))) or "."


def drafted(consultation: Consultation) -> Response:
    """A response that ปรีชา drafted."""
    response = Response(decision=Decision.DEFERRED, reason="-", next_step="-", drafted_by_id=-1)
    response.topic = Topic(consultation=consultation, key="-", label="-")
    response.status = ResponseStatus.DRAFT
    return response


def late(need: Need) -> Need:
    return Need(
        **need.model_dump(exclude={"sent_at"}), consultation=need.consultation, sent_at=now() - timedelta(days=99)
    )


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # rules ask no database
@pytest.mark.parametrize(("act", "by_stage"), read(CONSULTATIONS))
def test_act_by_stage_and_role(cast: Cast, act: str, by_stage: dict[str, str]) -> None:
    rounds = {stage.value: Consultation(cluster_code=CLUSTER, stage=stage) for stage in Stage}
    found = {stage: those_who(cast, lambda user, made=made: ACTS[act](user, made)) for stage, made in rounds.items()}
    assert found == by_stage


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("act", "by_status"), read(NEEDS))
def test_act_by_status_and_role(cast: Cast, act: str, by_status: dict[str, str]) -> None:
    found = {}
    for status in NeedStatus:
        need = Need(
            status=status,
            author_id=cast.somchai.id,
            author_role=Role.CHANGE_AGENT,
            area_code=cast.somchai.area_code,
            consultation=Consultation(cluster_code=CLUSTER, stage=Stage.OPEN),
            sent_at=now(),
        )
        found[status.value] = those_who(cast, lambda user, need=need: NEED_ACTS[act](user, need))
    assert found == by_status


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("act", "by_whom"), read(ENTERED))
def test_act_on_what_was_typed_for_another(cast: Cast, act: str, by_whom: dict[str, str]) -> None:
    status = {"add_detail": NeedStatus.RETURNED, "dispute": NeedStatus.ANSWERED}.get(act, NeedStatus.SUBMITTED)
    found = {}
    for who in by_whom:
        typist, _, teller = who.partition("_for_")
        author = cast.somchai if teller == "A" else None
        need = Need(
            status=status,
            author_id=author.id if author else None,
            author_role=Role.CHANGE_AGENT if author else None,
            entered_by_id=getattr(cast, NAMES[typist]).id,
            consent=Consent.SPOKEN,
            area_code=cast.somchai.area_code,
            referred_to_id=None if author else cast.thana.organization_id,
            consultation=Consultation(cluster_code=CLUSTER, stage=Stage.OPEN),
            sent_at=now(),
        )
        found[who] = those_who(cast, lambda user, need=need: NEED_ACTS[act](user, need))
    assert found == by_whom


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("act", "by_place"), read(PLACES))
def test_where_a_person_may_type_for_others(cast: Cast, act: str, by_place: dict[str, str]) -> None:
    made = Consultation(cluster_code=CLUSTER, stage=Stage.OPEN)
    elsewhere = Consultation(cluster_code="north-upper-1", stage=Stage.OPEN)
    places = {
        "own_subdistrict": (made, CHAIYO_SUBDISTRICT),
        "same_district": (made, "150203"),
        "other_district": (made, "150301"),
        "other_province": (made, "160101"),
        "other_cluster": (elsewhere, "500101"),
    }
    found = {
        name: those_who(cast, lambda user, round=round, code=code: permissions.can_enter_need(user, round, code))
        for name, (round, code) in places.items()
    }
    assert found == by_place


def test_roster_is_the_agents_of_ones_area(session: Session, cast: Cast) -> None:
    def roster(person: User | None) -> str:
        found = session.exec(select(User.username).where(permissions.visible_agents(person))).all()
        return "".join(letter for letter, name in NAMES.items() if name in found) or "."

    assert {letter: roster(getattr(cast, name)) for letter, name in NAMES.items()} == {
        "-": ".", "A": ".", "B": ".", "D": "A", "S": "AB", "P": "AB", "H": "AB", "G": ".", "X": ".", "N": ".", "K": ".",
    }  # fmt: skip


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_invites_whom(cast: Cast) -> None:
    columns, cells = (line.split() for line in INVITATIONS.strip().splitlines())
    found = {
        role.value: those_who(cast, lambda user, role=role: permissions.can_invite_role(user, role)) for role in Role
    }
    assert found == dict(zip(columns, cells, strict=True))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_offices_of_the_house(cast: Cast) -> None:
    assert those_who(cast, permissions.can_invite) == "DSPHNK"
    assert those_who(cast, permissions.can_create_consultation) == "PHK"
    assert those_who(cast, permissions.can_create_plan) == "PHK"
    assert those_who(cast, permissions.can_import) == "PHK"
    assert those_who(cast, permissions.can_manage_organizations) == "PHNK"
    assert those_who(cast, permissions.can_manage_users) == "N"
    assert those_who(cast, permissions.can_read_audit) == "N"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.OPEN])
def test_only_an_open_round_takes_a_need(cast: Cast, stage: Stage) -> None:
    closed = Consultation(cluster_code=CLUSTER, stage=stage)
    draft = Need(status=NeedStatus.DRAFT, author_id=cast.somchai.id, consultation=closed)
    assert those_who(cast, lambda user: permissions.can_create_need(user, closed)) == "."
    assert those_who(cast, lambda user: permissions.can_send_need(user, draft)) == "."


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_four_eyes(cast: Cast) -> None:
    """Nobody certifies or accepts a need they entered, and the head publishes no answer of their own."""
    made = Consultation(cluster_code=CLUSTER, stage=Stage.OPEN)
    for name in ("wipha", "surachai", "preecha", "duangjai"):
        person = getattr(cast, name)
        need = Need(status=NeedStatus.SUBMITTED, author_id=cast.somchai.id, area_code=cast.somchai.area_code)
        need.consultation, need.entered_by_id, need.sent_at = made, person.id, now() - timedelta(days=99)
        assert not permissions.can_verify_need(person, need)
        assert not permissions.can_certify_need(person, need)
        assert not permissions.can_accept_need(person, need, SETTINGS)
    response = drafted(made)
    response.drafted_by_id = cast.duangjai.id
    assert not permissions.can_publish_response(cast.duangjai, response)


# Lists


def every_need(session: Session, cast: Cast) -> Sequence[Need]:
    """Add needs of every status, from people of two districts and another cluster, some referred to an agency."""
    ours = make_consultation(session)
    theirs = make_consultation(session, cluster_code=OTHER_CLUSTER)
    authors: tuple[tuple[Any, Consultation, str | None], ...] = (
        (cast.somchai, ours, cast.somchai.area_code),
        (cast.malee, ours, cast.malee.area_code),
        (cast.malee, ours, CHAIYO),
        (cast.wipha, ours, PHO_THONG),
        (cast.preecha, theirs, "650101"),
        (None, ours, "15"),
        (None, ours, None),
    )
    agencies: tuple[Any, ...] = (None, cast.thana.organization_id)
    typists: tuple[Any, ...] = (None, cast.somchai.id, cast.surachai.id)
    for status in NeedStatus:
        for number, (author, consultation, area_code) in enumerate(authors):
            need = Need(
                ref=f"{list(NeedStatus).index(status):02}{number:02}",
                consultation_id=consultation.id,
                status=status,
                problem="-",
                area_code=area_code,
                author_id=author.id if author else None,
                entered_by_id=typists[number % 3] if status is not NeedStatus.DRAFT else None,
                referred_to_id=agencies[number % 2],
            )
            session.add(need)
    session.flush()
    return session.exec(select(Need)).all()


def people_of(session: Session, cast: Cast) -> list[User | None]:
    """The cast, and people whose office lacks its place: they must not see more for it."""
    lost = [User(display_name="-", role=role) for role in Role]
    session.add_all(lost)
    session.flush()
    return [*(getattr(cast, name) for name in NAMES.values()), *lost]


def test_list_of_needs_is_what_one_may_open(session: Session, cast: Cast) -> None:
    everything = every_need(session, cast)
    for person in people_of(session, cast):
        listed = session.exec(select(Need.ref).where(permissions.visible_needs(person)).order_by(Need.ref)).all()
        may_open = sorted(need.ref for need in everything if permissions.can_see_need(person, need))
        assert (person, listed) == (person, may_open)


def test_list_of_consultations_is_what_one_may_open(session: Session, cast: Cast) -> None:
    for stage in Stage:
        for cluster_code in (CLUSTER, OTHER_CLUSTER):
            make_consultation(session, stage, cluster_code=cluster_code)
    everything = session.exec(select(Consultation)).all()
    for person in people_of(session, cast):
        listed = session.exec(select(Consultation.id).where(permissions.visible_consultations(person))).all()
        may_open = [one.id for one in everything if permissions.can_see_consultation(person, one)]
        assert (person, sorted(listed)) == (person, sorted(may_open))


def test_list_of_invitations_is_what_one_may_open(session: Session, cast: Cast, settings: Settings) -> None:
    session.add(Organization(name_th="เทศบาล"))
    for name in ("wipha", "surachai", "preecha", "duangjai", "nida"):
        given = Office(
            role=Role.CHANGE_AGENT, agent_type=AgentType.KAMNAN, area_code=cast.somchai.area_code, cluster_code=None,
            organization_id=None,
        )  # fmt: skip
        invitations.create(session, given, by=getattr(cast, name), settings=settings)
    everything = session.exec(select(Invitation)).all()
    for person in people_of(session, cast):
        listed = session.exec(select(Invitation.id).where(permissions.visible_invitations(person))).all()
        may_open = [one.id for one in everything if permissions.can_see_invitation(person, one)]
        assert (person, sorted(listed)) == (person, sorted(may_open))


def test_draft_is_its_authors_alone(session: Session, cast: Cast) -> None:
    for need in every_need(session, cast):
        if need.status is NeedStatus.DRAFT:
            readers = [one.id for one in people_of(session, cast) if one and permissions.can_see_need(one, need)]
            assert readers == ([need.author_id] if need.author_id else [])
