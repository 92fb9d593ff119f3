"""Nasty files, made when they are needed: each is something that real mailboxes have held."""

from __future__ import annotations

import json
import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlsxwriter

HEADERS = ["Nông sản", "Ngày", "Nơi", "Giá (đồng/kg)"]
ROWS: list[list[object]] = [
    ["Na dai", "10/11/2021", "Chợ Mạo Khê", 31000],
    ["Ổi", "10/11/2021", "Chợ Hạ Long", 12000],
]
Builder = Callable[[Path], Path]


def workbook(path: Path, rows: list[list[object]] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADERS, *(ROWS if rows is None else rows)]:
        sheet.append(row)
    book.save(path)
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def changed(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """A good workbook with one of its parts changed."""
    parts = parts_of(workbook(path))
    parts[name] = change(parts[name])
    return zipped(path, parts)


SHEET = "xl/worksheets/sheet1.xml"


def truncated(path: Path) -> Path:
    workbook(path).write_bytes(path.read_bytes()[:-300])
    return path


def encrypted_xlsx(path: Path) -> Path:
    """What Excel makes of a password: an OLE container with the stream EncryptedPackage."""
    directory = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0")
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + directory * 4 + b"\0" * 2048
    )
    return path


def zip_bomb(path: Path) -> Path:
    parts = parts_of(workbook(path))
    parts["xl/media/image1.bin"] = b"\0" * (300 << 20)
    return zipped(path, parts)


def small_zip_bomb(path: Path) -> Path:
    """Unpacked it is not too large, but no table packs so well."""
    parts = parts_of(workbook(path))
    parts["xl/media/image1.bin"] = b"\0" * (20 << 20)
    return zipped(path, parts)


def many_sheets(path: Path) -> Path:
    book = openpyxl.Workbook()
    for number in range(250):
        book.create_sheet(f"Trang {number}")["A1"] = "Giá"
    path.parent.mkdir(exist_ok=True)
    book.save(path)
    return path


def many_keys(path: Path) -> Path:
    """Each line has keys of its own: as a table it has more columns than cells."""
    lines = (json.dumps({f"k{row}_{key}": 1 for key in range(50)}) for row in range(2_000))
    path.write_text("\n".join(lines))
    return path


def lying_zip_bomb(path: Path) -> Path:
    """The directory announces a small part; it unpacks to more than is allowed."""
    parts = parts_of(workbook(path))
    parts[SHEET] = parts[SHEET].replace(b"</worksheet>", b" " * (230 << 20) + b"</worksheet>")
    zipped(path, parts)
    content = path.read_bytes()
    size = struct.pack("<I", len(parts[SHEET]))
    path.write_bytes(content.replace(size, struct.pack("<I", 4096)))
    return path


def xxe(path: Path) -> Path:
    declared = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return changed(
        path, SHEET, lambda part: part.replace(b"<worksheet", declared + b"<worksheet", 1)
    )


def billion_laughs(path: Path) -> Path:
    entities = b'<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    )
    declared = b"<!DOCTYPE x [" + entities + b"]>"
    return changed(
        path, SHEET, lambda part: part.replace(b"<worksheet", declared + b"<worksheet", 1)
    )


def far_cells(path: Path) -> Path:
    """A1 and XFD1048576: kills calamine by SIGABRT."""
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return changed(path, SHEET, lambda part: part.replace(b"</sheetData>", far, 1))


def lying_dimension(path: Path) -> Path:
    """Says A1:B1; openpyxl's read-only mode then drops the rest silently."""
    return changed(
        path,
        SHEET,
        lambda part: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B1"', part),
    )


def huge_dimension(path: Path) -> Path:
    return changed(
        path,
        SHEET,
        lambda part: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', part),
    )


def formatted_empty_rows(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    grey = book.add_format({"bg_color": "#EEEEEE"})
    for number, row in enumerate([HEADERS, *ROWS]):
        sheet.write_row(number, 0, row)
    for number in range(3, 300_000):
        sheet.write_blank(number, 0, None, grey)
    book.close()
    return path


def text_bomb(path: Path) -> Path:
    """Hundreds of megabytes of one shared string in a file of a few."""
    parts = parts_of(workbook(path))
    parts["xl/sharedStrings.xml"] = parts.get(
        "xl/sharedStrings.xml",
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"></sst>',
    ).replace(b"</sst>", b"<si><t>" + b"a" * (210 << 20) + b"</t></si></sst>")
    return zipped(path, parts)


def many_strings(path: Path) -> Path:
    """Within the limit of size, but the same long string in eighty thousand cells, which share it."""
    text = "x" * 30_000
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        for number in range(1, 40_000):
            sheet.write_row(number, 0, [text, "10/11/2021", text, 1])
    return path


def with_macros(path: Path) -> Path:
    parts = parts_of(workbook(path))
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 Sub Auto_Open()"
    return zipped(path, parts)


def external_link(path: Path) -> Path:
    parts = parts_of(workbook(path))
    parts["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"
    return zipped(path, parts)


def dde_and_script_links(path: Path) -> Path:
    rows: list[list[object]] = [
        ["=cmd|'/c calc'!A1", "10/11/2021", '=HYPERLINK("javascript:alert(1)","x")', 31000],
        *ROWS,
    ]
    return workbook(path, rows)


def error_cells(path: Path) -> Path:
    workbook(path)
    book = openpyxl.load_workbook(path)
    cell = book.worksheets[0]["D2"]
    cell.value = "#REF!"
    cell.data_type = "e"
    book.save(path)
    return path


def date_system_1904(path: Path) -> Path:
    """Day 0 is 1904-01-01: 43049 is 2021-11-11."""
    workbook(path, [["Na dai", 43047, "Chợ Mạo Khê", 31000]])
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B2"].number_format = "dd/mm/yyyy"
    book.save(path)
    parts = parts_of(path)
    parts["xl/workbook.xml"] = re.sub(
        rb"<workbookPr[^>]*/>", b'<workbookPr date1904="1"/>', parts["xl/workbook.xml"]
    )
    return zipped(path, parts)


def hidden(path: Path) -> Path:
    """A hidden row and a sheet hidden so that Excel does not even list it; both count."""
    workbook(path)
    book = openpyxl.load_workbook(path)
    book.worksheets[0].row_dimensions[2].hidden = True
    other = book.create_sheet("x" * 31)
    for row in [HEADERS, ["Mực", "09/11/2021", "Chợ Cô Tô", 250000]]:
        other.append(row)
    other.sheet_state = "veryHidden"
    book.save(path)
    return path


def two_tables_on_a_sheet(path: Path) -> Path:
    return workbook(
        path,
        [
            *ROWS,
            [],
            ["Ghi chú: giá bán buôn"],
            [],
            HEADERS,
            ["Mực", "09/11/2021", "Chợ Cô Tô", 250000],
        ],
    )


def merged_cells(path: Path) -> Path:
    workbook(
        path,
        [["Na dai", "10/11/2021", "Chợ Mạo Khê", 31000], ["Na dai", "11/11/2021", None, 32000]],
    )
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("C2:C3")
    book.save(path)
    return path


def csv_text(rows: list[list[object]] | None = None, separator: str = ",", end: str = "\n") -> str:
    every = [HEADERS, *(ROWS if rows is None else rows)]
    return "".join(separator.join(str(cell) for cell in row) + end for row in every)


def bytes_of(content: bytes) -> Builder:
    def build(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return build


def encoded(encoding: str, separator: str = ",", end: str = "\n", bom: bytes = b"") -> Builder:
    return bytes_of(bom + csv_text(separator=separator, end=end).encode(encoding))


def windows_1258(content: str) -> bytes:
    """Vietnamese as Windows-1258 keeps it: base letters with combining tones."""
    out = bytearray()
    for character in content:
        try:
            out += character.encode("cp1258")
        except UnicodeEncodeError:
            tones = "\u0300\u0301\u0303\u0309\u0323"
            decomposed = unicodedata.normalize("NFD", character)
            base = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in tones))
            out += base.encode("cp1258")
            out += "".join(c for c in decomposed if c in tones).encode("cp1258")
    return bytes(out)


def long_line(path: Path) -> Path:
    with path.open("wb") as stream:
        stream.write(csv_text().encode())
        for _ in range(200):
            stream.write(b"x" * (1 << 20))
    return path


def json_lines(*lines: str) -> Builder:
    return bytes_of("\n".join(lines).encode() + b"\n")


def ods(path: Path, *, repeated: int = 1, doctype: bool = False) -> Path:
    """An .ods by hand; ``repeated``: how often the last, empty row says it is repeated."""

    def row(cells: list[object]) -> str:
        return (
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="float" office:value="{c}"><text:p>{c}</text:p></table:table-cell>'
                if isinstance(c, int)
                else f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
                for c in cells
            )
            + "</table:table-row>"
        )

    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    declared = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" if doctype else ""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{declared}<office:document-content {names}>'
        f'<office:body><office:spreadsheet><table:table table:name="Giá">'
        + "".join(row(cells) for cells in [HEADERS, *ROWS])
        + f'<table:table-row table:number-rows-repeated="{repeated}">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        b'<manifest:file-entry manifest:full-path="/" manifest:media-type="%s"/></manifest:manifest>'
        % kind
    )
    return zipped(
        path,
        {"mimetype": kind, "content.xml": content.encode(), "META-INF/manifest.xml": manifest},
    )


def excel_5(path: Path) -> Path:
    """An .xls as Excel 5 and 95 wrote them: BIFF 5 in the stream "Book", text in Windows-1258."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def text_of(value: object) -> bytes:
        raw = windows_1258(str(value))
        return struct.pack("<H", len(raw)) + raw

    rows = [HEADERS, *ROWS]
    cells = b"".join(
        record(0x0203, struct.pack("<HHHd", r, c, 15, value))
        if isinstance(value, int)
        else record(0x0204, struct.pack("<HHH", r, c, 15) + text_of(value))
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
    )
    sheet = (
        record(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0, 0))
        + record(0x0200, struct.pack("<HHHHH", 0, len(rows), 0, 4, 0))
        + cells
        + record(0x000A, b"")
    )
    font = record(
        0x0031, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 163, 0) + b"\x05Arial"
    )
    style = record(0x00E0, struct.pack("<HHH", 0, 0, 1) + b"\0" * 10)
    start = record(0x0809, struct.pack("<HHHH", 0x0500, 0x0005, 0, 0)) + record(
        0x0042, struct.pack("<H", 1258)
    )
    middle = font * 4 + style * 16
    name = b"Gia"
    length = len(start) + len(middle) + 4 + 7 + len(name) + 4
    bound = record(0x0085, struct.pack("<IBBB", length, 0, 0, len(name)) + name)
    stream = (start + middle + bound + record(0x000A, b"") + sheet).ljust(4096, b"\0")
    stream = stream.ljust(-(-len(stream) // 512) * 512, b"\0")
    path.write_bytes(compound(b"Book", stream))
    return path


def compound(name: bytes, stream: bytes) -> bytes:
    """An OLE compound file with one stream of 4096 bytes or more."""
    sectors = len(stream) // 512
    end, free, fat = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    table = [fat, end, *range(3, 2 + sectors), end]
    table += [free] * (128 - len(table))

    def entry(label: str, kind: int, child: int, start: int, size: int) -> bytes:
        encoded_name = (label + "\0").encode("utf-16-le") if label else b""
        return (
            encoded_name.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(encoded_name), kind, 1, free, free, child)
            + b"\0" * 36
            + struct.pack("<IQ", start, size)
        )

    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + b"\0" * 6
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
        + struct.pack("<I", 0)
        + struct.pack("<I", free) * 108
    )
    directory = (
        entry("Root Entry", 5, 1, end, 0)
        + entry(name.decode(), 2, free, 2, len(stream))
        + entry("", 0, free, 0, 0) * 2
    )
    return header + struct.pack("<128I", *table) + directory + stream
