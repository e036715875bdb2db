"""Do the migrations make the tables that the models describe, on both databases? ``python -m tests.support.drift``"""

import sys

from alembic import command
from alembic.util import CommandError

from app.cli.server import alembic_config
from app.config import Settings
from tests.support import run
from tests.support.databases import BACKENDS, Databases


def check(url: str) -> str:
    """Migrate an empty database and compare it with the models; return what differs, or nothing."""
    config = alembic_config(Settings(_env_file=None, database_url=url))
    command.upgrade(config, "head")
    try:
        command.check(config)
    except CommandError as error:
        return str(error)
    return ""


def main() -> int:
    run.begin()
    try:
        found = {}
        for backend in BACKENDS:
            with Databases("drift", {}).blank(backend) as url:
                found[backend] = check(url)
    finally:
        run.end()
    for backend, difference in found.items():
        print(f"{backend}: {difference or 'the migrations and the models agree'}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
