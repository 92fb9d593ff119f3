"""regions.csv: what it says wrongly is told with its line, and what it leaves open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from regions_kept import HEADER

from lensan.domain import regions

UNITS = [
    {"code": code, "name": name, "kind": "Phường", "aliases": "", "parent": parent, "valid_from": "2025-07-01", "valid_to": ""}
    for code, name, parent in (("1", "Hồng Gai", "A"), ("2", "Bãi Cháy", "A"), ("3", "Mông Dương", "B"))
]  # fmt: skip
GOOD = "K1,Một,Khu vực,KV1,A,units,2025-07-01,\nK2,Hai,Khu vực,,B,region,2025-07-01,\n"


def told(folder: Path, lines: str) -> list[str]:
    path = folder / "regions.csv"
    path.write_text(HEADER + lines, encoding="utf-8")
    return [each.removeprefix(f"{path}") for each in regions.wrong(path, UNITS)]


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (GOOD, []),
        ("K1,Một,Khu vực\n", [", line 2: expected as many cells as the first line has columns"]),
        (GOOD.replace("K1,", "1,"), [", line 2, code: 1 is a unit's in units.csv; a region has its own"]),
        (GOOD.replace(",A,", ",C,"), [", line 2, parents: 'C' stands with no unit of units.csv in the column parent"]),
        (GOOD.replace("KV1", "Hồng Gai"), [", line 2, aliases: 'Hồng Gai' names a unit already"]),
        (GOOD.replace(",region,", ",both,"), [", line 3, reports: 'both' is not one of units, region"]),
        (GOOD.replace("2025-07-01", "1/7", 1), [", line 2, valid_from: '1/7' is not a day like 2025-07-01"]),
        (GOOD.replace("2025-07-01", "2025-07-10", 1), [", line 2, valid_from: 2025-07-10 is not the first day of a month"]),
        (GOOD.replace("2025-07-01,", "2025-07-01,2025-12-30", 1), [", line 2, valid_to: 2025-12-30 is not the last day of a month"]),
        (GOOD + "K1,Một,Khu vực,,A,units,2026-01-01,\n", [", line 4, valid_from: K1 stands above with days of these already"]),
        (GOOD + "K3,Ba,Khu vực,,B,units,2026-01-01,\n", [", line 4, parents: 'B' is of K2 on these days already"]),
        (GOOD.splitlines(keepends=True)[0], [": 3 Mông Dương lies in no region on 2025-07-01; its parent in units.csv is B"]),
        (
            GOOD.replace("2025-07-01,", "2025-07-01,2025-12-31", 1),
            [
                ": 1 Hồng Gai lies in no region on 2026-01-01; its parent in units.csv is A",
                ": 2 Bãi Cháy lies in no region on 2026-01-01; its parent in units.csv is A",
            ],
        ),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line_and_a_unit_without_region_by_its_name(
    tmp_path: Path, lines: str, wrong: list[str]
) -> None:
    assert told(tmp_path, lines) == wrong


def test_who_reports_follows_from_the_day(tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    path.write_text(
        HEADER + "K1,Một,Khu vực,KV1,A|B,units,2025-07-01,2025-12-31\n"
        "K1,Một,Khu vực,,A|B,region,2026-01-01,\n",
        encoding="utf-8",
    )
    kept = regions.read(path, UNITS)
    then, now = date(2025, 12, 31), date(2026, 1, 1)
    found = [kept.of_unit("3", day) for day in (date(2025, 6, 30), then, now)]
    assert [each and each.is_reporting for each in found] == [None, False, True]
    assert (kept.find("khu vuc mot", now), kept.find("KV1", now), kept.find("KV1", then)) == (
        "K1",
        None,
        "K1",
    )
    assert regions.read(tmp_path / "none.csv", UNITS).all == []
