/** Dialogs that come as answers open at once; words typed into one with data-draft survive a reload. */
const place = document.getElementById("dialogs");

function draftName(dialog) {
  return dialog.dataset.draft ? `draft:${dialog.dataset.draft}` : null;
}

function keepDraft(dialog) {
  const name = draftName(dialog);
  if (!name) return;
  const typed = Object.fromEntries(new FormData(dialog.querySelector("form")));
  sessionStorage.setItem(name, JSON.stringify(typed));
  dialog.querySelector("[data-draft-kept]").hidden = false;
}

function restoreDraft(dialog) {
  const name = draftName(dialog);
  const kept = name && sessionStorage.getItem(name);
  if (!kept || dialog.querySelector("[aria-invalid]")) return;
  for (const [field, value] of Object.entries(JSON.parse(kept))) {
    const input = dialog.querySelector("form").elements[field];
    if (value && input && "value" in input) input.value = value;
  }
  dialog.querySelector("[data-draft-kept]").hidden = false;
}

function forgetDraft(dialog) {
  const name = draftName(dialog);
  if (name) sessionStorage.removeItem(name);
}

function open(dialog) {
  const back = document.activeElement;
  dialog.showModal();
  restoreDraft(dialog);
  dialog.addEventListener("input", () => keepDraft(dialog));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (back?.isConnected) back.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("ck:dialog-closed"));
  });
  (dialog.querySelector("[aria-invalid]") ?? dialog.querySelector("[autofocus]"))?.focus();
}

if (place) {
  new MutationObserver((records) => {
    for (const node of records.flatMap((record) => [...record.addedNodes])) {
      if (node instanceof HTMLDialogElement && node.isConnected) open(node);
    }
  }).observe(place, { childList: true });

  place.addEventListener("htmx:after:request", (event) => {
    const dialog = event.target.closest?.("dialog");
    if (dialog && event.detail.ctx.response.status < 400) forgetDraft(dialog);
  });
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-close]")?.closest("dialog")?.close();
  const more = event.target.closest("[data-reveal]");
  if (!more) return;
  document.getElementById(more.dataset.reveal).hidden = false;
  more.remove();
});

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter") return;
  const form = event.target.closest?.("form") ?? document.querySelector("dialog:modal form");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
