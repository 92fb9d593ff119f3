"""What tests/house/test_recipes.py runs in a copy of the tree: each step answers with one line of JSON.

``python recipe_steps.py STEP WEEK``; the warehouse, the office's folder and an empty warehouse are named by
RECIPE_WAREHOUSE, RECIPE_FOLDER and RECIPE_EMPTY.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import test_indicators
from office import Office
from openpyxl import load_workbook
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods, schedule
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.figures import measuring
from lensan.gates import judge
from lensan.reports import building, publishing
from lensan.warehouse import reference_load

SELLERS = (
    {
        "shop_id": "SM1",
        "shop_name": "Gian hàng một",
        "owner_name": "Lò Thị Mới",
        "id_number": "022195000017",
        "phone": "0912345670",
    },
    {
        "shop_id": "SM2",
        "shop_name": "Gian hàng hai",
        "owner_name": "Chìu A Sàn",
        "id_number": "022195000018",
        "phone": "0912345671",
    },
)
"""Two invented households that no other marketplace knows."""


def opened(url: str) -> Engine:
    """The warehouse as the tree at hand wants it."""
    engine = warehouse.connect(url)
    warehouse.migrate(engine)
    with engine.begin() as connection:
        reference_load.load(connection)
    return engine


def frozen(office: Office, week: Period) -> dict[str, Any]:
    """Publish a week at its draft; its files' digests, the workbook's texts and some of its figures."""
    done = publishing.freeze(office.engine, week, office.folder / "reports", moment=week.draft_at)
    report, files = publishing.load(office.engine, week)
    book = next(path for name, path in done.files.items() if name.endswith(".xlsx"))
    texts = [
        [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
        for sheet in load_workbook(book, read_only=True).worksheets
    ]
    return {
        "is_new": done.is_new,
        "digests": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        "texts": texts,
        "figures": {
            f.indicator: {
                "in_period": _plain(f.in_period),
                "cumulative": _plain(f.cumulative),
                "growth_pct": _plain(f.growth_pct),
                "note": f.note or "",
            }
            for f in report.figures
            if f.unit == PROVINCE
        },
    }


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def report(office: Office, week: Period) -> dict[str, Any]:
    """A published report."""
    return frozen(office, week)


def marketplace(office: Office, week: Period) -> dict[str, Any]:
    """Two new households on the marketplace ``sanmoi``; II.3 before and after."""

    def stalls() -> float | None:
        figures = measuring.compute(office.engine, week, moment=week.draft_at, codes=["II.3"])
        return next(_plain(f.cumulative) for f in figures if f.unit == PROVINCE)

    before = stalls()
    path = office.landing / "sanmoi" / f"sellers_{week.last_day:%Y%m%d}.csv"
    path.parent.mkdir()
    rest = {
        "owner_type": "HOUSEHOLD",
        "ward": "Hà Phong",
        "district": "Thành phố Hạ Long",
        "province": "Quảng Ninh",
        "created_at": f"{week.start:%Y-%m-%d}",
        "closed_at": "",
        "payment_account_at": "",
        "brand_mark_at": "",
        "traceability_at": "",
    }
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*SELLERS[0], *rest])
        writer.writeheader()
        writer.writerows({**seller, **rest} for seller in SELLERS)
    office.sweep(week.draft_at - timedelta(hours=1))
    return {"before": before, "after": stalls(), **frozen(office, week)}


def indicator(office: Office, week: Period) -> dict[str, Any]:
    """The cases of III.8, then a report with it."""
    cases = [
        case.values
        for case in test_indicators.CASES
        if str(case.values[0]).startswith("III.8")  # type: ignore[attr-defined]
    ]
    for stem, case in cases:
        test_indicators.test_indicator(stem, case, lambda: opened(os.environ["RECIPE_EMPTY"]))
    return {"cases": len(cases), **frozen(office, week)}


def check(office: Office, week: Period) -> dict[str, Any]:
    """Gate core asked, then a report that shows what did not pass."""
    judge.judge(office.engine, week, moment=week.draft_at, gates=("core",), sources=())
    table = building.build(office.engine, week, moment=week.draft_at).tables["quality_checks"]
    return {"failed": [row["check"] for row in table.records()], **frozen(office, week)}


def deadline(office: Office, week: Period) -> dict[str, Any]:
    """The published weeks asked again by their names, then the first week of the new deadline."""
    old = ["2021-10-21", "2021-10-28", "2021-11-04"]
    again = [frozen(office, periods.parse("week", name)) for name in old]
    with office.engine.begin() as connection:
        due = connection.exec_driver_sql(
            "select valid_from, due_time from core.deadline where report_kind = 'week' order by 1"
        ).all()
    following = week.next()
    return {
        "old": again,
        "days": [str(week.start), str(week.last_day)],
        "due_at": [period.due_at.isoformat() for period in (week.previous(), week, following)],
        "following": [str(following.start), str(following.end)],
        "rules": [[str(valid_from), str(due_time)] for valid_from, due_time in due],
        "last_end": str(schedule.CALENDAR.week[0].last_end),
        **frozen(office, week),
    }


STEPS: dict[str, Callable[[Office, Period], dict[str, Any]]] = {
    step.__name__: step for step in (report, marketplace, indicator, check, deadline)
}


def main(step: str, week: str) -> None:
    folder = Path(os.environ["RECIPE_FOLDER"])
    office = Office(opened(os.environ["RECIPE_WAREHOUSE"]), folder / "world", folder)
    print(json.dumps(STEPS[step](office, periods.parse("week", week)), ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
