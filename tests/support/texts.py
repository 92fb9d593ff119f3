"""A sheet of a workbook as its sender may send it otherwise: a text of Word, the body of a mail."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import docx

Rows = Sequence[Sequence[Any]]


def shown(cell: Any) -> str:
    """A value as an official types it in a text: decimal comma, day first."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell).replace(".", ",")
    return str(cell)


def split(rows: Rows) -> tuple[list[list[str]], list[list[str]]]:
    """The lines above a sheet's table, each the texts that stand in it, and the rows of the table."""
    told = [[shown(cell) for cell in row] for row in rows]
    first = next((n for n, row in enumerate(told) if sum(map(bool, row)) > 3), len(told))
    return [list(filter(None, row)) for row in told[:first]], told[first:]


def word(rows: Rows) -> bytes:
    """A .docx: what stands above the table as paragraphs, then the table."""
    above, table = split(rows)
    text = docx.Document()
    for line in above:
        for said in line:
            text.add_paragraph(said)
    width = max(map(len, table))
    made = text.add_table(len(table), width)
    for row, cells in zip(made.rows, table, strict=True):
        for cell, said in zip(row.cells, cells, strict=False):
            if said:
                cell.text = said
    stream = io.BytesIO()
    text.save(stream)
    return stream.getvalue()


def web(rows: Rows) -> str:
    """An HTML body: the same, as a mail program writes it."""
    above, table = split(rows)
    lines = "".join(f"<div>{html.escape(said)}</div>" for line in above for said in line)
    made = "".join(
        "<tr>" + "".join(f"<td><p>{html.escape(s).replace(chr(10), '<br>') or '&nbsp;'}</p></td>" for s in row)
        + "</tr>" for row in table
    )  # fmt: skip
    return f"<html><body><p>Kính gửi Sở,</p>{lines}<table>{made}</table><p>Trân trọng</p></body></html>"


def lines(rows: Rows, mark: str) -> str:
    """A plain body: lines of cells with a mark between them."""
    above, table = split(rows)
    told = [said for line in above for said in line]
    end = mark.strip()
    told += [end + mark.join(cell.replace("\n", " ") for cell in row) + end for row in table]
    return "Kính gửi Sở,\n\n" + "\n".join(told) + "\n"


def smallest(content: bytes) -> bytes:
    """A .docx without its theme, settings and pictures."""
    stream = io.BytesIO()
    kept = ("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml")
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:  # fmt: skip
        for name in kept:
            new.writestr(name, old.read(name))
    return stream.getvalue()


def changed(content: bytes, *pairs: tuple[str, str], part: str = "word/document.xml") -> bytes:
    """A .docx with pieces of a part's XML replaced, each of which stands there."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:  # fmt: skip
        for name in old.namelist():
            data = old.read(name)
            if name == part:
                told = data.decode()
                for before, after in pairs:
                    assert before in told, before
                    told = told.replace(before, after, 1)
                data = told.encode()
            new.writestr(name, data)
    return stream.getvalue()
