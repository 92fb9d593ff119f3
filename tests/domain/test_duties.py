"""Who does what when a glut is ahead: duties.yml of a province's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from lensan.domain import duties


def test_the_duties_of_the_plan_are_one_sentence() -> None:
    told = duties.sentence(duties.read())
    assert told.startswith("Khi có cảnh báo: UBND địa phương rà soát")
    assert told.count(";") == 3


def test_a_province_may_have_none(tmp_path: Path) -> None:
    assert duties.sentence(duties.read(tmp_path / "duties.yml")) == ""


def test_a_slip_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "duties.yml"
    path.write_text("duties:\n  - who: UBND\n    do: đăng bán\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"duties.yml, line \d, duties\[0\]"):
        duties.read(path)
