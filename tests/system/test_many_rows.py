"""Thirteen workbooks with 2,000 list rows each are in the warehouse within 20 s of work."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest
from loading import form, workbook
from long_lists import ROWS, registry
from sqlalchemy import Engine, text
from taking_in import MOMENT

from lensan.domain import contracts
from lensan.domain.places import places
from lensan.intake import sweep
from lensan.intake.readers import asking

pytestmark = pytest.mark.system
MOST_SECONDS_OF_WORK = 20.0


def seconds_of_work() -> float:
    """Processor seconds of this process and of the reader process."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    process = asking._child._process
    ticks = (
        0
        if process is None
        else sum(int(x) for x in Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13])
    )  # fmt: skip
    return own.ru_utime + own.ru_stime + ticks / 100


def test_thirteen_workbooks_of_two_thousand_rows_take_less_than_twenty_seconds(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    day = "2021-11-17"
    then = [u for u in places().units if u["valid_from"] <= day <= (u["valid_to"] or day)]
    for number, unit in enumerate(then):
        folder = tmp_path / "districts" / unit["code"]
        folder.mkdir(parents=True)
        name = f"{unit['kind']} {unit['name']}".upper()
        book = workbook([form(unit=name), ("Danh sách hộ SXNN", registry(number))])
        (folder / f"bao-cao-tuan_20211118-{unit['code']}.xlsx").write_bytes(book)
    started, worked = time.monotonic(), seconds_of_work()
    outcomes = sweep.sweep(
        warehouse_engine,
        contracts.contract("districts"),
        tmp_path / "districts",
        tmp_path / "raw",
        moment=MOMENT,
        progress=lambda line: None,
    )
    took, worked = time.monotonic() - started, seconds_of_work() - worked
    print(f"{took:.1f} s, {worked:.1f} s of them work in Python")
    assert [(o.status, o.rows_quarantined) for o in outcomes] == [("loaded", 0)] * 13
    with warehouse_engine.connect() as connection:
        assert connection.execute(text("select count(*) from core.registry")).scalar() == 13 * ROWS
    assert worked < MOST_SECONDS_OF_WORK
