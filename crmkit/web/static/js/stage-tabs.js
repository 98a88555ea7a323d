/** On a phone, a tab shows its stage (or its part of a record) without a new page. */
document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-stage-tab], [data-zone-tab]");
  if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  for (const other of tab.parentElement.children) other.removeAttribute("aria-current");
  tab.setAttribute("aria-current", "true");
  const shown = document.getElementById(tab.dataset.zoneTab ?? `col-${tab.dataset.stageTab}`);
  if (!shown) return;
  for (const other of shown.parentElement.children) other.classList.toggle("is-here", other === shown);
  if (tab.dataset.stageTab) history.replaceState(history.state, "", tab.href);
});

document.querySelector(".ck-stage-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
