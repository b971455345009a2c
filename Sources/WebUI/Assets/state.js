// SPDX-License-Identifier: Apache-2.0
// What the shopper asked for, kept in the page's address so that links and the back button work.

/** A search as the address has it. */
export class State {
  constructor() {
    this.collection = "";
    this.q = "";
    this.page = 1;
    this.sort = "";
    /** Field to chosen values. */
    this.filters = new Map();
    /** Field to [least, most], either null. */
    this.ranges = new Map();
    /** The id of the product that is open. */
    this.product = "";
    /** Whether the panel on the order is open. */
    this.why = false;
  }

  static read(search = location.search) {
    const state = new State();
    const given = new URLSearchParams(search);
    state.collection = given.get("collection") ?? "";
    state.q = given.get("q") ?? "";
    state.page = Math.max(1, Number.parseInt(given.get("page") ?? "1", 10) || 1);
    state.sort = given.get("sort") ?? "";
    state.product = given.get("product") ?? "";
    state.why = given.get("why") === "1";
    for (const [name, value] of given) {
      if (name.startsWith("f.")) state.chosen(name.slice(2)).add(value);
      if (name.startsWith("r.")) {
        const [least, most] =
          value.split("..").map((part) => (part === "" || !Number.isFinite(+part) ? null : +part));
        state.ranges.set(name.slice(2), [least ?? null, most ?? null]);
      }
    }
    return state;
  }

  chosen(field) {
    if (!this.filters.has(field)) this.filters.set(field, new Set());
    return this.filters.get(field);
  }

  toggle(field, value) {
    const values = this.chosen(field);
    if (!values.delete(value)) values.add(value);
    if (values.size === 0) this.filters.delete(field);
    this.page = 1;
  }

  setRange(field, least, most) {
    if (least === null && most === null) this.ranges.delete(field);
    else this.ranges.set(field, [least, most]);
    this.page = 1;
  }

  clearFilters() {
    this.filters.clear();
    this.ranges.clear();
    this.page = 1;
  }

  get filterCount() {
    return [...this.filters.values()].reduce((sum, values) => sum + values.size, 0)
      + this.ranges.size;
  }

  get address() {
    const given = new URLSearchParams();
    if (this.collection) given.set("collection", this.collection);
    if (this.q) given.set("q", this.q);
    for (const [field, values] of this.filters)
      for (const value of values) given.append(`f.${field}`, value);
    for (const [field, [least, most]] of this.ranges)
      given.set(`r.${field}`, `${least ?? ""}..${most ?? ""}`);
    if (this.sort) given.set("sort", this.sort);
    if (this.page > 1) given.set("page", this.page);
    if (this.product) given.set("product", this.product);
    if (this.why) given.set("why", "1");
    const text = given.toString();
    return location.pathname + (text ? `?${text}` : "");
  }

  /** Writes the address, as a new entry of the history or in place. */
  save(replace = false) {
    const address = this.address;
    if (address === location.pathname + location.search) return;
    // How many entries back the panels were closed, so that closing them can go there.
    const depth = this.product || this.why ? (history.state?.depth ?? 0) + 1 : 0;
    history[replace ? "replaceState" : "pushState"]({depth}, "", address);
  }

  /** What changes the results: all but the open panels. */
  get signature() {
    return JSON.stringify([
      this.collection, this.q, this.page, this.sort,
      [...this.filters].map(([field, values]) => [field, [...values]]), [...this.ranges]
    ]);
  }
}
