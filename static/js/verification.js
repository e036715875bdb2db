// The queue by keyboard. Each key does what a button beside it does; keys can be switched off (WCAG 2.1.4), and are
// silent where one types.
"use strict";

const KEYS_OFF = "verification.keys.off";
const boxes = () => [...document.querySelectorAll("#queue [name=ref]")];
const ticked = () => boxes().filter((box) => box.checked);
const keysAreOn = () => !localStorage.getItem(KEYS_OFF);

// The box one is at: the focused one, or that of the need in which the focus is.
const here = () => document.activeElement.closest?.(".waiting")?.querySelector("[name=ref]");

const say = () => {
  const count = ticked().length;
  const told = document.getElementById("ticked");
  if (told) told.textContent = count ? told.dataset.some.replace("{count}", count) : told.dataset.none;
  document.getElementById("tick-all")?.setAttribute("aria-pressed", count > 0 && count === boxes().length);
};

const begin = () => {
  const keys = document.getElementById("keys-switch");
  if (keys) {
    keys.textContent = keysAreOn() ? keys.dataset.on : keys.dataset.off;
    keys.setAttribute("aria-pressed", keysAreOn());
  }
  say();
};

const move = (step) => {
  const all = boxes();
  const at = all.indexOf(here());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
  next?.focus({ preventScroll: true });
  next?.closest(".waiting").scrollIntoView({ block: "nearest" });
};

const act = (key) => {
  if (!ticked().length) {
    const box = here();
    if (!box) return;
    box.checked = true;
    say();
  }
  const target = document.querySelector(`#queue [data-key="${key}"]`);
  if (!target) return;
  if (target.tagName === "DETAILS") {
    target.open = true;
    target.querySelector(".more-body :is(input, select, textarea)").focus();
  } else {
    target.click(); // not requestSubmit: htmx takes the value of the button that was clicked
  }
};

document.addEventListener("change", say);
document.addEventListener("click", (event) => {
  const button = event.target.closest("#tick-all, #keys-switch");
  if (button?.id === "tick-all") {
    const wanted = ticked().length < boxes().length;
    for (const box of boxes()) box.checked = wanted;
  }
  if (button?.id === "keys-switch") {
    if (keysAreOn()) localStorage.setItem(KEYS_OFF, "1");
    else localStorage.removeItem(KEYS_OFF);
  }
  if (button) begin();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement;
  if (event.key === "Enter" && at.matches("#queue input")) return event.preventDefault(); // decides nothing
  if (!keysAreOn()) return;
  const isTyping = at.matches("textarea, select, input:not([type=checkbox])") || document.querySelector("dialog[open]");
  if (isTyping || at.closest(".side .more-body")) return;
  const isArrow = event.key.startsWith("Arrow");
  if (isArrow && !at.matches("#queue [name=ref]")) return; // elsewhere arrows scroll, as ever
  if (event.key === "j" || event.key === "ArrowDown") move(1);
  else if (event.key === "k" || event.key === "ArrowUp") move(-1);
  else if (event.key === "o" && here()) location.assign(`/needs/${here().value}`);
  else if ("crpn".includes(event.key)) act(event.key);
  else return;
  event.preventDefault();
});

document.addEventListener("htmx:afterSettle", begin);
begin();
