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

from lensan.domain import legacy_fonts
from lensan.intake.readers.looks import Look, Run, Workbook, as_shown, unit_of_format

_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
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
        kept = name if not name or legacy_fonts.is_legacy(name) else None
        runs.append((_unescaped(text.text or "" if text is not None else ""), kept))
    return runs


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


class _Sheet:
    """Reads one sheet's part from its beginning to its end."""

    def __init__(
        self, styles: _Styles, strings: dict[int, list[Run]], never_calculated: bool
    ) -> None:
        self._styles, self._strings = styles, strings
        self._never_calculated = never_calculated
        self._space = ""
        self.look = Look()

    def read(self, archive: zipfile.ZipFile, name: str) -> Look:
        row = column = -1
        with archive.open(name) as part:
            for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314
                tag = element.tag
                if not self._space:
                    self._space = tag[: tag.index("}") + 1]
                    cell, line = f"{self._space}c", f"{self._space}row"
                    wide, merge = f"{self._space}col", f"{self._space}mergeCell"
                if event == "start":
                    if tag == line:
                        row = int(element.get("r") or row + 2) - 1
                        column = -1
                        if _is_hidden(element, "ht"):
                            self.look.hidden_rows.add(row)
                    continue
                if tag == cell:
                    reference = element.get("r")
                    column = _column_of(reference) if reference else column + 1
                    self._cell(element, row, column)
                    element.clear()
                elif tag == line:
                    element.clear()
                elif tag == wide and _is_hidden(element, "width"):
                    first, last = int(element.get("min") or 1), int(element.get("max") or 1)
                    self.look.hidden_columns |= set(range(first - 1, min(last, first + 500)))
                elif tag == merge:
                    first_cell, _, last_cell = (element.get("ref") or "").partition(":")
                    if last_cell:
                        self.look.merged.append((*_place_of(first_cell), *_place_of(last_cell)))
        return self.look

    def _cell(self, element: Any, row: int, column: int) -> None:
        look, space, kind = self.look, self._space, element.get("t")
        value = element.find(f"{space}v")
        text = value.text if value is not None else None
        inline = element.find(f"{space}is")
        inlined = inline is not None and any(t.text for t in inline.iter(f"{space}t"))
        formula = element.find(f"{space}f")
        if not text and not inlined:
            if formula is not None and kind != "str":
                look.formulas_without_value.add((row, column))
            return
        if kind == "e":
            look.errors[row, column] = text or "#VALUE!"
            return
        if formula is not None and self._never_calculated and text in ("0", "0.0"):
            # Written by a program that leaves calculating to Excel, and opened by none since.
            look.formulas_without_value.add((row, column))
            return
        if kind != "s":
            # A shared string may be empty; only calamine looks it up, so it does not count here.
            look.last_row = max(look.last_row, row)
        style = int(element.get("s") or 0)
        number_format = self._styles.formats.get(style)
        if number_format is not None and text and kind in (None, "n"):
            shown = as_shown(text, number_format)
            if shown is not None:
                look.shown[row, column] = shown
        font = self._styles.fonts.get(style)
        runs = self._strings.get(int(text)) if kind == "s" and text else None
        if inlined and inline is not None and inline.find(f"{space}r") is not None:
            own = _runs(inline, space)
            runs = own if any(each for _, each in own) else None
        if runs is not None:
            look.runs[row, column] = [(t, font if each == "" else each) for t, each in runs]
        elif font is not None:
            look.fonts[row, column] = font


def _is_hidden(element: Any, size: str) -> bool:
    return element.get("hidden") in ("1", "true") or element.get(size) in ("0", "0.0")


def _column_of(reference: str) -> int:
    column = -1
    for letter in reference.rstrip("0123456789"):
        column = (column + 1) * 26 + ord(letter) - 65
    return column


def _place_of(reference: str) -> tuple[int, int]:
    digits = re.sub(r"\D", "", reference)
    return int(digits or 1) - 1, _column_of(reference.replace("$", ""))
