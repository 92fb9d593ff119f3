"""Any plan: its sections, codes and words are the province's, how things count is the library's or its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lensan.domain import form_files, indicators, installation, report_forms

FORM = """
kind: week
word: tuần
sheet: Biểu
file_stem: bao-cao
title: BÁO CÁO TUẦN
plan: Kết quả {plan}
span: (Từ ngày {first} đến ngày {last})
basis: (Theo {plan_number})
subject: Tuần
columns:
  - {key: label, header: Chỉ tiêu}
rows:
  - {section: B, heading: Đưa lên sàn}
  - B.1
  - B.2
  - {section: A, heading: Bán hàng}
  - A.1
  - "5"
"""
PLAN = """
B.1: {of: II.3, label: Số gian hàng của hộ, short: Gian hàng, base: null}
B.2: {of: II.1}
A.1: {of: III.2, unit_of_measure: kg, decimals: 1, legal_basis: "Kế hoạch (ví dụ)"}
"5": {of: X}
"""
OWN = """
code: X
label: Số hộ đã bán
short: Hộ đã bán
unit_of_measure: Hộ
legal_basis: (ví dụ)
channels: [platform]
in_period: each
cumulative: since_plan
province: [sum]
reads: {order_line: [status]}
checked_by: ai đó
checked_on: 2026-11-26
"""
CACHED = (
    indicators.library,
    indicators.indicators,
    form_files.form_file,
    report_forms.form,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A province's folder with a plan of its own, taken for this installation's."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "week.yml").write_text(FORM, encoding="utf-8")
    (tmp_path / "plan.yml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "indicators").mkdir()
    (tmp_path / "indicators" / "X_sold.yml").write_text(OWN, encoding="utf-8")
    (tmp_path / "indicators" / "X_sold.sql").write_text("select 1", encoding="utf-8")
    monkeypatch.setattr(installation, "FOLDER", tmp_path)
    for each in CACHED:
        each.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    for each in CACHED:
        each.cache_clear()


def test_a_plan_has_its_own_sections_codes_and_words(folder: Path) -> None:
    found = indicators.indicators()
    assert [each.code for each in found] == ["B.1", "B.2", "A.1", "5"]
    assert [each.section for each in found] == ["B", "B", "A", "5"]
    assert [each.of for each in found] == ["II.3", "II.1", "III.2", "X"]
    stalls, training, tonnes, own = found
    library = indicators.library()
    assert (stalls.label, stalls.base) == ("Số gian hàng của hộ", None)
    assert stalls.statement == library["II.3"].statement
    assert training.label == library["II.1"].label
    assert (tonnes.unit_of_measure, tonnes.decimals) == ("kg", 1)
    assert own.statement == "select 1"
    assert indicators.position("I") == indicators.LAST_POSITION
    rows = report_forms.form("week").rows
    assert [row.label for row in rows[:2]] == ["Đưa lên sàn", "Số gian hàng của hộ"]
    assert [row.tt for row in rows] == ["B", 1, 2, "A", 1, "5"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("B.1: {of: II.9}", "B.1.of: expected the code of an indicator, not 'II.9'"),
        ("B.1: {of: II.3, labl: x}", "B.1.labl: unknown key, expected one of of, label"),
        ("B.1: {of: II.3, in_period: sum}", "B.1.in_period: unknown key, expected one of"),
        ("B.1: {of: II.3, base: nothing}", "B.1.base: expected one of"),
        ("C.7: {of: II.3}", "C.7: expected a code that a report names"),
        ("b-1: {of: II.3}", "b-1"),
        ("B.1: II.3", "B.1: expected the keys of, label"),
    ],
)
def test_a_slip_in_a_plan_is_told_with_what_is_expected(folder: Path, line: str, told: str) -> None:
    kept = [each for each in PLAN.splitlines() if not each.startswith("B.1")]
    (folder / "plan.yml").write_text("\n".join([*kept, line]), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        indicators.indicators()


def test_two_files_of_one_code_are_refused(folder: Path) -> None:
    shutil.copy2(folder / "indicators/X_sold.sql", folder / "indicators/II.3_again.sql")
    text = OWN.replace("code: X", "code: II.3")
    (folder / "indicators" / "II.3_again.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="a code of no other file"):
        indicators.library()
