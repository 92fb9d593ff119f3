"""The data of the benchmarks, made once per run: an order export of any size, workbooks, figures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
from sqlalchemy import Engine

from lensan import samples
from lensan.domain import contracts
from lensan.domain.periods import ICT
from lensan.intake import sweep
from lensan.producers import history

MOMENT = datetime(2021, 12, 9, 9, tzinfo=ICT)
HEADERS = (
    "Mã đơn hàng,Dòng,Thời điểm đặt,Thời điểm hoàn thành,Mã gian hàng,Mã sản phẩm,Số lượng,"
    "Khối lượng (kg),Thành tiền (đồng),Tỉnh/Thành phố nhận,Quốc gia nhận,Số điện thoại người mua,Trạng thái"
)
PROVINCES = ("Quảng Ninh", "Hà Nội", "Hải Phòng", "Đà Nẵng", "TP Hồ Chí Minh", "Nghệ An", "Lào Cai")
STATUSES = ("Hoàn thành",) * 8 + ("Đang giao", "Đã hủy")
FIRST = datetime(2021, 10, 18, tzinfo=ICT)
WEEKS = 250
LATE = datetime(2026, 8, 13, 9, tzinfo=ICT)
"""When all of ``long_history`` is known."""
BAD_EVERY = 100
CHANGED_EVERY = 50


def world(engine: Engine, folder: Path) -> list[tuple[str, str]]:
    """Eight weeks of a small province into the warehouse; returns (seller, product) of Postmart."""
    samples.write(folder / "world", seed=5, weeks=8, order_lines=1000, mess=False)
    for contract in contracts.contracts().values():
        sweep.sweep(
            engine,
            contract,
            folder / "world" / contract.location,
            folder / "raw",
            moment=MOMENT,
            progress=lambda line: None,
        )
    history.resolve(engine, moment=MOMENT)
    with engine.connect() as connection:
        listings = connection.exec_driver_sql(
            "select seller_id, product_id from core.listing where platform = 'postmart' "
            "and product_group = 'agri' order by product_id"
        )
        return [(row.seller_id, row.product_id) for row in listings]


def _lines(
    listings: list[tuple[str, str]], count: int, seed: int, days: int = 50
) -> Iterator[list[str]]:
    draw = random.Random(seed)
    for number in range(count):
        seller, product = listings[draw.randrange(len(listings))]
        ordered = FIRST + timedelta(minutes=draw.randrange(days * 24 * 60))
        completed = ordered + timedelta(hours=draw.randrange(1, 40))
        status = STATUSES[draw.randrange(10)]
        done = f"{completed:%Y-%m-%d %H:%M}" if status == STATUSES[0] else ""
        weight = draw.randrange(1, 400) / 10
        yield [
            f"DH{number // 3:09}", str(number % 3 + 1), f"{ordered:%Y-%m-%d %H:%M}", done, seller,
            product, str(draw.randrange(1, 30)), f"{weight}", str(draw.randrange(10, 900) * 1000),
            PROVINCES[draw.randrange(7)], "", f"09{draw.randrange(10**8):08}", status,
        ]  # fmt: skip


def orders(listings: list[tuple[str, str]], folder: Path, count: int) -> None:
    """An export of ``count`` lines three times: ``clean.csv``; with one row in a hundred that cannot be
    taken (``orders/don-hang_20211209.csv``), its first tenth alone (``tenth/``); with two rows in a hundred changed
    (``changed/``)."""
    for name in ("orders", "changed", "tenth"):
        (folder / name).mkdir(parents=True)
    with (
        (folder / "clean.csv").open("w", encoding="utf-8") as clean,
        (folder / "orders" / "don-hang_20211209.csv").open("w", encoding="utf-8") as first,
        (folder / "changed" / "don-hang_20211210.csv").open("w", encoding="utf-8") as second,
        (folder / "tenth" / "don-hang_20211209.csv").open("w", encoding="utf-8") as tenth,
    ):
        for out in (clean, first, second, tenth):
            out.write(HEADERS + "\n")
        for number, cells in enumerate(_lines(listings, count, 7)):
            clean.write(",".join(cells) + "\n")
            if number % BAD_EVERY == 0:
                cells[6] = "khoảng mười"
            first.write(",".join(cells) + "\n")
            if number < count // 10:
                tenth.write(",".join(cells) + "\n")
            if number % CHANGED_EVERY == 1:
                cells[8] = str(int(cells[8]) + 1000)
            second.write(",".join(cells) + "\n")


def long_history(listings: list[tuple[str, str]], folder: Path, count: int) -> None:
    """An export of ``count`` lines spread over WEEKS weeks: ``long/``."""
    (folder / "long").mkdir(parents=True)
    with (folder / "long" / f"don-hang_{LATE:%Y%m%d}.csv").open("w", encoding="utf-8") as out:
        out.write(HEADERS + "\n")
        for cells in _lines(listings, count, 8, days=WEEKS * 7):
            out.write(",".join(cells) + "\n")


def corrected(folder: Path) -> None:
    """The workbook of one district for the last week once more, each count of ten and more one higher."""
    source = folder / "world" / "districts" / "ba-che" / "bao-cao-tuan_20211209.xlsx"
    book = openpyxl.load_workbook(source)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int) and cell.value >= 10:
                    cell.value += 1
    target = folder / "corrected" / "ba-che" / "bao-cao-tuan_20211209-dinh-chinh.xlsx"
    target.parent.mkdir(parents=True)
    book.save(target)
