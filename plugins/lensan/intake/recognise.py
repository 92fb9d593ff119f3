"""What a list or export is: found by the contract's headers, wherever they stand; and which of its rows
are no data (docs/rules/sources.md#recognised). Forms: lensan.intake.recognise_form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from lensan.domain import units_of_measure, values
from lensan.domain.contracts import Contract, Entity

HEADER_SEARCH_ROWS = 40


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """``values.fold``, remembered: the same headers and labels come again and again."""
    return values.fold(text)


def header_text(cell: Any) -> str:
    """A header cell as people read it: one line, blanks single."""
    return values.clean_text(cell) or "" if isinstance(cell, str) else ""


@dataclass(frozen=True)
class ListLayout:
    """Where an entity's columns stand. ``columns``: column name → index; ``height``: header rows."""

    entity: Entity
    columns: Mapping[str, int]
    headers: tuple[str, ...]
    height: int

    def header_of(self, name: str) -> str:
        index = self.columns.get(name)
        if index is not None and index < len(self.headers) and self.headers[index]:
            return self.headers[index]
        return self.entity.column(name).headers[0]


def list_layout(
    contract: Contract, row: Sequence[Any], below: Sequence[Any] | None = None
) -> ListLayout | None:
    """The entity whose headers stand in this row, or in this row and the one below it."""
    headers = [header_text(cell) for cell in row]
    found = _match(contract, headers, 1)
    if below is None or not any(isinstance(cell, str) for cell in below):
        return found
    both = _match(contract, with_row_below(headers, below), 2)
    if both is None or not any(
        i < len(headers) and headers[i] == both.headers[i] for i in both.columns.values()
    ):
        return found  # what stands above is no header, but a title
    if found is None:
        return both
    # "Giấy tờ, liên hệ" over "Số giấy tờ | Số điện thoại": the row below names more columns, and says
    # nothing else under those that are named already.
    under = {header_text(below[i]) for i in found.columns.values() if i < len(below)}
    repeats = under <= {"", *(headers[i] for i in found.columns.values())}
    return both if repeats and len(both.columns) > len(found.columns) else found


def with_row_below(headers: list[str], below: Sequence[Any]) -> list[str]:
    """Headers of merged rows: what stands lowest in a column names it."""
    return [
        header_text(below[i] if i < len(below) else None)
        or (headers[i] if i < len(headers) else "")
        for i in range(max(len(headers), len(below)))
    ]


def _match(contract: Contract, headers: list[str], height: int) -> ListLayout | None:
    if sum(1 for header in headers if header) < 2:
        return None
    best: ListLayout | None = None
    for entity in contract.entities:
        columns = _columns(entity, headers)
        needed = [c.name for c in entity.columns if c.required or c.header_required]
        if all(name in columns for name in needed) and (
            best is None or len(columns) > len(best.columns)
        ):
            best = ListLayout(entity, columns, tuple(headers), height)
    return best


def _columns(entity: Entity, headers: list[str]) -> dict[str, int]:
    keys = [folded(header) if header else "" for header in headers]
    found: dict[str, int] = {}
    for column in entity.columns:
        for alias in column.headers:
            key = folded(alias)
            if key in keys:
                index = keys.index(key)
                if index not in found.values():
                    found[column.name] = index
                    break
    _match_other_units(entity, headers, found)
    # Small typing errors: a header close to exactly one column that is still missing. Headers with
    # digits (Tháng 1, Tháng 11) differ by one character on purpose and are never guessed.
    missing = {
        folded(alias): column.name
        for column in entity.columns
        if column.name not in found
        for alias in column.headers
    }
    for index, header in enumerate(keys):
        if len(header) < 6 or index in found.values() or re.search(r"\d", header) or not missing:
            continue
        hits = process.extract(header, missing.keys(), scorer=fuzz.ratio, limit=2)
        if hits[0][1] >= 90 and (len(hits) == 1 or hits[1][1] <= hits[0][1] - 5):
            name = missing[hits[0][0]]
            if name not in found:
                found[name] = index
    return found


def _match_other_units(entity: Entity, headers: list[str], found: dict[str, int]) -> None:
    """Measured columns whose header says another unit: Sản lượng (kg) for Sản lượng (tấn). Their numbers
    are converted by the unit that the header says, or held back (units_of_measure)."""
    for column in entity.columns:
        if column.unit is None or column.name in found:
            continue
        names = {folded(units_of_measure.in_header(alias).name) for alias in column.headers}
        for index, header in enumerate(headers):
            said = units_of_measure.in_header(header)
            if said.unit and folded(said.name) in names and index not in found.values():
                found[column.name] = index
                break


# ---------------------------------------------------------------- rows that are no data

_TOTAL = re.compile(
    r"(tong( cong| so)?|cong|toan tinh|tong toan tinh|tong cong toan tinh)( \d+ \w+)?"
)
_SIGNATURE = re.compile(
    r"^(nguoi lap( bieu)?|nguoi tong hop|lap bieu|thu truong|tm |tm$|kt |chu tich|pho chu tich|giam doc"
    r"|ky ten|ky ghi ro|noi nhan|xac nhan cua|truong phong)|\bngay\b.{0,12}\bthang\b.{0,12}\bnam\b"
)
_NOTE = re.compile(r"^(ghi chu|luu y|nguon|chu thich|don vi tinh|bang chu)\b")


def ends_table(cells: Sequence[Any]) -> bool:
    """Whether the signature block begins here: few cells, one of them a signature's words."""
    texts = {cell for cell in cells if cell is not None and str(cell).strip()}
    return 0 < len(texts) <= 3 and any(
        isinstance(cell, str) and _SIGNATURE.search(folded(cell)) for cell in texts
    )


def not_data(cells: Sequence[Any], layout: ListLayout) -> str | None:
    """'blank', 'header', 'total' or 'note' for rows of a list that are no data, else None."""
    filled = [cell for cell in cells if cell is not None and str(cell).strip()]
    if not filled:
        return "blank"
    texts = [cell for cell in filled if isinstance(cell, str)]
    if len(texts) >= 2:
        names = [header_text(cell) for cell in cells[: len(layout.headers)]]
        same = sum(1 for a, b in zip(names, layout.headers, strict=False) if a and a == b)
        if same >= 2 and same >= len(layout.columns) / 2:
            return "header"
    if not any(
        index < len(cells) and cells[index] is not None and str(cells[index]).strip()
        for index in layout.columns.values()
    ):
        return "note"  # a line that only bears its number, or a remark beside the table
    if any(_TOTAL.fullmatch(folded(text)) for text in texts) and (
        not _is_complete(cells, layout) or _is_of_the_whole(cells, layout)
    ):
        return "total"
    if _names_a_group(cells, layout):
        return "header"
    if len(filled) <= 2 and texts and _NOTE.match(folded(texts[0])):
        return "note"
    return None


_GROUP = re.compile(
    r"^(xã|phường|thị trấn|huyện|thị xã|thành phố|tp|tx|tt|khu|nhóm|mục|phần|đơn vị)\b"
)
_ROMAN = re.compile(r"[ivx]{1,5}|[a-h]", re.I)


def _names_a_group(cells: Sequence[Any], layout: ListLayout) -> bool:
    """Whether a row only names the rows below it: "I | Phường Hồng Gai", merged over the table."""
    filled = [cell for cell in cells if cell is not None and str(cell).strip()]
    texts = {cell for cell in filled if isinstance(cell, str)}
    if len(filled) > 2 and len(texts) == len(set(map(str, filled))) == 1:
        return True
    if len(texts) != len(set(map(str, filled))) or _is_complete(cells, layout):
        return False
    names = {text for text in texts if not _ROMAN.fullmatch(text.strip(" ."))}
    if len(names) != 1:
        return False
    return len(texts) > 1 or bool(_GROUP.match(values.norm(next(iter(names)))))


def _is_of_the_whole(cells: Sequence[Any], layout: ListLayout) -> bool:
    """Whether a row is said to be of no one unit: "Toàn tỉnh" where a unit's name belongs."""
    return any(
        column.type == "unit"
        and column.name in layout.columns
        and layout.columns[column.name] < len(cells)
        and isinstance(cells[layout.columns[column.name]], str)
        and _TOTAL.fullmatch(folded(cells[layout.columns[column.name]])) is not None
        for column in layout.entity.columns
    )


def _is_complete(cells: Sequence[Any], layout: ListLayout) -> bool:
    needed = [
        layout.columns[column.name]
        for column in layout.entity.columns
        if (column.required or column.header_required) and column.name in layout.columns
    ]
    return all(
        index < len(cells) and cells[index] is not None and str(cells[index]).strip()
        for index in needed
    )


def numbers_the_columns(cells: Sequence[Any]) -> bool:
    """Whether a row below a header only numbers its columns: (1) (2) (3) …, or A B 1 2 3."""
    filled = [str(cell).strip("() .").removesuffix(".0") for cell in cells if cell is not None]
    filled = [text for text in filled if text]
    if len(filled) < 3:
        return False
    numbers = [int(text) for text in filled if text.isdigit()]
    letters = [text for text in filled if not text.isdigit()]
    return (
        len(numbers) >= 2
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and numbers[0] in (1, 2, 3)
        and all(len(text) == 1 and text.isalpha() for text in letters)
    )
