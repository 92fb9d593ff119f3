"""Working days of Vietnamese offices: Monday to Friday without the days of include/reference/holidays.csv.

The days off of a year are announced by the labour ministry; a new year is new rows.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path

HOLIDAYS = Path(__file__).resolve().parents[2] / "include" / "reference" / "holidays.csv"
SATURDAY = 5


@cache
def holidays() -> frozenset[date]:
    with HOLIDAYS.open(encoding="utf-8", newline="") as stream:
        return frozenset(date.fromisoformat(row["day"]) for row in csv.DictReader(stream))


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays()


def last_until(day: date) -> date:
    """The day itself where it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day
