"""What waits to be sent and what did not arrive, for the administrator."""

from fastapi import APIRouter, Request, Response

from app import permissions
from app.dependencies import CurrentUser, DeliveryDep, SessionDep, SettingsDep, demand, redirect
from app.i18n import _
from app.models import DeliveryChannel, DeliveryStatus
from app.queries import deliveries as delivery_queries
from app.services import deliveries
from app.templating import render

router = APIRouter()
SHOWN = (DeliveryStatus.FAILED, DeliveryStatus.WAITING, DeliveryStatus.SENT)


@router.get("/deliveries")
def list_deliveries(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    user: CurrentUser,
    status: str = "",
    cursor: int | None = None,
) -> Response:
    demand(permissions.can_see_deliveries(user), _("หน้านี้เป็นของผู้ดูแลระบบ"))
    chosen = next((one for one in SHOWN if one == status), DeliveryStatus.FAILED)
    page = delivery_queries.page(session, status=chosen, cursor=cursor)
    context = {
        "page": page,
        "chosen": chosen,
        "statuses": SHOWN,
        "counts": delivery_queries.counts(session),
        "channels": [(one, deliveries.CHANNELS[one].is_ready(settings)) for one in DeliveryChannel],
        "next_url": f"/deliveries?status={chosen}&cursor={page.next_cursor}" if page.next_cursor else None,
    }
    return render(request, "deliveries/index.html", context)


@router.post("/deliveries/{delivery_id}/retry")
def retry_delivery(session: SessionDep, found: DeliveryDep) -> Response:
    deliveries.retry(session, found)
    return redirect("/deliveries?status=waiting", _("จะลองส่งอีกครั้งในไม่ช้า"))
