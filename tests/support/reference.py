"""docs/SETTINGS.md and docs/ROUTES.md, written from the code: ``python -m tests.support.reference``."""

from pathlib import Path

from fastapi.routing import iter_route_contexts

from app.config import Settings
from app.main import create_app

DOCS = Path(__file__).resolve().parents[2] / "docs"
SETTINGS, ROUTES = DOCS / "SETTINGS.md", DOCS / "ROUTES.md"


def settings_page() -> str:
    """Return every environment variable with its default and why."""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable, or a line of a `.env` file in the working directory. `make docs`",
        "writes this page from `app/config.py`.",
        "",
        "| variable | default | what it is for |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default if field.default != "" else "(empty)"
        lines.append(f"| `PRACHAKHOM_{name.upper()}` | `{default}` | {field.description} |")
    return "\n".join([*lines, ""])


def routes_page() -> str:
    """Return every address with the function that answers it, in the order of the addresses."""
    app = create_app(Settings(_env_file=None, database_url="sqlite://"))
    rows = {
        (context.path, method, context.endpoint.__module__.removeprefix("app.routers."), context.name)
        for context in iter_route_contexts(app.routes)
        if context.endpoint is not None and context.path
        for method in sorted(context.methods or {"GET"})
        if method != "HEAD"
    }
    lines = [
        "# Routes",
        "",
        "The name is what a template passes to `url_for`, and the function of `app/routers/` that answers. `make docs`",
        "writes this page from the application.",
        "",
        "| method | address | name | file |",
        "| --- | --- | --- | --- |",
    ]
    for path, method, module, name in sorted(rows):
        lines.append(f"| {method} | `{path}` | `{name}` | `{module}.py` |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    SETTINGS.write_text(settings_page())
    ROUTES.write_text(routes_page())
