"""What an enterprise stores and carries: by a link without an account, into the register of alerts."""

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

from lensan.board import promise_app
from lensan.domain.settings import settings
from lensan.units import glut_alerts, phone_form, promise_form
from lensan.units.glut_alerts import Promise
from lensan.warehouse import audit

POST, VIETTEL = "buu-dien-tinh", "buu-chinh-viettel"


@pytest.fixture
def desk(
    settled_office: Office, tmp_path: Path, copy_warehouse: Callable[[Engine], Engine]
) -> Desk:
    shutil.copytree(settled_office.folder, tmp_path / "office")
    desk = Desk(copy_warehouse(settled_office.engine), settings(tmp_path / "office"))
    desk.now = thursday(WEEKS[3], 9)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into ops.glut_alert (unit_code, product, warned_on, period, revision, peak_on, peak_interval, "
            "chance_pct, unsold, unsold_interval, noted_at, closed_at, outcome) values "
            "('193', 'Na dai', '2021-11-04', '2021-11-04', 0, '2021-12-23', '16/12 - 06/01', 62, 38.4, "
            "'12,0 - 66,1', now(), null, null), "
            "('196', 'Ổi', '2021-10-28', '2021-10-28', 0, '2021-11-11', '04/11 - 18/11', 55, 9, '2,0 - 15,0', "
            "now(), now(), 'none')"
        )
    return desk


def path(desk: Desk, actor: str = POST) -> str:
    return f"/promise/{promise_form.link(desk.engine, actor, moment=desk.now)}"


def fill(desk: Desk, at: str, **typed: str) -> Response:
    """Type into the page as it came and press its button, as a browser without JavaScript does."""
    shown = desk.get(at, None).text
    action = re.search(r'<form method="post" action="([^"]+)"', shown)
    assert action
    given = dict(re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', shown))
    given |= {f"1.{name}": value for name, value in typed.items()}
    return desk.browser(None).post(action[1], data=given)


def promised(desk: Desk) -> Promise:
    (alert,) = (row for row in glut_alerts.listed(desk.engine) if row["alert_id"] == 1)
    found: Promise = alert["promised"]
    return found


def noted(desk: Desk) -> int:
    return [action for _who, action, _subject in desk.acts()].count("glut.acknowledge")


def board(desk: Desk) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", desk.get("/gluts", "viewer").text))


def test_an_enterprise_says_what_it_stores_and_carries_and_the_board_shows_it(desk: Desk) -> None:
    assert "Chưa có ai nhận kho bảo quản, vận chuyển" in board(desk)
    shown = desk.get(path(desk), None)
    assert shown.status_code == 200 and "<script" not in shown.text
    assert "Na dai" in shown.text and "38,4 tấn" in shown.text and "Ổi" not in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    answer = fill(desk, path(desk), storage="12,5", transport="4", said="Kho lạnh Hạ Long")
    assert answer.status_code == 200 and "Đã ghi" in answer.text
    assert promised(desk) == Promise(Decimal("12.5"), Decimal(4))
    assert fill(desk, path(desk, VIETTEL), storage="30").status_code == 200
    assert promised(desk) == Promise(Decimal("42.5"), Decimal(4))
    said = board(desk)
    assert "kho bảo quản 42,5 tấn , vận chuyển 4 tấn một tuần" in said
    assert "Kho lạnh Hạ Long (kho 12,5 tấn, vận chuyển 4 tấn một tuần)" in said
    assert "Sở Công Thương" in said.partition("Chưa nhận")[2]
    acts = [act for act in audit.acts(desk.engine) if act["action"] == "glut.acknowledge"]
    assert len(acts) == 2 and acts[0]["actor"] == promise_app.BY


def test_its_last_word_holds_what_is_blank_stays_and_nothing_is_0(desk: Desk) -> None:
    fill(desk, path(desk), storage="12,5", transport="4")
    assert 'value="12,5"' in desk.get(path(desk), None).text
    assert "Không có gì thay đổi" in fill(desk, path(desk)).text
    assert noted(desk) == 1
    fill(desk, path(desk), storage="", transport="0")
    assert promised(desk) == Promise(Decimal("12.5"), Decimal(0))


@pytest.mark.parametrize("wrong", ["-3", "nhiều", "1.234", "10000000", "=1+1", "12 con"])
def test_what_is_no_number_of_tonnes_is_told_at_its_field_and_nothing_is_noted(
    desk: Desk, wrong: str
) -> None:
    answer = fill(desk, path(desk), storage=wrong, transport="4")
    assert answer.status_code == 400 and answer.text.count("Ghi số tấn, phần lẻ sau dấu phẩy") == 1
    assert not promised(desk).is_made and noted(desk) == 0


def test_words_that_are_too_long_are_told_at_their_field_and_not_cut(desk: Desk) -> None:
    answer = fill(desk, path(desk), storage="5", said="x" * (glut_alerts.LONGEST + 1))
    assert answer.status_code == 400 and "Nhiều nhất 500 chữ." in answer.text
    assert not promised(desk).is_made and noted(desk) == 0


def test_a_link_opens_one_enterprise_s_form_until_it_ends(desk: Desk) -> None:
    good = promise_form.link(desk.engine, POST, moment=desk.now)
    assert promise_form.opened(desk.engine, good, moment=desk.now) == POST
    of_a_unit = phone_form.link(desk.engine, "193", WEEKS[3], moment=desk.now)
    for wrong in (good.replace(POST, VIETTEL), good[:-1], "x", "a.b.c", of_a_unit):
        assert desk.get(f"/promise/{wrong}", None).status_code == 404, wrong
        sent = desk.browser(None).post(f"/lensan-board/promise/{wrong}", data={"1.storage": "5"})
        assert sent.status_code == 404
    assert desk.get(f"/form/{good}", None).status_code == 404
    desk.now += promise_form.LIVES + timedelta(seconds=1)
    assert desk.get(f"/promise/{good}", None).status_code == 410
    assert not promised(desk).is_made


def test_an_officer_notes_what_was_told_by_phone_and_only_enterprises_promise(desk: Desk) -> None:
    shown = desk.get("/gluts").text
    token = re.search(r'name="token" value="([^"]+)"', shown)
    assert token
    given = {"token": token[1], "actor": POST, "storage": "7", "transport": "2,5"}
    assert desk.post("/gluts/1", **{**given, "actor": "so-cong-thuong"}).status_code == 409
    assert desk.post("/gluts/1", **{**given, "storage": "bảy"}).status_code == 409
    assert desk.post("/gluts/1", **given).status_code == 303
    assert promised(desk) == Promise(Decimal(7), Decimal("2.5"))


def test_too_much_is_not_read(desk: Desk) -> None:
    big = desk.browser(None).post("/lensan-board" + path(desk), data={"1.said": "x" * 100_000})
    assert big.status_code == 413 and not promised(desk).is_made
