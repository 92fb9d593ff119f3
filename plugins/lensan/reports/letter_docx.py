"""An official letter as .docx by Nghị định 30/2020/NĐ-CP, Phụ lục I: paper, margins, type, and where each part stands."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

FONT = "Times New Roman"
PAPER_MM = (210, 297)
TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 20, 20, 30, 15
TEXT_MM = PAPER_MM[0] - LEFT_MM - RIGHT_MM
COLUMNS_MM = (78, 94)
"""Of the letterhead: the office, the nation, each on one line; it stands out over both margins alike."""
SIZE_PT, SMALL_PT, TINY_PT = 14, 12, 11
INDENT_MM = 10
SIGNATURE_MM = 40
"""Room for the signature, the stamp and the name."""
HEADING = "# "
# XML 1.0 has no place for these characters; what people type may hold them.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Letter:
    """All that is printed. ``paragraphs``: one text each, a heading begins with ``# ``; ``dated_on``: the day that the
    file itself bears as its own."""

    letterhead: tuple[str, str]
    nation: tuple[str, str]
    number: str
    place_and_date: str
    title: str
    subject: str
    paragraphs: tuple[str, ...]
    copies_to: tuple[str, ...]
    signer: str
    hint: str
    author: str
    dated_on: date


def build(letter: Letter) -> bytes:
    """The letter as .docx; the same letter gives the same bytes."""
    document = Document()
    _page(document)
    _head(document, letter)
    _line(document.add_paragraph(), letter.title, is_bold=True, align=ALIGN.CENTER, before=12)
    subject = _line(document.add_paragraph(), letter.subject, is_bold=True, align=ALIGN.CENTER)
    subject.paragraph_format.keep_with_next = True
    _rule(document.add_paragraph(), TEXT_MM, 55)
    for text in letter.paragraphs:
        _body(document.add_paragraph(), text)
    _foot(document, letter)
    _own_properties(document, letter)
    written = io.BytesIO()
    document.save(written)
    return _same_bytes(written.getvalue())


def _page(document: Doc) -> None:
    """A4 upright, its margins; page numbers above the text from the second page on; Times New Roman throughout."""
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in PAPER_MM)
    section.top_margin, section.bottom_margin = Mm(TOP_MM), Mm(BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(LEFT_MM), Mm(RIGHT_MM)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    header = section.header.paragraphs[0]
    header.alignment = ALIGN.CENTER
    _page_number(header.add_run())
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZE_PT)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)


def _page_number(run: Run) -> None:
    for kind in ("begin", None, "end"):
        if kind is None:
            field = OxmlElement("w:instrText")
            field.text = "PAGE"
        else:
            field = OxmlElement("w:fldChar")
            field.set(qn("w:fldCharType"), kind)
        run._r.append(field)


def _head(document: Doc, letter: Letter) -> None:
    """Office and number on the left, nation, place and date on the right."""
    table = _table(document, 2, COLUMNS_MM)
    indent = OxmlElement("w:tblInd")
    indent.set(qn("w:w"), str(round((TEXT_MM - sum(COLUMNS_MM)) / 2 / 25.4 * 1440)))
    indent.set(qn("w:type"), "dxa")
    table._tblPr.insert_element_before(indent, "w:tblLayout", "w:tblCellMar", "w:tblLook")
    office, nation = table.rows[0].cells
    number, dated = table.rows[1].cells
    _line(office.paragraphs[0], letter.letterhead[0], size=SMALL_PT, align=ALIGN.CENTER)
    _line(
        office.add_paragraph(),
        letter.letterhead[1],
        size=SMALL_PT,
        is_bold=True,
        align=ALIGN.CENTER,
    )
    _rule(office.add_paragraph(), COLUMNS_MM[0], 28)
    _line(nation.paragraphs[0], letter.nation[0], size=SMALL_PT, is_bold=True, align=ALIGN.CENTER)
    _line(nation.add_paragraph(), letter.nation[1], size=13, is_bold=True, align=ALIGN.CENTER)
    _rule(nation.add_paragraph(), COLUMNS_MM[1], 50)
    _line(number.paragraphs[0], letter.number, size=13, align=ALIGN.CENTER)
    _line(dated.paragraphs[0], letter.place_and_date, size=13, is_italic=True, align=ALIGN.CENTER)


def _foot(document: Doc, letter: Letter) -> None:
    """Who gets it on the left, who signs on the right; kept together on a page."""
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    table = _table(document, 1, (TEXT_MM / 2, TEXT_MM / 2))
    table.rows[0].height = Mm(SIGNATURE_MM)
    left, right = table.rows[0].cells
    _cannot_split(left)
    _line(left.paragraphs[0], "Nơi nhận:", size=SMALL_PT, is_bold=True, is_italic=True)
    for name in letter.copies_to:
        _line(left.add_paragraph(), name, size=TINY_PT)
    _line(right.paragraphs[0], letter.signer, is_bold=True, align=ALIGN.CENTER)
    _line(right.add_paragraph(), letter.hint, size=SMALL_PT, is_italic=True, align=ALIGN.CENTER)


def _table(document: Doc, rows: int, widths_mm: tuple[float, float]) -> Table:
    """A table without lines. Word reads the widths of the cells, LibreOffice those of the columns."""
    table: Table = document.add_table(rows=rows, cols=2)
    table.autofit = False
    margins = OxmlElement("w:tblCellMar")
    for side in ("w:left", "w:right"):
        margin = OxmlElement(side)
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tblPr.insert_element_before(margins, "w:tblLook")
    for number, width in enumerate(widths_mm):
        table.columns[number].width = Mm(width)
        for cell in table.columns[number].cells:
            cell.width = Mm(width)
    return table


def _cannot_split(cell: _Cell) -> None:
    row = cell._tc.getparent()
    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _clean(text: str) -> str:
    return _NO_XML.sub(" ", text)


def _line(
    paragraph: Paragraph,
    text: str,
    *,
    size: int = SIZE_PT,
    is_bold: bool = False,
    is_italic: bool = False,
    align: ALIGN = ALIGN.LEFT,
    before: int = 0,
) -> Paragraph:
    run = paragraph.add_run(_clean(text))
    run.bold, run.italic, run.font.size = is_bold, is_italic, Pt(size)
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.space_after = Pt(0)
    return paragraph


def _body(paragraph: Paragraph, text: str) -> None:
    """A paragraph of the text, or a heading, which never stands last on a page."""
    is_heading = text.startswith(HEADING)
    _line(
        paragraph,
        text.removeprefix(HEADING),
        is_bold=is_heading,
        align=ALIGN.LEFT if is_heading else ALIGN.JUSTIFY,
    )
    layout = paragraph.paragraph_format
    layout.first_line_indent = Mm(INDENT_MM)
    layout.space_before, layout.space_after = Pt(0), Pt(6)
    layout.line_spacing = 1.1
    layout.keep_with_next = is_heading
    layout.widow_control = True


def _rule(paragraph: Paragraph, room_mm: float, length_mm: float) -> None:
    """The line below a name or a subject: a paragraph without text, its upper border as long as wanted."""
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Mm((room_mm - length_mm) / 2)
    layout.space_before, layout.space_after = Pt(1), Pt(6)
    paragraph.add_run().font.size = Pt(2)
    layout.line_spacing = Pt(3)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    # The schema wants borders before indents and spacing.
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _own_properties(document: Doc, letter: Letter) -> None:
    own = document.core_properties
    own.author, own.last_modified_by = letter.author, letter.author
    own.title = _clean(f"{letter.title}: {letter.subject}")[:255]
    own.comments, own.language = "", "vi-VN"
    own.created = own.modified = datetime.combine(letter.dated_on, time())
    own.revision = 1


def _same_bytes(written: bytes) -> bytes:
    """The package without the hour at which its parts were written."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written)) as parts, zipfile.ZipFile(packed, "w") as again:
        for name in parts.namelist():
            part = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            again.writestr(part, parts.read(name))
    return packed.getvalue()
