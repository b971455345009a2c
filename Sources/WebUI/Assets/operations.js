// SPDX-License-Identifier: Apache-2.0
// The operations page: polls what the server tells about itself and draws it.

import { get, getKey, getOptional, getText, takeFragment } from "./client.js";
import { byId, h, put } from "./dom.js";
import { bar, budgetBar } from "./explain.js";
import { bytes, compact, count, micros, plural } from "./format.js";
import { askForKey, wireKeyDialog } from "./keydialog.js";
import { Plot } from "./plot.js";
import { histogram, labelSets, parse, quantile, since, sum } from "./prometheus.js";

const PERIOD = 2000;
const SLOW = 5;
const REST = 15;
const REQUESTS = /^martlet_(http_)?requests?_total$/;
const SEARCHES = /^martlet_(search_(requests_)?total|searches_total)$/;
const DURATION = /request.*duration|request.*latency|search.*duration|search.*latency/;
const STAGE = /stage.*(duration|latency|seconds)/;
const BUDGET = /stage.*budget/;
const perSecond = (value) => (value >= 100 ? count(Math.round(value)) : value.toFixed(1));

const rate = new Plot({ title: "Requests per second", names: ["all", "searches"], format: perSecond });
const latency = new Plot({ title: "Search latency", names: ["p50", "p90", "p99"], format: micros });
const trip = new Plot({ title: "Round trip from this browser", names: ["GET /health"], format: micros });

let before = null;
let ticks = 0;
let timer = 0;
const resting = new Map();

const isSearch = (labels) => /search$/.test(labels.route ?? "");

/** One reading of everything. Routes that a server lacks leave their tile with a sentence. */
async function poll() {
  clearTimeout(timer);
  timer = setTimeout(poll, PERIOD);
  if (document.hidden) return;
  const started = performance.now();
  try {
    await get("/health");
  } catch {
    health(false);
    return;
  }
  trip.add(Date.now(), [(performance.now() - started) * 1000]);
  try {
    const collections = await get("/collections");
    health(true);
    showCollections(collections);
    const [metrics, stats] = await Promise.all([
      optional("/metrics", () => getText("/metrics")), optional("/stats.json", () => get("/stats.json")),
    ]);
    const reading = { time: performance.now(), metrics: metrics === null ? null : parse(metrics), stats };
    showRates(reading);
    showStages(reading);
    showRoutes(reading);
    showNumbers(reading, collections);
    before = reading;
    if (ticks % SLOW === 0) await Promise.all([showPlugins(), showQueries()]);
    ticks += 1;
  } catch (error) {
    if (error.status === 401 || error.status === 403) {
      clearTimeout(timer);
      askForKey(getKey() ? "The server does not accept this key." : "");
    } else health(error.status > 0);
  }
}

/** What a route answers, or null where the server lacks it or refuses it to this key; then it rests for a while. */
async function optional(name, ask) {
  if (ticks < (resting.get(name) ?? 0)) return null;
  try {
    return await ask();
  } catch (error) {
    if (![400, 401, 403, 404, 501].includes(error.status)) throw error;
    resting.set(name, ticks + REST);
    return null;
  }
}

function health(isUp) {
  byId("health").textContent = isUp ? "Serving" : "Not reachable";
  byId("health").className = isUp ? "health good" : "health bad";
}

/** The increase of a counter a second since the reading before; null for the first. */
function increase(reading, read) {
  if (!reading.metrics || !before?.metrics) return null;
  const [now, then] = [read(reading.metrics), read(before.metrics)];
  if (now === null || then === null) return null;
  return Math.max(0, now >= then ? now - then : now) / ((reading.time - before.time) / 1000);
}

const requestCount = (metrics) => sum(metrics, REQUESTS) ?? sum(metrics, /request.*(duration|latency).*_count$/);
const searchCount = (metrics) => sum(metrics, SEARCHES) ?? sum(metrics, REQUESTS, isSearch)
  ?? sum(metrics, /request.*(duration|latency).*_count$/, isSearch);
const searchTimes = (metrics) => {
  const own = histogram(metrics, /^martlet_search.*(duration|latency|seconds)/);
  return own.length ? own : histogram(metrics, DURATION, isSearch);
};

let rates = [null, null];
let percentiles = [null, null, null];

function showRates(reading) {
  const { metrics, stats } = reading;
  const now = Date.now();
  const perRoute = Object.values(stats?.requests_per_second ?? {}).filter(Number.isFinite);
  rates = [
    increase(reading, requestCount) ?? stats?.total_requests_per_second
      ?? (perRoute.length ? perRoute.reduce((total, each) => total + each, 0) : null),
    increase(reading, searchCount) ?? stats?.search_requests_per_second ?? null,
  ];
  rate.add(now, rates);
  rate.note.textContent = metrics || stats ? "" : "This server tells no request counts at /metrics or /stats.json.";
  const buckets = metrics ? searchTimes(metrics) : [];
  const recent = since(buckets, before?.metrics ? searchTimes(before.metrics) : null);
  percentiles = [0.5, 0.9, 0.99].map((share) => quantile(recent, share));
  if (percentiles[0] === null && stats?.search_latency_ms > 0 && buckets.length === 0) percentiles = [stats.search_latency_ms * 1000, null, null];
  latency.add(now, percentiles);
  latency.note.textContent = buckets.length || stats ? "" : "This server tells no latency histogram at /metrics.";
}

function showNumbers({ metrics, stats }, collections) {
  const documents = collections.reduce((total, each) => total + (each.num_documents ?? 0), 0);
  const memory = metrics && (sum(metrics, /^process_resident_memory_bytes$/) ?? sum(metrics, /resident.*bytes$/));
  const store = metrics && sum(metrics, /^martlet_store_bytes$/);
  const errors = metrics && sum(metrics, /requests?.*(_total|_count)$/, (labels) => /^5/.test(labels.status ?? labels.code ?? ""));
  const started = metrics && sum(metrics, /^process_start_time_seconds$/);
  const number = (name, value) => value !== null && value !== undefined && h("div", { class: "number" }, h("b", {}, value), h("span", {}, name));
  put(byId("numbers"), 
    number("requests a second", rates[0] === null ? null : perSecond(rates[0])),
    number("search p99", percentiles[2] === null ? null : micros(percentiles[2])),
    number(collections.length === 1 ? "collection" : "collections", count(collections.length)),
    number("documents", compact(documents)),
    number("server errors", errors === null ? null : count(errors)),
    number("resident memory", memory === null ? null : bytes(memory)),
    number("data file", store === null ? null : bytes(store)),
    number("up", started ? duration(Date.now() / 1000 - started) : null),
    number("writes waiting", stats?.pending_write_batches));
}

function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** Each stage's median and slowest hundredth as bars against its budget. */
function showStages({ metrics }) {
  const body = byId("stages").querySelector("div");
  const names = metrics ? labelSets(metrics, STAGE, ["stage", "plugin"]) : [];
  if (names.length === 0) return put(body, h("p", { class: "quiet" }, "No ranking stage has run yet."));
  const rows = names.map(([stage, plugin]) => {
    const name = stage ?? plugin;
    const passes = (labels) => labels.stage === stage && labels.plugin === plugin;
    const buckets = histogram(metrics, STAGE, passes);
    const named = [...metrics.keys()].find((metric) => BUDGET.test(metric)) ?? "";
    const raw = sum(metrics, BUDGET, passes);
    const budget = raw === null ? null : raw * (/_us$|_microseconds$/.test(named) ? 1 : 1e6);
    return { name, budget, p50: quantile(buckets, 0.5), p99: quantile(buckets, 0.99), calls: buckets.at(-1)?.[1] ?? 0 };
  });
  put(body, h("ul", { class: "stages" }, rows.map((row) => h("li", {},
    h("div", { class: "stage-head" }, h("b", {}, row.name), h("span", { class: "quiet" }, plural(row.calls, "call")),
      h("span", { class: "stage-time" }, `p50 ${micros(row.p50)}, p99 ${micros(row.p99)}${row.budget ? ` of ${micros(row.budget)}` : ""}`)),
    budgetBar(row.p99 ?? 0, row.budget)))));
}

async function showPlugins() {
  const body = byId("plugins").querySelector("div");
  const answer = await optional("/x/plugins", () => get("/x/plugins"));
  const plugins = Array.isArray(answer) ? answer : answer?.plugins ?? [];
  if (plugins.length === 0) return put(body, h("p", { class: "quiet" }, "No plugin is loaded."));
  put(body, table(["Plugin", "Version", "Mode", "Generation", "Breaker"], plugins.map((plugin) => {
    const breaker = plugin.breaker?.state ?? plugin.breaker ?? "closed";
    return [plugin.name ?? plugin.id, plugin.version ?? "–", plugin.mode ?? "–", String(plugin.generation ?? "–"),
      h("span", { class: `status ${breaker === "closed" ? "good" : breaker === "open" ? "bad" : "fair"}` }, String(breaker).replaceAll("_", " "))];
  })));
}

/** The destinations of the analytics rules hold the queries: q and count. */
async function showQueries() {
  const answer = await optional("/analytics/rules", () => get("/analytics/rules"));
  const rules = Array.isArray(answer) ? answer : answer?.rules ?? [];
  await Promise.all([["top", "popular_queries"], ["nohits", "nohits_queries"]].map(async ([id, type]) => {
    const body = byId(id).querySelector("div");
    const rule = rules.find((each) => each.type === type);
    const destination = rule?.params?.destination_collection ?? rule?.params?.destination?.collection;
    const found = destination && await getOptional(`/collections/${encodeURIComponent(destination)}/documents/search`, {
      q: "*", query_by: "q", sort_by: "count:desc", per_page: 10, enable_analytics: false,
    });
    if (!found) {
      return put(body, h("p", { class: "quiet" }, "Not recorded: add an analytics rule of type ", h("code", {}, type), "."));
    }
    const rows = found.hits.map(({ document }) => document);
    if (rows.length === 0) return put(body, h("p", { class: "quiet" }, "None yet."));
    const most = Math.max(...rows.map((row) => row.count));
    return put(body, h("ol", { class: "queries" }, rows.map((row) => h("li", {},
      h("a", { href: `/?${new URLSearchParams({ collection: String([rule.collection].flat()[0] ?? ""), q: row.q })}`, dir: "auto" }, row.q),
      h("span", { class: "stage-time" }, count(row.count)), bar(row.count / most)))));
  }));
}

function showRoutes({ metrics, stats }) {
  const body = byId("routes").querySelector("div");
  const routes = metrics ? labelSets(metrics, DURATION, ["method", "route"]) : [];
  if (routes.length) {
    return put(body, table(["Route", "Requests", "p50", "p90", "p99"], routes.map(([method, route]) => {
      const buckets = histogram(metrics, DURATION, (labels) => labels.method === method && labels.route === route);
      return [`${method ?? ""} ${route}`, count(buckets.at(-1)?.[1] ?? 0),
        ...[0.5, 0.9, 0.99].map((share) => micros(quantile(buckets, share) ?? NaN))];
    })));
  }
  const rows = Object.entries(stats?.latency_ms ?? {}).map(([name, value]) =>
    [name, perSecond(stats.requests_per_second?.[name] ?? 0), micros(value * 1000)]);
  if (rows.length) return put(body, table(["Route", "A second", "Mean"], rows));
  return put(body, h("p", { class: "quiet" }, "This server tells no routes at /metrics or /stats.json."));
}

function showCollections(collections) {
  const body = byId("collections").querySelector("div");
  if (collections.length === 0) return put(body, h("p", { class: "quiet" }, "No collection yet."));
  const most = Math.max(...collections.map((each) => each.num_documents ?? 0), 1);
  return put(body, table(["Collection", "Documents", "", "Fields", "Facets", "Made"], collections.map((each) => [
    h("a", { href: `/?collection=${encodeURIComponent(each.name)}` }, each.name),
    count(each.num_documents), bar((each.num_documents ?? 0) / most), count(each.fields.length),
    each.fields.filter((field) => field.facet).map((field) => field.name).join(", ") || "–",
    each.created_at ? new Date(each.created_at * 1000).toLocaleDateString() : "–",
  ])));
}

function table(heads, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": heads[0] }, h("table", {},
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, index) => (index ? h("td", {}, cell) : h("th", { scope: "row" }, cell))))))));
}

takeFragment();
wireKeyDialog(() => poll());
put(byId("plots"), rate.element, latency.element, trip.element);
document.addEventListener("visibilitychange", () => { if (!document.hidden && getKey()) poll(); });
if (getKey()) poll();
else askForKey();
