"""What core shows of things whose units are split, merged and renamed at random: a published period's units stay, and
no thing is lost or counted twice in any view."""

from __future__ import annotations

import os
import random
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, text
from unit_worlds import World, things

from lensan.domain.seats import SeatRow
from lensan.warehouse import copy_rows

SEQUENCES = int(os.environ.get("N", "300"))
"""How many are tried; N=10000 for all of them."""


class Thing(NamedTuple):
    """What was published on a day: its seat and its unit then, and how much it is; ``now_on``: after all reforms."""

    world: int
    published_on: date
    now_on: date
    seat_code: str | None
    unit_then: str | None
    amount: int


def history(connection: Connection, seed: int) -> tuple[list[Thing], list[tuple[int, str]]]:
    """Things of some publications with a reform after each, and the units in the end; what the lists say then stands
    in core.seat."""
    draw = random.Random(seed)
    world = World(draw, prefix=f"w{seed}.")
    told: list[tuple[date, str | None, str | None]] = []
    for _ in range(draw.randint(1, 6)):
        seats = world.seats()
        kept = [seats.seat(unit, commune) for unit, commune in things(world, draw)]
        told += [(world.day, seat, seats.on(seat, world.day).unit) for seat in kept]
        world.reform()
    used = {seat for _, seat, _ in told if seat}
    copy_rows(connection, "core.seat", SeatRow._fields, world.seats().rows(sorted(used)))
    found = [
        Thing(seed, day, world.day, seat, unit, draw.randint(1, 1000)) for day, seat, unit in told
    ]
    return found, [(seed, unit) for unit in world.units]


def shown(connection: Connection, day: date, column: str) -> Row[Any]:
    """Of the things of a day, each added up by world and unit as core shows them on that day: how many there are, how
    much, how many of another unit than then, and how many of a unit that there is none of now."""
    connection.execute(text("select set_config('lensan.units_on', :day, true)"), {"day": f"{day}"})
    return connection.execute(
        text(f"""
        with by_unit as (
            select thing.world, shown.unit_code, count(*) as things, sum(thing.amount) as amount,
                   count(*) filter (where shown.unit_code is distinct from thing.unit_then) as elsewhere
            from thing left join core.seat_shown as shown using (seat_code)
            where thing.{column} = :day
            group by 1, 2
        )
        select sum(things) as things, sum(amount) as amount, sum(elsewhere) as elsewhere,
               count(*) filter (where unit_code is not null and living.unit_code is null) as ended
        from by_unit left join living using (world, unit_code)"""),
        {"day": day},
    ).one()


def test_a_published_period_keeps_its_units_and_every_total_is_conserved(
    warehouse_engine: Engine,
) -> None:
    every: list[Thing] = []
    with warehouse_engine.begin() as connection:
        connection.exec_driver_sql(
            "create temporary table thing (world int, published_on date, now_on date, seat_code text,"
            " unit_then text, amount int);"
            "create temporary table living (world int, unit_code text)"
        )
        for seed in range(SEQUENCES):
            found, living = history(connection, seed)
            copy_rows(connection, "thing", Thing._fields, found)
            copy_rows(connection, "living", ("world", "unit_code"), living)
            every += found
        connection.exec_driver_sql("analyze thing; analyze living; analyze core.seat")
        for column in ("published_on", "now_on"):
            for day in sorted({getattr(thing, column) for thing in every}):
                meant = [thing for thing in every if getattr(thing, column) == day]
                row = shown(connection, day, column)
                assert row.things == len(meant), (column, day)
                assert row.amount == sum(thing.amount for thing in meant), (column, day)
                if column == "published_on":
                    assert row.elsewhere == 0, day
                else:
                    assert row.ended == 0, day
    # Some are moved and some are placed nowhere, else nothing was tried.
    assert any(thing.unit_then is None for thing in every)
