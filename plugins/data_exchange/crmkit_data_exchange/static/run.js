/** Steps an import or its undo for as long as the page shows that there is more to do. */
const WAIT = 3000;

const wait = (time) => new Promise((resolve) => { setTimeout(resolve, time); });

async function run() {
  for (;;) {
    const box = document.getElementById("run");
    if (!box) return;
    if (box.dataset.state === "done" || box.dataset.state === "undone") {
      location.reload();
      return;
    }
    if (!box.dataset.step) return;
    await window.htmx.ajax("POST", box.dataset.step, { target: "#run", swap: "none" });
    // An answer replaces the box. Where none did, the server is busy or away.
    if (document.getElementById("run") === box) await wait(WAIT);
  }
}

addEventListener("load", run);
