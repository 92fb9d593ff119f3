"""A text of Word (.docx): its paragraphs and tables, read from the beginning to the end of its main part.

What the sender sees with all changes accepted is read; where that is not the only reading, the cell is doubted. Runs
in the child process (lensan.intake.readers.child), behind the gate.
"""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from lensan.intake.readers import flow

_W = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_CHUNK = 1 << 16
_PICTURES = frozenset(["drawing", "pict", "object", "sym"])
_TAKEN_OUT = frozenset(["del", "moveFrom"])
_PUT_IN = frozenset(["ins", "moveTo"])
_BEFORE = frozenset(
    ["rPrChange", "pPrChange", "tblPrChange", "tcPrChange", "trPrChange", "tblPrExChange", "sectPrChange",
     "tblGridChange", "txbxContent"]
)  # fmt: skip
"""How something looked before it was changed, and boxes of text."""
_LETTERS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
"""A hyphen that does not break is the minus of who types it into a cell."""


@dataclass(frozen=True)
class _Style:
    """What a style says of letters; ``parent``: where what it does not say is found."""

    parent: str | None = None
    font: str | None = None
    is_struck: bool | None = None
    is_hidden: bool | None = None


@dataclass
class _Run:
    """Letters of one look. Null: as its style has it."""

    style: str | None = None
    font: str | None = None
    is_struck: bool | None = None
    is_hidden: bool | None = None
    is_raised: bool = False


def read(path: Path) -> dict[str, Any]:
    """The text as sheets. Raises Unreadable, and what expat and zipfile raise of damaged ones."""
    with zipfile.ZipFile(path) as archive:
        main = _main_part(archive)
        beside = posixpath.join(posixpath.dirname(main), "styles.xml")
        styles = _styles(archive.read(beside)) if beside in archive.namelist() else {}
        text = _Text(styles)
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = text.start
        parser.EndElementHandler = text.end
        parser.CharacterDataHandler = text.data
        with archive.open(main) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
    return flow.document("docx", text.flow)


def _main_part(archive: zipfile.ZipFile) -> str:
    if "_rels/.rels" in archive.namelist():
        for relation in ElementTree.fromstring(archive.read("_rels/.rels")):  # noqa: S314
            if (relation.get("Type") or "").endswith("/officeDocument"):
                return (relation.get("Target") or "").lstrip("/")
    return "word/document.xml"


def _styles(content: bytes) -> dict[str, _Style]:
    """Styles by their identifier; "" is the document's own, and "-" the paragraph's default."""
    root = ElementTree.fromstring(content)  # noqa: S314
    space = root.tag[: root.tag.index("}") + 1]
    found = {"": _style(root.find(f"{space}docDefaults/{space}rPrDefault/{space}rPr"), space, None)}
    for style in root.iterfind(f"{space}style"):
        name = style.get(f"{space}styleId") or ""
        based = style.find(f"{space}basedOn")
        parent = based.get(f"{space}val") if based is not None else None
        found[name] = _style(style.find(f"{space}rPr"), space, parent)
        if style.get(f"{space}type") == "paragraph" and style.get(f"{space}default") in ("1", "true"):  # fmt: skip
            found["-"] = _Style(name)
    return found


def _style(properties: Any, space: str, parent: str | None) -> _Style:
    if properties is None:
        return _Style(parent)

    def switch(*names: str) -> bool | None:
        given = [properties.find(f"{space}{name}") for name in names]
        said = [_is_on(each.get(f"{space}val")) for each in given if each is not None]
        return any(said) if said else None

    fonts = properties.find(f"{space}rFonts")
    font = None if fonts is None else fonts.get(f"{space}ascii") or fonts.get(f"{space}hAnsi")
    return _Style(parent, font, switch("strike", "dstrike"), switch("vanish"))


def _is_on(value: str | None) -> bool:
    return value not in ("0", "false", "off")


class _Text:
    """Follows the elements of the main part, and tells the flow what they mean."""

    def __init__(self, styles: dict[str, _Style]) -> None:
        self.flow = flow.Flow()
        self._styles = styles
        self._path: list[str] = []
        self._passed = 0
        """Elements that are open since one that is not read."""
        self._is_text = self._is_math = False
        self._run = _Run()
        self._paragraph: str | None = None
        self._controls: list[bool] = []
        """Of the content controls that are open: whether each only says what to type; ``_hints``: how many do."""
        self._hints = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        space, _, name = tag.rpartition("}")
        if self._passed:
            self._passed += 1
            return
        is_word = f"{space}}}" in _W
        given = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        parent = self._path[-1] if self._path else ""
        if name == "Fallback" or (is_word and self._is_passed(name, parent)):
            self._passed = 1
            return
        self._path.append(name if is_word else f":{name}")
        if is_word:
            self._began(name, parent, given)
        elif name == "oMath":
            self.flow.doubt()
        elif name == "t" and space.endswith("/math"):
            self._is_math = True

    def _is_passed(self, name: str, parent: str) -> bool:
        """Whether nothing within an element is read."""
        if name in _PICTURES:
            self.flow.doubt()
            return True
        if name in _TAKEN_OUT and parent not in ("rPr", "trPr"):
            self.flow.doubt()
            return True
        return name in _BEFORE

    def _began(self, name: str, parent: str, given: dict[str, str]) -> None:
        if parent == "rPr":
            if len(self._path) > 2 and self._path[-3] == "r":
                self._looks(name, given)
        elif parent in ("trPr", "tcPr"):
            self._of_table(name, parent, given)
        elif name == "r":
            self._run = _Run()
        elif name == "p":
            self._paragraph = None
        elif name == "pStyle" and parent == "pPr":
            self._paragraph = given.get("val")
        elif name == "t":
            self._is_text = True
        elif name in _LETTERS and parent == "r":
            self._write(_LETTERS[name])
        elif name in _PUT_IN:
            self.flow.doubt()
        elif name == "showingPlcHdr" and parent == "sdtPr" and self._controls:
            self._hints += _is_on(given.get("val")) and not self._controls[-1]
            self._controls[-1] |= _is_on(given.get("val"))
        else:
            self._opened(name)

    def _opened(self, name: str) -> None:
        if name == "sdt":
            self._controls.append(False)
        elif name == "tbl":
            self.flow.open_table()
        elif name == "tr" and self.flow.depth:
            self.flow.open_row()
        elif name == "tc" and self.flow.depth:
            self.flow.open_cell()

    def _looks(self, name: str, given: dict[str, str]) -> None:
        run = self._run
        if name == "rStyle":
            run.style = given.get("val")
        elif name == "rFonts":
            run.font = given.get("ascii") or given.get("hAnsi")
        elif name in ("strike", "dstrike"):
            run.is_struck = bool(run.is_struck) or _is_on(given.get("val"))
        elif name == "vanish":
            run.is_hidden = _is_on(given.get("val"))
        elif name == "vertAlign":
            run.is_raised = given.get("val") in ("superscript", "subscript")

    def _of_table(self, name: str, parent: str, given: dict[str, str]) -> None:
        if not self.flow.depth:
            return
        if parent == "trPr":
            if name == "gridBefore":
                self.flow.skip(_count(given))
            elif name in ("del", "ins"):
                self.flow.mark_row(gone=name == "del", changed=name == "ins")
        elif name == "gridSpan":
            self.flow.change_cell(right=_count(given))
        elif name == "vMerge":
            self.flow.change_cell(goes_on="begin" if given.get("val") == "restart" else "end")
        elif name in ("cellDel", "cellIns", "cellMerge"):
            self.flow.doubt()

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._passed:
            self._passed -= 1
            return
        name = self._path.pop()
        if name == "t":
            self._is_text = False
        elif name == ":t":
            self._is_math = False
        elif name == "p":
            self.flow.end_paragraph()
        elif name == "sdt" and self._controls:
            self._hints -= self._controls.pop()
        elif self.flow.depth:
            if name == "tc":
                self.flow.close_cell()
            elif name == "tr":
                self.flow.close_row()
            elif name == "tbl":
                self.flow.close_table()

    def data(self, text: str) -> None:
        """Letters."""
        if self._is_text:
            self._write(text)
        elif self._is_math:
            self.flow.text(text)

    def _write(self, text: str) -> None:
        if self._hints:
            return
        run = self._run
        if self._said("is_struck") or self._said("is_hidden"):
            if text.strip():
                self.flow.doubt()
            return
        if run.is_raised:
            self.flow.doubt()
        self.flow.text(text, self._said("font"))

    def _said(self, what: str) -> Any:
        """What holds for the run: its own word, its style's, its paragraph's, the document's."""
        own = getattr(self._run, what)
        if own is not None:
            return own
        for first in (self._run.style, self._paragraph or "-", ""):
            name = first
            for _ in range(20):
                style = self._styles.get(name) if name is not None else None
                if style is None:
                    break
                if getattr(style, what) is not None:
                    return getattr(style, what)
                name = style.parent
        return None


def _count(given: dict[str, str]) -> int:
    value = given.get("val") or ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 1
