"""The form that stands in the body of a mail itself: taken as one more file of it, or together with the attached one.

Rules: docs/rules/sources.md#texts-and-mails. A body without the form's table is no file, as before.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
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
MOST_BODIES = 20
"""Of a mail, and of those within it, in which a form is looked for; further ones are taken as they are, and refused by
the reader with a sentence for their sender."""
_MAY_BE_TABLE = {
    "text/html": re.compile(r"<table[\s>]", re.I),
    "text/plain": re.compile(r"[|\t][^|\t\n]*[|\t][^|\t\n]*[|\t]"),
}


class _Form(NamedTuple):
    """What a form says of itself. ``kind``: week or month."""

    kind: str
    heading: Heading


def files(message: Message, attached: Sequence[File], contract: Contract) -> list[File]:
    """The files of a mail to a source, with each body in which a form stands: name and bytes.

    Forms of the same unit and period, attached or in another body, are one file: none is chosen, and what they say
    otherwise is held back. A form must name its unit, since the table may be one of our own mails', passed on: else the
    file is refused with that reason; in an answer, where such a table is quoted rather than sent, there is no file.
    """
    if contract.kind != "submission":
        return list(attached)
    is_answer = "In-Reply-To" in message or "References" in message
    together = [[each] for each in attached]
    for number, said in enumerate(_bodies(message), 1):
        name = NAME if number == 1 else f"{NAME} {number}"
        is_looked_at = number <= MOST_BODIES and max(map(len, said)) <= letter.MOST_BYTES
        if not is_looked_at:
            together.append([(name, said[0])])
            continue
        found = [(body, forms) for body in said if (forms := _forms(body, contract))]
        named = [(body, forms) for body, forms in found if any(f.heading.senders for f in forms)]
        if named:
            body, forms = named[0]
            named_forms = [form for form in forms if form.heading.senders]
            same = [group for group in together if _are_rivals(group, named_forms, contract)]
            together = [group for group in together if group not in same]
            together.append([(name, body), *(each for group in same for each in group)])
        elif found and not is_answer:
            nameless = letter.MARK + letter.NAMELESS + found[0][0][len(letter.MARK) :]
            together.append([(name, nameless)])
    return [_as_file(group) for group in together]


def _bodies(message: Message) -> Iterator[list[bytes]]:
    """The texts of a mail that may hold a table, each with what says the same in other words of the mail, HTML first."""
    found: dict[int, dict[str, list[bytes]]] = {}
    for at, part in _texts(message):
        kind = part.get_content_type()
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        text = _decoded(content, part.get_content_charset())
        if _MAY_BE_TABLE[kind].search(text):
            body = letter.MARK + kind.encode() + b"\n" + text.encode()
            found.setdefault(at, {}).setdefault(kind, []).append(body)
    for kinds in found.values():
        yield [body for kind in _MAY_BE_TABLE for body in kinds.get(kind, [])]


def _texts(message: Message) -> Iterator[tuple[int, Message]]:
    """The texts that are no files, with a number that those share which are alternatives of one another."""
    alternatives: dict[int, int] = {}
    for at, part in enumerate(message.walk()):
        if part.get_content_type() == "multipart/alternative":
            alternatives |= {id(each): alternatives.get(id(part), at) for each in part.walk()}
        is_file = part.get_filename() or part.get_content_disposition() == "attachment"
        if part.get_content_type() in _MAY_BE_TABLE and not is_file:
            yield alternatives.get(id(part), at), part


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


def _are_rivals(group: Sequence[File], forms: Sequence[_Form], contract: Contract) -> bool:
    """Whether files hold a form that may be of the unit and period of one of these."""
    return any(
        _is_same(a, b)
        for name, content in group
        if looks_like_data(name) or content.startswith(letter.MARK)
        for a in _forms(content, contract)
        for b in forms
    )


def _is_same(a: _Form, b: _Form) -> bool:
    """Whether two forms may be of one unit and period: what neither contradicts."""
    one = not a.heading.senders or not b.heading.senders or a.heading.senders == b.heading.senders
    days = [(form.heading.first_day, form.heading.last_day, form.heading.month) for form in (a, b)]
    return one and a.kind == b.kind and (days[0] == days[1] or not any(days[0]) or not any(days[1]))


def _as_file(group: Sequence[File]) -> File:
    """What a body and its rivals are as one file, the same bytes for the same mail."""
    if len(group) == 1:
        return group[0]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for number, (name, content) in enumerate(group):
            entry = zipfile.ZipInfo(f"{number}/{name.replace('/', '-')}")
            entry.create_system = 3
            archive.writestr(entry, content)
    content = letter.MARK + letter.TOGETHER + b"\n" + stream.getvalue()
    return f"{group[1][0]} và {group[0][0]}", content
