"""From the warehouse to a history: calendars, quotes and sales of the key products, with all that was told of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import values
from lensan.domain.periods import Period
from lensan.domain.places import places
from lensan.forecast.history import AHEAD_WEEKS, FOREVER, WEEK_DAYS, History


def read(connection: Connection, last_edge: date, weeks: int) -> History:
    """What the session's moment knows (``warehouse.as_known_at``) of so many weeks that ended on ``last_edge``
    or before, and of the calendar after it. Units are those of the day before ``last_edge``."""
    first_edge = last_edge - timedelta(days=WEEK_DAYS * weeks)
    until = last_edge + timedelta(days=WEEK_DAYS * AHEAD_WEEKS + 31)
    warehouse.run(connection, "forecast/reading/units_on", last_day=last_edge - timedelta(days=1))
    series = _frame(connection, "series", ["unit", "product", "name"])
    calendar = _frame(
        connection, "calendar", ["unit", "product", "month_on", "tonnes", "price_low"],
        first_on=first_edge.replace(day=1), until_on=until,
    )  # fmt: skip
    calendar["month"] = _months(calendar["month_on"], first_edge)
    quotes = _frame(
        connection, "quotes", ["product", "priced_on", "place", "price"],
        first_on=first_edge, until_on=last_edge,
    )  # fmt: skip
    quotes["week"] = _weeks(quotes["priced_on"], first_edge)
    sales = _frame(
        connection, "sales", ["unit", "product", "weeks_before", "tonnes"],
        first_on=first_edge, until_on=last_edge,
        units=sorted(set(series["unit"])), products=sorted(set(series["product"])),
    )  # fmt: skip
    sales["week"] = weeks - 1 - sales["weeks_before"].astype(np.int64)
    return History(
        series,
        first_edge,
        _of_series(series, calendar, ["unit", "product"], ["month", "tonnes", "price_low"]),
        _of_series(series, _placed(series, quotes), ["unit", "product"], ["week", "price"]),
        _of_series(series, sales, ["unit", "product"], ["week", "tonnes"]),
    )


def asked_at(connection: Connection) -> datetime | None:
    """The moment whose knowledge the session shows; None: all that has come."""
    found: datetime | None = warehouse.scalar(connection, "forecast/reading/asked_at")
    return found


def _frame(connection: Connection, name: str, columns: list[str], **asked: Any) -> pd.DataFrame:
    found = warehouse.run(connection, f"forecast/reading/{name}", **asked)
    if "known_from" in found.keys():  # noqa: SIM118  (of a result, not of a mapping)
        columns = [*columns, "known_from", "known_until"]
    frame = pd.DataFrame([tuple(row) for row in found], columns=columns)
    for moment in set(columns) & {"known_from", "known_until"}:
        frame[moment] = _utc(frame[moment])
    for number in set(columns) & {"tonnes", "price", "price_low"}:
        frame[number] = frame[number].astype(float)
    return frame


def _utc(moments: pd.Series) -> pd.Series:
    """Aware moments without their zone; the driver gives 'infinity' as the last that Python has."""
    found = [
        FOREVER if each.year > 2200 else np.datetime64(pd.Timestamp(each).tz_convert("UTC").tz_localize(None))
        for each in moments
    ]  # fmt: skip
    return pd.Series(found, index=moments.index, dtype="datetime64[us]")


def _months(days: pd.Series, first_edge: date) -> pd.Series:
    at = pd.to_datetime(days)
    return (at.dt.year - first_edge.year) * 12 + at.dt.month - first_edge.month


def _weeks(days: pd.Series, first_edge: date) -> pd.Series:
    return (pd.to_datetime(days) - pd.Timestamp(first_edge)).dt.days // WEEK_DAYS


def _of_series(
    series: pd.DataFrame, rows: pd.DataFrame, key: list[str], columns: list[str]
) -> pd.DataFrame:
    numbered = series[key].assign(series=np.arange(len(series)))
    return rows.merge(numbered, on=key)[["series", *columns, "known_from", "known_until"]]


def _placed(series: pd.DataFrame, quotes: pd.DataFrame) -> pd.DataFrame:
    """Quotes with the unit whose price they are: of the units named in the place, else of all that have no
    quote of their own for the product."""
    of = set(series["unit"])
    names = {u["code"]: f" {values.fold(u['name'])} " for u in places().units if u["code"] in of}
    told = {
        place: [unit for unit, name in names.items() if name in f" {values.fold(place)} "]
        for place in set(quotes["place"])
    }
    # Without a quote, or without a place that is known, pandas takes the column for one of numbers.
    named = quotes.assign(unit=quotes["place"].map(told)).explode("unit").astype({"unit": object})
    own = named.dropna(subset=["unit"]).merge(series[["unit", "product"]], on=["unit", "product"])
    has_own = set(zip(own["unit"], own["product"], strict=True))
    others = [
        pair for pair in zip(series["unit"], series["product"], strict=True) if pair not in has_own
    ]
    shared = quotes.merge(pd.DataFrame(others, columns=["unit", "product"]), on="product")
    return pd.concat([own, shared], ignore_index=True)


def moments(history: History, period: Period, weeks: int) -> list[tuple[int, datetime]]:
    """The edges of so many weeks until a week's end, each with the moment at which its report is drafted."""
    after = period.draft_at - period.ends_at
    last = (period.end - history.first_edge).days // WEEK_DAYS
    return [
        (last - back, period.ends_at - timedelta(days=WEEK_DAYS * back) + after)
        for back in range(weeks - 1, -1, -1)
    ]
