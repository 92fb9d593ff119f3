"""The form that stands in the body of a mail itself: taken as one more file of it, or together with the attached one.

Rules: docs/rules/sources.md#texts-and-mails. A body without the form's table is no file, as before.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Sequence
from email.message import Message
from pathlib import Path
from typing import NamedTuple

from lensan.domain.contracts import Contract
from lensan.domain.problems import Rejection
from lensan.intake import readers, sections
from lensan.intake.heading import Heading
from lensan.intake.locations.attachments import File
from lensan.intake.locations.model import looks_like_data
from lensan.intake.readers import letter

NAME = "nội dung thư"
MOST_BODIES = 6
"""Of a mail, and of those within it, that are looked at."""
_MAY_BE_TABLE = {
    "text/html": re.compile(r"<table[\s>]", re.I),
    "text/plain": re.compile(r"[|\t][^|\t\n]*[|\t][^|\t\n]*[|\t]"),
}


class _Form(NamedTuple):
    """What a form says of itself. ``kind``: week or month."""

    kind: str
    heading: Heading


def files(message: Message, attached: Sequence[File], contract: Contract) -> list[File]:
    """The files of a mail to a source, with its body where a form stands in it: name and bytes.

    Where a form of the same unit and period is attached as well, both are one file: neither is chosen, and what they say
    otherwise is held back. The form must name its unit, since the table may be one of our own mails', passed on: else
    the file is refused with that reason; in an answer, where such a table is quoted rather than sent, there is no file.
    """
    if contract.kind != "submission":
        return list(attached)
    is_answer = "In-Reply-To" in message or "References" in message
    for body in _bodies(message):
        forms = _forms(body, contract)
        named = [form for form in forms if form.heading.senders]
        if named:
            return _together(body, named, attached, contract)
        if forms and not is_answer:
            return [*attached, (NAME, letter.MARK + letter.NAMELESS + body[len(letter.MARK) :])]
    return list(attached)


def _bodies(message: Message) -> list[bytes]:
    """The texts of a mail that may hold a table, HTML first: the same is said in both."""
    found: dict[str, list[bytes]] = {kind: [] for kind in _MAY_BE_TABLE}
    for part in message.walk():
        kind = part.get_content_type()
        if kind not in found or part.get_filename() or part.get_content_disposition() == "attachment":  # fmt: skip
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or len(content) > letter.MOST_BYTES // 2:
            continue
        text = _decoded(content, part.get_content_charset())
        if _MAY_BE_TABLE[kind].search(text):
            found[kind].append(letter.MARK + kind.encode() + b"\n" + text.encode())
    return [body for bodies in found.values() for body in bodies][:MOST_BODIES]


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _forms(content: bytes, contract: Contract) -> list[_Form]:
    """The forms in a file, as the sweep will find them; none where it cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            read = sections.of_document(readers.open_document(path, name="file"), contract)
        except Rejection:
            return []
    return [_Form(form.layout.kind, form.above) for form in read.forms]


def _together(
    body: bytes, forms: Sequence[_Form], attached: Sequence[File], contract: Contract
) -> list[File]:
    rivals = [
        (name, content)
        for name, content in attached
        if looks_like_data(name)
        and any(_is_same(a, b) for a in _forms(content, contract) for b in forms)
    ]
    if not rivals:
        return [*attached, (NAME, body)]
    others = [each for each in attached if each not in rivals]
    return [*others, (f"{rivals[0][0]} và {NAME}", _packed(body, rivals))]


def _is_same(a: _Form, b: _Form) -> bool:
    """Whether two forms may be of one unit and period: what neither contradicts."""
    one = not a.heading.senders or not b.heading.senders or a.heading.senders == b.heading.senders
    days = [(form.heading.first_day, form.heading.last_day, form.heading.month) for form in (a, b)]
    return one and a.kind == b.kind and (days[0] == days[1] or not any(days[0]) or not any(days[1]))


def _packed(body: bytes, rivals: Sequence[File]) -> bytes:
    """The body and what is attached as one file, the same bytes for the same mail."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for number, (name, content) in enumerate([(NAME, body), *rivals]):
            entry = zipfile.ZipInfo(f"{number}/{name.replace('/', '-')}")
            entry.create_system = 3
            archive.writestr(entry, content)
    return letter.MARK + letter.TOGETHER + b"\n" + stream.getvalue()
