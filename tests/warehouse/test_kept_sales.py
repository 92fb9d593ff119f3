"""The sums kept of sales say what the order lines say, whatever happened to those, to stalls and to producers."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from sale_sequences import sequence
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
