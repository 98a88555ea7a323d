/** Rows of a table that are put into order by dragging their grips; arrow buttons do the same. */
import Sortable from "../vendor/sortable.esm.js";

function send(body) {
  const ids = [...body.querySelectorAll("[data-id]")].map((row) => row.dataset.id).join(",");
  window.htmx.ajax("POST", body.dataset.order, { values: { ids }, swap: "none" });
}

function attach() {
  for (const body of document.querySelectorAll("tbody[data-order]")) {
    if (Sortable.get(body)) continue;
    Sortable.create(body, {
      handle: "[data-grip]",
      forceFallback: true,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160,
      onEnd: ({ oldIndex, newIndex }) => { if (oldIndex !== newIndex) send(body); },
    });
  }
}

attach();
document.addEventListener("htmx:after:swap", attach);
