/** The studio: fields are dragged into order, types into the form. */
const studio = document.querySelector("[data-studio]");

/** The arrangement as it stands on the page. */
function arrangement() {
  return [...studio.querySelectorAll("[data-fields]")].map((list) => ({
    label: list.dataset.group,
    fields: [...list.querySelectorAll("[data-slug]")].map((field) => field.dataset.slug),
  }));
}

function keep() {
  const form = document.getElementById("sf-layout");
  form.elements.groups.value = JSON.stringify(arrangement());
  form.requestSubmit();
}

/** A type that was dropped is a field to be described: in the group it fell into. */
function describe(item, list) {
  const address = new URL(studio.dataset.new, location.href);
  address.searchParams.set("type", item.dataset.type);
  address.searchParams.set("group", list.dataset.group);
  location.assign(address);
}

async function attach() {
  const { default: Sortable } = await import(studio.dataset.sortable);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const common = { forceFallback: true, fallbackOnBody: true, fallbackTolerance: 5, animation: still ? 0 : 160 };
  Sortable.create(studio.querySelector("[data-types]"), {
    ...common, draggable: ".sf-type", sort: false, group: { name: "fields", pull: "clone", put: false },
  });
  for (const list of studio.querySelectorAll("[data-fields]")) {
    Sortable.create(list, {
      ...common,
      draggable: ".sf-field, .sf-type",
      filter: "button",
      preventOnFilter: false,
      group: "fields",
      onAdd: ({ item, to }) => (item.dataset.type ? describe(item, to) : keep()),
      onUpdate: keep,
    });
  }
}

if (studio) attach();
