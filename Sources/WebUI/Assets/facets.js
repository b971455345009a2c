// SPDX-License-Identifier: Apache-2.0
// The column of filters: checkboxes with counts, trees for values like "Tools > saw", ranges.

import { h, put } from "./dom.js";
import { count, facetLabel, label, price } from "./format.js";

const SHOWN = 8;
const opened = new Set();

/** Fills `element` with the facets of an answer; `change()` is called after the state was changed. */
export function showFacets(element, { catalogue, state, result, change }) {
  const focused = document.activeElement?.id;
  const parts = [];
  if (catalogue.price) parts.push(rangePart(catalogue.price, catalogue, state, result.facets.get(catalogue.price), change));
  for (const field of catalogue.facets) {
    const facet = result.facets.get(field.name);
    const chosen = state.filters.get(field.name) ?? new Set();
    if (/^(int32|int64|float)/.test(field.type)) {
      if (facet?.counts.length) parts.push(rangePart(field.name, catalogue, state, facet, change));
      continue;
    }
    const counts = withChosen(facet?.counts ?? [], chosen);
    if (counts.length === 0) continue;
    const isTree = /\[\]$/.test(field.type) && counts.some((each) => each.value.includes(" > "));
    const pick = (value) => { state.toggle(field.name, value); change(); };
    const body = isTree ? tree(field.name, counts, chosen, pick) : flat(field.name, counts, chosen, pick);
    parts.push(section(field.name, label(field.name), body));
  }
  put(element, parts);
  if (focused?.startsWith("facet-")) document.getElementById(focused)?.focus();
}

/** Chosen values stay in the list even where nothing is left of them. */
function withChosen(counts, chosen) {
  const known = new Set(counts.map((each) => each.value));
  return [...counts, ...[...chosen].filter((value) => !known.has(value)).map((value) => ({ value, count: 0 }))];
}

function section(name, text, body) {
  return h("details", {
    class: "facet", open: !opened.has(`closed ${name}`),
    ontoggle: (event) => opened[event.currentTarget.open ? "delete" : "add"](`closed ${name}`),
  }, h("summary", {}, text), body);
}

function checkbox(field, value, text, number, isChosen, pick) {
  return h("label", { class: "check" },
    h("input", { type: "checkbox", id: `facet-${field}-${value}`, checked: isChosen, onchange: () => pick(value) }),
    h("span", { class: "check-text", dir: "auto" }, text), h("span", { class: "check-count" }, count(number)));
}

function more(name, hidden, items) {
  if (hidden <= 0) return items;
  const isOpen = opened.has(`all ${name}`);
  const rest = items.slice(SHOWN);
  for (const item of rest) item.hidden = !isOpen;
  const button = h("button", {
    type: "button", class: "link", "aria-expanded": String(isOpen), id: `facet-${name}-more`,
    onclick: () => {
      const open = !opened.delete(`all ${name}`) && Boolean(opened.add(`all ${name}`));
      for (const item of rest) item.hidden = !open;
      button.textContent = open ? "Show fewer" : `Show ${hidden} more`;
      button.setAttribute("aria-expanded", String(open));
    },
  }, isOpen ? "Show fewer" : `Show ${hidden} more`);
  return [...items, button];
}

function flat(field, counts, chosen, pick) {
  const items = counts.map((each) => h("li", {},
    checkbox(field, each.value, facetLabel(field, each.value), each.count, chosen.has(each.value), pick)));
  const listed = more(field, counts.length - SHOWN, items);
  return [h("ul", {}, listed.filter((item) => item.tagName === "LI")), listed.filter((item) => item.tagName !== "LI")];
}

/** Values split at " > "; a level is shown once its parent is chosen or on the way to a choice. */
function tree(field, counts, chosen, pick) {
  const root = { children: new Map() };
  for (const { value, count: number } of counts) {
    let node = root;
    let path = "";
    for (const part of value.split(" > ")) {
      path = path ? `${path} > ${part}` : part;
      if (!node.children.has(part)) node.children.set(part, { path, part, number: 0, children: new Map() });
      node = node.children.get(part);
    }
    node.number = number;
  }
  const isOpen = (node) => [...chosen].some((value) => value === node.path || value.startsWith(`${node.path} > `));
  const level = (node, depth) => {
    const ordered = [...node.children.values()].sort((one, other) => other.number - one.number);
    const items = ordered.map((child) => h("li", {},
      checkbox(field, child.path, child.part, child.number, chosen.has(child.path), pick),
      child.children.size > 0 && isOpen(child) && level(child, depth + 1)));
    const listed = depth === 0 ? more(field, items.length - SHOWN, items) : items;
    const list = h("ul", {}, listed.filter((item) => item.tagName === "LI"));
    const rest = listed.filter((item) => item.tagName !== "LI");
    return rest.length ? [list, ...rest] : list;
  };
  return level(root, 0);
}

/** Two numbers with a bar that shows where the chosen range lies in what was found. */
function rangePart(field, catalogue, state, facet, change) {
  const [least, most] = state.ranges.get(field) ?? [null, null];
  const { min, max } = facet?.stats ?? {};
  const shown = field === catalogue.price ? price : count;
  const number = (input) => (input.value.trim() === "" || !Number.isFinite(input.valueAsNumber) ? null : input.valueAsNumber);
  const input = (name, value, hint) => h("input", {
    type: "number", step: "any", inputmode: "decimal", id: `facet-${field}-${name}`, "aria-label": `${label(field)} ${name}`,
    value: value ?? "", placeholder: hint === undefined ? "" : shown(hint),
  });
  const low = input("from", least, min);
  const high = input("to", most, max);
  const apply = () => { state.setRange(field, number(low), number(high)); change(); };
  const form = h("form", { class: "range", onsubmit: (event) => { event.preventDefault(); apply(); } },
    low, h("span", { "aria-hidden": "true" }, "–"), high, h("button", { type: "submit", class: "small" }, "Go"));
  const parts = [form];
  if (min !== undefined && max > min) {
    const steps = [10, 25, 50, 75].map((share) => nice(min + (max - min) * (share / 100) ** 2)).filter((value, index, all) =>
      value > min && value < max && all.indexOf(value) === index);
    const presets = [[null, steps[0]], ...steps.slice(1).map((to, index) => [steps[index], to]), [steps.at(-1), null]];
    if (steps.length) {
      parts.push(h("div", { class: "presets", role: "group", "aria-label": `${label(field)} ranges` }, presets.map(([from, to]) => {
        const isChosen = from === least && to === most;
        const text = from === null || from === undefined ? `Under ${count(to)}` : to === null ? `${count(from)} and up` : `${count(from)}–${count(to)}`;
        return h("button", {
          type: "button", class: "chip", "aria-pressed": String(isChosen), id: `facet-${field}-${from}-${to}`,
          onclick: () => { state.setRange(field, isChosen ? null : from, isChosen ? null : to); change(); },
        }, text);
      })));
    }
  }
  return section(field, label(field), parts);
}

/** A round number near a value: 1, 2, 2.5 or 5 times a power of ten. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  const step = [1, 2, 2.5, 5, 10].reduce((best, each) => (Math.abs(each * power - value) < Math.abs(best * power - value) ? each : best), 1);
  return step * power;
}
