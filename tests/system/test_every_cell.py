"""Every cell of the printed forms equals an independent computation; the same bytes everywhere."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import oracle
import pytest
from sqlalchemy import Engine
from taking_in import take_in

from lensan.domain import periods, report_forms
from lensan.domain.periods import ICT
from lensan.reports import publishing
from lensan.samples import World, build
from lensan.samples.writing import write_world

pytestmark = pytest.mark.system
Truth = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def published(
    new_warehouse: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Engine, dict[tuple[str, str], Truth], dict[tuple[str, str], dict[str, Path]]]:
    """Eight messy weeks taken in at once; all eight weeks and both whole months published, and the truth of each."""
    root = tmp_path_factory.mktemp("published")
    world = build(seed=11)
    write_world(root / "landing", world, mess=True)
    engine = new_warehouse()
    moment = datetime.combine(world.due_dates[-1], time(9), ICT)
    take_in(engine, root / "landing", root / "raw", moment=moment)
    names = [("week", str(due)) for due in world.due_dates] + [
        ("month", "2021-10"),
        ("month", "2021-11"),
    ]
    files = {
        (kind, name): publishing.freeze(
            engine, periods.parse(kind, name), root / "reports", moment=moment
        ).files
        for kind, name in names
    }
    truths = {(kind, name): by_place(world, kind, name) for kind, name in names}
    return engine, truths, files


def by_place(world: World, kind: str, name: str) -> Truth:
    rows = oracle.figures(world.as_of(world.due_dates[-1]), kind, name)["figures"]
    return {(row["unit"], row["indicator"]): row for row in rows}


def same(mine: Any, value: Any) -> bool:
    if isinstance(value, int | float) and isinstance(mine, int | float):
        return abs(mine - value) < 1e-6
    return mine == value or (mine in (None, "") and value in (None, ""))


def amount(figure: dict[str, Any], measure: str, parts: int) -> Any:
    first, second = figure[measure], figure[f"{measure}_2"]
    if parts == 1 or (first is None and second is None):
        return first
    return "/".join("-" if part is None else f"{part:g}" for part in (first, second))


def test_figures_json_is_the_independent_computation(published) -> None:
    _, truths, files = published
    for (kind, name), written in files.items():
        truth = truths[kind, name]
        found = json.loads(written["figures.json"].read_text("utf-8"))["figures"]
        assert len(found) == 14 * len(report_forms.form(kind).indicator_codes)
        wrong = [
            (kind, name, row["unit"], row["indicator"], cell, row[cell], value)
            for row in found
            for cell, value in truth[row["unit"], row["indicator"]].items()
            if not same(row[cell], value)
        ]
        assert wrong == []


def test_every_cell_of_the_form_is_the_independent_computation(published) -> None:
    _, truths, files = published
    for (kind, name), written in files.items():
        form = report_forms.form(kind)
        truth = truths[kind, name]
        path = next(path for key, path in written.items() if key.endswith(".xlsx"))
        sheet = openpyxl.load_workbook(path).worksheets[0]
        assert sheet.title == form.sheet
        printed = {row[1].value: row for row in sheet.iter_rows() if row[1].value}
        for line in form.lines:
            figure = truth["22", line.indicator]
            cells = [cell.value for cell in printed[line.label]]
            expected = [
                amount(figure, "in_period", line.parts),
                figure["growth_pct"],
                amount(figure, "cumulative", line.parts),
                figure["completion_pct"],
            ]
            for mine, value in zip(cells[3:7], expected, strict=True):
                assert same(mine, value), (kind, name, line.indicator, cells[3:7], expected)
            for mine in cells[3:7]:
                assert line.parts == 2 or not isinstance(mine, str)


def test_every_cell_of_the_units_sheet_is_the_independent_computation(published) -> None:
    _, truths, files = published
    for (kind, name), written in files.items():
        form = report_forms.form(kind)
        truth = truths[kind, name]
        path = next(path for key, path in written.items() if key.endswith(".xlsx"))
        sheet = openpyxl.load_workbook(path)["Theo địa phương"]
        rows = list(sheet.iter_rows(values_only=True))
        codes = rows[2][1 : 1 + len(form.lines)]
        assert codes == tuple(line.indicator for line in form.lines)
        places = ["22", *oracle.UNITS]
        compared = 0
        at = 4
        for measure in ("in_period", "cumulative", "completion_pct"):
            at += 1
            for offset, unit in enumerate(places):
                for line, mine in zip(form.lines, rows[at + offset][1:], strict=False):
                    figure = truth[unit, line.indicator]
                    value = (
                        figure[measure]
                        if measure == "completion_pct"
                        else amount(figure, measure, line.parts)
                    )
                    assert same(mine, value), (
                        kind,
                        name,
                        unit,
                        line.indicator,
                        measure,
                        mine,
                        value,
                    )
                    compared += 1
            at += len(places) + 1
        assert compared == 3 * 14 * len(form.lines)


SCRIPT = """
import hashlib, json, sys
from datetime import datetime
from lensan import warehouse
from lensan.domain import periods
from lensan.reports import building, proof, publishing
from lensan.reports import rendering
engine = warehouse.connect(sys.argv[1])
found = {}
for kind, name in (("week", "2021-12-09"), ("month", "2021-11")):
    report = building.build(engine, periods.parse(kind, name), moment=datetime.now(periods.ICT))
    with engine.begin() as connection:
        report, _ = proof.sealed(connection, report)
    for file, content in rendering.render(report).items():
        found[f"{kind} {file}"] = hashlib.sha256(content).hexdigest()
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {
            "TZ": "Pacific/Kiritimati",
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "77",
            "LANG": "vi_VN.UTF-8",
        },
    ],
)
def test_the_same_warehouse_gives_the_same_bytes_on_another_day_and_machine(
    published, elsewhere: dict[str, str]
) -> None:
    """Built and rendered anew nine years later, in another zone, locale and hash seed."""
    engine, _, files = published
    done = subprocess.run(
        ["faketime", "-f", "@2030-07-04 03:02:01", sys.executable, "-c", SCRIPT,
         engine.url.render_as_string(hide_password=False)],
        env={
            **os.environ,
            **elsewhere,
            "PYTHONPATH": str(Path(publishing.__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    published_now = {
        f"{kind} {name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for (kind, period), written in files.items()
        if (kind, period) in (("week", "2021-12-09"), ("month", "2021-11"))
        for name, path in written.items()
    }
    assert found == published_now
    assert len(found) == 6


def test_a_published_report_rendered_again_from_what_was_frozen_is_the_same(published) -> None:
    from lensan.reports import rendering

    engine, _, files = published
    for kind, name in files:
        report, kept = publishing.load(engine, periods.parse(kind, name))
        again = rendering.render(report)
        assert {n: hashlib.sha256(c).hexdigest() for n, c in again.items()} == {
            n: hashlib.sha256(c).hexdigest() for n, c in kept.items()
        }
        for file, content in kept.items():
            if file.endswith(".xlsx"):
                openpyxl.load_workbook(io.BytesIO(content))
