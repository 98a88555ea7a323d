/** Values edited in their place, facts of a page and cells of a list: Enter saves, Esc cancels, Tab saves and goes on. */
import { bindKey } from "./keys.js";

const before = new WeakMap();
let next = null;

function placeOf(element) {
  return element.closest?.("[data-fact], [data-cell]") ?? null;
}

function selectorOf(place) {
  return place.dataset.fact ? `#${place.id}` : `[data-row="${place.closest("tr").dataset.row}"] > [data-cell="${place.dataset.cell}"]`;
}

/** A page that fetches itself anew leaves a field alone while one types in it. */
function hold(place, isHeld) {
  place.toggleAttribute("hx-morph-skip", isHeld);
}

function close(place) {
  if (!before.has(place)) return;
  hold(place, false);
  place.innerHTML = before.get(place);
  before.delete(place);
  window.htmx.process(place);
}

/** Opens what is edited there; a second press changes nothing. */
export function openEditor(place) {
  if (place.querySelector(".ck-edit")) return;
  if (place.dataset.fact) {
    place.querySelector("button.ck-fact")?.click();
    return;
  }
  const values = { ...JSON.parse(place.closest("table").dataset.query), in_list: "on" };
  window.htmx.ajax("GET", `/leads/${place.closest("tr").dataset.row}/fields/${place.dataset.cell}`, { source: place, values, swap: "none" });
}

export function cellsIn(root) {
  return [...root.querySelectorAll("[data-cell]")].filter((cell) => cell.checkVisibility());
}

/** What comes after (or before) a place: facts of the page, cells row by row. */
function follower(place, step) {
  const all = place.dataset.cell
    ? cellsIn(place.closest("table"))
    : [...document.querySelectorAll("[data-fact]")].filter((one) => one === place || one.querySelector("button.ck-fact"));
  return all[all.indexOf(place) + step] ?? null;
}

function goOn() {
  const target = next && document.querySelector(next);
  next = null;
  if (target) openEditor(target);
}

function isChanged(form) {
  const parts = [...form.elements].filter((field) => field.name && field.type !== "hidden");
  return parts.some((field) => (field.tagName === "SELECT"
    ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : field.checked !== field.defaultChecked || field.value !== field.defaultValue));
}

function handleTab(event, place, form) {
  const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea")];
  if ((event.shiftKey ? fields[0] : fields.at(-1)) !== event.target) return;
  const target = follower(place, event.shiftKey ? -1 : 1);
  if (event.shiftKey && !place.dataset.cell) return;
  event.preventDefault();
  next = target && selectorOf(target);
  if (isChanged(form)) form.requestSubmit();
  else {
    close(place);
    goOn();
  }
}

function focusOn(place) {
  (place?.querySelector("button.ck-fact") ?? place)?.focus({ preventScroll: true });
}

document.addEventListener("htmx:before:request", (event) => {
  const isOpener = event.target.matches?.("button.ck-fact, [data-cell]");
  const place = isOpener && placeOf(event.target);
  if (!place) return;
  before.set(place, place.innerHTML);
  hold(place, true);
});

document.addEventListener("htmx:after:swap", () => {
  for (const place of document.querySelectorAll(":is([data-fact], [data-cell])[hx-morph-skip]")) hold(place, place.querySelector("form") !== null);
});

document.addEventListener("htmx:finally:request", (event) => {
  const { request, response, sourceElement: form } = event.detail.ctx;
  if (request.method !== "POST" || !form?.matches?.(".ck-edit form")) return;
  if (!(response?.status < 400)) {
    next = null;
    return;
  }
  // The row of a saved cell is a new one: what was focused is found again by its name.
  const saved = form.dataset.cellOf;
  if (next) goOn();
  else if (saved) focusOn(document.querySelector(saved));
});

document.addEventListener("submit", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (cell) event.target.dataset.cellOf = selectorOf(cell);
}, true);

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".ck-edit form");
  if (!form) return;
  const place = placeOf(form);
  if (event.key === "Tab") handleTab(event, place, form);
  if (event.key !== "Escape") return;
  event.preventDefault();
  close(place);
  focusOn(place);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-cancel-edit]")) close(placeOf(event.target));
});

if (document.querySelector("[data-fact]")) {
  bindKey("e", () => {
    const place = placeOf(document.activeElement) ?? document.querySelector("[data-fact]:has(button.ck-fact)");
    if (place) openEditor(place);
  });
}
