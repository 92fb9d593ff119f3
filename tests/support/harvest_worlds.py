"""Invented provinces for the forecast: three years of harvests, buyers, prices and calendars late and wrong.

The truth is kept beside what offices would have been told of it. Fixed before anything was tuned:
a season's true middle lies up to three weeks from the first calendar's, revisions come up to three weeks
late and close half of what is left of the error, six in ten are sent at all; the amount is wrong by some 15 %.
Buyers take a week's tonnes within the price frame; more go at lower prices. Shocks take a quarter to a half
of them away for four to eight weeks, on average once in three seasons of a product. Seeds below 1000 are for
tuning, from 1000 on for judging.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Engine, text

from lensan.domain import values
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.forecast.history import FOREVER, History
from lensan.producers import history as producers

FIRST_EDGE = date(2022, 1, 6)
YEARS = 3
WEEKS = 52 * YEARS + 12
JUDGED_FROM = 56
PRODUCTS = ("Na dai", "Vải chín sớm", "Cam", "Ổi", "Hàu sữa", "Khoai tây")
UNITS = ("193", "196", "199", "202", "203", "205", "206")
UNITS_EACH = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """``history``: what was told, and when. ``net``, ``taken``: series × weeks, tonnes brought to buyers, and
    what they would take within the price frame. The glut of a week is what is over."""

    history: History
    net: Floats
    taken: Floats

    @property
    def unsold(self) -> Floats:
        return np.maximum(0, self.net - self.taken)


def make(seed: int, *, shocks: bool = True) -> World:
    """The world of a seed."""
    draw = np.random.default_rng(seed)
    series = pd.DataFrame(
        [
            (unit, product.casefold(), product)
            for product in PRODUCTS
            for unit in sorted(draw.choice(UNITS, UNITS_EACH, replace=False))
        ],
        columns=["unit", "product", "name"],
    )
    count = len(series)
    of = series.groupby("product", sort=False).ngroup().to_numpy()
    middle = draw.uniform(30, 335, len(PRODUCTS))[of] + draw.uniform(-10, 10, count)
    wide = draw.uniform(16, 30, len(PRODUCTS))[of]
    tonnes = draw.uniform(200, 2000, count)
    tight = np.exp(draw.normal(-0.1, 0.3, count))
    days = np.arange(WEEKS * 7)
    planned = tonnes[:, None] * np.exp(draw.normal(0, 0.2, (count, YEARS)))
    wrong_days = draw.uniform(-21, 21, (count, YEARS))
    wrong_tonnes = np.exp(draw.normal(0, 0.15, (count, YEARS)))
    true_middle = middle[:, None] + 364 * np.arange(YEARS) + wrong_days
    daily = sum(
        _bell(days, true_middle[:, y], wide) * (planned * wrong_tonnes)[:, y, None]
        for y in range(YEARS)
    )
    harvest = daily.reshape(count, WEEKS, 7).sum(2) * np.exp(draw.normal(0, 0.1, (count, WEEKS)))
    share = _shares(draw, count)
    sold = harvest * share
    usual = tonnes / (wide * np.sqrt(2 * np.pi)) * 7 / tight
    drift = np.exp(np.cumsum(draw.normal(0, 0.01, (count, WEEKS)), axis=1))
    taken = usual[:, None] * drift * (_shocks(draw, of) if shocks else 1.0)
    net = harvest - sold
    low = draw.uniform(8_000, 60_000, count)
    told = _calendars(draw, low, middle, wide, planned, wrong_days, wrong_tonnes, daily)
    quotes = _quotes(draw, low, net, taken, harvest)
    return World(History(series, FIRST_EDGE, told, quotes, _sales(sold)), net, taken)


def _bell(days: Floats, middle: Floats, wide: Floats) -> Floats:
    at = (days[None, :] - middle[:, None]) / wide[:, None]
    return np.exp(-(at**2) / 2) / (wide[:, None] * np.sqrt(2 * np.pi))


def _shares(draw: np.random.Generator, count: int) -> Floats:
    """What part of the harvest the platforms sell: it grows, and jumps about."""
    begins = draw.uniform(0.02, 0.1, count)[:, None]
    growth = draw.uniform(1, 3, count)[:, None] ** (np.arange(WEEKS) / WEEKS)[None, :]
    return np.minimum(0.5, begins * growth * np.exp(draw.normal(0, 0.2, (count, WEEKS))))


def _shocks(draw: np.random.Generator, of: NDArray[np.int64]) -> Floats:
    factor = np.ones((len(PRODUCTS), WEEKS))
    for product in range(len(PRODUCTS)):
        for _ in range(draw.poisson(YEARS / 3)):
            start = int(draw.integers(0, WEEKS))
            factor[product, start : start + int(draw.integers(4, 9))] *= draw.uniform(0.5, 0.75)
    return factor[of]


def _moment(day: NDArray[np.float64] | float) -> NDArray[np.datetime64]:
    begin = np.datetime64(FIRST_EDGE, "m")
    return begin + (np.asarray(day) * 1440).astype("m8[m]")


def _calendars(
    draw: np.random.Generator, low: Floats, middle: Floats, wide: Floats, planned: Floats,
    wrong_days: Floats, wrong_tonnes: Floats, daily: Floats,
) -> pd.DataFrame:  # fmt: skip
    """Each December the next year's plan; each month, if at all, what is believed of it and the next three;
    after a month has ended what was harvested. Each up to three weeks late."""
    edges = [_month_start(m) for m in range(-1, 12 * YEARS + 6)]
    rows = []
    for s in range(len(middle)):
        seen = np.cumsum(np.pad(daily[s], (1, 0)))
        for sent in range(-1, 12 * YEARS + 3):
            late = draw.uniform(0, 21)
            day = edges[sent + 1] + late
            beliefs: dict[int, float] = {}
            if sent == -1 or sent % 12 == 11:
                year = (sent + 1) // 12
                if year < YEARS:
                    beliefs |= {
                        12 * year + m: _planned(middle[s] + 364 * year, wide[s], planned[s, year], edges, 12 * year + m)
                        for m in range(12)
                    }  # fmt: skip
            elif sent >= 0 and draw.random() < 0.6:
                for month in range(sent, min(sent + 4, 12 * YEARS)):
                    year = month // 12
                    true = middle[s] + 364 * year + wrong_days[s, year]
                    lead = true - day
                    left = float(np.clip(0.5 + lead / 120, 0, 1)) if lead > -60 else 0.0
                    amount = planned[s, year] * wrong_tonnes[s, year] ** (1 - left)
                    beliefs[month] = _planned(true - left * wrong_days[s, year], wide[s], amount, edges, month)  # fmt: skip
            if 1 <= sent <= 12 * YEARS + 2 and draw.random() < 0.9:
                begin, end = (int(np.clip(edges[i], 0, WEEKS * 7)) for i in (sent, sent + 1))
                beliefs[sent - 1] = float(seen[end] - seen[begin]) * np.exp(draw.normal(0, 0.05))
            rows += [(s, month, round(t, 3), low[s], day) for month, t in beliefs.items()]
    told = pd.DataFrame(rows, columns=["series", "month", "tonnes", "price_low", "day"])
    return _versions(told, ["series", "month"])


def _month_start(month: int) -> int:
    at = date(2022 + month // 12, month % 12 + 1, 1)
    return (at - FIRST_EDGE).days


def _planned(middle: float, wide: float, tonnes: float, edges: list[int], month: int) -> float:
    days = np.arange(edges[month + 1], edges[month + 2])
    return float(_bell(days, np.array([middle]), np.array([wide])).sum() * tonnes)


def _versions(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows told on a day, as versions: each until the next of its key."""
    rows = rows.sort_values([*key, "day"], kind="stable").drop_duplicates(
        [*key, "day"], keep="last"
    )
    rows["known_from"] = _moment(rows["day"].to_numpy()).astype("M8[us]")
    following = rows.groupby(key)["known_from"].shift(-1)
    rows["known_until"] = following.fillna(pd.Timestamp(FOREVER)).astype("M8[us]")
    return rows.drop(columns="day").reset_index(drop=True)


def _quotes(
    draw: np.random.Generator, low: Floats, net: Floats, taken: Floats, harvest: Floats
) -> pd.DataFrame:
    """A quote in four weeks of five while there is a harvest. Price frames come with the calendar."""
    bends = draw.uniform(0.4, 0.9, len(net))[:, None]
    ratio = np.minimum(1.6, (np.maximum(net, 1e-6) / taken) ** -bends)
    ratio *= np.exp(draw.normal(0, 0.05, net.shape))
    there = (harvest > 0.05 * harvest.max(1, keepdims=True)) & (draw.random(net.shape) < 0.8)
    series, week = np.nonzero(there)
    day = 7 * week + 7 + draw.uniform(-3, 6, len(week))
    told = pd.DataFrame(
        {"series": series, "week": week, "price": (ratio * low[:, None])[series, week], "day": day}
    )
    return _versions(told, ["series", "week"])


def _sales(sold: Floats) -> pd.DataFrame:
    series, week = np.nonzero(sold > 1e-4)
    told = pd.DataFrame(
        {"series": series, "week": week, "tonnes": sold[series, week], "day": 7.0 * week + 7.2}
    )
    return _versions(told, ["series", "week"])


def moment_of(edge: int) -> np.datetime64:
    """When the report of the week that ends at an edge is drafted, in the worlds: eleven hours after."""
    return np.datetime64(FIRST_EDGE + timedelta(days=7 * edge), "m") + np.timedelta64(11, "h")


def into_warehouse(world: World, engine: Engine) -> None:
    """Put what a world tells into a warehouse's versions, at the moments at which it is told."""
    history, begin = world.history, datetime(2021, 12, 1, tzinfo=ICT)
    names = [values.norm(name) for name in history.series["name"]]
    given: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for unit in sorted(set(history.series["unit"])):
        given["stall"].append(
            {"entity_key": f"postmart|{unit}", "platform": "postmart", "seller_id": unit, "kind": "household",
             "unit_code": unit, "province_code": "22", "opened_on": FIRST_EDGE, "owner_name": f"Hộ {unit}",
             "known_from": begin, "known_until": None}
        )  # fmt: skip
    for s, (unit, name, key) in enumerate(
        zip(history.series["unit"], history.series["name"], names, strict=True)
    ):
        given["key_product"] += [
            {"entity_key": f"{unit}|{key}|{year}", "unit_code": unit, "name": name, "name_key": key,
             "year": year, "known_from": begin, "known_until": None}
            for year in range(2022, 2022 + YEARS)
        ]  # fmt: skip
        given["listing"].append(
            {"entity_key": f"postmart|P{s}", "platform": "postmart", "product_id": f"P{s}", "seller_id": unit,
             "name": name, "name_key": key, "category": name, "category_key": key, "product_group": "agri",
             "listed_on": FIRST_EDGE, "known_from": begin, "known_until": None}
        )  # fmt: skip
    given |= _rows(history, names)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into ops.source_file (source, name, sha256, size_bytes, received_at, export_date, "
                "entity, status) values ('postmart', 'all', '1', 1, :at, '2021-12-01', 'stall', 'duplicate')"
            ),
            {"at": begin},
        )
        number = 1 << 32
        for table, rows in given.items():
            for row in rows:
                number += 1
                row |= {"record_id": number, "known_until": row["known_until"] or "infinity"}
            columns = ", ".join(rows[0])
            places = ", ".join(f":{name}" for name in rows[0])
            connection.execute(
                text(f"insert into core.{table}_version ({columns}) values ({places})"), rows
            )
    producers.resolve(engine, moment=begin)


TABLES = ("stall", "key_product", "listing", "season", "price", "order_line")


def _rows(history: History, names: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Calendars, quotes and sales as the warehouse's rows."""
    units, of = history.series["unit"].tolist(), history.series["name"].tolist()
    called = {unit["code"]: unit["name"] for unit in places().units}
    found: dict[str, list[dict[str, Any]]] = {"season": [], "price": [], "order_line": []}
    for row in history.calendar.to_dict("records"):
        s, month = row["series"], row["month"]
        on = date(2022 + month // 12, month % 12 + 1, 1)
        found["season"].append(
            {"entity_key": f"{units[s]}|{names[s]}|{on}", "unit_code": units[s], "name": of[s],
             "name_key": names[s], "month_on": on, "planned_tonnes": row["tonnes"],
             "price_low_vnd_kg": row["price_low"], **_span(row)}
        )  # fmt: skip
    for row in history.quotes.to_dict("records"):
        s, on = row["series"], history.edge(row["week"]) + timedelta(days=3)
        place = f"Chợ {called[units[s]]} 1"
        found["price"].append(
            {"entity_key": f"{names[s]}|{on}|{place}", "name": of[s], "name_key": names[s], "priced_on": on,
             "place": place, "price_vnd_kg": row["price"], **_span(row)}
        )  # fmt: skip
    for number, row in enumerate(history.sales.to_dict("records")):
        s, day = row["series"], history.edge(row["week"]) + timedelta(days=3)
        at = datetime(day.year, day.month, day.day, 9, tzinfo=ICT)
        found["order_line"].append(
            {"entity_key": f"postmart|D{number}|1", "platform": "postmart", "order_no": f"D{number}",
             "line_no": 1, "ordered_at": at, "completed_at": at, "seller_id": units[s],
             "product_id": f"P{s}", "quantity": 1, "weight_kg": row["tonnes"] * 1000, "status": "completed",
             "receiving_country_code": "VN", "receiving_province_code": "01", **_span(row)}
        )  # fmt: skip
    return found


def _span(row: dict[Any, Any]) -> dict[str, Any]:
    until = row["known_until"]
    return {
        "known_from": pd.Timestamp(row["known_from"]).tz_localize(ICT).to_pydatetime(),
        "known_until": None if until.year > 2200 else pd.Timestamp(until).tz_localize(ICT).to_pydatetime(),
    }  # fmt: skip
