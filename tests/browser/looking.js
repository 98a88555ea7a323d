/** What is wrong with the page that is open, a line each. */
() => {
  const short = (element) => element.outerHTML.slice(0, 120);

  /** What makes the page scroll sideways. */
  function findWider() {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const all = [...document.querySelectorAll("body *")];
    const wide = all.filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1);
    return [`${root.scrollWidth} px wide: ${wide.slice(0, 3).map(short).join(" | ")}`];
  }

  const look = (element) => {
    if (!element) return "";
    const style = getComputedStyle(element);
    const outline = style.outlineStyle === "none" ? "" : style.outline;
    return [outline, style.boxShadow, style.borderColor, style.backgroundColor].join();
  };

  /** What looks the same when a key came to it; one of each kind is tried. */
  function findUnseenFocus() {
    const wanted = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    const within = document.querySelector("dialog:modal, .ck-menu:popover-open") ?? document;
    const tried = new Set();
    const found = [];
    for (const one of within.querySelectorAll(wanted)) {
      const kind = [one.localName, one.className, one.type, one.parentElement.className].join();
      if (tried.has(kind) || !one.checkVisibility({ visibilityProperty: true })) continue;
      tried.add(kind);
      document.activeElement?.blur();
      const card = one.closest(".ck-card, .ck-composer, label, li, tr") ?? one;
      const near = [one, one.parentElement, card, one.nextElementSibling];
      const before = near.map(look).join();
      one.focus({ preventScroll: true, focusVisible: true });
      if (document.activeElement !== one) continue;
      if (near.map(look).join() === before) found.push(`no focus is seen: ${short(one)}`);
    }
    document.activeElement?.blur();
    return found;
  }

  return [...findWider(), ...findUnseenFocus()];
}
