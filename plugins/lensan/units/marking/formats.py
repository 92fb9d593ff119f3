"""The sender's cell formats with ours behind them: xl/styles.xml."""

from __future__ import annotations

import re
from typing import Any

from lensan.units.marking.model import BAD_COLOUR, DOUBT_COLOUR, DOUBT_LINES, Unmarkable
from lensan.units.marking.tags import Edits, Node, outline, prefix_of, with_attribute

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


class CellFormats:
    """xl/styles.xml: the sender's cell formats stay, ours are appended."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._root = outline(data)
        self._formats = self._part("cellXfs")
        self._xfs = list(self._formats.of("xf"))
        self._added: list[bytes] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._prefix = prefix_of(self._root)
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
            tag = with_attribute(with_attribute(tag, "fillId", self._fills[fill]), "applyFill", 1)
            self._known[key] = self._add(tag + self._data[xf.opened : xf.end])
        return self._known[key]

    def role(self, name: str) -> int:
        """The cell format of a role of the list."""
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
        """The part with what was added."""
        edits = Edits(self._data)
        for group, added in self._new.items():
            self._extend(edits, self._part(group), "".join(added).encode(), len(added))
        self._extend(edits, self._formats, b"".join(self._added), len(self._added))
        return edits.done()

    @staticmethod
    def _extend(edits: Edits, node: Node, new: bytes, count: int) -> None:
        if node.opened == node.end:
            raise Unmarkable(f"empty {node.local}")
        edits.set(node, "count", len(node.children) + count)
        edits.put(node.closing, node.closing, new)
