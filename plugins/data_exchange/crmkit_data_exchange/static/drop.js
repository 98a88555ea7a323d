/** Lets a file be dropped on the box around its field. */
for (const box of document.querySelectorAll("[data-drop]")) {
  const field = document.getElementById(box.dataset.drop);
  const show = (isOver) => box.classList.toggle("is-over", isOver);
  box.addEventListener("dragover", (event) => { event.preventDefault(); show(true); });
  box.addEventListener("dragleave", () => show(false));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    show(false);
    if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
  });
}
