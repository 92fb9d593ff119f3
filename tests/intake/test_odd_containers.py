"""What every container says of its cells: errors, formulas without result, hidden rows, fonts, formats.

And which files are opened although they are written oddly, and what is said of those that are not.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import corpus
import openpyxl
import pytest
import xlsxwriter
import xlwt
from openpyxl.styles import Font

from lensan.domain import legacy_fonts, values
from lensan.intake import readers
from lensan.intake.readers import SourceTable, Unreadable

HEAD = ["Nông sản", "Ngày", "Nơi", "Giá (đồng/kg)"]
ROW = ["Na dai", "10/11/2021", "Chợ Mạo Khê", 31000]
FORMULA = values.FORMULA_WITHOUT_VALUE


def table(path: Path) -> SourceTable:
    found = readers.open_document(path, name=path.name).tables[0]
    found.rows = list(found.rows)
    return found


def cells(path: Path) -> list[tuple[Any, ...]]:
    return [row.cells for row in table(path).rows]


def xlsx(path: Path, *rows: list[Any], change: Callable[[Any], None] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEAD, *rows):
        sheet.append(row)
    if change is not None:
        change(sheet)
    book.save(path)
    return path


def rewritten(path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return corpus.zipped(path, change(parts))


def strict(parts: dict[str, bytes]) -> dict[str, bytes]:
    spaces = (
        (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
        (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
    )  # fmt: skip
    for old, new in spaces:
        parts = {name: content.replace(old, new) for name, content in parts.items()}
    return parts


def ods(path: Path, body: str, *, automatic: str = "", styles: str = "") -> Path:
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("svg", "svg-compatible"))
    )  # fmt: skip
    spaces += (
        ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>'
        f"<office:automatic-styles>{automatic}</office:automatic-styles><office:body><office:spreadsheet>"
        f'<table:table table:name="S">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {
        "mimetype": kind,
        "content.xml": content.encode(),
        "META-INF/manifest.xml": b"<manifest/>",
    }
    if styles:
        parts["styles.xml"] = (
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-styles {spaces}><office:styles>{styles}</office:styles></office:document-styles>'
        ).encode()
    return corpus.zipped(path, parts)


def cell(text: str, attributes: str = "", *, kind: str = "string") -> str:
    return f'<table:table-cell {attributes} office:value-type="{kind}"><text:p>{text}</text:p></table:table-cell>'


def row(*of_cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(of_cells)}</table:table-row>"


# ---------------------------------------------------------------- errors and formulas without value

ERRORS = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("is_strict", [False, True])
def test_an_error_of_an_xlsx_is_an_error(tmp_path: Path, error: str, is_strict: bool) -> None:
    def change(sheet: Any) -> None:
        sheet["D2"] = error
        sheet["D2"].data_type = "e"

    path = xlsx(tmp_path / "a.xlsx", ROW, change=change)
    if is_strict:
        rewritten(path, strict)
    assert cells(path)[1][3] == values.CellError(error)
    assert isinstance(cells(path)[1][3], values.CellError)


@pytest.mark.parametrize(
    "written",
    [
        cell("#REF!", 'table:formula="of:=[.#REF!]" office:string-value="" calcext:value-type="error"'),
        cell("#DIV/0!", 'table:formula="of:=1/0"'),
        cell("#DIV/0!", 'table:formula="of:=1/0" office:value="0"', kind="float"),
        cell("Err:502", 'table:formula="of:=1/0"'),
        cell("Err:508", 'office:value="0"', kind="float"),
        cell("#N/A"),
        cell("#TÊN?", 'calcext:value-type="error"'),
    ],
)  # fmt: skip
def test_an_error_of_an_ods_is_an_error_however_it_is_marked(tmp_path: Path, written: str) -> None:
    path = ods(tmp_path / "a.ods", row(cell("A")) + row(written) + row(cell("B")))
    found = cells(path)[1][0]
    assert isinstance(found, values.CellError)


def test_repeated_errors_of_an_ods_stand_in_every_cell(tmp_path: Path) -> None:
    error = 'calcext:value-type="error"'
    body = row(cell("A"), cell("B"), cell("C"))
    body += row(cell("x"), cell("#REF!", f'{error} table:number-columns-repeated="2"'))
    body += row(
        cell("y"), cell("1"), cell("#REF!", error), attributes='table:number-rows-repeated="2"'
    )
    found = cells(ods(tmp_path / "a.ods", body))
    assert [[isinstance(c, values.CellError) for c in each] for each in found[1:]] == [
        [False, True, True],
        [False, False, True],
        [False, False, True],
    ]


def xls(path: Path, *formulas: str) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for column, header in enumerate(HEAD):
        sheet.write(0, column, header)
    for column, formula in enumerate(formulas):
        sheet.write(1, column, xlwt.Formula(formula))
    sheet.write(2, 0, "Na dai")
    book.save(str(path))
    return path


@pytest.mark.parametrize(
    "formula",
    ["2+2", "SUM(D5:D9)", "A24", "1/0", "ROUND(B23;2)", "D3*1000", "A1", "AVERAGE(A1:A3)"],
)
def test_a_formula_that_a_program_never_calculated_has_no_value_in_an_xls(
    tmp_path: Path, formula: str
) -> None:
    assert cells(xls(tmp_path / "a.xls", formula))[1][0] is FORMULA


@pytest.mark.parametrize("formula", ['IF(A3="","",A3)', '""', 'A3&" kg"'])
def test_a_formula_of_an_xls_that_may_give_an_empty_text_has_given_it(
    tmp_path: Path, formula: str
) -> None:
    assert cells(xls(tmp_path / "a.xls", formula))[1][0] is None


def test_a_dummy_result_of_a_program_is_no_value_in_an_xlsx(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    sheet.write_formula(0, 0, "=SUM(B1:B9)")
    sheet.write_formula(1, 0, "=SUM(B1:B9)", None, 7)
    sheet.write(2, 0, 0)
    book.close()
    assert [each[0] for each in cells(tmp_path / "a.xlsx")] == [FORMULA, 7, 0]


def test_an_error_in_a_csv_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Nông sản,Giá\nNa dai,#REF!\nỔi,#N/A\n#1,5\n")
    found = cells(tmp_path / "a.csv")
    assert [isinstance(each[1], values.CellError) for each in found] == [False, True, True, False]
    assert found[3][0] == "#1"


# ---------------------------------------------------------------- hidden, merged, formats


@pytest.mark.parametrize("is_strict", [False, True])
def test_hidden_rows_and_columns_and_merged_cells_are_seen(tmp_path: Path, is_strict: bool) -> None:
    def change(sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.merge_cells("C2:C3")

    path = xlsx(tmp_path / "a.xlsx", ROW, ["Ổi", "x", None, 1], change=change)
    if is_strict:
        rewritten(path, strict)
    found = table(path)
    assert [each.note for each in found.rows] == [None, "hidden", None]
    assert (found.hidden_columns, found.merged) == (frozenset({1}), ((1, 2, 2, 2),))


def test_hidden_and_merged_in_an_ods_and_an_xls(tmp_path: Path) -> None:
    body = '<table:table-column table:visibility="collapse"/><table:table-column/>'
    body += row(cell("A"), cell("B", 'table:number-rows-spanned="2"'))
    body += row(cell("C"), attributes='table:visibility="collapse"') + row(cell("D"))
    found = table(ods(tmp_path / "a.ods", body))
    assert [each.note for each in found.rows] == [None, "hidden", None]
    assert (found.hidden_columns, found.merged) == (frozenset({0}), ((0, 1, 1, 1),))
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    sheet.write_merge(0, 1, 0, 0, "A")
    sheet.write(2, 1, "B")
    sheet.row(2).hidden = True
    sheet.col(1).hidden = True
    book.save(str(tmp_path / "a.xls"))
    found = table(tmp_path / "a.xls")
    assert [each.note for each in found.rows] == [None, None, "hidden"]
    assert (found.hidden_columns, found.merged) == (frozenset({1}), ((0, 0, 1, 0),))


FORMATS = [
    ("0%", 0.7, "70%"), ("0.00%", 0.125, "12.5%"), ("0 %", 1, "100%"), ('0"%"', 70, 70), ('0" tạ"', 5, "5 tạ"), ('#,##0" kg"', 1500, "1500 kg"),
    ('0.0\\ \\k\\g', 2.5, "2.5 kg"), ('#,##0" nghìn đồng"', 31, "31 nghìn đồng"), ('#,##0" triệu"', 1.5, "1.5 triệu"), ("General", 7, 7), ("0", 7, 7),
    ('#,##0\\ "đ"', 7, 7), ('0" hộ"', 7, 7), ("#,##0 [$₫-42A]", 7, 7), ("0.0E+0", 7, 7), ("[Red]0", 7, 7), ('0\\ "tháng"', 7, 7), ('General" sp"', 7, 7),
    ('[>=1000]#,##0," N";0', 7, 7), ('0" con"', 7, 7), ('0" tấn";-0" tấn"', 7, "7 tấn"),
]  # fmt: skip


@pytest.mark.parametrize(("number_format", "value", "shown"), FORMATS)
def test_a_number_is_read_as_its_format_shows_it_where_that_is_another_thing(
    tmp_path: Path, number_format: str, value: float, shown: Any
) -> None:
    def change(sheet: Any) -> None:
        sheet["D2"].value = value
        sheet["D2"].number_format = number_format

    assert cells(xlsx(tmp_path / "a.xlsx", ROW, change=change))[1][3] == shown


def test_dates_stay_dates_whatever_their_format_quotes(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["B2"].value = date(2021, 11, 10)
        sheet["B2"].number_format = '"Ngày "dd"/"mm"/"yyyy'

    assert cells(xlsx(tmp_path / "a.xlsx", ROW, change=change))[1][1].day == 10


# ---------------------------------------------------------------- fonts


def tcvn3(text: str) -> str:
    letters = {value: key for key, value in legacy_fonts._TCVN3.items()}
    return "".join(letters.get(c, letters.get(c.lower(), c)) for c in text)


@pytest.mark.parametrize("inline", [False, True])
def test_each_run_of_a_cell_is_read_by_its_own_font(tmp_path: Path, inline: bool) -> None:
    runs = (
        '<r><rPr><rFont val="Times New Roman"/></rPr><t xml:space="preserve">Cơ sở cây ăn quả </t></r>'
        f'<r><rPr><rFont val=".VnTime"/></rPr><t>{tcvn3("Nguyễn Văn Dũng")}</t></r>'
    )
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet().write(0, 0, "RICH")
    book.close()

    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        if inline:
            name = "xl/worksheets/sheet1.xml"
            parts[name] = re.sub(
                rb'<c r="A1"[^>]*>.*?</c>',
                f'<c r="A1" t="inlineStr"><is>{runs}</is></c>'.encode(),
                parts[name],
            )
        else:
            name = "xl/sharedStrings.xml"
            parts[name] = parts[name].replace(b"<t>RICH</t>", runs.encode())
        return parts

    assert cells(rewritten(path, change))[0][0] == "Cơ sở cây ăn quả Nguyễn Văn Dũng"


FONT = '<style:text-properties style:font-name=".VnTime"/>'
FACE = '<style:font-face style:name="F1" svg:font-family="\'.VnTime\'"/>'


@pytest.mark.parametrize(
    ("automatic", "styles", "columns", "cell_style", "row_style"),
    [
        (f'<style:style style:name="ce1" style:family="table-cell">{FONT}</style:style>', "", "ce1", "", ""),
        (f'<style:style style:name="ce1" style:family="table-cell">{FONT}</style:style>', "", "", "ce1", ""),
        (f'<style:style style:name="ce1" style:family="table-cell">{FONT}</style:style>', "", "", "", "ce1"),
        ("", f'<style:default-style style:family="table-cell">{FONT}</style:default-style>', "", "", ""),
        ("", f'<style:style style:name="Default" style:family="table-cell">{FONT}</style:style>', "", "", ""),
        ('<style:style style:name="ce1" style:family="table-cell" style:parent-style-name="P"/>',
         f'<style:style style:name="P" style:family="table-cell">{FONT}</style:style>', "", "ce1", ""),
        (FACE + '<style:style style:name="ce1" style:family="table-cell"><style:text-properties style:font-name="F1"/></style:style>', "", "", "ce1", ""),
    ],
)  # fmt: skip
def test_the_font_of_an_ods_may_be_set_anywhere(
    tmp_path: Path, automatic: str, styles: str, columns: str, cell_style: str, row_style: str
) -> None:
    body = f'<table:table-column table:default-cell-style-name="{columns}"/>' if columns else ""
    body += row(
        cell("Phóc", f'table:style-name="{cell_style}"' if cell_style else ""),
        attributes=f'table:default-cell-style-name="{row_style}"' if row_style else "",
    )
    path = ods(tmp_path / "a.ods", body, automatic=automatic, styles=styles)
    assert cells(path)[0][0] == "Phúc"


def test_unicode_in_cells_of_a_legacy_font_is_told_by_its_column(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        for each in sheet["A"][1:]:
            each.font = Font(name=".VnTime")

    names = ["Nguyễn Công Thái", "Lê Công Tám", "Bàn Thị Hoà", "Cô Tô"]
    found = cells(xlsx(tmp_path / "a.xlsx", *([name, 1] for name in names), change=change))
    assert [each[0] for each in found[1:]] == names


def test_a_cell_that_may_be_both_is_doubted_where_the_sheet_is_divided(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        for each in sheet["A"][1:]:
            each.font = Font(name=".VnTime")

    rows = [["Nguyễn Văn Thái", 1], [tcvn3("Hoàng Thị Tâm"), 1], ["Cô Tô", 1]]
    found = cells(xlsx(tmp_path / "a.xlsx", *rows, change=change))
    assert isinstance(found[3][0], values.DoubtfulText)
    assert values.parse_text(found[3][0]).warning == "two_fonts"


# ---------------------------------------------------------------- text files

TEXT = "Nông sản,Ngày,Nơi,Giá (đồng/kg)\nGạo nếp cái hoa vàng,10/11/2021,Chợ Cái Rồng,31000\nMật ong rừng,10/11/2021,Chợ Lợi Đức,90000\n"
VNI = {value: key for key, value in legacy_fonts._VNI.items()}


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), TEXT.encode("utf-16-le"), TEXT.encode("utf-16-be"),
        b"\xef\xbb\xbf" + TEXT.encode("utf-8-sig"), tcvn3(TEXT).encode("latin-1"), "".join(VNI.get(c, c) for c in TEXT).encode("cp1252"),
        corpus.windows_1258(TEXT), TEXT.replace(",", ";").encode(), TEXT.replace(",", "\t").encode(), TEXT.replace(",", "|").encode(),
        TEXT.replace("\n", "\r\n").encode(),
    ],
)  # fmt: skip
def test_text_is_read_in_every_writing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    found = cells(tmp_path / "a.csv")
    assert [each[0].lower() for each in found[1:]] == ["gạo nếp cái hoa vàng", "mật ong rừng"]
    assert found[1][2].lower() == "chợ cái rồng"


def test_one_bad_byte_spoils_one_cell(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT.encode().replace("nếp".encode(), "nế".encode()[:-1]))
    found = cells(tmp_path / "a.csv")
    assert values.parse_text(found[1][0]).rule == "lost_letters"
    assert values.parse_text(found[2][0]).value == "Mật ong rừng"


@pytest.mark.parametrize(
    "lost",
    [
        "Nguy?n V?n An", "Ch? m?c", "Tr?n Th? B?nh", "H?p tác xã ??ng B?c", "Nguyễn Văn \ufffd", "Cháº£ mực", "Äá»\u008fng", "ổi S?n D??ng",
        "Ti�n Y�n", "Qu?ng Yên", "Lê Th?Hoa", "g?o n?p", "mật ong r?ng", "B?u ?i?n t?nh", "Ph?m V?n C??ng", "x? Th?ng Nh?t", "N??c m?m", "Mi?n d?ng", "c? ba kích", "&#272;&#7863;ng V&#259;n An",
    ],
)  # fmt: skip
def test_letters_that_were_lost_hold_a_text_back(lost: str) -> None:
    assert values.parse_text(lost).rule == "lost_letters"


@pytest.mark.parametrize("kept", ["Bạn có biết? Hãy gọi", "http://a.vn/?id=1", "Chả mực", "Xem www.a.vn/x?y=z nhé", "100% thật"])  # fmt: skip
def test_a_question_mark_is_no_lost_letter(kept: str) -> None:
    assert values.parse_text(kept).rule is None


@pytest.mark.parametrize(
    "name", ["Trần Văn Hng", "Dng", "Lê Thng", "Nguyễn Thị Phng", "Trng Văn An", "Bùi Văn Lng"]
)
def test_a_name_that_may_have_lost_letters_is_warned_of(name: str) -> None:
    assert values.parse_text(name).warning == "maybe_lost_letters"


@pytest.mark.parametrize(
    "text",
    [
        'T1,"Hướng dẫn mùa vụ\nGồm: giống, phân bón, thức ăn, thuốc, vật tư\nXem thêm",MUA_VU,app\n',
        'T1,"a\nb",c,d\n', 'T1,"a, b\nc, d, e, f, g",c,d\n', 'T1,"nói ""hay""\nlắm",c,d\n',
    ],
)  # fmt: skip
def test_quoted_line_breaks_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(f"id,tiêu đề,nhóm,kênh\n{text}T2,x,y,z\n")
    found = cells(tmp_path / "a.csv")
    assert [each[0] for each in found] == ["id", "T1", "T2"]


@pytest.mark.parametrize(
    "text",
    ['T1,"a,b,c\nT2,x,y,z\nT3,"p",q,r\n', 'T1,"a,b,c\nT2,x,y,z\n', 'T1,"a,b,c\nT2,x",y,z\n', 'T1,a,b,"c\nT2,x,y,z\nT3,p,q,r"\n'],
)  # fmt: skip
def test_a_stray_quote_that_binds_rows_together_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(f"id,tiêu đề,nhóm,kênh\n{text}T4,x,y,z\n")
    with pytest.raises(Unreadable, match="damaged"):
        cells(tmp_path / "a.csv")


def test_quotes_and_nulls_of_mysql(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,name,closed\nS1,"Gian \\"An\\", Hạ Long",\\N\n')
    assert cells(tmp_path / "a.csv")[1] == ("S1", 'Gian "An", Hạ Long', "\\N")


def test_an_array_of_objects_is_read_as_lines_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"id": "1", "title": "Chả"}, {"id": "2"}]))
    found = table(tmp_path / "a.json")
    assert found.header == ("id", "title")
    assert [each.cells for each in found.rows] == [("1", "Chả"), ("2", None)]


# ---------------------------------------------------------------- packages


def backslashed(parts: dict[str, bytes]) -> dict[str, bytes]:
    return {name.replace("/", "\\"): content for name, content in parts.items()}


def capital(parts: dict[str, bytes]) -> dict[str, bytes]:
    return {name.replace("xl/workbook.xml", "xl/Workbook.xml"): content for name, content in parts.items()}  # fmt: skip


def other_names(parts: dict[str, bytes]) -> dict[str, bytes]:
    moved = {
        "xl/workbook.xml": "book/main.xml",
        "xl/_rels/workbook.xml.rels": "book/_rels/main.xml.rels",
        "xl/worksheets/sheet1.xml": "sheets/one.xml",
        "xl/styles.xml": "book/looks.xml",
        "xl/sharedStrings.xml": "book/words.xml",
    }
    parts = {moved.get(name, name): content for name, content in parts.items()}
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"xl/workbook.xml", b"book/main.xml")
    relations = parts["book/_rels/main.xml.rels"].decode()
    for old, new in (("worksheets/sheet1.xml", "sheets/one.xml"), ("styles.xml", "book/looks.xml"), ("sharedStrings.xml", "book/words.xml")):  # fmt: skip
        relations = re.sub(rf'Target="[^"]*{old}"', f'Target="/{new}"', relations)
    parts["book/_rels/main.xml.rels"] = relations.encode()
    return parts


def excel_like(path: Path) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("S")
    for number, each in enumerate((HEAD, ROW)):
        sheet.write_row(number, 0, each)
    book.close()
    return path


def each_part(*ends: str) -> Callable[[Callable[[bytes], bytes]], Callable[[Any], Any]]:
    """Changes the parts whose names end so."""
    return lambda change: (
        lambda parts: {
            name: change(content) if name.endswith(ends) else content
            for name, content in parts.items()
        }
    )


def without(*names: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda parts: {name: c for name, c in parts.items() if not name.startswith(names)}


PROLOG = re.compile(rb"^<\?xml[^>]*\?>\s*")
OPENED = [
    backslashed, capital, other_names, strict,
    lambda parts: backslashed(strict(parts)),
    lambda parts: backslashed(other_names(parts)),
    lambda parts: strict(other_names(parts)),
    lambda parts: other_names(capital(parts)) if "xl/Workbook.xml" not in capital(parts) else capital(parts),
    without("docProps/"),
    without("xl/theme/"),
    lambda parts: {**parts, "xl/": b"", "xl/worksheets/": b""},
    lambda parts: {**parts, "customXml/item1.xml": b"<a/>", "xl/media/a.png": b"?"},
    lambda parts: dict(reversed(parts.items())),
    each_part("sheet1.xml", "workbook.xml")(lambda c: b"\xef\xbb\xbf" + c),
    each_part("sheet1.xml", "sharedStrings.xml")(lambda c: PROLOG.sub(b"", c)),
    each_part(".xml", ".rels")(lambda c: c.replace(b"><", b">\r\n<")),
    each_part("sheet1.xml")(lambda c: c.replace(b"<sheetData>", b"<!-- a --><sheetData><!-- <row/> -->")),
    each_part("workbook.xml.rels")(lambda c: c.replace(b'Target="worksheets', b'Target="/xl/worksheets')),
    each_part("sheet1.xml")(lambda c: re.sub(rb"<dimension[^>]*/>", b"", c)),
    each_part("sheet1.xml")(lambda c: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', c)),
]  # fmt: skip


@pytest.mark.parametrize("change", OPENED)
@pytest.mark.parametrize("written_by", [excel_like, lambda path: xlsx(path, ROW)])
def test_a_workbook_that_excel_opens_is_read(
    tmp_path: Path, change: Callable[..., Any], written_by: Callable[[Path], Path]
) -> None:
    path = rewritten(written_by(tmp_path / "a.xlsx"), change)
    assert cells(path) == [tuple(HEAD), tuple(ROW)]


def test_a_cell_far_away_is_found_under_any_name(tmp_path: Path) -> None:
    path = rewritten(corpus.far_cells(tmp_path / "a.xlsx"), backslashed)
    with pytest.raises(Unreadable, match="too_sparse"):
        cells(path)


def types(kind: str) -> bytes:
    return f'<Types><Override PartName="/x" ContentType="application/{kind}"/></Types>'.encode()


def zip_of(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


OTHERS: list[tuple[str, bytes, str]] = [
    ("xlsb", zip_of(**{"[Content_Types].xml": types("vnd.ms-excel.sheet.binary.macroEnabled.main")}), ".xlsb"),
    ("xlsb by its parts", zip_of(**{"xl/workbook.bin": b"\x83\x01\x00"}), ".xlsb"),
    ("pptx", zip_of(**{"[Content_Types].xml": types("vnd.openxmlformats-officedocument.presentationml.presentation.main+xml")}), "PowerPoint"),
    ("docx without its text", zip_of(**{"[Content_Types].xml": types("vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml")}), "hỏng"),
    ("zip", zip_of(**{"bc.xlsx": b"PK"}), "giải nén"),
    ("gz", gzip.compress(b"a,b\n1,2\n"), "giải nén"),
    ("rar", b"Rar!\x1a\x07\x00", "giải nén"),
    ("7z", b"7z\xbc\xaf\x27\x1c", "giải nén"),
    ("SpreadsheetML", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "Excel 2003"),
    ("SpreadsheetML in UTF-16", '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'.encode("utf-16"), "Excel 2003"),
    ("MHTML", b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n', ".mht"),
    ("HTML", b"<html><table></table></html>", "trang web"),
    ("PDF", b"%PDF-1.7", "PDF"),
    ("winmail.dat", b"\x78\x9f\x3e\x22\x01\x00", "winmail.dat"),
    ("pretty JSON", b'{\n  "id": 1,\n  "title": "a"\n}', "JSON"),
    ("JSON array of numbers", b"[1, 2, 3]", "JSON"),
    ("encrypted", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2048, "mã hóa"),
    ("VISCII", "Gạo,1\n".encode()[:2] + b"\xd5o n\xaap, Ch\xfe\xe0\xa1\n", "bảng mã"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), [each[1:] for each in OTHERS], ids=[each[0] for each in OTHERS])  # fmt: skip
def test_what_is_not_opened_is_told_by_what_it_is(
    tmp_path: Path, content: bytes, said: str
) -> None:
    from lensan.domain.problems import sentence

    (tmp_path / "a").write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        cells(tmp_path / "a")
    assert said in sentence(refused.value.problem)
