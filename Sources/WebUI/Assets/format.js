// SPDX-License-Identifier: Apache-2.0
// Numbers, times and names as people read them.

const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, {notation: "compact", maximumFractionDigits: 1});

export const count = (value) => whole.format(value ?? 0);
export const compact = (value) => short.format(value ?? 0);
export const plural = (value, one, many = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : many}`;

export const price = (value) =>
  new Intl.NumberFormat(undefined, {minimumFractionDigits: 2, maximumFractionDigits: 2})
    .format(value);

/** Microseconds with a fitting unit. */
export function micros(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value < 1000) return `${value < 10 ? value.toFixed(1) : Math.round(value)} µs`;
  if (value < 1e6) return `${(value / 1000).toFixed(value < 1e4 ? 1 : 0)} ms`;
  return `${(value / 1e6).toFixed(1)} s`;
}

/** Whole milliseconds as the wire format has them, where 0 is any time below 1. */
export const milliseconds = (value) => (value > 0 ? `${count(value)} ms` : "under 1 ms");

/** Bytes with a fitting unit. */
export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit && value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** Seconds with a fitting unit. */
export function duration(seconds) {
  const units = [["d", 86_400], ["h", 3600], ["min", 60]];
  const [unit, size] = units.find(([, each]) => seconds >= 2 * each) ?? ["s", 1];
  return `${Math.round(seconds / size)} ${unit}`;
}

/** A field's name as a label: `in_stock` gives "In stock". */
export function label(name) {
  const words = name.split(".").pop().replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const languages = typeof Intl.DisplayNames === "function"
  ? new Intl.DisplayNames(undefined, {type: "language"})
  : null;

/** A facet's value as a label. */
export function facetLabel(field, value) {
  if (value === "true") return "Yes";
  if (value === "false") return "No";
  if (languages && /^(lang|language|locale)$/i.test(field) && /^[a-z]{2,3}(-\w+)*$/i.test(value)) {
    try {
      return languages.of(value);
    } catch {
      return value;
    }
  }
  return value;
}

/** Without case and marks, for comparing words on the page. */
export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
