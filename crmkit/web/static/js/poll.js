/** Fetches the page anew every so often while something on it says so by data-refresh (ms). */
import { refreshPage } from "./refresh.js";

const LEAST = 500;

async function poll() {
  for (;;) {
    const moving = document.querySelector("[data-refresh]");
    const pause = Math.max(LEAST, Number(moving?.dataset.refresh) || LEAST * 4);
    await new Promise((resolve) => { setTimeout(resolve, pause); });
    if (!document.querySelector("[data-refresh]") || document.hidden) continue;
    // Whoever is typing keeps his words; what moves can wait.
    if (document.activeElement?.matches("input, textarea, select")) continue;
    try {
      await refreshPage();
    } catch {
      // The server is away: the next turn asks again.
    }
  }
}

if (document.querySelector("[data-refresh]")) addEventListener("load", poll);
