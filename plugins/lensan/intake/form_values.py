"""The values of a row of the form: a cell in the week, a cell to date → numbers in the indicator's unit.

Source of the rules: docs/rules/sources.md#numbers: a value carries its unit, and what the whole form
proves of its decimal mark decides a doubtful number.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from lensan.domain import quantities, units_of_measure
from lensan.domain.quantities import DecimalMarks
from lensan.domain.units_of_measure import Unit
from lensan.domain.values import Parsed


@cache
def units_in(text: str) -> tuple[Unit | None, Unit | None]:
    """The units of the parts of a value, as an indicator or the form's own column says them: Tấn;
    Sản phẩm/Loại. A part that is no known unit is None."""
    whole = units_of_measure.unit(text)
    is_pair = (
        whole is not None and "/" in whole.dimension and not whole.dimension.startswith("money")
    )
    if whole is not None and not is_pair:
        return whole, None
    first, _, second = text.partition("/")
    return units_of_measure.unit(first), units_of_measure.unit(second) if second else None


def decimal_marks(cells: Iterable[tuple[bool, Any]]) -> str | None:
    """What a form's cells prove of its decimal mark: pairs of whether the row counts whole things, and
    a cell. ``1.250`` households prove that the dot groups thousands."""
    marks = DecimalMarks()
    for is_count, cell in cells:
        if not is_count:
            marks.see(cell)
        elif isinstance(cell, str):
            for part in cell[:80].split("/"):
                marks.see_count(part)
    return marks.decimal_marks()


def read_pair(
    in_period: Any,
    cumulative: Any,
    *,
    parts: int,
    fractions: bool,
    units: tuple[Unit | None, Unit | None],
    stated: Unit | None = None,
    marks: str | None = None,
) -> tuple[Parsed, Parsed]:
    """Both values of a row as (first part, second part), or the rule that each breaks.

    ``stated``: the unit that the form's own row or header says instead of the indicator's. What is to
    date is never less than what is of the period: that settles a doubtful one beside a certain one.
    """
    found = [
        _read(cell, parts, fractions, units, stated, marks) for cell in (in_period, cumulative)
    ]
    doubtful = [parsed.warning == quantities.DOUBTFUL for parsed in found]
    if any(doubtful):
        found = _settled(found, doubtful)
    return found[0], found[1]


def _read(
    cell: Any,
    parts: int,
    fractions: bool,
    units: tuple[Unit | None, Unit | None],
    stated: Unit | None,
    marks: str | None,
) -> Parsed:
    if parts == 2:
        parsed = quantities.parse_two_parts(cell, units)
    else:
        parsed = quantities.parse_number(
            cell, unit=units[0], stated=stated, decimal_marks=marks, whole=not fractions
        )
        if parsed.value is not None:
            parsed = parsed._replace(value=(parsed.value, None))
    if parsed.value is not None and any(part is not None and part < 0 for part in parsed.value):
        return Parsed(None, "negative")
    return parsed


def _settled(found: list[Parsed], doubtful: list[bool]) -> list[Parsed]:
    """Doubtful values at the one reading by which "to date" is not below "in the period"."""
    readings: list[list[Decimal | None]] = []
    for parsed, is_doubtful in zip(found, doubtful, strict=True):
        value = parsed.value[0] if parsed.value else None
        readings.append([value, value / 1000] if is_doubtful and value is not None else [value])
    possible = {
        (first, second)
        for first in readings[0]
        for second in readings[1]
        if first is not None and second is not None and first <= second
    }
    if len(possible) == 1:
        return [Parsed((value, None)) for value in possible.pop()]
    return [
        Parsed(None, quantities.DOUBTFUL) if is_doubtful else parsed
        for parsed, is_doubtful in zip(found, doubtful, strict=True)
    ]
