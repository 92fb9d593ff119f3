"""Harvests that pile up or do not: seasons, buyers, shocks, and what calendars and markets tell of them.

For worlds that agree with themselves. A key product of a unit has a season, whose middle lies up to three weeks from
where the first calendar has it and whose amount is wrong by some 15 %; markets take so many tonnes of a product a
week within its price frame, less while a shock lasts; the price of a week follows from both. Calendars tell years
that are over as they were harvested, what is planned before it is known, sometimes late, and correct themselves
(docs/rules/forecast.md).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from lensan.samples import vocabulary
from lensan.samples.home import KEY_PRODUCTS, UNITS

YEARS_BEFORE = 2
WRONG_DAYS = 21
WRONG_AMOUNT = 0.15
IN_CALENDAR, LATE, CORRECTED, TOLD_AGAIN, QUOTED = 0.75, 0.15, 0.3, 0.6, 0.8
"""Shares: of products that the calendar has; of those that come late into it, that are corrected; of months that are
told again after their end; of weeks with a quote."""
UNQUOTED = 0.12
"""Share of products whose prices nobody kept before the plan began."""
SHOCKED = 1 / 3
"""Of the seasons of a product."""

Generator = np.random.Generator


@dataclass(frozen=True)
class Harvests:
    """``calendar``, ``quotes``: frames as ``World.seasons`` and ``World.prices``. ``truth``: one row per unit,
    product and week, with ``begins_on`` (its first day), ``harvest`` (tonnes), ``brought`` (tonnes of the product in all units) and
    ``taken`` (tonnes that markets take of it within its frame)."""

    calendar: pd.DataFrame
    quotes: pd.DataFrame
    truth: pd.DataFrame


def typical_price(name: str) -> int:
    """What the same goods cost about everywhere, in thousands of đồng a kilogram; ``name`` folded."""
    return 20 + zlib.crc32(name.encode()) % 180


@dataclass(frozen=True)
class _Season:
    """A harvest as it is and as it was first planned: tonnes a day from ``first_on``."""

    true: np.ndarray
    planned: np.ndarray


def invent(
    draw: Generator, due_dates: list[date], scale: float, sold: Mapping[str, float], prices: Mapping[str, int]
) -> Harvests:  # fmt: skip
    """All harvests from two years before the plan to the end of the year after the last due date.

    ``sold``: product → tonnes a month that the platforms sell of it: a harvest is no smaller than that. ``prices``:
    product → its typical price (thousands of đồng a kilogram)."""
    first_on = date(due_dates[0].year - YEARS_BEFORE, 1, 1)
    days = (date(due_dates[-1].year + 2, 1, 1) - first_on).days
    of = {
        (unit, product.name): _season(
            draw, product.months, first_on, days, scale, sold.get(product.name, 0.0)
        )
        for unit in UNITS
        for product in KEY_PRODUCTS[unit]
        if draw.random() < IN_CALENDAR
    }
    names = list(dict.fromkeys(name for _, name in of))
    begin = due_dates[0] - timedelta(days=7)
    weeks = pd.date_range(begin - timedelta(weeks=(begin - first_on).days // 7), periods=(days // 7) - 1, freq="7D")  # fmt: skip
    offset = (weeks[0].date() - first_on).days
    harvest = {key: _weekly(each.true, offset, len(weeks)) for key, each in of.items()}
    brought = {name: sum((h for (_, n), h in harvest.items() if n == name), np.zeros(len(weeks))) for name in names}  # fmt: skip
    taken = {name: _taken(draw, brought[name]) for name in names}
    truth = pd.concat(
        pd.DataFrame({"unit": unit, "name": name, "begins_on": weeks, "harvest": rows,
                      "brought": brought[name], "taken": taken[name]})
        for (unit, name), rows in harvest.items()
    ).reset_index(drop=True)  # fmt: skip
    quotes = [
        row
        for name in names
        for row in _quotes(draw, name, weeks, brought[name] / taken[name], prices[name], due_dates)
    ]
    calendar = [
        row
        for (unit, name), season in of.items()
        for row in _told(draw, unit, name, season, first_on, due_dates, prices[name])
    ]
    return Harvests(
        pd.DataFrame(calendar),
        pd.DataFrame(quotes).drop_duplicates(["name", "priced_on", "place"], ignore_index=True),
        truth,
    )


def _season(
    draw: Generator, months: tuple[int, ...], first_on: date, days: int, scale: float, sold: float
) -> _Season:
    """Tonnes a day: level for what is harvested all year, a bell for each run of months else."""
    mean = max(float(draw.uniform(2, 9)) * scale, 1.5 * sold)
    calendar = pd.date_range(first_on, periods=days)
    true, planned = np.zeros(days), np.zeros(days)
    for year in range(first_on.year - 1, calendar[-1].year + 1):
        if len(months) == 12:
            size = mean * float(np.exp(draw.normal(0, 0.1)))
            in_year = np.asarray(calendar.year == year)
            planned[in_year] = size / 30.4
            true[in_year] = size / 30.4 * float(np.exp(draw.normal(0, WRONG_AMOUNT / 2)))
            continue
        size = mean * float(np.exp(draw.normal(0, 0.25)))
        for begin, length in _runs(months):
            middle = (date(year, begin, 1) - first_on).days + 15.2 * length
            wrong = float(draw.uniform(-WRONG_DAYS, WRONG_DAYS))
            amount = size * length
            planned += _bell(days, middle, length) * amount
            more = float(np.exp(draw.normal(0, WRONG_AMOUNT)))
            true += _bell(days, middle + wrong, length) * amount * more
    return _Season(true, planned)


def _runs(months: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """(first month, how many) of each run of a year's months, over its end too."""
    for month in months:
        if (month - 2) % 12 + 1 not in months:
            length = 1
            while (month + length - 1) % 12 + 1 in months:
                length += 1
            yield month, length


def _bell(days: int, middle: float, months: int) -> np.ndarray:
    """One tonne over a run of months, by day; most of it within them."""
    wide = 30.4 * months / 4.5
    at = (np.arange(days) - middle) / wide
    return np.asarray(np.exp(-(at**2) / 2) / (wide * np.sqrt(2 * np.pi)))


def _weekly(daily: np.ndarray, offset: int, weeks: int) -> np.ndarray:
    return np.asarray(daily[offset : offset + 7 * weeks].reshape(weeks, 7).sum(1))


def _taken(draw: Generator, brought: np.ndarray) -> np.ndarray:
    """What markets take of a product a week: about what its largest weeks are in most years, less in a shock."""
    years = [brought[at : at + 52].max() for at in range(0, len(brought) - 51, 52)]
    is_level = brought.min() > 0.4 * brought.max()
    usual = float(np.mean(years)) * float(np.exp(draw.normal(0.4 if is_level else 0.12, 0.15)))
    found = np.full(len(brought), max(usual, 1e-6))
    for at in range(0, len(brought), 52):
        if draw.random() < SHOCKED:
            start = at + int(draw.integers(0, 46))
            found[start : start + int(draw.integers(4, 9))] *= draw.uniform(0.5, 0.75)
    return found


def _quotes(
    draw: Generator, name: str, weeks: pd.DatetimeIndex, full: np.ndarray, typical: int, due_dates: list[date]
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Market prices of the weeks with a harvest: the lower the fuller markets are. Those of before the plan come
    together, with the first calendars, unless nobody kept them."""
    begin = due_dates[0] - timedelta(days=7)
    bend = float(draw.uniform(0.5, 0.9))
    is_kept = draw.random() >= UNQUOTED
    ratio = np.minimum(1.45, np.maximum(full, 1e-6) ** -bend) * np.exp(
        draw.normal(0, 0.04, len(full))
    )
    place = str(draw.choice(vocabulary.MARKETS))
    for week, share, price in zip(weeks, full / full.max(), ratio, strict=True):
        begins = week.date()
        due = begins + timedelta(days=7)
        asked, day = draw.random() < QUOTED, begins + timedelta(days=int(draw.integers(0, 6)))
        is_before = begins < begin
        if not asked or share <= 0.05 or due > due_dates[-1] or (is_before and not is_kept):
            continue
        yield {
            "name": name,
            "priced_on": day,
            "place": place,
            "price": round(_low(typical) * float(price)) * 1000,
            "sent_on": begin if is_before else due,
        }


def _low(typical: int) -> int:
    """The lower end of a product's frame, in thousands of đồng a kilogram."""
    return max(4, round(0.82 * typical))


def _told(
    draw: Generator, unit: str, name: str, season: _Season, first_on: date, due_dates: list[date], typical: int
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """A product's months with what each calendar says of them. ``sent_on``: of the file that says it."""
    begin = due_dates[0] - timedelta(days=7)
    comes = begin
    if draw.random() < LATE and len(due_dates) > 4:
        comes = due_dates[int(draw.integers(1, 4))]
    corrects = due_dates[2] if draw.random() < CORRECTED and len(due_dates) > 4 else None
    certificate = next(each.certificate for each in KEY_PRODUCTS[unit] if each.name == name)
    high = round(1.25 * typical)
    for month in pd.date_range(first_on, periods=len(season.true) // 30, freq="MS"):
        at = (month.date() - first_on).days
        span = slice(at, at + month.days_in_month)
        if span.stop > len(season.true):
            return
        plan, came = float(season.planned[span].sum()), float(season.true[span].sum())
        ends = month.date() + timedelta(days=month.days_in_month)
        row = {"unit": unit, "name": name, "month": month.date(), "certificate": certificate,
               "price_low": _low(typical) * 1000, "price_high": high * 1000}  # fmt: skip
        measured = came * float(np.exp(draw.normal(0, 0.04)))
        is_told_again = draw.random() < TOLD_AGAIN
        if max(plan, came) < 0.02:
            continue
        if ends <= begin:
            yield row | {"tonnes": round(measured, 2), "sent_on": comes}
            continue
        planned_on = comes if month.year <= due_dates[0].year + 1 else date(month.year - 1, 10, 14)
        yield row | {"tonnes": round(plan, 2), "sent_on": planned_on}
        if corrects and corrects > planned_on and month.date() > corrects:
            yield row | {"tonnes": round((plan + came) / 2, 2), "sent_on": corrects}
        again = next((due for due in due_dates if due >= ends + timedelta(days=7)), None)
        if again and is_told_again and again > planned_on:
            yield row | {"tonnes": round(measured, 2), "sent_on": again}
