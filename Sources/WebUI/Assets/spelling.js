// SPDX-License-Identifier: Apache-2.0
// Tells from the hits which words of the query matched only in other spelling.

import {fold} from "./format.js";

/** Shorter words are matched as typed. */
const SHORTEST = 4;
const MOST_EDITS = 2;

/** Words of the query that no hit has as typed, each with the word that most hits have instead. */
export function corrections(q, hits) {
  const found = new Map();
  for (const hit of hits) {
    const tokens = (hit.highlights ?? []).flatMap((part) => (part.matched_tokens ?? []).flat());
    for (const word of new Set(tokens.map(fold))) found.set(word, (found.get(word) ?? 0) + 1);
  }
  // Phrases match as typed or not at all, and excluded words must not match.
  const words = q.replace(/"[^"]*"|(^|\s)-\S+/g, " ").split(/[^\p{L}\p{N}]+/u);
  return words.filter((word) => word.length >= SHORTEST).flatMap((word) => {
    const typed = fold(word);
    const matched = [...found.keys()];
    if (matched.some((each) => each.startsWith(typed) || typed.startsWith(each))) return [];
    const [nearest] = matched.map((each) => ({each, edits: distance(typed, each)}))
      .filter(({edits}) => edits <= MOST_EDITS)
      .sort((a, b) => a.edits - b.edits || found.get(b.each) - found.get(a.each));
    return nearest ? [[word, nearest.each]] : [];
  });
}

/** Edits from a word to the nearest prefix of another: optimal string alignment, row by row. */
export function distance(word, other) {
  let before = [];
  let row = Array.from({length: other.length + 1}, (_, index) => index);
  for (let i = 1; i <= word.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const change = word[i - 1] === other[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + change);
      const isSwap = i > 1 && j > 1 && word[i - 1] === other[j - 2] && word[i - 2] === other[j - 1];
      if (isSwap) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return Math.min(...row);
}
