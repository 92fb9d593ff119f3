"""Every indicator by its cases: tests/figures/indicators/<code>_<slug>.yml, given rows and expected figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection, Engine, text
from taking_in import MOMENT

from lensan.domain import indicators, periods, values
from lensan.domain.periods import ICT
from lensan.figures import measuring
from lensan.producers import history

CASES = [
    pytest.param(path.stem, case, id=f"{path.stem.split('_')[0]}: {case['claim']}")
    for path in sorted((Path(__file__).parent / "indicators").glob("*.yml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
KNOWN_FROM = datetime(2021, 10, 1, tzinfo=ICT)
DEFAULTS: dict[str, dict[str, Any]] = {
    "stall": {
        "platform": "postmart",
        "kind": "household",
        "unit_code": "193",
        "province_code": "22",
        "opened_on": date(2020, 1, 1),
        "owner_name": "Nguyễn Văn An",
    },
    "listing": {
        "platform": "postmart",
        "product_group": "agri",
        "listed_on": date(2020, 1, 1),
        "name": "Chả mực",
        "category": "Chả mực Hạ Long",
    },
    "order_line": {
        "platform": "postmart",
        "line_no": 1,
        "quantity": 1,
        "status": "completed",
        "receiving_country_code": "VN",
        "receiving_province_code": "01",
        "weight_kg": 1000,
        "ordered_at": datetime(2021, 11, 12, 8, tzinfo=ICT),
    },
    "registry": {"unit_code": "193", "kind": "household"},
    "wallet": {"unit_code": "193", "wallet": "ViettelPay"},
    "ocop": {"unit_code": "193", "stars": 3, "recognised_on": date(2020, 1, 1), "name": "Chả mực"},
    "key_product": {"unit_code": "193", "year": 2021},
    "base": {"unit_code": "193", "year": 2021, "name": "Tổng số hộ SXNN"},
    "season": {"unit_code": "193"},
    "information": {"channel": "voso", "item_group": "policy"},
}
KEYS = {
    "stall": ("platform", "seller_id"),
    "listing": ("platform", "product_id"),
    "order_line": ("platform", "order_no", "line_no"),
    "registry": ("unit_code", "name"),
    "wallet": ("wallet", "name"),
    "ocop": ("ocop_code",),
    "key_product": ("unit_code", "name_key", "year"),
    "base": ("unit_code", "name_key", "year"),
    "season": ("unit_code", "name_key", "month_on"),
    "information": ("channel", "item_id"),
}


def insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"insert into {table} ({columns}) values ({places})"), row)


def arrange(engine: Engine, given: dict[str, list[dict[str, Any]]], exported_on: date) -> None:
    with engine.begin() as connection:
        for number, entity in enumerate(("stall", "listing", "order_line"), 1):
            insert(
                connection,
                "ops.source_file",
                {
                    "source": "postmart",
                    "name": f"{entity}.csv",
                    "sha256": str(number),
                    "size_bytes": 1,
                    "received_at": KNOWN_FROM,
                    "export_date": exported_on,
                    "entity": entity,
                    "status": "duplicate",
                },
            )
        for table, rows in given.items():
            for number, row in enumerate(rows):
                if table == "submission":
                    declare(connection, row, number)
                    continue
                full = {**DEFAULTS[table], **row}
                if table in ("listing", "key_product", "season"):
                    full["name_key"] = values.norm(full["name"])
                if table == "base":
                    full["name_key"] = values.fold(full["name"])
                if table == "listing":
                    full["category_key"] = values.norm(full["category"])
                full["entity_key"] = "|".join(str(full[name]) for name in KEYS[table])
                full |= {
                    "record_id": (1 << 32) + number + 1000 * sorted(KEYS).index(table),
                    "known_from": KNOWN_FROM,
                }
                insert(connection, f"core.{table}_version", full)
    history.resolve(engine, moment=KNOWN_FROM)


def declare(connection: Connection, row: dict[str, Any], number: int) -> None:
    period = periods.parse(row.get("kind", "week"), str(row["period"]))
    file_id, table_id = 1000 + number, (1000 + number) * 65536
    connection.execute(
        text(
            "insert into ops.source_file overriding system value select :id, 'districts', :name, :name, 1, "
            "cast(:moment as timestamptz), '2021-11-18', 'submission', null, null, null, null, 'duplicate'"
        ),
        {"id": file_id, "name": f"form {number}", "moment": KNOWN_FROM},
    )
    insert(
        connection,
        "raw.source_table",
        {"table_id": table_id, "file_id": file_id, "entity": "submission", "headers": []},
    )
    insert(
        connection,
        "core.submission_version",
        {
            "submission_id": table_id,
            "file_id": file_id,
            "sender": row.get("unit_code", "193"),
            "unit_code": row.get("unit_code", "193"),
            "report_kind": period.kind,
            "period_start": period.start,
            "period_end": period.end,
            "received_at": KNOWN_FROM,
            "known_from": KNOWN_FROM,
        },
    )
    for code, value in row["values"].items():
        insert(
            connection,
            "core.submission_value",
            {
                "submission_id": table_id,
                "indicator_code": code,
                "record_id": number,
                **value,
            },
        )


@pytest.mark.parametrize(("stem", "case"), CASES)
def test_indicator(stem: str, case: dict[str, Any], new_warehouse: Callable[[], Engine]) -> None:
    engine = new_warehouse()
    kind = "month" if "month" in case else "week"
    period = periods.parse(kind, str(case[kind]))
    arrange(engine, case["given"], case.get("exported_on", period.end))
    found = {
        figure.unit: figure
        for figure in measuring.compute(engine, period, moment=MOMENT, codes=[stem.split("_")[0]])
    }
    for unit, expected in case["expect"].items():
        for name, value in expected.items():
            mine = getattr(found[str(unit)], name)
            if name == "note":
                assert value in (mine or "").split("\n")
                continue
            wanted = Decimal(str(value)) if isinstance(value, int | float) else value
            assert mine == wanted, f"{unit} {name}: {mine}, expected {wanted}"


def test_every_indicator_has_its_cases() -> None:
    stems = {indicator.file.stem for indicator in indicators.indicators()}
    assert stems == {path.stem for path in (Path(__file__).parent / "indicators").glob("*.yml")}


def test_the_order_of_the_form_is_kept() -> None:
    codes = [indicator.code for indicator in indicators.indicators()]
    assert json.dumps(codes[:6]) == json.dumps(["I", "II.1", "II.2", "II.3", "II.4", "III.1"])
    assert codes[-1] == "IV.5"
