"""Units split, merge and are renamed at random: what was published stays, and nothing is lost or counted twice."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import date, timedelta

import pytest
from unit_worlds import World, things

from lensan.domain.seats import LAST_DAY, Seats, Succession, Validity

SEQUENCES = int(os.environ.get("N", "300"))
"""How many are tried; N=10000 for all of them."""


@pytest.mark.parametrize("part", range(4))
def test_what_was_published_stays_and_no_total_changes(part: int) -> None:
    for seed in range(part, SEQUENCES, 4):
        draw = random.Random(seed)
        world = World(draw)
        published: list[tuple[date, list[str | None], list[str | None]]] = []
        for _ in range(draw.randint(1, 6)):
            named = things(world, draw)
            seats = world.seats()
            kept = [seats.seat(unit, commune) for unit, commune in named]
            kept.append(seats.joined(kept[:2]))
            published.append((world.day, kept, [seats.on(seat, world.day).unit for seat in kept]))
            world.reform()
            after = world.seats()
            for day, was_kept, view in published:
                assert [after.on(seat, day).unit for seat in was_kept] == view, (seed, day)
                now = Counter(after.on(seat, world.day).unit for seat in was_kept)
                assert set(now) <= {None, *world.units}, seed
                assert now.total() == len(was_kept), seed


def test_a_whole_commune_is_where_it_truly_is_after_any_reform() -> None:
    for seed in range(SEQUENCES):
        draw = random.Random(seed)
        world = World(draw)
        communes = {commune: code for code, every in world.units.items() for commune in every}
        world.reform()
        seats = world.seats()
        divided = {row.commune for row in world.successions if row.extent != "whole"}
        for commune, code in communes.items():
            if commune in divided:
                continue
            truly = next(unit for unit, every in world.units.items() if commune in every)
            assert seats.on(seats.seat(code, commune), world.day).unit == truly, (seed, commune)


def test_rows_for_the_warehouse_say_what_the_seats_say_on_any_day() -> None:
    for seed in range(20):
        draw = random.Random(seed)
        world = World(draw)
        for _ in range(4):
            world.reform()
        seats = world.seats()
        every = {seats.seat(unit, commune) for unit, commune in things(world, draw)} | set(
            seats.units
        )
        rows = list(seats.rows(sorted(seat for seat in every if seat)))
        for seat in every - {None}:
            for days in range(0, 4000, 97):
                day = date(2020, 1, 1) + timedelta(days=days)
                found = [
                    row
                    for row in rows
                    if row.seat_code == seat
                    and row.valid_from
                    and row.valid_from <= day <= row.valid_to
                ]
                assert [row.unit_code for row in found] == [
                    unit for unit in [seats.on(seat, day).unit] if unit
                ]


def test_a_successor_that_begins_otherwise_than_the_day_after_is_refused() -> None:
    units = [
        Validity("a", "A", date(2020, 1, 1), date(2024, 12, 31)),
        Validity("b", "B", date(2025, 2, 1), LAST_DAY),
    ]
    with pytest.raises(ValueError, match="begin on the day after"):
        Seats(units, [Succession("a", "", "", "b", "whole")])
