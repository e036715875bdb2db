"""serve, worker, migrate."""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from alembic import command
from alembic.config import Config

from app.config import Settings, resource
from app.database import create_database_engine, transaction
from app.jobs import work
from app.services import areas, privacy_notices


def alembic_config(settings: Settings) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    config.attributes["database_url"] = settings.database_url
    return config


def migrate_database(settings: Settings) -> None:
    """Bring the database and its reference data (areas, clusters) up to date; nothing happens when they are."""
    command.upgrade(alembic_config(settings), "head")
    engine = create_database_engine(settings.database_url)
    with transaction(engine) as session:
        areas.load_reference(session)
        privacy_notices.load_first(session, settings)
    engine.dispose()


def migrate() -> None:
    """Bring the database up to date."""
    migrate_database(Settings())
    typer.echo("The database is up to date.")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the web application, migrating the database first."""
    settings = Settings()
    migrate_database(settings)
    run_server(settings, host, port)


def run_server(settings: Settings, host: str, port: int) -> None:
    """Serve until stopped; long work runs in a child process that ends with this one."""
    child = _start_worker() if settings.embedded_worker else None
    try:
        uvicorn.run(
            "app.main:create_app",
            factory=True,
            host=host,
            port=port,
            loop="auto",
            log_level=settings.log_level.lower(),
            access_log=False,
            timeout_graceful_shutdown=10,
        )
    finally:
        if child is not None:
            child.terminate()
            child.wait(timeout=10)


def _start_worker() -> subprocess.Popen[bytes]:
    # In a group of its own, so that Ctrl-C reaches the server alone, which then stops the worker in good order.
    return subprocess.Popen([sys.executable, "-m", "app.cli", "worker", "--parent", str(os.getpid())], process_group=0)


def worker(
    parent: Annotated[int, typer.Option(help="Stop when this process is gone.", hidden=True)] = 0,
) -> None:
    """Run long work on this machine until stopped."""
    from app.services import handlers  # noqa: F401  registers every kind of job; heavy, so only a worker loads it

    stop = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, finish)
    if parent:
        threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()
    settings = Settings()
    work(create_database_engine(settings.database_url), settings, stop)


def _watch(parent: int, stop: threading.Event) -> None:
    while not stop.wait(1.0):
        if os.getppid() != parent:
            stop.set()
