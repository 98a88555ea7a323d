/** Fetches the page one is on and morphs it into what is shown: scroll, focus and typed words stay. */
export function refreshPage() {
  return window.htmx.ajax("GET", location.pathname + location.search, {
    target: "#main",
    select: "#main",
    swap: "outerMorph",
  });
}
