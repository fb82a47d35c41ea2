"use strict";
// Every page works without this; here is only what makes it smoother. Nothing is sent that nobody pressed.

// A form goes once, however often it is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

// Coming back to a page that the browser kept: its forms are fresh again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
});

// What can no longer be undone is not offered any more.
for (const form of document.querySelectorAll("form[data-until]")) {
  const left = new Date(form.dataset.until) - Date.now();
  if (left > 0) setTimeout(() => { form.hidden = true; }, left);
}
