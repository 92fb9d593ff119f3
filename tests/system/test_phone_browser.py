"""A unit's form on the phone in headless Chromium at 390 and 1400 pixels, without JavaScript, by HTTP on loopback:
typed, told what would be held back, sent, taken in, and a figure of the unit then."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import uvicorn
from desk import ENTRANCE, Desk
from hub_in_browser import fits
from office import WEEKS, Office, thursday
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine
from test_board_browser import ARGUMENTS, CHROMIUM

from lensan.domain.settings import settings
from lensan.units import blank_forms, difficulties, phone_form

pytestmark = pytest.mark.system
WEEK, UNIT = WEEKS[3], "193"
PHONE, DESKTOP = (390, 844), (1400, 900)
PHOTO = b"\xff\xd8\xff\xe0" + b"a page" * 500_000
SAID = "Thiếu máy đọc mã ở xã <b>Đồng Rui</b> & điện chập chờn"


class Served:
    """The board of an office at an address of loopback."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.desk = Desk(office.engine, settings(office.folder), now=thursday(WEEK, 9))
        self.server = uvicorn.Server(
            uvicorn.Config(self.desk.whole, host="127.0.0.1", port=0, log_level="warning")
        )
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            time.sleep(0.05)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{ENTRANCE}"

    def link(self, unit: str = UNIT) -> str:
        told = phone_form.link(self.office.engine, unit, WEEK, moment=self.desk.now)
        return f"{self.url}/form/{told}"

    @property
    def sent(self) -> list[Path]:
        return sorted(self.office.landing.rglob("*-dien-thoai-*"))

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=10)


@pytest.fixture
def served(
    settled_office: Office, tmp_path: Path, copy_warehouse: Callable[[Engine], Engine]
) -> Iterator[Served]:
    shutil.copytree(settled_office.folder, tmp_path / "office")
    served = Served(
        Office(copy_warehouse(settled_office.engine), settled_office.world, tmp_path / "office")
    )
    try:
        yield served
    finally:
        served.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[PHONE, DESKTOP], ids=["390", "1400"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    width, height = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


def type_in(page: Page, code: str, measure: str, typed: str) -> None:
    page.locator(f'[name="{code}.{measure}"]').fill(typed)


def press(page: Page) -> None:
    page.get_by_role("button", name="Gửi báo cáo").click()


def test_a_form_typed_on_a_phone_is_a_figure(served: Served, page: Page, tmp_path: Path) -> None:
    engine = served.office.engine
    before = blank_forms.last_values(engine, UNIT, WEEK)["II.1"].cumulative
    page.goto(served.link())
    assert page.get_by_role("heading", level=1).inner_text().startswith("Thành phố Hạ Long")
    fits(page)
    page.screenshot(path=tmp_path / "empty.png", full_page=True)

    # A word where a number should be is told at its field; what was typed stands there still, nothing is sent.
    type_in(page, "II.1", "in_period", "bảy")
    type_in(page, "II.2", "in_period", "5")
    page.locator("[name=difficulties]").fill(SAID)
    press(page)
    field = page.locator("fieldset", has=page.locator('[name="II.1.in_period"]'))
    assert "không phải là số" in field.get_by_role("alert").inner_text()
    assert page.locator('[name="II.1.in_period"]').input_value() == "bảy"
    assert page.locator('[name="II.2.in_period"]').input_value() == "5"
    assert page.locator("[name=difficulties]").input_value() == SAID
    assert served.sent == []
    fits(page)
    page.screenshot(path=tmp_path / "held.png", full_page=True)

    # Kilograms where tonnes are asked for are doubted: they go when the sender says that it is so.
    type_in(page, "II.1", "in_period", "7")
    type_in(page, "II.1", "cumulative", f"{before + 7:.0f}")
    type_in(page, "III.2", "in_period", "500 kg")
    press(page)
    fits(page)
    page.screenshot(path=tmp_path / "doubted.png", full_page=True)
    anyway = page.get_by_label("Số đúng như vậy, vẫn gửi")
    assert anyway.is_visible() and served.sent == []
    press(page)  # the browser itself asks for the tick
    assert anyway.is_visible() and served.sent == []
    anyway.check()
    photo = {"name": "ban-ky.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    page.locator("#scan").set_input_files({**photo, "buffer": b"GIF89a"})  # type: ignore[typeddict-item]
    press(page)
    page.get_by_text("phải là PDF hoặc ảnh").wait_for()
    assert served.sent == []
    page.locator("#scan").set_input_files(photo)  # type: ignore[arg-type]
    press(page)
    page.get_by_label("Số đúng như vậy, vẫn gửi").check()
    page.locator("#scan").set_input_files(photo)  # type: ignore[arg-type]
    press(page)
    assert "Đã nhận báo cáo" in page.get_by_role("status").inner_text()
    page.screenshot(path=tmp_path / "sent.png", full_page=True)
    with engine.connect() as connection:
        kept = connection.exec_driver_sql("select unit_code, size_bytes from ops.form_scan").all()
    assert kept == [(UNIT, len(PHOTO))]
    (path,) = served.sent
    assert path.parent.name == UNIT

    it_is_a_figure(served, before + 7)


def it_is_a_figure(served: Served, declared: Decimal) -> None:
    """Taken in as any other file: loaded, its difficulty in the register, its number in the unit's row of a report."""
    engine = served.office.engine
    served.office.sweep(thursday(WEEK, 10))
    with engine.connect() as connection:
        assert connection.exec_driver_sql(
            "select status, unit_code from ops.source_file where name like '%%dien-thoai%%'"
        ).one() == ("loaded", UNIT)
    assert difficulties.collect(engine) == 1
    with engine.begin() as connection:
        (told,) = difficulties.listed(connection, moment=thursday(WEEK, 11))
    assert (told["actor"], told["said"], told["answer"]) == (UNIT, SAID, None)
    served.office.freeze(WEEK)
    figure = {(row[0], row[1]): row for row in served.office.figures(WEEK)}[UNIT, "II.1"]
    assert (figure[2], figure[6], figure[-1]) == (7, declared, "submission")


def test_a_link_that_has_ended_or_is_somebody_elses_says_so(
    served: Served, page: Page, tmp_path: Path
) -> None:
    link = served.link()
    served.desk.now += phone_form.LIVES + timedelta(seconds=1)
    answer = page.goto(link)
    assert answer is not None and answer.status == 410
    assert "hết hạn" in page.get_by_role("alert").inner_text()
    fits(page)
    page.screenshot(path=tmp_path / "ended.png", full_page=True)
    served.desk.now -= phone_form.LIVES
    foreign = link.replace(f"/form/{UNIT}.", "/form/194.")
    answer = page.goto(foreign)
    assert answer is not None and answer.status == 404
    assert "không đúng" in page.get_by_role("alert").inner_text()
    page.screenshot(path=tmp_path / "foreign.png", full_page=True)
    assert served.sent == []
