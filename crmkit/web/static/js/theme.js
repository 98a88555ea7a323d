/** A theme chosen in the menu shows at once; the form then tells the server. */
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!event.target.matches("[data-theme-choice]") || button?.name !== "theme") return;
  event.preventDefault();
  const root = document.documentElement;
  if (button.value === "system") root.removeAttribute("data-bs-theme");
  else root.dataset.bsTheme = button.value;
  const body = new URLSearchParams(new FormData(event.target, button));
  fetch(event.target.action, { method: "POST", body, redirect: "manual" });
  button.closest("[popover]")?.hidePopover();
  for (const other of document.querySelectorAll("[data-theme-choice] [name=theme]")) {
    other.toggleAttribute("aria-pressed", false);
    if (other.value === button.value) other.setAttribute("aria-pressed", "true");
  }
});
