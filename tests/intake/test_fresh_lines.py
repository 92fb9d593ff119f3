"""However order lines go into the warehouse, it holds the same of them afterwards."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from loading import ORDERS, PRODUCTS, SELLERS, put, rows
from sqlalchemy import Connection, Engine, text
from taking_in import MOMENT

from lensan import warehouse
from lensan.domain import contracts
from lensan.intake import fresh_lines, sweep
from lensan.intake.readers import blocks, delimited
from lensan.privacy import forgetting, people
from lensan.producers import history

STALLS = "".join(
    f"GH{n},Gian hàng {n},Nguyễn Văn An,Hộ SXNN,02200000000{n},091234567{n},Hồng Gai,Hạ Long,Quảng Ninh,"
    "05/11/2021,\n"
    for n in range(4)
)
LISTINGS = "".join(
    f"SP{n},Chả mực {n},GH{n % 4},{'Vật tư đầu vào' if n == 3 else 'Nông sản'},Chả mực,{'' if n == 5 else '0.5'},06/11/2021\n"
    for n in range(6)
)
BUYERS = ORDERS.strip() + ",Số điện thoại người mua\n"
FILES = ("20211112", "20211115", "20211118", "20211122", "20211125")
SAID = {
    "lines": "select * from core.order_line_version order by record_id, known_from",
    "waiting": "select * from core.order_line_waiting order by record_id",
    "places": "select v.record_id, p.row_number, t.file_id from core.order_line_version v, "
    "raw.place_of(v.record_id) p join raw.source_table t using (table_id) order by 1",
    "sums": "select * from core.sale_by_category order by 1, 2, 3, 4, 5",
    "sums by file": "select * from core.sale_by_file order by 1, 2, 3, 4, 5, 6",
    "sums by place": "select * from core.sale_by_place order by 1, 2, 3, 4, 5, 6",
    "buyers": "select * from core.input_order order by 1, 2, 3, 4",
    "sold": "select * from core.sold_listing order by 1, 2, 3",
    "files": "select file_id, name, status, rule, rows_read, rows_accepted, rows_quarantined, rows_superseded, "
    "rows_ignored from ops.source_file order by 1",
    "verdicts": "select * from ops.row_verdict order by record_id",
    "held": "select record_id, row_number, field, column_number, value, rule, message, entity_key, closed_at, "
    "closed_by from ops.quarantine order by record_id, field, rule",
    "doubts": "select record_id, field, value, rule, message from ops.row_warning order by record_id, field, rule",
}


def line(draw: random.Random, number: int) -> list[str]:
    day = draw.randrange(1, 11)
    return [
        f"DH{number // 2:04}", str(number % 2 + 1), f"{day:02}/11/2021 08:{draw.randrange(60):02}",
        f"{day + 1:02}/11/2021 09:30", f"GH{draw.randrange(4)}", f"SP{draw.randrange(5)}",
        str(draw.randrange(1, 9)), draw.choice(("", f"{draw.randrange(1, 99) / 10}")),
        draw.choice(("Hà Nội", "Quảng Ninh")), "", draw.choice(("Hoàn thành", "Đang giao")),
        ("", "0912345670", "0912345671")[number % 3],
    ]  # fmt: skip


def spoiled(draw: random.Random, cells: Sequence[str]) -> str:
    cells = list(cells)
    at, value = draw.choice(
        ((6, "khoảng mười"), (8, "Atlantis"), (4, "GH9"), (5, "SP5"), (6, "2"), (10, "Đã hủy"))
    )
    cells[at] = value
    return ",".join(cells)


def exports(draw: random.Random) -> dict[str, str]:
    """Exports of one marketplace, each with lines of the one before, lines that changed, and new ones."""
    lines = [line(draw, number) for number in range(90)]
    found = {}
    for name in FILES:
        lines += [line(draw, number) for number in range(len(lines), len(lines) + 40)]
        kept = [each for each in lines if draw.random() < draw.choice((1, 1, 0.9))]
        odd = draw.choice((0.0, 0.0, 0.02, 0.1)) if found else 0.0
        written = [spoiled(draw, each) if draw.random() < odd else ",".join(each) for each in kept]
        for at in range(len(written)):
            if draw.random() < odd / 4:
                written[at] += draw.choice(
                    ("\n", "\n" + written[at], "\n" + spoiled(draw, kept[at]))
                )
        if draw.random() < 0.5:
            for at in draw.sample(range(len(lines)), 8):
                lines[at] = line(draw, at)
        if draw.random() < 0.2:
            draw.shuffle(written)
        found[f"postmart/don-hang_{name}.csv"] = BUYERS + "\n".join(written) + "\n"
    return found


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "HEAD_BYTES", 4000)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 4000)


def loaded(engine: Engine, folder: Path, seed: int) -> dict[str, list[dict[str, Any]]]:
    """What a warehouse holds after the files of a seed, which come in an order of the seed's."""
    draw = random.Random(seed)
    files = exports(draw)
    order = sorted(files) if draw.random() < 0.6 else draw.sample(sorted(files), len(files))
    root = put(
        folder / "landing",
        {
            "postmart/gian-hang_20211110.csv": SELLERS + STALLS,
            "postmart/san-pham_20211110.csv": PRODUCTS + LISTINGS,
        },
    )
    for at, name in enumerate(["", *order, "postmart/gian-hang_20211126.csv"]):
        if name:
            more = SELLERS + STALLS + STALLS.replace("GH0", "GH9")
            put(root, {name: files.get(name, more)})
        contract = contracts.contract("postmart")
        moment = MOMENT + timedelta(days=at)
        sweep.sweep(engine, contract, root / "postmart", folder / "raw", moment=moment)
        if not name:
            history.resolve(engine, moment=moment)  # else nothing counts
    return {what: rows(engine, query) for what, query in SAID.items()}


@pytest.mark.usefixtures("small_blocks")
def test_a_buyer_is_forgotten_in_files_whose_rows_no_record_names(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    draw = random.Random(1)
    lines = [[*line(draw, number)[:9], "", "Hoàn thành", f"09{number:08}"] for number in range(200)]
    root = put(
        tmp_path / "landing",
        {
            "gian-hang_20211110.csv": SELLERS + STALLS,
            "san-pham_20211110.csv": PRODUCTS + LISTINGS,
            "don-hang_20211112.csv": BUYERS + "\n".join(map(",".join, lines)),
        },
    )
    contract = contracts.contract("postmart")
    raw_store = tmp_path / "raw"
    sweep.sweep(warehouse_engine, contract, root, raw_store, moment=MOMENT)
    lines[3][6] = "7"
    put(root, {"don-hang_20211115.csv": BUYERS + "\n".join(map(",".join, lines)) + "\n"})
    sweep.sweep(warehouse_engine, contract, root, raw_store, moment=MOMENT)
    assert len(rows(warehouse_engine, "select from raw.plain_rows where is_alike")) == 1

    def bytes_kept() -> bytes:
        return b"".join(path.read_bytes() for path in raw_store.rglob("*") if path.is_file())

    phone = lines[150][11]
    assert bytes_kept().count(phone.encode()) == 2
    buyer = people.find(warehouse_engine, phone=phone)
    forgetting.forget(warehouse_engine, raw_store, buyer, by="test", reason="asked", moment=MOMENT)
    assert phone.encode() not in bytes_kept()
    assert not rows(
        warehouse_engine, "select from core.order_line_version where buyer_phone = :n", n=phone
    )
    again = "don-hang_20211118.csv"
    put(root, {again: BUYERS + "\n".join(map(",".join, lines)) + "\n"})
    sweep.sweep(warehouse_engine, contract, root, raw_store, moment=MOMENT)
    assert not rows(
        warehouse_engine, "select from core.order_line_version where buyer_phone = :n", n=phone
    )


@pytest.mark.usefixtures("small_blocks")
def test_lines_taken_as_they_stand_say_what_lines_taken_one_by_one_say(
    tmp_path: Path, new_warehouse: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh_lines, "LEAST_BYTES", 0)
    taken_as_they_stand = known_before = 0
    by_block = blocks.block
    for seed in range(8):
        monkeypatch.setattr(blocks, "block", by_block)
        by_columns = new_warehouse()
        found = loaded(by_columns, tmp_path / f"columns{seed}", seed)
        taken_as_they_stand += len(rows(by_columns, "select distinct table_id from raw.source_run"))
        known_before += len(rows(by_columns, "select from raw.plain_rows where is_alike"))
        monkeypatch.setattr(blocks, "block", lambda *args, **how: None)
        by_rows = new_warehouse()
        expected = loaded(by_rows, tmp_path / f"rows{seed}", seed)
        assert not rows(by_rows, "select * from raw.source_run")
        for what in SAID:
            assert found[what] == expected[what], (seed, what)
        assert all(found[what] for what in ("sums", "sums by file", "sums by place", "buyers"))
    assert taken_as_they_stand - known_before >= 4
    assert known_before >= 6


INDEXES = "select indexdef from pg_indexes where tablename = 'order_line_version' order by 1"


def large_file(engine: Engine, folder: Path, lines: Sequence[str]) -> None:
    """Take in order lines into a warehouse that knows their stalls and listings and no line yet."""
    files = {
        "gian-hang_20211110.csv": SELLERS + STALLS,
        "san-pham_20211110.csv": PRODUCTS + LISTINGS,
        "don-hang_20211112.csv": BUYERS + "\n".join(lines) + "\n",
    }
    root = put(folder / "landing", files)
    sweep.sweep(engine, contracts.contract("postmart"), root, folder / "raw", moment=MOMENT)


@pytest.mark.usefixtures("small_blocks")
def test_a_file_larger_than_all_that_is_known_leaves_the_indexes_that_it_met(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    run = fresh_lines.warehouse.run

    def noted(connection: Connection, name: str, /, **parameters: Any) -> Any:
        asked.append(name)
        return run(connection, name, **parameters)

    monkeypatch.setattr(fresh_lines.warehouse, "run", noted)
    monkeypatch.setattr(fresh_lines, "LEAST_BYTES", 0)
    before = rows(warehouse_engine, INDEXES)
    draw = random.Random(3)
    large_file(warehouse_engine, tmp_path, [",".join(line(draw, number)) for number in range(300)])
    assert asked.count("intake/fresh_lines/indexes_off") == 1
    assert rows(warehouse_engine, INDEXES) == before
    assert len(rows(warehouse_engine, "select from raw.source_run")) >= 1


@pytest.mark.usefixtures("small_blocks")
def test_a_key_that_stands_twice_in_such_a_file_is_found_though_the_index_comes_last(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh_lines, "LEAST_BYTES", 0)
    before = rows(warehouse_engine, INDEXES)
    draw = random.Random(3)
    lines = [line(draw, number) for number in range(300)]
    lines[290][:2] = lines[100][:2]
    large_file(warehouse_engine, tmp_path, list(map(",".join, lines)))
    assert rows(warehouse_engine, INDEXES) == before
    held = rows(warehouse_engine, "select row_number from ops.quarantine order by 1")
    assert [row["row_number"] for row in held] == [102, 292]
    assert not rows(warehouse_engine, "select from raw.source_run")


def test_keys_of_the_stage_are_looked_up_one_by_one(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    draw = random.Random(3)
    large_file(warehouse_engine, tmp_path, [",".join(line(draw, number)) for number in range(300)])
    query = warehouse.sql("intake/fresh_lines/are_kept")
    with warehouse_engine.begin() as connection:
        # As the loader finds it: a stage of which nothing is known, beside lines that have just come.
        connection.exec_driver_sql("create temporary table stage (entity_key text) on commit drop")
        connection.exec_driver_sql(
            "insert into stage select 'postmart|DH' || n from generate_series(1, 900) n"
        )
        found = connection.execute(text("explain " + query), {"first": 0, "last": 2**60})
        plan = "\n".join(found.scalars())
        assert "SubPlan" in plan
        assert not re.search("Nested Loop|Join", plan), plan


@pytest.mark.usefixtures("small_blocks")
def test_no_file_waits_for_who_reads_order_lines(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh_lines, "LEAST_BYTES", 0)
    draw = random.Random(3)
    with warehouse_engine.connect() as reader:
        reader.exec_driver_sql("select from core.order_line_version")
        large_file(
            warehouse_engine, tmp_path, [",".join(line(draw, number)) for number in range(300)]
        )
    assert len(rows(warehouse_engine, "select from core.order_line_version")) == 300
