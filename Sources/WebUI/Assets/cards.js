// SPDX-License-Identifier: Apache-2.0
// The grid of products.

import { h, marked, svg } from "./dom.js";
import { price as money } from "./format.js";
import { picture } from "./picture.js";

/** Five stars, filled as far as the rating goes. */
export function stars(value) {
  const rating = Math.max(0, Math.min(5, Number(value) || 0));
  const star = "M10 1.500l2.600 5.400 5.900.8-4.300 4.100 1 5.900-5.200-2.800-5.200 2.800 1-5.900-4.300-4.100 5.900-.8z";
  const row = (name) => svg("g", { class: name }, [0, 1, 2, 3, 4].map((index) => svg("path", { d: star, transform: `translate(${index * 20} 0)` })));
  const image = svg("svg", { class: "stars", viewBox: "0 0 100 20", role: "img", "aria-label": `${rating.toFixed(1)} of 5 stars` }, row("empty"));
  const clip = svg("svg", { viewBox: `0 0 ${rating * 20} 20`, width: rating * 20, height: 20, x: 0, y: 0 }, row("full"));
  image.append(clip);
  return image;
}

const snippet = (hit, field) => {
  const part = hit.highlight?.[field];
  return part && !Array.isArray(part) ? part.value ?? part.snippet : undefined;
};

/** One product as a card that opens it. */
export function card(catalogue, hit, rank, open, why) {
  const product = hit.document;
  const id = String(product.id);
  const language = catalogue.value(product, "language");
  const title = snippet(hit, catalogue.title);
  const name = String(catalogue.value(product, "title") ?? id);
  const brand = catalogue.value(product, "brand");
  const price = catalogue.value(product, "price");
  const rating = catalogue.value(product, "rating");
  const stock = catalogue.value(product, "stock");
  const description = hit.highlight?.[catalogue.description]?.snippet;
  return h("li", { class: "card", dataset: { id } },
    h("a", { href: `?collection=${encodeURIComponent(catalogue.name)}&product=${encodeURIComponent(id)}`, class: "card-link",
      onclick: (event) => { if (!event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(id); } } },
    picture(catalogue, product),
    hit.curated && h("span", { class: "badge" }, "Featured"),
    stock === false && h("span", { class: "badge muted" }, "Out of stock"),
    h("span", { class: "card-text", lang: typeof language === "string" ? language : null },
      brand && !name.includes(brand) && h("span", { class: "card-brand", dir: "auto" }, brand),
      h("span", { class: "card-title", dir: "auto" }, title ? marked(title) : name),
      description && h("span", { class: "card-description", dir: "auto" }, marked(description)))),
    h("div", { class: "card-foot" },
      price !== undefined && h("span", { class: "card-price" }, money(price)),
      rating !== undefined && stars(rating),
      h("button", { type: "button", class: "why", title: "Why this order", "aria-label": `Why is this product number ${rank}?`, onclick: () => why(id) },
        `#${rank}`)));
}

/** Numbered pages around the current one. */
export function pager(page, pages, go) {
  if (pages <= 1) return null;
  const near = new Set([1, pages, page - 1, page, page + 1].filter((each) => each >= 1 && each <= pages));
  const items = [];
  let last = 0;
  for (const each of [...near].sort((one, other) => one - other)) {
    if (each - last > 1) items.push(h("span", { class: "gap", "aria-hidden": "true" }, "…"));
    items.push(h("button", {
      type: "button", "aria-current": each === page ? "page" : null, "aria-label": `Page ${each}`, onclick: () => go(each),
    }, String(each)));
    last = each;
  }
  const step = (text, to) => h("button", { type: "button", disabled: to < 1 || to > pages, onclick: () => go(to) }, text);
  return [step("Previous", page - 1), h("span", { class: "pages" }, items), step("Next", page + 1)];
}
