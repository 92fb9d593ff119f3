"""Rows that are copied are what they were."""

from __future__ import annotations

import random

from sqlalchemy import Engine, text

from lensan import warehouse

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
