/** After an @ people are offered: arrows go, Enter or Tab takes one, Esc goes on without. */
const MOST = 6;
let area = null;
let at = 0;

function list() {
  return document.getElementById("mentions");
}

function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** What was typed after the @ before the caret, and where it begins; null where nobody is meant. */
function asked() {
  const before = area.value.slice(0, area.selectionStart);
  const found = /(?:^|[^\p{L}\p{N}])@([\p{L}\p{N}'-]*)$/u.exec(before);
  return found && { start: before.length - found[1].length, word: fold(found[1]) };
}

function offered() {
  return [...list().children].filter((one) => !one.hidden);
}

function mark() {
  offered().forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
  area.setAttribute("aria-activedescendant", offered()[at].id);
}

function close() {
  if (!area) return;
  list().hidden = true;
  area.removeAttribute("aria-activedescendant");
  area = null;
}

function offer(textarea) {
  area = textarea;
  const wanted = asked();
  let count = 0;
  for (const one of list().children) {
    const names = fold(one.dataset.name).split(/\s+/);
    one.hidden = !wanted || count >= MOST || !names.some((name) => name.startsWith(wanted.word));
    if (!one.hidden) count += 1;
  }
  if (!count) return close();
  at = 0;
  list().hidden = false;
  mark();
}

function take(option) {
  const writing = area;
  writing.setRangeText(`${option.dataset.name} `, asked().start, writing.selectionStart, "end");
  close();
  writing.focus();
  writing.dispatchEvent(new Event("input", { bubbles: true }));
}

function step(by) {
  at = (at + by + offered().length) % offered().length;
  mark();
}

const KEYS = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Enter: () => take(offered()[at]),
  Tab: () => take(offered()[at]),
  Escape: close,
};

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-mentions]")) offer(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.target !== area || event.ctrlKey || event.metaKey || event.shiftKey || !KEYS[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  KEYS[event.key]();
}, true);
document.addEventListener("focusout", (event) => {
  if (event.target === area) close();
});
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.("#mentions [role=option]");
  if (!option || !area) return;
  event.preventDefault();
  take(option);
});
