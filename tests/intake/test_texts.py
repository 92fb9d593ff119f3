"""A form sent as a text of Word is read like the sheet that it is: same values, same problems at the same cells."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import in_process
import openpyxl
import pytest
import texts
from loading import declared, form, rows, send, workbook
from sqlalchemy import Engine
from taking_in import SAMPLES
from test_growth import grows_in_proportion, seconds

from lensan.domain import contracts
from lensan.domain.places import places
from lensan.domain.problems import Rejection
from lensan.intake import filled_form, readers, sections
from lensan.intake.columns import Facts
from lensan.intake.merged import UNCERTAIN
from lensan.intake.readers import SourceDocument, letter
from lensan.intake.sections import FormSection
from lensan.units import answers

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def as_mail(rows: Sequence[Sequence[Any]]) -> bytes:
    return letter.MARK + b"text/html\n" + texts.web(rows).encode()


def opened(folder: Path, content: bytes) -> list[list[tuple[Any, ...]]]:
    path = folder / "bieu"
    path.write_bytes(content)
    return [[row.cells for row in t.rows] for t in readers.open_document(path, name="bieu").tables]


def the_form(folder: Path, content: bytes) -> FormSection:
    path = folder / "bieu"
    path.write_bytes(content)
    document = readers.open_document(path, name="bieu")
    (found,) = sections.of_document(document, contracts.contract("districts")).forms
    return found


def as_sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    """The same lines and the same table on a sheet, with the same texts in its cells."""
    above, table = texts.split(rows)
    lines: list[list[Any]] = [[said] for line in above for said in line]
    return workbook([("Bảng 1", lines + [[cell or None for cell in row] for row in table])])


def spoiled(seed: int) -> list[list[Any]]:
    """A form with what officials write into it, right and wrong."""
    luck = random.Random(seed)
    odd = [7, 35, "1.250", "12,5", "12.5", "1.234,5", "x", "-", "5/1", "12/5", "2 kg", "70%", -3, None, "1 234",
           "7\u00a0", "1,5 tấn", "#REF!", 0, "một", 2.5, "2021-11-12", "3 hộ"]  # fmt: skip
    values = [(luck.choice(odd), luck.choice(odd)) for _ in range(7)]
    _, table = form(
        luck.choice(["THÀNH PHỐ HẠ LONG", "UBND thành phố Hạ Long", "THÀNH PHỐ HẠ LONG"]),
        luck.choice(
            ["Từ ngày 11/11/2021 đến ngày 17/11/2021", "từ 11/11 đến 17/11/2021", "tuần qua"]
        ),
        values,
    )
    if luck.random() < 0.3:
        table[luck.randrange(7, 14)][1] = "Chỉ tiêu lạ"
    return table


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("make", [texts.word, as_mail], ids=["word", "mail"])
def test_a_text_gives_what_the_sheet_of_the_same_cells_gives(
    make: Any, seed: int, tmp_path: Path
) -> None:
    table = spoiled(seed)
    if make is as_mail:
        text, sheet = the_form(tmp_path, make(table)), the_form(tmp_path, as_sheet(table))
        shift = 1  # "Kính gửi Sở,"
    else:
        text, sheet = the_form(tmp_path, make(table)), the_form(tmp_path, as_sheet(table))
        shift = 0
    assert text.heading == sheet.heading and text.layout == sheet.layout
    assert text.header_row == sheet.header_row + shift

    def told(found: FormSection, shift: int) -> list[tuple[Any, ...]]:
        return [
            (each.row.number - shift, each.kind, each.code, _stripped(each.row.cells))
            for each in found.rows
            if each.kind != "blank" and each.row.cells != ("Trân trọng",)
        ]

    assert told(text, shift) == told(sheet, 0)


def _stripped(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """Cells without what stands blank behind them; in a text blanks are one."""
    known = [
        cell.replace("\u00a0", " ").strip() if isinstance(cell, str) else cell for cell in cells
    ]
    while known and known[-1] is None:
        known.pop()
    return tuple(known)


@pytest.mark.parametrize("seed", range(4))
def test_records_and_problems_of_a_text_are_those_of_the_sheet(
    seed: int, new_warehouse: Any, tmp_path: Path
) -> None:
    table = spoiled(seed * 7 + 1)
    found = []
    for name, content in (("a.xlsx", as_sheet(table)), ("a.docx", texts.word(table))):
        engine = new_warehouse()
        send(engine, tmp_path / name, f"ha-long/{name}", content)
        problems = rows(
            engine,
            "select row_number, field, value, rule, message from ops.quarantine order by 1, 2, 4",
        )
        counts = rows(
            engine,
            "select status, unit_code, reason, rows_accepted, rows_quarantined from ops.source_file",
        )
        found.append((declared(engine), problems, counts))
    assert found[0] == found[1]


def test_forms_of_the_sample_world_say_the_same_as_texts_and_as_mails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every form of every district's workbook, its numbers typed out: same values, same problems at the same rows."""
    in_process.answer_here(monkeypatch.setattr)
    contract, compared, problems = contracts.contract("districts"), 0, 0
    for book in sorted((SAMPLES / "landing" / "districts").rglob("*.xls*")):
        try:
            document = readers.open_document(book, name=book.name)
        except Rejection:
            continue
        for table in document.tables:
            alone = replace(table, hidden=False)
            forms = sections.of_document(SourceDocument("xlsx", [alone]), contract).forms
            if len(forms) != 1 or not forms[0].heading.senders:
                continue
            typed = [row.cells for row in table.rows]
            of_sheet = checked(forms[0])
            for text in (texts.word(typed), as_mail(typed)):
                of_text = checked(the_form(tmp_path, text))
                assert of_text == of_sheet, f"{book} {table.sheet}"
            compared += 1
            problems += any(isinstance(of_sheet, list) and row[-1] for row in of_sheet)
    assert compared > 80 and problems > 0


def checked(section: FormSection) -> Any:
    """Values and problems of a form by its rows, in their order; why it is refused."""
    facts = Facts(
        contracts.contract("districts"), places(), date(2021, 12, 9), section.heading.senders[0]
    )
    try:
        filled = filled_form.check(section, facts)
    except Rejection as verdict:
        return str(verdict.problem.rule)
    return [
        (row.code, row.values, row.places, sorted(f"{p.rule} {p.column}" for p in row.problems))
        for row in filled.rows
        if row.kind is None
    ]


def test_a_form_of_word_is_loaded_with_its_table_as_the_sheet(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    _, table = form(
        values=[(2, 9), (None, None), ("bảy", 35), (4, 40), ("5/1", "125/34"), (1, 3), (2, 6)]
    )
    outcome = send(warehouse_engine, tmp_path, "ha-long/bao-cao.docx", texts.word(table))
    assert outcome.status == "loaded"
    (problem,) = rows(warehouse_engine, "select sheet, row_number, rule, value from ops.quarantine")
    assert tuple(problem.values()) == ("Bảng 1", 10, "text_in_number", "bảy")
    values = declared(warehouse_engine)
    assert (values["II.3"][0], values["III.1"][0]) == (4, 5)


def test_what_goes_back_for_a_text_is_a_workbook_of_its_rows_marked(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    _, table = form(
        values=[(2, 9), (None, None), ("bảy", 35), (4, 40), ("5/1", "125/34"), (1, 3), (2, 6)]
    )
    send(warehouse_engine, tmp_path, "ha-long/bao-cao.docx", texts.word(table))
    (file,) = rows(warehouse_engine, "select file_id from ops.source_file")
    answer = answers.annotate(warehouse_engine, file["file_id"], tmp_path / "raw")
    assert answer.attachment is not None and "Bảng 1" in answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.attachment))
    cell = book["Bảng 1"]["D10"]
    assert cell.value == "bảy" and cell.comment is not None and "CẦN SỬA" in cell.comment.text


# ---------------------------------------------------------------- what Word does to a cell

RUN = "<w:r><w:t>4</w:t></w:r>"
CERTAIN = {
    "a comment": ('<w:commentRangeStart w:id="1"/>' + RUN + '<w:commentRangeEnd w:id="1"/>', "4"),
    "a link": ("<w:hyperlink>" + RUN + "</w:hyperlink>", "4"),
    "in two runs": ("<w:r><w:t>1</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>2,5</w:t></w:r>", "12,5"),
    "a hyphen that does not break": ("<w:r><w:noBreakHyphen/><w:t>4</w:t></w:r>", "-4"),
    "a formula": (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>=SUM(ABOVE) 99</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + RUN + '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
        "4",
    ),
    "a control": ("<w:sdt><w:sdtPr/><w:sdtContent>" + RUN + "</w:sdtContent></w:sdt>", "4"),
    "a control's hint": (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>Bấm vào đây</w:t></w:r>"
        "</w:sdtContent></w:sdt>",
        None,
    ),
    "a legacy font": ('<w:r><w:rPr><w:rFonts w:ascii=".VnTime"/></w:rPr><w:t>s¸u hé</w:t></w:r>', "sáu hộ"),
    "how it was": ("<w:r><w:rPr><w:rPrChange><w:rPr><w:strike/></w:rPr></w:rPrChange></w:rPr><w:t>4</w:t></w:r>", "4"),
}  # fmt: skip
DOUBTFUL = {
    "deleted": "<w:del><w:r><w:delText>10</w:delText><w:t>10</w:t></w:r></w:del>" + RUN,
    "inserted": "<w:ins>" + RUN + "</w:ins>",
    "moved": "<w:moveFrom><w:r><w:t>10</w:t></w:r></w:moveFrom>" + RUN,
    "struck out": "<w:r><w:rPr><w:strike/></w:rPr><w:t>10</w:t></w:r>" + RUN,
    "hidden": "<w:r><w:rPr><w:vanish/></w:rPr><w:t>10</w:t></w:r>" + RUN,
    "raised": RUN + '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>1</w:t></w:r>',
    "a picture": "<w:r><w:drawing><x>7</x></w:drawing></w:r>",
    "deleted, and nothing else": "<w:del><w:r><w:t>10</w:t></w:r></w:del>",
    "an equation": '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>4</m:t></m:r></m:oMath>',
}


def with_cell(run: str) -> bytes:
    """A form of Word in whose row II.3 the value of the week is given as XML."""
    _, table = form()
    table[10][3] = "77777"
    return texts.changed(texts.word(table), ("<w:r><w:t>77777</w:t></w:r>", run))


@pytest.mark.parametrize("what", CERTAIN)
def test_a_value_is_what_its_reader_sees(what: str, tmp_path: Path) -> None:
    run, value = CERTAIN[what]
    (row,) = [each for each in the_form(tmp_path, with_cell(run)).rows if each.code == "II.3"]
    assert row.row.cells[3] == value


@pytest.mark.parametrize("what", DOUBTFUL)
def test_a_value_whose_letters_are_not_certain_is_held_back(
    what: str, warehouse_engine: Engine, tmp_path: Path
) -> None:
    send(warehouse_engine, tmp_path, "ha-long/bao-cao.docx", with_cell(DOUBTFUL[what]))
    (problem,) = rows(
        warehouse_engine, "select row_number, rule, value, message from ops.quarantine"
    )
    assert (problem["row_number"], problem["rule"]) == (11, "error_value")
    assert problem["value"].endswith(UNCERTAIN) and "10" not in problem["value"]
    assert "II.3" not in declared(warehouse_engine)


def test_merged_cells_of_word_are_those_of_a_sheet(tmp_path: Path) -> None:
    content = with_cell(RUN)
    row = (
        '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="3"/><w:vMerge w:val="restart"/></w:tcPr><w:p/></w:tc>'
        + ("<w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>" * 5)
        + "</w:tr>"
    )
    below = row.replace(' w:val="restart"', "")
    gone = row.replace("<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>")
    later = '<w:tr><w:trPr><w:gridBefore w:val="2"/></w:trPr><w:tc><w:p><w:r><w:t>y</w:t></w:r></w:p></w:tc></w:tr>'
    content = texts.changed(content, ("</w:tbl>", row + below + gone + later + "</w:tbl>"))
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    (table,) = readers.open_document(path, name="a.docx").tables
    read = list(table.rows)
    assert [each.cells[:4] for each in read[-3:]] == [
        (None, None, None, "x"), (None, None, None, "x"), (None, None, "y")
    ]  # fmt: skip
    top = len(read) - 3
    assert table.merged == ((top, 0, top + 1, 2),)


def test_letterhead_tables_stand_above_the_form_and_further_tables_are_sheets_of_their_own(
    tmp_path: Path,
) -> None:
    import docx

    text = docx.Document()
    head = text.add_table(1, 2)
    head.cell(0, 0).text, head.cell(0, 1).text = "UBND THÀNH PHỐ HẠ LONG", "CỘNG HÒA"
    text.add_paragraph("Từ ngày 11/11/2021 đến ngày 17/11/2021")
    _, table = form()
    for part in (table[6:10], table[10:14]):
        made = text.add_table(0, 8)
        for cells in part:
            for cell, said in zip(made.add_row().cells, cells, strict=False):
                cell.text = texts.shown(said)
        text.add_paragraph("")
    text.add_paragraph("Danh sách")
    other = text.add_table(1, 3)
    for cell, said in zip(other.rows[0].cells, "abc", strict=True):
        cell.text = said
    path = tmp_path / "a.docx"
    text.save(str(path))
    document = readers.open_document(path, name="a.docx")
    assert [each.sheet for each in document.tables] == ["Bảng 1", "Bảng 2"]
    assert [row.cells for row in document.tables[1].rows] == [("Danh sách",), ("a", "b", "c")]
    found = the_form(tmp_path, path.read_bytes())
    assert found.heading.senders == ("193",)
    assert {row.code for row in found.rows if row.code} >= {"I", "II.1", "II.3", "III.6"}


# ---------------------------------------------------------------- hostile


def made(body: str, **parts: bytes) -> bytes:
    stream = io.BytesIO()
    types = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types><Override PartName="/word/document.xml" ContentType="{types}"/></Types>',
        )
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
        )
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


CELL = "<w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>"
TABLE = f"<w:tbl><w:tr>{CELL * 3}</w:tr></w:tbl>"
HOSTILE = {
    "tables within one another": ("<w:tbl><w:tr><w:tc>" * 500 + "</w:tc></w:tr></w:tbl>" * 500, "too_large"),
    "a cell of all columns": ('<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="99999"/></w:tcPr></w:tc></w:tr></w:tbl>', "too_many_columns"),
    "wide rows": ('<w:tbl>' + '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="499"/></w:tcPr></w:tc></w:tr>' * 9000 + '</w:tbl>', "too_sparse"),
    "tables of all widths": ("".join(f"<w:tbl><w:tr>{CELL * (3 + n % 2)}</w:tr></w:tbl>" for n in range(500)), "too_many_sheets"),
    "unfinished": ("<w:tbl><w:tr>", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_text_is_a_verdict(what: str, tmp_path: Path) -> None:
    body, rule = HOSTILE[what]
    with pytest.raises(Rejection) as told:
        opened(tmp_path, made(body))
    assert told.value.problem.rule == rule


def test_entities_bombs_and_ten_thousand_tables(tmp_path: Path) -> None:
    with pytest.raises(Rejection) as told:
        opened(
            tmp_path, made("", **{"word/styles.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'})
        )
    assert told.value.problem.rule == "dangerous"
    with pytest.raises(Rejection) as told:
        opened(tmp_path, made("<w:p>" + " " * (40 << 20) + "</w:p>"))
    assert told.value.problem.rule == "too_large"
    (sheet,) = opened(tmp_path, made(TABLE * 10_000))
    assert len(sheet) == 10_000
    assert opened(tmp_path, made("")) == []
    # What is passed over may be as deep as it likes.
    deep = "<w:drawing>" * 5_000 + "</w:drawing>" * 5_000
    assert opened(tmp_path, made(f"<w:p><w:r>{deep}<w:t>x</w:t></w:r></w:p>")) == [[("x",)]]


GROWING = {
    "rows": lambda n: f"<w:tbl>{f'<w:tr>{CELL * 8}</w:tr>' * n}</w:tbl>",
    "tables": lambda n: TABLE * n,
    "tables in cells": lambda n: f"<w:tbl><w:tr><w:tc>{TABLE * n}</w:tc></w:tr></w:tbl>",
    "runs of a cell": lambda n: f"<w:tbl><w:tr><w:tc>{'<w:p><w:r><w:t>x</w:t></w:r></w:p>' * n}</w:tc>{CELL * 2}</w:tr></w:tbl>",
    "rows taken out": lambda n: '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="3"/></w:tcPr></w:tc></w:tr>' * 1
    + '<w:tr><w:trPr><w:del/></w:trPr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr></w:tc></w:tr>' * n
    + "</w:tbl>",
    "controls within one another": lambda n: "<w:sdt><w:sdtContent>" * n
    + "<w:p><w:r><w:t>x</w:t></w:r></w:p>" * n
    + "</w:sdtContent></w:sdt>" * n,
    "marks on a letter": lambda n: f"<w:p><w:r><w:t>{'e' + chr(0x301) * n}</w:t></w:r></w:p>",
}  # fmt: skip


@pytest.mark.parametrize("what", GROWING)
def test_twice_a_text_takes_twice_the_time(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process.answer_here(monkeypatch.setattr)

    def once(size: int) -> float:
        path = tmp_path / "a.docx"
        path.write_bytes(made(GROWING[what](size)))
        return seconds(path, "districts")

    grows_in_proportion(once, 3_000)
