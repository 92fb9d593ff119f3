"""Bytes → rows with sheet and row number, for every kind of file that arrives.

The kind is told by the content. A child process under limits of memory and time opens every file first:
spreadsheets pass the gate and are parsed there; delimited text and JSON Lines are read there from beginning
to end, and only then streamed here. What cannot be read raises Unreadable.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import replace
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


def _mail(path: Path, name: str) -> SourceDocument:
    """The body of a mail, or with it the workbooks that were attached: their sheets behind its own, all under names of
    their own."""
    from lensan.intake.readers import letter, workbooks

    content = path.read_bytes()
    head, _, packed = content.partition(b"\n")
    if not head.endswith(letter.TOGETHER):
        return workbooks.read(path, "mail")
    tables: dict[str, SourceTable] = {}
    warnings: list[str] = []
    try:
        with (
            zipfile.ZipFile(io.BytesIO(packed)) as archive,
            tempfile.TemporaryDirectory() as folder,
        ):
            entries = archive.infolist()
            if len(entries) > MOST_TOGETHER:
                raise Unreadable(
                    "too_many_sheets", f"{len(entries)} files of one mail", case="files"
                )
            for number, entry in enumerate(entries):
                if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > len(packed):
                    raise Unreadable("damaged", "packed by somebody else")
                part = Path(folder) / str(number)
                part.write_bytes(archive.read(entry))
                if part.read_bytes()[: len(head)].startswith(head):
                    raise Unreadable("damaged", "a mail within a mail")
                document = open_document(part, name=name)
                if document.kind in ("csv", "jsonl"):
                    raise Unreadable("damaged", "no form stands in such a file")
                warnings += document.warnings
                for table in document.tables:
                    sheet = table.sheet or ""
                    if sheet.lower() in tables:
                        # As long as Excel lets a name be: the copy that goes back has it too.
                        sheet = f"{sheet[:22]} ({number}.{len(tables)})"
                    tables[sheet.lower()] = replace(table, sheet=sheet)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise Unreadable("damaged", f"{type(error).__name__}: {error}") from error
    return SourceDocument("mail", list(tables.values()), warnings)


MOST_TOGETHER = 20
"""Workbooks of one mail beside its body."""


def open_document(path: Path, *, name: str, ahead: bool = False) -> SourceDocument:
    """Open a file of the raw store; ``name`` is only for messages. ``ahead``: a delimited file may be given before all
    of it is read; then its ``whole`` is to be called before what its rows say is taken for true.

    Raises Unreadable with the reason in Vietnamese. Rows of delimited files are read once more while they
    are iterated.
    """
    from lensan.intake.readers import letter, texts, workbooks

    with path.open("rb") as stream:
        head = stream.read(4096)
        if not head.strip():
            raise Unreadable("empty", "no bytes")
        if head.startswith(b"PK"):
            return workbooks.read(path, "zip")
        if head.startswith(_OLE):
            return workbooks.read(path, "ole")
        if head.startswith(letter.MARK):
            return _mail(path, name)
        if head[:2] == b"\x09\x08" and head[2:4] in (b"\x08\x00", b"\x10\x00"):
            return workbooks.read(path, "biff")
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
    return texts.read(path, "jsonl" if start[:1] in (b"{", b"[") else "csv", ahead=ahead)
