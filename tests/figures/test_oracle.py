"""The warehouse's SQL and the oracle in pandas agree on every figure of invented worlds.

Two computations that share nothing but docs/rules/indicators.md: one from the truth,
one from the files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import oracle
import pytest
from sqlalchemy import Engine, text
from taking_in import take_in

from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.figures import measuring
from lensan.samples import World, Written, build
from lensan.samples.writing import write_world


def disagreements(engine: Engine, world: World, known: date, kind: str, name: str) -> list[Any]:
    """Cells of a report in which SQL and oracle differ, the oracle's value last."""
    moment = datetime.combine(known, time(9), ICT)
    found = {
        (figure.unit, figure.indicator): figure
        for figure in measuring.compute(engine, periods.parse(kind, name), moment=moment)
    }
    second = oracle.figures(world.as_of(known), kind, name)["figures"]
    assert {(f["unit"], f["indicator"]) for f in second} <= set(found)
    differing = []
    for figure in second:
        ours = found[figure["unit"], figure["indicator"]]
        for cell, value in figure.items():
            mine = getattr(ours, cell)
            if isinstance(value, int | float) and mine is not None:
                same = abs(float(mine) - value) < 1e-6
            else:
                same = mine == value
            if not same:
                differing.append((figure["unit"], figure["indicator"], cell, mine, value))
    return differing


def reports(world: World) -> list[tuple[str, str]]:
    """Every third week of a world and its last, and the months that it holds to their end."""
    months = {due.replace(day=1) for due in world.due_dates} - {world.due_dates[0].replace(day=1)}
    ended = [(first - timedelta(days=1)).strftime("%Y-%m") for first in sorted(months)]
    weeks = sorted({*world.due_dates[::3], world.due_dates[-1]})
    return [("week", str(due)) for due in weeks] + [("month", name) for name in ended]


def put(root: Path, world: World, *, mess: bool) -> Written:
    return write_world(root / "landing", world, mess=mess)


def ingest(engine: Engine, root: Path, known: date) -> None:
    outcomes = take_in(
        engine, root / "landing", root / "raw", moment=datetime.combine(known, time(9), ICT)
    )
    assert [(o.name, o.reason) for o in outcomes if o.status == "rejected"] == []


@pytest.fixture(scope="module")
def messy(
    new_warehouse: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Engine, Written]:
    """Five weeks with all the mess, taken in whole; tests/system/test_every_cell.py has eight."""
    root = tmp_path_factory.mktemp("messy")
    written = put(root, build(seed=1, weeks=5, order_lines=2000), mess=True)
    engine = new_warehouse()
    ingest(engine, root, written.world.due_dates[-1])
    return engine, written


def test_a_messy_landing_gives_the_figures_of_its_truth(messy: tuple[Engine, Written]) -> None:
    engine, written = messy
    world = written.world
    for kind, name in reports(world):
        assert disagreements(engine, world, world.due_dates[-1], kind, name) == [], (kind, name)


def test_of_a_messy_landing_exactly_the_faulty_rows_are_held_back(
    messy: tuple[Engine, Written],
) -> None:
    engine, written = messy
    with engine.connect() as connection:
        held = {
            tuple(row)
            for row in connection.execute(
                text(
                    "select source || '/' || name, sheet, row_number, field, closed_at is not null "
                    "from ops.quarantine join ops.source_file using (file_id)"
                )
            )
        }
    assert held == {(b.path, b.sheet, b.row, b.field, b.closed) for b in written.bad_rows}
    assert {rule.closed for rule in written.bad_rows} == {True, False}


def test_a_clean_landing_over_new_year_gives_the_figures_of_its_truth(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    world = build(seed=2, first_due=date(2021, 12, 16), weeks=5, order_lines=1500)
    put(tmp_path, world, mess=False)
    ingest(warehouse_engine, tmp_path, world.due_dates[-1])
    for kind, name in reports(world):
        known = world.due_dates[-1]
        assert disagreements(warehouse_engine, world, known, kind, name) == [], (kind, name)


def test_without_a_fresh_platform_the_forms_are_official(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    due = [date(2021, 10, 21) + timedelta(weeks=week) for week in range(3)]
    silent = frozenset({("postmart", due[-1]), ("voso", due[-1])})
    world = build(seed=4, weeks=3, order_lines=600, missing_exports=silent)
    put(tmp_path, world, mess=True)
    ingest(warehouse_engine, tmp_path, due[-1])
    figures = oracle.figures(world.as_of(), "week", str(due[-1]))["figures"]
    assert {f["channel"] for f in figures if f["indicator"] == "III.2"} <= {"submission", None}
    for day in due:
        assert disagreements(warehouse_engine, world, due[-1], "week", str(day)) == []


def test_an_early_view_knows_only_what_was_sent_by_then(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    world = build(seed=7, weeks=5, order_lines=1000)
    known = world.due_dates[2]
    put(tmp_path, world, mess=False)
    for path in (tmp_path / "landing").rglob("*"):
        if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, ICT).date() > known:
            path.unlink()
    ingest(warehouse_engine, tmp_path, known)
    for day in world.due_dates[:3]:
        assert disagreements(warehouse_engine, world, known, "week", str(day)) == []
    shutil.rmtree(tmp_path / "landing")


# ---------------------------------------------------------------- the oracle's own reading


@pytest.mark.parametrize(
    ("now", "before", "growth"),
    [(41, 37, 10.8), (5, 0, None), (3, None, None), (None, 4, None), (0, 4, -100.0),
     (2001, 2000, 0.1), (1999, 2000, -0.1), (7, 8, -12.5), (1, 3, -66.7)],
)  # fmt: skip
def test_growth_has_one_decimal_and_rounds_halves_away_from_zero(
    now: int | None, before: int | None, growth: float | None
) -> None:
    assert oracle._growth(now, before) == growth


def test_tone_placement_case_and_blanks_make_no_other_name() -> None:
    assert oracle.normalised(" Hòa  Bình") == oracle.normalised("HOÀ\u00a0BÌNH")
    assert oracle.normalised("thủy sản") == oracle.normalised("thuỷ sản")
    assert oracle.normalised("Na dai") != oracle.normalised("Nả dai")
    assert oracle.normalised("Hùng") != oracle.normalised("Hung")


def test_every_report_has_its_indicators_for_the_province_and_13_units() -> None:
    truth = build(seed=1, weeks=3, order_lines=200).as_of()
    week = oracle.figures(truth, "week", "2021-11-04")
    month = oracle.figures(truth, "month", "2021-10")
    assert len(week["figures"]) == 14 * 12
    assert len(month["figures"]) == 14 * 17
    assert {f["in_period"] for f in week["figures"] if f["unit"] == "22"} != {0}
