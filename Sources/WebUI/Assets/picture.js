// SPDX-License-Identifier: Apache-2.0
// A product's picture; where there is none or it does not load, a drawing of its own.

import {h, svg} from "./dom.js";

/** FNV-1a: equal text gives an equal drawing on every page. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 0x01000193) >>> 0;
  return value;
}

/** The picture of a product, square. */
export function picture(catalogue, product, isSmall = false) {
  const frame = h("span", {class: isSmall ? "picture small" : "picture", "aria-hidden": "true"});
  const address = catalogue.image(product);
  if (!address) {
    frame.append(drawing(catalogue, product));
    return frame;
  }
  frame.append(h("img", {
    src: address,
    alt: "",
    loading: "lazy",
    decoding: "async",
    referrerpolicy: "no-referrer",
    onerror: () => frame.replaceChildren(drawing(catalogue, product)),
  }));
  return frame;
}

/** Shapes: their colour tells the category, their places the product; the letter is the brand's. */
function drawing(catalogue, product) {
  const title = String(catalogue.value(product, "title") ?? "");
  const name = String(catalogue.value(product, "brand") ?? title);
  const seed = hash(String(product.id));
  const letter = Array.from(name.replace(/[^\p{L}\p{N}]/gu, ""))[0] ?? "•";
  const at = (shift, from, to) => from + ((seed >>> shift) % 1000) / 1000 * (to - from);
  const image =
    svg("svg", {viewBox: "0 0 100 100", class: "drawing", preserveAspectRatio: "xMidYMid slice"},
      svg("rect", {class: "shade-0", width: 100, height: 100}),
      svg("circle", {class: "shade-1", cx: at(0, 10, 40), cy: at(5, 60, 95), r: at(9, 26, 44)}),
      svg("circle", {class: "shade-2", cx: at(3, 65, 100), cy: at(8, 0, 35), r: at(12, 20, 38)}),
      svg("rect", {
        class: "shade-3",
        x: at(6, 10, 60),
        y: at(11, 10, 60),
        width: 46,
        height: 46,
        rx: 10,
        transform: `rotate(${at(14, 0, 90)} 50 50)`,
      }),
      svg("text", {x: 50, y: 51, "text-anchor": "middle", "dominant-baseline": "central"},
        letter.toLocaleUpperCase()));
  image.style.setProperty(
    "--hue", String(hash(catalogue.leafCategory(product) || title) % 360 + at(7, -12, 12)));
  return image;
}
