"""Forecasts judged by worlds whose truth is known: ``python tests/support/harvest_judging.py --seeds 1000-1099``.

Prints the forecast beside simpler rules, coverage by product, and draws docs/rules/forecast-frontier.svg with ``--draw``.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tests" / "support")]

import harvest_worlds  # noqa: E402

from lensan.forecast import forecasting, judging, replay  # noqa: E402
from lensan.forecast.forecasting import FORECAST, RULES, TODAY  # noqa: E402
from lensan.forecast.judging import NOTHING, Score  # noqa: E402

EDGES = range(harvest_worlds.JUDGED_FROM, harvest_worlds.WEEKS - 11)
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
PICTURE = PROJECT / "docs" / "rules" / "forecast-frontier.svg"


@dataclass
class Judged:
    """Sums over worlds: scores by rule, by threshold of the forecast, intervals (asked, right) by product."""

    worlds: int = 0
    rules: dict[str, Score] = field(default_factory=lambda: defaultdict(lambda: NOTHING))
    frontier: dict[float, Score] = field(default_factory=lambda: defaultdict(lambda: NOTHING))
    intervals: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    @property
    def coverage(self) -> float:
        return sum(r for _, r in self.intervals.values()) / sum(
            a for a, _ in self.intervals.values()
        )


def judge(seeds: Iterable[int]) -> Judged:
    """The worlds of seeds, judged by their truth: weeks in which more was brought than buyers take."""
    found = Judged()
    for seed in seeds:
        world = harvest_worlds.make(seed)
        moments = [(edge, harvest_worlds.moment_of(edge)) for edge in EDGES]
        told = forecasting.replayed(world.history, moments, TODAY)
        is_over = (world.net > world.taken) & judging.is_season(world.net)
        came = judging.gluts(is_over)
        chances = replay.chances(told.said)
        for threshold in THRESHOLDS:
            given = replay.alerts(chances, EDGES.start, threshold)
            found.frontier[threshold] += judging.score(given, came, EDGES)
        found.rules[FORECAST] += judging.score(told.alerts(), came, EDGES)
        for rule in RULES:
            found.rules[rule] += judging.score(told.simple(rule), came, EDGES)
        asked, inside = judging.coverage(told.said, world.unsold)
        for product, rows in world.history.series.groupby("product").groups.items():
            found.intervals[str(product)][0] += int(asked[rows].sum())
            found.intervals[str(product)][1] += int((asked & inside)[rows].sum())
        found.worlds += 1
    return found


def lead(score: Score) -> float:
    """Mean weeks between the warning and the glut; of a glut not warned of: none."""
    return sum(score.leads) / score.gluts if score.gluts else 0.0


def table(found: Judged) -> str:
    """The result as Markdown."""
    lines = [
        "| | gluts | warned ≥ 21 days | alerts | precision | mean lead, weeks | cost |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    named = {f"forecast from {t:g}": s for t, s in found.frontier.items()} | {
        f"**{rule}**": s for rule, s in found.rules.items()
    }
    lines += [
        f"| {name} | {s.gluts} | {100 * (s.recall or 0):.1f} % | {s.alerts} "
        f"| {100 * (s.precision or 0):.1f} % | {lead(s):.1f} | {s.cost:.0f} |"
        for name, s in named.items()
    ]
    covered = [
        f"{product} {100 * right / asked:.1f} % of {asked}"
        for product, (asked, right) in sorted(found.intervals.items())
    ]
    return "\n".join([*lines, "", f"Coverage {100 * found.coverage:.1f} %: {', '.join(covered)}."])


def picture(found: Judged) -> str:
    """Precision against mean lead: the forecast from every threshold as a line, the simple rules as points."""
    wide, high, left, top = 560, 320, 60, 20

    def at(score: Score) -> tuple[float, float]:
        return (
            left + lead(score) / 10 * (wide - left - 20),
            top + (1 - (score.precision or 0)) * (high - top - 50),
        )

    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in map(at, found.frontier.values()))
    marks = [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="#1a5fb4"/>'
        f'<text x="{x + 6:.0f}" y="{y - 6:.0f}" fill="#1a5fb4">{t:g}</text>'
        for t, (x, y) in ((t, at(s)) for t, s in found.frontier.items())
    ]
    marks += [
        f'<rect x="{x - 4:.0f}" y="{y - 4:.0f}" width="8" height="8" fill="#a51d2d"/>'
        f'<text x="{x - 8:.0f}" y="{y + 20:.0f}" fill="#a51d2d" text-anchor="middle">{rule}</text>'
        for rule, (x, y) in ((r, at(found.rules[r])) for r in RULES)
    ]
    grid = "".join(
        f'<line x1="{left}" x2="{wide - 20}" y1="{top + (1 - p / 100) * (high - top - 50):.0f}" '
        f'y2="{top + (1 - p / 100) * (high - top - 50):.0f}" stroke="#ccc"/>'
        f'<text x="{left - 8}" y="{top + 4 + (1 - p / 100) * (high - top - 50):.0f}" text-anchor="end">{p} %</text>'
        for p in range(0, 101, 20)
    )
    weeks = "".join(
        f'<text x="{left + w / 10 * (wide - left - 20):.0f}" y="{high - 32}" text-anchor="middle">{w}</text>'
        for w in range(0, 11, 2)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" '
        f'font-size="12"><rect width="{wide}" height="{high}" fill="#fff"/>{grid}{weeks}'
        f'<text x="{(wide + left) / 2:.0f}" y="{high - 10}" text-anchor="middle">mean lead of a glut, weeks '
        f"(none where not warned of); {found.worlds} worlds</text>"
        f'<text x="{left}" y="14">precision of alerts</text>'
        f'<polyline points="{line}" fill="none" stroke="#1a5fb4" stroke-width="2"/>{"".join(marks)}</svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seeds", default="1000-1099", help="first-last; below 1000 are for tuning"
    )
    parser.add_argument("--draw", action="store_true")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    found = judge(range(int(first), int(last or first) + 1))
    print(table(found))
    if asked.draw:
        PICTURE.write_text(picture(found), encoding="utf-8")


if __name__ == "__main__":
    main()
