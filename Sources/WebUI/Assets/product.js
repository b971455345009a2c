// SPDX-License-Identifier: Apache-2.0
// The panel of one product, and what goes with it.

import { get, getOptional, post, sessionID } from "./client.js";
import { h, icon, put } from "./dom.js";
import { facetLabel, label, price as money } from "./format.js";
import { stars } from "./cards.js";
import { picture } from "./picture.js";

/** Fills the dialog with a product; `open(id)` goes to another one. */
export async function showProduct(dialog, catalogue, id, open, signal) {
  const body = dialog.querySelector(".panel-body");
  let product;
  try {
    product = await get(`/collections/${encodeURIComponent(catalogue.name)}/documents/${encodeURIComponent(id)}`, {}, signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    put(body, h("p", { class: "notice error", role: "alert" }, error.message));
    return;
  }
  const title = String(catalogue.value(product, "title") ?? id);
  const brand = catalogue.value(product, "brand");
  const price = catalogue.value(product, "price");
  const rating = catalogue.value(product, "rating");
  const stock = catalogue.value(product, "stock");
  const language = catalogue.value(product, "language");
  const related = h("section", { class: "related", "aria-label": "Goes with this product" });
  put(body, h("div", { class: "product", lang: typeof language === "string" ? language : null },
    picture(catalogue, product),
    h("div", {},
      brand && !title.includes(brand) && h("p", { class: "card-brand", dir: "auto" }, brand),
      h("h2", { dir: "auto" }, title),
      h("p", { class: "product-line" },
        price !== undefined && h("span", { class: "product-price" }, money(price)),
        rating !== undefined && stars(rating),
        stock !== undefined && h("span", { class: stock ? "stock" : "stock out" }, stock ? "In stock" : "Out of stock")),
      catalogue.description && h("p", { dir: "auto" }, String(catalogue.value(product, "description") ?? "")),
      h("dl", { class: "facts" }, facts(catalogue, product)))), related);
  await showRelated(related, catalogue, product, open, signal);
}

function facts(catalogue, product) {
  const said = new Set(["id", catalogue.title, catalogue.description, catalogue.price, catalogue.rating, catalogue.stock, catalogue.brand]);
  return [...Object.entries(product), ["id", product.id]].filter(([name, value], index, all) => (!said.has(name) || index === all.length - 1) && value !== null && (typeof value !== "object" || Array.isArray(value)))
    .slice(0, 12).map(([name, value]) => {
      const isTime = /(_at|date|time)$/i.test(name) && Number.isInteger(value) && value > 1e8;
      const text = isTime ? new Date(value < 1e11 ? value * 1000 : value).toLocaleDateString() : Array.isArray(value)
        ? leaves(value).slice(0, 8).join(", ") : facetLabel(name, String(value));
      return h("div", {}, h("dt", {}, label(name)), h("dd", { dir: "auto" }, text));
    });
}

/** Of "Tools" and "Tools > saw" the latter alone. */
const leaves = (values) => values.filter((value) => !values.some((other) => String(other).startsWith(`${value} > `)))
  .map((value) => String(value).replaceAll(" > ", " › "));

/** Recommendations; a server without them gives more of the same category. */
async function showRelated(element, catalogue, product, open, signal) {
  let title = "Shoppers also looked at";
  let hits = [];
  try {
    const answer = await getOptional("/x/recommendations/related", {
      collection: catalogue.name, id: product.id, limit: 6, session_id: sessionID(),
    }, signal);
    hits = answer?.hits ?? answer?.recommendations ?? [];
    if (hits.length === 0) {
      title = "Similar products";
      hits = await similar(catalogue, product, signal);
    }
  } catch {
    // The product stands without its neighbours.
    return;
  }
  if (hits.length === 0) return;
  put(element, h("h3", {}, title), h("ul", {}, hits.map((hit) => {
    const other = hit.document ?? hit;
    const price = catalogue.value(other, "price");
    const because = hit.because ?? hit.reason;
    return h("li", {}, h("button", { type: "button", class: "mini", onclick: () => open(String(other.id)) },
      picture(catalogue, other),
      h("span", { class: "mini-title", dir: "auto" }, String(catalogue.value(other, "title") ?? other.id)),
      price !== undefined && h("span", { class: "card-price" }, money(price)),
      because && h("span", { class: "mini-because" }, icon("trend"), String(because))));
  })));
}

async function similar(catalogue, product, signal) {
  const words = (catalogue.leafCategory(product).split(">").pop().trim() || String(catalogue.value(product, "title") ?? ""))
    .replace(/["`-]/g, " ").slice(0, 200);
  if (!words.trim()) return [];
  const { results } = await post("/multi_search", { searches: [{
    collection: catalogue.name, q: words, query_by: catalogue.queryBy.join(","), per_page: 6, hidden_hits: String(product.id),
    highlight_fields: "none", enable_analytics: false,
  }] }, signal);
  return results[0].hits ?? [];
}
