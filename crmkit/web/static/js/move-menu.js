/** "Move to…": what a drag does, by m or the card's button. Numbers, arrows, Enter, Esc. */
import { bindKey } from "./keys.js";
import { askLost, askWon, cardOf, currentCard, moveToStage } from "./moves.js";

let card = null;

function menu() {
  return document.getElementById("move-menu");
}

function items() {
  return [...menu().querySelectorAll("[role=menuitem]")];
}

function open(target) {
  card = target;
  const here = card.closest("[data-stage]").dataset.stage;
  for (const item of items()) {
    const isHere = item.dataset.stage === here;
    item.toggleAttribute("aria-disabled", false);
    if (isHere) item.setAttribute("aria-disabled", "true");
    const mark = item.querySelector("[data-here]");
    if (mark) mark.hidden = !isHere;
  }
  card.classList.add("is-focus");
  menu().showPopover({ source: card.querySelector("[data-move-menu]") });
  items().find((item) => !item.hasAttribute("aria-disabled"))?.focus();
}

function choose(item) {
  if (item.hasAttribute("aria-disabled")) return;
  const chosen = card;
  menu().hidePopover();
  if (item.dataset.stage) moveToStage(chosen, item.dataset.stage);
  else if (item.dataset.drop === "won") askWon(chosen);
  else askLost(chosen);
}

function step(by) {
  const all = items();
  const at = all.indexOf(document.activeElement);
  all[(at + by + all.length) % all.length].focus();
}

function chooseByKey(key) {
  const stages = items().filter((item) => item.dataset.stage);
  if (/^[1-9]$/.test(key) && stages[key - 1]) choose(stages[key - 1]);
  else if (key === "w" || key === "l") choose(items().find((item) => item.dataset.drop === { w: "won", l: "lost" }[key]));
  else return false;
  return true;
}

function handleKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) step(steps[event.key]);
  else if (event.key === "Home") items()[0].focus();
  else if (event.key === "End") items().at(-1).focus();
  else if (event.key === "Tab") menu().hidePopover();
  else if (!chooseByKey(event.key)) return;
  event.preventDefault();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-move-menu]");
  if (opener) open(cardOf(opener));
  const item = event.target.closest("#move-menu [role=menuitem]");
  if (item) choose(item);
});
document.addEventListener("keydown", (event) => {
  if (menu()?.matches(":popover-open")) handleKey(event);
});
document.addEventListener("toggle", (event) => {
  if (event.target.id !== "move-menu" || event.newState === "open") return;
  card?.classList.remove("is-focus");
  if (card?.isConnected && document.activeElement === document.body) card.querySelector("h3 a").focus();
}, true);

if (menu()) bindKey("m", () => (currentCard() ? open(currentCard()) : false));
