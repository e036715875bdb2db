"""The first page, and whether the service is alive."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text

from app.dependencies import SessionDep, Visitor
from app.templating import render

router = APIRouter()


@router.get("/")
def show_home(request: Request, user: Visitor) -> Response:
    return render(request, "home/index.html")


@router.get("/health")
def show_health(session: SessionDep) -> JSONResponse:
    """Answer 200 when the database answers."""
    session.connection().execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"})
