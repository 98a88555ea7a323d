/** One registry of single keys. They rest while one types, and while a dialog is open. */
const bindings = new Map();

/** `act` returns false when the key has nothing to do here; the next binding is asked. */
export function bindKey(key, act) {
  bindings.set(key, [...(bindings.get(key) ?? []), act]);
}

export function isTyping(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") != null;
}

/** Whether the key does something on this page: by a binding or by an element that names it. */
export function isBound(key) {
  return bindings.has(key) || findMarked(key) !== null;
}

function findMarked(key) {
  const marked = [...document.querySelectorAll("[data-key]")];
  return marked.find((element) => element.dataset.key === key && element.checkVisibility()) ?? null;
}

function press(event) {
  for (const act of bindings.get(event.key) ?? []) {
    if (act(event) !== false) return true;
  }
  const marked = findMarked(event.key);
  marked?.click();
  return marked !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector("dialog:modal")) return;
  if (document.querySelector(".ck-menu:popover-open")) return;
  if (press(event)) event.preventDefault();
});

bindKey("/", () => {
  const box = document.querySelector("[data-search]");
  if (!box?.checkVisibility()) return false;
  box.focus();
  box.select();
});

function openHelp() {
  const help = document.getElementById("help");
  for (const row of help.querySelectorAll("[data-key-name]")) {
    row.hidden = row.dataset.always === undefined && !isBound(row.dataset.keyName);
  }
  help.showModal();
}

bindKey("?", openHelp);
document.addEventListener("click", (event) => {
  if (event.target.closest(".ck-side [data-key='?']")) openHelp();
});
