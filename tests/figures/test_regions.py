"""The sums of regions, against an oracle that counts their things itself (docs/rules/units.md#regions)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import oracle
import pandas as pd
import pytest
from regions_kept import kept, tell
from sqlalchemy import Engine
from taking_in import take_in

from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.domain.report_model import Figure
from lensan.reports import building
from lensan.samples import World, build
from lensan.samples.writing import write_world

WEST, EAST = ("193", "195", "196", "205", "206"), ("194", "201")
REGION_OF = dict.fromkeys(WEST, "T") | dict.fromkeys(EAST, "D")
THREE = """T,Tây,Khu vực,,T,units,2020-01-01,
G,Giữa,Khu vực,,G,units,2020-01-01,
D,Đông,Khu vực,,D,units,2020-01-01,
"""
PARENTS = {
    row["code"]: REGION_OF.get(row["code"], "G")
    for row in places().units
    if row["level"] == "district"
} | {row["code"]: "G" for row in places().units if row["level"] == "commune"}


@pytest.fixture(scope="module")
def summed(
    new_warehouse: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, World]]:
    """Four clean weeks of the 13 units, which lie in three regions."""
    folder = tmp_path_factory.mktemp("summed")
    with kept(folder, THREE, PARENTS):
        engine = new_warehouse()
        tell(engine)
        world = build(seed=3, weeks=4, order_lines=1500)
        write_world(folder / "landing", world, mess=False)
        moment = datetime.combine(world.due_dates[-1], time(9), ICT)
        take_in(engine, folder / "landing", folder / "raw", moment=moment)
        yield engine, world


def lying_in_regions(truth: World) -> Any:
    """The same world with regions for units, so that the oracle counts the things of regions themselves."""
    for name, frame in vars(truth).items():
        if isinstance(frame, pd.DataFrame) and "unit" in frame and name != "forms":
            setattr(truth, name, frame.assign(unit=frame.unit.map(PARENTS)))
    return truth


@pytest.mark.parametrize("number", [1, 3])
def test_things_of_a_region_are_counted_once_as_the_oracle_does(
    summed: tuple[Engine, World], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    engine, world = summed
    due = world.due_dates[number]
    week = periods.parse("week", str(due))
    known_on = world.due_dates[-1]
    report = building.build(engine, week, moment=datetime.combine(known_on, time(10), ICT))
    monkeypatch.setattr(oracle, "UNITS", ("T", "G", "D"))
    known = oracle._Known(lying_in_regions(world.as_of(known_on)))
    spoken = oracle.period_of("week", str(due))
    codes = [c for c in oracle.WEEKLY if c not in ("II.1", "II.2")]
    compared, distinct_lower = 0, 0
    for code in codes:
        second, before = known.computed(code, spoken), known.computed(code, spoken.previous)
        for region in report.regions:
            ours, theirs = report.figure(region.code, code), second[region.code]
            assert ours.channel == "platform"
            assert (
                plain(ours)
                == tuple(
                    oracle._shown(code if part == 0 else "", value)
                    for part, value in enumerate(
                        (
                            theirs.in_period,
                            theirs.in_period_2,
                            theirs.cumulative,
                            theirs.cumulative_2,
                        )
                    )
                )
                or code == "III.2"
            ), (code, region.code)
            if code == "III.2":
                for measure in ("in_period", "cumulative"):
                    said = getattr(ours, measure)
                    assert abs(said - getattr(theirs, measure)) <= Decimal("0.0005")
            assert oracle._growth(theirs.in_period, before[region.code].in_period) == (
                None if ours.growth_pct is None else float(ours.growth_pct)
            )
            of_units = [report.figure(unit, code) for unit in region.units]
            summed_up = sum(each.cumulative for each in of_units)
            if code in ("III.6", "III.7"):
                assert ours.cumulative <= summed_up
                distinct_lower += ours.cumulative < summed_up
            else:
                # Tonnes are rounded once for the region, and once for each unit.
                rounded = Decimal("0.0005") * (len(of_units) + 1) if code == "III.2" else 0
                assert abs(ours.cumulative - summed_up) <= rounded
            compared += 1
    assert compared == 3 * len(codes) and distinct_lower


def plain(figure: Figure) -> tuple[Any, ...]:
    return tuple(
        None if value is None else float(value)
        for value in (
            figure.in_period,
            figure.in_period_2,
            figure.cumulative,
            figure.cumulative_2,
        )
    )


def test_what_units_declare_is_summed_and_bases_of_units_are_the_regions(
    summed: tuple[Engine, World],
) -> None:
    engine, world = summed
    due = world.due_dates[-1]
    week = periods.parse("week", str(due))
    report = building.build(engine, week, moment=datetime.combine(due, time(10), ICT))
    second = oracle.figures(world.as_of(due), "week", str(due))["figures"]
    cells = {(row["unit"], row["indicator"]): row for row in second}
    for region in report.regions:
        for code in ("II.1", "II.2", "II.3"):
            of_units = [cells[unit, code] for unit in region.units]
            ours = report.figure(region.code, code)
            for measure in ("in_period", "cumulative"):
                known = [row[measure] for row in of_units if row[measure] is not None]
                assert getattr(ours, measure) == sum(known), (region.code, code, measure)
            with_base = [row for row in of_units if row["base"] is not None]
            base = sum(row["base"] for row in with_base)
            assert ours.base == base
            reached = sum(row["cumulative"] or 0 for row in with_base)
            share = Decimal(str(of_units[0]["target_share"]))
            assert ours.completion_pct == round(Decimal(reached) / (share * base) * 100, 1)
    with engine.connect() as connection:
        for code, whole, of_regions in connection.exec_driver_sql(
            "select value.indicator_code, value.cumulative, sum(region.cumulative) "
            "from mart.indicator_value as value join mart.region_value as region "
            "using (report_kind, period_start, indicator_code) "
            "where unit_code = core.home_province() and indicator_code in ('I', 'II.1', 'II.3', 'III.2') "
            f"and period_start = '{week.start}' group by 1, 2"
        ):
            assert whole == of_regions, code
