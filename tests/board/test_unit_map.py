"""The map of the units: where each lies, that no sign covers another, and who is named."""

from __future__ import annotations

import csv
import math
import random
from itertools import combinations
from typing import Any

import pytest

from lensan.board import templates, unit_map
from lensan.domain import installation
from lensan.domain.places import places


def centres(province: str) -> dict[str, tuple[float, float]]:
    path = installation.PROVINCES / province / "units.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            row["code"]: (float(row["lat"]), float(row["lon"]))
            for row in csv.DictReader(stream)
            if row["lat"]
        }


def cells(*owing: str) -> list[dict[str, Any]]:
    """The 54 units of Quảng Ninh, all of which but some have sent."""
    return [
        {
            "unit_code": row["code"],
            "unit": places().unit_name(row["code"]),
            "state": "missing" if row["code"] in owing else "on_time",
            "text": "Thiếu" if row["code"] in owing else "Đúng hạn",
        }
        for row in places().units
        if row["level"] == "commune"
    ]


@pytest.mark.parametrize(("province", "units"), [("quang-ninh", 52), ("bac-ninh", 99)])
def test_no_sign_covers_another_and_all_are_on_the_page(province: str, units: int) -> None:
    at = unit_map.placed(tuple(sorted(centres(province).items())))
    assert len(at) == units
    assert min(math.dist(one, other) for one, other in combinations(at.values(), 2)) > 14
    for x, y in at.values():
        assert 0 < x < unit_map.WIDTH + unit_map.APART
        assert 0 < y < unit_map.HEIGHT + unit_map.APART


def test_north_is_up_and_east_is_right() -> None:
    at = unit_map.placed(tuple(sorted(centres("quang-ninh").items())))
    mong_cai, dong_trieu, co_to = at["06712"], at["07093"], at["07192"]
    assert mong_cai[0] > dong_trieu[0]
    assert mong_cai[1] < dong_trieu[1] < co_to[1]


@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_and_thirty_units_part_also_where_five_have_one_centre(seed: int) -> None:
    draw = random.Random(seed)
    drawn = [(f"{n:03}", (draw.uniform(18.5, 20), draw.uniform(104, 106))) for n in range(125)]
    crowded = [(f"{n}", (19.0, 105.0)) for n in range(125, 130)]
    at = unit_map.placed((*drawn, *crowded))
    assert min(math.dist(one, other) for one, other in combinations(at.values(), 2)) > 14


def test_few_that_still_must_send_are_named_and_many_are_not() -> None:
    few = unit_map.of(cells("06685", "07192"))
    assert few is not None
    assert [sign.unit for sign in few.signs if sign.is_named] == [
        "Phường Hồng Gai",
        "Đặc khu Cô Tô",
    ]
    assert few.elsewhere == ("Xã Vĩnh Thực", "Xã Cái Chiên")
    many = unit_map.of(cells(*centres("quang-ninh")))
    assert many is not None
    assert not any(sign.is_named for sign in many.signs)


def test_districts_without_a_centre_have_no_map() -> None:
    districts = [
        {**cell, "unit_code": code}
        for cell, code in zip(cells(), ("193", "194", "195"), strict=False)
    ]
    assert unit_map.of(districts) is None


def test_the_page_says_of_each_sign_what_it_means() -> None:
    drawn = unit_map.of(cells("06685"))
    page = templates.render("unit_map.html", {"map": drawn, "received": 53, "units": 54})
    assert page.count("<title>") == 52
    assert "<title>Phường Hồng Gai: Thiếu</title>" in page
    assert "chưa có tọa độ: Xã Vĩnh Thực, Xã Cái Chiên." in page
    assert templates.render("unit_map.html", {"map": None}).strip() == ""
