"""Numbers with their writing and their units: what a cell says → Decimal in the column's unit.

Source of the rules: docs/rules/sources.md#numbers. Nothing here raises for anything that may stand
in a cell. Pure: what a whole column proves about its decimal mark comes in as ``decimal_marks``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from lensan.domain import units_of_measure
from lensan.domain.units_of_measure import Unit
from lensan.domain.values import (
    FORMULA_WITHOUT_VALUE,
    NOTHING,
    CellError,
    Parsed,
    clean_text,
    is_nothing,
)

DOUBTFUL = "thousands_or_decimal"
LONGEST = 100
"""Characters of a cell beyond which it is no number with its unit."""
_PLAIN_NUMBER = re.compile(r"[-+]?\d{1,30}")
_NUMBER = re.compile(r"[-+]?\s?(?:[\d.,' ]{0,40}\d)")
_EXPONENT = re.compile(r"[-+]?\d{1,30}(?:[.,]\d{1,30})?[eE][-+]?\d{1,3}")
_SIGNS = ("₫", "vnđ", "vnd", "đ", "$", "usd", "€")


def parse_number(
    value: Any,
    *,
    unit: Unit | None = None,
    stated: Unit | None = None,
    decimal_marks: str | None = None,
    minimum: int | None = None,
    positive: bool = False,
    whole: bool = False,
) -> Parsed:
    """A number as people type it, as Decimal, in the column's ``unit``.

    ``stated``: the unit that the header says instead. A unit in the cell goes before it; one that is
    no unit of the column's kind is ``wrong_unit``; one that was converted is warned of. Without a
    ``unit`` any known unit is passed over. ``decimal_marks``: which of ". ," are decimal, where the
    column proves it (see DecimalMarks); else a lone mark before three digits is read as thousands with
    the warning ``thousands_or_decimal`` (not where ``whole``, or in money: neither has thousandths).
    """
    parsed = _number(value, unit, stated, decimal_marks, whole)
    number = parsed.value
    if number is None:
        return parsed
    if (minimum is not None and number < minimum) or (positive and number < 0):
        return Parsed(None, "negative")
    if positive and number == 0:
        return Parsed(None, "zero")
    if whole and number != number.to_integral_value():
        return Parsed(None, "fraction_in_count")
    return parsed


def _number(
    value: Any, unit: Unit | None, stated: Unit | None, decimal_marks: str | None, whole: bool
) -> Parsed:
    found = _typed(value)
    given: Unit | None = None
    if found is None:
        text = clean_text(value)
        if text is None or is_nothing(text):
            return NOTHING
        text = text.replace("−", "-")
        if _PLAIN_NUMBER.fullmatch(text) and text.isascii():
            found = Parsed(Decimal(text))
        else:
            number, words = _split(text)
            if words:
                given = units_of_measure.unit(words)
                if given is None:
                    return Parsed(None, "text_in_number")
            thousandths = not (whole or (unit is not None and unit.dimension.startswith("money")))
            found = _digits(number, decimal_marks, thousandths)
    if found.value is None:
        return found
    return _converted(found, unit, given, stated)


def _typed(value: Any) -> Parsed | None:
    """What is no text: a number cell, or why it is none; None for text."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return Parsed(None, "text_in_number")
    if isinstance(value, int):
        return Parsed(Decimal(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            return Parsed(None, "text_in_number")
        return Parsed(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return Parsed(value)
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    if isinstance(value, CellError):
        return Parsed(None, "error_value")
    return None if isinstance(value, str) else Parsed(None, "text_in_number")


def _split(text: str) -> tuple[str, str]:
    """The number and the words beside it: ``500 kg``, ``₫200.000``, ``VND 200,000``."""
    lowered = text[:10].casefold()
    sign = next((sign for sign in _SIGNS if lowered.startswith(sign)), "")
    rest = text[len(sign) :].lstrip(" :") if sign else text
    match = _NUMBER.match(rest)
    if match is None or len(text) > LONGEST or _EXPONENT.fullmatch(rest):
        return text, ""
    words = rest[match.end() :].strip()
    if not sign:
        return match[0], words
    # "đ 31.000/kg" bears its unit on both sides; anything else behind a sign is another unit still.
    both = f"{sign}{words}" if words.startswith("/") else words
    return (match[0], both or sign) if both.casefold().startswith(("", sign)) else (text, "")


def _converted(found: Parsed, unit: Unit | None, given: Unit | None, stated: Unit | None) -> Parsed:
    if unit is None:
        return found
    # Thousands of tonnes in a cell are as often a slip for thousands of kilograms; in a column of
    # thousands of đồng, "31 nghìn" says it twice.
    twice = stated is not None or not unit.dimension.startswith("money")
    if given is not None and units_of_measure.is_multiplied(given) and twice:
        return Parsed(None, "wrong_unit")
    said = given or stated
    if said is None:
        return found
    by = units_of_measure.factor(said, unit)
    if by is None:
        return Parsed(None, "wrong_unit")
    if by == 1:
        return found
    number = (found.value * by).normalize()
    return Parsed(number + 0, warning=found.warning or ("unit_converted" if given else None))


def _digits(text: str, decimal_marks: str | None, thousandths: bool) -> Parsed:
    sign = ""
    text = text.strip()
    if text[:1] in ("+", "-"):
        sign, text = text[0].replace("+", ""), text[1:].strip()
    if not text.isascii():
        return Parsed(None, "text_in_number")
    if _EXPONENT.fullmatch(text):
        return Parsed(Decimal(sign + text.replace(",", ".")))
    if not re.fullmatch(r"[\d.,' ]*", text) or not text[-1:].isdigit():
        return Parsed(None, "text_in_number")
    grouped = re.sub(r"(?<=\d)[ '](?=\d{3}(?!\d))", "", text)
    if " " in grouped or "'" in grouped:
        return Parsed(None, "text_in_number")
    plain, warning = _plain_digits(grouped, text, decimal_marks, thousandths)
    if plain is None:
        return Parsed(None, "text_in_number")
    try:
        return Parsed(Decimal(sign + plain), warning=warning)
    except InvalidOperation:
        return Parsed(None, "text_in_number")


def _plain_digits(
    grouped: str, text: str, decimal_marks: str | None, thousandths: bool
) -> tuple[str | None, str | None]:
    """Digits with at most a decimal point, and the doubt there is; None where it is no number."""
    dots, commas = grouped.count("."), grouped.count(",")
    if dots and commas:
        decimal = "," if grouped.rfind(",") > grouped.rfind(".") else "."
        thousands = "." if decimal == "," else ","
        head, _, tail = grouped.rpartition(decimal)
        groups = head.split(thousands)
        if decimal in head or not _in_threes(groups):
            return None, None
        return "".join(groups) + "." + tail, None
    if dots + commas > 1:
        groups = grouped.split("." if dots else ",")
        return ("".join(groups), None) if _in_threes(groups) else (None, None)
    if not dots + commas:
        return grouped, None
    mark = "." if dots else ","
    head, _, tail = grouped.partition(mark)
    if grouped != text and not head:
        return None, None
    if not is_ambiguous(grouped) or grouped != text:
        return f"{head or '0'}.{tail}", None
    if thousandths and decimal_marks is not None and mark in decimal_marks:
        return f"{head}.{tail}", None
    return head + tail, DOUBTFUL if decimal_marks is None and thousandths else None


def _in_threes(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def parse_two_parts(value: Any, units: tuple[Unit | None, Unit | None] = (None, None)) -> Parsed:
    """``125/34`` → (125, 34); a single number → (n, None). A date is what Excel made of ``12/5``.

    ``units``: what the two count, where each says it: ``125 sản phẩm/34 loại``.
    """
    if isinstance(value, date | time | datetime):
        return Parsed(None, "date_in_two_parts")
    if isinstance(value, str):
        text = clean_text(value)
        if text is None or is_nothing(text):
            return NOTHING
        parts = [part.strip() for part in text.split("/")]
        if len(parts) == 2:
            first = parse_number(parts[0], unit=units[0], whole=True)
            second = parse_number(parts[1], unit=units[1], whole=True)
            if first.value is None or second.value is None:
                return Parsed(None, first.rule or second.rule or "text_in_number")
            return Parsed((first.value, second.value), warning=first.warning or second.warning)
        if len(parts) > 2:
            return Parsed(None, "date_in_two_parts" if len(parts) == 3 else "text_in_number")
    parsed = parse_number(value, unit=units[0], whole=True)
    return parsed if parsed.value is None else parsed._replace(value=(parsed.value, None))


def parse_price_range(
    value: Any, *, unit: Unit | None = None, stated: Unit | None = None
) -> Parsed:
    """``15.000 - 20.000`` → (15000, 20000) đồng a kg; a single price is both ends.

    A unit behind the second price is the first's too: ``15 - 20 nghìn đồng/kg``.
    """
    unit = unit or units_of_measure.unit("đồng/kg")
    if isinstance(value, str):
        text = clean_text(value)
        if text is None or is_nothing(text):
            return NOTHING
        text = re.sub(r"(?i)^(từ|khoảng)\s", "", text[:200])
        parts = [part.strip() for part in re.split(r"(?i)[-–—~]|đến|den|tới", text)]
        if len(parts) == 2 and parts[0]:
            _, words = _split(parts[1])
            if not _split(parts[0])[1] and words:
                parts[0] = f"{parts[0]} {words}"
            low, high = (parse_number(part, unit=unit, stated=stated) for part in parts)
            if low.value is None or high.value is None:
                return Parsed(None, low.rule or high.rule or "text_in_number")
            ends = sorted((low.value, high.value))
            if ends[0] * 100 < ends[1]:
                return Parsed(None, "text_in_number")  # "15 - 20.000": of what is the 15?
            return Parsed((ends[0], ends[1]), warning=low.warning or high.warning)
        if len(parts) > 2:
            return Parsed(None, "text_in_number")
    parsed = parse_number(value, unit=unit, stated=stated)
    return parsed if parsed.value is None else parsed._replace(value=(parsed.value, parsed.value))


# ---------------------------------------------------------------- what a column proves

_ONE_MARK = re.compile(r"(\d{1,15})([.,])(\d{1,15})")


def is_ambiguous(text: str) -> bool:
    """``1.250``, ``12,500``: a lone mark before three digits, not after a leading 0."""
    match = _ONE_MARK.fullmatch(text)
    return bool(match and len(match[3]) == 3 and len(match[1]) <= 3 and match[1][0] != "0")


class DecimalMarks:
    """What the texts of one column of numbers prove about its decimal mark.

    ``12,5`` and ``0,500`` prove the comma, ``1.234.567`` and ``1.234,5`` that the dot groups
    thousands. Without such proof the size of the column's certain numbers decides, where one reading
    of every doubtful number lies among them and the other is a hundred times off.
    """

    def __init__(self, texts: Iterable[Any] = ()) -> None:
        self._decimal: set[str] = set()
        self._thousands: set[str] = set()
        self._doubtful: list[float] = []
        self._certain: list[float] = []
        self.has_doubts = False
        for text in texts:
            self.see(text)

    def see(self, cell: Any) -> None:
        """Take a cell into account; anything but text with digits says nothing of marks."""
        if isinstance(cell, bool) or not isinstance(cell, str | int | float):
            return
        if not isinstance(cell, str):
            self._note(self._certain, float(cell))
            return
        text, _ = _split((clean_text(cell) or "").replace("−", "-"))
        text = text.strip("+- ")
        if len(text) > 40 or not text[-1:].isdigit():
            return
        dots, commas = text.count("."), text.count(",")
        if is_ambiguous(text):
            self.has_doubts = True
            self._note(self._doubtful, float(text.replace(",", ".")))
        elif dots and commas:
            last = max(".,", key=text.rfind)
            self._decimal.add(last)
            self._thousands.add("," if last == "." else ".")
        elif dots + commas > 1:
            self._thousands.add("." if dots else ",")
        elif dots + commas == 1:
            self._decimal.add("." if dots else ",")
            if _ONE_MARK.fullmatch(text):
                self._note(self._certain, float(text.replace(",", ".")))
        elif text.isascii() and text.isdigit():
            self._note(self._certain, float(text))

    def see_count(self, cell: Any) -> None:
        """Take a count of whole things into account: ``1.250`` can only be grouped thousands."""
        if isinstance(cell, str):
            text = _split((clean_text(cell) or "").replace("−", "-"))[0].strip("+- ")
            if is_ambiguous(text):
                self._thousands.add("." if "." in text else ",")
            elif text.count(".") + text.count(",") > 1:
                self.see(text)

    @property
    def proves_nothing(self) -> bool:
        """Whether these cells make none doubtful, not even together with others of which that is true."""
        return not self.has_doubts

    @staticmethod
    def _note(numbers: list[float], number: float) -> None:
        if number > 0 and math.isfinite(number) and len(numbers) < 1000:
            numbers.append(number)

    def decimal_marks(self) -> str | None:
        """Which of ". ," are decimal in this column; empty: neither is; None: it proves nothing."""
        both = self._decimal | {"," if mark == "." else "." for mark in self._thousands}
        if len(both) == 1:
            return next(iter(both))
        return None if both or not self._doubtful else self._by_size()

    def _by_size(self) -> str | None:
        if len(self._certain) < 3:
            return None
        middle = sorted(self._certain)[len(self._certain) // 2]
        as_decimal = max(_apart(number, middle) for number in self._doubtful)
        as_thousands = max(_apart(number * 1000, middle) for number in self._doubtful)
        if as_thousands <= 10 and as_decimal >= 30:
            return ""
        return ".," if as_decimal <= 10 and as_thousands >= 30 else None


def _apart(number: float, middle: float) -> float:
    return max(number, middle) / min(number, middle)
