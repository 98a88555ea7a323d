/** Moves of cards. The card goes first, the server decides; without its consent the card goes back. */
import { announce } from "./announce.js";

export function cardOf(element) {
  return element?.closest?.(".ck-card[data-lead]") ?? null;
}

/** The card one works on: the focused one, else the one under the mouse. */
export function currentCard() {
  return cardOf(document.activeElement) ?? document.querySelector(".ck-board .ck-card[data-lead]:hover");
}

export function rememberPlace(card) {
  return { parent: card.parentElement, next: card.nextElementSibling };
}

function board() {
  return document.getElementById("board");
}

function stageName(list) {
  return list.closest("[data-name]:not(.ck-card)")?.dataset.name ?? "";
}

export function putBack(card, place) {
  place.parent.insertBefore(card, place.next?.parentElement === place.parent ? place.next : null);
  announce(board().dataset.sayBack, { name: card.dataset.name, stage: stageName(place.parent) });
}

/** What the page shows now: team, filter and words, so that the answer fits it. */
function shownQuery() {
  return JSON.parse(board().dataset.query);
}

/** Asks for the move of a card that already lies in its new list. */
export async function askMove(card, place) {
  const column = card.closest("[data-stage]");
  const next = card.nextElementSibling;
  const last = card.previousElementSibling;
  announce(board().dataset.sayMoved, { name: card.dataset.name, stage: column.dataset.name });
  const values = {
    ...shownQuery(),
    to: column.dataset.to,
    version: card.dataset.version,
    before: cardOf(next)?.dataset.lead ?? "",
    after: cardOf(last)?.dataset.lead ?? "",
    layout: "board",
  };
  await window.htmx.ajax("POST", `/leads/${card.dataset.lead}/move`, { source: card, values, swap: "none" });
  // An accepted move replaces or removes the card: the same element is left only by a refusal, a question or a dead line.
  if (card.isConnected) putBack(card, place);
}

/** Moves a card to the top of a stage, as the menu does. */
export function moveToStage(card, stageId) {
  const place = rememberPlace(card);
  const list = document.querySelector(`#col-${stageId} [data-cards]`);
  list.prepend(card);
  card.querySelector("h3 a")?.focus();
  return askMove(card, place);
}

export function askWon(card) {
  const values = { version: card.dataset.version };
  return window.htmx.ajax("POST", `/leads/${card.dataset.lead}/win`, { source: card, values, swap: "none" });
}

/** Opens the dialog that asks why. */
export function askLost(card) {
  return window.htmx.ajax("GET", `/leads/${card.dataset.lead}/lose`, { source: card, swap: "none" });
}
