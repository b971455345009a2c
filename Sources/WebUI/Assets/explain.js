// SPDX-License-Identifier: Apache-2.0
// The panel "why this order": where the time went, and what gave each hit its rank.

import { h, icon, put, svg } from "./dom.js";
import { label, micros, milliseconds } from "./format.js";
import { explain } from "./search.js";

const COLOURS = 6;

/** Fills the dialog for the state's search; `id` is the hit to open first. */
export async function showExplain(dialog, catalogue, state, id, signal) {
  const body = dialog.querySelector(".panel-body");
  put(body, h("p", { class: "notice" }, "Asking for the reasons …"));
  let answer;
  try {
    answer = await explain(state, catalogue, signal);
  } catch (error) {
    if (error.name !== "AbortError") put(body, h("p", { class: "notice error", role: "alert" }, error.message));
    return;
  }
  const hits = answer.hits ?? [];
  const first = (state.page - 1) * (answer.request_params?.per_page ?? hits.length) + 1;
  const infos = hits.map((hit) => reading(hit));
  const top = Math.max(1e-9, ...infos.map((info) => info.score));
  const terms = [...new Set(infos.flatMap((info) => info.recall.map((part) => part.term)))];
  const colour = (term) => `series-${terms.indexOf(term) % COLOURS}`;
  put(body, stages(answer),
    h("section", {},
      h("h3", {}, "What gave each product its place"),
      state.sort && h("p", { class: "notice" }, `The order is set by “${state.sort}”; the scores show how well each product matched.`),
      terms.length > 0 && h("p", { class: "legend" }, terms.slice(0, 12).map((term) => h("span", {}, h("i", { class: colour(term) }), term))),
      h("ol", { class: "reasons", start: first }, hits.map((hit, index) =>
        reason(catalogue, hit, infos[index], first + index, top, colour, String(hit.document.id) === id)))));
  body.querySelector("details[open]")?.scrollIntoView({ block: "nearest" });
}

/** One shape of a hit's reasons, whatever the server tells: contributions, stages, ranks. */
export function reading(hit) {
  const info = hit.rank_info ?? hit.explain ?? {};
  const recall = info.recall ?? {};
  const parts = Array.isArray(recall) ? recall : recall.terms ?? recall.fields ?? info.terms ?? [];
  const flat = parts.flatMap((part) => (Array.isArray(part.terms)
    ? part.terms.map((term) => ({ field: part.field, term: term.term, score: term.score }))
    : [{ field: part.field, term: part.term ?? part.token ?? "", score: part.score }]));
  const said = recall.score ?? info.recall_score ?? info.bm25;
  const score = said ?? Number(hit.text_match_info?.score ?? hit.text_match ?? 0) / 1e6;
  return {
    score: Number(score) || 0,
    recall: flat.filter((part) => Number(part.score) > 0),
    stages: info.stages ?? [],
    before: info.rank_before ?? info.recall_rank ?? null,
    after: info.rank_after ?? info.rank ?? null,
  };
}

/** Each stage's time as a bar against its budget, on one scale. */
function stages(answer) {
  const ranking = answer.ranking;
  const list = ranking?.stages ?? ranking?.plugins ?? [];
  const total = `The whole search took ${milliseconds(answer.search_time_ms)} on the server.`;
  if (list.length === 0) {
    return h("section", {}, h("h3", {}, "Time"), h("p", {}, total),
      h("p", { class: "notice" }, "No ranking stage ran: the order is that of the text match."));
  }
  return h("section", {}, h("h3", {}, "Time against budget"),
    h("p", {}, ranking.profile ? `Profile “${ranking.profile}”. ${total}` : total),
    h("ul", { class: "stages" }, list.map((stage) => {
      const name = stage.plugin ?? stage.name;
      const state = stage.status ?? "ok";
      return h("li", {},
        h("div", { class: "stage-head" }, h("b", {}, name), stage.version && h("span", { class: "quiet" }, ` ${stage.version}`),
          h("span", { class: `status ${state === "ok" ? "good" : state === "partial" || state === "skipped" ? "fair" : "bad"}` }, state.replaceAll("_", " ")),
          h("span", { class: "stage-time" }, `${micros(stage.took_us)}${stage.budget_us ? ` of ${micros(stage.budget_us)}` : ""}`)),
        budgetBar(stage.took_us, stage.budget_us),
        stage.candidates !== undefined && h("span", { class: "quiet" }, `${stage.candidates} candidates`));
    })));
}

/** A bar that fills a share of its track. */
export function bar(share, ...marks) {
  return svg("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "bar-took", width: Math.max(0.5, Math.min(1, share || 0) * 100), height: 8 }), marks);
}

/** A time on the scale of its budget; what is over it stands apart in red. */
export function budgetBar(took, budget) {
  if (!(budget > 0)) return bar(1);
  const scale = Math.max(took, budget);
  const limit = budget / scale * 100;
  return bar(took / scale, took > budget ? [svg("rect", { class: "bar-over", x: limit, width: 100 - limit, height: 8 })] : []);
}

function reason(catalogue, hit, info, rank, top, colour, isOpen) {
  const title = String(catalogue.value(hit.document, "title") ?? hit.document.id);
  const after = info.after ?? rank;
  const moved = info.before === null ? 0 : info.before - after;
  let x = 0;
  const total = info.recall.reduce((sum, part) => sum + part.score, 0);
  const width = (score) => score / top * 100;
  const blocks = info.recall.length
    ? info.recall.map((part) => {
      const share = width(info.score * part.score / total);
      const block = svg("rect", { class: colour(part.term), x, width: Math.max(share - 0.4, 0.3), height: 8 },
        svg("title", {}, `${part.term} in ${part.field}: ${part.score.toFixed(2)}`));
      x += share;
      return block;
    })
    : svg("rect", { class: "bar-took", width: Math.max(width(info.score), 0.5), height: 8 });
  return h("li", {}, h("details", { open: isOpen },
    h("summary", {},
      h("span", { class: "reason-rank" }, `#${rank}`),
      h("span", { class: "reason-title", dir: "auto" }, title),
      h("span", { class: "reason-score" }, info.score > 0 && info.score.toFixed(2)),
      moved !== 0 && h("span", { class: moved > 0 ? "moved up" : "moved" }, icon(moved > 0 ? "up" : "down"), String(Math.abs(moved))),
      svg("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, blocks)),
    detail(hit, info, rank)));
}

function detail(hit, info, rank) {
  const row = (...cells) => h("tr", {}, cells.map((cell, index) => h(index ? "td" : "th", index ? {} : { scope: "row" }, cell)));
  const parts = [];
  if (info.before !== null) {
    parts.push(h("p", {}, info.before === (info.after ?? rank) ? `Rank ${rank}, kept from the text match.`
      : `Rank ${info.before} by text match, ${info.after ?? rank} after the ranking stages.`));
  }
  if (hit.curated) parts.push(h("p", {}, "Placed here by a curation rule."));
  if (info.recall.length) {
    parts.push(h("table", {}, h("caption", {}, `Text match ${info.score.toFixed(2)}`),
      h("tbody", {}, info.recall.map((part) => row(part.term || "–", Number(part.score).toFixed(2), `in ${label(part.field ?? "")}`)))));
  } else {
    const match = hit.text_match_info ?? {};
    parts.push(h("table", {}, h("caption", {}, "Text match"), h("tbody", {},
      row("Score", info.score.toFixed(2)),
      match.tokens_matched !== undefined && row("Words matched", String(match.tokens_matched)),
      match.fields_matched !== undefined && row("Fields matched", String(match.fields_matched)),
      row("In", (hit.highlights ?? []).map((part) => label(part.field)).join(", ") || "–"))));
  }
  if (info.stages.length) {
    parts.push(h("table", {}, h("caption", {}, "Ranking stages"), h("tbody", {}, info.stages.map((stage) => row(
      stage.plugin ?? stage.name,
      typeof stage.score === "number" ? stage.score.toFixed(3) : "unchanged",
      [stage.reason, ...(stage.reasons ?? [])].flat().filter(Boolean).map(text).join("; ") || "–")))));
  }
  return h("div", { class: "reason-detail" }, parts);
}

const text = (value) => (typeof value === "object" ? value.text ?? value.message ?? JSON.stringify(value) : String(value));
