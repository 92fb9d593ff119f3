"""What a list or export is: found by the contract's headers, wherever they stand; and which of its rows
are no data (docs/rules/sources.md#recognised). Forms: lensan.intake.recognise_form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lensan.domain import units_of_measure, values
from lensan.domain.contracts import Contract, Entity
from lensan.intake import wording
from lensan.intake.cells import is_blank

HEADER_SEARCH_ROWS = 40


OUR_TITLES = {
    "Cần sửa": "DANH SÁCH Ô CẦN SỬA",
    "Đã hiểu": "HỆ THỐNG ĐÃ HIỂU TỆP NÀY NHƯ SAU",
}
"""The sheets that a returned workbook bears (lensan.units.returned), and what stands at their top."""


def is_ours(first: Sequence[Any]) -> bool:
    """Whether a sheet is one that we put into a workbook when it was returned, whatever it is called by now:
    it comes back with the next report, and is none of it. ``first``: the cells of its first row."""
    said = next((cell for cell in first if not is_blank(cell)), None)
    return isinstance(said, str) and said.strip() in OUR_TITLES.values()


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """``values.fold``, remembered: the same headers and labels come again and again."""
    return values.fold(text)


def header_text(cell: Any) -> str:
    """A header cell as people read it: one line, blanks single."""
    return values.clean_text(cell) or "" if isinstance(cell, str) else ""


@dataclass(frozen=True)
class ListLayout:
    """Where an entity's columns stand. ``columns``: column name → index; ``height``: header rows.

    ``rivals``: further columns that may be meant (the same header once more, or one that sounds like a
    column that is missing): a row whose cells there say something else is held back.
    """

    entity: Entity
    columns: Mapping[str, int]
    headers: tuple[str, ...]
    height: int
    rivals: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def header_of(self, name: str) -> str:
        index = self.columns.get(name)
        if index is not None and index < len(self.headers) and self.headers[index]:
            return self.headers[index]
        return self.entity.column(name).headers[0]

    @property
    def width(self) -> int:
        """How many columns have a header."""
        return max((i for i, header in enumerate(self.headers) if header), default=-1) + 1


def list_layout(
    contract: Contract,
    row: Sequence[Any],
    below: Sequence[Any] | None = None,
    hidden: frozenset[int] = frozenset(),
) -> ListLayout | None:
    """The entity whose headers stand in this row, or in this row and the one below it. ``hidden``: columns
    that the sender does not see: they stand back where one in sight has the same header."""
    may_name = _vocabulary(contract).may_name
    if not any(isinstance(cell, str) and may_name(cell) for cell in (*row, *(below or ()))):
        return None
    headers = [header_text(cell) for cell in row]
    found = _match(contract, headers, 1, hidden)
    if below is None or not any(isinstance(cell, str) for cell in below):
        return found
    both = _match(contract, with_row_below(headers, below), 2, hidden)
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


def _match(
    contract: Contract, headers: list[str], height: int, hidden: frozenset[int]
) -> ListLayout | None:
    if sum(1 for header in headers if header) < 2:
        return None
    best: ListLayout | None = None
    vocabulary = _vocabulary(contract)
    for entity in contract.entities:
        known = vocabulary.of[entity.name]
        if not known.may_stand_in(headers):
            continue
        columns = known.columns(headers, hidden)
        if all(name in columns for name in known.needed) and (
            best is None or len(columns) > len(best.columns)
        ):
            rivals = known.rivals(headers, columns, hidden)
            best = ListLayout(entity, columns, tuple(headers), height, rivals)
    return best


def resembling(contract: Contract, row: Sequence[Any]) -> tuple[Entity, tuple[str, ...]] | None:
    """An entity of which this row may be the header though columns that are needed are missing; and the
    headers of those."""
    headers = [header_text(cell) for cell in row]
    if sum(1 for header in headers if header) < 3 or max(map(len, headers)) > 80:
        return None
    best: tuple[int, Entity, tuple[str, ...]] | None = None
    vocabulary = _vocabulary(contract)
    for entity in contract.entities:
        known = vocabulary.of[entity.name]
        columns = known.columns(headers, frozenset())
        missing = [name for name in known.needed if name not in columns]
        found = len(known.needed) - len(missing)
        if (
            len(columns) >= 3
            and found >= 1
            and missing
            and (best is None or len(columns) > best[0])
        ):
            lacking = tuple(entity.column(name).headers[0] for name in missing)
            best = len(columns), entity, lacking
    return best[1:] if best is not None else None


EXACT, TRANSLATED, OTHER_UNIT, SLIP = range(4)


class _Aliases:
    """Known headers, folded, found by what a text has in common with them: every row of a sheet is asked
    whether it is a header, and almost none is."""

    def __init__(self, aliases: Iterable[str]) -> None:
        self._every = frozenset(aliases)
        self._by_word: dict[tuple[int, int, str], list[str]] = {}
        self._alone: dict[int, list[str]] = {}
        self._by_end: dict[tuple[int, str], list[str]] = {}
        for alias in self._every:
            words = alias.split()
            for place, word in enumerate(words):
                self._by_word.setdefault((len(words), place, word), []).append(alias)
            if len(words) == 1:
                self._alone.setdefault(len(alias), []).append(alias)
            letters = alias.replace(" ", "")
            for end in {letters[:1], letters[-1:]}:
                self._by_end.setdefault((len(letters), end), []).append(alias)
        self._has_digits = any(word.isdigit() for alias in self._every for word in alias.split())

    def named(self, key: str) -> set[str]:
        """Those that a folded text says, translations left out."""
        return {each for each in (key, *wording.without_translation(key)) if each in self._every}

    def slipped(self, key: str) -> set[str]:
        """Those that it says with a slip of the pen (wording.is_slip, which has the last word): of several
        words at least one is the same at its place, a single word is as long but for two letters, and blanks
        gone astray leave the letters as many but for one, the first or the last the same."""
        words = key.split()
        if not words or (not self._has_digits and any(map(str.isdigit, words))):
            return set()
        near: set[str] = set()
        for place, word in enumerate(words):
            near.update(self._by_word.get((len(words), place, word), ()))
        letters = "".join(words)
        for length in range(len(letters) - 1, len(letters) + 2):
            for end in (letters[0], letters[-1]):
                near.update(self._by_end.get((length, end), ()))
        if len(words) == 1 and key.isalpha():
            for length in range(len(key) - 2, len(key) + 3):
                near.update(self._alone.get(length, ()))
        return {alias for alias in near if wording.is_slip(key, alias)}


class _KnownHeaders:
    """What headers mean to an entity. A header is looked at once, whatever stands beside it."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.needed = [c.name for c in entity.columns if c.required or c.header_required]
        self._aliases = [
            (column, place, folded(alias))
            for column in entity.columns
            for place, alias in enumerate(column.headers)
        ]
        self._index = _Aliases(alias for _, _, alias in self._aliases)
        self._seen: dict[str, tuple[tuple[int, int, str], ...]] = {}

    def may_stand_in(self, headers: Sequence[str]) -> bool:
        """Whether each column that is needed may be named here: most rows are ruled out by the first."""
        named: set[str] = set()
        rest = iter(headers)
        for needed in self.needed:
            while needed not in named:
                header = next(rest, None)
                if header is None:
                    return False
                named.update(name for _, _, name in (self._fits(header) if header else ()))
        return True

    def columns(self, headers: Sequence[str], hidden: frozenset[int]) -> dict[str, int]:
        """Column name → index: each by the best of its headers, each header for one column."""
        fits = [self._fits(header) if header else () for header in headers]
        found: dict[str, int] = {}
        taken: set[int] = set()
        for wanted in (EXACT, TRANSLATED, OTHER_UNIT, SLIP):
            for column in self.entity.columns:
                if column.name in found:
                    continue
                candidates = sorted(
                    (index in hidden, place, index)
                    for index, fit in enumerate(fits)
                    for rank, place, name in fit
                    if name == column.name and rank == wanted and index not in taken
                )
                if candidates:
                    found[column.name] = candidates[0][2]
                    taken.add(candidates[0][2])
        return found

    def rivals(
        self, headers: Sequence[str], columns: Mapping[str, int], hidden: frozenset[int]
    ) -> dict[str, tuple[int, ...]]:
        """Columns in sight that may be meant as well, or instead of one that is missing."""
        taken = set(columns.values())
        found: dict[str, tuple[int, ...]] = {}
        for column in self.entity.columns:
            if column.type == "text":
                continue
            is_missing = column.name not in columns
            others = tuple(
                index
                for index, header in enumerate(headers)
                if header
                and index not in taken
                and index not in hidden
                and (
                    any(
                        name == column.name and rank != OTHER_UNIT
                        for rank, _, name in self._fits(header)
                    )
                    or (is_missing and column.name in self._likes(header))
                )
            )
            if others:
                found[column.name] = others
        return found

    def _fits(self, header: str) -> tuple[tuple[int, int, str], ...]:
        """(rank, place of the alias, column) for each column that a header may name."""
        fits = self._seen.get(header)
        if fits is None:
            fits = tuple(self._look(header))
            if len(self._seen) < 65536:
                self._seen[header] = fits
        return fits

    def _look(self, header: str) -> Iterator[tuple[int, int, str]]:
        key = folded(header)
        named = self._index.named(key)
        for column, place, alias in self._aliases if named else ():
            if alias in named:
                yield (EXACT if alias == key else TRANSLATED), place, column.name
        if named or len(key) > 80:
            return
        said = units_of_measure.in_header(header)
        found = False
        if said.unit is not None:
            name = folded(said.name)
            names = {name, *wording.without_translation(name)}
            for column, place, _ in self._aliases:
                alias = folded(units_of_measure.in_header(column.headers[place]).name)
                if column.unit is not None and alias in names:
                    found = True
                    yield OTHER_UNIT, place, column.name
        if found:
            return
        slipped = self._index.slipped(key)
        slips = {
            column.name: place
            for column, place, alias in (self._aliases if slipped else ())
            if alias in slipped
        }
        if len(slips) == 1:
            for column_name, place in slips.items():
                yield SLIP, place, column_name

    def _likes(self, header: str) -> set[str]:
        """Columns that a header which names none sounds like, or may have named before it lost letters."""
        key = folded(header)
        if len(key) > 80 or self._fits(header):
            return set()
        said = units_of_measure.in_header(header).unit
        weighs = said is not None and said.dimension == "mass"
        is_damaged = values.has_lost_letters(header)
        return {
            column.name
            for column, _, alias in self._aliases
            if is_damaged
            or (weighs and column.unit is not None and column.unit.dimension == "mass")
            or wording.resembles(key, alias)
        }


class _Vocabulary:
    """The headers of all entities of a contract; ``of``: those of each."""

    def __init__(self, contract: Contract) -> None:
        self._aliases = _Aliases(
            folded(alias)
            for entity in contract.entities
            for column in entity.columns
            for alias in column.headers
        )
        self.of = {entity.name: _KnownHeaders(entity) for entity in contract.entities}
        self._seen: dict[str, bool] = {}

    def may_name(self, cell: str) -> bool:
        """Whether a cell may be the header of any column of any entity."""
        found = self._seen.get(cell)
        if found is None:
            header = header_text(cell)
            key = folded(header)
            found = bool(
                self._aliases.named(key)
                or units_of_measure.in_header(header).unit is not None
                or (len(key) <= 80 and self._aliases.slipped(key))
            )
            if len(self._seen) < 65536:
                self._seen[cell] = found
        return found


_VOCABULARIES: dict[int, tuple[Contract, _Vocabulary]] = {}


def _vocabulary(contract: Contract) -> _Vocabulary:
    found = _VOCABULARIES.get(id(contract))
    if found is None:
        # The contract is kept with it, so that no other one is given its number.
        found = _VOCABULARIES[id(contract)] = contract, _Vocabulary(contract)
    return found[1]


def translates_header(cells: Sequence[Any], layout: ListLayout) -> bool:
    """Whether the row right below a header says it once more in English."""
    texts = [header_text(cell) for cell in cells if not is_blank(cell)]
    return len(texts) >= 3 and all(wording.is_english(folded(text)) for text in texts)


# ---------------------------------------------------------------- rows that are no data

_TOTAL = re.compile(
    # "Tổng số xã, phường" names a quantity; "Tổng số" alone, or of something, sums up.
    r"(tong|cong) so( cua( \w+){1,6})?"
    r"|((tong|cong)( cong| chung| hop)?|tieu cong|luy ke|(grand )?total|sub ?total|sum|toan tinh"
    r"|(tong|tong cong|cong) toan (tinh|huyen|thi xa|thanh pho|xa|don vi))"
    r"( (\d+|[ivx]+|[a-h])( \w+){0,3}"
    r"| (cua )?(nhom|muc|phan|xa|phuong|thi tran|huyen|thi xa|thanh pho|tp|khu|vung|lop|trang|thang|nam|quy|dot|cac)"
    r"( \w+){0,6})?"
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
    if _says_total(cells, texts, layout):
        return "total"
    if _names_a_group(cells, layout):
        return "header"
    if _is_numbered_as_group(cells, layout):
        return "total"
    if len(filled) <= 2 and texts and _NOTE.match(folded(texts[0])):
        return "note"
    return None


def _says_total(cells: Sequence[Any], texts: Sequence[str], layout: ListLayout) -> bool:
    """Whether a row sums up others: it is called so where the rows' names stand, or anywhere in a row
    that lacks what a row must have."""
    first = next((i for i, c in enumerate(cells) if isinstance(c, str) and c.strip()), None)
    named = [i for i in (layout.columns.get("name"), first) if i is not None and i < len(cells)]
    if any(isinstance(cells[i], str) and _TOTAL.fullmatch(folded(cells[i])) for i in named):
        return True
    return any(_TOTAL.fullmatch(folded(text)) for text in texts) and (
        not is_complete(cells, layout) or _is_of_the_whole(cells, layout)
    )


MAYBE_TOTAL = re.compile(
    r"\s{0,8}(?:t[oổ]ng|c[oộ]ng|to[aà]n|(?:grand|sub)?\s?total|sum\b|ti[eể]u c|l[uũ]y)", re.I
)
"""How the name of a row begins that sums up others."""


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
    if len(texts) != len(set(map(str, filled))) or is_complete(cells, layout):
        return False
    names = {text for text in texts if not _ROMAN.fullmatch(text.strip(" ."))}
    if len(names) != 1:
        return False
    return len(texts) > 1 or bool(_GROUP.match(values.norm(next(iter(names)))))


def _is_numbered_as_group(cells: Sequence[Any], layout: ListLayout) -> bool:
    """Whether a row bears a Roman number in the column of row numbers and a group's name: "I | Nhóm cây ăn
    quả | 2021 | 250" sums up the rows below it."""
    at = next((i for i, h in enumerate(layout.headers) if folded(h) in ROW_NUMBERS), None)
    if at is None or at >= len(cells) or not isinstance(cells[at], str):
        return False
    return re.fullmatch(r"[IVX]{1,5}|[A-H]", cells[at].strip(" .")) is not None


ROW_NUMBERS = ("stt", "tt", "so tt", "so thu tu", "no")


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


def is_complete(cells: Sequence[Any], layout: ListLayout) -> bool:
    """Whether all that a row of the list must have stands in a row."""
    return all(
        index < len(cells) and cells[index] is not None and str(cells[index]).strip()
        for index in needed_columns(layout)
    )


def needed_columns(layout: ListLayout) -> list[int]:
    """Where the columns stand that each row of the list must fill."""
    return [
        layout.columns[column.name]
        for column in layout.entity.columns
        if (column.required or column.header_required) and column.name in layout.columns
    ]


def may_mark_row(text: str) -> bool:
    """Whether a text may make its row another thing than data: a total, a group's number, a note, a
    signature."""
    key = folded(text)
    return any(
        each is not None
        for each in (
            _TOTAL.fullmatch(key),
            _ROMAN.fullmatch(text.strip(" .")),
            _NOTE.match(key),
            _SIGNATURE.search(key),
        )
    )


def may_name_column(contract: Contract, text: str) -> bool:
    """Whether a text may be the header of a column of any list of a contract."""
    return _vocabulary(contract).may_name(text)


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
