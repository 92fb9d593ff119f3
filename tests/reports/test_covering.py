"""The covering report: each number is the form's, the page is as Nghị định 30 wants it, the bytes are the same."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
import reporting_case
from docx import Document
from docx.document import Document as Doc
from sqlalchemy import Engine

from lensan.domain import periods, report_forms
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT
from lensan.domain.report_model import Report, SheetTable
from lensan.reports import building, covering, figures_json, letter_docx, publishing

KINDS = ("week", "month")
NUMBER = re.compile(r"\d[\d.,/]*\d|\d")
NO_FIGURES = re.compile(
    r"\d{2}/\d{2}/\d{4}|\d{3}/KH-UBND|năm \d{4}|tháng \d{2}/\d{4}|^\d\. |\b[IVX]+\.\d\b",
    re.MULTILINE,
)


def opened(report: Report) -> Doc:
    return Document(io.BytesIO(covering.build(report)))


def body(report: Report) -> list[str]:
    """The paragraphs of the text, without letterhead, title and signatures."""
    return [p.text for p in opened(report).paragraphs if p.text][2:]


def with_difficulties(report: Report) -> Report:
    told_at = datetime(2021, 11, 15, 8, 0, tzinfo=ICT)
    rows = (
        ("Huyện Cô Tô", told_at, "# Thiếu xe\x0blạnh", "Chưa trả lời", None),
        ("Sở Công Thương", told_at, "Chưa có mẫu", "Đã trả lời", "Đã gửi mẫu"),
    )
    table = SheetTable(("who", "told_at", "said", "state", "answer"), rows)
    return replace(report, tables={**report.tables, "difficulties": table})


def _of_many_units() -> Report:
    """Its pace and its forecast are of other units."""
    report = reporting_case.of_units(130)
    return replace(
        report,
        tables={k: v for k, v in report.tables.items() if k not in ("pace", "season_forecast")},
    )


def cases() -> dict[str, Report]:
    found = {kind: reporting_case.make(kind) for kind in KINDS}
    found |= {f"fullest {kind}": reporting_case.fullest(kind) for kind in KINDS}
    found |= {f"emptiest {kind}": reporting_case.emptiest(kind) for kind in KINDS}
    return found | {
        "130 units": _of_many_units(),
        "difficulties": with_difficulties(reporting_case.make()),
        "corrected": reporting_case.make(revision=1),
    }


CASES = cases()


def check_numbers(report: Report) -> int:
    """Each number in the text is one that was told, and each told figure is that of figures.json; how many."""
    _letter, said = covering.letter(report)
    printed = {
        (figure["unit"], figure["indicator"]): figure
        for figure in figures_json.load(figures_json.dump(report))["figures"]
    }
    form = report_forms.form(report.period.kind)
    for each in said:
        if each.table == covering.FIGURES:
            figure = printed[each.unit, each.indicator]
            value = figure[each.measure]
            assert value == each.value, each
            first = each.text.split("/")[0]
            if form.row(each.indicator).parts == 2 and each.measure in ("in_period", "cumulative"):
                assert first == str(value), each
                second = figure[f"{each.measure}_2"]
                assert each.text.split("/")[1] == ("-" if second is None else str(second)), each
            else:
                digits = first.replace(".", "").replace(",", ".")
                step = Decimal(1).scaleb(Decimal(digits).as_tuple().exponent)
                assert abs(Decimal(digits) - abs(Decimal(str(value)))) <= step / 2, each
        elif each.unit == PROVINCE and each.indicator and each.table == "pace":
            rows = report.tables["pace"].records()
            (row,) = (r for r in rows if (r["indicator"], r["unit"]) == (each.indicator, PROVINCE))
            assert row[each.measure] == each.value
    allowed = Counter(each.text for each in said)
    text = "\n".join(body(report))
    for name in sorted((name for _code, name in report.units), key=len, reverse=True):
        text = text.replace(name, "")
    for figure in report.figures:
        for line in (figure.note or "").splitlines() if figure.unit == report.whole else ():
            text = text.replace(" ".join(line.split()), "")
    found = Counter(NUMBER.findall(NO_FIGURES.sub("", text)))
    assert found - allowed == Counter()
    return sum(found.values())


@pytest.mark.parametrize("name", CASES)
def test_every_number_in_the_text_is_a_figure_of_the_report(name: str) -> None:
    assert check_numbers(CASES[name]) > (10 if "emptiest" in name else 100)


def test_the_numbers_of_a_published_report_are_those_of_its_figures(
    published_sample: Engine,
) -> None:
    assert check_numbers(publishing.load(published_sample, periods.parse("week", "2021-12-09"))[0])
    known_at = datetime(2021, 12, 31, tzinfo=ICT)
    month = building.build(
        published_sample, periods.parse("month", "2021-11"), moment=known_at, known_at=known_at
    )
    assert check_numbers(month) > 60


def test_a_number_that_nobody_told_is_found() -> None:
    table = SheetTable(
        ("who", "told_at", "said", "state", "answer"), (("Cô Tô", None, "987 hộ", "", None),)
    )
    report = CASES["week"]
    with pytest.raises(AssertionError, match="987"):
        check_numbers(replace(report, tables={**report.tables, "difficulties": table}))


@pytest.mark.parametrize("name", CASES)
def test_the_same_report_gives_the_same_bytes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = covering.build(CASES[name])
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    assert covering.build(CASES[name]) == first
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {part.date_time[0] for part in package.infolist()} == {1980}


def test_the_page_is_as_the_decree_on_papers_wants_it() -> None:
    document = opened(CASES["week"])
    section = document.sections[0]
    sides = (section.page_width, section.page_height, section.top_margin, section.bottom_margin,
             section.left_margin, section.right_margin)  # fmt: skip
    assert [round(side.mm) for side in sides if side is not None] == [210, 297, 20, 20, 30, 15]
    assert document.styles["Normal"].font.name == "Times New Roman"
    sizes = {
        run.font.size.pt
        for p in document.paragraphs
        for run in p.runs
        if run.font.size and run.text
    }
    assert sizes == {14}
    assert section.different_first_page_header_footer
    head, foot = (
        [cell.text for row in table.rows for cell in row.cells] for table in document.tables
    )
    assert head[0].split("\n")[:2] == ["UBND TỈNH QUẢNG NINH", "SỞ THÔNG TIN VÀ TRUYỀN THÔNG"]
    assert head[1].startswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc")
    assert head[2:] == ["Số: ……/BC-STTTT", "Quảng Ninh, ngày 18 tháng 11 năm 2021"]
    assert foot[0].startswith("Nơi nhận:\n- Ủy ban nhân dân tỉnh (b/c);")
    assert foot[1].startswith("GIÁM ĐỐC")
    titles = [p.text for p in document.paragraphs if p.text][:2]
    assert titles[0] == "BÁO CÁO" and titles[1].endswith("(Từ ngày 11/11/2021 đến ngày 17/11/2021)")


def test_it_says_what_changed_and_why_who_leads_who_lags_and_what_follows() -> None:
    lines = body(CASES["week"])
    text, headings = "\n".join(lines), [line for line in lines if line.isupper()]
    assert [each.split(".")[0] for each in headings] == ["I", "II", "III", "IV", "V"]
    assert "tăng 7,7%, từ 84,500 thành 91,018 tấn" in text
    assert "Chưa có sản lượng kế hoạch: Rượu ba kích." in text
    assert "Thành phố Cẩm Phả (từ 14,500 thành 21,018)" in text
    assert "cao nhất Thành phố Uông Bí 64,7%" in text and "thấp nhất Huyện Vân Đồn 0,0%" in text
    assert "1. Huyện Ba Chẽ, Huyện Cô Tô gửi ngay báo cáo tuần còn thiếu." in text
    assert "dư thừa dự kiến 48,5 tấn" in text


def test_a_correction_says_so_and_bears_no_day() -> None:
    report = CASES["corrected"]
    assert covering.file_name(report) == "bao-cao-tuan-2021-11-18-dc1-loi.docx"
    document = opened(report)
    assert [p.text for p in document.paragraphs if p.text][1].endswith("(điều chỉnh lần 1)")
    assert "ngày …… tháng …… năm" in document.tables[0].rows[1].cells[1].text


def test_what_people_wrote_is_text_and_nothing_else() -> None:
    text = body(CASES["difficulties"])
    assert "- Huyện Cô Tô: # Thiếu xe lạnh" in text
    assert "- Sở Công Thương: Chưa có mẫu (đã trả lời: Đã gửi mẫu)" in text
    assert any("trả lời 1 khó khăn" in line for line in text)
    for odd in ("\x00", "\x1f", "\ud800", "\ufffe"):
        made = letter_docx.build(replace(covering.letter(CASES["week"])[0], subject=f"a{odd}b"))
        assert "a b" in [p.text for p in Document(io.BytesIO(made)).paragraphs]


def test_of_many_units_their_number_is_told() -> None:
    text = "\n".join(body(CASES["130 units"]))
    assert not re.search(r"(Phường Đơn vị \d+, ){13}", text)
