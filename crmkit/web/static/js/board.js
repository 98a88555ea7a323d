/** Dragging cards between stages, and walking among them with the arrow keys. */
import Sortable from "../vendor/sortable.esm.js";
import { announce } from "./announce.js";
import { bindKey } from "./keys.js";
import { askLost, askMove, askWon, cardOf, currentCard, putBack, rememberPlace } from "./moves.js";

let place = null;
let isCancelled = false;

function markTarget(list) {
  document.querySelectorAll(".ck-col.is-target").forEach((column) => column.classList.remove("is-target"));
  document.querySelectorAll(".ck-drop.is-over").forEach((drop) => drop.classList.remove("is-over"));
  list?.closest(".ck-col")?.classList.add("is-target");
  if (list?.matches("[data-drop]")) list.classList.add("is-over");
}

function start({ item }) {
  place = rememberPlace(item);
  isCancelled = false;
  document.body.classList.add("is-dragging");
  announce(document.getElementById("board").dataset.sayLifted, { name: item.dataset.name });
}

function drop(card, zone) {
  putBack(card, place);
  if (zone === "won") return askWon(card);
  if (zone === "lost") return askLost(card);
  return null;
}

function end({ item, to }) {
  document.body.classList.remove("is-dragging");
  markTarget(null);
  if (isCancelled) putBack(item, place);
  else if (to.dataset.drop) drop(item, to.dataset.drop);
  else if (to !== place.parent || item.nextElementSibling !== place.next) askMove(item, place);
}

const OPTIONS = {
  group: "cards",
  draggable: ".ck-card",
  filter: ".ck-more",
  preventOnFilter: false,
  forceFallback: true,
  fallbackOnBody: true,
  fallbackTolerance: 5,
  delay: 180,
  delayOnTouchOnly: true,
  touchStartThreshold: 5,
  ghostClass: "is-slot",
  fallbackClass: "is-lifted",
  dragClass: "is-lifted",
  scroll: true,
  bubbleScroll: true,
  scrollSensitivity: 60,
  scrollSpeed: 14,
  emptyInsertThreshold: 24,
  onStart: start,
  onMove: ({ to }) => { markTarget(to); },
  onEnd: end,
};

function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Makes each list of the page sortable once; those of a changed page are new. */
function attach() {
  for (const list of document.querySelectorAll("#board [data-cards], #drops [data-drop]")) {
    if (!Sortable.get(list)) Sortable.create(list, { ...OPTIONS, animation: isStill() ? 0 : 160 });
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("is-dragging")) return;
  isCancelled = true;
  for (const name of ["pointerup", "mouseup"]) document.dispatchEvent(new MouseEvent(name, { bubbles: true }));
});

function cardsIn(column) {
  return [...column.querySelectorAll(".ck-card[data-lead]")].filter((card) => card.checkVisibility());
}

function focusCard(card) {
  card?.querySelector("h3 a").focus();
}

function walkDown(step) {
  const card = cardOf(document.activeElement);
  if (!card) return beginWalk();
  const cards = cardsIn(card.closest(".ck-col"));
  focusCard(cards[cards.indexOf(card) + step]);
  return true;
}

function walkAside(step) {
  const card = cardOf(document.activeElement);
  if (!card) return beginWalk();
  const columns = [...document.querySelectorAll("#board .ck-col")].filter((column) => cardsIn(column).length);
  const here = columns.indexOf(card.closest(".ck-col"));
  const row = cardsIn(columns[here]).indexOf(card);
  const cards = columns[here + step] ? cardsIn(columns[here + step]) : [];
  focusCard(cards[Math.min(row, cards.length - 1)]);
  return true;
}

function beginWalk() {
  const first = cardsIn(document.getElementById("board"))[0];
  if (!first) return false;
  focusCard(first);
  return true;
}

if (document.getElementById("board")) {
  attach();
  document.addEventListener("htmx:after:swap", attach);
  bindKey("ArrowDown", () => walkDown(1));
  bindKey("ArrowUp", () => walkDown(-1));
  bindKey("ArrowRight", () => walkAside(1));
  bindKey("ArrowLeft", () => walkAside(-1));
  bindKey("w", () => (currentCard() ? askWon(currentCard()) && true : false));
  bindKey("l", () => (currentCard() ? askLost(currentCard()) && true : false));
}
