"""Areas, searched as one types."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.dependencies import SessionDep
from app.queries import areas as area_queries
from app.templating import local, render

router = APIRouter()


@router.get("/areas/search")
def search_areas(
    request: Request, session: SessionDep, q: str = "", within: str = "", name: str = "area_code"
) -> Response:
    """Answer a fragment of choices to htmx, and JSON to anything else.

    ``name`` is the form field to fill; what was typed comes as ``q``, or as ``<name>_query`` from the picker itself.
    """
    q = q or request.query_params.get(f"{name}_query", "")
    found = area_queries.search(session, q, within=within)
    if request.headers.get("hx-request") == "true":
        context = {"choices": found, "name": name, "query": q, "chosen": None}
        return render(request, "areas/_choices.html", context)
    return JSONResponse([{"code": area.code, "name": local(area, "full"), "level": area.level} for area in found])
