// SPDX-License-Identifier: Apache-2.0
// Where suggestions come from, and how one looks. A server without /x/suggest gives products alone.

import {get, sessionID} from "./client.js";
import {h, icon, marked, MARK} from "./dom.js";
import {compact, fold, plural, price as money} from "./format.js";
import {picture} from "./picture.js";
import {instantHits} from "./search.js";

const SUGGESTIONS = 8;
const HITS = 4;
const TAGS = ["<mark>", "</mark>"];
const ICONS = {
  recent: "clock", next: "trend", trending: "trend", brand: "tag", category: "tag", title: "box",
};

let hasRoute = true;

/** Suggestions and product hits for what is typed; both may be empty. */
export async function suggestionsFor(catalogue, q, signal) {
  if (!catalogue) return {suggestions: [], hits: []};
  if (hasRoute) {
    try {
      const {suggestions = [], hits = []} = await get("/x/suggest", {
        q,
        collection: catalogue.name,
        limit: SUGGESTIONS,
        with_hits: HITS,
        user_id: sessionID(),
        session_id: sessionID(),
        query_by: catalogue.queryBy.join(","),
        highlight_full_fields: catalogue.title,
      }, signal);
      return {suggestions, hits};
    } catch (error) {
      if (error.status !== 404) throw error;
      hasRoute = false;
    }
  }
  return {suggestions: [], hits: q.trim() ? await instantHits(catalogue, q, HITS + 2, signal) : []};
}

/** A suggested query: its kind, its text, its category, how many products it finds. */
export function wordLine({text, highlighted, kind, count, category}, q) {
  const parts = highlighted?.includes(TAGS[0]) ? marked(highlighted, TAGS) : typedPart(text, q);
  return [
    icon(ICONS[kind] ?? "search"),
    h("span", {class: "suggest-text", dir: "auto"}, parts,
      category && h("span", {class: "suggest-in"}, ` in ${category}`)),
    count > 0
      && h("span", {class: "suggest-count", title: plural(count, "product")}, compact(count)),
  ];
}

/** A product: its picture, its title, its price. */
export function productLine(catalogue, hit) {
  const product = hit.document ?? hit;
  const title = hit.highlight?.[catalogue.title]?.value ?? catalogue.value(product, "title");
  const price = catalogue.value(product, "price");
  return [
    picture(catalogue, product, true),
    h("span", {class: "suggest-text", dir: "auto"}, eitherMarked(String(title ?? product.id))),
    price !== undefined && h("span", {class: "suggest-count"}, money(price)),
  ];
}

/** Marks of either source: the server's own tags, or those that the page asked for. */
const eitherMarked = (text) =>
  marked(text.replaceAll(TAGS[0], MARK[0]).replaceAll(TAGS[1], MARK[1]));

/** The text with the typed beginnings of its words marked. */
function typedPart(text, q) {
  const words = fold(q).split(/\s+/).filter(Boolean);
  return text.split(/(\s+)/).flatMap((part) => {
    const typed = words.find((word) => fold(part).startsWith(word));
    return typed ? [h("mark", {}, part.slice(0, typed.length)), part.slice(typed.length)] : [part];
  });
}
