// Everything works without this file; it only makes it smoother. No framework, no build.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);

// Focus: an error summary that htmx brings in is read at once, and a link in it lands inside the box it names.
document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.target;
  const wanted = $(".error-summary, [data-focus]", document.contains(target) ? target : document);
  if (wanted) {
    wanted.focus();
  } else if (document.activeElement === document.body && event.detail.requestConfig?.verb !== "get") {
    // The button that was pressed is gone with the old fragment: stay where the reader was.
    target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a");
  const field = link && document.getElementById(link.hash.slice(1));
  if (field) {
    event.preventDefault();
    field.focus({ preventScroll: true });
    field.closest(".field").scrollIntoView({ block: "center" });
  }
});

// Errors that htmx could not bring: no signal, or a server that is away.
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => $("#alerts").replaceChildren($("#offline").content.cloneNode(true)));
}
document.addEventListener("htmx:responseError", () => $("#alerts").scrollIntoView({ block: "nearest" }));

// Confirmation: the question and the button's own words, in the page's dialog.
const ask = (text, label, done) => {
  const dialog = $("#confirm");
  $("#confirm-text").textContent = text;
  if (label) $("[value=yes]", dialog).textContent = label;
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && done(), { once: true });
  dialog.showModal();
};

document.addEventListener("htmx:confirm", (event) => {
  const { question, elt } = event.detail;
  if (!question) return;
  event.preventDefault();
  ask(question, elt.textContent.trim(), () => event.detail.issueRequest(true));
});

// Who signs out leaves nothing to read in the outbox of a shared phone (see outbox.js).
const leave = () => {
  try {
    localStorage["signed-out"] = "1";
  } catch {
    // No storage: then nothing is kept in it either.
  }
};

// A form is sent once: the second press within four seconds is the same impatience, not a second wish.
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  const method = form.getAttribute("method"); // form.method may be a box of that name
  if (method === "dialog") return;
  if (form.dataset.confirm && !form.dataset.confirmed) {
    event.preventDefault();
    event.stopPropagation();
    ask(form.dataset.confirm, button?.textContent.trim(), () => {
      form.dataset.confirmed = "yes";
      form.requestSubmit(button);
      delete form.dataset.confirmed;
    });
    return;
  }
  if (method !== "post") return;
  if (form.getAttribute("action") === "/sign-out") leave();
  if (Date.now() - (sent.get(form) ?? 0) < 4000) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  sent.set(form, Date.now());
  button?.setAttribute("aria-disabled", "true");
  setTimeout(() => button?.removeAttribute("aria-disabled"), 4000);
}, true);
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (form) sent.delete(form);
  $("[aria-disabled]", form ?? document)?.removeAttribute("aria-disabled");
});

// Menus: the main one on a phone, and the account's, which closes on Escape and on a press outside.
$(".nav-toggle")?.addEventListener("click", (event) => {
  const open = $("#nav").toggleAttribute("data-open");
  event.currentTarget.setAttribute("aria-expanded", open);
});
const closeMenus = (except) =>
  document.querySelectorAll(".menu[open]").forEach((menu) => menu !== except && menu.removeAttribute("open"));
document.addEventListener("click", (event) => closeMenus(event.target.closest(".menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  $(".menu[open] > summary")?.focus();
  closeMenus();
});

// Light, dark, or as the device says; a cookie, so the server draws the right page from the start.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (button) {
    const theme = button.dataset.themeChoice;
    document.cookie = `theme=${theme}; path=/; samesite=lax; max-age=${theme ? 31536000 : 0}`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const other of document.querySelectorAll("[data-theme-choice]"))
      other.setAttribute("aria-pressed", other === button);
  }
  if (event.target.closest("[data-print]")) print();
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    const source = $(copier.dataset.copy);
    source.select(); // what is selected can be copied by hand where the clipboard is closed to us
    navigator.clipboard?.writeText(source.value).then(() => (copier.textContent = copier.dataset.done));
  }
});
