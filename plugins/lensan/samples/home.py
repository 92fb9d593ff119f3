"""The installation that samples invent for: its units, communes, goods, platforms, words, days.

Of Quảng Ninh until June 2025 the vocabulary knows communes and goods; of any other province a unit is its own
commune and grows what all of the country grows. Everything else is what the province's folder says.
"""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter, defaultdict
from datetime import date, time
from functools import cache
from typing import NamedTuple

import numpy as np

from lensan.domain import contracts, indicators, installation, report_forms, schedule
from lensan.domain.office import OFFICES, PLAN_START, PROVINCE
from lensan.domain.places import places
from lensan.samples import vocabulary
from lensan.samples.vocabulary import KeyProduct

FIRST_DUE = schedule.CALENDAR.week[0].valid_from
"""The day on which the first week of the calendar is due."""
LATER = np.timedelta64((PLAN_START - date(2021, 10, 18)).days, "D")
"""How much later this plan starts than the one that the world was first invented for."""
DRAFTED = schedule.CALENDAR.week[0].draft
FILED_AT = min(time(9), time(max(0, DRAFTED.hour - 1)))
"""When the files of a day are there, before the report is drafted."""
NAME = OFFICES.entries[0].province
PLATFORMS = tuple(each.source for each in contracts.contracts().values() if each.platform)
NEIGHBOURS = ["30", "31", "27" if PROVINCE == vocabulary.PROVINCE else "22", "01"]
"""Provinces that sellers from elsewhere are of."""


def _units() -> dict[str, str]:
    """Code → name of the units of the plan's first day, the smallest there are."""
    held = [
        row
        for row in places().units
        if row["valid_from"] <= PLAN_START.isoformat() <= (row["valid_to"] or "9999")
    ]
    parents = {row.get("parent") for row in held}
    return {row["code"]: row["name"] for row in held if row["code"] not in parents}


def _slug(name: str) -> str:
    text = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    bare = "".join(letter for letter in text if not unicodedata.combining(letter))
    return "-".join(bare.replace("'", "").split())


def _goods(number: int) -> list[KeyProduct]:
    """Three goods of the whole country, harvested at three times of the year."""
    months = (tuple(range(1, 13)), (9, 10, 11, 12), (3, 4, 5, 6, 10, 11))
    return [
        KeyProduct(
            vocabulary.FARM_GOODS[(3 * number + nth) % len(vocabulary.FARM_GOODS)],
            ("VietGAP", "OCOP 3 sao", None)[(number + nth) % 3],
            months[nth],
        )
        for nth in range(3)
    ]


_KNOWN = PROVINCE == vocabulary.PROVINCE and _units().keys() == vocabulary.COMMUNES.keys()
"""Whether the vocabulary is of this province and of the units of its plan's first day."""

if _KNOWN:
    COMMUNES = vocabulary.COMMUNES
    FOLDERS = vocabulary.UNIT_FOLDERS
    KEY_PRODUCTS = vocabulary.KEY_PRODUCTS
    MONTHLY_UNIT, LATE_UNIT, CORRECTED_UNIT = "194", "206", "193"
    LAST_TO_COME: tuple[str, ...] = ("202", "207", "201")
else:
    COMMUNES = {code: [name] for code, name in _units().items()}
    FOLDERS = {code: _slug(name) for code, name in _units().items()}
    KEY_PRODUCTS = {code: _goods(number) for number, code in enumerate(COMMUNES)}
    CORRECTED_UNIT, MONTHLY_UNIT, *_others, LATE_UNIT = COMMUNES
    LAST_TO_COME = tuple(_others[-3:])
UNITS = tuple(COMMUNES)
"""The units that report."""


class FormerAddress(NamedTuple):
    """A unit that ended before the plan began, and a commune of it as people named it."""

    unit: str
    commune: str


def _former_addresses() -> dict[str, list[FormerAddress]]:
    """Unit → the former communes that it took over as a whole; none where successors are not listed."""
    path = installation.FOLDER / "successions.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["commune"]]
    bare = {
        row["commune_code"]: row["commune"].split(" ", 1 + row["commune"].startswith("Thị trấn"))[
            -1
        ]
        for row in rows
    }
    codes = {(row["unit"], bare[row["commune_code"]], row["commune_code"]) for row in rows}
    borne = Counter((unit, commune) for unit, commune, _ in codes)
    found: dict[str, list[FormerAddress]] = defaultdict(list)
    for row in rows:
        former = FormerAddress(row["unit"], bare[row["commune_code"]])
        if row["extent"] == "whole" and borne[former] == 1 and row["successor"] in UNITS:
            found[row["successor"]].append(former)
    return dict(found)


FORMER_ADDRESSES = _former_addresses()
BEGAN = {row["code"]: np.datetime64(row["valid_from"], "s") for row in places().units}
"""Since when there is a unit."""
SHARED_NAMES = {
    row["code"]
    for row in places().units
    for other in places().units
    if row["valid_from"] > other["valid_from"]
    and row["name"] in (other["name"], *(other["aliases"] or "").split("|"))
}
"""Units that bear the name of one of before: without a kind an old record would name that one."""
LEAST_PEOPLE = max(200, 4 * len(UNITS))
PROPORTION = 1.0 if _KNOWN else (LEAST_PEOPLE / len(UNITS)) / (200 / 13)
"""How many people a unit has beside one of the world that was first invented."""


def since(day: str) -> np.datetime64:
    """A moment of the world that was first invented, in this plan's time; to the minute."""
    return np.datetime64(day, "m") + LATER


def enterprise(number: int) -> str:
    """The name of a postal enterprise that reports, as its contract says; the province's post without one."""
    named = [
        names[0] for each in contracts.contracts().values() for names in each.enterprises.values()
    ]
    return named[number] if number < len(named) else f"Bưu điện tỉnh {NAME}"


def _enterprises() -> tuple[str, ...]:
    """The folders of those that declare for the whole province: of the world that was first invented one."""
    named = [key for each in contracts.contracts().values() for key in each.enterprises]
    return tuple(named[:1]) if _KNOWN else tuple(named)


ENTERPRISES = _enterprises()
_ENTITIES = {"sellers": "stall", "products": "listing", "orders": "order_line"}
_CONTRACT_NAMES = {
    "owner": "owner_name", "paper": "paper_number", "unit": "unit_code", "listing_id": "product_id",
    "group": "product_group", "price": "price_vnd", "discount": "farmer_discount_pct",
    "weight": "weight_kg", "amount": "amount_vnd", "country": "receiving_country_code",
}  # fmt: skip
_OF_ORDERS = {"province": "receiving_province_code", "phone": "buyer_phone"}


def header(platform: str, entity: str, name: str) -> str:
    """Under which header a platform exports a column of the world; empty where it does not."""
    found = _column(platform, entity, name)
    return found.headers[0] if found else ""


def weighed(platform: str, entity: str, name: str, kilograms: float) -> float:
    """A weight as a platform exports it, in the unit of its contract."""
    found = _column(platform, entity, name)
    if found is None or found.unit is None or found.kept_unit is None:
        return kilograms
    return round(kilograms * float(found.kept_unit.size / found.unit.size), 6)


def is_in_grams(platform: str, entity: str, name: str) -> bool:
    """Whether a platform weighs in grams: whole numbers, in which nobody needs to tell a comma's meaning."""
    found = _column(platform, entity, name)
    return found is not None and found.unit is not None and found.unit.name == "g"


@cache
def _column(platform: str, entity: str, name: str) -> contracts.ContractColumn | None:
    """The column of a platform's contract that a column of the world is."""
    known = contracts.contract(platform)
    columns = {
        column.name: column
        for each in known.entities
        if each.name == _ENTITIES[entity]
        for column in each.columns
    }
    wanted = _OF_ORDERS.get(name, name) if entity == "orders" else name
    wanted = {"province": "province_code"}.get(wanted, wanted)
    wanted = _CONTRACT_NAMES.get(wanted, wanted)
    if wanted not in columns:
        wanted = f"{name.removesuffix('_at')}_on"
    return columns.get(wanted)


@cache
def words(platform: str) -> dict[str, str]:
    """What a platform calls kinds, groups and states, by our words."""
    return {
        word: said[0]
        for entity in contracts.contract(platform).entities
        for column in entity.columns
        for word, said in column.words.items()
    }


class PrintedLine(NamedTuple):
    """A row of a unit's form: ``code`` of the library, null in a heading; ``number`` as printed."""

    code: str | None
    number: str
    label: str
    unit_of_measure: str


def form_lines() -> list[PrintedLine]:
    """The rows of the weekly form as the province prints them."""
    return [
        PrintedLine(
            indicators.indicator(row.indicator).of if row.indicator else None,
            str(row.tt),
            row.label,
            row.unit_of_measure,
        )
        for row in report_forms.form("week").rows
    ]


def prints_the_plan_of_the_vocabulary() -> bool:
    """Whether units' forms are those with the misprints of Kế hoạch 201/KH-UBND."""
    return _KNOWN and not (installation.FOLDER / "plan.yml").is_file()
