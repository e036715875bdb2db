"""prachakhom users: the first administrator of a new installation."""

import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from app.cli.users import app
from app.exceptions import AppError, InvalidInput, NotFound
from app.models import AgentType, Role
from app.queries import users as user_queries
from app.security import verify_password
from tests.support.cast import CHAIYO_SUBDISTRICT, Cast

PASSWORD = "ฝนตกที่ลพบุรี"


@pytest.fixture(autouse=True)
def _on_this_database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRACHAKHOM_DATABASE_URL", database_url)


def run(*arguments: str, typed: str = f"{PASSWORD}\n{PASSWORD}\n") -> str:
    """Return what was printed; an AppError is raised, as `main` would print it."""
    result = CliRunner().invoke(app, list(arguments), input=typed)
    if isinstance(result.exception, AppError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_first_administrator_is_made(session: Session, cast: Cast) -> None:
    run("create", "rak", "--display-name", "รักชาติ ดูแลดี")
    found = user_queries.find(session, "rak")
    assert found is not None
    assert (found.role, found.display_name) == (Role.ADMINISTRATOR, "รักชาติ ดูแลดี")
    assert verify_password(PASSWORD, found.password_hash)


def test_village_head_is_made_by_number(session: Session, cast: Cast) -> None:
    place = ("--role", "change_agent", "--agent-type", "village_head", "--area", CHAIYO_SUBDISTRICT)
    run("create", "089-123-4567", "--display-name", "ประยูร", *place)
    found = user_queries.find(session, "๐๘๙๑๒๓๔๕๖๗")
    assert found is not None
    assert (found.agent_type, found.area_code) == (AgentType.VILLAGE_HEAD, CHAIYO_SUBDISTRICT)


@pytest.mark.parametrize(
    ("arguments", "password"),
    [
        (("create", "somchai", "--display-name", "ซ้ำ"), PASSWORD),
        (("create", "x y", "--display-name", "ชื่อผิด"), PASSWORD),
        (("create", "kla", "--display-name", "กล้า"), "12345678"),
        (("create", "kla", "--display-name", "กล้า"), "สั้น"),
        (("create", "kla", "--display-name", "กล้า", "--role", "planner"), PASSWORD),
        (("create", "kla", "--display-name", "กล้า", "--role", "district_verifier", "--area", "150201"), PASSWORD),
    ],
)
def test_mistake_is_told_and_nobody_is_made(
    session: Session, cast: Cast, arguments: tuple[str, ...], password: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        run(*arguments, typed=f"{password}\n{password}\n")
    assert refused.value.message
    assert user_queries.find(session, "kla") is None


def test_password_is_set_again(session: Session, cast: Cast) -> None:
    run("set-password", "081-111-1111")
    session.expire_all()
    assert verify_password(PASSWORD, cast.somchai.password_hash)
    with pytest.raises(NotFound):
        run("set-password", "nobody")


def test_people_are_listed(cast: Cast) -> None:
    lines = run("list", "--role", "planner").splitlines()
    assert [line.split("\t")[1:] for line in lines] == [
        ["planner", "north-lower-1", "kamon", "กมล พิษณุ"],
        ["planner", "central-upper", "preecha", "ปรีชา วงศ์ไทย"],
    ]
    assert len(run("list").splitlines()) == 10
