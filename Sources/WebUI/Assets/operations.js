// SPDX-License-Identifier: Apache-2.0
// The operations page: polls what the server tells about itself and draws it.

import {get, getKey, getText, takeFragment} from "./client.js";
import {byId, h, put} from "./dom.js";
import {bytes, compact, count, duration, micros} from "./format.js";
import {askForKey, wireKeyDialog} from "./keydialog.js";
import {Plot} from "./plot.js";
import {histogram, parse, quantile, since, sum} from "./prometheus.js";
import * as tiles from "./tiles.js";

/** Milliseconds from one reading to the next; what changes rarely is read at each fifth. */
const PERIOD = 2000;
const RARELY = 5;
/** Readings for which a route that the server lacks is left in peace. */
const REST = 15;
/** Queries shown of each kind. */
const QUERIES = 10;
const REQUESTS = /^martlet_http_requests_total$/;
const perSecond = (value) => (value >= 100 ? count(Math.round(value)) : value.toFixed(1));
const isFailure = (labels) => /^5/.test(labels.status ?? "");
const isSearch = (labels) => /search$/.test(labels.route ?? "");

const rate = new Plot("Requests per second", ["all", "searches"], perSecond);
const latency = new Plot("Search latency", ["p50", "p90", "p99"], micros);
const trip = new Plot("Round trip from this browser", ["GET /health"], micros);
const resting = new Map();
let before = null;
let ticks = 0;
let timer = 0;

/** One reading of everything. */
async function poll() {
  clearTimeout(timer);
  timer = setTimeout(poll, PERIOD);
  if (document.hidden) return;
  const started = performance.now();
  try {
    await get("/health");
    trip.add(Date.now(), [(performance.now() - started) * 1000]);
    await read();
    health("Serving", true);
  } catch (error) {
    if (error.status === 401 || error.status === 403) {
      clearTimeout(timer);
      askForKey(getKey() ? "The server does not accept this key." : "");
    } else health(error.status > 0 ? "In trouble" : "Not reachable", false, error.message);
  }
}

async function read() {
  const collections = await get("/collections");
  const [text, stats] = await Promise.all([
    optional("/metrics", () => getText("/metrics")),
    optional("/stats.json", () => get("/stats.json")),
  ]);
  const metrics = text === null ? null : parse(text);
  const reading = {time: performance.now(), metrics, stats};
  tiles.showCollections(collections);
  tiles.showRoutes(metrics, stats);
  showNumbers(reading, showPlots(reading), collections);
  if (ticks % RARELY === 0) {
    await Promise.all([
      readPlugins(),
      readQueries(),
      readFilters(),
    ]);
  }
  before = reading;
  ticks += 1;
}

/** What a route answers, or null where the server lacks it or refuses it to this key. */
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

function health(text, isGood, reason = "") {
  byId("health").textContent = text;
  byId("health").title = reason;
  byId("health").className = `health ${isGood ? "good" : "bad"}`;
}

/** The increase of a counter a second since the reading before; null for the first. */
function increase(reading, counter) {
  if (!reading.metrics || !before?.metrics) return null;
  const [now, then] = [counter(reading.metrics), counter(before.metrics)];
  if (now === null) return null;
  // A counter that went back starts anew with the server.
  return (now < (then ?? 0) ? now : now - (then ?? 0)) / ((reading.time - before.time) / 1000);
}

/** Adds a reading to the plots; gives the rate and the slowest hundredth. */
function showPlots(reading) {
  const {metrics, stats} = reading;
  const times = (each) => histogram(each, tiles.REQUEST_TIMES, isSearch);
  const rates = [
    increase(reading, (each) => sum(each, REQUESTS)) ?? stats?.total_requests_per_second ?? null,
    increase(reading, (each) => sum(each, REQUESTS, isSearch) ?? 0)
      ?? stats?.search_requests_per_second ?? null,
  ];
  rate.add(Date.now(), rates);
  rate.note.textContent =
    metrics || stats ? "" : "This server tells no request counts at /metrics or /stats.json.";
  const recent = metrics ? since(times(metrics), before?.metrics ? times(before.metrics) : []) : [];
  const quantiles = [0.5, 0.9, 0.99].map((share) => quantile(recent, share));
  latency.add(Date.now(), quantiles);
  latency.note.textContent = metrics ? "" : "This server tells no latency histogram at /metrics.";
  return {requests: rates[0], slow: quantiles[2]};
}

function showNumbers({metrics, stats}, {requests, slow}, collections) {
  const documents = collections.reduce((total, each) => total + (each.num_documents ?? 0), 0);
  const read = (pattern, passes) => (metrics ? sum(metrics, pattern, passes) : null);
  const started = read(/^process_start_time_seconds$/);
  const number = (name, value, format) =>
    value !== null && value !== undefined
    && h("div", {class: "number"}, h("b", {}, format(value)), h("span", {}, name));
  put(byId("numbers"),
    number("requests a second", requests, perSecond),
    number("search p99", slow, micros),
    number(collections.length === 1 ? "collection" : "collections", collections.length, count),
    number("documents", documents, compact),
    number("server errors", metrics && (read(REQUESTS, isFailure) ?? 0), count),
    number("memory", read(/resident.*bytes$/), bytes),
    number("data file", read(/^martlet_store_bytes$/), bytes),
    number("up", started && Date.now() / 1000 - started, duration),
    number("writes waiting", stats?.pending_write_batches, count));
}

async function readPlugins() {
  const [plugins, profiles] = await Promise.all([
    optional("/x/plugins", () => get("/x/plugins")),
    optional("/x/profiles", () => get("/x/profiles")),
  ]);
  tiles.showPlugins(plugins ?? {});
  tiles.showStages(plugins?.plugins ?? [], profiles?.profiles ?? []);
}

/** The collections' collaborative filters and their trainings. */
async function readFilters() {
  tiles.showFilters((await optional("/x/filters", () => get("/x/filters")))?.filters ?? null);
}

/** What the first analytics rules of their kinds have counted. */
async function readQueries() {
  const answer = await optional("/analytics/rules", () => get("/analytics/rules"));
  const rules = Array.isArray(answer) ? answer : answer?.rules ?? [];
  const kinds = [["top", "popular_queries"], ["nohits", "nohits_queries"]];
  await Promise.all(kinds.map(async ([id, type]) => {
    const rule = rules.find((each) => each.type === type);
    const path = `/analytics/rules/${encodeURIComponent(rule?.name ?? "")}/counts`;
    const rows = rule ? await optional(path, () => get(path, {limit: QUERIES})) : null;
    tiles.showQueries(id, type, String([rule?.collection].flat()[0] ?? ""), rows);
  }));
}

takeFragment();
wireKeyDialog(() => poll());
put(byId("plots"), rate.element, latency.element, trip.element);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && getKey()) poll();
});
if (getKey()) poll();
else askForKey();
