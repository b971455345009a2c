// SPDX-License-Identifier: Apache-2.0
// What stands above the products: corrected spelling, chosen filters, states without products.

import {h, icon} from "./dom.js";
import {count, facetLabel, label} from "./format.js";
import {corrections} from "./spelling.js";

const button = (text, onclick) => h("button", {type: "button", class: "primary", onclick}, text);

/** A page without products: an icon, what happened, what helps. */
export function emptyPage(name, title, text, ...more) {
  return h("div", {class: "empty"}, icon(name), h("h2", {}, title), h("p", {}, text), more);
}

/** Nothing was found. */
export function nothingFound(state, clear) {
  const title = state.q ? `Nothing found for “${state.q}”` : "Nothing found";
  return state.filterCount > 0
    ? emptyPage("search", title, "Fewer filters may help.", button("Clear all filters", clear))
    : emptyPage("search", title, "Check the spelling or use more general words.");
}

/** The search failed. */
export function failed(error, again) {
  const page = emptyPage("alert", "That did not work", error.message, button("Try again", again));
  page.setAttribute("role", "alert");
  return page;
}

/** Nothing has been imported. */
export function noCollection() {
  return emptyPage("box", "No collection yet", "Import products first:",
    h("code", {}, "martlet import --data-dir data --collection shop products.jsonl"));
}

/** Says which words were found only in other spelling; null where all were found as typed. */
export function corrected(q, hits, submit) {
  const pairs = corrections(q, hits);
  if (pairs.length === 0) return null;
  const better = pairs.reduce((text, [typed, meant]) => text.replace(typed, meant), q);
  return h("p", {class: "notice", id: "corrected"},
    "Nothing is spelled ",
    pairs.map(([typed], index) => [index > 0 && ", ", h("b", {}, typed)]),
    "; these are results for ",
    h("button", {type: "button", class: "link", onclick: () => submit(better)}, better),
    ".");
}

/** Each chosen filter as a button that takes it away. */
export function chips(state, change) {
  const chip = (field, value, remove) => {
    const text = `${label(field)}: ${value}`;
    const onclick = () => {
      remove();
      change();
    };
    const properties = {type: "button", class: "chip on", "aria-label": `Remove filter ${text}`};
    return h("button", {...properties, onclick}, text, icon("close"));
  };
  const chosen = [...state.filters].flatMap(([field, values]) => [...values].map(
    (value) => chip(field, facetLabel(field, value), () => state.toggle(field, value))));
  const ranges = [...state.ranges].map(
    ([field, range]) => chip(field, rangeText(range), () => state.setRange(field, null, null)));
  return [...chosen, ...ranges];
}

function rangeText([least, most]) {
  if (least === null) return `under ${count(most)}`;
  return most === null ? `from ${count(least)}` : `${count(least)}–${count(most)}`;
}
