// SPDX-License-Identifier: Apache-2.0
// Turns a state into one multi-search and its answers into what the page shows.
//
// A facet's counts must not be narrowed by the facet's own choices (else nothing could be added to
// them), so each field with a choice is counted once more without it, in the same round trip.

import {post, sessionID} from "./client.js";
import {MARK} from "./dom.js";

export const PER_PAGE = 24;
/** The server pages through so many hits and no more. */
export const LAST_PAGE = Math.floor(100_000 / PER_PAGE);
const FACET_VALUES = 250;

const quoted = (value) => `\`${String(value).replaceAll("`", "")}\``;

/** The filter of a state, without one field's part where told. */
function filterBy(state, except) {
  const values = [...state.filters].filter(([field]) => field !== except)
    .map(([field, chosen]) => `${field}:=[${[...chosen].map(quoted).join(",")}]`);
  const ranges = [...state.ranges].filter(([field]) => field !== except)
    .flatMap(([field, [least, most]]) => [
      least === null ? [] : `${field}:>=${least}`,
      most === null ? [] : `${field}:<=${most}`,
    ].flat());
  return [...values, ...ranges].join(" && ");
}

function base(catalogue, q) {
  return {
    collection: catalogue.name,
    q: q.trim() || "*",
    query_by: catalogue.queryBy.join(","),
    user_id: sessionID(),
    session_id: sessionID(),
    highlight_start_tag: MARK[0],
    highlight_end_tag: MARK[1],
    highlight_full_fields: catalogue.title ?? "",
  };
}

/** The answers to searches; throws what went wrong with the first. */
async function send(searches, signal) {
  const {results} = await post("/multi_search", {searches}, signal);
  const [{error, code}] = results;
  if (error) throw Object.assign(new Error(error), {status: code});
  return results;
}

/** Explained hits and facets of a state. */
export async function search(state, catalogue, signal) {
  const faceted = catalogue.fields.filter((field) => field.facet).map((field) => field.name);
  const recounted = faceted.filter((name) => state.filters.has(name) || state.ranges.has(name));
  const [main, ...others] = await send([
    {
      ...base(catalogue, state.q),
      filter_by: filterBy(state),
      sort_by: state.sort,
      page: state.page,
      per_page: PER_PAGE,
      facet_by: faceted.join(","),
      max_facet_values: FACET_VALUES,
      // The panel "why this order" explains these very hits: asked again, a late stage may be in time.
      explain: true,
    },
    ...recounted.map((name) => ({
      ...base(catalogue, state.q),
      filter_by: filterBy(state, name),
      facet_by: name,
      max_facet_values: FACET_VALUES,
      per_page: 0,
      enable_analytics: false,
    })),
  ], signal);
  const counts = [main, ...others].flatMap((answer) => answer.facet_counts ?? []);
  return {...main, facets: new Map(counts.map((facet) => [facet.field_name, facet]))};
}

/** The first products for a prefix. */
export async function instantHits(catalogue, q, limit, signal) {
  const [answer] =
    await send([{...base(catalogue, q), per_page: limit, enable_analytics: false}], signal);
  return answer.hits ?? [];
}
