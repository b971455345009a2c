// SPDX-License-Identifier: Apache-2.0
// The panel "why this order": where the time went, and what gave each hit its rank.

import {badge, bar, budgetBar, track} from "./bars.js";
import {h, icon, put, svg} from "./dom.js";
import {label, micros, milliseconds, plural} from "./format.js";

const COLOURS = 6;
const LEGEND = 12;

/** Fills the dialog for the answer that is on the page, the hit `id` opened. */
export function showExplain(dialog, catalogue, state, answer, id) {
  const body = dialog.querySelector(".panel-body");
  if (!answer) {
    put(body, h("p", {class: "notice"}, "There are no results to explain."));
    return;
  }
  put(body, times(answer), reasons(answer, catalogue, state, id));
  body.querySelector("details[open]")?.scrollIntoView({block: "nearest"});
}

/** Each stage's time as a bar on the scale of its budget. */
function times({ranking, search_time_ms: total}) {
  const stages = ranking?.stages ?? [];
  const text = `The whole search took ${milliseconds(total)} on the server.`;
  if (stages.length === 0) {
    return h("section", {},
      h("h3", {}, "Time"),
      h("p", {}, text),
      h("p", {class: "notice"}, "No ranking stage ran: the order is that of the text match."));
  }
  return h("section", {},
    h("h3", {}, "Time against budget"),
    h("p", {}, ranking.profile ? `Profile “${ranking.profile}”. ${text}` : text),
    h("ul", {class: "stages"}, stages.map((stage) => {
      const budget = stage.budget_us > 0 ? ` of ${micros(stage.budget_us)}` : "";
      return h("li", {},
        h("div", {class: "stage-head"},
          h("b", {}, stage.plugin),
          h("span", {class: "quiet"}, stage.version),
          badge(stage.status),
          h("span", {class: "stage-time"}, micros(stage.took_us) + budget)),
        budgetBar(stage.took_us, stage.budget_us),
        h("span", {class: "quiet"}, scored(stage)));
    })));
}

/** How much of the list a stage came to. */
function scored({scored: done, window: all, message}) {
  const text = `${done === all ? "" : `${done} of `}${plural(all, "candidate")}`;
  return message ? `${text}: ${message}` : text;
}

function reasons(answer, catalogue, state, id) {
  const hits = answer.hits ?? [];
  const first = (state.page - 1) * (answer.request_params?.per_page ?? hits.length) + 1;
  const infos = hits.map(reading);
  const terms = [...new Set(infos.flatMap((info) => info.recall.map((part) => part.term)))];
  const scale = {
    top: Math.max(...infos.map((info) => info.score), Number.MIN_VALUE),
    colour: (term) => `series-${terms.indexOf(term) % COLOURS}`,
  };
  const entry = (term) => h("span", {}, h("i", {class: scale.colour(term)}), term);
  return h("section", {},
    h("h3", {}, "What gave each product its place"),
    state.sort && h("p", {class: "notice"},
      `The order is set by “${state.sort}”; the scores show how well each product matched.`),
    !state.sort && infos.some((info) => info.isTiered) && h("p", {class: "notice reasons-notice"},
      "Matches are compared by words, misspellings, nearness and field; of products that match alike, ",
      `the one with more “${label(catalogue.tieBreaker)}” comes first. The scores stand beside that.`),
    terms.length > 0 && h("p", {class: "legend"}, terms.slice(0, LEGEND).map(entry)),
    h("ol", {class: "reasons"}, hits.map((hit, index) => {
      const title = String(catalogue.value(hit.document, "title") ?? hit.document.id);
      return reason(title, hit, infos[index], first + index, scale, String(hit.document.id) === id);
    })));
}

/** A hit's reasons; a server that explains nothing leaves the score of its text match. */
function reading(hit) {
  const info = hit.explain ?? {};
  const recall = info.recall ?? {};
  const score = recall.score ?? Number(hit.text_match_info?.score ?? hit.text_match ?? 0) / 1e6;
  return {
    score: Number.isFinite(score) ? score : 0,
    // In tiers, matches are compared property by property; the score stands beside that.
    isTiered: recall.tier !== undefined,
    recall: (recall.terms ?? []).flatMap(fieldParts).filter((part) => part.score > 0),
    stages: info.stages ?? [],
    before: info.rank_before ?? null,
    after: info.rank_after ?? null,
  };
}

/** A term's score by field; the term says what it stands for where that is another word. */
function fieldParts({word, term, fields}) {
  const name = word && word !== term ? `${word} → ${term}` : term;
  return Object.entries(fields).map(([field, score]) => ({term: name, field, score}));
}

function reason(title, hit, info, rank, scale, isOpen) {
  const moved = info.before === null ? 0 : info.before - (info.after ?? rank);
  const arrow = moved !== 0 && h("span", {class: moved > 0 ? "moved up" : "moved"},
    icon(moved > 0 ? "up" : "down"), h("span", {class: "hidden"}, moved > 0 ? "up" : "down"),
    String(Math.abs(moved)));
  return h("li", {}, h("details", {open: isOpen},
    h("summary", {},
      h("span", {class: "reason-rank"}, `#${rank}`),
      h("span", {class: "reason-title", dir: "auto"}, title),
      h("span", {class: "reason-score"}, info.score > 0 && info.score.toFixed(2)),
      arrow,
      scoreBar(info, scale)),
    h("div", {class: "reason-detail"}, detail(hit, info, rank))));
}

/** The score on the scale of the page's best, in parts by term where they are known. */
function scoreBar(info, {top, colour}) {
  if (info.recall.length === 0) return bar(info.score / top);
  const total = info.recall.reduce((sum, part) => sum + part.score, 0);
  let x = 0;
  return track(info.recall.map((part) => {
    const share = info.score / top * part.score / total * 100;
    const width = Math.max(share - 0.4, 0.3);
    const block = svg("rect", {class: colour(part.term), x, width, height: 8});
    x += share;
    return block;
  }));
}

function detail(hit, info, rank) {
  const after = info.after ?? rank;
  const parts = [];
  if (info.before !== null) {
    parts.push(h("p", {}, info.before === after
      ? `Rank ${rank}, kept from the text match.`
      : `Rank ${info.before} by text match, ${after} after the ranking stages.`));
  }
  if (hit.curated) parts.push(h("p", {}, "Placed here by a curation rule."));
  if (info.isTiered) parts.push(table("Text match", matchRows(hit)));
  parts.push(info.recall.length > 0
    ? table(`${info.isTiered ? "Relevance" : "Text match"} ${info.score.toFixed(2)}`, info.recall.map(
      (part) => [part.term, part.score.toFixed(2), `in ${label(part.field)}`]))
    : table(`Text match ${info.score.toFixed(2)}`, matchRows(hit)));
  if (info.stages.length > 0) parts.push(table("Ranking stages", info.stages.map(stageRow)));
  return parts.concat(info.stages.filter((stage) => stage.attribution).map(attributionTable));
}

/** What each feature adds to a stage's score, the greatest parts first. */
function attributionTable({plugin, attribution: {baseline, samples, features}}) {
  const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);
  const rows = features.filter(({value}) => Math.abs(value) >= 0.0005)
    .map(({name, value}) => [name, signed(value), ""]);
  return table(`What made ${plugin}’s score`, [
    ["An average candidate", baseline.toFixed(3), ""], ...rows,
    ["How it is known", samples === 0 ? "exactly" : `from ${samples} random orders`, ""]]);
}

/** How a hit matched, as far as the answer tells without its terms. */
function matchRows(hit) {
  const match = hit.text_match_info ?? {};
  const fields = (hit.highlights ?? []).map((part) => label(part.field)).join(", ");
  const dropped = match.num_tokens_dropped ?? 0;
  return [
    ["Words matched", String(match.tokens_matched ?? "–"), fields && `in ${fields}`],
    dropped > 0 && ["Words missing", String(dropped), ""],
    match.typo_prefix_score > 0 && ["Distance from the words typed", String(match.typo_prefix_score), ""],
  ].filter(Boolean);
}

/** A stage left a candidate alone where it gives no score. */
function stageRow(stage) {
  const score = typeof stage.score === "number" ? stage.score.toFixed(3) : "unchanged";
  const pin = stage.pin ? `pinned at ${stage.pin}` : [];
  const rank = stage.rank ? `rank ${stage.rank}` : [];
  return [stage.plugin, score, [rank, pin, stage.reason ?? []].flat().join("; ")];
}

function table(caption, rows) {
  const row = ([first, ...rest]) =>
    h("tr", {}, h("th", {scope: "row"}, first), rest.map((cell) => h("td", {}, cell)));
  return h("table", {}, h("caption", {}, caption), h("tbody", {}, rows.map(row)));
}
