/** Toasts: gone after eight seconds unless one looks at them; Ctrl-Z presses the last Undo. */
import { isTyping } from "./keys.js";
import { refreshPage } from "./refresh.js";

const STAY = 8000;
const LATER = "toast";
const toasts = document.getElementById("toasts");

function dismiss(toast) {
  toast.remove();
  if (!toasts.childElementCount && toasts.matches(":popover-open")) toasts.hidePopover();
}

/** What is to be said on the page that comes next. */
function goOn(toast) {
  const address = toast.dataset.go;
  delete toast.dataset.go;
  sessionStorage.setItem(LATER, toast.outerHTML);
  location.assign(address);
}

function sayKept() {
  const kept = sessionStorage.getItem(LATER);
  if (!kept) return;
  sessionStorage.removeItem(LATER);
  toasts.insertAdjacentHTML("beforeend", kept);
  window.htmx.process(toasts);
}

function watch(toast) {
  if (toast.dataset.go) return void goOn(toast);
  if (toast.hasAttribute("data-stale")) refreshPage();
  if (toast.getAttribute("role") === "alert") return;
  let timer = 0;
  const start = () => { timer = setTimeout(() => dismiss(toast), STAY); };
  const pause = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", pause);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("focusout", start);
  start();
}

/** In the top layer, else a dialog would cover them. */
function raise() {
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  toasts.showPopover();
}

if (toasts) {
  new MutationObserver((records) => {
    const added = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.matches?.(".ck-toast"));
    if (!added.length) return;
    while (toasts.childElementCount > 3) toasts.firstElementChild.remove();
    raise();
    added.forEach(watch);
  }).observe(toasts, { childList: true });
  sayKept();

  toasts.addEventListener("click", (event) => {
    const toast = event.target.closest(".ck-toast");
    if (event.target.closest("[data-dismiss]")) dismiss(toast);
  });
  toasts.addEventListener("htmx:finally:request", (event) => {
    const toast = event.target.closest?.(".ck-toast");
    if (toast) dismiss(toast);
  });
}

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || event.shiftKey || isTyping(event.target)) return;
  const last = [...document.querySelectorAll("#toasts [data-undo]")].at(-1);
  if (!last) return;
  event.preventDefault();
  last.click();
});

/** A sentence of our own, when no answer came at all. */
export function sayOffline() {
  const template = document.getElementById("offline-toast");
  if (template) toasts.append(template.content.cloneNode(true));
}

document.addEventListener("htmx:error", (event) => {
  if (event.detail.error instanceof TypeError) sayOffline();
});
