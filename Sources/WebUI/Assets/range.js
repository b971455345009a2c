// SPDX-License-Identifier: Apache-2.0
// A filter of numbers: least and most to type, and round ranges to choose.

import {h} from "./dom.js";
import {count, label} from "./format.js";

/** Shares of what was found between which the round ranges lie, closer where things are cheap. */
const STEPS = [0.01, 0.06, 0.25, 0.56];

/** The filter of a field, or null where nothing was found and nothing is chosen. */
export function rangeFilter(name, state, facet, change) {
  const [least, most] = state.ranges.get(name) ?? [null, null];
  const {min, max} = facet?.stats ?? {};
  if (!facet?.counts.length && least === null && most === null) return null;
  const choose = (from, to) => {
    state.setRange(name, from, to);
    change();
  };
  const low = numberInput(name, "from", least, min);
  const high = numberInput(name, "to", most, max);
  const onsubmit = (event) => {
    event.preventDefault();
    choose(numberIn(low), numberIn(high));
  };
  const form = h("form", {class: "range", onsubmit},
    low, h("span", {"aria-hidden": "true"}, "–"), high, h("button", {class: "small"}, "Go"));
  const ranges = roundRanges(min, max).map(([from, to]) => {
    const isChosen = from === least && to === most;
    const onclick = () => (isChosen ? choose(null, null) : choose(from, to));
    const id = `facet-${name}-${from}-${to}`;
    const properties = {type: "button", class: "chip", "aria-pressed": String(isChosen), id};
    return h("button", {...properties, onclick}, rangeLabel(from, to));
  });
  const group = {class: "presets", role: "group", "aria-label": `${label(name)} ranges`};
  return [form, ranges.length > 0 && h("div", group, ranges)];
}

function rangeLabel(from, to) {
  if (from === null) return `Under ${count(to)}`;
  return to === null ? `${count(from)} and up` : `${count(from)}–${count(to)}`;
}

function numberInput(name, end, value, hint) {
  return h("input", {
    type: "number",
    step: "any",
    inputmode: "decimal",
    id: `facet-${name}-${end}`,
    "aria-label": `${label(name)} ${end}`,
    value: value ?? "",
    placeholder: hint === undefined ? "" : count(hint),
  });
}

const numberIn = (input) => (Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : null);

/** Ranges between round numbers, open at both ends. */
function roundRanges(min, max) {
  if (!(max > min)) return [];
  const bounds = new Set(STEPS.map((share) => roundNear(min + (max - min) * share)));
  const inside = [...bounds].filter((bound) => bound > min && bound < max);
  if (inside.length === 0) return [];
  return [null, ...inside].map((from, index) => [from, inside[index] ?? null]);
}

/** The round number nearest to a value: 1, 2, 2.5, 5 or 10 times a power of ten. */
function roundNear(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  const steps = [1, 2, 2.5, 5, 10].map((step) => step * power);
  return steps.reduce((best, each) =>
    (Math.abs(each - value) < Math.abs(best - value) ? each : best));
}
