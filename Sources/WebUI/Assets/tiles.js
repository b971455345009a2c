// SPDX-License-Identifier: Apache-2.0
// The operations page's tiles: each is filled from what the server told, or with a sentence.

import {badge, bar, budgetBar, table} from "./bars.js";
import {byId, h, put} from "./dom.js";
import {count, micros, plural} from "./format.js";
import {histogram, labelSets, quantile} from "./prometheus.js";

export const REQUEST_TIMES = /^martlet_http_request_duration/;
const SHARES = [0.5, 0.9, 0.99];

const fill = (id, ...content) => put(byId(id).querySelector("div"), ...content);
const quiet = (...text) => h("p", {class: "quiet"}, text);

/** Each use of a plugin: its time's median and slowest hundredth, the latter on its budget. */
export function showStages(plugins, profiles) {
  const stages = profiles.flatMap((profile) => profile.stages);
  const uses = plugins.flatMap((plugin) => plugin.stages.map((use) => ({plugin, use})));
  if (uses.length === 0) return fill("stages", quiet("No ranking stage has run yet."));
  return fill("stages", h("ul", {class: "stages"}, uses.map(({plugin: {name}, use}) => {
    const stage = stages.find((each) => each.plugin === name && each.isolation === use.isolation
      && JSON.stringify(each.config) === JSON.stringify(use.config));
    const [median, , slow] = SHARES.map((share) => quantile(summed(use.took_us_buckets), share));
    const calls = Object.values(use.calls).reduce((total, each) => total + each, 0);
    const others = Object.entries(use.calls)
      .filter(([status, each]) => status !== "ok" && each > 0);
    const budget = stage ? ` of ${micros(stage.budget_us)}` : "";
    return h("li", {},
      h("div", {class: "stage-head"},
        h("b", {}, name),
        h("span", {class: "quiet"}, plural(calls, "call")),
        others.map(([status, each]) => [badge(status), h("span", {class: "quiet"}, count(each))]),
        h("span", {class: "stage-time"}, `p50 ${micros(median)}, p99 ${micros(slow)}${budget}`)),
      budgetBar(slow ?? 0, stage?.budget_us));
  })));
}

/** Counts by bucket as a histogram: ascending [upper bound, count at or below it]. */
function summed(buckets) {
  let total = 0;
  return Object.entries(buckets).map(([bound, number]) => {
    total += number;
    return [bound === "+Inf" ? Infinity : Number(bound), total];
  });
}

/** The loaded plugins, and what keeps others from it. */
export function showPlugins({plugins = [], problems = []}) {
  const troubles = problems.map((text) => h("p", {class: "notice error"}, text));
  if (plugins.length === 0) return fill("plugins", quiet("No plugin is loaded."), troubles);
  const heads = ["Plugin", "Version", "Generation", "Isolation", "State", "Breaker"];
  const distinct = (values) => [...new Set(values)];
  const rows = plugins.map((plugin) => [
    plugin.name,
    plugin.version,
    String(plugin.generation),
    distinct(plugin.stages.map((use) => use.isolation)).join(", ") || "–",
    badge(plugin.state),
    distinct(plugin.stages.map((use) => use.breaker)).map(badge),
  ]);
  return fill("plugins", table("Plugins", heads, rows), troubles);
}

/** Queries with their counts; `rows` is null where no analytics rule of the type records them. */
export function showQueries(id, type, collection, rows) {
  if (rows === null) {
    const rule = h("code", {}, type);
    return fill(id, quiet("Not recorded: add an analytics rule of type ", rule, "."));
  }
  if (rows.length === 0) return fill(id, quiet("None yet."));
  const most = Math.max(...rows.map((row) => row.count));
  return fill(id, h("ol", {class: "queries"}, rows.map((row) => {
    const address = `/?${new URLSearchParams({collection, q: row.subject})}`;
    return h("li", {},
      h("a", {href: address, dir: "auto"}, row.subject),
      h("span", {class: "stage-time"}, count(Math.round(row.count))),
      bar(row.count / most));
  })));
}

/** Collaborative filters by collection; `filters` is null where this key may not read them. */
export function showFilters(filters) {
  if (filters === null) return fill("filters", quiet("Not told to this key."));
  if (filters.length === 0) return fill("filters", quiet("No collection yet."));
  const moment = (seconds) => (seconds ? new Date(seconds * 1000).toLocaleString() : "–");
  const heads = ["Collection", "State", "Items", "Interactions", "Trained", "Events since", "Next"];
  return fill("filters", table("Filters", heads, filters.map((each) => [
    each.collection,
    // How far a training is names the settings tried: for who wants to know.
    each.problem ?? h("span", {title: each.progress}, each.state),
    each.model ? count(each.model.items) : "–",
    each.model ? count(each.model.interactions) : "–",
    moment(each.model?.trained_at),
    each.model ? count(each.model.events_since) : "–",
    moment(each.next_training),
  ])));
}

/** Times by route since the start, or of the last seconds where only /stats.json tells them. */
export function showRoutes(metrics, stats) {
  const routes = metrics ? labelSets(metrics, REQUEST_TIMES, ["method", "route"]) : [];
  if (routes.length > 0) {
    const heads = ["Route", "Requests", "p50", "p90", "p99"];
    return fill("routes", table("Routes", heads, routes.map(([method, route]) => {
      const passes = (labels) => labels.method === method && labels.route === route;
      const times = histogram(metrics, REQUEST_TIMES, passes);
      const quantiles = SHARES.map((share) => micros(quantile(times, share)));
      return [[method, route].filter(Boolean).join(" "), count(times.at(-1)?.[1]), ...quantiles];
    })));
  }
  const means = Object.entries(stats?.latency_ms ?? {});
  if (means.length === 0) {
    return fill("routes", quiet("This server tells no routes at /metrics or /stats.json."));
  }
  const rates = stats.requests_per_second ?? {};
  return fill("routes", table("Routes", ["Route", "A second", "Mean"], means.map(([route, mean]) =>
    [route, (rates[route] ?? 0).toFixed(1), micros(mean * 1000)])));
}

/** The collections by size. */
export function showCollections(collections) {
  if (collections.length === 0) return fill("collections", quiet("No collection yet."));
  const most = Math.max(1, ...collections.map((each) => each.num_documents ?? 0));
  const heads = ["Collection", "Documents", "", "Fields", "Facets", "Made"];
  return fill("collections", table("Collections", heads, collections.map((each) => [
    h("a", {href: `/?${new URLSearchParams({collection: each.name})}`}, each.name),
    count(each.num_documents),
    bar((each.num_documents ?? 0) / most),
    count(each.fields.length),
    each.fields.filter((field) => field.facet).map((field) => field.name).join(", ") || "–",
    each.created_at ? new Date(each.created_at * 1000).toLocaleDateString() : "–",
  ])));
}
