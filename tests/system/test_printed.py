"""The printed workbook, as LibreOffice prints it: the form as it is signed, few pages behind it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import reporting_case

from lensan.domain import report_forms
from lensan.domain.report_model import Report
from lensan.reports import workbook

pytestmark = pytest.mark.system
REPORTS = {
    "week": reporting_case.make(),
    "fullest-week": reporting_case.fullest(),
    "emptiest-week": reporting_case.emptiest(),
    "month": reporting_case.make("month"),
    "fullest-month": reporting_case.fullest("month"),
    "emptiest-month": reporting_case.emptiest("month"),
}
TITLE = re.compile(r"BÁO CÁO (TUẦN|THÁNG)\n")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Each report's pages as texts; LibreOffice is started once for all of them."""
    folder = tmp_path_factory.mktemp("printed")
    for name, report in REPORTS.items():
        (folder / f"{name}.xlsx").write_bytes(_workbook(report))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile",
         "--convert-to", "pdf", "--outdir", str(folder),
         *(str(folder / f"{name}.xlsx") for name in REPORTS)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return {name: _pages(folder / f"{name}.pdf") for name in REPORTS}


def _workbook(report: Report) -> bytes:
    return workbook.build(report, report_forms.form(report.period.kind))


def _pages(path: Path) -> list[str]:
    done = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, text=True)
    return done.stdout.split("\f")[:-1]


@pytest.mark.parametrize("name", REPORTS)
def test_the_form_takes_two_pages_and_the_workbook_at_most_twelve(
    printed: dict[str, list[str]], name: str
) -> None:
    pages = printed[name]
    assert len(pages) <= 12
    first_further = next(i for i, page in enumerate(pages) if "KẾT QUẢ THEO ĐỊA PHƯƠNG" in page)
    assert first_further == 2
    assert TITLE.search(pages[0]) and "Ghi chú thông tin bổ sung" in pages[1]


@pytest.mark.parametrize("name", REPORTS)
def test_no_title_of_a_table_stays_behind_at_the_end_of_a_page(
    printed: dict[str, list[str]], name: str
) -> None:
    form = report_forms.form(REPORTS[name].period.kind)
    titles = {table.title for sheet in form.sheets for table in sheet.tables if table.title}
    assert titles
    for page in printed[name]:
        *_, before, last = ["", "", *(line for line in page.splitlines() if line.strip())]
        assert not {before.strip(), last.strip()} & titles


@pytest.mark.parametrize("name", REPORTS)
def test_the_signatures_stand_with_the_last_row(printed: dict[str, list[str]], name: str) -> None:
    last = printed[name][1]
    assert "GIÁM ĐỐC" in last and "Nơi nhận:" in last
    assert "quốc gia" in last if "week" in name else "ưu đãi khác" in last
