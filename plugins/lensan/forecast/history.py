"""What a forecast may know: calendars, quotes and sales with the moments between which each row was believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WEEK_DAYS = 7
QUOTE_WEEKS = 2
STIFF = 1e-6
"""Keeps the second differences' inverse finite; too little to be seen in any week."""
FOREVER = np.datetime64("2262-01-01", "us")
TODAY = FOREVER - 1
"""Later than all that has come: what is believed then is believed today."""


PAST_WEEKS = 104
"""A forecast looks two years back."""
AHEAD_WEEKS = 37
"""And as far into the calendar, so that it sees which of a harvest's weeks are the large ones."""


@dataclass(frozen=True)
class History:
    """Rows of all series. Week ``k`` has the seven days before ``edge(k + 1)``; it may be negative.

    ``series``: unit, product (normalised), name; the other tables name a series by its position in it.
    ``calendar``: series, month (months since that of ``first_edge``), tonnes, price_low (đồng a kg).
    ``quotes``: series, week, price (đồng a kg). ``sales``: series, week, tonnes.
    Each of the three bears known_from and known_until (UTC, without a zone), as the warehouse keeps them.
    """

    series: pd.DataFrame
    first_edge: date
    calendar: pd.DataFrame
    quotes: pd.DataFrame
    sales: pd.DataFrame

    @cached_property
    def columns(self) -> dict[str, dict[str, NDArray[Any]]]:
        """The three tables as columns, for who asks for many moments."""
        tables = {"calendar": self.calendar, "quotes": self.quotes, "sales": self.sales}
        return {
            name: {str(key): table[key].to_numpy() for key in table}
            for name, table in tables.items()
        }

    def edge(self, week: int) -> date:
        """The day on which a week begins, and the one before it ends."""
        return self.first_edge + timedelta(days=WEEK_DAYS * week)

    def month(self, day: date) -> int:
        """The month of a day, counted as in ``calendar``."""
        return (day.year - self.first_edge.year) * 12 + day.month - self.first_edge.month


@dataclass(frozen=True)
class Known:
    """What was known at a moment at whose time the weeks before ``edge`` had ended.

    Arrays: series × weeks, ``PAST_WEEKS`` that had ended and ``AHEAD_WEEKS`` that had not.
    ``supply``: tonnes harvested or planned, from the months of the calendar; nan where no month is known.
    ``sold``: tonnes sold on the platforms. ``ratio``: the market's price by the lower end of the price
    frame; nan where there is no quote of the last weeks, or no frame. Weeks ahead of these two: nan.
    """

    edge: int
    supply: Floats
    sold: Floats
    ratio: Floats


@cache
def spread(first: date) -> tuple[Floats, NDArray[np.int64]]:
    """Months × weeks: what a tonne of each month adds to each week from ``first`` on; and each week's month.

    Months keep their tonnes, and weeks change as smoothly as they can (least squares of the second
    differences): harvests swell and ebb, calendars jump on the first. What falls below nothing is cut off
    by who multiplies. Months that are cut by the first or the last week add what their days there are.
    """
    weeks = PAST_WEEKS + AHEAD_WEEKS
    day = np.array(first, "M8[D]") + np.arange(weeks * WEEK_DAYS)
    month = day.astype("M8[M]").astype(np.int64)
    month -= month[0]
    overlap = np.zeros((month[-1] + 1, weeks))
    np.add.at(overlap, (month, np.arange(len(day)) // WEEK_DAYS), 1 / WEEK_DAYS)
    starts = np.array(first, "M8[M]") + np.arange(len(overlap) + 1)
    lengths = np.diff(starts.astype("M8[D]")).astype(float)
    free = _free() @ overlap.T
    there = np.diag(overlap.sum(1) * WEEK_DAYS / lengths)
    return (free @ np.linalg.solve(overlap @ free, there)).T, month[3::WEEK_DAYS]


@cache
def _free() -> Floats:
    """How weeks give way to one another when one is moved: the inverse of the squared second differences, once,
    so that each of many weeks' systems has months only."""
    weeks = PAST_WEEKS + AHEAD_WEEKS
    bend = np.diff(np.eye(weeks), 2, axis=0)
    return np.asarray(np.linalg.inv(bend.T @ bend + STIFF * np.eye(weeks)), dtype=np.float64)


def known(history: History, edge: int, moment: datetime | np.datetime64) -> Known:
    """The history as it was known at a moment; of what came or changed later nothing is looked at."""
    at = as_utc(moment)
    first = history.edge(edge - PAST_WEEKS)
    share, month_of = spread(first)
    tonnes, lows = _by_month(
        history, _believed(history, "calendar", at), history.month(first), len(share)
    )
    sold, _ = _by_week(history, _believed(history, "sales", at), "tonnes", edge)
    priced, quotes = _by_week(history, _believed(history, "quotes", at), "price", edge)
    mean = _carried(np.where(quotes > 0, priced / np.maximum(quotes, 1), np.nan))
    supply = np.maximum(np.nan_to_num(tonnes) @ share, 0)
    is_past = np.arange(PAST_WEEKS + AHEAD_WEEKS) < PAST_WEEKS
    return Known(
        edge,
        np.where(np.isnan(tonnes)[:, month_of], np.nan, supply),
        np.where(is_past, sold, np.nan),
        mean / _filled(_filled(lows)[:, ::-1])[:, ::-1][:, month_of],
    )


def as_utc(moment: datetime | np.datetime64) -> np.datetime64:
    """A moment as the history's columns bear it."""
    if isinstance(moment, np.datetime64):
        return moment
    return np.datetime64(pd.Timestamp(moment).tz_convert("UTC").tz_localize(None))


def _believed(history: History, name: str, at: np.datetime64) -> dict[str, NDArray[Any]]:
    """The rows of a table that were believed at a moment."""
    table = history.columns[name]
    is_believed = (table["known_from"] <= at) & (table["known_until"] > at)
    return {key: column[is_believed] for key, column in table.items()}


def _by_month(
    history: History, rows: dict[str, NDArray[Any]], first: int, months: int
) -> tuple[Floats, Floats]:
    """Tonnes and the lower ends of the price frames: series × months from ``first`` on."""
    found = np.full((2, len(history.series), months), np.nan)
    month = rows["month"] - first
    counts = (month >= 0) & (month < months)
    place = (rows["series"][counts], month[counts])
    found[0][place], found[1][place] = rows["tonnes"][counts], rows["price_low"][counts]
    return found[0], found[1]


def _by_week(
    history: History, rows: dict[str, NDArray[Any]], value: str, edge: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Sums and counts of the weeks that had ended: series × all weeks."""
    weeks = PAST_WEEKS + AHEAD_WEEKS
    size = (len(history.series), weeks)
    week = rows["week"].astype(np.int64) - (edge - PAST_WEEKS)
    counts = (week >= 0) & (week < PAST_WEEKS)
    flat = (rows["series"].astype(np.int64) * weeks + week)[counts]
    sums = np.zeros(size[0] * weeks)
    np.add.at(sums, flat, rows[value][counts].astype(float))
    return sums.reshape(size), np.bincount(flat, minlength=size[0] * weeks).reshape(size)


def _carried(price: Floats) -> Floats:
    """A week without a quote has that of one or two weeks before."""
    found = price.copy()
    for back in range(1, QUOTE_WEEKS + 1):
        earlier = np.full_like(price, np.nan)
        earlier[:, back:] = price[:, :-back]
        found = np.where(np.isnan(found), earlier, found)
    found[:, PAST_WEEKS:] = np.nan
    return found


def _filled(rows: Floats) -> Floats:
    """Each nan replaced by the last number before it in its row."""
    last = np.maximum.accumulate(np.where(np.isnan(rows), 0, np.arange(rows.shape[1])), axis=1)
    return np.asarray(np.take_along_axis(rows, last, axis=1))
