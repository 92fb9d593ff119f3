"""Verdict pages: what the gates said, a page for each source and period, to be opened in any browser.

Only the pages of a run are written, and an index that lists the newest: the length of history costs
nothing. No values, no personal data, nothing loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from lensan.domain import contracts, periods
from lensan.domain.installation import INCLUDE
from lensan.domain.periods import ICT, Period
from lensan.gates.judge import Run

WHOLE = "bao-cao"
"""Stands for the source where a page is of the report itself: its figures, and core as a whole."""
NEWEST = 12
GATES = {
    "rows": "Dòng dữ liệu khi đọc",
    "core": "Sau khi nhập vào kho",
    "figures": "Số liệu trước khi phát hành",
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(INCLUDE / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_of(source: str | None, period: Period) -> str:
    """Where the page of a source (null: of the report itself) and period lies, below HOME/data-docs."""
    return f"{source or WHOLE}/{period.kind}-{period.name}.html"


def write(folder: Path, period: Period, runs: Iterable[Run], *, moment: datetime) -> list[str]:
    """Write the pages of these runs below ``folder`` and renew the indexes; returns the pages' paths below
    it. ``moment`` (aware): when the gates were asked."""
    by_source: dict[str | None, list[Run]] = {}
    for run in runs:
        by_source.setdefault(run.source, []).append(run)
    titles = {c.source: c.title for c in contracts.contracts().values()}
    written = []
    for source, found in by_source.items():
        name = page_of(source, period)
        _put(
            folder / name,
            "data_docs_page.html",
            title=titles.get(source or "", "Báo cáo"),
            period=_named(period),
            moment=moment.astimezone(ICT),
            gates=[_gate(run) for run in found],
        )
        written.append(name)
        _put(
            folder / (source or WHOLE) / "index.html",
            "data_docs_index.html",
            title=titles.get(source or "", "Báo cáo"),
            back="../index.html",
            sections=[("", _pages(folder, source or WHOLE, None, ""))],
        )
    _put(
        folder / "index.html",
        "data_docs_index.html",
        title="Kiểm tra dữ liệu – Lên Sàn",
        back=None,
        sections=[
            (title, _pages(folder, source, NEWEST, f"{source}/"))
            for source, title in [(WHOLE, "Báo cáo"), *titles.items()]
            if (folder / source).is_dir()
        ],
    )
    return written


def _gate(run: Run) -> dict[str, Any]:
    """Failed checks first, then warnings, then what passed."""
    ordered = sorted(
        run.verdicts, key=lambda v: (v.is_passed, v.check.severity != "fail", v.check.name)
    )
    return {
        "title": GATES[run.gate],
        "verdicts": ordered,
        "failed": len(run.failed),
        "checked": max((v.checked or 0 for v in run.verdicts), default=0),
    }


def _named(period: Period) -> str:
    """A period as the board's readers know it: by the day on which it is due, or by its month."""
    plan = period.plan.printed
    of_plan = f", Kế hoạch {plan.number}" if plan else ""
    if period.cadence == "month":
        return f"Tháng {period.start:%m/%Y}{of_plan}"
    due = f"đến hạn {period.due_day:%d/%m/%Y}"
    return f"Tuần {period.start:%d/%m} - {period.last_day:%d/%m/%Y}, {due}{of_plan}"


@lru_cache(maxsize=4096)
def _name_of(kind: str, name: str) -> str:
    """Remembered: the indexes of all sources name the same periods, each time all of them."""
    return _named(periods.parse(kind, name))


def _pages(folder: Path, source: str, most: int | None, prefix: str) -> list[tuple[str, str]]:
    names = sorted(
        (path.stem for path in (folder / source).glob("*-*.html")),
        key=lambda stem: stem.partition("-")[2],
        reverse=True,
    )
    found = []
    for stem in names[:most]:
        kind, _, name = stem.partition("-")
        found.append((f"{prefix}{stem}.html", _name_of(kind, name)))
    if most is not None and len(names) > most:
        found.append((f"{prefix}index.html", "tất cả"))
    return found


def _put(path: Path, template: str, **facts: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(_templates().get_template(template).render(facts), encoding="utf-8")
    part.replace(path)
