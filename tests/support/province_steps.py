"""What tests/samples/test_another_province.py runs in a process of another province: ``FOLDER WEEK``.

Writes a world of that province, takes it into the empty warehouse WAREHOUSE, publishes the week, and answers with
one line of JSON: what the report says, and every cell in which it and the oracle differ.
"""

from __future__ import annotations

import json
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle
from openpyxl import load_workbook
from taking_in import take_in

from lensan import samples, warehouse
from lensan.domain import indicators, periods, places, report_forms, targets
from lensan.domain.office import OFFICES, PLAN_START
from lensan.figures import measuring
from lensan.reports import publishing
from lensan.samples import World, home
from lensan.samples.writing import write_world
from lensan.warehouse import reference_load

OF_TARGETS = ("base", "target_share", "completion_pct")


def second_opinion(world: World, week: periods.Period) -> dict[tuple[str, str], dict[str, Any]]:
    """The oracle's figures by unit and code of the library."""
    oracle.HOME, oracle.PLAN_START, oracle.UNITS = OFFICES.code, PLAN_START, home.UNITS
    oracle.TARGETS = {
        year: {
            indicators.indicator(target.indicator).of: str(target.share)
            for target in targets.read()
            if target.year == year
        }
        for year in (2026, 2027)
    }
    truth = world.as_of(week.end)
    # Since July 2025 there are 34 provinces: former ones that are parts of one now are one market.
    now = {
        former: row["code"]
        for row in places.places().provinces_2025
        for former in row["former"].split("|")
    }
    truth.order_lines["province"] = [
        int(now.get(f"{code:02d}", "0")) for code in truth.order_lines.province
    ]
    truth.submissions["places"] = [
        [now[place] for place in named] if code == "III.6" and named else named
        for code, named in zip(truth.submissions.code, truth.submissions.places, strict=True)
    ]
    found = oracle.figures(truth, "week", week.name)["figures"]
    return {(each["unit"], each["indicator"]): each for each in found}


def own_indicators(world: World, week: periods.Period) -> dict[str, tuple[int, int]]:
    """Those of this province alone, counted in pandas: in the week and since the plan's start."""
    truth = world.as_of(week.end)
    of_stalls = truth.stalls.set_index("seller_id")
    listings = truth.listings.set_index("listing_id")
    people = world.people.set_index("person_id")
    lines = truth.order_lines[truth.order_lines.status == "completed"].copy()
    lines["person"] = lines.seller_id.map(of_stalls.person_id)
    at_home = lines.seller_id.map(of_stalls.province) == OFFICES.code
    farms = lines.person.map(people.role) == "producer"
    goods = lines.listing_id.map(listings.group) == "agri"
    started = lines.completed_at >= str(PLAN_START)
    lines = lines[at_home & farms & goods & started & (lines.completed_at < str(week.end))]
    now = lines[lines.completed_at >= str(week.start)]
    return {
        code: (now[column].nunique(), lines[column].nunique())
        for code, column in (("BN.1", "person"), ("BN.2", "order_no"), ("BN.3", "listing_id"))
    }


def differing(found: Any, other: dict[str, Any], with_target: bool) -> list[Any]:
    """The cells of a figure that are not the oracle's."""
    cells = []
    for cell, value in other.items():
        mine = getattr(found, cell)
        if cell == "indicator" or (cell in OF_TARGETS and not with_target):
            continue
        same = mine == value
        if isinstance(value, int | float) and mine is not None:
            same = abs(Decimal(mine) - Decimal(str(value))) < Decimal("0.000001")
        if not same:
            cells.append((found.unit, found.indicator, cell, str(mine), str(value)))
    return cells


def main(folder: Path, name: str) -> None:
    week = periods.parse("week", name)
    world = samples.build(seed=3, weeks=2, order_lines=400)
    write_world(folder / "landing", world, mess=False)
    engine = warehouse.connect(os.environ["WAREHOUSE"])
    warehouse.migrate(engine)
    with engine.begin() as connection:
        reference_load.load(connection)
    outcomes = take_in(engine, folder / "landing", folder / "raw", moment=week.draft_at)
    figures = measuring.compute(engine, week, moment=week.draft_at)
    second, own = second_opinion(world, week), own_indicators(world, week)
    wrong: list[Any] = []
    compared = 0
    for figure in figures:
        told = indicators.indicator(figure.indicator)
        if (figure.unit, told.of) in second:
            compared += 1
            wrong += differing(figure, second[figure.unit, told.of], told.base is not None)
        elif figure.unit == OFFICES.code and told.of in own:
            compared += 1
            if (figure.in_period, figure.cumulative) != own[told.of]:
                wrong.append((told.of, figure.in_period, figure.cumulative, own[told.of]))
    done = publishing.freeze(engine, week, folder / "reports", moment=week.draft_at)
    book = next(path for path in done.files.values() if path.name.endswith(".xlsx"))
    sheets = load_workbook(book, read_only=True).worksheets
    print(json.dumps({
        "rejected": [(o.name, str(o.reason)) for o in outcomes if o.status == "rejected"],
        "due": week.due_at.isoformat(),
        "units": sum(bool(row) for row in places.places().units),
        "codes": report_forms.form("week").indicator_codes,
        "compared": compared,
        "wrong": wrong[:20],
        "first_sheet": [str(cell) for row in sheets[0].iter_rows(values_only=True) for cell in row
                        if cell is not None],
    }, ensure_ascii=False, default=str))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
