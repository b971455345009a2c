// SPDX-License-Identifier: Apache-2.0
// Turns a state into one multi-search and its answers into what the page shows.
//
// A facet's counts must not be narrowed by the facet's own choices (else nothing could be added to
// them), so each field with a choice is counted once more without it, in the same round trip.

import { post, sessionID } from "./client.js";
import { MARK } from "./dom.js";
import { fold } from "./format.js";

export const PER_PAGE = 24;
const quoted = (value) => `\`${String(value).replaceAll("`", "")}\``;

/** The filter of a state, without one field's part where told. */
export function filterBy(state, except) {
  const parts = [];
  for (const [field, values] of state.filters) {
    if (field === except || values.size === 0) continue;
    parts.push(`${field}:=[${[...values].map(quoted).join(",")}]`);
  }
  for (const [field, [least, most]] of state.ranges) {
    if (field === except) continue;
    if (least !== null) parts.push(`${field}:>=${least}`);
    if (most !== null) parts.push(`${field}:<=${most}`);
  }
  return parts.join(" && ");
}

function base(state, catalogue) {
  return {
    collection: state.collection,
    q: state.q.trim() || "*",
    query_by: catalogue.queryBy.join(","),
    session_id: sessionID(),
  };
}

/** The main search of a state. */
export function mainSearch(state, catalogue) {
  const facets = catalogue.facets.map((field) => field.name);
  if (catalogue.price) facets.push(...catalogue.fields.filter((f) => f.name === catalogue.price && f.facet).map((f) => f.name));
  return {
    ...base(state, catalogue),
    filter_by: filterBy(state),
    sort_by: state.sort,
    facet_by: facets.join(","),
    max_facet_values: 250,
    page: state.page,
    per_page: PER_PAGE,
    highlight_start_tag: MARK[0],
    highlight_end_tag: MARK[1],
    highlight_full_fields: catalogue.title ?? "",
  };
}

/** Results and facets of a state. */
export async function search(state, catalogue, signal) {
  const fields = [...new Set([...state.filters.keys(), ...state.ranges.keys()])];
  const counted = fields.filter((name) => catalogue.fields.some((field) => field.name === name && field.facet));
  const searches = [mainSearch(state, catalogue), ...counted.map((field) => ({
    ...base(state, catalogue), filter_by: filterBy(state, field), facet_by: field, max_facet_values: 250, per_page: 0,
    enable_analytics: false,
  }))];
  const started = performance.now();
  const { results } = await post("/multi_search", { searches }, signal);
  const [main, ...others] = results;
  if (main.error) throw Object.assign(new Error(main.error), { status: main.code });
  const facets = new Map((main.facet_counts ?? []).map((facet) => [facet.field_name, facet]));
  others.forEach((answer) => answer.facet_counts?.forEach((facet) => facets.set(facet.field_name, facet)));
  return { ...main, facets, roundTrip: performance.now() - started };
}

/** The same search once more, with each hit explained. */
export async function explain(state, catalogue, signal) {
  const one = { ...mainSearch(state, catalogue), facet_by: "", explain: true, enable_analytics: false };
  const { results } = await post("/multi_search", { searches: [one] }, signal);
  if (results[0].error) throw new Error(results[0].error);
  return results[0];
}

/** Product hits for a prefix: what the box shows where the server has no suggestions. */
export async function instantHits(collection, catalogue, q, limit, signal) {
  const state = { collection, q, filters: new Map(), ranges: new Map(), sort: "", page: 1 };
  const { results } = await post("/multi_search", {
    searches: [{ ...mainSearch(state, catalogue), facet_by: "", per_page: limit, enable_analytics: false }],
  }, signal);
  return results[0].hits ?? [];
}

/** Words of the query that matched only with other spelling, as [typed, found] pairs. */
export function corrections(q, hits) {
  const found = new Map();
  for (const hit of hits) {
    const words = new Set((hit.highlights ?? []).flatMap((part) => (part.matched_tokens ?? []).flat()).map(fold));
    for (const word of words) found.set(word, (found.get(word) ?? 0) + 1);
  }
  if (found.size === 0) return [];
  const matched = [...found.keys()];
  const typed = q.replace(/"[^"]*"|(^|\s)-\S+/g, " ").split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 3);
  return typed.flatMap((word) => {
    const plain = fold(word);
    if (matched.some((each) => each.startsWith(plain) || plain.startsWith(each))) return [];
    const near = matched.map((each) => [each, distance(plain, each)]).filter(([, edits]) => edits <= 2)
      .sort((one, other) => one[1] - other[1] || found.get(other[0]) - found.get(one[0]));
    return near.length ? [[word, near[0][0]]] : [];
  });
}

/** Edits between a word and another or its best prefix, transpositions as one (optimal string alignment). */
export function distance(word, other) {
  let before = [];
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= word.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (word[i - 1] === other[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && word[i - 1] === other[j - 2] && word[i - 2] === other[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    [before, previous] = [previous, row];
  }
  return Math.min(...previous.slice(Math.max(0, word.length - 2)));
}
