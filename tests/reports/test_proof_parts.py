"""What is remembered of order lines is what is read of them, whatever happened to them; what did not change is not
named again."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sale_sequences import LINE, sequence
from sqlalchemy import Connection, Engine
from taking_in import MOMENT

from lensan.domain import periods
from lensan.domain.periods import Period
from lensan.figures import measuring
from lensan.reports import proof, proof_parts, publishing
from lensan.reports.proof_parts import Part

SEQUENCES = int(os.environ.get("KEPT_SEQUENCES", "40")) // 4
PERIODS = [periods.parse("week", "2021-12-02"), periods.parse("month", "2021-11")]
PLACES = """
    insert into ops.source_file (file_id, source, name, sha256, size_bytes, received_at, export_date, status)
    overriding system value
    select number, 'postmart', 'don-hang_' || number, repeat(number::text, 64), 1, '2021-11-10', '2021-11-10', 'loaded'
    from generate_series(1, 2) as number;
    insert into raw.source_table (table_id, file_id, sheet, entity, header_row, headers)
    select -number, number, null, 'order_line', 1, array['Mã đơn hàng'] from generate_series(1, 2) as number;
    insert into raw.source_run
    select (number::bigint << 32) + 1, -number, 2, 100 from generate_series(1, 2) as number
"""


def found(connection: Connection, period: Period) -> list[Part]:
    measuring.open_period(connection, period)
    return proof_parts.parts(connection, period)


def said(parts: list[Part]) -> list[tuple[object, ...]]:
    return [(part.first_on, part.until, part.is_in_period, part.sha256) for part in parts]


def before_it(draw: random.Random) -> Iterator[str]:
    """Three stalls that count, what they sell, forty lines of it."""
    since = "'2021-10-20'"
    for number in (1, 2, 3):
        yield (
            "insert into core.stall_version (entity_key, platform, seller_id, owner_name, kind, province_code, opened_on,"
            f" record_id, known_from) values ('postmart|S{number}', 'postmart', 'S{number}', 'Người bán', 'household',"
            f" '22', {since}, 1, {since})"
        )
        yield (
            "insert into core.listing_version (entity_key, platform, product_id, seller_id, name, name_key,"
            f" product_group, net_weight_kg, listed_on, record_id, known_from) values ('postmart|P{number}', 'postmart',"
            f" 'P{number}', 'S{number}', 'Hàng', 'hang', '{'input' if number == 3 else 'agri'}', 2, {since}, 1, {since})"
        )
        yield (
            "insert into core.producer_version (producer_id, kind, unit_code, unit_from, known_from)"
            f" values ({number}, 'household', '{192 + number}', 'stall', {since})"
        )
        yield (
            "insert into core.producer_member_version (member_kind, member_key, producer_id, rule, score, known_from)"
            f" values ('stall', 'postmart|S{number}', {number}, 'own', 1, {since})"
        )
    for number in range(40):
        drawn = {name: draw.choice(values) for name, values in LINE.items()}
        drawn |= {
            "record_id": str((draw.randrange(1, 3) << 32) + number + 2),
            "known_until": "'infinity'",
        }
        yield (
            "insert into core.order_line_version (entity_key, platform, order_no, line_no, known_from,"
            f" {', '.join(drawn)}) values ('{draw.choice('abcdef')}' || gen_random_uuid(), 'postmart', 'A', {number},"
            f" '2021-11-10', {', '.join(drawn.values())})"
        )


def of_phones(draw: random.Random, number: int) -> Iterator[str]:
    """A phone of buyers becomes another producer's."""
    phone = draw.choice(["0900000000", "0911111111"])
    moment = f"'2021-11-{number + 10} 00:00+07'"
    yield (
        "update core.producer_member_version set known_until = " + moment + " where member_kind = 'registry' "
        f"and member_key = '193|{phone}' and known_until = 'infinity'"
    )  # fmt: skip
    yield (
        "insert into core.producer_member_version (member_kind, member_key, producer_id, rule, score, known_from)"
        f" values ('registry', '193|{phone}', {draw.randrange(1, 4)}, 'own', 1, {moment})"
    )


@pytest.fixture
def world(warehouse_engine: Engine) -> Iterator[Connection]:
    with warehouse_engine.connect() as connection:
        connection.exec_driver_sql(PLACES)
        for phone in ("0900000000", "0911111111"):
            connection.exec_driver_sql(
                "insert into core.registry_version (entity_key, unit_code, name, phone, record_id, known_from)"
                f" values ('193|{phone}', '193', 'Người mua', '{phone}', 1, '2021-10-20')"
            )
        yield connection
        connection.rollback()


def settle(connection: Connection) -> None:
    connection.exec_driver_sql("set constraints core.settle_sales immediate")
    connection.exec_driver_sql("set constraints core.settle_sales deferred")


def test_after_random_sequences_what_is_remembered_is_what_is_read_anew(world: Connection) -> None:
    """``make soak`` tries 250 (KEPT_SEQUENCES)."""
    seen = {"remembered": 0, "read": 0, "with rows": 0}
    for seed in range(SEQUENCES):
        savepoint = world.begin_nested()
        draw = random.Random(seed)
        done = []
        for number, drawn in enumerate(sequence(seed)):
            of_others = drawn if draw.random() < 0.6 else of_phones(draw, number)
            statements = list(of_others if number else before_it(draw))
            for sql in statements:
                world.exec_driver_sql(sql)
                done.append(sql)
            settle(world)
            period = draw.choice(PERIODS)
            parts = found(world, period)
            proof_parts.keep(world, parts)
            anew = world.begin_nested()
            world.exec_driver_sql("delete from ops.proof_slice")
            assert said(parts) == said(found(world, period)), (seed, done)
            anew.rollback()
            for part in parts:
                seen["remembered" if part.key is None else "read"] += 1
                seen["with rows"] += part.sha256 is not None
        savepoint.rollback()
    print(seen)
    assert min(seen.values()) > 15 * SEQUENCES, seen


def test_of_buyers_that_change_places_the_rows_change_places_too(world: Connection) -> None:
    """Of each producer as many orders as before: no sum says so."""
    for sql in (
        "insert into core.stall_version (entity_key, platform, seller_id, owner_name, kind, province_code, opened_on,"
        " record_id, known_from) values ('postmart|S1', 'postmart', 'S1', 'Người bán', 'household', '22',"
        " '2021-10-20', 1, '2021-10-20')",
        "insert into core.listing_version (entity_key, platform, product_id, seller_id, name, name_key, product_group,"
        " listed_on, record_id, known_from) values ('postmart|P1', 'postmart', 'P1', 'S1', 'Phân', 'phan', 'input',"
        " '2021-10-20', 1, '2021-10-20')",
        "insert into core.producer_version (producer_id, kind, unit_code, unit_from, known_from)"
        " select number, 'household', '193', 'stall', '2021-10-20' from generate_series(1, 2) as number",
        "insert into core.producer_member_version (member_kind, member_key, producer_id, rule, score, known_from)"
        " values ('registry', '193|0900000000', 1, 'own', 1, '2021-10-20'),"
        " ('registry', '193|0911111111', 2, 'own', 1, '2021-10-20')",
        "insert into core.order_line_version (entity_key, platform, order_no, line_no, ordered_at, seller_id,"
        " product_id, quantity, receiving_country_code, buyer_phone, status, record_id, known_from) values"
        " ('a', 'postmart', 'A', 1, '2021-11-10', 'S1', 'P1', 1, 'VN', '0900000000', 'shipping', 4294967297,"
        " '2021-11-11'),"
        " ('b', 'postmart', 'B', 1, '2021-11-10', 'S1', 'P1', 1, 'VN', '0911111111', 'shipping', 4294967298,"
        " '2021-11-11')",
    ):  # fmt: skip
        world.exec_driver_sql(sql)
    settle(world)
    before = found(world, PERIODS[0])
    proof_parts.keep(world, before)
    content = next(part.content for part in before if part.content)
    assert [line["rows"] for line in map(json.loads, content.splitlines()) if "rows" in line] == ["2", "3"]  # fmt: skip
    assert all(part.key is None for part in found(world, PERIODS[0]))
    world.exec_driver_sql(
        "update core.producer_member_version set producer_id = 3 - producer_id where member_kind = 'registry'"
    )
    settle(world)
    after = found(world, PERIODS[0])
    content = next(part.content for part in after if part.content)
    assert [line["rows"] for line in map(json.loads, content.splitlines()) if "rows" in line] == ["3", "2"]  # fmt: skip


def parts_of(engine: Engine, name: str, revision: int = 0) -> dict[str, str]:
    """SHA-256 of each part that a week's proof refers to → the day until before which its lines are."""
    with engine.connect() as connection:
        manifest = connection.exec_driver_sql(
            "select manifest from ops.report_proof where period = %s and revision = %s",
            (name, revision),
        ).scalar_one()
    lines = map(json.loads, bytes(manifest).splitlines())
    return {line["part"]: line["until"] for line in lines if "part" in line}


def test_a_later_week_and_a_correction_name_again_only_what_changed(
    published_sample: Engine, copy_warehouse: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    first, second = (parts_of(published_sample, name) for name in ("2021-12-02", "2021-12-09"))
    assert {part for part, until in second.items() if until <= "2021-12-02"} == set(first)
    assert len(first) > 6
    assert len(second) > len(first)
    engine = copy_warehouse(published_sample)
    week = periods.parse("week", "2021-12-09")
    with engine.begin() as connection:
        assert all(part.key is None for part in found(connection, week))
    publishing.correct(engine, week, tmp_path, moment=MOMENT, reason="đối chiếu", even_if_same=True)
    assert parts_of(engine, "2021-12-09", 1) == second


def test_the_parts_of_all_reports_lie_beside_them_once_and_a_spoiled_one_is_written_again(
    published_sample: Engine, tmp_path: Path
) -> None:
    wanted = set()
    for name in ("2021-12-02", "2021-12-09"):
        publishing.write_files(published_sample, periods.parse("week", name), 0, tmp_path)
        wanted |= set(parts_of(published_sample, name))
    folder = proof.parts_beside(tmp_path)
    assert {path.name for path in folder.iterdir()} == wanted
    path = min(folder.iterdir())
    content = path.read_bytes()
    path.write_bytes(content[:-2] + b" \n")
    other = max(folder.iterdir())
    other.unlink()
    publishing.write_files(published_sample, periods.parse("week", "2021-12-09"), 0, tmp_path)
    assert path.read_bytes() == content
    assert {each.name for each in folder.iterdir()} == wanted
    assert path.stat().st_mode & 0o777 == publishing.FILE_MODE


def test_of_a_past_moment_nothing_is_remembered(
    published_sample: Engine, copy_warehouse: Callable[[Engine], Engine]
) -> None:
    from lensan import warehouse

    engine = copy_warehouse(published_sample)
    week = periods.parse("week", "2021-12-09")
    with engine.begin() as connection:
        now = found(connection, week)
    with engine.begin() as connection, warehouse.as_known_at(connection, MOMENT):
        then = found(connection, week)
    assert all(part.key is None for part in (*now, *then))
    assert all(part.content is None for part in now)
    # All that the sample knows was known at that moment.
    assert said(then) == said(now)
