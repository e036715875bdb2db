"""users create, list, set-password: how a new installation gets its first administrator."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlmodel import Session

from app.cli.server import migrate_database
from app.config import Settings
from app.database import create_database_engine, transaction
from app.exceptions import InvalidInput, NotFound
from app.models import AgentType, Area, Role, User
from app.queries import users as user_queries
from app.security import PASSWORD_LENGTH, hash_password
from app.services import users

app = typer.Typer(no_args_is_help=True)

SignInName = Annotated[str, typer.Argument(help="Telephone number or user name to sign in with.", show_default=False)]
Password = Annotated[
    str,
    typer.Option(
        prompt=True,
        hide_input=True,
        confirmation_prompt=True,
        envvar="PRACHAKHOM_NEW_PASSWORD",
        help="Asked for when it is not given, and not echoed.",
    ),
]


@contextmanager
def _database() -> Iterator[Session]:
    settings = Settings()
    migrate_database(settings)
    engine = create_database_engine(settings.database_url)
    try:
        with transaction(engine) as session:
            yield session
    finally:
        engine.dispose()


@app.command()
def create(
    name: SignInName,
    display_name: Annotated[str, typer.Option(help="What others call them.")],
    password: Password,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.ADMINISTRATOR,
    agent_type: Annotated[AgentType | None, typer.Option(help="Position of a change agent.")] = None,
    area: Annotated[str | None, typer.Option(help="Official code of the area they serve.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Code of their provincial cluster.")] = None,
    organization: Annotated[int | None, typer.Option(help="Number of their agency.")] = None,
) -> None:
    """Add a person who can sign in at once."""
    names = users.read_name(name)
    password_hash = _hash(password, display_name, *names.values())
    with _database() as session:
        place = session.get(Area, area) if area else None
        given = users.office(
            session, role, agent_type=agent_type, area=place, cluster_code=cluster, organization_id=organization
        )
        users.create(session, given, by=None, display_name=display_name, password_hash=password_hash, **names)
    typer.echo(f"{display_name} can sign in as {next(iter(names.values()))}.")


@app.command(name="list")
def list_(
    text: Annotated[str, typer.Argument(help="Part of a name, a number or a user name.")] = "",
    role: Annotated[Role | None, typer.Option(help="Only people of this role.")] = None,
) -> None:
    """Print people, the newest first, one a line."""
    with _database() as session:
        cursor: int | None = None
        while True:
            page = user_queries.page(session, text=text, role=role, cursor=cursor)
            for person in page.users:
                state = "" if person.is_active else "deactivated"
                place = person.area_code or person.cluster_code or ""
                columns = (person.id, person.role, place, person.phone or person.username or "", person.display_name)
                typer.echo("\t".join(str(column) for column in (*columns, state)).rstrip())
            if (cursor := page.next_cursor) is None:
                break


@app.command()
def set_password(name: SignInName, password: Password) -> None:
    """Give a person a new password, and sign them out everywhere."""
    password_hash = _hash(password, name)
    with _database() as session:
        person: User | None = user_queries.find(session, name)
        if person is None:
            raise NotFound(f"nobody signs in as {name}")
        users.set_password(session, person, password_hash, by=None)
    typer.echo(f"{person.display_name} has a new password and is signed out everywhere.")


def _hash(password: str, *names: str) -> str:
    password = password.strip()
    if len(password) < PASSWORD_LENGTH:
        raise InvalidInput(f"a password has at least {PASSWORD_LENGTH} characters")
    if problem := users.password_problem(password, *names):
        raise InvalidInput(problem)
    return hash_password(password)
