"""The printed workbook, as LibreOffice prints it: the form as it is signed, few pages behind it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import reporting_case

from lensan.domain import report_forms
from lensan.domain.report_model import Report
from lensan.reports import workbook

pytestmark = pytest.mark.system
REPORTS = {
    "week": reporting_case.make(),
    "published-week": replace(reporting_case.make(), root="a" * 64),
    "fullest-week": reporting_case.fullest(),
    "emptiest-week": reporting_case.emptiest(),
    "week-of-many-doubts": reporting_case.doubted(23),
    "month": reporting_case.make("month"),
    "fullest-month": reporting_case.fullest("month"),
    "emptiest-month": reporting_case.emptiest("month"),
    "week-of-54": reporting_case.of_units(54),
    "month-of-130": reporting_case.of_units(130, "month"),
}
PAGES = {"week-of-54": 18, "month-of-130": 29}
"""The workbook at most, one of them the pictures of gluts; of the 13 units twelve. With Liberation's fonts, which .ci/run installs: on a
machine that has others rows are a little lower or higher, which at 130 units is a page."""
TITLE = re.compile(r"BÁO CÁO (TUẦN|THÁNG)\n")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each report as LibreOffice prints it; it is started once for all of them."""
    folder = tmp_path_factory.mktemp("printed")
    for name, report in REPORTS.items():
        (folder / f"{name}.xlsx").write_bytes(_workbook(report))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile",
         "--convert-to", "pdf", "--outdir", str(folder),
         *(str(folder / f"{name}.xlsx") for name in REPORTS)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return {name: folder / f"{name}.pdf" for name in REPORTS}


@pytest.fixture(scope="module")
def printed(files: dict[str, Path]) -> dict[str, list[str]]:
    """Each report's pages as texts."""
    return {name: _pages(path) for name, path in files.items()}


def _workbook(report: Report) -> bytes:
    return workbook.build(report, report_forms.form(report.period.kind))


def _pages(path: Path, *how: str) -> list[str]:
    done = subprocess.run(
        ["pdftotext", *how, str(path), "-"], check=True, capture_output=True, text=True
    )
    return done.stdout.split("\f")[:-1]


@pytest.mark.parametrize("name", REPORTS)
def test_the_form_takes_two_pages_and_the_workbook_no_more_than_can_be_read(
    printed: dict[str, list[str]], name: str
) -> None:
    pages = printed[name]
    assert len(pages) <= PAGES.get(name, 12)
    first_further = next(i for i, page in enumerate(pages) if "KẾT QUẢ THEO ĐỊA PHƯƠNG" in page)
    assert first_further == 2
    assert TITLE.search(pages[0]) and "Ghi chú thông tin bổ sung" in pages[1]


@pytest.mark.parametrize("name", REPORTS)
def test_no_title_of_a_table_stays_behind_at_the_end_of_a_page(
    files: dict[str, Path], name: str
) -> None:
    form = report_forms.form(REPORTS[name].period.kind)
    titles = {table.title for sheet in form.sheets for table in sheet.tables if table.title}
    assert titles
    # As laid out: the last line of a further page is its number.
    pages = [page.strip().splitlines() for page in _pages(files[name], "-layout")]
    ends = {line.strip() for page in pages for line in [each for each in page if each.strip()][-2:]}
    assert any("/" in end for end in ends)
    assert not ends & titles


@pytest.mark.parametrize("name", REPORTS)
def test_the_signatures_stand_with_the_last_row(printed: dict[str, list[str]], name: str) -> None:
    last = printed[name][1]
    assert "GIÁM ĐỐC" in last and "Nơi nhận:" in last
    assert "quốc gia" in last if "week" in name else "ưu đãi khác" in last
