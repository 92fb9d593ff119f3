"""Targets as shares and absolute numbers, of all and of one unit: what is read, and what is told of a slip."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from lensan.domain import targets

HEADER = "year,indicator,unit,share,amount,strict,legal_basis"


def put(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "targets.csv"
    path.write_text("\n".join((header, *lines, "")), "utf-8")
    return path


def test_an_amount_and_a_target_of_one_unit_are_read_beside_shares(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        "2026,II.1,,,5000,yes,KH",
        "2026,II.1,193,,120.5,no,KH",
        "2026,II.3,,0.40,,no,KH",
        "2026,II.3,193,0.60,,yes,KH",
        "2026,III.6,,,20,no,KH",
    )
    found = [(each.indicator, each.unit, each.share, each.amount) for each in targets.read(path)]
    assert found == [
        ("II.1", "", None, Decimal(5000)),
        ("II.1", "193", None, Decimal("120.5")),
        ("II.3", "", Decimal("0.40"), None),
        ("II.3", "193", Decimal("0.60"), None),
        ("III.6", "", None, Decimal(20)),
    ]
    assert [each.is_strict for each in targets.read(path)] == [True, False, False, True, False]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["2026,II.1,,,,no,KH"], "line 2: expected a share like 0.60 (60 %) or an amount like 5000"),
        (["2026,II.1,,0.5,50,no,KH"], "line 2: expected a share like 0.60 (60 %) or an amount"),
        (["2026,II.1,,,5.000 hộ,no,KH"], "line 2, amount: '5.000 hộ' is not a number like 5000"),
        (["2026,II.1,,,NaN,no,KH"], "line 2, amount: 'NaN' is not a number"),
        (["2026,II.1,,,-5,no,KH"], "line 2, amount: '-5' is not a number"),
        (["2026,II.1,,50,,no,KH"], "line 2, share: '50' is not a share like 0.60"),
        (["2026,III.6,,0.5,,no,KH"], "line 2, indicator: III.6 has no base"),
        (["2026,II.1,999,,50,no,KH"], "line 2, unit: '999' is no code of units.csv"),
        (["2026,II.1,22,,50,no,KH"], "line 2, unit: '22' is no code of units.csv; empty for all"),
        (["2026,IV.1,193,,50,no,KH"], "line 2, unit: IV.1 is the province's alone"),
        (["2026,II.1,193,,50,no,KH", "2026,II.1,193,,60,no,KH"], "line 3: 2026 has a target of II.1"),
        (["2026,II.1,,0.5,,no,KH", "2026,II.1,193,,60,no,KH"], "line 3: 2026 has shares and amounts of II.1"),
        (["2026,II.1,193,0.5,,no,KH"], "line 2: expected also a share of II.1 in 2026 without a unit"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(ValueError) as caught:
        targets.read(put(tmp_path, *lines))
    assert told in str(caught.value)


def test_another_header_is_told_with_what_may_stand_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"line 1: expected year,.*besides unit,amount"):
        targets.read(put(tmp_path, header="year,indicator,goal,strict,legal_basis"))
