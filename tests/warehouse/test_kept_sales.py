"""The sums kept of sales say what the order lines say, whatever happened to those, to stalls and to producers."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import indicators, periods
from lensan.figures import measuring, things

SEQUENCES = int(os.environ.get("KEPT_SEQUENCES", "40"))
KEPT_AND_COUNTED = {
    "sale_by_category": (
        "is_month, first_on, unit_code, product_group, category_key, order_lines, weight_kg, amount_vnd,"
        " priced_weight_kg",
        """
        select is_month, case when is_month then date_trunc('month', completed_on)::date else completed_on end,
               seat_code, product_group, category_key, count(*),
               coalesce(sum(weight_kg), 0), coalesce(sum(amount_vnd) filter (where weight_kg > 0), 0),
               coalesce(sum(weight_kg) filter (where amount_vnd is not null), 0)
        from core.counted_order_line
        left join core.producer using (producer_id)
        cross join (values (true), (false)) as grain (is_month)
        where status = 'completed' and completed_on is not null
        group by 1, 2, 3, 4, 5""",
    ),
    "sale_by_place": (
        "is_month, first_on, unit_code, product_group, receiving_country_code, receiving_province_code,"
        " order_lines",
        """
        select is_month, case when is_month then date_trunc('month', completed_on)::date else completed_on end,
               seat_code, product_group, receiving_country_code, receiving_province_code, count(*)
        from core.counted_order_line
        left join core.producer using (producer_id)
        cross join (values (true), (false)) as grain (is_month)
        where status = 'completed' and completed_on is not null
        group by 1, 2, 3, 4, 5, 6""",
    ),
    "sale_by_file": (
        "is_month, first_on, product_group, receiving_country_code, has_province, file_id, order_lines",
        """
        select is_month, case when is_month then date_trunc('month', completed_on)::date else completed_on end,
               product_group, receiving_country_code, receiving_province_code is not null,
               ops.file_of(record_id), count(*)
        from core.counted_order_line
        cross join (values (true), (false)) as grain (is_month)
        where status = 'completed' and completed_on is not null
        group by 1, 2, 3, 4, 5, 6""",
    ),
    "input_order": (
        "is_month, first_on, buyer_phone, file_id, order_lines",
        """
        select is_month, case when is_month then date_trunc('month', ordered_on)::date else ordered_on end,
               buyer_phone, case when not is_month then ops.file_of(record_id) end, count(*)
        from core.order_line
        cross join (values (true), (false)) as grain (is_month)
        where product_group = 'input' and status not in ('cancelled', 'returned') and ordered_on is not null
          and buyer_phone is not null
        group by 1, 2, 3, 4""",
    ),
    "sold_listing": (
        "platform, seller_id, product_id, order_lines",
        """
        select platform, seller_id, product_id, count(*)
        from core.order_line_version where known_until = 'infinity' group by 1, 2, 3""",
    ),
}
SUMS = (
    "select (select count(*) from core.sale_by_category) + (select count(*) from core.input_order)"
)
LINE = {
    "status": ["'completed'", "'completed'", "'cancelled'", "'shipping'"],
    "ordered_at": ["null", "'2021-11-10 08:00+07'", "'2021-12-01 00:00+07'"],
    "completed_at": ["null", "'2021-11-11 23:59+07'", "'2021-11-12 00:00+07'", "'2021-11-30 17:30Z'"],
    "seller_id": ["'S1'", "'S2'", "'S3'"],
    "product_id": ["'P1'", "'P2'", "'P3'"],
    "quantity": ["1", "2.5"],
    "weight_kg": ["null", "0", "3.25"],
    "amount_vnd": ["null", "0", "15000"],
    "receiving_country_code": ["'VN'", "'CN'"],
    "receiving_province_code": ["null", "'01'", "'22'"],
    "buyer_phone": ["null", "'0900000000'", "'0911111111'"],
    "record_id": ["4294967297", "8589934593"],
    "known_until": ["'infinity'", "'infinity'", "'2021-11-20 00:00+07'"],
}  # fmt: skip
STALL = {"province_code": ["'22'", "'22'", "'01'"], "closed_on": ["null", "'2021-12-01'"]}
LISTING = {
    "product_group": ["'agri'", "'agri'", "'input'", "'other'"],
    "category_key": ["null", "'na'", "'mit'"],
    "net_weight_kg": ["null", "0.5", "2"],
    "seller_id": ["'S1'", "'S2'"],
}
PRODUCER = {
    "kind": ["null", "'household'", "'household'", "'company'"],
    "unit_code": ["null", "'193'", "'194'"],
}
ENTITIES = {
    "stall": (
        ["postmart|S1", "postmart|S2", "postmart|S3"],
        STALL,
        {"platform": "'postmart'", "owner_name": "'Người bán'", "kind": "'household'", "opened_on": "'2021-10-20'",
         "record_id": "1"},
    ),
    "listing": (
        ["postmart|P1", "postmart|P2", "postmart|P3"],
        LISTING,
        {"platform": "'postmart'", "name": "'Hàng'", "name_key": "'hang'", "listed_on": "'2021-10-20'",
         "record_id": "1"},
    ),
}  # fmt: skip


def of_lines(draw: random.Random, number: int) -> Iterator[str]:
    """What files, corrections, late files and the forgetting of persons do to order lines."""
    keys = ", ".join(f"'{k}'" for k in draw.sample("abcdef", draw.randrange(1, 6)))
    kind = draw.choice(["insert", "insert", "update", "update", "delete"])
    if kind == "insert":
        lines = ", ".join(
            f"('{draw.choice('abcdef')}' || gen_random_uuid(), 'postmart', 'DH{number}', {line}, '2021-11-10 00:00+07',"
            f" {', '.join(draw.choice(v) for v in LINE.values())})"
            for line in range(draw.randrange(1, 9))
        )
        yield (
            "insert into core.order_line_version (entity_key, platform, order_no, line_no, known_from,"
            f" {', '.join(LINE)}) values {lines}"
        )
    elif kind == "update":
        column = draw.choice(list(LINE))
        value = draw.choice(LINE[column])
        yield f"update core.order_line_version set {column} = {value} where left(entity_key, 1) in ({keys})"
    else:
        yield f"delete from core.order_line_version where left(entity_key, 1) in ({keys})"


def of_entities(draw: random.Random, number: int) -> Iterator[str]:
    """A stall or listing is new, or said otherwise: its version ends, and mostly a successor comes."""
    entity, (keys, drawn, fixed) = draw.choice(list(ENTITIES.items()))
    key = draw.choice(keys)
    yield (
        f"update core.{entity}_version set known_until = '2021-11-{number + 10} 00:00+07'"
        f" where entity_key = '{key}' and known_until = 'infinity'"
    )
    if draw.random() < 0.9:
        values = {
            "entity_key": f"'{key}'",
            "known_from": f"'2021-11-{number + 10} 00:00+07'",
            **fixed,
            **{column: draw.choice(choices) for column, choices in drawn.items()},
        }
        own = "seller_id" if entity == "stall" else "product_id"
        values[own] = f"'{key.partition('|')[2]}'"
        yield f"insert into core.{entity}_version ({', '.join(values)}) values ({', '.join(values.values())})"


def of_producers(draw: random.Random, number: int) -> Iterator[str]:
    """A resolution or a decision: stalls go to other producers, producers become another kind or unit's."""
    moment = f"'2021-11-{number + 10} 00:00+07'"
    if draw.random() < 0.5:
        key = draw.choice(ENTITIES["stall"][0])
        yield (
            f"update core.producer_member_version set known_until = {moment}"
            f" where member_kind = 'stall' and member_key = '{key}' and known_until = 'infinity'"
        )
        if draw.random() < 0.8:
            yield (
                "insert into core.producer_member_version (member_kind, member_key, producer_id, rule, score,"
                f" known_from) values ('stall', '{key}', {draw.randrange(1, 4)}, 'own', 1, {moment})"
            )
    else:
        producer = draw.randrange(1, 4)
        values = ", ".join(draw.choice(choices) for choices in PRODUCER.values())
        yield (
            f"update core.producer_version set known_until = {moment}"
            f" where producer_id = {producer} and known_until = 'infinity'"
        )
        yield (
            "insert into core.producer_version (producer_id, kind, unit_code, unit_from, known_from)"
            f" values ({producer}, {values}, 'stall', {moment})"
        )


def sequence(seed: int) -> Iterator[list[str]]:
    """The statements of each transaction of a random sequence: first what stalls, listings, producers are."""
    draw = random.Random(seed)
    yield [sql for _ in range(30) for sql in draw.choice([of_entities, of_producers])(draw, 0)]
    for number in range(1, draw.randrange(4, 15)):
        made = draw.choice([of_lines, of_lines, of_entities, of_producers])
        yield list(made(draw, number))


def different(connection: Connection) -> dict[str, int]:
    """By table of sums: how many rows are not what all lines counted anew give."""
    connection.exec_driver_sql("set constraints core.settle_sales immediate")
    connection.exec_driver_sql("set constraints core.settle_sales deferred")
    found = {}
    for table, (columns, counted) in KEPT_AND_COUNTED.items():
        kept = f"select {columns} from core.{table}"
        found[table] = connection.exec_driver_sql(
            f"select count(*) from (({kept} except all {counted}) union all ({counted} except all {kept})) as x"
        ).scalar_one()
    return {table: rows for table, rows in found.items() if rows}


@pytest.mark.parametrize("part", range(SEQUENCES // 40))
def test_after_random_sequences_of_files_and_decisions_the_kept_sums_equal_a_full_count(
    warehouse_engine: Engine, part: int
) -> None:
    """``make soak`` tries a thousand (KEPT_SEQUENCES)."""
    seen = 0
    with warehouse_engine.connect() as connection:
        for seed in range(part * 40, part * 40 + 40):
            savepoint = connection.begin_nested()
            done = []
            for statements in sequence(seed):
                for sql in statements:
                    connection.exec_driver_sql(sql)
                    done.append(sql)
                assert different(connection) == {}, (seed, done)
                seen += connection.exec_driver_sql(SUMS).scalar_one()
            savepoint.rollback()
    assert seen > 200  # else nothing was compared


def test_the_kept_sums_of_files_corrections_and_late_files_equal_a_full_count(
    sample_warehouse: Engine,
) -> None:
    with sample_warehouse.connect() as connection:
        assert (
            connection.exec_driver_sql("select count(*) from core.sale_by_place").scalar_one() > 100
        )
        assert different(connection) == {}


@pytest.mark.parametrize("name", ["2021-10-28", "2021-11-18", "2021-12-09"])
def test_figures_are_the_same_by_sum_and_by_line(sample_warehouse: Engine, name: str) -> None:
    period = periods.parse("week", name)
    with sample_warehouse.connect() as connection:
        by_sum = measuring.figures(connection, period)
        with things.by_line(connection):
            by_line = measuring.figures(connection, period)
            things.show_things(
                connection, next(i for i in indicators.indicators() if i.code == "III.2")
            )
            lines, named = connection.exec_driver_sql(
                "select count(*), count(record_id) from thing"
            ).one()
        assert by_sum == by_line
        assert lines == named > 0
        connection.rollback()


@pytest.mark.parametrize("name", ["2021-10-28", "2021-12-09"])
def test_the_records_behind_figures_are_the_same_by_file_and_by_line(
    sample_warehouse: Engine, name: str
) -> None:
    rested = "select * from rested order by 1, 2"
    with sample_warehouse.connect() as connection:
        measuring.measure(connection, periods.parse("week", name), with_records=True)
        by_file = connection.exec_driver_sql(rested).all()
        connection.rollback()
        # A moment after everything shows all, line by line.
        with warehouse.as_known_at(connection, datetime(2100, 1, 1, tzinfo=periods.ICT)):
            measuring.measure(connection, periods.parse("week", name), with_records=True)
            by_line = connection.exec_driver_sql(rested).all()
        connection.rollback()
    assert by_file == by_line
    assert {row.indicator_code for row in by_file} >= {"III.2", "III.6", "IV.4"}
