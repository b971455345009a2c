// SPDX-License-Identifier: Apache-2.0
// The shop's search page: reads the address, searches, shows, and writes the address again.

import { card, pager } from "./cards.js";
import { Catalogue } from "./catalogue.js";
import { get, getKey, takeFragment } from "./client.js";
import { byId, h, icon, put } from "./dom.js";
import { tell } from "./events.js";
import { showExplain } from "./explain.js";
import { showFacets } from "./facets.js";
import { count, facetLabel, label, milliseconds, plural } from "./format.js";
import { askForKey, wireKeyDialog } from "./keydialog.js";
import { showProduct } from "./product.js";
import { corrections, PER_PAGE, search } from "./search.js";
import { State } from "./state.js";
import { SearchBox } from "./suggest.js";

let state = State.read();
let collections = [];
let catalogue = null;
let shown = "";
let request = null;
let latest = null;
let panels = new AbortController();

const box = new SearchBox({
  input: byId("q"), list: byId("suggestions"), status: byId("suggest-status"), catalogue: () => catalogue,
  onsearch: (text, category) => submit(text, category), onproduct: (id) => openProduct(id),
});

function submit(text, category) {
  state.q = text.trim();
  state.page = 1;
  state.filters.clear();
  state.ranges.clear();
  if (category && catalogue.category) state.chosen(catalogue.category).add(category);
  byId("q").value = state.q;
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
  const signature = state.signature;
  if (signature !== shown && catalogue) await refresh(signature);
  showPanels();
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
    showResult(result);
  } catch (error) {
    if (error.name !== "AbortError" && request === mine) showProblem(error);
  } finally {
    if (request === mine) byId("main").removeAttribute("aria-busy");
  }
}

function showResult(result) {
  const hits = result.hits ?? [];
  const found = result.found;
  const first = (state.page - 1) * PER_PAGE;
  document.title = `${state.q || "All products"} · ${label(catalogue.name)} · Martlet`;
  put(byId("count"), h("b", {}, plural(found, "product")), state.q && ` for “${state.q}”`,
    h("span", { class: "quiet" }, ` in ${milliseconds(result.search_time_ms)}`), result.search_cutoff && h("span", { class: "quiet" }, " (cut off in time)"));
  put(byId("notice"), notices(result));
  put(byId("results"), hits.map((hit, index) => card(catalogue, hit, first + index + 1, openProduct, openWhy)));
  const pages = Math.min(Math.ceil(found / PER_PAGE), Math.floor(100_000 / PER_PAGE));
  put(byId("pager"), pager(state.page, pages, (page) => {
    state.page = page;
    change().then(() => { scrollTo({ top: 0 }); byId("results").focus({ preventScroll: true }); });
  }));
  showFacets(byId("facets"), { catalogue, state, result, change });
  showChosen();
}

function notices(result) {
  const hits = result.hits ?? [];
  if (hits.length === 0) {
    return h("div", { class: "empty" }, icon("search"), h("h2", {}, state.q ? `Nothing found for “${state.q}”` : "Nothing found"),
      h("p", {}, state.filterCount ? "Fewer filters may help." : "Check the spelling or use more general words."),
      state.filterCount > 0 && h("button", { type: "button", class: "primary", onclick: () => { state.clearFilters(); change(); } }, "Clear all filters"));
  }
  const pairs = corrections(state.q, hits);
  if (pairs.length === 0) return null;
  const better = pairs.reduce((text, [typed, meant]) => text.replace(typed, meant), state.q);
  return h("p", { class: "notice", id: "corrected" }, "Nothing is spelled ", pairs.map(([typed], index) => [index > 0 && ", ", h("b", {}, typed)]),
    "; these are results for ", h("button", { type: "button", class: "link", onclick: () => submit(better) }, better), ".");
}

function showChosen() {
  const chips = [];
  const chip = (text, remove) => chips.push(h("button", {
    type: "button", class: "chip on", "aria-label": `Remove filter ${text}`, onclick: () => { remove(); state.page = 1; change(); },
  }, text, icon("close")));
  for (const [field, values] of state.filters) {
    for (const value of values) chip(`${label(field)}: ${facetLabel(field, value)}`, () => state.toggle(field, value));
  }
  for (const [field, [least, most]] of state.ranges) {
    const text = least === null ? `under ${count(most)}` : most === null ? `from ${count(least)}` : `${count(least)}–${count(most)}`;
    chip(`${label(field)}: ${text}`, () => state.setRange(field, null, null));
  }
  put(byId("chosen"), chips);
  byId("clear").hidden = state.filterCount === 0;
  put(byId("filters-open"), icon("sliders"), "Filters", state.filterCount > 0 && h("span", { class: "bubble" }, String(state.filterCount)));
  put(byId("sort"), catalogue.sorts.map(({ value, label: text }) => h("option", { value, selected: value === state.sort }, text)));
}

function showProblem(error) {
  if (error.status === 401 || error.status === 403) return askForKey(getKey() ? "The server does not accept this key." : "");
  put(byId("notice"), h("div", { class: "empty", role: "alert" }, icon("alert"), h("h2", {}, "That did not work"), h("p", {}, error.message),
    h("button", { type: "button", class: "primary", onclick: () => start() }, "Try again")));
  put(byId("results"));
  put(byId("pager"));
  put(byId("count"));
}

function openProduct(id) {
  const rank = (latest?.hits ?? []).findIndex((hit) => String(hit.document.id) === id);
  tell("click", {
    collection: catalogue.name, doc_id: id, q: state.q, query_id: latest?.query_id,
    position: rank < 0 ? undefined : (state.page - 1) * PER_PAGE + rank + 1,
  });
  state.product = id;
  state.why = false;
  change();
}

let whyID = "";
function openWhy(id = "") {
  whyID = id;
  state.why = true;
  state.product = "";
  change();
}

/** Opens and closes the two panels as the state says. */
function showPanels() {
  panels.abort();
  panels = new AbortController();
  const product = byId("product");
  const why = byId("explain");
  if (state.product && catalogue) {
    if (!product.open) product.showModal();
    product.querySelector(".panel-body").scrollTop = 0;
    showProduct(product, catalogue, state.product, openProduct, panels.signal);
  } else if (product.open) product.close();
  if (state.why && catalogue) {
    if (!why.open) why.showModal();
    showExplain(why, catalogue, state, whyID, panels.signal);
  } else if (why.open) why.close();
}

function wirePanels() {
  for (const dialog of [byId("product"), byId("explain")]) {
    put(dialog.querySelector("[data-close]"), icon("close"));
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => {
      const field = dialog.id === "product" ? "product" : "why";
      if (!state[field]) return;
      state[field] = field === "why" ? false : "";
      state.save();
      panels.abort();
    });
  }
}

function wireFilters() {
  const toggle = (isOpen) => {
    document.body.classList.toggle("filtering", isOpen);
    byId("filters-open").setAttribute("aria-expanded", String(isOpen));
    (isOpen ? byId("filters-close") : byId("filters-open")).focus();
  };
  put(byId("filters-close"), icon("close"));
  byId("filters-open").addEventListener("click", () => toggle(true));
  byId("filters-close").addEventListener("click", () => toggle(false));
  byId("filters-done").addEventListener("click", () => toggle(false));
  byId("filters").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("filtering")) toggle(false);
  });
  byId("clear").addEventListener("click", () => { state.clearFilters(); change(); });
  byId("sort").addEventListener("change", (event) => { state.sort = event.target.value; state.page = 1; change(); });
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
    put(byId("notice"), h("div", { class: "empty" }, icon("box"), h("h2", {}, "No collection yet"),
      h("p", {}, "Import products first:"), h("code", {}, "martlet import --data-dir data --collection shop products.jsonl")));
    return;
  }
  put(byId("collection"), collections.map(({ name }) => h("option", { value: name }, name)));
  choose();
  await update();
}

function choose() {
  const schema = collections.find(({ name }) => name === state.collection) ?? collections[0];
  if (!schema) return;
  state.collection = schema.name;
  catalogue = new Catalogue(schema);
  byId("collection").value = schema.name;
  byId("q").placeholder = `Search ${plural(catalogue.documents, "product")}`;
}

function main() {
  const fragment = takeFragment();
  if (fragment.get("collection")) state.collection = fragment.get("collection");
  put(byId("box-icon"), icon("search"));
  put(byId("why"), icon("bars"), h("span", {}, "Why this order"));
  byId("why").addEventListener("click", () => openWhy());
  wireKeyDialog(() => start());
  wirePanels();
  wireFilters();
  byId("collection").addEventListener("change", (event) => {
    state = new State();
    state.collection = event.target.value;
    choose();
    change();
  });
  byId("home").addEventListener("click", (event) => {
    event.preventDefault();
    const { collection } = state;
    state = new State();
    state.collection = collection;
    change();
  });
  addEventListener("popstate", () => {
    state = State.read();
    box.close();
    choose();
    update();
  });
  addEventListener("hashchange", () => { takeFragment(); start(); });
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, dialog[open]");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("q").focus();
      byId("q").select();
    }
  });
  if (getKey()) start();
  else askForKey();
}

main();
