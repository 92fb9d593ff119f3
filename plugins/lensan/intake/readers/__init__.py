"""Bytes → rows with sheet and row number, for every kind of file that arrives.

The kind is told by the content. Spreadsheets pass the gate and are parsed in a child process with
limits; delimited text and JSON Lines are streamed. What cannot be read raises Unreadable.
"""

from __future__ import annotations

from pathlib import Path

from lensan.intake.gate import Unreadable
from lensan.intake.readers.model import SourceDocument, SourceRow, SourceTable, Value

__all__ = ["SourceDocument", "SourceRow", "SourceTable", "Unreadable", "Value", "open_document"]

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OTHER_KINDS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "ảnh PNG"),
    (b"\xff\xd8\xff", "ảnh JPEG"),
    (b"GIF8", "ảnh GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "RTF"),
    (b"\x78\x9f\x3e\x22", "winmail.dat của Outlook"),
    (b"SQLite format 3", "SQLite"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
)


_PACKED = ("RAR", "7z", "gzip", "bzip2", "xz")


def open_document(path: Path, *, name: str) -> SourceDocument:
    """Open a file of the raw store; ``name`` is only for messages.

    Raises Unreadable with the reason in Vietnamese. Rows of delimited files are read while they are
    iterated, so Unreadable may also come from there.
    """
    from lensan.intake.readers import delimited, json_lines, workbooks

    with path.open("rb") as stream:
        head = stream.read(4096)
        if not head.strip():
            raise Unreadable("empty", "no bytes")
        if head.startswith(b"PK"):
            return workbooks.read_zip(path)
        if head.startswith(_OLE):
            stream.seek(0)
            return workbooks.read_ole(path, stream)
        if head[:2] == b"\x09\x08" and head[2:4] in (b"\x08\x00", b"\x10\x00"):
            return workbooks.read_bare_biff(path)
    for magic, kind in _OTHER_KINDS:
        if head.startswith(magic):
            case = "packed" if kind in _PACKED else "other"
            raise Unreadable("not_a_spreadsheet", f"{name} is {kind}", case=case, kind=kind)
    # What is written in UTF-16 is told by the same first letters.
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"")
    if start[:1] == b"<":
        is_excel = (
            b"urn:schemas-microsoft-com:office:spreadsheet" in start or b"Excel.Sheet" in start
        )
        case = "excel_xml" if is_excel else "html"
        raise Unreadable("not_a_spreadsheet", f"{name} is HTML or XML", case=case)
    if start[:13].lower() == b"mime-version:" or b"Content-Type: multipart/related" in start[:1000]:
        raise Unreadable("not_a_spreadsheet", f"{name} is MHTML or a mail", case="web_archive")
    if start[:1] in (b"{", b"["):
        return json_lines.read(path)
    return delimited.read(path)
