"""The second look at an .xlsx: its parts as XML, transitional or strict, under whatever names."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from lensan.domain import legacy_fonts
from lensan.intake.readers.looks import Look, Place, Run, Workbook, as_shown, unit_of_format

_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_CHUNK = 1 << 18
_PERCENT_FORMATS = {9: "0%", 10: "0.00%"}


@dataclass
class _Styles:
    """By the number of a cell's style: its legacy font, its format where it changes the meaning."""

    fonts: dict[int, str]
    formats: dict[int, str]


def package(path: Path) -> io.BytesIO | None:
    """The workbook with its parts under their usual names, where they bear others; None: they do not.

    Excel opens what its relations lead to; calamine looks for xl/workbook.xml, as programs write it.
    Some write back-slashes into the names, which a zip may not hold.
    """
    with zipfile.ZipFile(path) as archive:
        entries = {name.replace("\\", "/").lstrip("/"): name for name in archive.namelist()}
        folded = {name.lower(): name for name in entries}
        workbook = _target(archive, entries, folded, "_rels/.rels", "", "officeDocument")
        if workbook is None:
            workbook = folded.get("xl/workbook.xml")
        if workbook is None:
            return None
        renamed = _usual_names(archive, entries, folded, workbook)
        if all(entries[name] == usual for name, usual in renamed.items()):
            return None
        return _rewritten(archive, entries, folded, workbook, renamed)


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relations(
    archive: zipfile.ZipFile, entries: dict[str, str], folded: dict[str, str], part: str, base: str
) -> list[tuple[Any, str | None]]:
    """The relations of a part, each with the part it leads to."""
    name = folded.get(part.lower())
    if name is None:
        return []
    found: list[tuple[Any, str | None]] = []
    for relation in ElementTree.fromstring(archive.read(entries[name])):  # noqa: S314
        target = (relation.get("Target") or "").replace("\\", "/")
        target = target.lstrip("/") if target.startswith("/") else posixpath.join(base, target)
        found.append((relation, folded.get(posixpath.normpath(target).lower())))
    return found


def _target(
    archive: zipfile.ZipFile,
    entries: dict[str, str],
    folded: dict[str, str],
    part: str,
    base: str,
    kind: str,
) -> str | None:
    for relation, target in _relations(archive, entries, folded, part, base):
        if (relation.get("Type") or "").endswith(f"/{kind}"):
            return target
    return None


def _usual_names(
    archive: zipfile.ZipFile, entries: dict[str, str], folded: dict[str, str], workbook: str
) -> dict[str, str]:
    """Part → its usual name, for the workbook and what it is made of."""
    renamed = {workbook: "xl/workbook.xml"}
    part = _relations_of(workbook)
    relations = _relations(archive, entries, folded, part, posixpath.dirname(workbook))
    sheets = 0
    for relation, target in relations:
        kind = (relation.get("Type") or "").rsplit("/", 1)[-1]
        if target is None:
            continue
        if kind == "sharedStrings":
            renamed[target] = "xl/sharedStrings.xml"
        elif kind == "styles":
            renamed[target] = "xl/styles.xml"
        elif kind == "worksheet" and target not in renamed:
            sheets += 1
            usual = target.startswith("xl/worksheets/")
            renamed[target] = target if usual else f"xl/worksheets/part{sheets}.xml"
    return renamed


def _rewritten(
    archive: zipfile.ZipFile,
    entries: dict[str, str],
    folded: dict[str, str],
    workbook: str,
    renamed: dict[str, str],
) -> io.BytesIO:
    part = _relations_of(workbook)
    relations = {
        "_rels/.rels": ("_rels/.rels", ""),
        part.lower(): ("xl/_rels/workbook.xml.rels", posixpath.dirname(workbook)),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as copy:
        for name, stored in entries.items():
            if name.lower() not in relations:
                copy.writestr(renamed.get(name, name), archive.read(stored))
                continue
            usual, base = relations[name.lower()]
            root = ElementTree.Element(_RELATIONS.removesuffix("ship") + "ships")
            for relation, target in _relations(archive, entries, folded, name, base):
                kept = ElementTree.SubElement(root, _RELATIONS, dict(relation.attrib))
                if target is not None:
                    kept.set("Target", f"/{renamed.get(target, target)}")
            copy.writestr(usual, ElementTree.tostring(root))
    written.seek(0)
    return written


def look(source: Path | io.BytesIO) -> Workbook:
    """All sheets of a workbook whose parts bear their usual names."""
    warnings = []
    with zipfile.ZipFile(source) as archive:
        names = set(archive.namelist())
        root = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
        space = root.tag[: root.tag.index("}") + 1]
        properties = root.find(f"{space}workbookPr")
        date1904 = properties is not None and properties.get("date1904") in ("1", "true")
        calculation = root.find(f"{space}calcPr")
        never_calculated = calculation is not None and calculation.get("fullCalcOnLoad") in (
            "1",
            "true",
        )
        targets = {
            relation.get("Id"): (relation.get("Target") or "")
            for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        }
        if "xl/vbaProject.bin" in names:
            warnings.append("macros")
        if any(name.startswith("xl/externalLinks/") for name in names):
            warnings.append("external_links")
        styles = _styles(archive) if "xl/styles.xml" in names else _Styles({}, {})
        strings = _string_runs(archive) if "xl/sharedStrings.xml" in names else {}
        looks = []
        for sheet in root.iter(f"{space}sheet"):
            identifier = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
            target = targets.get(identifier, "")
            name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "worksheets/" not in name:
                looks.append(Look())
                continue
            look = _Sheet(styles, strings, never_calculated).read(archive, name)
            look.hidden = sheet.get("state") in ("hidden", "veryHidden")
            looks.append(look)
    return Workbook(looks, date1904, warnings)


def _styles(archive: zipfile.ZipFile) -> _Styles:
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))  # noqa: S314
    space = root.tag[: root.tag.index("}") + 1]
    names = []
    for font in root.iterfind(f"{space}fonts/{space}font"):
        name = font.find(f"{space}name")
        names.append(name.get("val") if name is not None else None)
    codes: dict[int, str] = dict(_PERCENT_FORMATS)
    for spec in root.iterfind(f"{space}numFmts/{space}numFmt"):
        codes[int(spec.get("numFmtId") or 0)] = spec.get("formatCode") or ""
    found = _Styles({}, {})
    for number, style in enumerate(root.iterfind(f"{space}cellXfs/{space}xf")):
        index = int(style.get("fontId") or 0)
        if index < len(names) and legacy_fonts.is_legacy(names[index]):
            found.fonts[number] = str(names[index])
        code = codes.get(int(style.get("numFmtId") or 0), "")
        if code and unit_of_format(code) is not None:
            found.formats[number] = code
    return found


def _string_runs(archive: zipfile.ZipFile) -> dict[int, list[Run]]:
    """Shared strings with a run in a legacy font, by their number."""
    content = archive.read("xl/sharedStrings.xml")
    if b".Vn" not in content and b"VNI" not in content.upper():
        return {}
    found = {}
    root = ElementTree.fromstring(content)  # noqa: S314
    space = root.tag[: root.tag.index("}") + 1]
    for number, item in enumerate(root.iterfind(f"{space}si")):
        runs = _runs(item, space)
        if any(font for _, font in runs):
            found[number] = runs
    return found


def _runs(item: Any, space: str) -> list[Run]:
    """The runs of a rich text, each with its legacy font; runs without a font have "" for the cell's."""
    runs: list[Run] = []
    for run in item.iterfind(f"{space}r"):
        text = run.find(f"{space}t")
        font = run.find(f"{space}rPr/{space}rFont")
        name = font.get("val") if font is not None else ""
        runs.append((_unescaped(text.text or "" if text is not None else ""), _legacy(name)))
    return runs


def _legacy(font: str | None) -> str | None:
    """A font's name where it is a legacy font's, or none; else null."""
    return font if not font or legacy_fonts.is_legacy(font) else None


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


class _Sheet:
    """Reads one sheet's part from its beginning to its end, and keeps of its cells what stands out."""

    def __init__(
        self, styles: _Styles, strings: dict[int, list[Run]], never_calculated: bool
    ) -> None:
        self._styles, self._strings = styles, strings
        self._never_calculated = never_calculated
        self._space = ""
        self._row = -1
        self._reference: str | None = None
        """The last that a cell of the row bears; ``_after``: how many cells without one stand behind it."""
        self._after = 0
        self._cell: _Cell | None = None
        self.look = Look()

    def read(self, archive: zipfile.ZipFile, name: str) -> Look:
        """The sheet as looked at. Raises ExpatError and ValueError where the part is no sheet."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        with archive.open(name) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
        return self.look

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._space:
            self._space = tag[: tag.index("}") + 1]
        name = tag.removeprefix(self._space)
        if self._cell is not None:
            self._cell.start(name, attributes)
        elif name == "c":
            reference = attributes.get("r")
            self._after = 0 if reference else self._after + 1
            self._reference = reference or self._reference
            self._cell = _Cell(attributes)
        elif name == "row":
            self._row = int(attributes.get("r") or self._row + 2) - 1
            self._reference, self._after = None, 0
            if _is_hidden(attributes, "ht"):
                self.look.hidden_rows.add(self._row)
        elif name == "col" and _is_hidden(attributes, "width"):
            first, last = int(attributes.get("min") or 1), int(attributes.get("max") or 1)
            self.look.hidden_columns |= set(range(first - 1, min(last, first + 500)))
        elif name == "mergeCell":
            first_cell, _, last_cell = (attributes.get("ref") or "").partition(":")
            if last_cell:
                self.look.merged.append((*_place_of(first_cell), *_place_of(last_cell)))

    def _data(self, text: str) -> None:
        if self._cell is not None:
            self._cell.data(text)

    def _end(self, tag: str) -> None:
        cell = self._cell
        if cell is not None and cell.ends():
            self._cell = None
            self._note(cell)

    @property
    def _place(self) -> Place:
        before = _column_of(self._reference) if self._reference else -1
        return self._row, before + self._after

    def _note(self, cell: _Cell) -> None:
        look, kind, text = self.look, cell.attributes.get("t"), cell.text
        if not text and not cell.is_inlined:
            if cell.has_formula and kind != "str":
                look.formulas_without_value.add(self._place)
            return
        if kind == "e":
            look.errors[self._place] = text or "#VALUE!"
            return
        if cell.has_formula and self._never_calculated and text in ("0", "0.0"):
            # Written by a program that leaves calculating to Excel, and opened by none since.
            look.formulas_without_value.add(self._place)
            return
        if kind != "s":
            # A shared string may be empty; only calamine looks it up, so it does not count here.
            look.last_row = max(look.last_row, self._row)
        style = int(cell.attributes.get("s") or 0)
        number_format = self._styles.formats.get(style)
        if number_format is not None and text and kind in (None, "n"):
            shown = as_shown(text, number_format)
            if shown is not None:
                look.shown[self._place] = shown
        font = self._styles.fonts.get(style)
        runs = self._strings.get(int(text)) if kind == "s" and text else None
        if cell.runs:
            own = [(_unescaped(piece or ""), _legacy(each)) for piece, each in cell.runs]
            runs = own if any(each for _, each in own) else None
        if runs is not None:
            look.runs[self._place] = [(t, font if each == "" else each) for t, each in runs]
        elif font is not None:
            look.fonts[self._place] = font


class _Cell:
    """A cell while it is read. ``text``: of its value; ``is_inlined``: whether it bears a text of its own;
    ``runs``: the pieces of that text, each with the name of its font, "" without one."""

    __slots__ = ("_depth", "_in_run", "_in_text", "_opened", "attributes", "has_formula", "is_inlined", "runs", "text")  # fmt: skip

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.text: str | None = None
        self.has_formula = self.is_inlined = False
        self.runs: list[tuple[str | None, str | None]] = []
        self._depth = 0
        self._opened = ""
        """The element right below the cell that is open."""
        self._in_run = self._in_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins in the cell."""
        self._depth += 1
        if self._depth == 1:
            self._opened = name
            self.has_formula = self.has_formula or name == "f"
        elif self._opened == "is":
            self._in_text = name == "t"
            if name == "r" and self._depth == 2:
                self._in_run = True
                self.runs.append((None, ""))
            elif name == "rFont" and self._in_run:
                self.runs[-1] = self.runs[-1][0], attributes.get("val")

    def data(self, text: str) -> None:
        """Letters of the cell."""
        if self._opened == "v":
            self.text = (self.text or "") + text
        elif self._in_text:
            self.is_inlined = True
            if self._in_run:
                self.runs[-1] = (self.runs[-1][0] or "") + text, self.runs[-1][1]

    def ends(self) -> bool:
        """An element ends; whether it is the cell itself."""
        self._depth -= 1
        self._in_text = False
        if self._depth == 1:
            self._in_run = False
        elif self._depth == 0:
            self._opened = ""
        return self._depth < 0


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    return attributes.get("hidden") in ("1", "true") or attributes.get(size) in ("0", "0.0")


def _column_of(reference: str) -> int:
    column = -1
    for letter in reference.rstrip("0123456789"):
        column = (column + 1) * 26 + ord(letter) - 65
    return column


def _place_of(reference: str) -> tuple[int, int]:
    digits = re.sub(r"\D", "", reference)
    return int(digits or 1) - 1, _column_of(reference.replace("$", ""))
