// SPDX-License-Identifier: Apache-2.0
// Reads the Prometheus text format, and quantiles of its histograms over a window of time.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Samples by metric name: [{labels, value}]. Lines that are none are passed over. */
export function parse(text) {
  const metrics = new Map();
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const found = LINE.exec(line);
    if (!found) continue;
    const labels = Object.fromEntries([...(found[2] ?? "").matchAll(LABEL)].map(([, name,
      value]) => [name, value.replace(/\\(.)/g, (_, letter) => (letter === "n" ? "\n" : letter))]));
    const value = found[3] === "+Inf" ? Infinity : Number(found[3]);
    if (Number.isNaN(value)) continue;
    if (!metrics.has(found[1])) metrics.set(found[1], []);
    metrics.get(found[1]).push({labels, value});
  }
  return metrics;
}

/** The sum of a metric's samples that pass, or null where there is none. */
export function sum(metrics, pattern, passes = () => true) {
  let total = null;
  for (const [name, samples] of metrics) {
    if (!pattern.test(name)) continue;
    for (const {labels, value} of samples)
      if (passes(labels)) total = (total ?? 0) + value;
  }
  return total;
}

/** A histogram in microseconds: ascending [upper bound, count at or below it]. */
export function histogram(metrics, pattern, passes = () => true) {
  const counts = new Map();
  for (const [name, samples] of metrics) {
    const family = name.endsWith("_bucket") ? name.slice(0, -7) : null;
    if (!family || !pattern.test(family)) continue;
    const scale = /_us$|_microseconds$/.test(family) ? 1
      : /_ms$|_milliseconds$/.test(family)           ? 1e3
                                                     : 1e6;
    for (const {labels, value} of samples) {
      if (!passes(labels)) continue;
      const bound = labels.le === "+Inf" ? Infinity : Number(labels.le) * scale;
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
  }
  return [...counts].sort((one, other) => one[0] - other[0]);
}

/** A histogram less an earlier reading of it; one that went back (a restart) starts anew. */
export function since(now, before) {
  const earlier = new Map(before ?? []);
  const difference = now.map(([bound, value]) => [bound, value - (earlier.get(bound) ?? 0)]);
  return difference.some(([, value]) => value < 0) ? now : difference;
}

/** The value below which a share of a histogram lies, linear inside its bucket; null for none. */
export function quantile(buckets, share) {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const wanted = share * total;
  let low = 0;
  let below = 0;
  for (const [bound, value] of buckets) {
    if (value >= wanted) {
      if (!Number.isFinite(bound)) return low;
      return value > below ? low + (bound - low) * (wanted - below) / (value - below) : bound;
    }
    low = bound;
    below = value;
  }
  return low;
}

/** The values that some labels have together, in histograms whose names match. */
export function labelSets(metrics, pattern, names) {
  const sets = new Map();
  for (const [metric, samples] of metrics) {
    if (!metric.endsWith("_bucket") || !pattern.test(metric.slice(0, -7))) continue;
    for (const {labels} of samples) {
      const values = names.map((name) => labels[name]);
      if (values.some((value) => value !== undefined)) sets.set(JSON.stringify(values), values);
    }
  }
  return [...sets].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, values]) => values);
}
