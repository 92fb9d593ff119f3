"""Names of the office, each with its time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lensan.domain import office
from lensan.domain.places import places

TEXT, LATER = office.FILE.read_text(encoding="utf-8").split("\n\n  # Sở Thông tin", 1)
TEXT, LATER = f"{TEXT}\n", LATER.split("\n", 1)[1].split("\n\n", 1)[0]


def read(folder: Path, text: str) -> office.Offices:
    file = folder / "office.yml"
    file.write_text(text, encoding="utf-8")
    return office.read(file)


def test_the_province_is_one_of_the_reference_list() -> None:
    assert office.PROVINCE in {row["code"] for row in places().provinces}


def test_an_entry_holds_until_the_day_before_the_next(tmp_path: Path) -> None:
    found = read(tmp_path, TEXT + LATER)
    assert found.at(date(2025, 2, 28)).letterhead.office == "SỞ THÔNG TIN VÀ TRUYỀN THÔNG"
    assert found.at(date(2025, 3, 1)).letterhead.office == "SỞ KHOA HỌC VÀ CÔNG NGHỆ"
    assert [found.until(entry) for entry in found.entries] == [date(2025, 2, 28), None]


def test_what_an_entry_leaves_out_is_as_before(tmp_path: Path) -> None:
    first, second = read(tmp_path, TEXT + LATER).entries
    assert second.office != first.office
    assert (second.plan, second.place, second.signatures) == (
        first.plan,
        first.place,
        first.signatures,
    )


def test_a_day_before_the_first_entry_has_the_first_office() -> None:
    assert office.at(date(2020, 1, 1)) == office.OFFICES.entries[0]


@pytest.mark.parametrize(
    ("wrong", "instead", "told"),
    [
        ('code: "22"', "code: 22", r"office.yml, line \d+, code: expected a text"),
        (
            "motto:",
            "moto:",
            r"letterhead.moto: unknown key, expected one of authority, office, nation",
        ),
        (
            "plan_start: 2021-10-18",
            "plan_start: soon",
            "plan_start: expected a day like 2021-10-18",
        ),
        (
            "  - valid_from: 2021-10-18",
            "  - valid_from: 18/10/2021",
            r"entries\[0\].valid_from: exp",
        ),
        ("    place: Quảng Ninh", "    place: ''", r"entries\[0\].place: expected a text"),
        (
            "      - {title: GIÁM ĐỐC",
            "#",
            r"entries\[0\].signatures: expected a list of 2|signatures.*missing",
        ),
        ("    mail_domain:", "    domain:", "domain: unknown key, expected one of"),
    ],
)
def test_what_is_wrong_is_told_with_file_key_and_what_is_expected(
    tmp_path: Path, wrong: str, instead: str, told: str
) -> None:
    assert wrong in TEXT
    with pytest.raises(ValueError, match=told):
        read(tmp_path, TEXT.replace(wrong, instead))


def test_entries_stand_in_the_order_of_time(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"entries\[1\].valid_from: expected a later day"):
        read(tmp_path, TEXT + LATER.replace("2025-03-01", "2021-10-18"))
