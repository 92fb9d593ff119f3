"""The files of a mail: its attachments, those of mails within it, and what is packed in them.

Nothing that may hold figures is left out without a word: what cannot be opened is taken as it is, so that
the reader refuses it with a sentence for its sender (docs/decisions/0006-locations.md).
"""

from __future__ import annotations

import binascii
import email
import email.errors
import io
import mimetypes
import re
import unicodedata
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import PurePosixPath

from lensan.intake import landing
from lensan.intake.locations.model import clean_name, looks_like_data

MOST_UNPACKED = 200 << 20
MOST_FILES = 100
"""Packed in a mail, in all its layers together; a packed file that has more of them, or more bytes, than
are left is taken as it is."""
DEEPEST = 4
"""Of mails and packed files within one another."""
# Parts that mail programs add by themselves.
_NO_FILES = re.compile(
    r"(application/(pkcs7-signature|x-pkcs7-signature|pgp-signature|pgp-encrypted|ics)"
    r"|text/(calendar|vcard|x-vcard)|message/(delivery-status|disposition-notification))$"
)
_SCANS = frozenset(
    [
        ".pdf",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".heic",
        ".webp",
        ".html",
        ".htm",
    ]
)

File = tuple[str, bytes]


@dataclass
class _Room:
    """What may still be unpacked of a mail."""

    files: int = MOST_FILES
    size_bytes: int = MOST_UNPACKED

    def takes(self, files: int, size_bytes: int) -> bool:
        """Whether there is room for so many files of so many bytes; then there is less of it."""
        if files > self.files or size_bytes > self.size_bytes:
            return False
        self.files -= files
        self.size_bytes -= size_bytes
        return True


def attachments(message: Message) -> list[File]:
    """The files of a mail, also those of mails attached to it and of .zip files: name and bytes.

    Pictures within the text (logos, signatures) are none. Beside a data file its signed scan is
    none either; alone it is taken, so that its sender is told what to send instead.
    """
    files = list(_files(message, 0, _Room()))
    if not any(looks_like_data(name) for name, _ in files):
        return files
    return [each for each in files if PurePosixPath(each[0].lower()).suffix not in _SCANS]


def _files(message: Message, depth: int, room: _Room) -> Iterator[File]:
    for part in message.walk():
        if part.get_content_type() == "message/rfc822" and _is_encoded(part):
            # Encoded against the standard, it is no part of its own to the parser.
            yield from _opened(_file_name(part) or "message.eml", _encoded(part), depth, room)
            continue
        if part.is_multipart() or _NO_FILES.match(part.get_content_type()):
            continue
        name = _file_name(part)
        if name is None or landing.is_litter(name):
            continue
        if part.get_content_maintype() == "image" and (
            part.get_content_disposition() != "attachment" or part.get("Content-ID")
        ):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield from _opened(name, content, depth, room)


def _is_encoded(part: Message) -> bool:
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    return encoding == "base64"


def _encoded(part: Message) -> bytes:
    """The bytes of a mail that was attached in base64."""
    inner: object = part.get_payload()
    if isinstance(inner, list):
        inner = inner[0].get_payload() if inner and isinstance(inner[0], Message) else ""
    text = re.sub(r"\s+", "", str(inner))
    try:
        return b64decode(text)
    except binascii.Error:
        return text.encode("utf-8", "replace")


def _opened(name: str, content: bytes, depth: int, room: _Room) -> Iterator[File]:
    """What a file holds, where it is a mail or packed; else the file."""
    within: list[File] = []
    if depth < DEEPEST:
        if name.lower().endswith(".eml"):
            within = list(_files(email.message_from_bytes(content), depth + 1, room))
        elif content.startswith(b"PK") and name.lower().endswith(".zip"):
            packed = _packed(content, room)
            within = [found for each in packed for found in _opened(*each, depth + 1, room)]
    yield from within or [(name, content)]


def _packed(content: bytes, room: _Room) -> list[File]:
    """The files of a .zip; none where it is locked, damaged, too large or of too many files."""
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if not room.takes(len(entries), sum(entry.file_size for entry in entries)):
                return []
            for entry in entries:
                name = clean_name(_entry_name(entry)).rsplit("/", 1)[-1]
                if not landing.is_litter(name):
                    with archive.open(entry) as stream:
                        unpacked = stream.read(entry.file_size + 1)
                    if len(unpacked) > entry.file_size:
                        return []
                    found.append((name, unpacked))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        return []  # NotImplementedError of a foreign method is a RuntimeError, and so is a password
    return found


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Its name: without the flag of UTF-8 most programs write it in UTF-8 nevertheless."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _file_name(part: Message) -> str | None:
    """The attachment's name in NFC, however it was written: RFC 2231, RFC 2047 or bare UTF-8."""
    for header in ("Content-Disposition", "Content-Type"):
        raw = next((v for k, v in part.raw_items() if k.lower() == header.lower()), None)
        if raw is None:
            continue
        # Bytes outside ASCII are kept as surrogates; most who send them mean UTF-8.
        shown = str(raw).encode("ascii", "surrogateescape").decode("utf-8", "replace")
        holder = Message()
        holder[header] = shown
        parameter = "filename" if header == "Content-Disposition" else "name"
        value = holder.get_param(parameter, header=header)
        if not value:
            continue
        name = collapse_rfc2231_value(value)
        if "=?" in name:
            name = _decoded(name)
        name = unicodedata.normalize("NFC", re.sub(r"\s+", " ", name)).strip()
        if name:
            return name
    if (
        part.get_content_disposition() == "attachment"
        or part.get_content_maintype() == "application"
    ):
        return f"unnamed{mimetypes.guess_extension(part.get_content_type()) or ''}"
    return None


def _decoded(text: str) -> str:
    """RFC 2047 within a parameter, which it forbids and many programs write."""
    try:
        return "".join(
            piece if isinstance(piece, str) else piece.decode(charset or "raw-unicode-escape")
            for piece, charset in decode_header(text)
        )
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return text
