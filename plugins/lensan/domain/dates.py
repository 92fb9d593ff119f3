"""Dates, moments and months as people and programs write them, and what a column proves of its order.

Source of the rules: docs/rules/sources.md#dates. All times are Asia/Ho_Chi_Minh unless the text says
otherwise. Never month before day: a column that writes so is told, not guessed. Nothing here raises
for anything that may stand in a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from lensan.domain.periods import ICT
from lensan.domain.values import (
    FORMULA_WITHOUT_VALUE,
    NOTHING,
    CellError,
    Parsed,
    clean_text,
    fold,
    is_nothing,
    says_none,
)

EARLIEST = date(1950, 1, 1)
"""Nothing here is older: 1905-07-13 is the number 2021, taken for a date."""

_DMY = re.compile(r"(\d{1,2})\s?([/\-.])\s?(\d{1,2})\s?\2\s?'?(\d{4}|\d{2})")
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}:?\d{2})?)?"
)
_YMD = re.compile(r"(\d{4})(?:/|年)(\d{1,2})(?:/|月)(\d{1,2})日?")
_SERIAL = re.compile(r"\d{5}(?:\.\d{1,15})?")
_MONTH_WORDS = {
    "jan": 1, "january": 1, "feb": 2, "february": 2, "mar": 3, "march": 3, "apr": 4, "april": 4, "may": 5,
    "jun": 6, "june": 6, "jul": 7, "july": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9, "september": 9,
    "oct": 10, "october": 10, "nov": 11, "november": 11, "dec": 12, "december": 12,
    "mot": 1, "gieng": 1, "hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
    "muoi": 10, "muoi mot": 11, "muoi hai": 12, "chap": 12,
}  # fmt: skip
_ENGLISH = "|".join(sorted((w for w in _MONTH_WORDS if w[:3] in {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}), key=len, reverse=True))  # fmt: skip
_VIETNAMESE = r"muoi mot|muoi hai|gieng|chap|muoi|mot|hai|ba|tu|nam|sau|bay|tam|chin|0?[1-9]|1[0-2]"
_NAMED = re.compile(rf"(\d{{1,2}}) ({_ENGLISH}) (\d{{4}}|\d{{2}})")
_ENGLISH_FIRST = re.compile(rf"({_ENGLISH}) (\d{{1,2}}) (\d{{4}})")
_THANG = re.compile(rf"(\d{{1,2}}) (?:thang|thg|th) ?({_VIETNAMESE}) (?:nam )?(\d{{4}}|\d{{2}})")
_DAY_WORD = re.compile(
    r"(?i)^(?:thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|t[2-7]|cn|mon|tue|wed|thu|fri|sat|sun)"
    r"(?:[a-z]{0,6})(?:,\s?|\s)"
)
_CLOCK = re.compile(
    r"(?i)(?<![\d/.\-])(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?|\s?(?:h|g|giờ)\s?(?:(\d{1,2})(?:\s?(?:phút|ph|p|'))?)?)"
    r"(?![\d/])\s?(sa|ch|am|pm|a\.m\.|p\.m\.|sáng|trưa|chiều|tối)?(?![^\W\d_])"
)
_MORNING = frozenset(("sa", "am", "a.m.", "sáng"))


def parse_moment(
    value: Any,
    *,
    date1904: bool = False,
    not_after: date | None = None,
    not_before: date | None = None,
) -> Parsed:
    """A moment, aware, in Asia/Ho_Chi_Minh; a date is its 00:00. Never mm/dd.

    ``not_after``, ``not_before``: an event's limits, days in Asia/Ho_Chi_Minh.
    """
    parsed = _moment(value, date1904)
    if parsed.value is not None:
        day = parsed.value.date()
        if not_after is not None and day > not_after:
            return Parsed(None, "in_future")
        if day < (not_before or EARLIEST):
            return Parsed(None, "too_early" if not_before else "no_such_date")
    return parsed


def parse_date(
    value: Any,
    *,
    date1904: bool = False,
    not_after: date | None = None,
    not_before: date | None = None,
) -> Parsed:
    """A date; that of a moment is its day in Asia/Ho_Chi_Minh."""
    parsed = parse_moment(value, date1904=date1904, not_after=not_after, not_before=not_before)
    return parsed if parsed.value is None else parsed._replace(value=parsed.value.date())


def _moment(value: Any, date1904: bool) -> Parsed:
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        return Parsed(value.astimezone(ICT) if value.tzinfo else value.replace(tzinfo=ICT))
    if isinstance(value, date):
        return Parsed(datetime.combine(value, time(), ICT))
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    if isinstance(value, CellError):
        return Parsed(None, "error_value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _serial(value, date1904)
    if not isinstance(value, str):
        return Parsed(None, "no_such_date")
    text = clean_text(value)
    if text is None or is_nothing(text) or says_none(text) or text.startswith("0000-00-00"):
        return NOTHING
    try:
        found = _of_text(text[:100], date1904) if len(text) <= 100 else None
    except (ValueError, OverflowError):
        found = None
    return Parsed(found) if found is not None else Parsed(None, "no_such_date")


def _of_text(text: str, date1904: bool) -> datetime | None:
    """Raises ValueError for a day or hour that there is not."""
    if match := _ISO.fullmatch(text):
        return _iso(match)
    if _SERIAL.fullmatch(text):
        parsed: datetime | None = _serial(float(text), date1904).value
        return parsed
    clock = _CLOCK.search(text)
    rest, hours = text, time()
    if clock is not None:
        hours = _clock(clock)
        rest = f"{text[: clock.start()]} {text[clock.end() :]}"
    day = _day(rest)
    return datetime.combine(day, hours, ICT) if day is not None else None


def _iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(match[n] or 0) for n in range(1, 7))
    micros = int((match[7] or "0")[:6].ljust(6, "0"))
    moment = datetime(year, month, day, hour, minute, second, micros, tzinfo=ICT)
    if match[8]:
        offset = "+00:00" if match[8] in "Zz" else match[8]
        sign = -1 if offset[0] == "-" else 1
        ahead = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        moment += timedelta(hours=7) - ahead
    return moment


def _clock(match: re.Match[str]) -> time:
    """``8:00 SA``, ``2:15 PM``, ``8h30``, ``14 giờ``. Raises ValueError."""
    hour, half = int(match[1]), (match[5] or "").casefold()
    minute, second = int(match[2] or match[4] or 0), int(match[3] or 0)
    if half in _MORNING:
        if hour > 12:
            raise ValueError("an hour of the afternoon in the morning")
        hour %= 12
    elif half and hour < 12:
        hour += 12
    return time(hour, minute, second)


def _day(text: str) -> date | None:
    """The day in a text without its clock. Raises ValueError where there is no such day."""
    text = re.sub(r"(?i)\b(lúc|vào|ngày|hồi)\b", " ", text)
    text = " ".join(text.replace("T", " ").split()) if text.rstrip().endswith("T") else text
    text = _DAY_WORD.sub("", " ".join(text.split()).strip(" ,.;"))
    text = text.strip(" ,.;()")
    if match := _DMY.fullmatch(text):
        return date(_year(match[4]), int(match[3]), int(match[1]))
    if match := _YMD.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    words = fold(text)
    if match := _NAMED.fullmatch(words):
        return date(_year(match[3]), _MONTH_WORDS[match[2]], int(match[1]))
    if match := _ENGLISH_FIRST.fullmatch(words):
        return date(int(match[3]), _MONTH_WORDS[match[1]], int(match[2]))
    if match := _THANG.fullmatch(words):
        return date(_year(match[3]), _month_word(match[2]), int(match[1]))
    return None


def _month_word(word: str) -> int:
    return int(word) if word.isdigit() else _MONTH_WORDS[word]


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def _serial(number: float, date1904: bool) -> Parsed:
    """An Excel serial: days since 1899-12-30, or 1904-01-01. What lies before 1950 (a year, a day, a
    month) or after 2100 is a number and no date."""
    start = datetime(1904, 1, 1, tzinfo=ICT) if date1904 else datetime(1899, 12, 30, tzinfo=ICT)
    if number != number or not 1 <= number < 80_000:
        return Parsed(None, "no_such_date")
    moment = start + timedelta(seconds=round(number * 86400))
    if not EARLIEST.year <= moment.year <= 2100:
        return Parsed(None, "no_such_date")
    return Parsed(moment)


# ---------------------------------------------------------------- months

_MONTH_YEAR = re.compile(rf"(?:thang |thg |t )?({_VIETNAMESE}|{_ENGLISH}) (?:nam )?(\d{{4}})")
_YEAR_MONTH = re.compile(r"(\d{4})\s?[/\-.]\s?(\d{1,2})")
_SEVERAL = re.compile(
    r"(?:thang |thg |t )?\d{1,2}(?:(?: den| va| toi)? (?:thang |thg |t )?\d{1,2}){1,11} (?:nam )?\d{4}"
)


def parse_month(value: Any) -> Parsed:
    """``11/2021``, ``tháng 11/2021``, ``T11/2021``, ``2021-11`` or a date → the first day of the month.

    Two months in a cell are ``several_months``; so is ``11/12/2021``, which may be a day or two months.
    """
    if isinstance(value, float) and re.fullmatch(r"(?:1[0-2]|[1-9])\.20\d\d", repr(value)):
        value = repr(value)  # "11.2021" that a spreadsheet took for a number
    if isinstance(value, str):
        text = clean_text(value)
        if text is None or is_nothing(text) or says_none(text):
            return NOTHING
        parsed = _month_of_text(text) if len(text) <= 60 else None
        if parsed is not None:
            return parsed
    parsed = parse_date(value)
    if parsed.value is None:
        return parsed
    if isinstance(value, str) and 1 < parsed.value.day <= 12 and _DMY.fullmatch(value.strip()):
        return Parsed(None, "several_months")
    return parsed._replace(value=parsed.value.replace(day=1))


def _month_of_text(text: str) -> Parsed | None:
    words = re.sub(r"\bt(?=\d)", "t ", fold(text))
    if match := _YEAR_MONTH.fullmatch(text):
        return _month(int(match[2]), int(match[1]))
    if match := _MONTH_YEAR.fullmatch(words):
        return _month(_month_word(match[1]), int(match[2]))
    if _SEVERAL.fullmatch(words) and not _DMY.fullmatch(text):
        return Parsed(None, "several_months")
    return None


def _month(month: int, year: int) -> Parsed:
    if 1 <= month <= 12 and 2000 <= year <= 2100:
        return Parsed(date(year, month, 1))
    return Parsed(None, "no_such_date")


# ---------------------------------------------------------------- what a column proves

_DAY_AND_MONTH = re.compile(r"\s{0,5}(\d{1,2})\s?([/\-.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)")


class DateOrder:
    """What the cells of one column of dates prove about the order of day and month.

    A spreadsheet in American settings makes dates of what reads as month/day and leaves the rest as
    text: where all texts have days above 12 and all date cells days up to 12, the date cells are
    swapped, if that brings them nearer to the texts or cannot well be chance. A text such as 11/18/2021
    proves that the column writes the month first.
    """

    def __init__(self, cells: Iterable[Any] = ()) -> None:
        self._dates: list[date] = []
        self._texts: list[date] = []
        self._month_first = self._either = self._properly_read = False
        for cell in cells:
            self.see(cell)

    def see(self, cell: Any) -> None:
        """Take a cell into account; numbers and other texts say nothing of the order."""
        if isinstance(cell, date):
            self._properly_read = self._properly_read or cell.day > 12
            if len(self._dates) < 1000:
                self._dates.append(cell.date() if isinstance(cell, datetime) else cell)
        elif isinstance(cell, str):
            match = _DAY_AND_MONTH.match(cell[:40])
            if match is None:
                return
            first, second = int(match[1]), int(match[3])
            self._month_first = self._month_first or second > 12 >= first
            self._either = self._either or (first != second and max(first, second) <= 12)
            day, month = max(first, second), min(first, second)
            with suppress(ValueError):
                if day > 12 and len(self._texts) < 1000:
                    self._texts.append(date(_year(match[4]), month, day))

    @property
    def proves_nothing(self) -> bool:
        """Whether these cells make none doubtful, not even together with others of which that is true."""
        return not (self._month_first or self._dates)

    def doubt(self, cell: Any) -> str | None:
        """What the column makes doubtful of a cell: ``swapped_date`` or ``month_first`` where it proves
        it, ``maybe_swapped`` where so few cells may also fall so by chance; else None."""
        if isinstance(cell, date):
            return self._swap if cell.day != cell.month else None
        if isinstance(cell, str) and self._month_first:
            match = _DAY_AND_MONTH.match(cell[:40])
            if match and max(int(match[1]), int(match[3])) <= 12 and int(match[1]) != int(match[3]):
                return "month_first"
        return None

    @cached_property
    def _swap(self) -> str | None:
        if not self._dates or not self._texts or self._properly_read or self._either:
            return None
        # In every month 12 days of 30 can be swapped, 18 cannot.
        chance = 0.4 ** len(set(self._dates)) * 0.6 ** len(set(self._texts))
        middle = sorted(self._texts)[len(self._texts) // 2]
        as_read = sum(abs((day - middle).days) for day in self._dates)
        swapped = sum(abs((day.replace(month=day.day, day=day.month) - middle).days) for day in self._dates)  # fmt: skip
        nearer = swapped * 2 < as_read
        if self._month_first or chance < 0.0001 or (nearer and chance < 0.06):
            return "swapped_date"
        return "maybe_swapped" if nearer else None

    @property
    def has_doubts(self) -> bool:
        """Whether any cell may be doubtful: who has read rows already reads them again."""
        self.__dict__.pop("_swap", None)
        return self._month_first or self._swap is not None
