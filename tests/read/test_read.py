"""lensan.read on a real warehouse: typed frames as the analyst, as known at a moment; the page runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from lensan import read
from lensan.domain.periods import ICT

PAGE = Path(__file__).resolve().parents[2] / "docs" / "notebook.md"
READERS: list[Callable[..., pd.DataFrame]] = [
    read.figures,
    read.evidence,
    read.order_lines,
    read.submissions,
]


@pytest.mark.parametrize("reader", READERS)
def test_every_column_is_typed_and_says_what_it_is(
    published_sample: Engine, reader: Callable[..., pd.DataFrame]
) -> None:
    frame = reader(warehouse=published_sample)
    assert len(frame) > 0
    assert "object" not in set(map(str, frame.dtypes))
    assert list(frame.attrs["columns"]) == list(frame.columns)
    assert all(frame.attrs["columns"].values())


def test_figures_are_those_that_were_printed(published_sample: Engine) -> None:
    frame = read.figures("week", warehouse=published_sample)
    assert not frame.duplicated(["period", "unit_code", "indicator_code"]).any()
    with published_sample.connect() as connection:
        printed = connection.exec_driver_sql(
            "select count(*), sum(cumulative) from mart.indicator_published where report_kind = 'week'"
        ).one()
    assert len(frame) == printed[0]
    assert frame["cumulative"].sum() == pytest.approx(float(printed[1]))
    last = read.figures("week", first=date(2021, 12, 2), warehouse=published_sample)
    assert set(last["period"]) == {"2021-12-09"}


def test_what_came_later_is_not_there(published_sample: Engine) -> None:
    with published_sample.connect() as connection:
        (first,) = connection.exec_driver_sql("select min(published_at) from ops.report").one()
    assert read.figures(as_known_at=first - timedelta(seconds=1), warehouse=published_sample).empty
    then = datetime(2021, 11, 1, tzinfo=ICT)
    now = read.order_lines(warehouse=published_sample)
    before = read.order_lines(as_known_at=then, warehouse=published_sample)
    assert len(before) < len(now)
    again = read.order_lines(warehouse=published_sample)
    pd.testing.assert_frame_equal(again, now)


def test_days_are_both_included(published_sample: Engine) -> None:
    day = date(2021, 11, 25)
    frame = read.order_lines(first=day, last=day, warehouse=published_sample)
    assert set(frame["ordered_on"]) == {pd.Timestamp(day)}


def test_nothing_is_written_and_nothing_else_is_read(published_sample: Engine) -> None:
    for statement in ("delete from mart.indicator_value", "select * from core.stall"):
        with read._session(published_sample) as connection, pytest.raises(DBAPIError):
            connection.exec_driver_sql(statement)


def test_a_moment_without_an_offset_and_no_warehouse_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ValueError, match=r"no offset; write it like .*\+07:00"):
        read.figures(as_known_at=datetime(2021, 12, 1), warehouse="postgresql://x")
    monkeypatch.delenv("WAREHOUSE_URL", raising=False)
    with pytest.raises(ValueError, match="make warehouse"):
        read.figures()


def test_the_page_runs_and_draws(
    published_sample: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import matplotlib

    matplotlib.use("Agg")
    url = published_sample.url.render_as_string(hide_password=False)
    monkeypatch.setenv("WAREHOUSE_URL", url)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    said: dict[str, Any] = {}
    drawn = 0
    for block in blocks:
        said.pop("axes", None)
        exec(compile(block, str(PAGE), "exec"), said)
        if "axes" in said:
            axes, figure = said["axes"], said["axes"].figure
            figure.savefig(tmp_path / f"{drawn}.png")
            assert axes.has_data()
            drawn_in, inches = figure.get_tightbbox(), figure.get_size_inches()
            assert min(drawn_in.min) >= 0 and (drawn_in.max <= inches).all(), "a label is cut off"
            matplotlib.pyplot.close(figure)
            drawn += 1
    assert drawn == 3
    assert len(said["before"]) <= len(said["lines"])
