/** Tells a screen reader what happened; `{name}` parts are filled in. */
export function announce(sentence, parts = {}) {
  const live = document.getElementById("live");
  if (!live || !sentence) return;
  live.textContent = sentence.replace(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole);
}
