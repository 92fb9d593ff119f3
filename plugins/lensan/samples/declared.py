"""What units say of themselves: the forms of Appendix II and III, and the base of their targets.

Declared figures are the units' own and need not agree with the platforms, save in a world of which that
is asked; each unit's cumulative grows from week to week by what it declares
(docs/rules/sources.md#what-is-declared).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from lensan.samples.home import CORRECTED_UNIT, LATE_UNIT, MONTHLY_UNIT, UNITS
from lensan.samples.vocabulary import FOREIGN

PROVINCES = [
    "01",
    "02",
    "04",
    "06",
    "08",
    "10",
    "11",
    "12",
    "14",
    "15",
    "17",
    "19",
    "20",
    "22",
    "24",
    "25",
    "26",
    "27",
    "30",
    "31",
    "33",
    "34",
    "35",
    "36",
    "37",
    "38",
    "40",
    "42",
    "44",
    "45",
    "46",
    "48",
    "49",
    "51",
    "52",
    "54",
    "56",
    "58",
    "60",
    "62",
    "64",
    "66",
    "67",
    "68",
    "70",
    "72",
    "74",
    "75",
    "77",
    "79",
    "80",
    "82",
    "83",
    "84",
    "86",
    "87",
    "89",
    "91",
    "92",
    "93",
    "94",
    "95",
    "96",
]

# code → (cumulative at the start, added a week), of the first part and of the second.
SIZES: Sizes = {
    "I": ((40, 3), None),
    "II.1": ((350, 40), None),
    "II.2": ((300, 40), None),
    "II.3": ((35, 3), None),
    "II.4": ((30, 3), None),
    "III.1": ((35, 4), (6, 1)),
    "III.2": ((40, 20), None),
    "III.3": ((35, 3), None),
    "III.4": ((30, 3), None),
    "III.5": ((40, 3), (6, 1)),
}

Sizes = dict[str, tuple[tuple[float, float], tuple[int, int] | None]]

# The same of units whose declarations are about as large as what the platforms know of 200 people.
IN_PROPORTION: Sizes = {
    "I": ((0.6, 0.1), None),
    "II.1": ((45, 2.5), None),
    "II.2": ((40, 2.5), None),
    "II.3": ((6, 0.4), None),
    "II.4": ((6.5, 0.35), None),
    "III.1": ((9, 1.2), (2, 1)),
    "III.2": ((0.2, 0.28), None),
    "III.3": ((4, 0.3), None),
    "III.4": ((2, 0.2), None),
    "III.5": ((2, 0.5), (2, 1)),
}


def in_proportion(share: float) -> Sizes:
    """Sizes of units with a share of the people of those."""
    if share == 1:
        return IN_PROPORTION
    return {
        code: ((first[0] * share, first[1] * share), second)
        for code, (first, second) in IN_PROPORTION.items()
    }


def households(share: float) -> tuple[int, int]:
    """From how many to how many households a unit has, beside the people of the world."""
    return int(60 * share), int(110 * share)


COLUMNS = [
    "unit", "kind", "start", "end", "code", "in_period", "in_period_2", "cumulative",
    "cumulative_2", "places", "sent_on", "correction", "unreadable",
]  # fmt: skip


def submissions(
    draw: np.random.Generator,
    due_dates: list[date],
    sizes: Sizes = SIZES,
    shares: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Every row of every unit's forms, the corrected one and the monthly ones included.

    Columns: unit, kind (week or month), start, end (half open), code, in_period(_2), cumulative(_2),
    places (codes in the notes of III.6 and III.7, else None), sent_on, correction.
    ``shares``: how large a unit is beside the average one; drawn where it is not said.
    """
    rows: list[dict[str, Any]] = []
    corrected = due_dates[min(5, len(due_dates) - 1)]
    for unit in UNITS:
        size = draw.uniform(0.6, 1.5)
        if shares is not None:
            size = shares.get(unit, 0.5)
        totals = {
            code: [int(part[0] * size * draw.uniform(0.7, 1.3)) if part else 0 for part in parts]
            for code, parts in sizes.items()
        }
        sold_to: dict[str, set[str]] = {"III.6": set(), "III.7": set()}
        month_begin = {code: list(values) for code, values in totals.items()}
        month_places: dict[str, set[str]] = {"III.6": set(), "III.7": set()}
        spared = unit in (MONTHLY_UNIT, CORRECTED_UNIT)
        for week, due in enumerate(due_dates):
            missing = not spared and week > 0 and draw.random() < 0.07
            form = _week(draw, totals, sold_to, month_places, size, sizes)
            sent = due
            if unit == LATE_UNIT and week == len(due_dates) - 2:
                sent = due + timedelta(days=2)
            head: dict[str, Any] = {
                "unit": unit, "kind": "week", "start": due - timedelta(days=7), "end": due,
                "correction": False,
            }  # fmt: skip
            if not missing:
                rows.extend({**head, **row, "sent_on": sent} for row in form)
            if unit == CORRECTED_UNIT and due == corrected and len(due_dates) > 1:
                rows.extend(
                    {
                        **head,
                        **_corrected(row, draw),
                        "sent_on": min(due + timedelta(days=5), due_dates[-1]),
                        "correction": True,
                    }
                    for row in form
                )
            first = date(due.year, due.month, 1)
            if unit == MONTHLY_UNIT and due.day <= 7 and due > due_dates[0]:
                rows.extend(_month(first, due, totals, month_begin, sold_to, month_places))
                month_begin = {code: list(values) for code, values in totals.items()}
                month_places = {"III.6": set(), "III.7": set()}
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("start", "end", "sent_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    for column in ("in_period", "in_period_2", "cumulative", "cumulative_2"):
        frame[column] = frame[column].astype(float)
    # One row of one form nobody can read: it declares nothing (a bad cell quarantines its row).
    frame["unreadable"] = (
        (frame.unit == LATE_UNIT)
        & (frame.code == "III.3")
        & (frame.end == pd.Timestamp(due_dates[min(2, len(due_dates) - 1)]))
    )
    frame.loc[frame.unreadable, ["in_period", "cumulative"]] = np.nan
    return frame


def _week(
    draw: np.random.Generator,
    totals: dict[str, list[Any]],
    sold_to: dict[str, set[str]],
    month_places: dict[str, set[str]],
    size: float,
    sizes: Sizes,
) -> list[dict[str, Any]]:
    form: list[dict[str, Any]] = []
    for code, (first, second) in sizes.items():
        added: list[Any] = [int(draw.poisson(first[1] * size)), int(draw.poisson(0.3))]
        if code == "III.2":
            added[0] = round(float(draw.gamma(2, first[1] * size / 2)), 1)
        if second is None:
            added[1] = 0
        totals[code][0] = round(totals[code][0] + added[0], 1)
        totals[code][1] += added[1]
        form.append(_row(code, added, totals[code], second is not None))
    for code, choices, most in (("III.6", PROVINCES, 5), ("III.7", FOREIGN, 3)):
        places = [str(p) for p in draw.choice(choices, int(draw.integers(0, most)), replace=False)]
        sold_to[code].update(places)
        month_places[code].update(places)
        form.append(
            _row(code, [len(places), 0], [len(sold_to[code]), 0], False) | {"places": places}
        )
    return form


def _row(code: str, added: list[Any], total: list[Any], two_parts: bool) -> dict[str, Any]:
    return {
        "code": code,
        "in_period": added[0],
        "in_period_2": added[1] if two_parts else None,
        "cumulative": total[0],
        "cumulative_2": total[1] if two_parts else None,
        "places": None,
    }


def _corrected(row: dict[str, Any], draw: np.random.Generator) -> dict[str, Any]:
    if row["code"] not in ("II.1", "II.2"):
        return row
    more = int(draw.integers(1, 9))
    return {**row, "in_period": row["in_period"] + more, "cumulative": row["cumulative"] + more}


def _month(
    first: date,
    due: date,
    totals: dict[str, list[Any]],
    month_begin: dict[str, list[Any]],
    sold_to: dict[str, set[str]],
    month_places: dict[str, set[str]],
) -> list[dict[str, Any]]:
    """The form of the month before ``first``, sent on the first due day after it."""
    start = (first - timedelta(days=1)).replace(day=1)
    rows = []
    for code, (_, second) in SIZES.items():
        added = [round(totals[code][i] - month_begin[code][i], 1) for i in (0, 1)]
        rows.append(_row(code, added, totals[code], second is not None))
    for code in ("III.6", "III.7"):
        places = sorted(month_places[code])
        row = _row(code, [len(places), 0], [len(sold_to[code]), 0], False)
        rows.append(row | {"places": places})
    head: dict[str, Any] = {
        "unit": MONTHLY_UNIT, "kind": "month", "start": start, "end": first, "sent_on": due,
        "correction": False,
    }  # fmt: skip
    return [{**head, **row} for row in rows]


def base_totals(
    draw: np.random.Generator,
    years: list[int],
    forms: pd.DataFrame,
    without: str,
    people: int,
    households: tuple[int, int] = (900, 1600),
) -> pd.DataFrame:
    """Tổng số hộ SXNN of each unit and year; one unit never says its own.

    Columns: unit, year, value (hộ), sent_on.
    """
    rows = []
    for unit in UNITS:
        count = int(draw.integers(*households)) + people // 8
        sent = forms[(forms.unit == unit) & (forms.kind == "week")].sent_on
        for year in years[:-1]:
            due = sent[sent >= pd.Timestamp(year, 1, 1)]
            if unit != without and not due.empty:
                rows.append(
                    {
                        "unit": unit,
                        "year": year,
                        "value": count + 7 * (year - years[0]),
                        "sent_on": due.min(),
                    }
                )
    return pd.DataFrame(rows)


def enterprise_forms(
    draw: np.random.Generator, due_dates: list[date], sizes: Sizes = SIZES
) -> pd.DataFrame:
    """Forms of the postal enterprise for the whole province: evidence, never official."""
    rows: list[dict[str, Any]] = []
    totals: dict[str, list[Any]] = {
        code: [5000 + int(draw.integers(0, 99)), 5 if parts[1] else 0]
        for code, parts in SIZES.items()
    }
    if sizes is not SIZES:
        totals = {
            code: [int(12 * parts[0][0]), 5 if parts[1] else 0] for code, parts in sizes.items()
        }
    sold_to: dict[str, set[str]] = {"III.6": set(), "III.7": set()}
    for due in due_dates[1:3]:
        form = _week(draw, totals, sold_to, {"III.6": set(), "III.7": set()}, 12, sizes)
        head: dict[str, Any] = {
            "unit": "buu-dien-tinh", "kind": "week", "start": due - timedelta(days=7), "end": due,
            "sent_on": due, "correction": False,
        }  # fmt: skip
        rows.extend({**head, **row} for row in form)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("start", "end", "sent_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    frame["unreadable"] = False
    return frame
