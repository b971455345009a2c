// SPDX-License-Identifier: Apache-2.0
// The search box: a combobox with a list, as the WAI-ARIA Authoring Practices describe it
// ("Editable Combobox With List Autocomplete"): the focus stays in the box, arrow keys choose.

import {h, put} from "./dom.js";
import {productLine, suggestionsFor, wordLine} from "./suggestions.js";

/** Milliseconds of rest in the typing before the server is asked. */
const DELAY = 60;

/** A box over `input` that fills `list`; a choice goes to `onsearch(text)` or `onproduct(id)`. */
export class SearchBox {
  constructor({input, list, status, catalogue, onsearch, onproduct}) {
    Object.assign(this, {input, list, status, catalogue, onsearch, onproduct});
    /** What the list shows: its element, what choosing it does, the text it puts in the box. */
    this.options = [];
    this.active = -1;
    /** The text of the shopper, which Escape and the ends of the list bring back. */
    this.typed = "";
    this.asked = 0;
    this.isComposing = false;
    const on = (name, act) => input.addEventListener(name, act);
    on("compositionstart", () => { this.isComposing = true; });
    on("compositionend", () => {
      this.isComposing = false;
      this.schedule();
    });
    on("input", () => this.isComposing || this.schedule());
    on("focus", () => this.isOpen || this.schedule());
    on("blur", () => this.close());
    on("keydown", (event) => this.key(event));
    // The list must not take the focus, or the box would close before the click arrives.
    list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen() { return this.input.getAttribute("aria-expanded") === "true"; }

  schedule() {
    this.typed = this.input.value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), DELAY);
  }

  /** Asks for what is typed now. Only the answer to the latest question is shown. */
  async ask() {
    const number = this.asked += 1;
    const q = this.typed.trimStart();
    this.request?.abort();
    this.request = new AbortController();
    try {
      const answer = await suggestionsFor(this.catalogue(), q, this.request.signal);
      if (number === this.asked && document.activeElement === this.input) this.show(q, answer);
    } catch (error) {
      // Suggestions are a help, never a reason for an error on the page.
      if (error.name !== "AbortError" && number === this.asked) this.close();
    }
  }

  show(q, {suggestions, hits}) {
    this.options = [];
    const words = suggestions.map((each) => this.option("suggest-word", wordLine(each, q), {
      text: each.text, act: () => this.onsearch(each.text, each.category),
    }));
    const products = hits.map((hit) => {
      const id = String((hit.document ?? hit).id);
      const content = productLine(this.catalogue(), hit);
      return this.option("suggest-product", content, {act: () => this.onproduct(id)});
    });
    if (this.options.length === 0) {
      this.close();
      return;
    }
    put(this.list, group("Suggestions", words), group("Products", products));
    this.list.hidden = false;
    this.list.classList.toggle("two", words.length > 0 && products.length > 0);
    this.input.setAttribute("aria-expanded", "true");
    this.activate(-1);
    this.status.textContent = `${this.options.length} suggestions. Use the arrow keys to choose.`;
  }

  option(name, content, choice) {
    const index = this.options.length;
    const element = h("div", {
      class: name,
      role: "option",
      id: `${this.list.id}-${index}`,
      "aria-selected": "false",
      onclick: () => this.choose(index),
      onmousemove: () => this.active === index || this.activate(index),
    }, content);
    this.options.push({...choice, element});
    return element;
  }

  activate(index) {
    this.options[this.active]?.element.setAttribute("aria-selected", "false");
    this.active = index;
    const element = this.options[index]?.element;
    element?.setAttribute("aria-selected", "true");
    if (element) this.input.setAttribute("aria-activedescendant", element.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    const {act} = this.options[index];
    this.close();
    this.leave();
    act();
  }

  /** Takes the keyboard off a touch screen, where it hides the results. */
  leave() {
    if (matchMedia("(pointer: coarse)").matches) this.input.blur();
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.asked += 1;
    this.activate(-1);
    this.options = [];
    put(this.list);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.status.textContent = "";
  }

  key(event) {
    // Keys of the input method; 229 is what browsers send where isComposing comes too late.
    if (event.isComposing || event.keyCode === 229) return;
    const act = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      Enter: () => this.enter(),
      Escape: () => this.escape(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** To the next option; past the ends is the box itself. */
  move(step) {
    if (!this.isOpen) {
      this.schedule();
      return;
    }
    const places = this.options.length + 1;
    this.activate((this.active + 1 + step + places) % places - 1);
    const option = this.options[this.active];
    this.input.value = option?.text ?? this.typed;
    option?.element.scrollIntoView({block: "nearest"});
  }

  enter() {
    if (this.isOpen && this.active >= 0) {
      this.choose(this.active);
      return;
    }
    this.close();
    this.leave();
    this.onsearch(this.input.value);
  }

  escape() {
    this.input.value = this.isOpen ? this.typed : "";
    this.close();
  }
}

function group(name, options) {
  return options.length > 0 && h("div", {role: "group", "aria-label": name},
    h("div", {class: "suggest-title", "aria-hidden": "true"}, name), options);
}
