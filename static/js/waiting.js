// Draws what waits on this device, wherever a page has <section id="outbox">, and sends it when there is a chance to.
"use strict";

self.waiting = (() => {
  const section = document.querySelector("#outbox");
  if (!section) return null;
  const $ = (selector, root = section) => root.querySelector(selector);
  const words = JSON.parse(document.querySelector("#outbox-words").textContent);
  const say = (key, values = {}) => Object.entries(values).reduce((text, [k, v]) => text.replaceAll(`{${k}}`, v), words[key]);
  const grouped = (ref) => `${ref.slice(0, 4)}-${ref.slice(4)}`;

  // People's own words, in a Thai voice where they are Thai.
  const quote = (node, text) => {
    node.textContent = text;
    if (/[ก-๛]/.test(text)) node.lang = "th";
    else node.removeAttribute("lang");
    return node;
  };

  const theme = /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1];
  if (theme) document.documentElement.dataset.theme = theme;

  const age = (since) => {
    const minutes = Math.max(0, (Date.now() - Date.parse(since)) / 60_000);
    if (minutes < 1) return say("age_now");
    if (minutes < 90) return say("age_minutes", { n: Math.round(minutes) });
    return minutes < 48 * 60 ? say("age_hours", { n: Math.round(minutes / 60) }) : say("age_days", { n: Math.floor(minutes / 1440) });
  };
  const wait = (until) => {
    const seconds = Math.max(1, Math.round((until - Date.now()) / 1000));
    return seconds < 90 ? say("wait_seconds", { n: seconds }) : say("wait_minutes", { n: Math.round(seconds / 60) });
  };

  // How an item stands, in one honest word, and why it waits.
  const standing = (item, who) => {
    const isOther = who && item.author_id !== null && item.author_id !== who.id;
    if (isOther) return ["state_other", "neutral", say("why_other", { name: item.author_name || "–" })];
    if (item.state === "needs_fix") return ["state_mend", "warn", item.error];
    if (item.state === "conflict") return ["state_mend", "warn", item.error || say("why_conflict")];
    if (item.ref) {
      const values = { ref: grouped(item.ref), count: (item.unsent ?? []).length };
      return ["state_photos", "warn", [say(item.is_stuck ? "why_photo_stuck" : "why_photos", values), item.is_stuck ? item.error : ""].filter(Boolean).join(" ")];
    }
    if (item.author_id === null) return ["state_login", "warn", say("why_login_nobody")];
    if (who && !who.signed_in) return ["state_login", "warn", say("why_login", { name: item.author_name })];
    if (item.state === "sending") return ["state_sending", "info", ""];
    if (!navigator.onLine || item.error === "offline") return ["state_kept", "neutral", say("why_offline")];
    const why = `why_${item.error}`; // else the system's own sentence, said to somebody else
    const isWaiting = why in words && item.next_try_at > Date.now();
    return ["state_kept", "neutral", isWaiting ? say(why, { wait: wait(item.next_try_at) }) : say("why_queued")];
  };

  const draw = (item, who) => {
    const [state, tone, why] = standing(item, who);
    const isOther = state === "state_other";
    const card = $("#outbox-item").content.firstElementChild.cloneNode(true);
    card.dataset.uuid = item.uuid;
    card.dataset.state = item.state;
    const badge = $("[data-state]", card);
    badge.classList.add(`tone-${tone}`);
    badge.textContent = say(state);
    $("[data-age]", card).textContent = age(item.queued_at);
    quote($("[data-title]", card), isOther ? "" : outbox.title(item.answers.problem) || say("untitled"));
    $("[data-title]", card).hidden = isOther;
    $("[data-why]", card).textContent = why;
    const errors = Object.values(item.errors ?? {}).filter((text) => text !== item.error);
    $("[data-errors]", card).hidden = !errors.length || isOther;
    $("[data-errors]", card).replaceChildren(...errors.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    const shown = {
      send: ["state_kept", "state_photos"].includes(state) || (item.author_id === null && who?.signed_in),
      mend: state === "state_mend",
      finish: Boolean(item.ref && item.is_stuck),
      "sign-in": state === "state_login" && !who?.signed_in,
      delete: !isOther && !item.ref,
    };
    for (const [act, is] of Object.entries(shown)) if (!is) $(`[data-act="${act}"]`, card).remove();
    return card;
  };

  let items = [];
  let drawn = "";
  const redraw = async () => {
    const who = await outbox.me();
    items = await outbox.list();
    const cards = items.map((item) => draw(item, who));
    section.hidden = !items.length && $(".outbox-lost").hidden;
    $("[data-items]").hidden = !items.length;
    for (const button of section.querySelectorAll(":scope > .row [data-act]")) button.hidden = !items.length;
    const isOld = items.some((item) => Date.now() - Date.parse(item.queued_at) > 86_400_000);
    const note = items.length ? [say(navigator.onLine ? "note" : "note_offline", { n: items.length }), isOld ? say("note_old") : ""].join(" ").trim() : "";
    if ($("[data-note]").textContent !== note) $("[data-note]").textContent = note;
    const html = cards.map((card) => card.outerHTML).join("");
    if (html === drawn) return; // what has not changed keeps the focus
    const focused = document.activeElement?.closest?.("[data-uuid]")?.dataset.uuid;
    const act = document.activeElement?.dataset?.act;
    drawn = html;
    $("[data-items]").replaceChildren(...cards);
    if (focused) ($(`[data-uuid="${focused}"] [data-act="${act}"]`) ?? $("#outbox-title")).focus();
  };

  const save = async () => {
    const file = await outbox.export();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file)], { type: "application/json" }));
    link.download = `${say("file")}-${outbox.stamp().slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  const confirmDelete = (item) => {
    const dialog = $("#outbox-confirm");
    quote($("[data-title]", dialog), outbox.title(item.answers.problem));
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && outbox.remove(item.uuid), { once: true });
    dialog.showModal();
  };

  section.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    const item = items.find((one) => one.uuid === event.target.closest("[data-uuid]")?.dataset.uuid);
    if (act === "send") outbox.flush({ only: item.uuid });
    if (act === "finish") outbox.finish(item.uuid);
    if (act === "delete") confirmDelete(item);
    if (act === "mend") location.assign(`/needs/new?mend=${item.uuid}`);
    if (act === "flush") items.forEach((one) => outbox.flush({ only: one.uuid }));
    if (act === "export") save();
    if (act === "forget") {
      outbox.forget(...JSON.parse(section.dataset.lost));
      $(".outbox-lost").hidden = true;
      redraw();
    }
  });

  const nameLost = async () => {
    const lost = await outbox.missing().catch(() => []);
    if (!lost.length) return;
    section.dataset.lost = JSON.stringify(lost.map((one) => one.uuid));
    $("[data-lost-title]").textContent = say("lost", { n: lost.length });
    const lines = lost.map((one) => quote(document.createElement("li"), one.title || say("untitled")));
    $("[data-lost]").replaceChildren(...lines);
    $(".outbox-lost").hidden = false;
    section.hidden = false;
  };

  // When to try: at the start, when the page comes back, when the network does, and every fifteen seconds.
  // Where the system answers, what failed for want of a network is tried again at once.
  const look = async () => {
    const wake = await outbox.refresh();
    await outbox.flush({ wake });
    await nameLost();
  };
  outbox.onchange(redraw);
  addEventListener("online", () => look());
  addEventListener("offline", redraw);
  addEventListener("pageshow", (event) => event.persisted && look());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  let ticks = 0;
  setInterval(async () => {
    redraw();
    const isWaitingForSignIn = items.length && !(await outbox.me())?.signed_in;
    if (isWaitingForSignIn && ++ticks % 4 === 0) await outbox.refresh();
    if (items.length) outbox.flush();
  }, 15_000);
  redraw().then(() => look());

  return { quote };
})();

// The service worker keeps the form for a day without a network. A new version waits until no form here is half filled.
(async () => {
  if (!navigator.serviceWorker) return;
  const worker = await navigator.serviceWorker.register("/sw.js").catch(() => null);
  if (!worker) return;
  const ready = await navigator.serviceWorker.ready;
  ready.active?.postMessage({ lang: document.documentElement.lang });
  const renew = () => self.intake?.isDirty?.() || worker.waiting?.postMessage({ activate: true });
  renew();
  worker.addEventListener("updatefound", () =>
    worker.installing?.addEventListener("statechange", (event) => event.target.state === "installed" && navigator.serviceWorker.controller && renew()));
})();
