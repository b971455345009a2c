// SPDX-License-Identifier: Apache-2.0
// A product's picture; where it has none or it does not load, a drawing made of its category and id.

import { h, svg } from "./dom.js";

/** FNV-1a: equal text gives an equal drawing on every page. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 0x01000193) >>> 0;
  return value;
}

/** The picture of a product, square. */
export function picture(catalogue, product, isSmall = false) {
  const frame = h("span", { class: isSmall ? "picture small" : "picture", "aria-hidden": "true" });
  const address = catalogue.image(product);
  if (!address) {
    frame.append(drawing(catalogue, product));
    return frame;
  }
  frame.append(h("img", {
    src: address, alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer",
    onerror: () => frame.replaceChildren(drawing(catalogue, product)),
  }));
  return frame;
}

function drawing(catalogue, product) {
  const category = catalogue.leafCategory(product);
  const title = String(catalogue.value(product, "title") ?? "");
  const name = category.split(">").pop().trim() || title || String(product.id);
  const kind = hash(category || title);
  const seed = hash(String(product.id));
  const hue = kind % 360;
  const letter = Array.from(name.replace(/[^\p{L}\p{N}]/gu, ""))[0] ?? "•";
  const at = (shift, from, to) => from + ((seed >>> shift) % 1000) / 1000 * (to - from);
  const shapes = [
    svg("circle", { cx: at(0, 10, 40), cy: at(5, 60, 95), r: at(9, 26, 44), fill: `hsl(${hue} 42% 70%)`, opacity: 0.4 }),
    svg("circle", { cx: at(3, 65, 100), cy: at(8, 0, 35), r: at(12, 20, 38), fill: `hsl(${(hue + 30) % 360} 46% 68%)`, opacity: 0.4 }),
    svg("rect", {
      x: at(6, 10, 60), y: at(11, 10, 60), width: 46, height: 46, rx: 10, fill: `hsl(${(hue + 335) % 360} 44% 72%)`,
      opacity: 0.35, transform: `rotate(${at(14, 0, 90)} 50 50)`,
    }),
  ];
  return svg("svg", { viewBox: "0 0 100 100", class: "drawing", preserveAspectRatio: "xMidYMid slice" },
    svg("rect", { width: 100, height: 100, fill: `hsl(${hue} 34% 91%)` }), shapes,
    svg("text", { x: 50, y: 52, "text-anchor": "middle", "dominant-baseline": "central", fill: `hsl(${hue} 40% 26%)` },
      letter.toLocaleUpperCase()));
}
