"""Working days of Vietnamese offices: Monday to Friday without public holidays and their substitutes.

The days of the Labour Code (Article 112) come from the library ``holidays``; what the government decides
for a year beyond them (days off, days swapped with a Saturday) are rows of include/reference/working_days.csv,
which win over the library.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lensan.domain import installation

if TYPE_CHECKING:
    from holidays import HolidayBase

DECIDED = installation.REFERENCE / "working_days.csv"


@cache
def _calendar() -> HolidayBase:
    import holidays  # a quarter of a second: not when a DAG file is read

    return holidays.country_holidays("VN")


@cache
def decided(path: Path = DECIDED) -> dict[date, bool]:
    """Day → whether it is worked, from a CSV with day, is_working (true or false) and reason.

    Raises ValueError naming the line that cannot be read.
    """
    found: dict[date, bool] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), 2):
            try:
                found[date.fromisoformat(row["day"])] = {"true": True, "false": False}[
                    row["is_working"]
                ]
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{path.name}, line {number}: expected a day like 2026-04-30 and true or false"
                ) from error
    return found


def is_working_day(day: date, path: Path = DECIDED) -> bool:
    """Whether offices work on a day: as the government decided for it, else by law."""
    known = decided(path).get(day)
    return _calendar().is_working_day(day) if known is None else known


def last_until(day: date) -> date:
    """The day itself where it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def after(day: date, number: int) -> date:
    """The last of a number of working days that follow a day; the day itself does not count."""
    while number:
        day += timedelta(days=1)
        number -= is_working_day(day)
    return day
