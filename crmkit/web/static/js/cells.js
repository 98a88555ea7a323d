/** Cells of a list: a click, Enter or F2 edits one, the arrows walk among them. On a touch screen a row opens its record. */
import { cellsIn, openEditor } from "./inline-edit.js";
import { bindKey } from "./keys.js";

const OWN = "a, button, input, label, select, textarea, .ck-edit";

function currentCell() {
  return document.activeElement?.closest("[data-cell]") ?? null;
}

function focusCell(cell) {
  cell?.focus({ preventScroll: true });
  cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return cell != null;
}

function walkAside(step) {
  const row = document.activeElement?.closest("[data-selectable] tr[data-row]");
  if (!row) return false;
  const cells = cellsIn(row);
  const at = cells.indexOf(currentCell());
  return focusCell(cells[Math.max(0, at + step)]);
}

function walkDown(step) {
  const cell = currentCell();
  if (!cell) return false;
  const column = cellsIn(cell.closest("table")).filter((one) => one.dataset.cell === cell.dataset.cell);
  return focusCell(column[column.indexOf(cell) + step]);
}

function edit() {
  const cell = document.activeElement?.matches("[data-cell]") ? document.activeElement : null;
  if (!cell) return false;
  openEditor(cell);
  return true;
}

document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (!cell || event.target.closest(OWN) || getSelection().type === "Range") return;
  if (matchMedia("(pointer: coarse)").matches) cell.closest("tr").querySelector("a")?.click();
  else openEditor(cell);
});

if (document.querySelector("[data-cell]")) {
  bindKey("ArrowRight", () => walkAside(1));
  bindKey("ArrowLeft", () => walkAside(-1));
  bindKey("ArrowDown", () => walkDown(1));
  bindKey("ArrowUp", () => walkDown(-1));
  for (const key of ["Enter", "F2", "e"]) bindKey(key, edit);
}
