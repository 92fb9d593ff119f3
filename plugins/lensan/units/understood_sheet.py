"""The sheet that says how a file was read: the sender's own words beside ours, for the one who knows better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lensan.intake.recognise import OUR_TITLES
from lensan.reports import fitting
from lensan.units.marking import ListSheet

COLOUR = "FF9DC3E6"
MOST_LINES = 2000
_COLUMNS = {
    "Trang tính": 16.0,
    "Ô": 8.0,
    "Trong tệp ghi": 44.0,
    "Hệ thống hiểu là": 44.0,
    "Đơn vị": 16.0,
    "Giá trị trong tệp": 28.0,
    "Giá trị đã hiểu": 28.0,
}
_INTRO = (
    "Đây là cách hệ thống đã đọc tệp: bên trái là chữ và số trong tệp, bên phải là điều hệ thống hiểu. "
    "Nếu có chỗ hiểu sai, đề nghị báo lại hoặc sửa rồi gửi lại. Trang này chỉ để xem; "
    "không cần xóa khi gửi lại."
)


@dataclass(frozen=True)
class Line:
    """A header, a row of a form, or what was passed over. ``cell``: ``C7``, or empty; ``unit``: what the value
    is in, or ``kg → tấn``; ``given``, ``read``: values as they stand in the file, and what they became;
    ``is_named``: whether both names are of one column or row."""

    sheet: str
    cell: str
    theirs: str
    ours: str
    unit: str = ""
    given: str = ""
    read: str = ""
    is_named: bool = False


def sheet(
    name: str,
    lines: Sequence[Line],
    headline: str,
    *,
    replaces: Sequence[str] = (),
    is_alone: bool = False,
) -> ListSheet:
    """The sheet, with links to the cells unless it goes ``is_alone``. ``replaces``: sheets that go for it."""
    widths = list(_COLUMNS.values())
    top = [("title", OUR_TITLES["Đã hiểu"]), ("text", headline), ("text", _INTRO)]
    rows: list[tuple[float, list[tuple[str, str] | None]]] = [
        (24.0 if role == "title" else fitting.height(text, sum(widths), 12), [(role, text)])
        for role, text in top
    ]
    merges = [f"A{n}:G{n}" for n in range(1, len(rows) + 1)]
    rows.append((22.0, [("header", header) for header in _COLUMNS]))
    links = []
    for line in lines[:MOST_LINES]:
        cells = [
            ("middle", line.sheet),
            ("link" if line.cell and not is_alone else "middle", line.cell or "–"),
            *(
                ("cell", text)
                for text in (line.theirs, line.ours, line.unit, line.given, line.read)
            ),
        ]
        heights = [
            fitting.height(text, width, 11) for (_, text), width in zip(cells, widths, strict=True)
        ]
        rows.append((min(max(heights), fitting.MAX_ROW_POINTS), list(cells)))
        if line.cell and not is_alone:
            target = line.sheet.replace("'", "''")
            links.append((len(rows), 2, f"'{target}'!{line.cell}"))
    return ListSheet(name, widths, rows, merges, links, replaces, COLOUR)
