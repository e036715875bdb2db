"""demo: everything at once, for a first look."""

import os
from pathlib import Path
from typing import Annotated

import typer

from app.cli.server import migrate_database, run_server
from app.config import Settings
from app.database import create_database_engine, transaction
from app.i18n import _
from app.services import demo as demo_service

FILE = Path("var/demo.db")


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    serve: Annotated[bool, typer.Option(help="Serve it; --no-serve only loads it.")] = True,
) -> None:
    """Load the demo consultation, serve it, and print a sign-in link for each person."""
    given = Settings()
    url = given.database_url if "database_url" in given.model_fields_set else f"sqlite:///{FILE}"
    address = f"http://{host}:{port}"
    # The server and its worker are processes of their own: they read the same settings from the environment.
    os.environ |= {"PRACHAKHOM_DATABASE_URL": url, "PRACHAKHOM_PUBLIC_URL": address, "PRACHAKHOM_DEMO": "true"}
    settings = Settings()
    migrate_database(settings)
    engine = create_database_engine(settings.database_url)
    demo_service.load(engine, settings)
    with transaction(engine) as session:
        people = demo_service.people(session)
        typer.echo(f"\n  ประชาคม  {address}\n")
        for person in people:
            place = person.area.full_th if person.area else person.cluster.name_th if person.cluster else ""
            typer.echo(
                f"  {address}/demo/{person.username:<10}  {person.display_name}  {_(person.role.label)}  {place}"
            )
        typer.echo("")
    engine.dispose()
    if serve:
        run_server(settings, host, port)
