/** m goes to the path of stages of a lead; arrows walk it, Enter and numbers move the lead. */
import { bindKey } from "./keys.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

function stages() {
  return [...document.querySelectorAll(".ck-path button")].filter((one) => one.checkVisibility());
}

function enter() {
  const all = stages();
  const free = all.filter((one) => !one.disabled);
  const here = all.findIndex((one) => one.disabled);
  (all.slice(here + 1).find((one) => !one.disabled) ?? free.at(-1))?.focus();
  return free.length > 0;
}

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.(".ck-path") || event.ctrlKey || event.metaKey || event.altKey) return;
  const free = stages().filter((one) => !one.disabled);
  if (event.key in STEPS) free[free.indexOf(event.target) + STEPS[event.key]]?.focus();
  else if (/^[1-9]$/.test(event.key)) stages()[event.key - 1]?.click();
  else return;
  event.preventDefault();
});

// A lead that is qualified later gets its path then.
if (document.getElementById("lead-head")) bindKey("m", enter);
