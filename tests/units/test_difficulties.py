"""Difficulties: the box of a form goes into the register once, answers go back once, analysts see nothing of it."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from loading import declared, send
from office import WEEKS, Office, thursday
from smtp_server import Scripted, free_port, serving
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import periods, report_forms
from lensan.intake import locations
from lensan.mail import report_mail
from lensan.mail.transport.smtp import SmtpServer
from lensan.reports import building, workbook
from lensan.units import blank_forms, difficulties
from lensan.units.blank_form_sheet import DIFFICULTIES

WEEK = periods.parse("week", "2021-11-18")
HA_LONG = "193"
SAID = "Thiếu máy đọc mã truy xuất; đường vào xã bị sạt lở"


def form(engine: Engine, said: str | None, stalls: int = 3) -> bytes:
    """The blank form of Hạ Long as an official fills it in."""
    content = blank_forms.build_all(engine, WEEK, [HA_LONG])[blank_forms.file_name(HA_LONG, WEEK)]
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        if row[0].value == DIFFICULTIES and said is not None:
            row[2].value = said
        if isinstance(row[1].value, str) and "tài khoản bán hàng/gian hàng" in row[1].value:
            row[3].value, row[5].value = stalls, stalls
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def listed(engine: Engine) -> list[tuple[str, str, str | None]]:
    with engine.begin() as connection:
        rows = difficulties.listed(connection, moment=MOMENT + timedelta(days=10))
    return [(row["actor"], row["said"], row["answer"]) for row in rows]


def test_the_box_of_a_form_goes_into_the_register_once(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    send(
        warehouse_engine,
        tmp_path,
        "ha-long/bao-cao-tuan_20211118.xlsx",
        form(warehouse_engine, SAID),
    )
    assert declared(warehouse_engine)["II.3"][2] == 3
    assert difficulties.collect(warehouse_engine) == 1
    assert difficulties.collect(warehouse_engine) == 0
    assert listed(warehouse_engine) == [(HA_LONG, SAID, None)]
    # Sent again with other figures and the same words: the same difficulty. Other words: another.
    again, other = form(warehouse_engine, SAID, 4), form(warehouse_engine, "Chưa có kinh phí", 5)
    send(warehouse_engine, tmp_path, "ha-long/bao-cao-tuan_20211118_2.xlsx", again, moment=MOMENT + timedelta(hours=1))  # fmt: skip
    assert difficulties.collect(warehouse_engine) == 0
    send(warehouse_engine, tmp_path, "ha-long/bao-cao-tuan_20211118_3.xlsx", other, moment=MOMENT + timedelta(hours=2))  # fmt: skip
    assert difficulties.collect(warehouse_engine) == 1
    assert [said for _actor, said, _answer in listed(warehouse_engine)] == [
        SAID,
        "Chưa có kinh phí",
    ]


@pytest.mark.parametrize("said", [None, "", "   "])
def test_an_empty_box_is_no_difficulty(
    warehouse_engine: Engine, tmp_path: Path, said: str | None
) -> None:
    send(
        warehouse_engine,
        tmp_path,
        "ha-long/bao-cao-tuan_20211118.xlsx",
        form(warehouse_engine, said),
    )
    assert declared(warehouse_engine)["II.3"][2] == 3
    assert difficulties.collect(warehouse_engine) == 0


def test_an_answer_goes_back_once_to_the_addresses_of_who_told_it(
    warehouse_engine: Engine,
) -> None:
    for address, actor in (("a@example.vn", HA_LONG), ("b@example.vn", "194")):
        locations.add_address(warehouse_engine, address, actor, moment=MOMENT)
    number = difficulties.add(warehouse_engine, HA_LONG, SAID, theme="stall", by="A", moment=MOMENT)
    mails, smtp = Scripted(), SmtpServer("127.0.0.1", free_port(), timeout_s=2, accept_timeout_s=5)
    with serving(mails, smtp.port):
        assert difficulties.send(warehouse_engine, smtp, number, moment=MOMENT) == {}
        difficulties.answer(warehouse_engine, number, "Sở đã cấp máy", by="B", moment=MOMENT)
        assert difficulties.send(warehouse_engine, smtp, number, moment=MOMENT) == {"sent": 1}
        difficulties.send(warehouse_engine, smtp, number, moment=MOMENT)
    ((to, mail),) = mails.taken
    assert to == "a@example.vn" and "Sở đã cấp máy" in mail.get_content()
    assert SAID not in mail.get_content()
    assert listed(warehouse_engine) == [(HA_LONG, SAID, "Sở đã cấp máy")]


def test_what_is_none_is_refused(warehouse_engine: Engine) -> None:
    values = {"by": "A", "moment": MOMENT}
    for actor, said, theme in (("x", "a", None), (HA_LONG, " ", None), (HA_LONG, "a", "x")):
        with pytest.raises(ValueError):
            difficulties.add(warehouse_engine, actor, said, theme=theme, **values)
    with pytest.raises(LookupError):
        difficulties.answer(warehouse_engine, 7, "a", **values)
    with pytest.raises(LookupError):
        difficulties.sort(warehouse_engine, 7, theme="other", **values)
    with pytest.raises(ValueError):
        difficulties.sort(warehouse_engine, 7, owner="193", **values)


def test_a_report_has_the_sheet_and_its_mail_a_paragraph_only_where_there_is_something(
    office: Office,
) -> None:
    week = WEEKS[3]
    office.until(week.end)
    office.sweep(thursday(week))
    without = building.build(office.engine, week, moment=thursday(week))
    assert "difficulties" not in without.tables
    told = thursday(week, 9)
    for actor in (HA_LONG, "so-tai-chinh"):
        difficulties.add(office.engine, actor, SAID, theme=None, by="A", moment=told)
    difficulties.answer(office.engine, 2, "Đã bố trí", by="B", moment=thursday(week, 10))
    report = building.build(office.engine, week, moment=thursday(week))
    rows = report.tables["difficulties"].records()
    assert [(row["who"], row["said"], row["state"], row["answer"]) for row in rows] == [
        ("TP Hạ Long", SAID, "Chưa trả lời", None),
        ("Sở Tài chính", SAID, "Đã trả lời", "Đã bố trí"),
    ]
    book = openpyxl.load_workbook(io.BytesIO(workbook.build(report, report_forms.form("week"))))
    assert "Khó khăn" in book.sheetnames
    mail = report_mail.message(report, {})
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Khó khăn, vướng mắc: 1 chưa trả lời (TP Hạ Long), 1 đã trả lời" in text
    assert SAID not in text
    same = building.build(
        office.engine, WEEKS[2], moment=thursday(week), known_at=thursday(WEEKS[2])
    )
    assert "difficulties" not in same.tables
