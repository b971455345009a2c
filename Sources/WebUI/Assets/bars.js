// SPDX-License-Identifier: Apache-2.0
// Small shared parts of both pages: bars, badges, tables.

import {h, svg} from "./dom.js";

const TRACK = {
  class: "bar",
  viewBox: "0 0 100 8",
  preserveAspectRatio: "none",
  "aria-hidden": "true"
};

/** A track of 100 units with what is on it. */
export const track = (...parts) => svg("svg", TRACK, parts);

/** A bar that fills a share of its track. */
export function bar(share, ...marks) {
  const width = Math.max(0.5, Math.min(1, share || 0) * 100);
  return track(svg("rect", {class: "bar-took", width, height: 8}), marks);
}

/** A time on the scale of its budget; what is over it stands apart in red. */
export function budgetBar(took, budget) {
  if (!(budget > 0)) return bar(1);
  if (took <= budget) return bar(took / budget);
  const limit = budget / took * 100;
  return bar(1, svg("rect", {class: "bar-over", x: limit, width: 100 - limit, height: 8}));
}

const GOOD = new Set(["ok", "closed", "enabled"]);
const FAIR = new Set(["partial", "skipped", "disabled", "half_open"]);

/** A state such as `ok` or `breaker_open`, coloured by how good it is. */
export function badge(state) {
  const kind = GOOD.has(state) ? "good" : FAIR.has(state) ? "fair" : "bad";
  return h("span", {class: `status ${kind}`}, String(state).replaceAll("_", " "));
}

/** A table that scrolls by itself where it is too wide; a row's first cell names it. */
export function table(label, heads, rows) {
  const head = h("tr", {}, heads.map((text) => h("th", {scope: "col"}, text)));
  const body = rows.map(([first, ...rest]) =>
    h("tr", {}, h("th", {scope: "row"}, first), rest.map((cell) => h("td", {}, cell))));
  return h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": label},
    h("table", {}, h("thead", {}, head), h("tbody", {}, body)));
}
