/** Building a form: fields are dragged into order, snippets are copied. */
const lines = document.querySelector("[data-lines]");

function keep() {
  const form = document.getElementById("wf-order");
  form.elements.names.value = [...lines.querySelectorAll("[data-name]")].map((line) => line.dataset.name).join(",");
  form.requestSubmit();
}

async function attach() {
  const { default: Sortable } = await import(lines.dataset.sortable);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  Sortable.create(lines, { draggable: ".wf-line", handle: ".wf-grip", forceFallback: true, fallbackTolerance: 5, animation: still ? 0 : 160, onUpdate: keep });
}

if (lines) attach();

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const box = document.getElementById(button.dataset.copy);
  box.select();
  try {
    await navigator.clipboard.writeText(box.value);
  } catch {
    document.execCommand("copy");
  }
  document.getElementById("live").textContent = button.dataset.done;
});
