"""The warehouse as pandas frames, for notebooks: ``from lensan import read; read.figures("week")``.

Every function reads as the role lensan_analyst, in a transaction that cannot write: no names, no phone numbers
(docs/decisions/0010-roles.md). ``warehouse``: a URL (``make warehouse`` prints one) or an engine; left out,
WAREHOUSE_URL. ``first`` and ``last``: days, both included. ``as_known_at``: a moment with an offset; what came
later is not there.

Columns are those of the data dictionary (``lensan dictionary``); ``frame.attrs["columns"]`` says of each what it
is and its unit. Moments are in Asia/Ho_Chi_Minh. Types: texts ``str``, whole numbers ``Int64``, others ``Float64``,
yes and no ``boolean``, days and moments ``datetime64``; what nobody knows is missing, never 0. A page with plots:
docs/notebook.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import Result

from lensan import warehouse as house

Kind = str
"""week or month; of a further plan with its key behind, as week_kh2."""
_TYPES = {
    "text": "str",
    "integer": "Int64",
    "bigint": "Int64",
    "numeric": "Float64",
    "boolean": "boolean",
    "date": "datetime64[s]",
    "timestamp with time zone": "datetime64[us, Asia/Ho_Chi_Minh]",
}
_SOURCES = {
    "figures": "mart.indicator_published",
    "evidence": "mart.indicator_evidence",
    "order_lines": "mart.order_line",
    "submissions": "mart.unit_report",
}


def figures(
    kind: Kind = "week",
    *,
    first: date | None = None,
    last: date | None = None,
    as_known_at: datetime | None = None,
    warehouse: str | Engine | None = None,
) -> pd.DataFrame:
    """The figures as printed. Grain: one row per published period, unit and indicator, of the last revision
    (``as_known_at``: of the last until then); periods that lie wholly between the days.

    Units: as the indicator's unit of measure; ``growth_pct`` and ``completion_pct`` in percent, ``target_share``
    a share of 1. Raises ValueError for a moment without offset, or where no warehouse is named.
    """
    given = {"kind": kind, "first": first, "last": last, "as_known_at": as_known_at}
    return _frame("figures", given, None, as_known_at, warehouse)


def evidence(
    kind: Kind = "week",
    *,
    first: date | None = None,
    last: date | None = None,
    warehouse: str | Engine | None = None,
) -> pd.DataFrame:
    """What each channel says of a figure, as computed last. Grain: one row per period, unit, indicator and
    channel. Only what is known now is kept: a published report's own is in its export (lensan export)."""
    given = {"kind": kind, "first": first, "last": last}
    return _frame("evidence", given, None, None, warehouse)


def order_lines(
    *,
    first: date | None = None,
    last: date | None = None,
    as_known_at: datetime | None = None,
    warehouse: str | Engine | None = None,
) -> pd.DataFrame:
    """Order lines of the marketplaces by the day of the order, without the buyers. Grain: one row per line.

    Units: ``weight_kg`` kg, ``amount_vnd`` đồng, ``price_vnd_kg`` đồng a kg, ``quantity`` sales units. Raises as
    figures.
    """
    given = {"first": first, "last": last}
    return _frame("order_lines", given, as_known_at, as_known_at, warehouse)


def submissions(
    kind: Kind = "week",
    *,
    first: date | None = None,
    last: date | None = None,
    as_known_at: datetime | None = None,
    warehouse: str | Engine | None = None,
) -> pd.DataFrame:
    """The units' forms: when each came, and how many of its rows have a value. Grain: one row per unit and period
    for which one came. Raises as figures."""
    given = {"kind": kind, "first": first, "last": last}
    return _frame("submissions", given, as_known_at, as_known_at, warehouse)


def _frame(
    name: str,
    given: dict[str, Any],
    known_at: datetime | None,
    said: datetime | None,
    warehouse: str | Engine | None,
) -> pd.DataFrame:
    """The rows of a statement of include/sql/read/tables.sql, typed by the columns of what they come from."""
    if said is not None and said.tzinfo is None:
        raise ValueError(f"as_known_at={said} has no offset; write it like {said}+07:00")
    with _session(warehouse) as connection, house.as_known_at(connection, known_at):
        columns = house.rows(connection, "read/tables/columns", object=_SOURCES[name])
        result: Result[Any] = house.run(connection, f"read/tables/{name}", **given)
        keys = list(result.keys())
        frame = pd.DataFrame.from_records(list(map(tuple, result)), columns=keys)
    types = {each["name"]: _TYPES[each["type"]] for each in columns}
    frame = frame.astype({key: types[key] for key in keys})
    comments = {each["name"]: each["comment"] for each in columns}
    frame.attrs["columns"] = {key: comments[key] for key in keys}
    return frame


@contextmanager
def _session(warehouse: str | Engine | None) -> Iterator[Connection]:
    """A transaction as the analyst, that writes nothing."""
    named = warehouse or os.environ.get("WAREHOUSE_URL")
    if not named:
        raise ValueError(
            "no warehouse is named: give warehouse=, or set WAREHOUSE_URL (make warehouse)"
        )
    engine = house.connect(named) if isinstance(named, str) else named
    with engine.connect().execution_options(postgresql_readonly=True) as connection:
        house.run(connection, "read/tables/as_analyst")
        yield connection
