// SPDX-License-Identifier: Apache-2.0
// The grid of products, and the pages below it.

import {h, marked, svg} from "./dom.js";
import {price as money} from "./format.js";
import {picture} from "./picture.js";

const STAR =
  "M10 1.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z";

/** Five stars, filled as far as the rating goes. */
export function stars(value) {
  const rating = Math.max(0, Math.min(5, Number(value) || 0));
  const star = (_, index) => svg("path", {d: STAR, transform: `translate(${index * 20} 0)`});
  const row = (name) => svg("g", {class: name}, Array.from({length: 5}, star));
  const width = rating * 20;
  const text = `${rating.toFixed(1)} of 5 stars`;
  return svg("svg", {class: "stars", viewBox: "0 0 100 20", role: "img", "aria-label": text},
    row("empty"),
    svg("svg", {viewBox: `0 0 ${width} 20`, width, height: 20}, row("full")));
}

/** The parts of a product that every view shows. */
export function productParts(catalogue, product) {
  const title = String(catalogue.value(product, "title") ?? product.id);
  const brand = catalogue.value(product, "brand");
  const price = catalogue.value(product, "price");
  const rating = catalogue.value(product, "rating");
  const language = catalogue.value(product, "language");
  return {
    title,
    language: typeof language === "string" ? language : null,
    // Titles often begin with the brand, which then need not be said twice.
    brand: brand && !title.includes(brand) && h("span", {class: "card-brand", dir: "auto"}, brand),
    price: price !== undefined && h("span", {class: "card-price"}, money(price)),
    stars: rating !== undefined && stars(rating),
    stock: catalogue.value(product, "stock"),
  };
}

/** A field's highlighted text, whole where the server gave it. */
function highlighted(hit, field) {
  const part = hit.highlight?.[field];
  return part && !Array.isArray(part) ? part.value ?? part.snippet : undefined;
}

/** One product as a card that opens it. */
export function card(catalogue, hit, rank, open, why) {
  const product = hit.document;
  const id = String(product.id);
  const parts = productParts(catalogue, product);
  const title = highlighted(hit, catalogue.title);
  const description = hit.highlight?.[catalogue.description]?.snippet;
  const href = `?${new URLSearchParams({collection: catalogue.name, product: id})}`;
  const onclick = (event) => {
    // A new tab or window is the browser's work.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(id);
  };
  const reason = {
    type: "button",
    class: "why",
    title: "Why this order",
    "aria-label": `Why is this product number ${rank}?`,
    onclick: () => why(id),
  };
  return h("li", {class: "card", dataset: {id}},
    h("a", {href, class: "card-link", onclick},
      picture(catalogue, product),
      hit.curated && h("span", {class: "badge"}, "Featured"),
      parts.stock === false && h("span", {class: "badge muted"}, "Out of stock"),
      h("span", {class: "card-text", lang: parts.language},
        parts.brand,
        h("span", {class: "card-title", dir: "auto"}, title ? marked(title) : parts.title),
        description && h("span", {class: "card-description", dir: "auto"}, marked(description)))),
    h("div", {class: "card-foot"}, parts.price, parts.stars),
    h("button", reason, `#${rank}`));
}

/** The first page, the last, and those around the current one. */
export function pager(page, pages, go) {
  if (pages <= 1) return null;
  const near = [1, page - 1, page, page + 1, pages].filter((each) => each >= 1 && each <= pages);
  const number = (each) => h("button", {
    type: "button",
    "aria-current": each === page ? "page" : null,
    "aria-label": `Page ${each}`,
    onclick: () => go(each),
  }, String(each));
  const gap = () => h("span", {class: "gap", "aria-hidden": "true"}, "…");
  const numbers = [...new Set(near)].map((each, index, all) =>
    [index > 0 && each > all[index - 1] + 1 && gap(), number(each)]);
  const step = (text, to) =>
    h("button", {type: "button", disabled: to < 1 || to > pages, onclick: () => go(to)}, text);
  return [step("Previous", page - 1), h("span", {class: "pages"}, numbers), step("Next", page + 1)];
}
