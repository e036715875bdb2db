// A pile of paper forms without a mouse: Enter goes on, Shift+Enter makes a new line, Ctrl+Enter sends.
"use strict";

const BOXES = "input:not([type=hidden]), select, textarea, button[type=submit]";

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-entry]");
  if (!form || event.key !== "Enter" || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit($("button[type=submit]", form));
    return;
  }
  if (event.shiftKey || event.target.type === "submit") return;
  event.preventDefault();
  const boxes = [...form.querySelectorAll(BOXES)];
  boxes[boxes.indexOf(event.target) + 1]?.focus();
});
