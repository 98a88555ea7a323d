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
