/** The queue of today: arrows or j and k walk, e is done, s puts off, t chooses another day. */
import { bindKey } from "./keys.js";

const queue = document.getElementById("queue");

function items() {
  return [...queue.querySelectorAll("[data-item]")];
}

function current() {
  return document.activeElement?.closest("[data-item]") ?? null;
}

function walk(step) {
  const all = items();
  const here = all.indexOf(current());
  const next = here < 0 ? all[0] : all[here + step];
  next?.querySelector("a").focus();
  return all.length > 0;
}

function act(name) {
  const item = current() ?? items()[0];
  const button = item?.querySelector(`[data-act=${name}]`);
  button?.click();
  return button != null;
}

if (queue) {
  for (const key of ["j", "ArrowDown"]) bindKey(key, () => walk(1));
  for (const key of ["k", "ArrowUp"]) bindKey(key, () => walk(-1));
  for (const key of ["e", "s", "t"]) bindKey(key, () => act(key));
}
