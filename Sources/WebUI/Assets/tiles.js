// SPDX-License-Identifier: Apache-2.0
// The operations page's tiles: each is filled from what the server told, or with a sentence.

import {badge, bar, budgetBar, table} from "./bars.js";
import {byId, h, put} from "./dom.js";
import {count, micros, plural} from "./format.js";
import {histogram, labelSets, quantile, sum} from "./prometheus.js";

export const REQUEST_TIMES = /^martlet_http_request_duration/;
const STAGE_TIMES = /stage.*(duration|latency|seconds|microseconds)/;
const STAGE_BUDGET = /stage.*budget/;
const SHARES = [0.5, 0.9, 0.99];

const fill = (id, ...content) => put(byId(id).querySelector("div"), ...content);
const quiet = (...text) => h("p", {class: "quiet"}, text);

/** Each stage's median and slowest hundredth, with a bar of the latter on its budget. */
export function showStages(metrics) {
  const names = metrics ? labelSets(metrics, STAGE_TIMES, ["stage", "plugin"]) : [];
  if (names.length === 0) return fill("stages", quiet("No ranking stage has run yet."));
  const named = [...metrics.keys()].find((name) => STAGE_BUDGET.test(name)) ?? "";
  const unit = /_(us|microseconds)$/.test(named) ? 1 : 1e6;
  return fill("stages", h("ul", {class: "stages"}, names.map(([stage, plugin]) => {
    const passes = (labels) => labels.stage === stage && labels.plugin === plugin;
    const times = histogram(metrics, STAGE_TIMES, passes);
    const [median, , slow] = SHARES.map((share) => quantile(times, share));
    const said = sum(metrics, STAGE_BUDGET, passes);
    const budget = said === null ? null : said * unit;
    const text = `p50 ${micros(median)}, p99 ${micros(slow)}`;
    return h("li", {},
      h("div", {class: "stage-head"},
        h("b", {}, stage ?? plugin),
        h("span", {class: "quiet"}, plural(times.at(-1)?.[1] ?? 0, "call")),
        h("span", {class: "stage-time"}, budget ? `${text} of ${micros(budget)}` : text)),
      budgetBar(slow ?? 0, budget));
  })));
}

/** The loaded plugins; `answer` is null where the server has none to tell of. */
export function showPlugins(answer) {
  const plugins = Array.isArray(answer) ? answer : answer?.plugins ?? [];
  if (plugins.length === 0) return fill("plugins", quiet("No plugin is loaded."));
  const heads = ["Plugin", "Version", "Mode", "Generation", "Breaker"];
  return fill("plugins", table("Plugins", heads, plugins.map((plugin) => [
    plugin.name ?? plugin.id,
    plugin.version ?? "–",
    plugin.mode ?? "–",
    String(plugin.generation ?? "–"),
    badge(plugin.breaker?.state ?? plugin.breaker ?? "closed"),
  ])));
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
