// SPDX-License-Identifier: Apache-2.0
// The shop's search page: reads the address, searches, shows, and writes the address again.

import {card, pager} from "./cards.js";
import {Catalogue} from "./catalogue.js";
import {get, getKey, takeFragment} from "./client.js";
import {byId, h, icon, put} from "./dom.js";
import {tell} from "./events.js";
import {showFacets} from "./facets.js";
import {label, milliseconds, plural} from "./format.js";
import {askForKey, wireKeyDialog} from "./keydialog.js";
import {chips, corrected, failed, noCollection, nothingFound} from "./notices.js";
import {Panels} from "./panels.js";
import {LAST_PAGE, PER_PAGE, search} from "./search.js";
import {State} from "./state.js";
import {SearchBox} from "./suggest.js";

let state = State.read();
let collections = [];
let catalogue = null;
/** The search that is on the page: its signature and its answer. */
let shown = "";
let latest = null;
let request = null;
let whyID = "";

const box = new SearchBox({
  input: byId("q"),
  list: byId("suggestions"),
  status: byId("suggest-status"),
  catalogue: () => catalogue,
  onsearch: submit,
  onproduct: openProduct,
});

const panels = new Panels((field) => {
  if (!state[field]) return;
  state[field] = field === "why" ? false : "";
  // Back to the entry before the panel, so that the back button does not open it again.
  const depth = history.state?.depth ?? 0;
  if (depth > 0) history.go(-depth);
  else state.save(true);
});

/** A new search: filters belong to the one before. */
function submit(text, category) {
  state.q = text.trim();
  state.clearFilters();
  if (category && catalogue.category) state.chosen(catalogue.category).add(category);
  change();
}

/** The state was changed by the shopper: a new entry of the history, and new results. */
function change() {
  state.save();
  return update();
}

/** Shows what the state says. */
async function update() {
  byId("q").value = state.q;
  if (!catalogue) return;
  const {signature} = state;
  if (signature !== shown) await refresh(signature);
  panels.show(state, catalogue, latest, whyID, openProduct);
}

async function refresh(signature) {
  request?.abort();
  const mine = request = new AbortController();
  byId("main").setAttribute("aria-busy", "true");
  try {
    const result = await search(state, catalogue, mine.signal);
    if (request !== mine) return;
    shown = signature;
    latest = result;
    show(result);
  } catch (error) {
    if (error.name !== "AbortError" && request === mine) showProblem(error);
  } finally {
    if (request === mine) byId("main").removeAttribute("aria-busy");
  }
}

function show(result) {
  const {found, hits = []} = result;
  const first = (state.page - 1) * PER_PAGE + 1;
  document.title = `${state.q || "All products"} · ${label(catalogue.name)} · Martlet`;
  put(byId("count"),
    h("b", {}, plural(found, "product")),
    state.q && ` for “${state.q}”`,
    h("span", {class: "quiet"}, ` in ${milliseconds(result.search_time_ms)}`),
    result.search_cutoff && h("span", {class: "quiet"}, " (cut off in time)"));
  put(byId("notice"),
    found === 0 ? nothingFound(state, clearFilters) : corrected(state.q, hits, submit));
  put(byId("results"),
    hits.map((hit, index) => card(catalogue, hit, first + index, openProduct, openWhy)));
  put(byId("pager"), pager(state.page, Math.min(Math.ceil(found / PER_PAGE), LAST_PAGE), goTo));
  showFacets(byId("facets"), {catalogue, state, result, change});
  put(byId("chosen"), chips(state, change));
  byId("clear").hidden = state.filterCount === 0;
  byId("filters-done").textContent = `Show ${plural(found, "product")}`;
  put(byId("filters-open"), icon("sliders"), "Filters",
    state.filterCount > 0 && h("span", {class: "bubble"}, String(state.filterCount)));
  put(byId("sort"), catalogue.sorts.map(
    (sort) => h("option", {value: sort.value, selected: sort.value === state.sort}, sort.label)));
}

function showProblem(error) {
  if (error.status === 401 || error.status === 403) {
    askForKey(getKey() ? "The server does not accept this key." : "");
    return;
  }
  shown = "";
  latest = null;
  put(byId("notice"), failed(error, start));
  for (const id of ["results", "pager", "count"]) put(byId(id));
}

function clearFilters() {
  state.clearFilters();
  change();
}

async function goTo(page) {
  state.page = page;
  await change();
  scrollTo({top: 0});
  byId("results").focus({preventScroll: true});
}

function openProduct(id) {
  const index = (latest?.hits ?? []).findIndex((hit) => String(hit.document.id) === id);
  tell("click", {
    collection: catalogue.name,
    doc_id: id,
    q: state.q,
    query_id: latest?.query_id,
    position: index < 0 ? undefined : (state.page - 1) * PER_PAGE + index + 1,
  });
  state.product = id;
  state.why = false;
  change();
}

function openWhy(id = "") {
  whyID = id;
  state.why = true;
  state.product = "";
  change();
}

/** Reads the collections and shows the chosen one, or the first. */
async function start() {
  try {
    collections = await get("/collections");
  } catch (error) {
    showProblem(error);
    return;
  }
  if (collections.length === 0) {
    put(byId("notice"), noCollection());
    return;
  }
  put(byId("collection"), collections.map(({name}) => h("option", {value: name}, name)));
  choose();
  await update();
}

function choose() {
  const schema = collections.find(({name}) => name === state.collection) ?? collections[0];
  if (!schema) return;
  state.collection = schema.name;
  catalogue = new Catalogue(schema);
  byId("collection").value = schema.name;
  byId("q").placeholder = `Search ${plural(catalogue.documents, "product")}`;
}

/** Everything of a collection, from the beginning. */
function browse(collection) {
  state = new State();
  state.collection = collection;
  choose();
  change();
}

function wireFilters() {
  const toggle = (isOpen) => {
    document.body.classList.toggle("filtering", isOpen);
    byId("filters-open").setAttribute("aria-expanded", String(isOpen));
    // The drawer covers the page, so the keyboard stays in it too.
    for (const covered of [byId("main"), document.querySelector(".top")]) covered.inert = isOpen;
    byId(isOpen ? "filters-close" : "filters-open").focus();
  };
  put(byId("filters-close"), icon("close"));
  byId("filters-open").addEventListener("click", () => toggle(true));
  byId("filters-close").addEventListener("click", () => toggle(false));
  byId("filters-done").addEventListener("click", () => toggle(false));
  byId("filters").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("filtering")) toggle(false);
  });
  byId("clear").addEventListener("click", clearFilters);
  byId("sort").addEventListener("change", (event) => {
    state.sort = event.target.value;
    state.page = 1;
    change();
  });
}

function wireKeys() {
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, dialog[open]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    byId("q").focus();
    byId("q").select();
  });
}

function wireHistory() {
  addEventListener("popstate", () => {
    state = State.read();
    box.close();
    choose();
    update();
  });
  addEventListener("hashchange", () => {
    takeFragment();
    start();
  });
}

const fragment = takeFragment();
if (fragment.get("collection")) state.collection = fragment.get("collection");
put(byId("box-icon"), icon("search"));
put(byId("why"), icon("bars"), h("span", {}, "Why this order"));
byId("why").addEventListener("click", () => openWhy());
byId("collection").addEventListener("change", (event) => browse(event.target.value));
byId("home").addEventListener("click", (event) => {
  event.preventDefault();
  browse(state.collection);
});
wireKeyDialog(start);
wireFilters();
wireKeys();
wireHistory();
if (getKey()) start();
else askForKey();
