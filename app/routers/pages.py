"""What every footer leads to: how to use the site, how data is looked after, how everybody gets in."""

from fastapi import APIRouter, Request, Response

from app.dependencies import Visitor
from app.templating import render

router = APIRouter()


@router.get("/help")
def show_help(request: Request, user: Visitor) -> Response:
    return render(request, "pages/help.html")


@router.get("/accessibility")
def show_accessibility(request: Request, user: Visitor) -> Response:
    return render(request, "pages/accessibility.html")
