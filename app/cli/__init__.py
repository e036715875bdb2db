"""The `prachakhom` command."""

import logging
import sys
from importlib import import_module

import structlog
import typer

from app import __version__
from app.exceptions import AppError

# Each command lives in a module of its own and is imported only when it is called for: `group` must not wait for a
# database driver. Module, function, and the help line shown in the list.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "demo", "Load the demo consultation, serve it, and print a sign-in link for each person."),
    "serve": ("server", "serve", "Serve the web application, migrating the database first."),
    "analyse": ("analyse", "analyse", "Group a consultation's needs into topics, and suggest links to its plan."),
    "worker": ("server", "worker", "Run long work on this machine until stopped."),
    "migrate": ("server", "migrate", "Bring the database up to date."),
    "retention": ("retention", "retention", "Take out what is no longer to be kept, as the worker does every day."),
    "match": ("match", "match", "Find the plan activities that answer each need of a table; no server, no database."),
    "group": ("group", "group", "Group the needs of a table into topics; no server, no database."),
}
GROUPS: dict[str, tuple[str, str]] = {
    "users": ("users", "Add people, list them, set a password."),
    "evaluate": ("evaluate", "Measure topics and links against what people coded."),
    "import": ("imports", "Import needs, a plan or areas from a CSV or XLSX file."),
}


def build() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, add_completion=False, help="ประชาคม: from needs to a published answer.")
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    for name, (module, function, help_text) in COMMANDS.items():
        if name == wanted:
            app.command(name)(getattr(import_module(f"app.cli.{module}"), function))
        else:
            app.command(name, help=help_text)(_not_loaded)
    for name, (module, help_text) in GROUPS.items():
        if name == wanted:
            app.add_typer(import_module(f"app.cli.{module}").app, name=name, help=help_text)
        else:
            app.command(name, help=help_text)(_not_loaded)
    app.callback(invoke_without_command=True)(_root)
    return app


def _not_loaded() -> None:
    raise AssertionError("a command that was not asked for cannot run")


def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; an AppError becomes one clear line and exit code 2."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    try:
        build()()
    except AppError as error:
        typer.echo(error.message, err=True)
        raise SystemExit(2) from None
