"""A clock that goes back: nothing is lost, refused or doubled; what came last is what holds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from loading import ORDER, ORDERS, PRODUCT, PRODUCTS, SELLER, SELLERS, put, rows
from sqlalchemy import Engine
from taking_in import MOMENT, take_in


@pytest.mark.parametrize(
    "back", [timedelta(seconds=1), timedelta(hours=1), timedelta(days=3)], ids=str
)
def test_files_that_come_while_the_clock_has_gone_back_are_taken_in(
    back: timedelta, tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = tmp_path / "landing"
    put(root, {"postmart/gian-hang_20211118.csv": SELLERS + SELLER})
    put(root, {"postmart/san-pham_20211118.csv": PRODUCTS + PRODUCT})
    take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT)
    changed = SELLER.replace("Gian hàng An", "Gian hàng Bình")
    put(root, {"postmart/gian-hang_20211119.csv": SELLERS + changed})
    put(root, {"postmart/don-hang_20211119.csv": ORDERS + ORDER})
    outcomes = take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT - back)
    assert [outcome.status for outcome in outcomes] == ["loaded", "loaded"]
    assert rows(warehouse_engine, "select stall_name from core.stall") == [
        {"stall_name": "Gian hàng Bình"}
    ]
    assert len(rows(warehouse_engine, "select 1 from core.order_line")) == 1
    assert take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + back) == []
    files = rows(
        warehouse_engine,
        "select rows_read = rows_accepted + rows_quarantined + rows_superseded + rows_ignored as adds_up "
        "from ops.source_file",
    )
    assert [each["adds_up"] for each in files] == [True] * 4
