// SPDX-License-Identifier: Apache-2.0
// The search box: a combobox with a list (WAI-ARIA Authoring Practices, "Editable Combobox With List
// Autocomplete"). Suggestions come from /x/suggest; a server without it gives product hits alone.

import { get, sessionID } from "./client.js";
import { h, icon, marked, put } from "./dom.js";
import { compact, fold } from "./format.js";
import { picture } from "./picture.js";
import { instantHits } from "./search.js";

const DELAY = 60;
const SUGGESTIONS = 8;
const HITS = 4;
const KINDS = { query: "search", recent: "clock", next: "trend", trending: "trend", brand: "tag", category: "tag", title: "box" };

/** A box over `input` that fills `list`; `onsearch(text)` and `onproduct(id)` are called with a choice. */
export class SearchBox {
  constructor({ input, list, status, catalogue, onsearch, onproduct }) {
    Object.assign(this, { input, list, status, catalogue, onsearch, onproduct });
    this.options = [];
    this.active = -1;
    this.typed = "";
    this.asked = 0;
    this.shown = 0;
    this.isComposing = false;
    this.hasRoute = true;
    input.addEventListener("compositionstart", () => { this.isComposing = true; });
    input.addEventListener("compositionend", () => { this.isComposing = false; this.schedule(); });
    input.addEventListener("input", () => { if (!this.isComposing) this.schedule(); });
    input.addEventListener("focus", () => { if (!this.isOpen) this.schedule(); });
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.key(event));
    // The list must not take the focus, or the box would close before the click arrives.
    list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen() { return this.input.getAttribute("aria-expanded") === "true"; }

  schedule() {
    this.typed = this.input.value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), DELAY);
  }

  /** Asks for what is typed now; an answer older than the one shown is dropped. */
  async ask() {
    const number = (this.asked += 1);
    const q = this.typed.trimStart();
    this.request?.abort();
    this.request = new AbortController();
    try {
      const answer = await this.fetch(q, this.request.signal);
      if (number < this.asked || number <= this.shown || document.activeElement !== this.input) return;
      this.shown = number;
      this.show(q, answer);
    } catch (error) {
      // Suggestions are a help, never a reason for an error on the page.
      if (error.name !== "AbortError") this.close();
    }
  }

  async fetch(q, signal) {
    const catalogue = this.catalogue();
    if (!catalogue) return { suggestions: [], hits: [] };
    if (this.hasRoute) {
      try {
        const answer = await get("/x/suggest", {
          q, collection: catalogue.name, limit: SUGGESTIONS, with_hits: HITS, session_id: sessionID(),
        }, signal);
        return { suggestions: answer.suggestions ?? [], hits: answer.hits ?? [] };
      } catch (error) {
        if (error.status !== 404) throw error;
        this.hasRoute = false;
      }
    }
    if (!q.trim()) return { suggestions: [], hits: [] };
    return { suggestions: [], hits: await instantHits(catalogue.name, catalogue, q, HITS + 2, signal) };
  }

  show(q, { suggestions, hits }) {
    this.options = [];
    const words = suggestions.map((each) => this.wordOption(q, each));
    const products = hits.map((hit) => this.productOption(hit));
    if (this.options.length === 0) return this.close();
    const group = (name, items) => items.length > 0 && h("div", { role: "group", "aria-label": name, class: "suggest-group" },
      h("div", { class: "suggest-title", "aria-hidden": "true" }, name), items);
    put(this.list, group(q.trim() ? "Suggestions" : "Popular now", words), group("Products", products));
    this.list.hidden = false;
    this.list.classList.toggle("two", words.length > 0 && products.length > 0);
    this.input.setAttribute("aria-expanded", "true");
    this.activate(-1);
    this.status.textContent = `${this.options.length} suggestions. Use the arrow keys to choose.`;
  }

  option(attributes, choose, text, children) {
    const index = this.options.length;
    const element = h("div", {
      ...attributes, role: "option", id: `${this.list.id}-${index}`, "aria-selected": "false",
      onclick: () => this.choose(index), onmousemove: () => { if (this.active !== index) this.activate(index, false); },
    }, children);
    this.options.push({ element, choose, text });
    return element;
  }

  wordOption(q, { text, highlighted, kind, count, category }) {
    const parts = highlighted && /<mark>/.test(highlighted) ? marked(highlighted, ["<mark>", "</mark>"]) : typedPart(text, q);
    return this.option({ class: "suggest-word" }, () => this.onsearch(text, category), text, [
      icon(KINDS[kind] ?? "search"),
      h("span", { class: "suggest-text", dir: "auto" }, parts, category && h("span", { class: "suggest-in" }, ` in ${category}`)),
      count > 0 && h("span", { class: "suggest-count", title: `${count} results` }, compact(count)),
    ]);
  }

  productOption(hit) {
    const catalogue = this.catalogue();
    const product = hit.document ?? hit;
    const title = String(catalogue.value(product, "title") ?? product.id);
    const price = catalogue.value(product, "price");
    const marks = hit.highlight?.[catalogue.title];
    return this.option({ class: "suggest-product" }, () => this.onproduct(String(product.id)), null, [
      picture(catalogue, product, true),
      h("span", { class: "suggest-text", dir: "auto" }, marks?.value ? marked(unified(marks.value)) : title),
      price !== undefined && h("span", { class: "suggest-count" }, Number(price).toFixed(2)),
    ]);
  }

  activate(index, isKey = true) {
    this.options[this.active]?.element.setAttribute("aria-selected", "false");
    this.active = index;
    const option = this.options[index];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.element.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.element.id);
    if (isKey) {
      option.element.scrollIntoView({ block: "nearest" });
      this.input.value = option.text ?? this.typed;
    }
  }

  choose(index) {
    const option = this.options[index];
    this.close();
    option.choose();
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.asked += 1;
    this.list.hidden = true;
    put(this.list);
    this.options = [];
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.active = -1;
    this.status.textContent = "";
  }

  key(event) {
    // Keys that belong to the input method: 229 is what browsers send where isComposing is late.
    if (event.isComposing || event.keyCode === 229) return;
    const last = this.options.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.isOpen) return this.schedule();
      const step = event.key === "ArrowDown" ? 1 : -1;
      let next = this.active + step;
      if (next < -1) next = last;
      if (next > last) next = -1;
      this.activate(next);
      if (next < 0) this.input.value = this.typed;
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.isOpen && this.active >= 0) return this.choose(this.active);
      this.close();
      this.onsearch(this.input.value);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (this.isOpen) {
        this.input.value = this.typed;
        this.close();
      } else this.input.value = "";
    }
  }
}

/** Highlights of either source: the server's own tags or the ones that the page asked for. */
const unified = (text) => text.replaceAll("<mark>", "\u0002").replaceAll("</mark>", "\u0003");

/** The typed beginning of words, marked. */
function typedPart(text, q) {
  const words = fold(q).split(/\s+/).filter(Boolean);
  return text.split(/(\s+)/).flatMap((part) => {
    const hit = words.find((word) => fold(part).startsWith(word));
    return hit ? [h("mark", {}, part.slice(0, hit.length)), part.slice(hit.length)] : [part];
  });
}
