/** A list: Shift sorts by a further column, groups fold, columns are put in order. */
function sortAlso(event) {
  const head = event.target.closest?.("a[data-sort-also]");
  if (!head || !event.shiftKey) return;
  event.preventDefault();
  location.assign(head.dataset.sortAlso);
}

document.addEventListener("click", sortAlso);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter") sortAlso(event);
});

document.addEventListener("click", (event) => {
  const fold = event.target.closest("[data-fold]");
  if (!fold) return;
  const isOpen = fold.getAttribute("aria-expanded") === "true";
  fold.setAttribute("aria-expanded", String(!isOpen));
  document.getElementById(fold.dataset.fold).hidden = isOpen;
});

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-reorder] [data-step]");
  if (!step) return;
  const item = step.closest("li");
  if (step.dataset.step === "-1") item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  step.focus();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-builder]");
  if (!opener) return;
  const builder = document.getElementById("builder");
  builder.hidden = !builder.hidden;
  opener.setAttribute("aria-expanded", String(!builder.hidden));
  if (!builder.hidden) builder.querySelector("select, input:not([type=hidden])")?.focus();
});

/** The caret goes to where the text of a filter stops making sense. */
document.addEventListener("htmx:after:swap", () => {
  const text = document.querySelector("#builder [data-error-at]");
  if (!text || document.activeElement !== text) return;
  text.setSelectionRange(Number(text.dataset.errorAt), text.value.length);
});
