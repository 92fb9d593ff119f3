"""The days kept of sales say what the order lines say, whatever happened to those."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from lensan.domain import indicators, periods
from lensan.figures import measuring, things

KEPT = """
select platform, seller_id, product_id, completed_on, receiving_country_code, receiving_province_code,
       order_lines, weight_kg, unweighed_quantity
from core.sale_day"""
COUNTED = """
select platform, seller_id, product_id, (completed_at at time zone 'Asia/Ho_Chi_Minh')::date,
       receiving_country_code, receiving_province_code, count(*), coalesce(sum(weight_kg), 0),
       coalesce(sum(quantity) filter (where weight_kg is null), 0)
from core.order_line_version
where status = 'completed' and completed_at is not null and known_until = 'infinity'
group by 1, 2, 3, 4, 5, 6"""
DIFFERENT = f"select count(*) from (({KEPT} except all {COUNTED}) union all ({COUNTED} except all {KEPT})) as x"
COLUMNS = {
    "status": ["'completed'", "'cancelled'", "'shipping'"],
    "completed_at": ["null", "'2021-11-11 23:59+07'", "'2021-11-12 00:00+07'", "'2021-11-11 17:30Z'"],
    "seller_id": ["'S1'", "'S2'"],
    "product_id": ["'P1'", "'P2'"],
    "quantity": ["1", "2.5"],
    "weight_kg": ["null", "0", "3.25"],
    "receiving_country_code": ["'VN'", "'CN'"],
    "receiving_province_code": ["null", "'01'", "'22'"],
    "known_until": ["'infinity'", "'2021-11-20 00:00+07'"],
    "buyer_phone": ["null", "'0900000000'"],
}  # fmt: skip


def statements(draw: random.Random) -> Iterator[str]:
    """What files, corrections, late files and the forgetting of persons do to order lines, in any order."""
    for number in range(draw.randrange(2, 6)):
        keys = ", ".join(f"'{k}'" for k in draw.sample("abcdef", draw.randrange(1, 6)))
        kind = draw.choice(["insert", "insert", "update", "update", "delete"])
        if kind == "insert":
            names = ", ".join(COLUMNS)
            lines = ", ".join(
                f"('{draw.choice('abcdef')}' || gen_random_uuid(), 'postmart', 'DH{number}', {line}, 1,"
                f" '2021-11-10 00:00+07', {', '.join(draw.choice(v) for v in COLUMNS.values())})"
                for line in range(draw.randrange(1, 5))
            )
            yield (
                "insert into core.order_line_version (entity_key, platform, order_no, line_no, record_id,"
                f" known_from, {names}) values {lines}"
            )
        elif kind == "update":
            column = draw.choice(list(COLUMNS))
            value = draw.choice(COLUMNS[column])
            yield f"update core.order_line_version set {column} = {value} where left(entity_key, 1) in ({keys})"
        else:
            yield f"delete from core.order_line_version where left(entity_key, 1) in ({keys})"


def different(connection: Connection) -> int:
    return int(connection.exec_driver_sql(DIFFERENT).scalar_one())


def test_after_a_thousand_random_sequences_the_days_equal_a_full_count(
    warehouse_engine: Engine,
) -> None:
    with warehouse_engine.connect() as connection:
        for seed in range(1000):
            savepoint = connection.begin_nested()
            done = []
            for sql in statements(random.Random(seed)):
                connection.exec_driver_sql(sql)
                done.append(sql)
            assert different(connection) == 0, (seed, done)
            if seed % 10:
                savepoint.rollback()


def test_days_of_files_corrections_and_late_files_equal_a_full_count(
    sample_warehouse: Engine,
) -> None:
    with sample_warehouse.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from core.sale_day").scalar_one() > 100
        assert different(connection) == 0


@pytest.mark.parametrize("name", ["2021-10-28", "2021-11-18", "2021-12-09"])
def test_figures_are_the_same_by_day_and_by_line(sample_warehouse: Engine, name: str) -> None:
    period = periods.parse("week", name)
    with sample_warehouse.connect() as connection:
        by_day = measuring.figures(connection, period)
        with things.by_line(connection):
            by_line = measuring.figures(connection, period)
            things.show_things(
                connection, next(i for i in indicators.indicators() if i.code == "III.2")
            )
            lines, named = connection.exec_driver_sql(
                "select count(*), count(record_id) from thing"
            ).one()
        assert by_day == by_line
        assert lines == named > 0
        connection.rollback()
