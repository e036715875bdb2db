"""The first page, and whether the service is alive."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text

from app import permissions
from app.dependencies import SessionDep, Visitor
from app.queries import home as home_queries
from app.queries import notices
from app.templating import render

router = APIRouter()


@router.get("/")
def show_home(request: Request, session: SessionDep, user: Visitor) -> Response:
    home = home_queries.home(session, user)
    joinable = [one for one in home.open if permissions.can_create_need(user, one)]
    unread = notices.unread(session, user) if user is not None else []
    return render(request, "home/index.html", {"home": home, "joinable": joinable, "notices": unread})


@router.get("/health")
def show_health(session: SessionDep) -> JSONResponse:
    """Answer 200 when the database answers."""
    session.connection().execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"})
