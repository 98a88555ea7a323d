/** Fetches the page one is on and morphs it into what is shown: scroll, focus and typed words stay. */
const FIRST = 30;

/** As many cards a column as one has unfolded, so that none goes away. */
function cardsShown() {
  const counts = [...document.querySelectorAll("#board [data-cards]")].map((list) => list.querySelectorAll("[data-lead]").length);
  return Math.min(300, Math.max(0, ...counts));
}

export function refreshPage() {
  const address = new URL(location.href);
  if (cardsShown() > FIRST) address.searchParams.set("cards", cardsShown());
  return window.htmx.ajax("GET", address.pathname + address.search, {
    target: "#main",
    select: "#main",
    swap: "outerMorph",
  });
}
