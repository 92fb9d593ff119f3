"""The body of a mail, as lensan.intake.locations.bodies keeps it: HTML, or lines with tabs or bars between cells.

What a sender answers below, another's words, is not read. Runs in the child process (lensan.intake.readers.child).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from lensan.intake.gate import Unreadable
from lensan.intake.readers import flow

MARK = b"lensan-mail-body "
"""Begins such a file; then text/html or text/plain and a line's end, then the body in UTF-8."""
TOGETHER = b"multipart/mixed"
"""Stands there instead of a body that is one file with what is attached: a .zip of both follows."""
NAMELESS = b"(no unit) "
"""Stands before the kind of a body whose form names no unit: it is refused."""
MOST_BYTES = 2 << 20
"""Of a body: a form has some 50,000, with all that mail programs write around it."""

_BREAKS = frozenset(["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "hr", "pre", "center", "section",
                     "article", "header", "footer", "address", "dl", "dt", "dd"])  # fmt: skip
_VOID = frozenset(["br", "img", "hr", "meta", "link", "input", "col", "base", "area", "wbr", "embed", "source", "track", "param"])  # fmt: skip
_PASSED = frozenset(["script", "style", "head", "title", "template", "select", "textarea", "svg", "blockquote", "noscript"])  # fmt: skip
_STRUCK = frozenset(["del", "s", "strike"])
_DOUBTED = frozenset(["ins", "sup", "sub"])
_OF_TABLE = frozenset(["table", "tr", "td", "th", "thead", "tbody", "tfoot", "caption", "colgroup"])
_QUOTE = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend|zmail_extra|protonmail_quote|OutlookMessageHeader"
)
"""Class or identifier of what holds or announces the mail that is answered: nothing behind it is the sender's own."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
_STRIKES = re.compile(r"text-decoration[^;]{0,60}line-through", re.I)
_FONT = re.compile(r"font-family\s*:\s*['\"]?([^;,'\"]{1,60})", re.I)
_LABELS = frozenset(["from:", "từ:", "người gửi:", "de:", "von:"])
"""Begin, alone, the lines in which Outlook announces it."""
_ANNOUNCES = re.compile(
    r"^(?:-{3,} ?(original message|thư gốc|tin nhắn gốc|forwarded message|chuyển tiếp)|_{20,}$"
    r"|(on|vào|lúc) .{5,200}(wrote|đã viết) ?:$|(from|từ|người gửi) ?: .{0,200}@)",
    re.I,
)
"""A line that announces, in plain text, the mail that is answered."""
_RULE = re.compile(r"[\s|+:=\-─━]+")
FEWEST_MARKS = 3
"""Of tabs or bars, that make a line one of a table."""


def read(path: Path) -> dict[str, Any]:
    """The body as sheets. Raises Unreadable."""
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        raise Unreadable("too_large", f"{len(content)} bytes", case="mail")
    head, _, body = content.partition(b"\n")
    if NAMELESS in head:
        raise Unreadable("no_sender", "the form in the body names no unit")
    text = body.decode("utf-8", "replace")
    if head.strip().endswith(b"html"):
        return flow.document("mail", _html(text))
    return flow.document("mail", _plain(text))


# ---------------------------------------------------------------- lines


def _plain(text: str) -> flow.Flow:
    told = flow.Flow()
    for line in text.splitlines():
        if _ANNOUNCES.match(line.strip()[:400]):
            break
        if line.startswith(">"):
            continue
        cells = _cells(line)
        if cells is None:
            if told.depth and not _RULE.fullmatch(line):
                told.close_table()
            if not told.depth:
                told.text(line)
                told.end_paragraph()
            continue
        if not told.depth:
            told.open_table()
        told.open_row()
        for cell in cells:
            told.open_cell()
            told.text(cell)
    return told


def _cells(line: str) -> list[str] | None:
    """The cells of a line of a table; null where it is none."""
    if line.count("\t") >= FEWEST_MARKS:
        return line.split("\t")
    line = line.strip()
    if line.count("|") < FEWEST_MARKS or _RULE.fullmatch(line):
        return None
    return line.removeprefix("|").removesuffix("|").split("|")


# ---------------------------------------------------------------- HTML


@dataclass
class _Look:
    """What an element does to the letters within it."""

    tag: str
    is_struck: bool = False
    is_doubted: bool = False
    font: str | None = None


@dataclass
class _Frame:
    """The elements that are open in a cell, or outside all tables."""

    looks: list[_Look] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)


def _html(text: str) -> flow.Flow:
    parser = _Html()
    parser.feed(_ended(text))
    parser.close()
    return parser.flow


def _ended(text: str) -> str:
    """HTML without comments and declarations, and without what begins and never ends: for each of these Python's parser
    would look through all the rest again."""
    kept, at = [], 0
    while (begin := text.find("<!", at)) >= 0:
        kept.append(text[at:begin])
        end = "-->" if text.startswith("<!--", begin) else ">"
        found = text.find(end, begin + 2)
        at = found + len(end) if found >= 0 else len(text)
    kept.append(text[at:])
    whole = "".join(kept)
    last = whole.rfind(">") + 1
    return whole[:last] + whole[last:].replace("<", " ")


class _Html(HTMLParser):
    """Follows the tags, in whatever order a mail program left them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.flow = flow.Flow()
        self._frames = [_Frame()]
        self._passed: str | None = None
        self._deep = 0
        """How many elements like the one that is passed over are open."""
        self._is_over = False
        self._tables = 0
        self._struck = self._doubted = 0

    # ------------------------------------------------------------ tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = {name: value or "" for name, value in attrs}
        if self._passed is not None:
            self._deep += tag == self._passed
            return
        if self._is_over:
            return
        if _QUOTE.search(f"{given.get('class', '')} {given.get('id', '')}"):
            self._is_over = True
            return
        if tag in _VOID:
            self._void(tag)
        elif tag in _PASSED or "hidden" in given or _HIDDEN.search(given.get("style", "")):
            if tag not in _PASSED:
                self.flow.doubt()
            self._passed, self._deep = tag, 1
        elif tag in _OF_TABLE:
            self._table(tag, given)
        else:
            if tag in _BREAKS:
                self.flow.end_paragraph()
            self._begin(tag, given)

    def _void(self, tag: str) -> None:
        if tag in ("br", "hr"):
            self.flow.end_paragraph()
        elif tag in ("img", "embed", "input"):
            self.flow.doubt()

    def _table(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table":
            self.flow.open_table()
            self._tables += 1
        elif not self._tables:
            return
        elif tag == "tr":
            self._leave_cell()
            self.flow.open_row()
        elif tag in ("td", "th"):
            self._leave_cell()
            self.flow.open_cell(_count(given.get("colspan")), _count(given.get("rowspan")))
            self._frames.append(_Frame())

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if self._passed is not None:
            self._deep -= tag == self._passed
            if not self._deep:
                self._passed = None
        elif self._is_over:
            return
        elif tag == "table" and self._tables:
            self._leave_cell()
            self.flow.close_table()
            self._tables -= 1
        elif tag == "tr" and self._tables:
            self._leave_cell()
            self.flow.close_row()
        elif tag in ("td", "th") and self._tables:
            self._leave_cell()
        elif tag not in _OF_TABLE:
            self._end(tag)
            if tag in _BREAKS:
                self.flow.end_paragraph()

    def handle_data(self, data: str) -> None:
        """Letters."""
        if self._passed is not None or self._is_over:
            return
        said = data.strip()
        if said.lower() in _LABELS or _ANNOUNCES.match(said[:400]):
            self._is_over = True
            return
        text = " ".join(re.split(r"[\t\n\r\f ]+", data))
        if self._struck:
            if text.strip():
                self.flow.doubt()
            return
        if self._doubted and text.strip():
            self.flow.doubt()
        looks = self._frames[-1].looks
        self.flow.text(text, looks[-1].font if looks else None)

    # ------------------------------------------------------------ what is open

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        frame, style = self._frames[-1], given.get("style", "")
        around = frame.looks[-1].font if frame.looks else None
        family = _FONT.search(style)
        font = given.get("face") or (family[1].strip() if family else around)
        look = _Look(tag, tag in _STRUCK or bool(_STRIKES.search(style)), tag in _DOUBTED, font)
        frame.looks.append(look)
        frame.open[tag] += 1
        self._struck += look.is_struck
        self._doubted += look.is_doubted

    def _end(self, tag: str) -> None:
        frame = self._frames[-1]
        while frame.open[tag]:
            if self._drop(frame).tag == tag:
                return

    def _drop(self, frame: _Frame) -> _Look:
        look = frame.looks.pop()
        frame.open[look.tag] -= 1
        self._struck -= look.is_struck
        self._doubted -= look.is_doubted
        return look

    def _leave_cell(self) -> None:
        """The innermost cell ends, where one is open."""
        if not self.flow.in_cell or len(self._frames) <= 1:
            return
        frame = self._frames.pop()
        while frame.looks:
            self._drop(frame)
        self.flow.close_cell()


def _count(value: str | None) -> int:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
