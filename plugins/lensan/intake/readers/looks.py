"""The second, independent look at a spreadsheet: what calamine does not say about its cells.

Fonts, hidden rows and columns, merged cells, errors, formulas without value, what a number format shows
(70 %, 5 tạ), and the last row that holds anything. Rows and columns count from 0. Runs in the child
process (lensan.intake.readers.child), behind the gate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from lensan.domain import units_of_measure, values

Place = tuple[int, int]
"""Row and column, from 0."""
Run = tuple[str, str | None]
"""A piece of a cell's text, and the legacy font it is written in."""

ERROR = re.compile(
    r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!)|Err:\d{3}"
)
MOST_REPEATS = 2_000_000


def text_or_error(text: str) -> str:
    """A text as it is, or as the error value of a spreadsheet that it is."""
    return values.CellError(text) if text[:1] in "#E" and ERROR.fullmatch(text) else text


@dataclass
class Look:
    """What the second look finds on a sheet. ``merged``: first row, first column, last row, last column.

    ``shown``: what a number is shown as, where its format changes what it means. ``runs``: the text of
    cells of several fonts, one of them a legacy font.
    """

    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas_without_value: set[Place] = field(default_factory=set)
    fonts: dict[Place, str] = field(default_factory=dict)
    runs: dict[Place, list[Run]] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)
    shown: dict[Place, str] = field(default_factory=dict)
    last_row: int = -1


@dataclass
class Workbook:
    """All sheets of a file as looked at, in their order."""

    sheets: list[Look]
    date1904: bool = False
    warnings: list[str] = field(default_factory=list)


def as_shown(number: float | str, number_format: str) -> str | None:
    """A number as its format shows it, where that is another thing than the number: a percentage, a
    weight in a unit, thousands of đồng; else None."""
    unit = unit_of_format(number_format)
    if unit is None:
        return None
    try:
        value = Decimal(str(number))
    except ArithmeticError:
        return None
    if unit == "%":
        return f"{(value * 100).normalize() + 0:f}%"
    return f"{value.normalize() + 0:f} {unit}"


@lru_cache(maxsize=1024)
def unit_of_format(number_format: str) -> str | None:
    """``%``, or the unit of mass or multiplier of đồng that a number format prints behind the number."""
    code = number_format.split(";")[0][:200]
    literals = re.sub(r'\[[^\]]*\]|_.|\*.|"[^"]*"|\\.', "", code)
    if re.search(r"[dmyhs]", re.sub(r"(?i)general", "", literals), re.I):
        return None
    if "%" in literals:
        return "%"
    if not re.search(r"[0#?]|general", literals, re.I):
        return None
    behind = re.split(r"(?i)[0#?]|general", code)[-1]
    text = "".join(
        quoted or escaped for quoted, escaped in re.findall(r'"([^"]*)"|\\(.)', behind)
    ).strip()
    unit = units_of_measure.unit(text) if text else None
    if unit is None:
        return None
    measures = unit.dimension == "mass" or units_of_measure.is_multiplied(unit)
    return text if measures else None
