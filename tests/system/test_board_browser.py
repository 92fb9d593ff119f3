"""The operations board in a really running Airflow, in headless Chromium: every route, every button."""

from __future__ import annotations

import html
import mailbox
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from board_routes import FOR_ALL_READERS, NASTY, ROUTES, STALLS, filled
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, sync_playwright
from sqlalchemy import Engine, text
from taking_in import take_in

from lensan import samples, warehouse
from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.domain.settings import PROJECT, settings
from lensan.mail import alarms
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations.running import airflow_home, embedded_postgres
from lensan.warehouse import audit

pytestmark = pytest.mark.system
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP, PHONE = (1280, 800), (390, 844)
PATIENCE_S = 30.0
USERS = "admin:admin,op:op,viewer:viewer,nobody:"
WEEK = periods.parse("week", "2021-10-28")


class Running:
    """The system of `make up` with a user more: one without a role."""

    def __init__(self, home: Path) -> None:
        self.home = settings(home)
        airflow_home.login(self.home)  # the passwords are made at the first start
        started = self.command("up", "--paused")
        assert started.returncode == 0, started.stdout + started.stderr
        found = re.search(r"Airflow\s+(http\S+)", started.stdout)
        assert found
        self.url = found[1]
        self.board = f"{self.url}/board"
        self.engine = warehouse.connect(embedded_postgres.start(self.home).url("warehouse"))

    def command(self, *command: str) -> subprocess.CompletedProcess[str]:
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR", "LANDING"))
        }
        return subprocess.run(
            [sys.executable, "-m", "lensan.cli.home", "--home", str(self.home.home), *command],
            cwd=PROJECT,
            env=clean | {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": USERS},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two weeks of messy samples taken in, nothing published; two mails' recipients; an alarm."""
    home = tmp_path_factory.mktemp("board") / "home"
    running = Running(home)
    try:
        landing = home / "landing"
        samples.write(landing, seed=4, weeks=2, order_lines=100)
        (landing / "postmart" / NASTY).write_text(STALLS, encoding="utf-8")
        take_in(running.engine, landing, running.home.raw_store)
        running.home.data_docs.mkdir(parents=True, exist_ok=True)
        (running.home.data_docs / "index.html").write_text(
            "<h1>docs</h1><script>document.title = 'ran'</script>", encoding="utf-8"
        )
        alarms.raise_alarm(
            running.engine, SmtpServer("127.0.0.1", 1), key="k", title="Có việc phải xem",
            detail="x", moment=datetime(2021, 10, 28, 14, 5, tzinfo=ICT),
        )  # fmt: skip
        yield running
    finally:
        running.command("down")
        embedded_postgres.remove(running.home)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def entered(
    running: Running, chromium: Browser, user: str | None, size: tuple[int, int] = DESKTOP
) -> BrowserContext:
    """A browser in which that user has logged in to Airflow by its form."""
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    if user is not None:
        page = context.new_page()
        page.goto(f"{running.url}/auth/login")
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", airflow_home.login(running.home)[user])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{running.url}/")
        page.close()
    return context


def status(context: BrowserContext, running: Running, method: str, path: str) -> int:
    answer = context.request.fetch(
        running.board + filled(path), method=method, max_redirects=0,
        form={"token": "x"} if method == "POST" else None,
    )  # fmt: skip
    return answer.status


def test_airflow_lets_nobody_in_unasked(running: Running, chromium: Browser) -> None:
    anonymous = entered(running, chromium, None)
    assert {route: status(anonymous, running, *route) for route in ROUTES} == dict.fromkeys(
        ROUTES, 401
    )
    page = anonymous.new_page()
    page.goto(running.board + "/")
    assert page.get_by_role("heading", name="Chưa đăng nhập").is_visible()
    page.get_by_role("link", name="Đăng nhập").click()
    page.wait_for_selector("input[name=username]")
    without_role = entered(running, chromium, "nobody")
    assert {route: status(without_role, running, *route) for route in ROUTES} == dict.fromkeys(
        ROUTES, 403
    )


def test_a_viewer_reads_and_does_nothing(running: Running, chromium: Browser) -> None:
    viewer = entered(running, chromium, "viewer")
    acting = [route for route in ROUTES if route[1] not in FOR_ALL_READERS]
    assert {route: status(viewer, running, *route) for route in acting} == dict.fromkeys(
        acting, 403
    )
    page = viewer.new_page()
    for path in ("/", f"/period/week/{WEEK.name}", "/quarantine", "/duplicates", "/reports"):
        answer = page.goto(running.board + path)
        assert answer is not None and answer.status == 200
        assert "Nguyễn Văn Ấn Danh" not in page.content() and "0912345670" not in page.content()
        assert page.locator("form").count() == 0
        assert page.locator("a", has_text=re.compile("…$")).count() == 0
    # A cookie alone does nothing: the token is missing.
    operator = entered(running, chromium, "op")
    posts = [route for route in ROUTES if route[0] == "POST"]
    assert {route: status(operator, running, *route) for route in posts} == dict.fromkeys(
        posts, 403
    )


def crawl(context: BrowserContext, running: Running) -> dict[str, int]:
    """Every link that the board shows, followed: path → status."""
    found: dict[str, int] = {}
    queue = ["/board/"]
    while queue:
        path = queue.pop()
        if path in found:
            continue
        answer = context.request.get(running.url + path)
        found[path] = answer.status
        if "text/html" in answer.headers["content-type"] and "/data-docs/" not in path:
            for href in re.findall(r'href="(/board[^"#]*)"', answer.text()):
                href = html.unescape(href)
                # Pages of other periods and files are alike: a few are enough.
                alike = re.sub(r"\d[\d-]*", "N", href)
                if sum(re.sub(r"\d[\d-]*", "N", p) == alike for p in [*found, *queue]) < 3:
                    queue.append(href)
    return found


def until(what: str, page: Page | FrameLocator, reload: Page, selector: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while page.locator(selector).count() == 0:
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.5)
        reload.reload()
        page.locator("main").wait_for()


def fetched(page: Page, link: object) -> bytes:
    with page.expect_download() as download:
        link.click()  # type: ignore[attr-defined]
    return Path(download.value.path()).read_bytes()


def test_an_operator_presses_every_button(
    running: Running, chromium: Browser, tmp_path: Path
) -> None:
    engine: Engine = running.engine
    operator = entered(running, chromium, "op")
    page = operator.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    # In Airflow's own frame, by its navigation: forms and downloads work there.
    page.goto(f"{running.url}/")
    page.get_by_role("link", name="Điều hành").click()
    board = page.frame_locator("iframe[title='Điều hành']")
    board.get_by_role("button", name="Tôi xử lý").click()
    board.get_by_text("op đang xử lý").wait_for()
    page.screenshot(path=tmp_path / "in-airflow.png")

    week = f"{running.board}/period/week/{WEEK.name}"
    page.goto(week)
    page.get_by_role("link", name="Tính lại…").click()
    page.get_by_role("link", name="Thôi").click()
    assert page.url == week
    page.get_by_role("link", name="Tính lại…").click()
    page.get_by_role("button", name="Tính lại").click()
    page.get_by_role("heading", name="Đã tính lại").wait_for()
    page.get_by_role("link", name="Về trang của kỳ").click()

    page.get_by_role("link", name="Phát hành…", exact=True).click()
    page.get_by_role("button", name="Phát hành và gửi thư").click()
    page.get_by_text("Đã phát hành báo cáo.").wait_for()
    until("the mail", page, page, ".state.sent")
    assert re.fullmatch(r"Đã gửi xong, bù ngày \d\d/\d\d/\d{4}", page.locator(".big").inner_text())
    page.screenshot(path=tmp_path / "published.png", full_page=True)
    assert len(mailbox.Maildir(running.home.mail, create=True).keys()) == 1

    page.get_by_role("link", name="Gửi lại…").click()
    page.get_by_role("button", name="Gửi lại").click()
    end = time.monotonic() + PATIENCE_S
    while len(mailbox.Maildir(running.home.mail, create=True).keys()) < 2:
        assert time.monotonic() < end, "the second mail did not come"
        time.sleep(0.2)

    with engine.begin() as connection:
        connection.execute(text("update ops.delivery set state = 'unknown'"))
    page.goto(week)
    page.get_by_role("link", name="Đã đến…").click()
    page.get_by_role("button", name="Ghi nhận đã đến").click()
    page.get_by_text("Đã ghi nhận: thư đã đến").wait_for()

    page.get_by_role("link", name="Điều chỉnh…").click()
    page.get_by_label("Lý do điều chỉnh").fill("Hạ Long gửi lại tệp")
    page.get_by_role("button", name="Phát hành bản điều chỉnh").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Phát hành cả khi không có số liệu nào khác").check()
    page.get_by_role("button", name="Phát hành bản điều chỉnh").click()
    page.get_by_text("Đã phát hành bản điều chỉnh.").wait_for()
    page.get_by_role("link", name="Gửi thư…").click()
    page.get_by_role("button", name="Gửi thư").click()
    until("the correction's mail", page, page, "td:has-text('điều chỉnh lần 1') + td .sent")

    page.get_by_role("link", name="Trùng lặp", exact=True).click()
    page.get_by_role("link", name="Là một").first.click()
    page.get_by_label("Ghi chú").fill("đã hỏi xã")
    page.get_by_role("button", name="Là một nhà sản xuất").click()
    page.get_by_text("Đã ghi quyết định").wait_for()
    page.goto(f"{running.board}/duplicates?all=1")
    page.get_by_role("link", name="Rút lại").click()
    page.get_by_role("button", name="Rút lại quyết định").click()
    page.get_by_text("Đã ghi quyết định").wait_for()
    page.get_by_role("link", name="Là hai").first.click()
    page.get_by_role("button", name="Là hai nhà sản xuất").click()
    page.get_by_text("Đã ghi quyết định").wait_for()

    page.get_by_role("link", name="Giữ lại", exact=True).click()
    page.get_by_role("link", name="bao-cao-tuan").first.click()
    assert fetched(page, page.get_by_role("link", name="tô ô cần sửa")).startswith(b"PK")
    assert b"\xef\xbb\xbfsheet,row_number" in fetched(page, page.get_by_role("link", name="CSV"))
    page.get_by_role("link", name="Kho báo cáo").click()
    assert fetched(page, page.get_by_role("link", name="PDF").first).startswith(b"%PDF")
    assert fetched(page, page.get_by_role("link", name="Excel").first).startswith(b"PK")

    page.get_by_role("link", name="Kiểm tra dữ liệu").click()
    page.get_by_role("heading", name="docs").wait_for()
    assert page.title() != "ran"
    statuses = crawl(operator, running)
    assert len(statuses) >= 20
    assert {path: code for path, code in statuses.items() if code != 200} == {}
    assert errors == []
    acts = [(act["actor"], act["action"]) for act in audit.acts(engine) if act["actor"] == "op"]
    assert {action for _, action in acts} >= {
        "alarm.acknowledge", "report.compute", "report.release", "delivery.resend",
        "delivery.confirm", "report.correct", "delivery.send", "duplicates.decide",
        "duplicates.undo", "quarantine.read",
    }  # fmt: skip


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_is_wider_than_the_screen(
    running: Running, chromium: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    """After the acts above, so with mails, revisions, held rows; only the matrix scrolls sideways."""
    page = entered(running, chromium, "op", size).new_page()
    for number, path in enumerate(
        ("/", f"/period/week/{WEEK.name}", "/period/month/2021-10", "/quarantine", "/quarantine/1",
         "/duplicates?all=1", "/reports", f"/correct/week/{WEEK.name}", "/nowhere/else")
    ):  # fmt: skip
        page.goto(running.board + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        page.screenshot(path=tmp_path / f"{number}.png", full_page=True)
        small = page.evaluate(
            "[...document.querySelectorAll('.button')].filter(b => b.offsetHeight < 32).length"
        )
        assert small == 0, path
