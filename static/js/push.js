// Turning notifications on for this browser. Needs a service worker that shows them; /sw.js does.
"use strict";
(() => {
  const box = document.getElementById("push-here");
  if (!box) return;
  const button = box.querySelector("button");
  const line = box.querySelector("[aria-live]");
  const say = (name) => {
    line.textContent = box.querySelector(`[data-says="${name}"]`).content.textContent;
  };
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    button.remove();
    say("unable");
    return;
  }
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") return say("denied");
      await navigator.serviceWorker.register("/sw.js");
      const worker = await navigator.serviceWorker.ready;
      const options = { userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key) };
      const found = await worker.pushManager.subscribe(options).catch(async () => {
        // A subscription made with a key this site no longer has stands in the way.
        await (await worker.pushManager.getSubscription())?.unsubscribe();
        return worker.pushManager.subscribe(options);
      });
      const answer = await fetch(box.dataset.url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(found),
      });
      if (!answer.ok) return say("failed");
      location.reload();
    } catch {
      say("failed");
    } finally {
      button.disabled = false;
    }
  });
})();
