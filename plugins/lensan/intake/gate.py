"""Whether a spreadsheet is safe to open: looked at from outside, before any parser touches it.

Source of the limits: docs/rules/trust.md#promises (the corpus) and docs/rules/sources.md#recognised
(200 MB unpacked).
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO, Any

from lensan.domain.problems import Problem, Rejection

MOST_UNPACKED = 200 << 20
MOST_ENTRIES = 10_000
MOST_RATIO = 1_000
"""Of an entry's bytes to what they take packed, where they are more than a megabyte: no table packs so well."""
MOST_CELLS = 20_000_000
"""Cells of the box around the used ones: readers keep it whole in memory."""
CHUNK = 1 << 20


class Unreadable(Rejection):
    """A file that cannot be read and is refused whole: the rule's code, English for engineers, and what
    the rule's sentence names (include/messages/problems.yml; ``case``: which of several)."""

    def __init__(self, rule: str, detail: str, **parameters: Any) -> None:
        super().__init__(Problem(rule, parameters), detail)


def check_zip(path: Path) -> str:
    """Check an .xlsx, .ods or .docx from outside; returns which of them it is. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename.replace("\\", "/").lower() for entry in entries}
            if any(entry.flag_bits & 1 for entry in entries):
                raise Unreadable("encrypted", "encrypted zip entries")
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > MOST_UNPACKED or len(entries) > MOST_ENTRIES:
                raise Unreadable("too_large", f"{unpacked} bytes in {len(entries)} entries")
            for entry in entries:
                if entry.file_size > max(CHUNK, MOST_RATIO * entry.compress_size):
                    raise Unreadable(
                        "too_large",
                        f"{entry.filename}: {entry.file_size} bytes of {entry.compress_size}",
                    )
            kind = _kind(archive, names)
            for entry in entries:
                _check_part(archive, entry, kind)
    except (
        zipfile.BadZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        ValueError,
        RuntimeError,
    ) as error:
        raise Unreadable("damaged", f"{type(error).__name__}: {error}") from error
    except Exception as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("damaged", f"{type(error).__name__}: {error}") from error
    return kind


_PARTS_OF = (
    # What stands in [Content_Types].xml, and the kind or the case of not_a_spreadsheet it means.
    (b"sheet.binary.macroenabled", "xlsb"),
    (b"spreadsheetml.sheet.main", "xlsx"),
    (b"spreadsheetml.template.main", "xlsx"),
    (b"sheet.macroenabled.main", "xlsx"),
    (b"template.macroenabled.main", "xlsx"),
    (b"wordprocessingml.document.main", "docx"),
    (b"wordprocessingml.template.main", "docx"),
    (b"ms-word.document.macroenabled.main", "docx"),
    (b"ms-word.template.macroenabledtemplate.main", "docx"),
    (b"wordprocessingml", "word"),
    (b"presentationml", "word"),
)


def _kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    """xlsx, ods or docx. Raises Unreadable, saying what the zip is instead."""
    if "content.xml" in names and "mimetype" in names:
        if b"manifest:encryption-data" in _head(archive, "META-INF/manifest.xml"):
            raise Unreadable("encrypted", "encrypted OpenDocument")
        return "ods"
    types = _head(archive, "[Content_Types].xml").lower()
    found = next((kind for word, kind in _PARTS_OF if word in types), None)
    if found == "xlsx" or (found is None and "xl/workbook.xml" in names):
        return "xlsx"
    if found == "docx":
        return found
    case = found or ("xlsb" if "xl/workbook.bin" in names else "zip")
    raise Unreadable("not_a_spreadsheet", f"zip without workbook, {len(names)} entries", case=case)


def _head(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as part:
            return part.read(CHUNK)
    except KeyError:
        return b""


_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.I)
# Bounded, and no tag holds another's beginning: the time grows with the bytes, whoever wrote them.
_ENCODING = re.compile(
    rb"""<\?xml[^<>]{0,200}?\bencoding\s{0,9}=\s{0,9}["'](?!utf-?(?:8|16)|us-ascii|iso-8859-|windows-125)""",
    re.I,
)
"""A declared encoding in which these patterns would not find what the parser does."""
_CELL = re.compile(rb"<(?:\w{1,30}:)?c\s([^<>]{1,500})>")
_PLACE = re.compile(rb"""\br\s?=\s?["']([A-Z]{1,3})(\d{1,7})["']""")
_MARKS = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
"""Before the first letter of a text: byte order marks, blanks, the other half of UTF-16."""


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: str) -> None:
    """One XML part, in pieces: no declarations, no more bytes than announced, no cell far away. What is
    XML says its first letter, not its name: a workbook may name its parts as it likes."""
    bottom = right = 0
    read = 0
    tail = first = b""
    with archive.open(entry) as part:
        while chunk := part.read(CHUNK):
            first = first or chunk.lstrip(_MARKS)[:1]
            if first not in (b"", b"<"):
                return
            read += len(chunk)
            if read > MOST_UNPACKED:
                raise Unreadable("too_large", f"{entry.filename} is larger than announced")
            text = tail + chunk.replace(b"\0", b"")
            if _DECLARATION.search(text):
                raise Unreadable("dangerous", f"DOCTYPE or ENTITY in {entry.filename}")
            if read == len(chunk) and _ENCODING.search(text[:1000]):
                raise Unreadable("dangerous", f"an encoding of its own in {entry.filename}")
            if kind == "xlsx":
                for tag in _CELL.finditer(text):
                    place = _PLACE.search(tag[1])
                    if place is None or tag[1].endswith(b"/"):
                        continue  # formatted only
                    bottom = max(bottom, int(place[2]))
                    right = max(right, column_number(place[1].decode()))
            tail = text[-600:]
    if bottom * right > MOST_CELLS:
        raise Unreadable("too_sparse", f"{entry.filename}: {bottom} rows x {right} columns")


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def check_ole(path: Path, stream: IO[bytes]) -> None:
    """Check an .xls from outside: a workbook, not a password-protected .xlsx. Raises Unreadable."""
    size = path.stat().st_size
    if size > MOST_UNPACKED:
        raise Unreadable("too_large", f"{size} bytes")
    content = stream.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Unreadable("encrypted", "an encrypted .xlsx")
    if "Workbook".encode("utf-16-le") not in content and "Book".encode("utf-16-le") not in content:
        raise Unreadable("not_a_spreadsheet", "OLE file without a workbook stream", case="ole")
