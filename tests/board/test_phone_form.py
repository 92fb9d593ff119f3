"""A unit's form on the phone: one unit, one period, until it ends; what it sends is taken in like any other file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from desk import Desk
from httpx import Response
from office import WEEKS, Office, thursday
from sqlalchemy import Engine

from lensan.domain.settings import settings
from lensan.units import blank_forms, form_scans, phone_form
from lensan.units.blank_form_sheet import LastValue

WEEK, AFTER = WEEKS[3], WEEKS[3].next()
UNIT = "193"


@pytest.fixture
def desk(
    settled_office: Office, tmp_path: Path, copy_warehouse: Callable[[Engine], Engine]
) -> Desk:
    shutil.copytree(settled_office.folder, tmp_path / "office")
    desk = Desk(copy_warehouse(settled_office.engine), settings(tmp_path / "office"))
    desk.now = thursday(WEEK, 9)
    return desk


def link(desk: Desk, unit: str = UNIT) -> str:
    return f"/form/{phone_form.link(desk.engine, unit, WEEK, moment=desk.now)}"


def sent(desk: Desk) -> list[Path]:
    return sorted(desk.home.landing.rglob("*-dien-thoai-*"))


def fill(desk: Desk, path: str, *, scan: bytes | None = None, **typed: str) -> Response:
    """Type into the page as it came and press its button, as a browser without JavaScript does."""
    shown = desk.get(path, None).text
    action = re.search(r'<form method="post"[^>]* action="([^"]+)"', shown)
    assert action
    given = dict(re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', shown))
    given |= {name.replace("__", "."): value for name, value in typed.items()}
    files = {"scan": ("ban ky.pdf", scan)} if scan is not None else None
    return desk.browser(None).post(action[1], data=given, files=files)


def test_a_unit_fills_its_form_in_without_an_account_and_it_is_taken_in(
    desk: Desk, settled_office: Office, tmp_path: Path
) -> None:
    shown = desk.get(link(desk), None)
    assert shown.status_code == 200 and "Hạ Long" in shown.text and "<script" not in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    before = blank_forms.last_values(desk.engine, UNIT, WEEK)["II.1"]
    assert f'value="{before.cumulative:.0f}"' in shown.text.replace(".", "")
    total = before.cumulative + 7
    answer = fill(
        desk, link(desk), **{"II.1__in_period": "7", "II.1__cumulative": f"{total:.0f}"},
        difficulties="Thiếu máy đọc mã",
    )  # fmt: skip
    assert answer.status_code == 200 and "Đã nhận báo cáo" in answer.text
    (path,) = sent(desk)
    assert path.parent.name == UNIT
    assert [act for act in desk.acts() if act[1] == "form.sent"]
    office = Office(desk.engine, settled_office.world, tmp_path / "office")
    office.sweep(thursday(WEEK, 10))
    after = blank_forms.last_values(desk.engine, UNIT, AFTER)["II.1"]
    assert (after.cumulative, after.until) == (total, WEEK.last_day)
    with desk.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "select status, unit_code, sha256 from ops.source_file where name like '%%dien-thoai%%'"
        ).one()
        said = connection.exec_driver_sql("select count(*) from ops.difficulty").scalar_one()
    assert found[:2] == ("loaded", UNIT)
    assert said in (0, 1)


def test_what_would_be_held_back_is_told_at_its_field_and_not_sent(desk: Desk) -> None:
    answer = fill(desk, link(desk), **{"II.1__in_period": "bảy"})
    assert answer.status_code == 400 and sent(desk) == []
    assert "không phải là số" in answer.text and 'value="bảy"' in answer.text
    blank = fill(desk, link(desk))
    assert blank.status_code == 400 and "Chưa ghi số nào" in blank.text and sent(desk) == []


SCANS = {
    "application/pdf": b"%PDF-1.4 signed",
    "image/jpeg": b"\xff\xd8\xff\xe0 signed",
    "image/png": b"\x89PNG\r\n\x1a\n signed",
}


@pytest.mark.parametrize("media_type", SCANS)
def test_a_signed_form_that_comes_along_is_kept_beside_it_for_stewards(
    desk: Desk, settled_office: Office, tmp_path: Path, media_type: str
) -> None:
    answer = fill(desk, link(desk), scan=SCANS[media_type], **{"II.1__in_period": "7"})
    if "anyway" in answer.text:
        answer = fill(desk, link(desk), scan=SCANS[media_type], anyway="1", **{"II.1__in_period": "7"})  # fmt: skip
    assert answer.status_code == 200 and "và bản đã ký" in answer.text
    assert len(sent(desk)) == 1
    Office(desk.engine, settled_office.world, tmp_path / "office").sweep(thursday(WEEK, 10))
    with desk.engine.connect() as connection:
        number = connection.exec_driver_sql(
            "select file_id from ops.source_file where name like '%%dien-thoai%%'"
        ).scalar_one()
    page = desk.get(f"/quarantine/{number}")
    found = re.search(rf'href="[^"]*(/quarantine/{number}/scan/\d+)"', page.text)
    assert found
    got = desk.get(found[1])
    assert (got.content, got.headers["content-type"]) == (SCANS[media_type], media_type)
    assert got.headers["content-disposition"].startswith("attachment")
    assert ("op", "scan.read", f"file {number}") in desk.acts()
    assert "/scan/" not in desk.get(f"/quarantine/{number}", "viewer").text
    assert desk.get(found[1], "officer").status_code == 403
    assert desk.get(f"/quarantine/1/scan/{found[1].rpartition('/')[2]}").status_code == 404


@pytest.mark.parametrize(
    ("scan", "status", "said"),
    [
        (b"PK\x03\x04 a workbook", 400, "phải là PDF hoặc ảnh JPEG, PNG"),
        (b"%PDF-" + b"x" * form_scans.LARGEST, 400, "lớn hơn 10 MB"),
        (b"%PDF-" + b"x" * (form_scans.LARGEST + (2 << 20)), 413, "lớn hơn 10 MB"),
    ],
    ids=["another kind", "too large", "far too large"],
)
def test_a_scan_that_is_none_is_told_and_nothing_is_sent(
    desk: Desk, scan: bytes, status: int, said: str
) -> None:
    answer = fill(desk, link(desk), scan=scan, **{"II.1__in_period": "7"})
    assert answer.status_code == status and said in answer.text and sent(desk) == []
    with desk.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from ops.form_scan").scalar_one() == 0


@pytest.mark.parametrize(
    ("stood", "shown"),
    [("75.900", "75,9"), ("75.912", "75,9120"), ("1234", "1234"), ("1234.5", "1234,5"), ("0", "0")],
)
def test_what_the_form_fills_in_itself_is_read_back_as_it_is(stood: str, shown: str) -> None:
    told = phone_form._told(LastValue(Decimal(stood), None, WEEK.last_day), 1, 3)
    assert told == shown
    filled = phone_form.Filled({("III.2", "in_period"): "0,5", ("III.2", "cumulative"): told})
    assert phone_form.wrong(UNIT, WEEK, phone_form.written(UNIT, WEEK, filled)) == ({}, {})


def test_a_link_ends_and_opens_nothing_else(desk: Desk) -> None:
    good = link(desk)
    desk.now += phone_form.LIVES + timedelta(seconds=1)
    over = desk.get(good, None)
    assert over.status_code == 410 and "hết hạn" in over.text and "/form/style.css" in over.text
    assert desk.browser(None).post(f"/board{good}", data={"II.1.in_period": "1"}).status_code in (
        404,
        410,
    )
    desk.now -= phone_form.LIVES
    told = good.removeprefix("/form/")
    others = (
        told.replace(UNIT, "194", 1), told.replace(WEEK.name, WEEKS[2].name), told[:-1],
        told[:-1] + ("0" if told[-1] != "0" else "1"), told.replace(".week.", ".month."), "x", "....", "é.week.x.1.0",
    )  # fmt: skip
    for other in others:
        assert desk.get(f"/form/{other}", None).status_code == 404, other
        assert desk.post(f"/form/{other}", None, **{"II.1.in_period": "1"}).status_code == 404
    assert sent(desk) == []


def test_the_links_of_another_warehouse_open_nothing(desk: Desk) -> None:
    good = link(desk)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("update ops.form_link_key set key = 'another'")
    assert desk.get(good, None).status_code == 404


def test_behind_the_form_is_nothing_of_the_board(desk: Desk) -> None:
    for path in ("/form/", "/form/docs", "/form/openapi.json", "/form/../reports", "/form/x/y"):
        assert desk.get(path, None).status_code in (401, 404), path


def test_what_is_typed_is_text(desk: Desk) -> None:
    nasty = '"><img src=x onerror=alert(1)>'
    answer = fill(desk, link(desk), **{"II.1__in_period": nasty}, difficulties=nasty)
    assert answer.status_code == 400 and "<img" not in answer.text
