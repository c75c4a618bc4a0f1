"use strict";

// Tables: a button in every column's title sorts; once more turns the order round, a third time restores it.
const words = new Intl.Collator("en", { numeric: true });
const OTHER = { ascending: "descending", descending: "ascending" };

function compare(column, numeric, order) {
  const sign = order === "ascending" ? 1 : -1;
  return (a, b) => {
    const [one, two] = [a.cells[column], b.cells[column]];
    if (!numeric) return sign * words.compare(one.textContent, two.textContent);
    const [known, alsoKnown] = ["key" in one.dataset, "key" in two.dataset];
    if (!known || !alsoKnown) return alsoKnown - known; // what is not known comes last either way
    return sign * (Number(one.dataset.key) - Number(two.dataset.key));
  };
}

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const numeric = original.some((row) => "key" in row.cells[column].dataset);
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const order = before === null ? head.dataset.best : before === head.dataset.best ? OTHER[before] : null;
      for (const other of heads) other.removeAttribute("aria-sort");
      if (order !== null) head.setAttribute("aria-sort", order);
      body.append(...(order === null ? original : original.toSorted(compare(column, numeric, order))));
    });
  });
}

// Colours: those of the system, or as chosen, which is remembered where the browser allows it.
const theme = document.getElementById("theme");
const STORED = "seqharness-theme";
function remembered() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
function choose(value) {
  if (value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}
for (const input of theme.querySelectorAll("input")) {
  if (input.value === remembered()) {
    input.checked = true;
    choose(input.value);
  }
  input.addEventListener("change", () => {
    choose(input.value);
    try {
      localStorage.setItem(STORED, input.value);
    } catch {
      // not remembered
    }
  });
}
theme.hidden = false;

// The contents are open where there is room beside the report.
const contents = document.getElementById("contents");
const wide = matchMedia("(min-width: 70rem)");
function fit() {
  contents.open = wide.matches;
}
wide.addEventListener("change", fit);
fit();

// Only what can be scrolled is a stop of the tab key.
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const part of document.querySelectorAll(".scroll, pre")) watch.observe(part);

// On paper everything is open.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("main details:not([open])")];
  for (const part of closed) part.open = true;
});
addEventListener("afterprint", () => {
  for (const part of closed) part.open = false;
});
