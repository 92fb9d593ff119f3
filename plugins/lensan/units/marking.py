"""Colours and comments put into a sender's own workbook, by a child process under limits.

The .xlsx is not loaded and written anew: the few tags that change are spliced into its parts and every
other byte stays. So formulas keep their results, rich text its fonts, and pictures, charts, macros'
buttons and whatever the sender's program knows stay as they are; libraries that write a workbook anew
lose some of it (openpyxl: all results of formulas, so that the book could not be sent back).

What could run on opening is never sent on: macros are cut out, and a book with DDE links, embedded
objects, ActiveX, data connections or Excel 4 macro sheets is refused (Unmarkable).
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from lensan.domain.office import OFFICES
from lensan.intake import gate

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 60
TIMEOUT_S = 60.0
AUTHORS = tuple(entry.short_office for entry in OFFICES.entries)
"""Of our comments; the last one writes, those of all are ours."""
BAD_COLOUR, DOUBT_COLOUR, DOUBT_LINES = "FFFF9C8F", "FFFFF1B8", "FF9C7A00"
"""Cells to correct are plain; doubts are hatched, so that a black and white print tells them apart."""


class Unmarkable(Exception):
    """A workbook that cannot be marked, or should not be sent on; in English, for engineers."""


@dataclass(frozen=True)
class Mark:
    """A cell to colour. ``row`` and ``column`` count from 1; ``is_doubt``: a warning, no error."""

    sheet: str
    row: int
    column: int
    is_doubt: bool
    title: str
    text: str


@dataclass(frozen=True)
class ListSheet:
    """The first sheet that is added. ``rows``: (height in points, cells by column as (role, text)).

    ``links``: (row from 1, column from 1, target). ``replaces``: the sheet of that name goes.
    Roles: see ``_ROLES``.
    """

    name: str
    widths: Sequence[float]
    rows: Sequence[tuple[float, Sequence[tuple[str, str] | None]]]
    merges: Sequence[str]
    links: Sequence[tuple[int, int, str]]
    replaces: bool


def mark(path: Path, marks: Sequence[Mark], first: ListSheet) -> bytes:
    """The workbook with its cells marked and the list as its first sheet.

    Raises gate.Unreadable where it is not safe to open, Unmarkable where it cannot be marked.
    """
    if gate.check_zip(path) != "xlsx":
        raise Unmarkable("no .xlsx")
    job = {
        "path": str(path),
        "marks": [vars(each) for each in marks],
        "first": vars(first),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lensan.units.marking"],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
                "LC_ALL": "C.UTF-8",
            },
        )
    except subprocess.TimeoutExpired as error:
        raise Unmarkable(f"no answer in {TIMEOUT_S:.0f} s") from error
    if done.returncode != 0 or not done.stdout.startswith(b"PK"):
        raise Unmarkable(
            done.stdout.decode("utf-8", "replace")[:300] or f"status {done.returncode}"
        )
    return done.stdout


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    job = json.load(sys.stdin.buffer)
    try:
        answer = _Book(Path(job["path"])).marked(
            [Mark(**each) for each in job["marks"]], ListSheet(**job["first"])
        )
    except Exception as error:
        answer = f"{type(error).__name__}: {error}".encode()
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


# ---------------------------------------------------------------- XML with the place of every tag

_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass
class Node:
    """An element and where it stands: [start, opened) its tag, [opened, closing) what is in it."""

    name: str
    attributes: dict[str, str]
    start: int
    opened: int
    closing: int = -1
    end: int = -1
    text: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def local(self) -> str:
        return self.name.rpartition(":")[2]

    def child(self, local: str) -> Node | None:
        return next((node for node in self.children if node.local == local), None)

    def of(self, local: str) -> Iterator[Node]:
        return (node for node in self.children if node.local == local)

    def get(self, local: str, default: str = "") -> str:
        for name, value in self.attributes.items():
            if name.rpartition(":")[2] == local:
                return value
        return default

    def whole_text(self) -> str:
        return self.text + "".join(node.whole_text() for node in self.children)


def _check_encoding(data: bytes) -> None:
    declared = re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")
    ):
        raise Unmarkable("a part is not in UTF-8")


def outline(data: bytes) -> Node:
    """The elements of a small part."""
    _check_encoding(data)
    parser = expat.ParserCreate()
    root = Node("", {}, 0, 0)
    stack = [root]

    def opened(name: str, attributes: dict[str, str]) -> None:
        tag = _tag_at(data, parser.CurrentByteIndex)
        node = Node(name, attributes, tag.start(), tag.end())
        stack[-1].children.append(node)
        stack.append(node)

    def closed(name: str) -> None:
        node = stack.pop()
        if data[node.opened - 2 : node.opened] == b"/>":
            node.closing = node.end = node.opened
        else:
            node.closing = parser.CurrentByteIndex
            node.end = data.index(b">", node.closing) + 1

    def text(content: str) -> None:
        stack[-1].text += content

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.CharacterDataHandler = text
    parser.Parse(data, True)
    return root.children[0]


def _tag_at(data: bytes, at: int) -> re.Match[bytes]:
    tag = _TAG.match(data, at)
    if tag is None:
        raise Unmarkable(f"no tag at byte {at}")
    return tag


def _with(tag: bytes, name: str, value: object) -> bytes:
    """A start tag with an attribute set."""
    wanted = f"{name}={quoteattr(str(value))}".encode()
    pattern = rb"(?<=\s)" + re.escape(name.encode()) + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')"
    if re.search(pattern, tag):
        return re.sub(pattern, lambda _: wanted, tag, count=1)
    head = re.match(rb"<[^\s/>]+", tag)
    assert head is not None
    return tag[: head.end()] + b" " + wanted + tag[head.end() :]


def _without(tag: bytes, name: str) -> bytes:
    return re.sub(rb"\s" + name.encode() + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", tag)


def _plain(text: str) -> str:
    """Text that every XML parser takes and that Excel does not read as an escape of its own."""
    text = re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)
    return escape(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text))


class _Edits:
    """Replacements of byte ranges of one part."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._edits: list[tuple[int, int, int, bytes]] = []

    def put(self, start: int, end: int, new: bytes | str) -> None:
        new = new.encode() if isinstance(new, str) else new
        self._edits.append((start, end, len(self._edits), new))

    def into(self, node: Node, new: bytes | str) -> None:
        """Append to what is in an element, be it written <a/>."""
        new = new.encode() if isinstance(new, str) else new
        tag = self.data[node.start : node.opened]
        if node.opened == node.end and tag.endswith(b"/>"):
            close = f"</{node.name}>".encode()
            self.put(node.start, node.end, tag[:-2].rstrip() + b">" + new + close)
        else:
            self.put(node.closing, node.closing, new)

    def set(self, node: Node, name: str, value: object) -> None:
        self.put(node.start, node.opened, _with(self.data[node.start : node.opened], name, value))

    def done(self) -> bytes:
        parts, at = [], 0
        for start, end, _, new in sorted(self._edits, key=_place_of_edit):
            if start < at:
                raise Unmarkable("two changes of one tag")
            parts += [self.data[at:start], new]
            at = end
        return b"".join([*parts, self.data[at:]])


def _place_of_edit(edit: tuple[int, int, int, bytes]) -> tuple[int, bool, int]:
    """What is put before a tag comes before what replaces it."""
    start, end, number, _ = edit
    return start, end > start, number


# ---------------------------------------------------------------- the workbook

_REFUSED = re.compile(
    r"^xl/(macrosheets|embeddings|activeX|ctrlProps|dialogsheets|queryTables|webextensions)/"
    r"|^xl/connections\.xml$|^customUI/|^xl/customUI",
    re.I,
)
_ROLES: dict[str, tuple[str, str, bool, str]] = {
    # role → font, fill, bordered, alignment
    "title": ("bold", "none", False, 'vertical="center"'),
    "text": ("plain", "none", False, 'vertical="top" wrapText="1"'),
    "header": ("small_bold", "head", True, 'horizontal="center" vertical="center" wrapText="1"'),
    "cell": ("small", "none", True, 'horizontal="left" vertical="top" wrapText="1" indent="1"'),
    "middle": ("small", "none", True, 'horizontal="center" vertical="top" wrapText="1"'),
    "link": ("link", "none", True, 'horizontal="center" vertical="top" wrapText="1"'),
    "bad": ("small_bold", "bad", True, 'horizontal="center" vertical="top" wrapText="1"'),
    "doubt": ("small_bold", "doubt", True, 'horizontal="center" vertical="top" wrapText="1"'),
}
_FONT = '<name val="Times New Roman"/><family val="1"/>'
_FONTS = {
    "plain": f'<font><sz val="12"/>{_FONT}</font>',
    "bold": f'<font><b/><sz val="14"/>{_FONT}</font>',
    "small": f'<font><sz val="11"/>{_FONT}</font>',
    "small_bold": f'<font><b/><sz val="11"/>{_FONT}</font>',
    "link": f'<font><u/><sz val="11"/><color rgb="FF0563C1"/>{_FONT}</font>',
}
_FILLS = {
    "bad": f'<patternFill patternType="solid"><fgColor rgb="{BAD_COLOUR}"/><bgColor indexed="64"/></patternFill>',
    "doubt": f'<patternFill patternType="lightUp"><fgColor rgb="{DOUBT_LINES}"/><bgColor rgb="{DOUBT_COLOUR}"/></patternFill>',
    "head": '<patternFill patternType="solid"><fgColor rgb="FFD9E2F3"/><bgColor indexed="64"/></patternFill>',
}
_SIDES = "".join(f'<{side} style="thin"/>' for side in ("left", "right", "top", "bottom"))


class _Styles:
    """xl/styles.xml: the sender's cell formats stay, ours are appended."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._root = outline(data)
        self._formats = self._part("cellXfs")
        self._xfs = list(self._formats.of("xf"))
        self._added: list[bytes] = []
        self._known: dict[tuple[Any, ...], int] = {}
        prefix = self._root.name.rpartition(":")[0]
        self._prefix = f"{prefix}:" if prefix else ""
        self._new: dict[str, list[str]] = {"fonts": [], "fills": [], "borders": []}
        fills = list(self._part("fills").of("fill"))
        ours = {
            number
            for number, fill in enumerate(fills)
            for pattern in fill.of("patternFill")
            for colour in pattern.children
            if colour.get("rgb").upper() in (BAD_COLOUR, DOUBT_COLOUR)
        }
        self.ours = {
            number for number, xf in enumerate(self._xfs) if int(xf.get("fillId", "0")) in ours
        }
        self._fills = {name: self._append("fills", f"<fill>{xml}</fill>") for name, xml in _FILLS.items()}  # fmt: skip
        self._fills["none"] = 0
        self._border = self._append("borders", f"<border>{_SIDES}<diagonal/></border>")
        self._fonts = {name: self._append("fonts", xml) for name, xml in _FONTS.items()}

    def _part(self, local: str) -> Node:
        node = self._root.child(local)
        if node is None:
            raise Unmarkable(f"styles without {local}")
        return node

    def _append(self, group: str, xml: str) -> int:
        if self._prefix:
            xml = re.sub(r"<(/?)(?=\w)", rf"<\1{self._prefix}", xml)
        self._new[group].append(xml)
        return len(self._part(group).children) + len(self._new[group]) - 1

    def coloured(self, base: int, fill: str) -> int:
        """A cell format like the sender's, with another fill and nothing else changed."""
        key = ("like", base, fill)
        if key not in self._known:
            if not 0 <= base < len(self._xfs):
                raise Unmarkable(f"no cell format {base}")
            xf = self._xfs[base]
            tag = self._data[xf.start : xf.opened]
            tag = _with(_with(tag, "fillId", self._fills[fill]), "applyFill", 1)
            self._known[key] = self._add(tag + self._data[xf.opened : xf.end])
        return self._known[key]

    def role(self, name: str) -> int:
        if ("role", name) not in self._known:
            font, fill, bordered, alignment = _ROLES[name]
            xf = f"{self._prefix}xf"
            self._known["role", name] = self._add(
                f'<{xf} numFmtId="49" fontId="{self._fonts[font]}" fillId="{self._fills[fill]}" '
                f'borderId="{self._border if bordered else 0}" xfId="0" applyNumberFormat="1" '
                f'applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
                f"<{self._prefix}alignment {alignment}/></{xf}>".encode()
            )
        return self._known["role", name]

    def _add(self, xf: bytes) -> int:
        self._added.append(xf)
        return len(self._xfs) + len(self._added) - 1

    def done(self) -> bytes:
        edits = _Edits(self._data)
        for group, added in self._new.items():
            self._extend(edits, self._part(group), "".join(added).encode(), len(added))
        self._extend(edits, self._formats, b"".join(self._added), len(self._added))
        return edits.done()

    @staticmethod
    def _extend(edits: _Edits, node: Node, new: bytes, count: int) -> None:
        if node.opened == node.end:
            raise Unmarkable(f"empty {node.local}")
        edits.set(node, "count", len(node.children) + count)
        edits.put(node.closing, node.closing, new)


class _Book:
    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self._infos = {info.filename: info for info in archive.infolist()}
            self.parts = {name: archive.read(name) for name in self._infos}
        for name, data in self.parts.items():
            if _REFUSED.search(name):
                raise Unmarkable(f"{name} is not sent on")
            if "externalLinks/" in name and re.search(rb"<(\w+:)?(ddeLink|oleLink)\b", data):
                raise Unmarkable(f"{name} is a DDE or OLE link")
        self._added: list[tuple[str, str]] = []
        self._removed: set[str] = set()

    def marked(self, marks: Sequence[Mark], first: ListSheet) -> bytes:
        self._strip_macros()
        book_data = self.parts["xl/workbook.xml"]
        book = outline(book_data)
        if _MAIN.encode() not in book_data[: book.opened]:
            raise Unmarkable("not the transitional kind of Office Open XML")
        sheets = book.child("sheets")
        if sheets is None:
            raise Unmarkable("a workbook without sheets")
        relations = self._relations("xl/workbook.xml")
        styles_name = next(
            (target for kind, target in relations.values() if kind.endswith("/styles")), ""
        )
        if styles_name not in self.parts:
            raise Unmarkable("a workbook without styles")
        self._styles = _Styles(self.parts[styles_name])
        replaced = None
        by_sheet: dict[str, list[Mark]] = {}
        for each in marks:
            by_sheet.setdefault(each.sheet, []).append(each)
        for number, sheet in enumerate(sheets.of("sheet")):
            _, part = relations[sheet.get("id")]
            if first.replaces and sheet.get("name") == first.name:
                replaced = number, sheet, part
                continue
            self._unselect(part)
            if "worksheets/" in part:
                self._sheet(part, by_sheet.get(sheet.get("name"), []))
        self._write_list(first)
        self._write_book(book_data, book, sheets, replaced)
        self.parts[styles_name] = self._styles.done()
        self._write_types()
        return self._zipped()

    # ------------------------------------------------------------ parts and relations

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (kind, part) of a part's own relations."""
        data = self.parts.get(_rels_of(part))
        if data is None:
            return {}
        found = {}
        for node in outline(data).of("Relationship"):
            target = node.get("Target")
            path = posixpath.normpath(
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.join(posixpath.dirname(part), target)
            )
            found[node.get("Id")] = (node.get("Type"), path)
        return found

    def _relate(self, part: str, kind: str, target: str) -> str:
        """Add a relation of a part; returns its id."""
        name = _rels_of(part)
        data = self.parts.get(name) or f'<Relationships xmlns="{_PACKAGE}"/>'.encode()
        root = outline(data)
        taken = {node.get("Id") for node in root.children}
        identity = next(f"rIdLs{n}" for n in range(1, len(taken) + 2) if f"rIdLs{n}" not in taken)
        edits = _Edits(data)
        prefix = root.name.rpartition(":")[0]
        element = f"{prefix}:Relationship" if prefix else "Relationship"
        edits.into(
            root,
            f'<{element} Id="{identity}" Type="{_OFFICE}/{kind}" Target={quoteattr("/" + target)}/>',
        )
        self.parts[name] = edits.done()
        return identity

    def _unrelate(self, part: str, targets: set[str]) -> None:
        name = _rels_of(part)
        if name not in self.parts:
            return
        data = self.parts[name]
        edits = _Edits(data)
        known = self._relations(part)
        for node in outline(data).of("Relationship"):
            if known[node.get("Id")][1] in targets:
                edits.put(node.start, node.end, b"")
        self.parts[name] = edits.done()

    def _drop(self, part: str) -> None:
        self.parts.pop(part, None)
        self.parts.pop(_rels_of(part), None)
        self._removed.add("/" + part)

    def _strip_macros(self) -> None:
        gone = {name for name in self.parts if re.search(r"(^|/)vba\w+\.(bin|xml)$", name, re.I)}
        for name in gone:
            self._drop(name)
        for part in ("xl/workbook.xml",):
            self._unrelate(part, gone)

    def _new_part(self, pattern: str) -> str:
        return next(
            pattern.format(n) for n in range(1, 100_000) if pattern.format(n) not in self.parts
        )

    def _write_types(self) -> None:
        name = "[Content_Types].xml"
        data = self.parts[name]
        root = outline(data)
        prefix = root.name.rpartition(":")[0]
        prefix = f"{prefix}:" if prefix else ""
        edits = _Edits(data)
        for node in root.of("Override"):
            if node.get("PartName") in self._removed:
                edits.put(node.start, node.end, b"")
            elif node.get("PartName").lstrip("/") == "xl/workbook.xml":
                # .xlsm and templates become plain workbooks: their macros are gone.
                edits.set(node, "ContentType", f"{_TYPES}.sheet.main+xml")
        new = "".join(
            f'<{prefix}Override PartName={quoteattr("/" + part)} ContentType="{kind}"/>'
            for part, kind in self._added
        )
        if not any(node.get("Extension").lower() == "vml" for node in root.of("Default")):
            new = (
                f'<{prefix}Default Extension="vml" '
                f'ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>{new}'
            )
        edits.into(root, new)
        self.parts[name] = edits.done()

    def _zipped(self) -> bytes:
        stream = BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts.items():
                old = self._infos.get(name)
                info = zipfile.ZipInfo(name, old.date_time if old else (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, data)
        return stream.getvalue()

    # ------------------------------------------------------------ workbook.xml

    def _write_book(
        self, data: bytes, book: Node, sheets: Node, replaced: tuple[int, Node, str] | None
    ) -> None:
        edits = _Edits(data)
        prefix = book.name.rpartition(":")[0]
        prefix = f"{prefix}:" if prefix else ""
        numbers = [int(node.get("sheetId", "0")) for node in sheets.of("sheet")]
        gone = -1
        if replaced is not None:
            gone, node, part = replaced
            edits.put(node.start, node.end, b"")
            self._unrelate("xl/workbook.xml", {part})
            self._drop(part)
        identity = self._relate("xl/workbook.xml", "worksheet", self._list_part)
        # The name space is said again: not every program declares the prefix r.
        edits.put(
            sheets.opened,
            sheets.opened,
            f"<{prefix}sheet xmlns:r={quoteattr(_OFFICE)} name={quoteattr(self._list_name)} "
            f'sheetId="{max(numbers, default=0) + 1}" r:id="{identity}"/>',
        )
        names = book.child("definedNames")
        if names is not None:
            for node in names.of("definedName"):
                local = node.get("localSheetId")
                if not local:
                    continue
                if int(local) == gone:
                    edits.put(node.start, node.end, b"")
                else:
                    edits.set(node, "localSheetId", int(local) + 1 - (0 <= gone < int(local)))
        views = book.child("bookViews")
        for view in views.of("workbookView") if views is not None else ():
            tag = data[view.start : view.opened]
            edits.put(view.start, view.opened, _without(_without(tag, "activeTab"), "firstSheet"))
        self.parts["xl/workbook.xml"] = edits.done()

    def _unselect(self, part: str) -> None:
        """Two selected sheets would be a group, in which Excel writes into both at once."""
        data = self.parts[part]
        stop = data.find(b"sheetData")
        head = data[:stop] if stop >= 0 else data
        head = re.sub(
            rb"(<(?:\w+:)?sheetView\b[^>]*?\stabSelected\s*=\s*[\"'])(?:1|true)", rb"\g<1>0", head
        )
        self.parts[part] = head + (data[stop:] if stop >= 0 else b"")

    # ------------------------------------------------------------ the list of what is wrong

    def _write_list(self, first: ListSheet) -> None:
        self._list_name = first.name
        self._list_part = self._new_part("xl/worksheets/canSua{}.xml")
        self._added.append((self._list_part, f"{_TYPES}.worksheet+xml"))
        columns = "".join(
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
            for n, width in enumerate(first.widths, 1)
        )
        lines = []
        for number, (height, cells) in enumerate(first.rows, 1):
            inside = "".join(
                f'<c r="{letters(n)}{number}" s="{self._styles.role(cell[0])}" t="inlineStr">'
                f'<is><t xml:space="preserve">{_plain(cell[1])}</t></is></c>'
                for n, cell in enumerate(cells, 1)
                if cell is not None
            )
            lines.append(f'<row r="{number}" ht="{height:.1f}" customHeight="1">{inside}</row>')
        merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in first.merges)
        links = "".join(
            f'<hyperlink ref="{letters(column)}{row}" location={quoteattr(target)}/>'
            for row, column, target in first.links
        )
        self.parts[self._list_part] = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<worksheet xmlns="{_MAIN}"><sheetPr><tabColor rgb="{BAD_COLOUR}"/>'
            '<pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
            '<sheetView showGridLines="0" tabSelected="1" workbookViewId="0"/></sheetViews>'
            f"<cols>{columns}</cols><sheetData>{''.join(lines)}</sheetData>"
            + (f'<mergeCells count="{len(first.merges)}">{merges}</mergeCells>' if merges else "")
            + (f"<hyperlinks>{links}</hyperlinks>" if links else "")
            + '<pageMargins left="0.6" right="0.6" top="0.7" bottom="0.7" header="0.3" footer="0.3"/>'
            '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
        ).encode()

    # ------------------------------------------------------------ a sheet of the sender's

    def _sheet(self, part: str, marks: Sequence[Mark]) -> None:
        relations = self._relations(part)
        comments = next((t for kind, t in relations.values() if kind.endswith("/comments")), None)
        returned = comments is not None and any(
            escape(author).encode() in self.parts.get(comments, b"") for author in AUTHORS
        )
        if not marks and not self._styles.ours and not returned:
            return
        scan = _Scan(self.parts[part], marks, self._styles)
        self._comment(part, scan, comments)
        self.parts[part] = scan.edits.done()

    def _comment(self, part: str, scan: _Scan, comments: str | None) -> None:
        """Comments of ours, from now and from an earlier return; the sender's own stay."""
        if comments is None and not scan.marks:
            return
        if comments is None:
            comments = self._new_part("xl/commentsLs{}.xml")
            self._added.append((comments, f"{_TYPES}.comments+xml"))
            self.parts[comments] = (
                f'<comments xmlns="{_MAIN}"><authors/><commentList/></comments>'.encode()
            )
            self._relate(part, "comments", comments)
        data = self.parts[comments]
        root = outline(data)
        authors, listed = root.child("authors"), root.child("commentList")
        if authors is None or listed is None:
            raise Unmarkable("comments without authors")
        prefix = root.name.rpartition(":")[0]
        prefix = f"{prefix}:" if prefix else ""
        names = [node.whole_text() for node in authors.children]
        edits = _Edits(data)
        number = names.index(AUTHORS[-1]) if AUTHORS[-1] in names else len(names)
        if number == len(names):
            edits.into(authors, f"<{prefix}author>{escape(AUTHORS[-1])}</{prefix}author>")
        wanted = {(each.row, each.column): each for each in scan.marks}
        drawn: set[tuple[int, int]] = set()
        undrawn: set[tuple[int, int]] = set()
        kept: dict[tuple[int, int], str] = {}
        for node in listed.children:
            place = _place(node.get("ref"))
            author = int(node.get("authorId", "0"))
            name = names[author] if author < len(names) else ""
            if name.startswith("tc="):
                wanted.pop(place, None)  # a conversation of Excel 365: only the colour
            elif name in AUTHORS or place in wanted:
                edits.put(node.start, node.end, b"")
                (drawn if place in wanted else undrawn).add(place)
                if name not in AUTHORS:
                    kept[place] = node.whole_text()
        new = []
        for (row, column), each in sorted(wanted.items()):
            more = f"\n\nGhi chú trước đó: {kept[row, column]}" if (row, column) in kept else ""
            new.append(
                f'<comment ref="{letters(column)}{row}" authorId="{number}"><text>'
                '<r><rPr><b/><sz val="10"/><rFont val="Times New Roman"/></rPr>'
                f'<t xml:space="preserve">{_plain(each.title)}\n</t></r>'
                '<r><rPr><sz val="10"/><rFont val="Times New Roman"/></rPr>'
                f'<t xml:space="preserve">{_plain(each.text + more)}</t></r></text></comment>'
            )
        xml = "".join(new)
        edits.into(listed, re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}", xml) if prefix else xml)
        self.parts[comments] = edits.done()
        self._draw(part, scan, [each for place, each in sorted(wanted.items()) if place not in drawn], undrawn)  # fmt: skip

    def _draw(
        self, part: str, scan: _Scan, marks: Sequence[Mark], undrawn: set[tuple[int, int]]
    ) -> None:
        """The boxes of the comments, in the old drawing language that Excel still asks for."""
        relations = self._relations(part)
        name = relations.get(scan.legacy_drawing, ("", ""))[1]
        if name not in self.parts:
            if not marks:
                return
            name = self._new_part("xl/drawings/vmlDrawingLs{}.vml")
            self.parts[name] = _VML.encode()
            scan.add_legacy_drawing(self._relate(part, "vmlDrawing", name))
        data = self.parts[name]
        if undrawn:
            data = re.sub(
                rb"<v:shape\b(?:(?!</v:shape>).)*</v:shape>",
                lambda shape: b"" if _shape_place(shape[0]) in undrawn else shape[0],
                data,
                flags=re.S,
            )
        taken = [int(n) for n in re.findall(rb"_x0000_s(\d+)", data)]
        shapes = "".join(
            _SHAPE.format(
                id=max([1024, *taken]) + n,
                anchor=scan.anchor(each),
                row=each.row - 1,
                column=each.column - 1,
            )
            for n, each in enumerate(marks, 1)
        )
        end = data.rfind(b"</xml>")
        if end < 0:
            raise Unmarkable("a drawing without end")
        self.parts[name] = data[:end] + shapes.encode() + data[end:]


_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
    '<o:idmap v:ext="edit" data="1"/></o:shapelayout><v:shapetype id="_x0000_t202" '
    'coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke '
    'joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_SHAPE = (
    '<v:shape xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{id}" type="#_x0000_t202" '
    'style="position:absolute;margin-left:80pt;margin-top:5pt;width:220pt;height:90pt;z-index:1;'
    'visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row>"
    "<x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


def _shape_place(shape: bytes) -> tuple[int, int] | None:
    row, column = (
        re.search(rb"<x:%s>\s*(\d+)\s*</x:%s>" % (name, name), shape)
        for name in (b"Row", b"Column")
    )
    return (int(row[1]) + 1, int(column[1]) + 1) if row and column else None


def _rels_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


def letters(column: int) -> str:
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _place(reference: str) -> tuple[int, int]:
    """``E7`` → (7, 5)."""
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d{1,7})", reference)
    if match is None:
        raise Unmarkable(f"no cell {reference!r}")
    return int(match[2]), gate.column_number(match[1])


_AFTER_LEGACY_DRAWING = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip


class _Scan:
    """One pass over a sheet: where its marked cells stand, or should, and how wide its columns are."""

    def __init__(self, data: bytes, marks: Sequence[Mark], styles: _Styles) -> None:
        _check_encoding(data)
        self._data = data
        self._styles = styles
        self.edits = _Edits(data)
        self.marks = _anchored(data, marks)
        self._targets: dict[int, dict[int, Mark]] = {}
        for each in self.marks:
            self._targets.setdefault(each.row, {})[each.column] = each
        self._rows_to_come = sorted(self._targets, reverse=True)
        self.legacy_drawing = ""
        self._prefix = ""
        self._row = 0
        self._column = 0
        self._cells_to_come: list[int] = []
        self._row_tag: re.Match[bytes] | None = None
        self._row_style = 0
        self._row_new: list[bytes] = []
        self._columns: list[tuple[int, int, float, int]] = []
        self._default_width = 9.14
        self._default_height = 15.0
        self._heights: dict[int, float] = {}
        self._sheet_data: re.Match[bytes] | None = None
        self._tail: int | None = None
        self._end = 0
        self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._opened
        self._parser.EndElementHandler = self._closed
        self._parser.Parse(data, True)

    # ------------------------------------------------------------ tags as they come

    def _opened(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            prefix = name.rpartition(":")[0]
            self._prefix = f"{prefix}:" if prefix else ""
        local = name[len(self._prefix) :]
        if self._depth == 4 and local == "c":
            self._cell(attributes)
        elif self._depth == 3 and local == "row":
            self._begin_row(attributes)
        elif self._depth == 3 and local == "col":
            hidden = attributes.get("hidden") in ("1", "true")
            width = 0.0 if hidden else float(attributes.get("width") or self._default_width)
            first, last = int(attributes["min"]), int(attributes["max"])
            self._columns.append((first, last, width, int(attributes.get("style") or 0)))
        elif self._depth == 2:
            at = self._parser.CurrentByteIndex
            if local == "sheetFormatPr":
                self._default_width = float(attributes.get("defaultColWidth") or 9.14)
                self._default_height = float(attributes.get("defaultRowHeight") or 15)
            elif local == "sheetData":
                self._sheet_data = _tag_at(self._data, at)
            elif local == "legacyDrawing":
                self.legacy_drawing = next(
                    (v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), ""
                )
            elif local in _AFTER_LEGACY_DRAWING and self._tail is None:
                self._tail = at

    def _closed(self, name: str) -> None:
        local = name[len(self._prefix) :]
        if self._depth == 3 and local == "row" and self._row_tag is not None:
            self._end_row()
        elif self._depth == 2 and local == "sheetData" and self._sheet_data is not None:
            self._missing_rows(None)
            new = b"".join(self._row_new)
            tag = self._sheet_data[0]
            if tag.endswith(b"/>"):
                if new:
                    close = f"</{self._prefix}sheetData>".encode()
                    self.edits.put(*self._sheet_data.span(), tag[:-2].rstrip() + b">" + new + close)
            else:
                at = self._parser.CurrentByteIndex
                self.edits.put(at, at, new)
            self._row_new = []
        elif self._depth == 1:
            self._end = self._parser.CurrentByteIndex
        self._depth -= 1

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r") or self._row + 1)
        self._column = 0
        if "ht" in attributes and len(self._heights) < 200_000:
            self._heights[self._row] = float(attributes["ht"])
        self._missing_rows(self._row)
        if self._row_new:
            at = self._parser.CurrentByteIndex
            self.edits.put(at, at, b"".join(self._row_new))
            self._row_new = []
        if self._rows_to_come and self._rows_to_come[-1] == self._row:
            self._rows_to_come.pop()
            self._cells_to_come = sorted(self._targets[self._row], reverse=True)
            self._row_tag = _tag_at(self._data, self._parser.CurrentByteIndex)
            with_style = attributes.get("customFormat") in ("1", "true")
            self._row_style = int(attributes.get("s") or 0) if with_style else 0

    def _missing_rows(self, before: int | None) -> None:
        while self._rows_to_come and (before is None or self._rows_to_come[-1] < before):
            number = self._rows_to_come.pop()
            cells = b"".join(self._new_cell(number, column, 0) for column in sorted(self._targets[number]))  # fmt: skip
            self._row_new.append(
                f'<{self._prefix}row r="{number}">'.encode()
                + cells
                + f"</{self._prefix}row>".encode()
            )

    def _new_cell(self, row: int, column: int, base: int) -> bytes:
        for first, last, _, style in self._columns:
            if base == 0 and first <= column <= last:
                base = style
        each = self._targets[row][column]
        style = self._styles.coloured(base, "doubt" if each.is_doubt else "bad")
        return f'<{self._prefix}c r="{letters(column)}{row}" s="{style}"/>'.encode()

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        self._column = _place(reference)[1] if reference else self._column + 1
        at = self._parser.CurrentByteIndex
        base = int(attributes.get("s") or 0)
        while self._cells_to_come and self._cells_to_come[-1] < self._column:
            new = self._new_cell(self._row, self._cells_to_come.pop(), self._row_style)
            self.edits.put(at, at, new)
        if self._cells_to_come and self._cells_to_come[-1] == self._column:
            each = self._targets[self._row][self._cells_to_come.pop()]
            style = self._styles.coloured(base, "doubt" if each.is_doubt else "bad")
        elif base in self._styles.ours:
            style = self._styles.coloured(base, "none")  # corrected since the last return
        else:
            return
        tag = _tag_at(self._data, at)
        self.edits.put(*tag.span(), _with(tag[0], "s", style))

    def _end_row(self) -> None:
        assert self._row_tag is not None
        tag = self._row_tag[0]
        new = b"".join(
            self._new_cell(self._row, column, self._row_style)
            for column in reversed(self._cells_to_come)
        )
        if tag.endswith(b"/>"):
            close = f"</{self._prefix}row>".encode()
            whole = _without(tag, "spans")[:-2].rstrip() + b">" + new + close
            self.edits.put(*self._row_tag.span(), whole)
        else:
            if tag != _without(tag, "spans"):
                self.edits.put(*self._row_tag.span(), _without(tag, "spans"))
            at = self._parser.CurrentByteIndex
            self.edits.put(at, at, new)
        self._row_tag, self._cells_to_come = None, []

    # ------------------------------------------------------------ comments' boxes

    def add_legacy_drawing(self, identity: str) -> None:
        at = self._end if self._tail is None else self._tail
        self.edits.put(
            at,
            at,
            f'<{self._prefix}legacyDrawing xmlns:r={quoteattr(_OFFICE)} r:id="{identity}"/>',
        )

    def anchor(self, each: Mark) -> str:
        """Beside the cell, wide and high enough for its text, whatever the columns' widths."""
        text = f"{each.title}\n{each.text}"
        lines = sum(1 + len(line) // 44 for line in text.split("\n"))
        left, left_rest = self._walk(each.column, 12, self._column_pixels)
        right, right_rest = self._walk(left, left_rest + 290, self._column_pixels)
        top, top_rest = max(0, each.row - 2), 6
        bottom, bottom_rest = self._walk(top, top_rest + 16 * lines + 14, self._row_pixels)
        return f"{left}, {left_rest}, {top}, {top_rest}, {right}, {right_rest}, {bottom}, {bottom_rest}"

    @staticmethod
    def _walk(at: int, pixels: int, size: Any) -> tuple[int, int]:
        while pixels >= size(at) and at < 1_000_000:
            pixels -= size(at)
            at += 1
        return at, pixels

    def _column_pixels(self, index: int) -> int:
        for first, last, width, _ in self._columns:
            if first <= index + 1 <= last:
                return int(width * 7 + 0.5)
        return int(self._default_width * 7 + 0.5)

    def _row_pixels(self, index: int) -> int:
        return max(1, int(self._heights.get(index + 1, self._default_height) / 0.75))


_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\sref\s*=\s*[\"']([A-Z]+\d+):([A-Z]+\d+)[\"']")


def _anchored(data: bytes, marks: Sequence[Mark]) -> list[Mark]:
    """Marks inside merged cells go to the cell that is seen; marks of one cell become one."""
    areas = [
        (_place(match[1].decode()), _place(match[2].decode()))
        for match in _MERGED.finditer(data, max(0, data.rfind(b"sheetData")))
    ]
    found: dict[tuple[int, int], Mark] = {}
    for each in marks:
        row, column = each.row, each.column
        for (top, left), (bottom, right) in areas:
            if top <= row <= bottom and left <= column <= right:
                row, column = top, left
                break
        known: Mapping[str, Any] = vars(each) | {"row": row, "column": column}
        if (row, column) in found:
            other = found[row, column]
            worse = other if each.is_doubt else each
            text = other.text if each.text in other.text else f"{other.text}\n{each.text}"
            known = {
                **known,
                "is_doubt": other.is_doubt and each.is_doubt,
                "title": worse.title,
                "text": text,
            }
        found[row, column] = Mark(**known)
    return list(found.values())


if __name__ == "__main__":
    main()
