"""retention: what is not kept for ever, counted or taken out."""

from typing import Annotated

import typer

from app.cli.server import migrate_database
from app.config import Settings
from app.database import create_database_engine
from app.services import retention as retention_service

SAYS = {
    "contacts": "accounts whose contact data goes",
    "words": "needs whose words are masked and photos deleted",
    "assemblies": "meetings whose chair, signed sheet and full minutes go",
    "invitations": "names in old invitations",
    "notices": "notices read long ago",
    "messages": "records of messages sent",
    "acts": "acts in the audit log",
}


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; nothing is taken out.")] = False,
) -> None:
    """Take out what is no longer to be kept, as the worker does every day."""
    settings = Settings()
    migrate_database(settings)
    engine = create_database_engine(settings.database_url)
    try:
        counts = retention_service.run(engine, settings, is_dry=dry_run)
    finally:
        engine.dispose()
    for name, count in counts.items():
        typer.echo(f"{count}\t{SAYS[name]}")
    if dry_run:
        typer.echo("Nothing was taken out.")
