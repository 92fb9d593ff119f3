"""The parts of a workbook and what they say of each other: relations, types, the zip around them."""

from __future__ import annotations

import posixpath
import re
import zipfile
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import quoteattr

from lensan.units.marking.model import Unmarkable
from lensan.units.marking.tags import OFFICE, PACKAGE, TYPES, Edits, outline, prefix_of

WORKBOOK = "xl/workbook.xml"
_REFUSED = re.compile(
    r"^xl/(macrosheets|embeddings|activeX|ctrlProps|dialogsheets|queryTables|webextensions)/"
    r"|^xl/connections\.xml$|^customUI/|^xl/customUI",
    re.I,
)


class Package:
    """A workbook's parts by name, read whole. Raises Unmarkable where something in it could run.

    ``parts`` may be changed; what is new or gone is told by ``add`` and ``drop``.
    """

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

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (kind, part) of a part's own relations."""
        data = self.parts.get(rels_of(part))
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

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relation of a part; returns its id."""
        name = rels_of(part)
        data = self.parts.get(name) or f'<Relationships xmlns="{PACKAGE}"/>'.encode()
        root = outline(data)
        taken = {node.get("Id") for node in root.children}
        identity = next(f"rIdLs{n}" for n in range(1, len(taken) + 2) if f"rIdLs{n}" not in taken)
        edits = Edits(data)
        edits.into(
            root,
            f'<{prefix_of(root)}Relationship Id="{identity}" Type="{OFFICE}/{kind}" Target={quoteattr("/" + target)}/>',
        )
        self.parts[name] = edits.done()
        return identity

    def unrelate(self, part: str, targets: set[str]) -> None:
        """Remove a part's relations to the targets."""
        name = rels_of(part)
        if name not in self.parts:
            return
        data = self.parts[name]
        edits = Edits(data)
        known = self.relations(part)
        for node in outline(data).of("Relationship"):
            if known[node.get("Id")][1] in targets:
                edits.put(node.start, node.end, b"")
        self.parts[name] = edits.done()

    def add(self, pattern: str, kind: str, data: bytes) -> str:
        """A new part of a content type (empty: that of its extension), named by the pattern's first
        free number; returns its name."""
        name = next(
            pattern.format(n) for n in range(1, 100_000) if pattern.format(n) not in self.parts
        )
        self.parts[name] = data
        if kind:
            self._added.append((name, kind))
        return name

    def drop(self, part: str) -> None:
        """Remove a part with its relations."""
        self.parts.pop(part, None)
        self.parts.pop(rels_of(part), None)
        self._removed.add("/" + part)

    def strip_macros(self) -> None:
        """Cut the macros out; the workbook itself stays as it is."""
        gone = {name for name in self.parts if re.search(r"(^|/)vba\w+\.(bin|xml)$", name, re.I)}
        for name in gone:
            self.drop(name)
        self.unrelate(WORKBOOK, gone)

    def zipped(self) -> bytes:
        """The workbook as a file; parts that stayed keep their dates."""
        self._write_types()
        stream = BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts.items():
                old = self._infos.get(name)
                info = zipfile.ZipInfo(name, old.date_time if old else (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, data)
        return stream.getvalue()

    def _write_types(self) -> None:
        name = "[Content_Types].xml"
        data = self.parts[name]
        root = outline(data)
        prefix = prefix_of(root)
        edits = Edits(data)
        for node in root.of("Override"):
            if node.get("PartName") in self._removed:
                edits.put(node.start, node.end, b"")
            elif node.get("PartName").lstrip("/") == WORKBOOK:
                # .xlsm and templates become plain workbooks: their macros are gone.
                edits.set(node, "ContentType", f"{TYPES}.sheet.main+xml")
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


def rels_of(part: str) -> str:
    """The part that holds another's relations."""
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"
