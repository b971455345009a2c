#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws search quality against the time that ranking may take.

    for budget in 1 2 5 10 20; do
      martlet evaluate search ... --profile neural --budget-ms $budget --json > run-$budget.json
    done
    Benchmarks/quality_budget.py run-*.json Documentation/quality-budget.svg

One process for each budget, because a plugin that was late once may have the query's vector at hand when
another budget asks. One file with several budgets shows the cached case.

The line is nDCG@10 of the profile under each budget, the band the 95 % interval of its difference to
text relevance alone, which is the dashed line. Below each budget stands the share of answers that were
ranked only in part or not at all.
"""
import json
import math
import re
import sys

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 90
INK, FAINT, LINE, BAND = "#1b1b1b", "#8a8a8a", "#0b5fa5", "#0b5fa5"


def points(document):
    """The lexical figure, and (budget in ms, run) in ascending order."""
    first, *runs = document["runs"]
    found = []
    for run in runs:
        budget = re.search(r"([\d.]+) ms$", run["name"])
        if budget is None:
            raise SystemExit(f"The run {run['name']!r} has no budget: evaluate with --budget-ms.")
        found.append((float(budget[1]), run))
    return first, sorted(found, key=lambda point: point[0])


def rounded(low, high):
    """Bounds and a step for about five lines."""
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step = next(step * factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def draw(document):
    lexical, runs = points(document)
    base = lexical["ndcg@10"]
    bands = [(budget, base + run["ndcg@10_against_first"]["low"], base + run["ndcg@10_against_first"]["high"])
             for budget, run in runs]
    low, high, step = rounded(min([base] + [band[1] for band in bands]), max([base] + [band[2] for band in bands]))
    first, last = math.log(runs[0][0]), math.log(runs[-1][0])

    def x(budget):
        share = (math.log(budget) - first) / ((last - first) or 1)
        return LEFT + 20 + share * (WIDTH - LEFT - RIGHT - 40)

    def y(value):
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def text(at_x, at_y, content, anchor="middle", colour=INK, size=12):
        return (f'<text x="{at_x:.1f}" y="{at_y:.1f}" text-anchor="{anchor}" fill="{colour}" '
                f'font-size="{size}">{content}</text>')

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" role="img">',
        "<title>nDCG@10 against the budget of ranking</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFT, 22, f"nDCG@10 over {document['queries']} judged queries", "start", size=14),
    ]
    for index in range(round((high - low) / step) + 1):
        value = low + index * step
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                     'stroke="#e4e4e4"/>')
        parts.append(text(LEFT - 8, y(value) + 4, f"{value:.2f}", "end", FAINT))
    outline = [(x(budget), y(upper)) for budget, _, upper in bands]
    outline += [(x(budget), y(lower)) for budget, lower, _ in reversed(bands)]
    shape = " ".join(f"{a:.1f},{b:.1f}" for a, b in outline)
    parts.append(f'<polygon points="{shape}" fill="{BAND}" fill-opacity="0.15"/>')
    parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(base):.1f}" y2="{y(base):.1f}" '
                 f'stroke="{INK}" stroke-dasharray="5 4"/>')
    parts.append(text(WIDTH - RIGHT, y(base) - 8, f"text relevance {base:.4f}", "end"))
    line = " ".join(f"{x(budget):.1f},{y(run['ndcg@10']):.1f}" for budget, run in runs)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    for budget, run in runs:
        at = x(budget)
        parts.append(f'<circle cx="{at:.1f}" cy="{y(run["ndcg@10"]):.1f}" r="4" fill="{LINE}"/>')
        parts.append(text(at, y(run["ndcg@10"]) - 10, f"{run['ndcg@10']:.4f}", colour=LINE))
        parts.append(text(at, HEIGHT - BOTTOM + 20, f"{budget:g} ms"))
        parts.append(text(at, HEIGHT - BOTTOM + 38, f"{run['partial'] * 100:.0f} % partial", colour=FAINT))
        parts.append(text(at, HEIGHT - BOTTOM + 54, f"p99 {run['rank_p99_ms']:.1f} ms", colour=FAINT))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "budget of ranking", size=13))
    return "\n".join(parts) + "\n</svg>\n"


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    documents = []
    for path in sys.argv[1:-1]:
        with open(path, encoding="utf-8") as file:
            documents.append(json.load(file))
    for other in documents[1:]:
        documents[0]["runs"] += other["runs"][1:]
    with open(sys.argv[-1], "w", encoding="utf-8") as file:
        file.write(draw(documents[0]))


if __name__ == "__main__":
    main()
