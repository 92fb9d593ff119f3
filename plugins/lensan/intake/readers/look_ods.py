"""The second look at an .ods: its content, with fonts where they may be set: text, cell, column, default."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from lensan.domain import legacy_fonts
from lensan.intake.readers.looks import ERROR, MOST_REPEATS, Look, Run, Workbook

_T = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_O = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_X = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_C = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_Y = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_V = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_F = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_CELLS = (f"{_T}table-cell", f"{_T}covered-table-cell")
_MARKED_REPEATS = 5_000


class _Styles:
    """Fonts of styles, by the style's name, else its parent's, else the default's."""

    def __init__(self) -> None:
        self._faces: dict[str, str] = {}
        self._own: dict[str, tuple[str | None, str | None]] = {}
        self.hidden: set[str] = set()

    def read(self, element: Any) -> None:
        """Take in a font-face or style element, whole."""
        name = element.get(f"{_Y}name") or ""
        if element.tag == f"{_Y}font-face":
            self._faces[name] = (element.get(f"{_V}font-family") or "").strip("'\"")
            return
        if element.tag == f"{_Y}default-style":
            name = "" if element.get(f"{_Y}family") == "table-cell" else "-"
        text = element.find(f"{_Y}text-properties")
        font = None
        if text is not None:
            given = text.get(f"{_Y}font-name")
            font = self._faces.get(given, given) if given else text.get(f"{_F}font-family")
        self._own[name] = (font, element.get(f"{_Y}parent-style-name"))
        properties = element.find(f"{_Y}table-properties")
        if properties is not None and properties.get(f"{_T}display") == "false":
            self.hidden.add(name)

    def font(self, style: str | None) -> str | None:
        """The font of a style; null: none is said."""
        style = style or "Default"
        for _ in range(20):
            font, parent = self._own.get(style, (None, None))
            if font is not None or not style:
                return font
            style = parent or ("Default" if style != "Default" else "")
        return None

    def own_font(self, style: str | None) -> str | None:
        """The font that a style of text sets itself."""
        return self._own.get(style or "-", (None, None))[0]


def look(path: Path) -> Workbook:
    """All sheets of a spreadsheet. Raises ValueError for a row with values that is repeated for ever."""
    styles = _Styles()
    with zipfile.ZipFile(path) as archive:
        if "styles.xml" in archive.namelist():
            for _, element in ElementTree.iterparse(archive.open("styles.xml")):  # noqa: S314
                if element.tag in (f"{_Y}font-face", f"{_Y}style", f"{_Y}default-style"):
                    styles.read(element)
        with archive.open("content.xml") as part:
            return Workbook(_Content(styles).read(part))


class _Content:
    """Reads content.xml from its beginning to its end."""

    def __init__(self, styles: _Styles) -> None:
        self._styles = styles
        self._looks: list[Look] = []
        self._row = self._column = 0
        self._column_styles: dict[int, str] = {}
        self._row_style: str | None = None

    def read(self, part: Any) -> list[Look]:
        for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314
            tag = element.tag
            if event == "start":
                if tag == f"{_T}table":
                    hidden = element.get(f"{_T}style-name") in self._styles.hidden
                    self._looks.append(Look(hidden=hidden))
                    self._row = self._column = 0
                    self._column_styles = {}
                elif tag == f"{_T}table-row":
                    self._column = 0
                    self._row_style = element.get(f"{_T}default-cell-style-name")
            elif tag in (f"{_Y}font-face", f"{_Y}style"):
                self._styles.read(element)
            elif tag == f"{_T}table-column":
                self._columns(element)
            elif tag in _CELLS:
                self._cell(element)
                self._column += int(element.get(f"{_T}number-columns-repeated") or 1)
                element.clear()
            elif tag == f"{_T}table-row":
                self._end_of_row(element)
                element.clear()
        return self._looks

    def _columns(self, element: Any) -> None:
        repeat = min(int(element.get(f"{_T}number-columns-repeated") or 1), 1024)
        style = element.get(f"{_T}default-cell-style-name")
        for index in range(self._column, self._column + repeat):
            if style:
                self._column_styles[index] = style
            if element.get(f"{_T}visibility") in ("collapse", "filter"):
                self._looks[-1].hidden_columns.add(index)
        self._column += repeat

    def _end_of_row(self, element: Any) -> None:
        repeat = int(element.get(f"{_T}number-rows-repeated") or 1)
        look, row = self._looks[-1], self._row
        if look.last_row == row and repeat > 1:
            if repeat > MOST_REPEATS:
                raise ValueError(f"a row with values is repeated {repeat} times")
            look.last_row = row + repeat - 1
        if repeat > 1:
            again = range(row + 1, row + min(repeat, _MARKED_REPEATS))
            for marks in (look.errors, look.shown, look.fonts, look.runs):
                _repeat(marks, row, again)
            look.formulas_without_value |= {
                (other, c) for r, c in tuple(look.formulas_without_value) if r == row for other in again
            }  # fmt: skip
        if element.get(f"{_T}visibility") in ("collapse", "filter") and repeat < 10_000:
            look.hidden_rows |= set(range(row, row + repeat))
        self._row += repeat

    def _cell(self, element: Any) -> None:
        look, row = self._looks[-1], self._row
        repeat = min(int(element.get(f"{_T}number-columns-repeated") or 1), _MARKED_REPEATS)
        columns = range(self._column, self._column + repeat)
        paragraphs = element.findall(f"{_X}p")
        text = "\n".join("".join(p.itertext()) for p in paragraphs).strip()
        value = element.get(f"{_O}value-type")
        formula = element.get(f"{_T}formula") is not None
        self._merged(element)
        is_error = element.get(f"{_C}value-type") == "error" or ERROR.fullmatch(text)
        if is_error:
            look.errors.update({(row, column): text or "#VALUE!" for column in columns})
            return
        if formula and not text and value is None:
            look.formulas_without_value.update((row, column) for column in columns)
            return
        if not text and (value is None or value == "string"):
            return
        look.last_row = max(look.last_row, row)
        if value == "percentage":
            shown = f"{float(element.get(f'{_O}value') or 0) * 100:.10g}%"
            look.shown.update({(row, column): shown for column in columns})
        given = element.get(f"{_T}style-name")
        for column in columns:
            style = given or self._row_style or self._column_styles.get(column)
            font = self._styles.font(style)
            runs = self._runs(paragraphs, font)
            if runs is not None:
                look.runs[row, column] = runs
            elif font is not None and legacy_fonts.is_legacy(font):
                look.fonts[row, column] = font

    def _merged(self, element: Any) -> None:
        down = int(element.get(f"{_T}number-rows-spanned") or 1)
        right = int(element.get(f"{_T}number-columns-spanned") or 1)
        if down > 1 or right > 1:
            first = (self._row, self._column)
            self._looks[-1].merged.append((*first, first[0] + down - 1, first[1] + right - 1))

    def _runs(self, paragraphs: list[Any], font: str | None) -> list[Run] | None:
        """The text in pieces with their fonts, where a piece has another font than the cell."""
        if not any(p.find(f"{_X}span") is not None for p in paragraphs):
            return None
        runs: list[tuple[str, str | None]] = []
        for number, paragraph in enumerate(paragraphs):
            if number:
                runs.append(("\n", None))
            runs.append((paragraph.text or "", font))
            for piece in paragraph:
                own = self._styles.own_font(piece.get(f"{_X}style-name"))
                blank = " " if piece.tag in (f"{_X}s", f"{_X}tab") else ""
                runs.append(("".join(piece.itertext()) or blank, own or font))
                runs.append((piece.tail or "", font))
        fonts = {each for text, each in runs if text.strip()}
        if len(fonts) < 2 or not any(map(legacy_fonts.is_legacy, fonts)):
            return None
        return [(text, each if legacy_fonts.is_legacy(each) else None) for text, each in runs]


def _repeat(marks: dict[tuple[int, int], Any], row: int, again: range) -> None:
    for (at, column), mark in tuple(marks.items())[-20_000:]:
        if at == row:
            marks.update({(other, column): mark for other in again})
