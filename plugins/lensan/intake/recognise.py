"""What a table is: found by its headers, wherever they stand (docs/rules/sources.md#recognised).

Lists and exports are recognised by the contract's headers, forms by the columns of Appendix II/III.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from lensan.domain import dates, periods, values
from lensan.domain.contracts import Contract, Entity
from lensan.domain.periods import Period
from lensan.domain.places import Places
from lensan.domain.problems import Problem, Rejection

HEADER_SEARCH_ROWS = 40


@lru_cache(maxsize=65536)
def _folded(text: str) -> str:
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
    both = _match(contract, _with_row_below(headers, below), 2)
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


def _with_row_below(headers: list[str], below: Sequence[Any]) -> list[str]:
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
    folded = [_folded(header) if header else "" for header in headers]
    found: dict[str, int] = {}
    for column in entity.columns:
        for alias in column.headers:
            key = _folded(alias)
            if key in folded:
                index = folded.index(key)
                if index not in found.values():
                    found[column.name] = index
                    break
    # Small typing errors: a header close to exactly one column that is still missing. Headers with
    # digits (Tháng 1, Tháng 11) differ by one character on purpose and are never guessed.
    missing = {
        _folded(alias): column.name
        for column in entity.columns
        if column.name not in found
        for alias in column.headers
    }
    for index, header in enumerate(folded):
        if len(header) < 6 or index in found.values() or re.search(r"\d", header) or not missing:
            continue
        hits = process.extract(header, missing.keys(), scorer=fuzz.ratio, limit=2)
        if hits[0][1] >= 90 and (len(hits) == 1 or hits[1][1] <= hits[0][1] - 5):
            name = missing[hits[0][0]]
            if name not in found:
                found[name] = index
    return found


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
        isinstance(cell, str) and _SIGNATURE.search(_folded(cell)) for cell in texts
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
    if any(_TOTAL.fullmatch(_folded(text)) for text in texts) and (
        not _is_complete(cells, layout) or _is_of_the_whole(cells, layout)
    ):
        return "total"
    if _names_a_group(cells, layout):
        return "header"
    if len(filled) <= 2 and texts and _NOTE.match(_folded(texts[0])):
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
        and _TOTAL.fullmatch(_folded(cells[layout.columns[column.name]])) is not None
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


# ---------------------------------------------------------------- the form


@dataclass(frozen=True)
class FormLayout:
    """Columns of a filled-in form; indexes from 0. ``kind``: week or month."""

    kind: str
    label: int
    in_period: int
    cumulative: int
    note: int | None
    headers: tuple[str, ...]
    height: int


def form_layout(row: Sequence[Any], *below: Sequence[Any]) -> FormLayout | None:
    """The columns of Appendix II or III in this row, or in this row and those right below it."""
    first = headers = [header_text(cell) for cell in row]
    found = _form_columns(headers, 1)
    for height, more in enumerate(below, 2):
        if found is not None:
            break
        headers = _with_row_below(headers, more)
        found = _form_columns(headers, height)
    if found is not None and not any(
        index < len(first) and first[index] and first[index] == found.headers[index]
        for index in (found.label, found.in_period, found.cumulative)
    ):
        return None  # the header is one of the rows below alone
    return found


def continues_header(cells: Sequence[Any], layout: FormLayout) -> bool:
    """Whether a row right below the form's header still belongs to it: "(Số lượng)" under a column, the
    header once more, or the numbers of the columns."""
    if numbers_the_columns(cells):
        return True
    label = header_text(cells[layout.label]) if layout.label < len(cells) else ""
    values_below = [cells[i] for i in (layout.in_period, layout.cumulative) if i < len(cells)]
    return label in ("", layout.headers[layout.label]) and all(
        cell is None or (isinstance(cell, str) and not re.search(r"\d", cell))
        for cell in values_below
    )


def _form_columns(headers: list[str], height: int) -> FormLayout | None:
    label = in_period = cumulative = note = None
    kind = ""
    for index, header in enumerate(headers):
        key = _folded(header) if header else ""
        if not key:
            continue
        if "tang truong" in key or "ti le" in key or "ty le" in key:
            continue
        if "luy ke" in key or "luu ke" in key:
            cumulative = index if cumulative is None else cumulative
        elif re.search(r"\btrong (tuan|thang)\b", key):
            if in_period is None:
                in_period = index
                kind = "week" if "trong tuan" in key else "month"
        elif key.startswith("ghi chu"):
            note = index if note is None else note
        elif key in ("chi tieu", "ten chi tieu", "noi dung chi tieu", "chi tieu nhiem vu"):
            label = index if label is None else label
    if label is None or in_period is None or cumulative is None:
        return None
    return FormLayout(kind, label, in_period, cumulative, note, tuple(headers), height)


class Labels:
    """Finds the indicator a form's label names; small typing errors are accepted, never guessed."""

    def __init__(self, labels: Mapping[str, Sequence[str]], headings: Sequence[str]) -> None:
        self._codes = {
            _folded(label): code for code, spellings in labels.items() for label in spellings
        }
        self._headings = [_folded(heading) for heading in headings]

    def code(self, text: str) -> str | None:
        """The indicator's code, '' for a section heading, None when no row or two rows fit."""
        key = _folded(text)
        if key in self._codes:
            return self._codes[key]
        choices = [*self._codes, *self._headings]
        hits = process.extract(key, choices, scorer=fuzz.ratio, limit=4, score_cutoff=88)
        if not hits:
            return None
        best = self._codes.get(hits[0][0], "")
        for other, score, _ in hits[1:]:
            if self._codes.get(other, "") != best and score > hits[0][1] - 4:
                return None
        return best


# ---------------------------------------------------------------- the heading


@dataclass(frozen=True)
class Heading:
    """What stands above a form: who sends it, for which period."""

    senders: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    month: date | None


_RANGE = re.compile(
    r"(\d{1,2}[/.\-]\d{1,2}(?:[/.\-]\d{2,4})?)\s*(?:den|toi|-|–)(?:\s+[a-z\d]+){0,6}?\s*"
    r"(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4})"
)
_DATE_IN_WORDS = re.compile(r"\b(\d{1,2}) thang (\d{1,2})(?: nam (\d{4}))?\b")
_LETTER_DATE = re.compile(r"^[^,;:()]{2,40},\s*ngay\b")
_MONTH = re.compile(r"\bthang\s*(\d{1,2})\s*(?:[/.\-]|nam)\s*(\d{4})")


def read_heading(lines: Sequence[str], places: Places, contract: Contract) -> Heading:
    """Senders (unit codes, or enterprises of the contract) and period named in the heading lines."""
    senders: list[str] = []
    first = last = month = None
    for line in lines:
        for part in line.splitlines():
            # Whoever signs in Hạ Long need not be Hạ Long: the place of the letter's date is no sender.
            if _LETTER_DATE.match(_folded_dates(part)):
                continue
            for sender in senders_in(part, places, contract):
                if sender not in senders:
                    senders.append(sender)
        plain = _plain(line)
        span = _RANGE.search(plain)
        if span and last is None:
            last = dates.parse_date(span[2]).value
            text = span[1]
            if text.count("/") + text.count(".") + text.count("-") == 1 and last is not None:
                first = _day_of(text, last.year)
                first = first if first is None or first <= last else _day_of(text, last.year - 1)
            else:
                first = dates.parse_date(text).value
        found = _MONTH.search(plain)
        if found and month is None and span is None and 1 <= int(found[1]) <= 12:
            month = date(int(found[2]), int(found[1]), 1)
    return Heading(tuple(senders), first, last, month)


def _day_of(day_and_month: str, year: int) -> date | None:
    found: date | None = dates.parse_date(
        "/".join([*re.split(r"[/.\-]", day_and_month), str(year)])
    ).value
    return found


def _plain(text: str) -> str:
    """Folded like ``values.fold`` but with the punctuation that dates need, and dates in figures."""
    plain = " ".join(
        values.fold(part) if not re.fullmatch(r"[\d/.\-–()]+", part) else part.strip("()")
        for part in (values.clean_text(text) or "").split(" ")
    )
    return _DATE_IN_WORDS.sub(
        lambda date: "/".join(part for part in date.groups() if part is not None), plain
    )


def _folded_dates(text: str) -> str:
    return " ".join(
        _folded(part) + ("," if part.endswith(",") else "")
        for part in (values.clean_text(text) or "").split(" ")
    )


_SENDER_PREFIX = re.compile(
    r"^(uy ban nhan dan|ubnd|don vi bao cao|don vi|dia phuong|co quan|phong \w+( \w+)*?|)\s*"
)


def senders_in(line: str, places: Places, contract: Contract) -> list[str]:
    """The units or enterprises that a line names as a whole, or after the words of a letterhead."""
    folded = _folded(values.clean_text(line) or "")
    for enterprise, names in contract.enterprises.items():
        if any(_folded(name) in folded for name in names):
            return [enterprise]
    parts = re.split(r"[\n:;,()]| - ", values.clean_multiline(line) or "")
    found = []
    for part in parts:
        words = (values.clean_text(part) or "").split(" ")
        for start in range(min(len(words), 8)):
            tail = " ".join(words[start:])
            if start > 0 and not _is_letterhead(" ".join(words[:start])):
                continue
            match = places.match_unit(tail)
            if match.rule is None and match.value:
                found.append(match.value)
                break
    return found


def _is_letterhead(text: str) -> bool:
    return bool(
        re.fullmatch(
            r"(uy ban nhan dan|ubnd|ub nhan dan|don vi( bao cao)?|dia phuong|co quan|bao cao cua"
            r"|ket qua cua|cua|phong [a-z ]+|huyen|thi xa|thanh pho|tp|tx)( (huyen|thi xa|thanh pho|tp|tx))?",
            _folded(text),
        )
    )


def period_of(heading: Heading, kind: str) -> Period:
    """The period the heading names. Raises Rejection where it is none, saying which are possible."""
    first, last = heading.first_day, heading.last_day
    if kind == "month":
        day = heading.month or heading.first_day
        if day is None:
            raise _wrong_period("no_month", heading)
        month = periods.month(day)
        if heading.month is None and (month.start, month.last_day) != (first, last):
            raise _wrong_period("no_month_of_days", heading, month)
        return month
    if first is None or last is None:
        raise _wrong_period("no_week", heading)
    expected = periods.week_of(first)
    if (expected.start, expected.last_day) != (first, last):
        options = [expected, expected.next()] if expected.start != first else [expected]
        raise _wrong_period("no_week_of_days", heading, *options)
    return expected


def _wrong_period(case: str, heading: Heading, *possible: Period) -> Rejection:
    found: dict[str, Any] = {"case": case}
    for name, day in (("first", heading.first_day), ("last", heading.last_day)):
        if day is not None:
            found[name] = day.isoformat()
    if possible:
        found["weeks"] = [[p.start.isoformat(), p.last_day.isoformat()] for p in possible]
    return Rejection(Problem("wrong_period", found), f"heading {heading}")


def sender_in_path(name: str, places: Places, contract: Contract) -> list[str]:
    """The units or enterprises named by a file's folders or its name."""
    found: list[str] = []
    for part in re.split(r"[/\\]", re.sub(r"\.[A-Za-z]{2,5}$", "", name)):
        folded = _folded(re.sub(r"[-_.]+", " ", part))
        for enterprise, names in contract.enterprises.items():
            if any(_folded(known) in folded for known in (enterprise.replace("-", " "), *names)):
                found.append(enterprise)
                break
        else:
            found.extend(code for code in _units_in_words(folded.split(" "), places))
    return list(dict.fromkeys(found))


def _units_in_words(words: list[str], places: Places) -> Iterator[str]:
    start = 0
    while start < len(words):
        for length in (5, 4, 3, 2):
            if start + length > len(words):
                continue
            match = places.match_unit(" ".join(words[start : start + length]))
            if match.rule is None and match.value:
                yield match.value
                start += length - 1
                break
        start += 1
