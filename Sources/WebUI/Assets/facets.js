// SPDX-License-Identifier: Apache-2.0
// The column of filters: checkboxes with counts, trees for values like "Tools > saw", and ranges.

import {byId, h, put} from "./dom.js";
import {count, facetLabel, label} from "./format.js";
import {rangeFilter} from "./range.js";

/** Values of a field that are shown before "show more". */
const SHOWN = 8;
/** What the shopper opened or closed, kept while results change. */
const closed = new Set();
const wholly = new Set();

/** Fills `element` with the facets of an answer; `change()` follows each change of the state. */
export function showFacets(element, {catalogue, state, result, change}) {
  const focused = document.activeElement?.id ?? "";
  const fields = [
    ...catalogue.fields.filter((field) => field.name === catalogue.price),
    ...catalogue.facets,
  ];
  put(element, fields.map((field) => {
    const facet = result.facets.get(field.name);
    const content = /^(int32|int64|float)/.test(field.type)
      ? rangeFilter(field.name, state, facet, change)
      : valueFilter(field, state, facet, change);
    return content && section(field.name, content);
  }));
  if (focused.startsWith("facet-")) byId(focused)?.focus();
}

function section(name, content) {
  const ontoggle = ({currentTarget}) => closed[currentTarget.open ? "delete" : "add"](name);
  return h("details", {class: "facet", open: !closed.has(name), ontoggle},
    h("summary", {}, label(name)), content);
}

function valueFilter(field, state, facet, change) {
  const chosen = state.filters.get(field.name) ?? new Set();
  const counts = withChosen(facet?.counts ?? [], chosen);
  if (counts.length === 0) return null;
  const checkbox = (value, text, number) => {
    const onchange = () => {
      state.toggle(field.name, value);
      change();
    };
    const id = `facet-${field.name}-${value}`;
    return h("label", {class: "check"},
      h("input", {type: "checkbox", id, checked: chosen.has(value), onchange}),
      h("span", {class: "check-text"}, h("bdi", {}, text)),
      h("span", {class: "check-count"}, count(number)));
  };
  const isTree = field.type.endsWith("[]") && counts.some(({value}) => value.includes(" > "));
  const items = isTree
    ? branches(treeOf(counts), chosen, checkbox)
    : counts.map((each) =>
      h("li", {}, checkbox(each.value, facetLabel(field.name, each.value), each.count)));
  return folded(field.name, items);
}

/** Chosen values stay in the list even where nothing is left of them. */
function withChosen(counts, chosen) {
  const known = new Set(counts.map(({value}) => value));
  const missing = [...chosen].filter((value) => !known.has(value));
  return [...counts, ...missing.map((value) => ({value, count: 0}))];
}

/** A list of which the first are shown, and a button for the others. */
function folded(name, items) {
  const list = h("ul", {}, items);
  const rest = items.slice(SHOWN);
  if (rest.length === 0) return list;
  const button = h("button", {type: "button", class: "link", id: `facet-${name}-more`});
  const show = () => {
    const isWhole = wholly.has(name);
    for (const item of rest) item.hidden = !isWhole;
    button.textContent = isWhole ? "Show fewer" : `Show ${rest.length} more`;
    button.setAttribute("aria-expanded", String(isWhole));
  };
  button.addEventListener("click", () => {
    wholly[wholly.has(name) ? "delete" : "add"](name);
    show();
  });
  show();
  return [list, button];
}

/** The nodes of values split at " > ": path, last part, count, and the nodes below by part. */
function treeOf(counts) {
  const root = {path: "", part: "", number: 0, below: new Map()};
  for (const {value, count: number} of counts) {
    let node = root;
    for (const part of value.split(" > ")) {
      const path = node.path ? `${node.path} > ${part}` : part;
      if (!node.below.has(part)) node.below.set(part, {path, part, number: 0, below: new Map()});
      node = node.below.get(part);
    }
    node.number = number;
  }
  return root;
}

/** List items of what is below a node; deeper levels once their node or one of them is chosen. */
function branches(node, chosen, checkbox) {
  const nodes = [...node.below.values()].sort((one, other) => other.number - one.number);
  return nodes.map((each) => {
    const isOpen = [...chosen].some((value) => `${value} > `.startsWith(`${each.path} > `));
    const inner = isOpen && each.below.size > 0 && h("ul", {}, branches(each, chosen, checkbox));
    return h("li", {}, checkbox(each.path, each.part, each.number), inner);
  });
}
