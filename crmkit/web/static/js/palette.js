/** The command palette, and g with a letter to go to a place. */
import { bindKey, isBound, isTyping } from "./keys.js";

const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const list = document.getElementById("palette-list");
const PAUSE = 80;
const PLACES = { t: "/today", p: "/pipeline", l: "/leads", c: "/contacts" };
const WAIT = 1500;
let timer = 0;
let isAsking = false;
let goingSince = 0;

function options() {
  return [...list.querySelectorAll("[role=option]")].filter((option) => option.checkVisibility());
}

function select(option) {
  for (const one of list.querySelectorAll("[aria-selected=true]")) one.setAttribute("aria-selected", "false");
  if (!option) return field.removeAttribute("aria-activedescendant");
  options().forEach((one, at) => { one.id = `palette-${at}`; });
  option.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", option.id);
  return option.scrollIntoView({ block: "nearest" });
}

function selected() {
  return list.querySelector("[aria-selected=true]");
}

/** What the keys of this page do, from the same registry as the help. */
function addKeys() {
  const group = list.querySelector("[data-palette-keys]");
  const typed = field.value.trim().toLowerCase();
  for (const row of document.querySelectorAll("#help [data-key-name]")) {
    const key = row.dataset.keyName;
    const label = row.querySelector("dd").textContent;
    if (key.length > 1 || "?/".includes(key) || !isBound(key) || !label.toLowerCase().includes(typed)) continue;
    const option = document.createElement("div");
    option.className = "ck-opt";
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.press = key;
    const name = document.createElement("span");
    name.className = "ck-grow";
    name.textContent = label;
    option.append(name, row.querySelector("kbd").cloneNode(true));
    group.append(option);
    group.hidden = false;
  }
}

/** One question at a time; what was typed meanwhile is the next one. */
async function fill() {
  if (isAsking) return;
  isAsking = true;
  let typed = null;
  try {
    while (palette.open && typed !== field.value) {
      typed = field.value;
      await window.htmx.ajax("GET", "/palette", { source: palette, values: { q: typed }, swap: "none" });
    }
  } finally {
    isAsking = false;
  }
  if (!palette.open) return;
  addKeys();
  select(options()[0]);
}

function open() {
  if (!palette || palette.open) return;
  field.value = "";
  palette.showModal();
  fill();
}

function run(option, isBeside) {
  if (!option) return;
  if (isBeside && option.href) {
    window.open(option.href, "_blank", "noopener");
    return;
  }
  if (option.dataset.press) {
    palette.close();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: option.dataset.press, bubbles: true }));
  } else option.click();
}

function step(by) {
  const all = options();
  select(all[(all.indexOf(selected()) + by + all.length) % all.length]);
}

if (palette) {
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(fill, PAUSE);
  });
  palette.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) step(steps[event.key]);
    else if (event.key === "Enter") run(selected(), event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option?.dataset.press) run(option, false);
    if (option?.hasAttribute("data-palette-close")) palette.close();
  });
  palette.addEventListener("click", (event) => {
    if (event.target === palette) palette.close();
  });
  bindKey("/", () => open());
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) open();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k" || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (palette?.open) palette.close();
  else if (!document.querySelector("dialog:modal")) open();
});

bindKey("g", () => { goingSince = Date.now(); });
document.addEventListener("keydown", (event) => {
  const isGoing = Date.now() - goingSince < WAIT;
  if (!isGoing || event.key === "g" || isTyping(event.target) || event.ctrlKey || event.metaKey) return;
  goingSince = 0;
  if (!PLACES[event.key]) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  location.assign(PLACES[event.key]);
}, true);

bindKey("c", () => {
  if ([...document.querySelectorAll("[data-key=c]")].some((one) => one.checkVisibility()) || !palette) return false;
  window.htmx.ajax("GET", "/leads/new", { source: palette, swap: "none" });
  return true;
});
