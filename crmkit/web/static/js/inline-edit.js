/** Facts edited in their place: click or e opens, Enter saves, Esc cancels, Tab saves and goes on. */
import { bindKey } from "./keys.js";

const before = new Map();
let next = null;

function factOf(element) {
  return element.closest?.("[data-fact]") ?? null;
}

/** A page that fetches itself anew leaves a field alone while one types in it. */
function hold(fact, isHeld) {
  fact.toggleAttribute("hx-morph-skip", isHeld);
}

function close(fact) {
  if (!before.has(fact.id)) return;
  hold(fact, false);
  fact.innerHTML = before.get(fact.id);
  before.delete(fact.id);
  window.htmx.process(fact);
}

function follower(fact) {
  const all = [...document.querySelectorAll("[data-fact]")].filter((one) => one === fact || one.querySelector("button.ck-fact"));
  return all[all.indexOf(fact) + 1] ?? null;
}

function goOn() {
  const target = next && document.getElementById(next)?.querySelector("button.ck-fact");
  next = null;
  target?.click();
}

function isChanged(form) {
  const parts = [...form.elements].filter((field) => field.name && field.type !== "hidden");
  return parts.some((field) => (field.tagName === "SELECT"
    ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : field.checked !== field.defaultChecked || field.value !== field.defaultValue));
}

function handleTab(event, fact, form) {
  const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea")];
  if (event.shiftKey || fields.at(-1) !== event.target) return;
  event.preventDefault();
  next = follower(fact)?.id ?? null;
  if (isChanged(form)) form.requestSubmit();
  else {
    close(fact);
    goOn();
  }
}

document.addEventListener("htmx:before:request", (event) => {
  const fact = event.target.matches?.("button.ck-fact") && factOf(event.target);
  if (!fact) return;
  before.set(fact.id, fact.innerHTML);
  hold(fact, true);
});

document.addEventListener("htmx:after:swap", () => {
  for (const fact of document.querySelectorAll("[data-fact][hx-morph-skip]")) hold(fact, fact.querySelector("form") !== null);
});

document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail.ctx.request.method !== "POST" || !event.detail.ctx.sourceElement?.matches?.(".ck-edit form")) return;
  if (event.detail.ctx.response?.status < 400) goOn();
  else next = null;
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".ck-edit form");
  if (!form) return;
  const fact = factOf(form);
  if (event.key === "Tab") handleTab(event, fact, form);
  if (event.key !== "Escape") return;
  event.preventDefault();
  close(fact);
  fact.querySelector("button.ck-fact")?.focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-cancel-edit]")) close(factOf(event.target));
});

if (document.querySelector("[data-fact]")) {
  bindKey("e", () => {
    const fact = factOf(document.activeElement) ?? document.querySelector("[data-fact]:has(button.ck-fact)");
    fact?.querySelector("button.ck-fact")?.click();
  });
}
