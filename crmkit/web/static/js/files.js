/** Files: chosen or dropped ones are sent at once; one that is too large is said before it is sent. */
const toasts = document.getElementById("toasts");

function attaching() {
  return document.querySelector("form[data-attach]");
}

function isTooLarge(form) {
  return [...form.elements.file.files].some((file) => file.size > Number(form.dataset.attach));
}

function send(form) {
  if (!form.elements.file.files.length) return;
  if (isTooLarge(form)) {
    toasts.append(form.querySelector("[data-too-large]").content.cloneNode(true));
    form.reset();
    return;
  }
  form.querySelector("[data-sending]").hidden = false;
  form.requestSubmit();
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-attach]")) send(form);
});

/** A refusal leaves the form in the page: it can be tried again. */
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form[data-attach]");
  if (!form) return;
  form.querySelector("[data-sending]").hidden = true;
  form.reset();
});

function brings(event) {
  return event.dataTransfer?.types.includes("Files") && attaching();
}

/** Beside the panel, too: else the browser would leave the page and open the file. */
document.addEventListener("dragover", (event) => {
  if (!brings(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  attaching().classList.add("is-over");
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) attaching()?.classList.remove("is-over");
});

document.addEventListener("drop", (event) => {
  const form = brings(event);
  if (!form) return;
  event.preventDefault();
  form.classList.remove("is-over");
  form.elements.file.files = event.dataTransfer.files;
  send(form);
});
