// SPDX-License-Identifier: Apache-2.0
// What a collection's schema tells about its products: which field is the title, which the price.

import {label} from "./format.js";

const NUMERIC = new Set(["int32", "int64", "float"]);
const isText = (field) => /^(string|string\[\]|string\*|auto)$/.test(field.type);
const LINKS = /(image|img|photo|picture|thumb|url|uri|link)/i;
const CODES = /^(lang|language|locale|currency|id)$/i;

/** A value at a dotted path. */
export function valueAt(document, path) {
  if (!path) return undefined;
  if (path in document) return document[path];
  return path.split(".").reduce(
    (value, key) => (value && typeof value === "object" ? value[key] : undefined), document);
}

/** A collection seen as a shop's catalogue. */
export class Catalogue {
  constructor(schema) {
    const fields =
      (schema.fields ?? []).filter((field) => !/[*]/.test(field.name) && field.index !== false);
    const pick = (pattern, test) =>
      fields.find((field) => pattern.test(field.name) && test(field))?.name;
    this.name = schema.name;
    this.documents = schema.num_documents ?? 0;
    this.fields = fields;
    this.title = pick(/^(title|name|product_?name|label)$/i, isText)
      ?? pick(/(title|name)/i, isText) ?? fields.find((field) => isText(field))?.name;
    this.brand = pick(/^(brand|manufacturer|vendor|maker|author)/i, isText);
    this.category = pick(/^categor/i, isText);
    this.description = pick(/desc|summary|body|text/i, isText);
    this.price = pick(/price/i, (field) => NUMERIC.has(field.type));
    this.rating = pick(/rating|stars/i, (field) => NUMERIC.has(field.type));
    this.stock = pick(/(in_?stock|available|availability)/i, (field) => field.type === "bool");
    this.language = pick(/^(lang|language|locale)$/i, isText);
    const rank = (field) => {
      if (field.name === this.title) return 0;
      if (field.name === this.brand) return 1;
      if (field.name === this.category) return 2;
      return field.name === this.description ? 4 : 3;
    };
    this.queryBy =
      fields.filter((field) => isText(field) && !LINKS.test(field.name) && !CODES.test(field.name))
        .sort((one, other) => rank(one) - rank(other))
        .slice(0, 8)
        .map((field) => field.name);
    this.facets = fields.filter((field) => field.facet && field.name !== this.price);
    /** The field that decides among products that match alike; "" for none. */
    this.tieBreaker = schema.default_sorting_field ?? "";
    this.sorts = this.sortOptions();
  }

  sortOptions() {
    const options = [{value: "", label: "Relevance"}];
    const add = (name, direction, text) =>
      options.push({value: `${name}:${direction}`, label: text});
    for (const field of this.fields) {
      if (!NUMERIC.has(field.type) || field.sort === false) continue;
      const name = field.name;
      if (name === this.price) {
        add(name, "asc", "Price: low to high");
        add(name, "desc", "Price: high to low");
      } else if (name === this.rating) add(name, "desc", "Best rated");
      else if (/popular|sales|sold/i.test(name)) add(name, "desc", "Most popular");
      else if (/creat|date|time|publish|added/i.test(name)) add(name, "desc", "Newest");
      else if (name === this.tieBreaker) add(name, "desc", `${label(name)}: high to low`);
    }
    return options;
  }

  /** The address of a product's picture, if it has one that a page may show. */
  image(document) {
    for (const key of Object.keys(document)) {
      if (!/(image|img|photo|picture|thumb)/i.test(key)) continue;
      const value = Array.isArray(document[key]) ? document[key][0] : document[key];
      const address = value && typeof value === "object" ? value.url ?? value.src : value;
      if (typeof address === "string" && /^(https?:\/\/|\/(?!\/)|data:image\/)/i.test(address))
        return address;
    }
    return null;
  }

  value(document, role) { return valueAt(document, this[role]); }

  /** The narrowest category: of "Tools" and "Tools > saw" the latter. */
  leafCategory(document) {
    const value = this.value(document, "category");
    const all = Array.isArray(value) ? value : value ? [value] : [];
    return all.reduce(
      (best, each) => (String(each).length > best.length ? String(each) : best), "");
  }
}
