"""The way back to a district: its own workbook marked, and the receipt."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from loading import form, put, rows, workbook
from sqlalchemy import Engine
from taking_in import SAMPLES, take_in

from lensan.domain import contracts
from lensan.domain.periods import ICT
from lensan.intake import file_load, landing, readers, sweep
from lensan.intake.cells import as_text
from lensan.mail import transport
from lensan.units import answers, marking
from lensan.units.answers import Answer
from lensan.units.marking import tags

MOMENT = datetime(2021, 11, 18, 9, 30, tzinfo=ICT)
LATER = datetime(2021, 11, 18, 13, 0, tzinfo=ICT)
BAD = (
    ("chưa rõ", 9),
    (None, None),
    (7, 35),
    (-4, 40),
    ("5/1", "125/34"),
    (1, 3),
    (2, 6),
)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000"
    "000301010018dd8db00000000049454e44ae426082"
)


def sender_book(numbers: Sequence[tuple[Any, Any]] = BAD) -> bytes:
    """A workbook as an officer makes it: formulas with results, merges, a picture, a comment, lists."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    name, table = form(values=numbers)
    sheet = book.add_worksheet(name)
    strong = book.add_format({"bold": True, "bg_color": "#E2EFDA", "border": 1})
    plain = book.add_format({"border": 1, "num_format": "#,##0"})
    for at, row in enumerate(table):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value, strong if at == 6 else plain)
    sheet.write_formula("F14", "=4+2", plain, 6)
    sheet.merge_range("A4:H4", "BÁO CÁO TUẦN", strong)
    sheet.set_column("B:B", 44)
    sheet.set_column("D:F", 13.5)
    sheet.write_rich_string("H9", strong, "Ghi chú ", plain, "của huyện")
    sheet.write_comment("H8", "Nhớ hỏi lại xã", {"author": "Chị Lan"})
    sheet.write_comment("D8", "Xã báo sau", {"author": "Chị Lan"})
    sheet.data_validation("D8:D14", {"validate": "integer", "criteria": ">=", "value": 0})
    sheet.conditional_format("F8:F14", {"type": "cell", "criteria": ">", "value": 99, "format": strong})  # fmt: skip
    sheet.insert_image("J2", "dau.png", {"image_data": io.BytesIO(PIXEL)})
    sheet.print_area("A1:H20")
    people = book.add_worksheet("Tập huấn")
    people.write_row(0, 0, ["Họ tên", "Số giấy tờ", "Số điện thoại", "Xã/Phường", "Nội dung", "Ngày"])  # fmt: skip
    people.write_row(1, 0, ["Nguyễn Văn An", "022000000001", "0912345678", "Hồng Gai", "Kỹ năng số", "12/11/2021"])  # fmt: skip
    people.write_row(2, 0, ["Trần Thị Bé", "022000000002", "khong co", "Hồng Gai", "Kỹ năng số", "12/11/2021"])  # fmt: skip
    notes = book.add_worksheet("Tính toán")
    notes.write_formula("A1", "='Tập huấn'!A2&\" và bạn\"", None, "Nguyễn Văn An và bạn")
    notes.write_formula("A2", f"=SUM('{name}'!F8:F14)", None, 252)
    book.define_name("Tong", "='Tính toán'!$A$2")
    book.close()
    return stream.getvalue()


def taken(
    engine: Engine, folder: Path, name: str, book: bytes, moment: datetime = MOMENT
) -> file_load.Outcome:
    root = put(folder / "landing", {f"districts/{name}": book})
    return take_in(engine, root, folder / "raw", moment=moment)[-1]


def answer(engine: Engine, folder: Path, name: str, book: bytes) -> tuple[Answer, bytes]:
    outcome = taken(engine, folder, name, book)
    found = answers.annotate(engine, outcome.file_id, folder / "raw")
    assert found.attachment is not None
    return found, found.attachment


def opened(book: bytes, **more: Any) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(book), **more)


def cells_of(book: bytes, *, data_only: bool = False) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Everything of each cell but its fill."""
    found = {}
    for sheet in opened(book, data_only=data_only, rich_text=True).worksheets:
        found[sheet.title] = {
            cell.coordinate: (
                str(cell.value) if cell.value is not None else None,
                cell.data_type,
                cell.number_format,
                repr(cell.font),
                repr(cell.border),
                repr(cell.alignment),
                repr(cell.protection),
            )
            for line in sheet.iter_rows()
            for cell in line
        }
    return found


# ---------------------------------------------------------------- what is marked


def test_bad_cells_are_coloured_and_say_in_a_comment_what_is_expected(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    found, book = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", sender_book())
    sheet = opened(book)["Biểu tuần"]
    assert sheet["D8"].fill.fgColor.rgb == marking.BAD_COLOUR
    assert "“chưa rõ”" in sheet["D8"].comment.text
    assert "Cần ghi một số nguyên" in sheet["D8"].comment.text
    assert sheet["D11"].fill.fgColor.rgb == marking.BAD_COLOUR
    assert sheet["D10"].comment is None
    assert sheet["D10"].fill.fgColor.rgb != marking.BAD_COLOUR
    assert [(f.sheet, f.cell, f.is_doubt) for f in found.remarks][:2] == [
        ("Biểu tuần", "D8", False),
        ("Biểu tuần", "D11", False),
    ]


def test_doubts_look_different_from_errors_in_black_and_white_too(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    _, book = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", sender_book())
    doubt = opened(book)["Tập huấn"]["C3"]
    bad = opened(book)["Biểu tuần"]["D8"]
    assert doubt.fill.patternType == "lightUp"
    assert bad.fill.patternType == "solid"
    assert doubt.comment.text.startswith("LƯU Ý")
    assert bad.comment.text.startswith("CẦN SỬA")


def test_the_first_sheet_lists_every_problem_with_a_link_to_its_cell(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    found, book = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", sender_book())
    read = opened(book)
    assert read.sheetnames == ["Cần sửa", "Đã hiểu", "Biểu tuần", "Tập huấn", "Tính toán"]
    listed = read["Cần sửa"]
    lines = [[cell.value for cell in line] for line in listed.iter_rows(min_row=6)]
    assert [line[1:5] for line in lines] == [
        ["LƯU Ý" if f.is_doubt else "CẦN SỬA", f.sheet, f.cell, f.problem.value]
        for f in found.remarks
    ]
    assert len(lines) == 3
    assert [line[3].hyperlink.location for line in listed.iter_rows(min_row=6)] == [
        "'Biểu tuần'!D8",
        "'Biểu tuần'!D11",
        "'Tập huấn'!C3",
    ]
    assert [sheet.sheet_view.tabSelected for sheet in read.worksheets].count(True) == 1


# ---------------------------------------------------------------- what is left alone


def test_values_formulas_and_styles_of_the_sender_are_unchanged_but_for_the_fill(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    before = sender_book()
    _, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", before)
    for data_only in (False, True):
        theirs = cells_of(after, data_only=data_only)
        del theirs["Cần sửa"], theirs["Đã hiểu"]
        assert theirs == cells_of(before, data_only=data_only)
    assert cells_of(after, data_only=True)["Tính toán"]["A2"][0] == "252"


def test_unmarked_cells_keep_their_very_style_number(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    before = sender_book()
    _, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", before)
    cell = re.compile(rb'<c r="([A-Z]+\d+)"(?: s="(\d+)")?')
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        name = "xl/worksheets/sheet1.xml"
        was, now = dict(cell.findall(old.read(name))), dict(cell.findall(new.read(name)))
        assert {place for place in now if now[place] != was.get(place)} == {b"D8", b"D11"}
        for part in ("xl/worksheets/sheet3.xml", "xl/media/image1.png", "xl/drawings/drawing1.xml"):
            assert new.read(part) == old.read(part)


def test_merges_widths_validations_names_pictures_and_comments_stay(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    before = sender_book()
    _, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", before)
    old, new = opened(before), opened(after)
    for sheet in old.worksheets:
        same = new[sheet.title]
        assert same.merged_cells.ranges == sheet.merged_cells.ranges
        assert {k: d.width for k, d in same.column_dimensions.items()} == {
            k: d.width for k, d in sheet.column_dimensions.items()
        }
        assert len(same.data_validations.dataValidation) == len(
            sheet.data_validations.dataValidation
        )
        assert len(same.conditional_formatting) == len(sheet.conditional_formatting)
        assert same.print_area == sheet.print_area
    assert new.defined_names["Tong"].attr_text == "'Tính toán'!$A$2"
    assert new["Biểu tuần"]["H8"].comment.text == "Nhớ hỏi lại xã"
    assert "Ghi chú trước đó: Xã báo sau" in new["Biểu tuần"]["D8"].comment.text
    with zipfile.ZipFile(io.BytesIO(after)) as archive:
        assert archive.read("xl/media/image1.png") == PIXEL
        drawing = archive.read("xl/drawings/vmlDrawing1.vml")
    assert drawing.count(b"<v:shape ") == 3  # H8 and D8 as they were, D11 new


def test_text_of_a_cell_never_becomes_a_formula_or_markup(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    evil = '=HYPERLINK("http://x","<b>&")_x005F_x0041_'
    book = workbook([form(values=[(evil, 9), *BAD[1:]])])
    book = with_text(book, "D8", evil)
    _, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", book)
    listed = opened(after)["Cần sửa"]
    assert listed["E6"].value.startswith("=HYPERLINK")
    assert listed["E6"].data_type in ("s", "inlineStr")
    with zipfile.ZipFile(io.BytesIO(after)) as archive:
        name = next(n for n in archive.namelist() if "canSua" in n)
        assert b"<f" not in archive.read(name)
        assert b"_x005F_x0041_" in archive.read(name)


def with_text(book: bytes, place: str, text: str) -> bytes:
    read = opened(book)
    cell = read.worksheets[0][place]
    cell.value, cell.data_type = text, "s"
    stream = io.BytesIO()
    read.save(stream)
    return stream.getvalue()


# ---------------------------------------------------------------- there and back again


def test_the_returned_workbook_corrected_and_sent_again_closes_its_quarantine_entries(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    _, book = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", sender_book())
    read = opened(book)
    read["Biểu tuần"]["D8"] = 2
    read["Biểu tuần"]["D11"] = 4
    read["Biểu tuần"]["F14"] = 6  # openpyxl keeps no results of formulas; Excel does
    read["Tập huấn"]["C3"] = "0912345679"
    read["Tính toán"]["A1"] = read["Tính toán"]["A2"] = None
    stream = io.BytesIO()
    read.save(stream)
    outcome = taken(
        warehouse_engine, tmp_path, "ha-long/Cần sửa - bc_20211118.xlsx", stream.getvalue(), LATER
    )
    assert (outcome.status, outcome.rows_quarantined) == ("loaded", 0)
    held = rows(warehouse_engine, "select closed_by from ops.quarantine")
    assert [entry["closed_by"] for entry in held] == [outcome.file_id] * 2
    assert answers.respond(warehouse_engine, outcome.file_id, tmp_path / "raw").kind == "receipt"


def test_a_second_return_replaces_the_first_ones_list_colours_and_comments(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    _, book = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", sender_book())
    read = opened(book)
    read["Biểu tuần"]["D8"] = 2
    read["Biểu tuần"]["F14"] = 6
    stream = io.BytesIO()
    read.save(stream)
    outcome = taken(warehouse_engine, tmp_path, "ha-long/sua_20211118.xlsx", stream.getvalue(), LATER)  # fmt: skip
    again = answers.annotate(warehouse_engine, outcome.file_id, tmp_path / "raw").attachment
    assert again is not None
    second = opened(again)
    assert second.sheetnames == ["Cần sửa", "Đã hiểu", "Biểu tuần", "Tập huấn", "Tính toán"]
    assert second["Biểu tuần"]["D8"].comment is None
    assert second["Biểu tuần"]["D8"].fill.patternType is None
    assert second["Biểu tuần"]["D11"].fill.fgColor.rgb == marking.BAD_COLOUR
    assert second["Biểu tuần"].print_area == "'Biểu tuần'!$A$1:$H$20"
    assert [line[3].value for line in second["Cần sửa"].iter_rows(min_row=6)] == ["D11", "C3"]


# ---------------------------------------------------------------- other formats, hostile files


def old_excel(numbers: Sequence[tuple[Any, Any]] = BAD) -> bytes:
    book = xlwt.Workbook()
    name, table = form(values=numbers)
    sheet = book.add_sheet(name)
    for at, row in enumerate(table):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_an_xls_comes_back_as_an_xlsx_that_reads_the_same(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    before = old_excel()
    found, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xls", before)
    assert found.attachment_name == "Cần sửa - bc_20211118.xlsx"
    assert "định dạng .xlsx" in found.text
    (tmp_path / "a.xls").write_bytes(before)
    (tmp_path / "b.xlsx").write_bytes(after)
    old = readers.open_document(tmp_path / "a.xls", name="a").tables[0]
    new = readers.open_document(tmp_path / "b.xlsx", name="b").tables[2]
    assert [[as_text(c) for c in row.cells] for row in new.rows] == [
        [as_text(c) for c in row.cells] for row in old.rows
    ]
    assert opened(after)["Biểu tuần"]["D8"].fill.fgColor.rgb == marking.BAD_COLOUR


def altered(book: bytes, **parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return stream.getvalue()


def test_macros_are_cut_out_of_what_is_sent_back(tmp_path: Path, warehouse_engine: Engine) -> None:
    book = altered(sender_book(), **{"xl/vbaProject.bin": b"macro"})
    types = zipfile.ZipFile(io.BytesIO(book)).read("[Content_Types].xml")
    book = altered(
        book,
        **{
            "[Content_Types].xml": types.replace(
                b"openxmlformats-officedocument.spreadsheetml.sheet.main",
                b"ms-excel.sheet.macroEnabled.main",
            )
        },
    )
    found, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsm", book)
    assert (found.attachment_name or "").endswith(".xlsx")
    with zipfile.ZipFile(io.BytesIO(after)) as archive:
        assert not [name for name in archive.namelist() if "vba" in name.lower()]
        assert b"macroEnabled" not in archive.read("[Content_Types].xml")
        assert "xl/media/image1.png" in archive.namelist()


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/embeddings/oleObject1.bin", b"ole"),
        ("xl/macrosheets/sheet1.xml", b"<xm/>"),
        ("xl/externalLinks/externalLink9.xml", b"<externalLink><ddeLink/></externalLink>"),
    ],
)
def test_what_could_run_on_opening_is_never_sent_back(
    part: str, content: bytes, tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = altered(sender_book(), **{part: content})
    _, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", book)
    with zipfile.ZipFile(io.BytesIO(after)) as archive:
        assert part not in archive.namelist()
    assert opened(after)["Biểu tuần"]["D8"].fill.fgColor.rgb == marking.BAD_COLOUR


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"%PDF-1.4 nothing"])
def test_a_file_that_cannot_be_opened_gets_the_reason_and_no_attachment(
    content: bytes, tmp_path: Path, warehouse_engine: Engine
) -> None:
    outcome = taken(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", content)
    found = answers.respond(warehouse_engine, outcome.file_id, tmp_path / "raw")
    assert (found.kind, found.attachment, found.sender) == ("correction", None, "193")
    assert outcome.reason is not None
    assert outcome.reason in found.text
    assert found.subject == "[Báo cáo] Đề nghị chỉnh sửa báo cáo của thành phố Hạ Long"


def test_a_rejected_file_says_why_and_marks_the_heading_to_blame(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = workbook([form(span="Từ ngày 12/11/2021 đến ngày 18/11/2021")])
    found, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", book)
    assert [(f.cell, f.is_doubt) for f in found.remarks] == [("A5", False)]
    assert "Tuần có thể là" in found.remarks[0].told.advice
    assert opened(after)["Biểu tuần"]["A5"].fill.fgColor.rgb == marking.BAD_COLOUR
    assert "CHƯA ĐƯỢC NHẬN" in found.text


def test_a_missing_value_marks_a_cell_that_was_not_there(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    people = [
        ["Họ tên", "Số giấy tờ", "Nội dung", "Ngày", "Xã/Phường"],
        ["Trần Thị Bé", "022000000002", "Kỹ năng số", None, "Hồng Gai"],
        ["Lê Văn Cừ", "022000000003", None, None, None],
    ]
    book = workbook([form(), ("Tập huấn", people)])
    _, after = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", book)
    sheet = opened(after)["Tập huấn"]
    for place in ("D2", "C3", "D3"):
        assert sheet[place].fill.fgColor.rgb == marking.BAD_COLOUR, place
        assert sheet[place].comment.text.startswith("CẦN SỬA\nThiếu giá trị")
    assert (sheet["B2"].value, sheet["E2"].value) == ("022000000002", "Hồng Gai")


def test_every_faulty_sample_comes_back_readable(
    tmp_path: Path, sample_warehouse: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """All district files of the samples with something wrong: .xlsx, .xls and .ods, legacy fonts."""
    list(landing.receive(SAMPLES / "landing" / "districts", tmp_path / "raw"))
    wrong = rows(
        sample_warehouse,
        "select file_id, name, status from ops.source_file where source = 'districts' "
        "and (status = 'rejected' or rows_quarantined > 0 or file_id in "
        "(select file_id from ops.row_warning)) order by name",
    )
    assert len(wrong) >= 5
    for file in wrong:
        found = answers.annotate(sample_warehouse, file["file_id"], tmp_path / "raw")
        if found.attachment is None:
            assert file["status"] == "rejected", file
            continue
        assert opened(found.attachment).sheetnames[0] == "Cần sửa", file
    assert "a copy goes back" not in caplog.text


# ---------------------------------------------------------------- mails


def test_the_mail_survives_the_wire_with_its_vietnamese_attachment_name(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    found, book = answer(
        warehouse_engine, tmp_path, 'ha-long/Báo cáo "Hạ Long"; tuần_20211118.xlsx', sender_book()
    )
    mail = answers.mail(found, "vhtt.halong@quangninh.gov.vn")
    got: Any = message_from_bytes(mail.as_bytes(policy=transport.WIRE), policy=policy.default)
    assert got["Subject"] == (
        "[Báo cáo tuần 18/11/2021] Đề nghị chỉnh sửa báo cáo của thành phố Hạ Long"
    )
    (attached,) = got.iter_attachments()
    assert attached.get_filename() == "Cần sửa - Báo cáo _Hạ Long__ tuần_20211118.xlsx"
    assert attached.get_content() == book
    assert mail.as_bytes() == answers.mail(found, "vhtt.halong@quangninh.gov.vn").as_bytes()
    with pytest.raises(ValueError, match="no e-mail address"):
        answers.mail(found, "a@b.vn\nBcc: c@d.vn")


def test_the_mails_text_holds_no_value_of_the_file(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    found, _ = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", sender_book())
    for text in (found.text, found.html):
        assert "-4" not in text
        assert "khong co" not in text
        assert "chưa rõ" not in text
        assert "ô C3" in text or "C3" in text
        assert "Tập huấn" in text


def test_markup_in_a_sheets_or_files_name_is_escaped_in_the_mail(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = opened(workbook([form(values=BAD)]))
    book.worksheets[0].title = "<b>Biểu</b>".replace("/", "-")
    stream = io.BytesIO()
    book.save(stream)
    name = "ha-long/<img src=x>_20211118.xlsx"
    found, _ = answer(warehouse_engine, tmp_path, name, stream.getvalue())
    assert "<b>Biểu" not in found.html
    assert "<img" not in found.html


def test_a_clean_file_gets_a_receipt_with_what_was_understood(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    outcome = taken(
        warehouse_engine,
        tmp_path,
        "ha-long/bc_20211118.xlsx",
        workbook([form(), ("Nền", [["Chỉ tiêu nền", "Năm", "Giá trị"], ["Tổng số hộ SXNN", 2021, 1489]])]),
    )  # fmt: skip
    found = answers.respond(warehouse_engine, outcome.file_id, tmp_path / "raw")
    assert (found.kind, found.attachment_name) == ("receipt", "Đã hiểu - bc_20211118.xlsx")
    assert found.subject == "[Báo cáo tuần 18/11/2021] Đã nhận báo cáo của thành phố Hạ Long"
    assert "Báo cáo đúng hạn (hạn 14:00 ngày 18/11/2021)" in found.text
    assert "III.1. Số/loại sản phẩm được quảng bá, giới thiệu trên sàn (Sản phẩm/Loại): trong kỳ 5/1, lũy kế 125/34" in found.text  # fmt: skip
    assert "ghi chú: Danh sách các tỉnh thành:" in found.text
    assert "- số liệu nền: đã nhận 1 dòng" in found.text
    assert "09:30 ngày 18/11/2021" in found.html


def test_a_late_report_is_told_by_how_much(tmp_path: Path, warehouse_engine: Engine) -> None:
    late = datetime(2021, 11, 19, 8, 5, tzinfo=ICT)
    outcome = taken(
        warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([form()]), late
    )
    found = answers.receipt(warehouse_engine, outcome.file_id, tmp_path / "raw")
    assert "nộp muộn 18 giờ 5 phút so với hạn 14:00 ngày 18/11/2021" in found.text


def test_a_receipt_of_the_same_bytes_again_says_so(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = workbook([form()])
    taken(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", book)
    outcome = taken(warehouse_engine, tmp_path, "ha-long/bc2_20211118.xlsx", book, LATER)
    found = answers.respond(warehouse_engine, outcome.file_id, tmp_path / "raw")
    assert outcome.status == "duplicate"
    assert "giống hệt" in found.text
    assert "II.3." in found.text


ODD = [
    ("Biểu", [
        ["UBND THÀNH PHỐ HẠ LONG"], ["(Từ ngày 11/11/2021 đến ngày 17/11/2021)"],
        ["STT", "Chỉ tiêu nhiệm vụ", "ĐVT", "Kết quả trong tuần", "Lũy kế đến nay", "Kế hoạch giao"],
        [1, "Số hộ SXNN có tài khoản thanh toán điện tữ", "Hộ", "2", 9, 50],
        [2, "Sản lượng nông sản tiêu thụ qua sàn", "kg", 1500, 6000, None],
    ]),
    ("Chủ lực", [
        ["STT", "Tên sản phẩm", "Năm", "Sản lượng dự kiến (tạ)", "Ghi chú"],
        [1, "Na dai", "Năm 2021", 250, "vụ chính"], [2, "Chè", 2021, "40 tấn", None],
        [None, "Tổng cộng", 2021, 650, None],
    ]),
    ("Nháp", [["Việc phải làm"], ["Hỏi lại xã Hồng Gai"]]),
]  # fmt: skip


def lines_of(book: bytes) -> list[tuple[Any, ...]]:
    """The lines of the sheet *Đã hiểu*, below its header."""
    table = list(opened(book)["Đã hiểu"].iter_rows(values_only=True))
    return table[table.index(next(row for row in table if row[0] == "Trang tính")) + 1 :]


def test_the_receipt_sets_the_senders_words_and_values_beside_ours(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    outcome = taken(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook(ODD))
    found = answers.respond(warehouse_engine, outcome.file_id, tmp_path / "raw")
    assert found.kind == "receipt"
    assert found.attachment is not None
    lines = lines_of(found.attachment)
    said = {(line[0], line[2]): line[3:] for line in lines}
    assert said["Biểu", "Kết quả trong tuần"][0] == "Trong tuần"
    assert said["Biểu", "Kế hoạch giao"][0] == "(không đọc)"
    assert said["Biểu", "Sản lượng nông sản tiêu thụ qua sàn"][1] == "kg → tấn"
    assert said["Biểu", "Số hộ SXNN có tài khoản thanh toán điện tữ"] == (
        "II.4. Số hộ SXNN có tài khoản thanh toán điện tử", "Hộ",
        "Trong kỳ: 2\nLũy kế: 9", "Trong kỳ: 2\nLũy kế: 9",
    )  # fmt: skip
    assert said["Chủ lực", "Sản lượng dự kiến (tạ)"] == (
        "Sản lượng dự kiến (tấn)", "tạ → tấn", "250\n40 tấn", "25\n40",
    )  # fmt: skip
    assert said["Chủ lực", "Năm"][2:] == ("Năm 2021\n2021", "2021\n2021")
    assert said["Chủ lực", "Tổng cộng | 2021 | 650"][0].startswith("Dòng cộng")
    assert said["Nháp", "(cả trang)"][0].endswith("không đọc")
    assert ("Chủ lực", "D1") in {line[:2] for line in lines}
    assert (
        "Chủ lực, ô D1: “Sản lượng dự kiến (tạ)” → Sản lượng dự kiến (tấn) (tạ → tấn)" in found.text
    )
    assert "“Kế hoạch giao” → (không đọc)" in found.text
    assert "dòng cộng hoặc tên nhóm không tính" in found.text
    assert "Trang không có biểu, danh sách nào nên không đọc: Nháp" in found.text


@pytest.mark.parametrize("renamed", [None, "Sheet5"])
def test_what_was_understood_comes_back_with_the_workbook_and_is_never_read(
    renamed: str | None, tmp_path: Path, warehouse_engine: Engine
) -> None:
    _, book = answer(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", sender_book())
    assert opened(book).sheetnames[:3] == ["Cần sửa", "Đã hiểu", "Biểu tuần"]
    before = core_of(warehouse_engine)
    sent = opened(book, data_only=True)
    if renamed:
        sent["Đã hiểu"].title = renamed
    stream = io.BytesIO()
    sent.save(stream)
    again = taken(warehouse_engine, tmp_path, "ha-long/bc2_20211118.xlsx", stream.getvalue(), LATER)
    assert again.status == "loaded"
    assert core_of(warehouse_engine) == before
    (told,) = rows(warehouse_engine, f"select understood from ops.source_file where file_id = {again.file_id}")  # fmt: skip
    assert told["understood"]["ignored_sheets"] == ["Tính toán"]
    found = answers.annotate(warehouse_engine, again.file_id, tmp_path / "raw")
    assert found.attachment is not None
    assert opened(found.attachment).sheetnames[:3] == ["Cần sửa", "Đã hiểu", "Biểu tuần"]
    assert len(opened(found.attachment).sheetnames) == len(opened(book).sheetnames)


def test_the_receipts_own_workbook_sent_back_is_told_from_a_report(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    outcome = taken(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([form()]))
    found = answers.respond(warehouse_engine, outcome.file_id, tmp_path / "raw")
    assert found.attachment is not None
    again = taken(warehouse_engine, tmp_path, "ha-long/b_20211118.xlsx", found.attachment, LATER)
    assert again.status == "rejected"
    assert "trả lời của hệ thống" in (again.reason or "")


def core_of(engine: Engine) -> list[tuple[Any, ...]]:
    """What stands of the submission and the training list."""
    return [
        tuple(row.values())
        for query in (
            "select indicator_code, in_period, in_period_2, cumulative, cumulative_2 from core.submission"
            " join core.submission_value using (submission_id) order by 1",
            "select name, topic, held_on from core.training order by 1",
        )
        for row in rows(engine, query)
    ]


def test_only_settled_district_files_get_an_answer(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    put(tmp_path / "landing", {"postmart/gian-hang_20211110.csv": "a,b\n1,2\n"})
    (outcome,) = sweep.sweep(
        warehouse_engine,
        contracts.contract("postmart"),
        tmp_path / "landing" / "postmart",
        tmp_path / "raw",
        moment=MOMENT,
        progress=lambda text: None,
    )
    with pytest.raises(ValueError, match="postmart"):
        answers.respond(warehouse_engine, outcome.file_id, tmp_path / "raw")
    with pytest.raises(KeyError, match="no file 999"):
        answers.respond(warehouse_engine, 999, tmp_path / "raw")


def test_marking_needs_utf8_parts_and_tells_a_conversation_from_a_comment() -> None:
    with pytest.raises(marking.Unmarkable, match="UTF-8"):
        tags.outline('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"))
    node = tags.outline("<a><b x='>'/>chữ</a>".encode())
    assert node.children[0].get("x") == ">"
