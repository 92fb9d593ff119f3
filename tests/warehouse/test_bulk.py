"""Rows that are copied are what they were."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, text

from lensan import warehouse
from lensan.domain.values import DoubtfulText

LETTERS = ["a", "ế", "", " ", ",", '"', "\\", "\t", "\n", "\r", "{", "}", "\x1f", "NULL", "\\N"]


def test_arrays_of_any_texts_are_what_they_were(warehouse_engine: Engine) -> None:
    draw = random.Random(3)
    texts = ["".join(draw.choices(LETTERS, k=draw.randrange(4))) for _ in range(2000)]
    arrays = [texts[at : at + at % 5] for at in range(0, 2000, 5)]
    arrays += [[None if draw.random() < 0.3 else each for each in array] for array in arrays]  # type: ignore[misc]
    with warehouse_engine.begin() as connection:
        connection.execute(text("create temporary table copied (at integer, texts text[])"))
        warehouse.copy_rows(connection, "copied", ("at", "texts"), list(enumerate(arrays)))
        found = [row.texts for row in connection.execute(text("select * from copied order by at"))]
    assert found == arrays


def test_cells_of_any_texts_are_what_they_were(warehouse_engine: Engine) -> None:
    draw = random.Random(4)
    values: list[Any] = [
        None,
        7,
        Decimal("1E+3"),
        date(2021, 11, 18),
        True,
        DoubtfulText("a\tb", "maybe"),
    ]
    drawn = [
        [draw.choice([*values, "".join(draw.choices(LETTERS, k=3))]) for _ in range(4)]
        for _ in range(2000)
    ]
    told = {True: "t", Decimal("1E+3"): "1000"}
    with warehouse_engine.begin() as connection:
        connection.execute(text("create temporary table copied (a text, b text, c text, d text)"))
        warehouse.copy_rows(connection, "copied", ("a", "b", "c", "d"), drawn)
        found = [list(row) for row in connection.execute(text("select * from copied"))]
    assert found == [
        [None if cell is None else str(told.get(cell, cell)) for cell in row] for row in drawn
    ]
