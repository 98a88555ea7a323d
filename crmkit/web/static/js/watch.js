/** A page with data-watch sees within seconds what others did, and fetches itself anew. */
import { isTyping } from "./keys.js";
import { refreshPage } from "./refresh.js";

const PAUSE = 3000;

function isBusy() {
  const busy = "dialog:modal, [popover]:popover-open:not(#toasts), .ck-edit, [data-bulk]:not([hidden]), #builder:not([hidden])";
  return document.hidden || document.body.classList.contains("is-dragging") || isTyping(document.activeElement) || document.querySelector(busy) !== null;
}

async function look() {
  const shown = document.querySelector("[data-watch]");
  if (!shown || isBusy()) return;
  const answer = await fetch(`/watch?seen=${encodeURIComponent(shown.dataset.watch)}`);
  if (answer.status !== 200 || isBusy()) return;
  await refreshPage();
}

async function watch() {
  for (;;) {
    await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    try {
      await look();
    } catch {
      // The server is away: the next turn asks again.
    }
  }
}

if (document.querySelector("[data-watch]")) watch();
