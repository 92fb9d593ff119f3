"""What units and officers do with a browser besides releasing a report: the form on the phone, difficulties, work to
do, signing. Each leaves a picture in a folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import certificates
from playwright.sync_api import Page

from lensan.reports import signing

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1400, "height": 900}


def fits(page: Page) -> None:
    """Nothing is wider than the screen, and what is touched is as high as a finger is wide."""
    assert page.viewport_size is not None
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url
    small = page.evaluate(
        "[...document.querySelectorAll('form input, form button, form textarea, form select')].filter("
        "e => !['checkbox', 'hidden'].includes(e.type) && e.offsetParent && e.offsetHeight < 38)"
        ".map(e => e.name || e.innerText)"
    )
    assert small == [], page.url


def pictured(page: Page, path: Path) -> None:
    """The page on a phone and on a desk, in both of which it fits."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        fits(page)
        page.screenshot(path=path.with_name(f"{path.stem}-{size['width']}.png"), full_page=True)


def send_form(page: Page, link: str, folder: Path, said: str) -> int:
    """Fill in a unit's form on the phone, with a slip first, and send it; what stands as II.1's cumulative then."""
    page.goto(link)
    fields = {m: page.locator(f'[name="II.1.{m}"]') for m in ("in_period", "cumulative")}
    total = int(fields["cumulative"].input_value().replace(".", "") or 0) + 3
    fields["in_period"].fill("ba hộ gì đó")
    page.locator("[name=difficulties]").fill(said)
    page.get_by_role("button", name="Gửi báo cáo").click()
    page.get_by_text("không phải là số").first.wait_for()
    pictured(page, folder / "phone-held.png")
    fields["in_period"].fill("3")
    fields["cumulative"].fill(str(total))
    page.get_by_role("button", name="Gửi báo cáo").click()
    page.get_by_text("Đã nhận báo cáo").wait_for()
    pictured(page, folder / "phone-sent.png")
    return total


def refused(page: Page, link: str) -> tuple[int, str]:
    """What a link says that opens nothing."""
    answer = page.goto(link)
    assert answer is not None
    return answer.status, page.get_by_role("alert").inner_text()


def answer_difficulty(page: Page, board: str, folder: Path, said: str, answer: str) -> None:
    """Find what a unit told, give it a theme, answer it."""
    page.goto(f"{board}/difficulties")
    told = page.locator("article", has_text=said)
    told.locator("summary").click()
    pictured(page, folder / "difficulties.png")
    told.locator("textarea").fill(answer)
    told.locator("select").first.select_option(index=1)
    told.get_by_role("button", name="Ghi").click()
    page.get_by_text("Đã trả lời").first.wait_for()


def sign(page: Page, board: str, week: str, folder: Path, root: certificates.Holder) -> bytes:
    """Fetch the PDF from *Ký số*, bring it back spoiled, by a stranger, and signed as it should be; the last."""
    officer = certificates.made("Nguyễn Văn An", root)
    stranger = certificates.made("Người lạ", certificates.made("Tổ chức lạ"))
    page.goto(f"{board}/sign/week/{week}")
    pictured(page, folder / "sign.png")
    with page.expect_download() as download:
        page.locator("main ol a").first.click()
    base = Path(download.value.path()).read_bytes()
    keys = {
        name: holder.pkcs12(folder / f"{name}.p12")
        for name, holder in (("officer", officer), ("stranger", stranger))
    }
    good = _signed(base, keys["officer"])
    spoiled = bytearray(good)
    spoiled[len(base) + 40] ^= 1
    foreign = _signed(base, keys["stranger"])
    for name, content, why in (
        ("spoiled", bytes(spoiled), ""),
        ("foreign", foreign, "không thuộc tổ chức chứng thực được tin cậy"),
        ("unsigned", base, "không có chữ ký số"),
    ):
        _bring(page, folder / f"{name}.pdf", content)
        assert why in page.get_by_role("alert").inner_text()
        pictured(page, folder / f"sign-{name}.png")
    _bring(page, folder / "signed.pdf", good)
    page.get_by_text("Đã nhận tệp đã ký").wait_for()
    page.goto(f"{board}/sign/week/{week}")
    pictured(page, folder / "signed.png")
    return good


def _signed(base: bytes, key: Path) -> bytes:
    """Signed in a thread of its own: the browser's has a loop already, and signing runs one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(signing.sign, base, key, certificates.PASSWORD).result()


def _bring(page: Page, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    page.locator("#signed").set_input_files(path)
    page.get_by_role("button", name="Nộp tệp đã ký").click()
    page.wait_for_load_state()
