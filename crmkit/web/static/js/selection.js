/** Rows of a list: j and k go, x selects, Enter opens; what is selected can be changed together. */
import { bindKey } from "./keys.js";

const MOST_COMPARED = 20;
const chosen = new Set();
let isEvery = false;
let at = null;
let lastBox = null;

function bar() {
  return document.querySelector("[data-bulk]");
}

function boxes() {
  return [...document.querySelectorAll("[data-selectable] [data-select]")];
}

function show() {
  const all = boxes();
  for (const box of all) {
    box.checked = isEvery || chosen.has(box.value);
    const row = box.closest("tr");
    row.classList.toggle("is-on", box.checked);
    row.classList.toggle("is-at", row.dataset.row === at);
  }
  const page = document.querySelector("[data-select-page]");
  if (!page) return;
  page.checked = all.length > 0 && all.every((box) => box.checked);
  page.indeterminate = chosen.size > 0 && !page.checked;
  if (!bar()) return;
  const count = isEvery ? Number(bar().dataset.total) : chosen.size;
  bar().hidden = count === 0;
  bar().querySelector("[data-count]").textContent = bar().dataset.say.replace("{count}", count.toLocaleString(document.documentElement.lang));
  const compare = bar().querySelector("[data-compare]");
  if (compare) compare.hidden = isEvery || count < 2 || count > MOST_COMPARED;
  bar().querySelector("[data-select-every]").hidden = isEvery || !page.checked || count >= Number(bar().dataset.total);
}

/** From all that match back to the rows one sees. */
function forgetEvery() {
  if (!isEvery) return;
  isEvery = false;
  boxes().forEach((box) => chosen.add(box.value));
}

function choose(box, isOn) {
  forgetEvery();
  if (isOn) chosen.add(box.value);
  else chosen.delete(box.value);
}

function chooseRange(box) {
  const all = boxes();
  const ends = [all.findIndex((one) => one.value === lastBox), all.indexOf(box)].sort((a, b) => a - b);
  if (ends[0] < 0) return choose(box, box.checked);
  return all.slice(ends[0], ends[1] + 1).forEach((one) => choose(one, box.checked));
}

function clear() {
  if (!isEvery && !chosen.size) return false;
  isEvery = false;
  chosen.clear();
  show();
  return true;
}

function ask(action) {
  const { filter, q, entity } = bar().dataset;
  const values = isEvery ? { do: action, entity, every: "on", filter, q } : { do: action, entity, ids: [...chosen].join(",") };
  return window.htmx.ajax("GET", "/leads/bulk", { source: bar(), values, swap: "none" });
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-selectable] [data-select]");
  if (box) {
    if (event.shiftKey) chooseRange(box);
    else choose(box, box.checked);
    lastBox = box.value;
    at = box.closest("tr").dataset.row;
    show();
  }
  if (event.target.matches?.("[data-select-page]")) {
    isEvery = false;
    const isOn = event.target.checked;
    boxes().forEach((one) => choose(one, isOn));
    show();
  }
  const button = event.target.closest?.("[data-bulk] button");
  if (!button) return;
  if (button.matches("[data-clear]")) clear();
  else if (button.matches("[data-select-every]")) {
    isEvery = true;
    show();
  } else if (button.dataset.compare) location.assign(`${button.dataset.compare}?ids=${[...chosen].join(",")}`);
  else if (button.dataset.do) ask(button.dataset.do);
});

function step(by) {
  const rows = boxes().map((box) => box.closest("tr")).filter((row) => row.checkVisibility());
  const now = rows.findIndex((row) => row.dataset.row === at);
  const next = rows[now < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, now + by))];
  if (!next) return false;
  at = next.dataset.row;
  show();
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a")?.focus({ preventScroll: true });
  return true;
}

function atBox() {
  return boxes().find((box) => box.value === at);
}

function toggle() {
  const box = atBox();
  if (!box) return false;
  choose(box, !box.checked);
  lastBox = box.value;
  show();
  return true;
}

if (document.querySelector("[data-selectable]")) {
  bindKey("j", () => step(1));
  bindKey("k", () => step(-1));
  bindKey("x", toggle);
  bindKey("Enter", () => {
    if (document.activeElement?.matches("a, button, summary")) return false;
    atBox()?.closest("tr").querySelector("a")?.click();
    return at !== null;
  });
  bindKey("Escape", clear);
  document.addEventListener("htmx:after:swap", show);
  show();
}

for (const key of bar() ? ["m", "e", "w", "l", "u"] : []) {
  bindKey(key, () => {
    const button = bar()?.querySelector(`[data-bulk-key="${key}"]`);
    if (!button || button.hidden || bar().hidden) return false;
    button.click();
    return true;
  });
}
