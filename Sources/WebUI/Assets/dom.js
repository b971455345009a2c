// SPDX-License-Identifier: Apache-2.0
// Builds elements. Text always becomes text nodes, so nothing from a document is read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Properties are attributes, `on…` listeners, `dataset`; false ones are left out. */
export function h(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

/** As `h`, in the SVG namespace. */
export function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...nodes(children));
  return element;
}

const nodes = (children) => children.flat(Infinity).filter(
  (child) => child !== null && child !== undefined && child !== false);

/** Replaces all children. */
export function put(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Finds by id; the pages' own ids only, so that a missing one is a mistake seen at once. */
export const byId = (id) => document.getElementById(id);

/** What the search is asked to put around matches: characters that no product text contains. */
export const MARK = ["\u0002", "\u0003"];

/** Text with marks between two tags as nodes, `<mark>` around what matched. */
export function marked(text, [start, end] = MARK) {
  return String(text ?? "").split(start).flatMap((part, index) => {
    if (index === 0) return part ? [part] : [];
    const [inside, ...after] = part.split(end);
    return [h("mark", {}, inside), after.join(end)];
  });
}

/** An icon of the pages' own set: strokes on a 24-unit square. */
export function icon(name) {
  return svg("svg", {class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true"},
    svg("path", {d: ICONS[name]}));
}

const ICONS = {
  search: "M10.500 4a6.500 6.500 0 1 1 0 13a6.500 6.500 0 0 1 0-13zM15.300 15.300L20.500 20.500",
  clock: "M12 3.500a8.500 8.500 0 1 1 0 17a8.500 8.500 0 0 1 0-17zM12 7.500V12l3.200 2",
  trend: "M3.500 16.500l6-6 4 4 7-7M15 7.500h5.500V13",
  tag: "M4 4h7.500l8.500 8.500-7.500 7.500L4 11.500zM8 8h.01",
  close: "M6 6l12 12M18 6L6 18",
  bars: "M5 20V10M12 20V4M19 20v-7",
  sliders: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
  key: "M14.500 4a5.500 5.500 0 1 1-4.400 8.800L4 19v2h3v-2.500h2.500V16l1.200-1.300",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  same: "M5 12h14",
  alert: "M12 4l9 16H3zM12 10v4M12 17h.01",
  box: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
};
