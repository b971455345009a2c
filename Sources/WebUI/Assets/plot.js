// SPDX-License-Identifier: Apache-2.0
// A live line plot: some series over the last minutes, drawn as SVG.

import {h, put, svg} from "./dom.js";

const HEIGHT = 170;
const LEFT = 52;
const BOTTOM = 18;
const TOP = 8;

/** Series over a moving window of seconds; `format(value)` writes values. */
export class Plot {
  constructor(title, names, format, window = 120) {
    Object.assign(this, {names, format, window});
    this.points = [];
    this.now = h("p", {class: "plot-now"});
    this.image = svg("svg", {role: "img", "aria-label": title, class: "plot"});
    this.note = h("p", {class: "quiet"});
    this.element =
      h("section", {class: "tile"}, h("h2", {}, title), this.now, this.image, this.note);
  }

  /** Adds one reading, null for a series that has none, and draws. */
  add(time, values) {
    this.points.push({time, values});
    while (this.points.length > 1 && this.points[0].time < time - this.window * 1000)
      this.points.shift();
    this.draw(time);
  }

  draw(time) {
    const latest = this.names.map((_, index) => this.points.at(-1).values[index] ?? null);
    put(this.now,
      this.names.map((name, index) => h("span", {}, h("i", {class: `line-${index}`}), `${name} `,
                       h("b", {}, latest[index] === null ? "–" : this.format(latest[index])))));
    const all = this.points.flatMap(({values}) => values)
                  .filter((value) => value !== null && Number.isFinite(value));
    // Drawn in the page's own units, so that letters keep their size at any width.
    const width = this.image.clientWidth || 360;
    this.image.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const top = ceiling(Math.max(...all, 0));
    const x = (at) => LEFT + (width - LEFT - 4) * (1 - (time - at) / (this.window * 1000));
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
    const grid = [0, 0.5, 1].map(
      (share) =>
        [svg("line",
           {class: "grid-line", x1: LEFT, x2: width - 4, y1: y(top * share), y2: y(top * share)}),
          svg("text", {class: "axis", x: LEFT - 6, y: y(top * share) + 3.5, "text-anchor": "end"},
            this.format(top * share)),
    ]);
    const ends = [
      svg("text", {class: "axis", x: LEFT, y: HEIGHT - 4}, `${this.window / 60} min ago`),
      svg("text", {class: "axis", x: width - 4, y: HEIGHT - 4, "text-anchor": "end"}, "now"),
    ];
    put(this.image, grid, ends, this.names.map((_, index) => this.line(index, x, y)));
  }

  /** One series: broken where it has no value; the first one with its area. */
  line(index, x, y) {
    const runs = [[]];
    for (const {time, values} of this.points) {
      const value = values[index];
      if (value === null || value === undefined || !Number.isFinite(value)) runs.push([]);
      else runs.at(-1).push([x(time).toFixed(1), y(value).toFixed(1)]);
    }
    return runs.filter((run) => run.length > 0).map((run) => {
      const path = run.map(([left, top], step) => `${step ? "L" : "M"}${left} ${top}`).join("");
      const last = run.at(-1);
      return [
        index === 0 && run.length > 1
          && svg("path", {class: "area-0", d: `${path}L${last[0]} ${y(0)}L${run[0][0]} ${y(0)}Z`}),
        svg("path", {class: `line line-${index}`, d: path}),
        svg("circle", {class: `dot line-${index}`, cx: last[0], cy: last[1], r: 2.5}),
      ];
    });
  }
}

/** A round number at or above a value: 1, 2 or 5 times a power of ten. */
function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value) * power;
}
