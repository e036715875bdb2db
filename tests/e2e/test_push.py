"""A browser asks to be told, and what is pushed to it becomes a few words that lead to the need."""

import json
from typing import Any

from sqlmodel import Session, select

from app.models import Subscription
from tests.support.cast import Cast

# A push service is out of reach; from the button to the server, and from the push to the screen, all is real.
PUSH_SERVICE = """
PushManager.prototype.subscribe = async () => ({
  toJSON: () => ({ endpoint: "https://fcm.googleapis.com/fcm/send/x", keys: { p256dh: "BP", auth: "aa" } }),
});
"""


def test_browser_is_subscribed_and_shows_what_is_pushed(visit: Any, cast: Cast, session: Session) -> None:
    page = visit(cast.somchai, width=360)
    page.context.grant_permissions(["notifications"])
    page.add_init_script(PUSH_SERVICE)
    page.goto("/account/subscriptions")
    page.get_by_role("button", name="เปิดแจ้งเตือนบนเครื่องนี้").click()
    page.get_by_text("รับข่าวอยู่").wait_for()
    session.rollback()
    assert session.exec(select(Subscription.address)).all() == ["https://fcm.googleapis.com/fcm/send/x"]

    inspector = page.context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    inspector.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    inspector.send("ServiceWorker.enable")
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    said = {"body": "มีความคืบหน้าเรื่องที่คุณส่ง", "path": "/needs/12345678"}
    inspector.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": page.evaluate("location.origin"),
            "registrationId": registrations[-1]["registrationId"],
            "data": json.dumps(said, ensure_ascii=False),
        },
    )
    shown = page.evaluate(
        """async () => {
          const worker = await navigator.serviceWorker.ready;
          for (;;) {
            const [one] = await worker.getNotifications();
            if (one) return [one.title, one.body, one.data];
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }"""
    )
    assert shown == ["ประชาคม", said["body"], said["path"]]
