/** The composer: tabs between note, next step and mail; a draft stays on this device until it is saved. */
import { bindKey } from "./keys.js";

const composer = document.querySelector("[data-composer]");

function show(name) {
  for (const tab of composer.querySelectorAll("[data-write]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.write === name));
  }
  for (const form of composer.querySelectorAll("[data-written]")) form.hidden = form.dataset.written !== name;
  composer.querySelector(`[data-written=${name}] :is(textarea, input:not([type=hidden]), select)`)?.focus();
}

function draftName(form) {
  return `draft:${form.getAttribute("action")}`;
}

function note(form, isKept) {
  const mark = form.querySelector("[data-draft-kept]");
  if (mark) mark.hidden = !isKept;
}

function keep(form) {
  const text = form.elements.text?.value;
  if (text) localStorage.setItem(draftName(form), text);
  else localStorage.removeItem(draftName(form));
  note(form, Boolean(text));
}

function restore(form) {
  const text = localStorage.getItem(draftName(form));
  if (!text || !form.elements.text || form.elements.text.value) return;
  form.elements.text.value = text;
  note(form, true);
}

function answer(button) {
  const form = composer.querySelector("[data-written=mail]");
  const { answer: id, to, subject } = button.dataset;
  form.elements.reply_to_id.value = id;
  form.elements.to.value = to;
  form.elements.subject.value = /^re\s*:/i.test(subject) ? subject : `Re: ${subject}`;
  show("mail");
  form.elements.text.focus();
}

function forget(event) {
  const form = event.detail.ctx.sourceElement;
  if (event.detail.ctx.request.method !== "POST" || event.detail.ctx.response?.status >= 400 || !form.matches("form")) return;
  form.reset();
  // A reset leaves hidden fields as they are: the next mail answers nothing.
  if (form.elements.reply_to_id) form.elements.reply_to_id.value = "";
  localStorage.removeItem(draftName(form));
  note(form, false);
}

if (composer) {
  composer.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-write]");
    if (tab) show(tab.dataset.write);
  });
  composer.addEventListener("input", (event) => keep(event.target.form));
  composer.addEventListener("htmx:after:request", forget);
  composer.querySelectorAll("form").forEach(restore);
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-composer]");
    if (opener) show(opener.dataset.openComposer);
    const answered = event.target.closest("[data-answer]");
    if (answered) answer(answered);
  });
  bindKey("n", () => show("note"));
  bindKey("a", () => show("activity"));
}

// Esc leaves the composer, so that the keys of the page work again.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && event.target.closest?.("[data-composer]")) event.target.blur();
});
