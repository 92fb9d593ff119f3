"""What tests/samples/test_another_province.py runs in a process of another province: ``FOLDER FIRST PERIOD…``.

Writes a world of that province from the week FIRST until the last period, takes it into the empty warehouse
WAREHOUSE, publishes the periods, and answers with one line of JSON: what the first report says, and every cell in
which a report and the oracle differ.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

import oracle
from openpyxl import load_workbook
from sqlalchemy import Engine
from taking_in import take_in

from lensan import samples, warehouse
from lensan.domain import indicators, periods, places, report_forms, targets
from lensan.domain.office import OFFICES, PLAN_START
from lensan.reports import publishing, tracing
from lensan.samples import World, home
from lensan.samples.writing import write_world
from lensan.warehouse import reference_load

EVERY = oracle.MONTHLY
OF_TARGETS = ("base", "target_share", "completion_pct")


def second_opinion(
    world: World, period: periods.Period, known: date | None
) -> dict[tuple[str, str], dict[str, Any]]:
    """The oracle's figures by unit and code of the library, from what had come by a day."""
    oracle.HOME, oracle.UNITS = OFFICES.code, home.UNITS
    oracle.PLAN_START = period.plan.start
    oracle.TARGETS, oracle.SHARES, oracle.AMOUNTS = {}, {}, {}
    for target in targets.every():
        if indicators.indicator(target.indicator).plan != period.plan.key:
            continue
        code = indicators.indicator(target.indicator).of
        if target.share is None:
            of_year = oracle.AMOUNTS.setdefault(target.year, {})
            of_year.setdefault(code, {})[target.unit or OFFICES.code] = str(target.amount)
        elif target.unit:
            of_year = oracle.SHARES.setdefault(target.year, {})
            of_year.setdefault(code, {})[target.unit] = str(target.share)
        else:
            oracle.TARGETS.setdefault(target.year, {})[code] = str(target.share)
    oracle.WEEKLY = oracle.MONTHLY = tuple(
        of
        for of in (
            indicators.indicator(code).of for code in report_forms.form(period.kind).indicator_codes
        )
        if of in EVERY
    )
    truth = world.as_of(known)
    # Since July 2025 there are 34 provinces: former ones that are parts of one now are one market.
    now = {
        former: row["code"]
        for row in places.places().provinces_2025
        for former in row["former"].split("|")
    }
    if period.last_day > places.PROVINCES_VALID_UNTIL:
        truth.order_lines["province"] = [
            int(now.get(f"{code:02d}", "0")) for code in truth.order_lines.province
        ]
        truth.submissions["places"] = [
            [now[place] for place in named] if code == "III.6" and named else named
            for code, named in zip(truth.submissions.code, truth.submissions.places, strict=True)
        ]
    found = oracle.figures(truth, period.cadence, period.name)["figures"]
    return {(each["unit"], each["indicator"]): each for each in found}


def own_indicators(
    world: World, period: periods.Period, known: date | None
) -> dict[str, tuple[int, int]]:
    """Those of this province alone, counted in pandas: in the period and since the plan's start."""
    truth = world.as_of(known)
    of_stalls = truth.stalls.set_index("seller_id")
    listings = truth.listings.set_index("listing_id")
    people = world.people.set_index("person_id")
    lines = truth.order_lines[truth.order_lines.status == "completed"].copy()
    lines["person"] = lines.seller_id.map(of_stalls.person_id)
    at_home = lines.seller_id.map(of_stalls.province) == OFFICES.code
    farms = lines.person.map(people.role) == "producer"
    goods = lines.listing_id.map(listings.group) == "agri"
    started = lines.completed_at >= str(PLAN_START)
    lines = lines[at_home & farms & goods & started & (lines.completed_at < str(period.end))]
    now = lines[lines.completed_at >= str(period.start)]
    return {
        code: (now[column].nunique(), lines[column].nunique())
        for code, column in (("BN.1", "person"), ("BN.2", "order_no"), ("BN.3", "listing_id"))
    }


def has_target(told: indicators.Indicator, period: periods.Period) -> bool:
    """Whether the plan asks for a share or a number; an indicator of the library may have lost its base in it."""
    return told.base is not None or told.of in oracle.AMOUNTS.get(period.year, {})


def same(mine: Any, value: Any) -> bool:
    if isinstance(value, int | float) and isinstance(mine, int | float):
        return abs(mine - value) < 1e-6
    return bool(mine == value or (mine in (None, "") and value in (None, "")))


def differing(
    world: World, period: periods.Period, published: dict[str, Path], known: date | None = None
) -> tuple[int, list[Any]]:
    """How many figures of a published report were compared, and the cells that are not the oracle's.

    ``known``: the last day whose files the report could know; null where it knew all of them.
    """
    second, own = second_opinion(world, period, known), own_indicators(world, period, known)
    wrong: list[Any] = []
    compared = 0
    for figure in json.loads(published["figures.json"].read_text("utf-8"))["figures"]:
        told = indicators.indicator(figure["indicator"])
        if (figure["unit"], told.of) in second:
            compared += 1
            wrong += [
                (period.name, figure["unit"], told.code, cell, figure[cell], value)
                for cell, value in second[figure["unit"], told.of].items()
                if cell != "indicator" and (cell not in OF_TARGETS or has_target(told, period))
                if not same(figure[cell], value)
            ]
        elif figure["unit"] == OFFICES.code and told.of in own:
            compared += 1
            if (figure["in_period"], figure["cumulative"]) != own[told.of]:
                wrong.append((told.of, figure["in_period"], figure["cumulative"], own[told.of]))
    book = next(path for path in published.values() if path.name.endswith(".xlsx"))
    wrong += unlike_print(period, second, book) + unlike_units_sheet(period, second, book)
    return compared, wrong


def unlike_print(
    period: periods.Period, second: dict[tuple[str, str], dict[str, Any]], book: Path
) -> list[Any]:
    """The cells of the printed form that are not the oracle's."""
    sheet = load_workbook(book).worksheets[0]
    printed = {
        row[1].value: [cell.value for cell in row] for row in sheet.iter_rows() if row[1].value
    }
    wrong = []
    for line in report_forms.form(period.kind).lines:
        told = indicators.indicator(line.indicator)
        figure = second.get((OFFICES.code, told.of))
        if figure is None:
            continue
        expected = [
            amount(figure, "in_period", line.parts),
            figure["growth_pct"],
            amount(figure, "cumulative", line.parts),
            figure["completion_pct"] if has_target(told, period) else None,
        ]
        wrong += [
            ("printed", period.name, told.code, mine, value)
            for mine, value in zip(printed[line.label][3:7], expected, strict=True)
            if not same(mine, value)
        ]
    return wrong


def unlike_units_sheet(
    period: periods.Period, second: dict[tuple[str, str], dict[str, Any]], book: Path
) -> list[Any]:
    """The cells of *Theo địa phương* that are not the oracle's: three tables of the province and each unit."""
    form = report_forms.form(period.kind)
    rows = list(load_workbook(book, read_only=True)["Theo địa phương"].iter_rows(values_only=True))
    every = (OFFICES.code, *home.UNITS)
    wrong = []
    for number, measure in enumerate(("in_period", "cumulative", "completion_pct")):
        first = 5 + number * (len(every) + 2)
        for unit, row in zip(every, rows[first : first + len(every)], strict=True):
            for line, mine in zip(form.lines, row[1:], strict=False):
                told = indicators.indicator(line.indicator)
                figure = second.get((unit, told.of))
                if figure is None:
                    continue
                if measure == "completion_pct":
                    value = figure[measure] if has_target(told, period) else None
                else:
                    value = amount(figure, measure, line.parts)
                if not same(mine, value):
                    wrong.append(("by unit", period.name, unit, told.code, measure, mine, value))
    return wrong


def old_addresses(landing: Path) -> int:
    """How many lines of exports name a unit and a commune of it that ended before the plan began."""
    names = {row["code"]: row["name"] for row in places.places().units}
    former = {
        f",{each.commune},{names[each.unit]},"
        for known in home.FORMER_ADDRESSES.values()
        for each in known
    }
    lines = [
        line
        for name in ("gian-hang*.csv", "sellers*.csv")
        for path in landing.rglob(name)
        for line in path.read_text("utf-8").splitlines()
    ]
    return sum(any(address in line for address in former) for line in lines)


def amount(figure: dict[str, Any], measure: str, parts: int) -> Any:
    first, second = figure[measure], figure[f"{measure}_2"]
    if parts == 1 or (first is None and second is None):
        return first
    return "/".join("-" if part is None else f"{part:g}" for part in (first, second))


def heaviest(engine: Engine) -> dict[str, float]:
    """By platform the largest net weight that core keeps, in kilograms."""
    query = "select platform, max(net_weight_kg)::float from core.listing group by 1"
    with engine.begin() as connection:
        return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def evidence(published: dict[str, Path]) -> list[str]:
    """Who declares what on the sheet *Đối chiếu*, the first column."""
    book = next(path for path in published.values() if path.name.endswith(".xlsx"))
    rows = load_workbook(book, read_only=True)["Đối chiếu"].iter_rows(values_only=True)
    return list(dict.fromkeys(str(row[0]) for row in rows if row and row[0]))


def traced(engine: Engine, period: periods.Period) -> dict[str, str]:
    """What a trace says of the indicators of which the plan sets a number, and of one with a share."""
    codes = {each.indicator: each for each in targets.read() if each.year == period.year}
    asked = [code for code in codes if codes[code].amount is not None]
    asked += [code for code in codes if codes[code].share is not None][:1]
    return {code: " ".join(tracing.heading(tracing.trace(engine, period, code))) for code in asked}


def main(folder: Path, first_due: str, names: list[str]) -> None:
    first = periods.parse("week", first_due)
    asked = [periods.parse("week" if len(name) == 10 else "month", name) for name in names]
    weeks = max((period.end - first.end).days // 7 for period in asked) + 1
    world = samples.build(seed=3, weeks=weeks, first_due=first.end, order_lines=200 * weeks)
    write_world(folder / "landing", world, mess=False)
    engine = warehouse.connect(os.environ["WAREHOUSE"])
    warehouse.migrate(engine)
    with engine.begin() as connection:
        reference_load.load(connection)
    moment = periods.parse("week", str(world.due_dates[-1])).draft_at
    outcomes = take_in(engine, folder / "landing", folder / "raw", moment=moment)
    files = {
        p.name: publishing.freeze(engine, p, folder / "reports", moment=moment).files for p in asked
    }
    told = {period.name: differing(world, period, files[period.name]) for period in asked}
    book = next(path for path in files[names[0]].values() if path.name.endswith(".xlsx"))
    sheet = load_workbook(book, read_only=True).worksheets[0]
    print(json.dumps({
        "rejected": [(o.name, str(o.reason)) for o in outcomes if o.status == "rejected"],
        "due": asked[0].due_at.isoformat(),
        "units": len(home.UNITS),
        "old_addresses": old_addresses(folder / "landing"),
        "codes": report_forms.form("week").indicator_codes,
        "compared": {name: compared for name, (compared, _) in told.items()},
        "wrong": [each for _, wrong in told.values() for each in wrong][:20],
        "heaviest": heaviest(engine),
        "evidence": evidence(files[names[0]]),
        "traced": traced(engine, asked[0]),
        "first_sheet": [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row
                        if cell is not None],
    }, ensure_ascii=False, default=str))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
