// SPDX-License-Identifier: Apache-2.0
// The panel of one product, and what goes with it.

import {productParts} from "./cards.js";
import {get, getOptional, post, sessionID} from "./client.js";
import {h, icon, put} from "./dom.js";
import {facetLabel, label} from "./format.js";
import {picture} from "./picture.js";

const FACTS = 12;
const RELATED = 6;
/** Further recommendations, each with its title and what its products may rest on. */
const PLACES = [
  ["bought_together", "Often bought together", ["behaviour"]],
  ["cross_category", "Goes with it", ["behaviour"]],
  ["for_you", "For you", ["behaviour", "affinity"]],
  ["trending", "Popular now", ["behaviour"]],
];

/** Fills the dialog with a product; `open(id)` goes to another one. */
export async function showProduct(dialog, catalogue, id, open, signal) {
  const body = dialog.querySelector(".panel-body");
  const [collection, name] = [catalogue.name, id].map(encodeURIComponent);
  let product;
  try {
    product = await get(`/collections/${collection}/documents/${name}`, {}, signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    put(body, h("p", {class: "notice error", role: "alert"}, error.message));
    return;
  }
  const parts = productParts(catalogue, product);
  const description = catalogue.value(product, "description");
  const stock = parts.stock
    ? h("span", {class: "stock"}, "In stock")
    : parts.stock === false && h("span", {class: "stock out"}, "Out of stock");
  const related = h("section", {class: "related", "aria-label": "Goes with this product"});
  const more = h("div", {});
  put(body,
    h("div", {class: "product", lang: parts.language},
      picture(catalogue, product),
      parts.brand,
      h("h2", {dir: "auto"}, parts.title),
      h("p", {class: "product-line"}, parts.price, parts.stars, stock),
      description && h("p", {dir: "auto"}, String(description)),
      h("dl", {class: "facts"}, facts(catalogue, product))),
    related,
    more);
  try {
    const first = await relatedTo(catalogue, product, signal);
    showRelated(related, catalogue, first, open);
    await showPlaces(more, catalogue, product, first.hits, open, signal);
  } catch {
    // The product stands without its neighbours.
  }
}

/** The fields that the panel does not show elsewhere, the id last. */
function facts(catalogue, product) {
  const {title, description, price, rating, stock, brand} = catalogue;
  const said = new Set(["id", title, description, price, rating, stock, brand]);
  const others = Object.entries(product).filter(([name, value]) =>
    !said.has(name) && value !== null && (typeof value !== "object" || Array.isArray(value)));
  return [...others.slice(0, FACTS), ["id", product.id]].map(([name, value]) =>
    h("div", {}, h("dt", {}, label(name)), h("dd", {dir: "auto"}, factText(name, value))));
}

function factText(name, value) {
  if (/(_at|date|time)$/i.test(name) && Number.isInteger(value) && value > 1e8) {
    return new Date(value < 1e11 ? value * 1000 : value).toLocaleDateString();
  }
  if (!Array.isArray(value)) return facetLabel(name, String(value));
  // Of "Tools" and "Tools > saw" the latter says both.
  const texts = value.map(String);
  const leaves = texts.filter((text) => !texts.some((other) => other.startsWith(`${text} > `)));
  return leaves.slice(0, 8).join(", ").replaceAll(" > ", " › ");
}

/** Fills in what else goes with a product, each product once. */
async function showPlaces(element, catalogue, product, shown, open, signal) {
  const seen = new Set([product.id, ...shown.map((hit) => hit.document.id)].map(String));
  const answers = await Promise.all(PLACES.map(([kind]) => recommended(kind, catalogue, product, signal)));
  for (const [index, [, title, bases]] of PLACES.entries()) {
    const fresh = (hit) => bases.includes(hit.basis) && !seen.has(String(hit.document.id));
    const hits = answers[index].filter(fresh).slice(0, RELATED);
    for (const hit of hits) seen.add(String(hit.document.id));
    const section = h("section", {class: "related", "aria-label": title});
    showRelated(section, catalogue, {title, hits}, open);
    if (hits.length > 0) element.append(section);
  }
}

async function recommended(kind, catalogue, product, signal) {
  const answer = await getOptional(`/x/recommendations/${kind}`, {
    collection: catalogue.name,
    id: product.id,
    limit: 2 * RELATED,
    user_id: sessionID(),
    category_field: catalogue.category,
  }, signal);
  return answer?.recommendations ?? [];
}

/** Recommendations, or more of the same category where the server has none. */
async function relatedTo(catalogue, product, signal) {
  const hits = (await recommended("related", catalogue, product, signal)).slice(0, RELATED);
  if (hits.length > 0) return {title: "Shoppers also looked at", hits};
  const kind = catalogue.leafCategory(product).split(">").pop().trim();
  const words = kind || String(catalogue.value(product, "title") ?? "");
  const q = words.replace(/["`-]/g, " ").slice(0, 200).trim();
  if (!q) return {hits};
  const {results} = await post("/multi_search", {searches: [{
    collection: catalogue.name,
    q,
    query_by: catalogue.queryBy.join(","),
    per_page: RELATED,
    hidden_hits: String(product.id),
    highlight_fields: "none",
    enable_analytics: false,
  }]}, signal);
  return {title: "Similar products", hits: results[0].hits ?? []};
}

function showRelated(element, catalogue, {title, hits}, open) {
  if (hits.length === 0) return;
  put(element, h("h3", {}, title), h("ul", {}, hits.map((hit) => {
    const product = hit.document;
    const parts = productParts(catalogue, product);
    return h("li", {},
      h("button", {type: "button", class: "mini", onclick: () => open(String(product.id))},
        picture(catalogue, product),
        h("span", {class: "mini-title", dir: "auto"}, parts.title),
        parts.price,
        hit.reason && h("span", {class: "mini-reason"}, icon("trend"), hit.reason)));
  })));
}
