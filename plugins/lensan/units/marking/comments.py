"""Comments at the cells: ours of now replace ours of an earlier return, the sender's own stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from lensan.units.marking.model import AUTHORS, Mark, Unmarkable, letters, place_of
from lensan.units.marking.package import Package
from lensan.units.marking.sheets import Scan
from lensan.units.marking.tags import MAIN, TYPES, Edits, outline, plain, prefix_of

Place = tuple[int, int]
"""Row and column, from 1."""


def write(package: Package, part: str, scan: Scan, comments: str | None, author: str) -> None:
    """Write the comments of a sheet's marks. ``comments``: the part that holds the sender's, if any;
    ``author``: who writes ours, one of AUTHORS."""
    if comments is None and not scan.marks:
        return
    if comments is None:
        empty = f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode()
        comments = package.add("xl/commentsLs{}.xml", f"{TYPES}.comments+xml", empty)
        package.relate(part, "comments", comments)
    data = package.parts[comments]
    root = outline(data)
    authors, listed = root.child("authors"), root.child("commentList")
    if authors is None or listed is None:
        raise Unmarkable("comments without authors")
    prefix = prefix_of(root)
    names = [node.whole_text() for node in authors.children]
    edits = Edits(data)
    number = names.index(author) if author in names else len(names)
    if number == len(names):
        edits.into(authors, f"<{prefix}author>{escape(author)}</{prefix}author>")
    wanted = {(each.row, each.column): each for each in scan.marks}
    drawn: set[Place] = set()
    undrawn: set[Place] = set()
    kept: dict[Place, str] = {}
    for node in listed.children:
        place = place_of(node.get("ref"))
        of = int(node.get("authorId", "0"))
        name = names[of] if of < len(names) else ""
        if name.startswith("tc="):
            wanted.pop(place, None)  # a conversation of Excel 365: only the colour
        elif name in AUTHORS or place in wanted:
            edits.put(node.start, node.end, b"")
            (drawn if place in wanted else undrawn).add(place)
            if name not in AUTHORS:
                kept[place] = node.whole_text()
    marks = [each for _, each in sorted(wanted.items())]
    xml = "".join(_comment(each, number, kept.get((each.row, each.column))) for each in marks)
    edits.into(listed, re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}", xml) if prefix else xml)
    package.parts[comments] = edits.done()
    _draw(package, part, scan, [m for m in marks if (m.row, m.column) not in drawn], undrawn)


def _comment(each: Mark, author: int, before: str | None) -> str:
    """``before``: what the sender had written at the cell."""
    more = f"\n\nGhi chú trước đó: {before}" if before is not None else ""
    return (
        f'<comment ref="{letters(each.column)}{each.row}" authorId="{author}"><text>'
        '<r><rPr><b/><sz val="10"/><rFont val="Times New Roman"/></rPr>'
        f'<t xml:space="preserve">{plain(each.title)}\n</t></r>'
        '<r><rPr><sz val="10"/><rFont val="Times New Roman"/></rPr>'
        f'<t xml:space="preserve">{plain(each.text + more)}</t></r></text></comment>'
    )


def _draw(
    package: Package, part: str, scan: Scan, marks: Sequence[Mark], undrawn: set[Place]
) -> None:
    """The boxes of the comments, in the old drawing language that Excel still asks for."""
    name = package.relations(part).get(scan.legacy_drawing, ("", ""))[1]
    if name not in package.parts:
        if not marks:
            return
        name = package.add("xl/drawings/vmlDrawingLs{}.vml", "", _VML.encode())
        scan.add_legacy_drawing(package.relate(part, "vmlDrawing", name))
    data = package.parts[name]
    if undrawn:
        data = re.sub(
            rb"<v:shape\b(?:(?!</v:shape>).)*</v:shape>",
            lambda shape: b"" if _place_of_shape(shape[0]) in undrawn else shape[0],
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
    package.parts[name] = data[:end] + shapes.encode() + data[end:]


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


def _place_of_shape(shape: bytes) -> tuple[int, int] | None:
    row, column = (
        re.search(rb"<x:%s>\s*(\d+)\s*</x:%s>" % (name, name), shape)
        for name in (b"Row", b"Column")
    )
    return (int(row[1]) + 1, int(column[1]) + 1) if row and column else None
