"""Indicators: the things that count, measured for a period (docs/rules/indicators.md).

An indicator is two files in include/sql/figures/indicators: what it is (.yml) and which things count (.sql,
one row per thing; none where only declared values exist). Everything else is written once, over
those rows: in the period, cumulative, province, growth, bases, completion, evidence by channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Engine, text

from lensan import warehouse
from lensan.domain import contracts
from lensan.domain.office import PLAN_START, PROVINCE
from lensan.domain.periods import Period
from lensan.domain.report_model import Figure

INDICATORS = Path(__file__).resolve().parents[3] / "include" / "sql" / "figures" / "indicators"
BASES_OF_CUMULATIVE = ("ocop_valid", "producers_declared")


@dataclass(frozen=True)
class Indicator:
    """What an indicator's .yml says. ``in_period``: first, each or sum; ``cumulative``: live,
    since_plan or sum (null where only declared). ``base``: a file of indicators/bases."""

    code: str
    label: str
    unit_of_measure: str
    channels: tuple[str, ...]
    legal_basis: str
    units: bool = True
    parts: int = 1
    in_period: str | None = None
    cumulative: str | None = None
    base: str | None = None
    places: str | None = None
    label_aliases: tuple[str, ...] = ()
    stem: str = ""


_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}


def position(code: str) -> int:
    """Order in the form: I, II.1, … IV.5."""
    section, _, number = code.partition(".")
    return _ROMAN[section] * 100 + int(number or 0)


@cache
def indicators() -> tuple[Indicator, ...]:
    """All indicators in the order of the form. Raises TypeError naming an unknown key of a .yml."""
    found = []
    for path in INDICATORS.glob("*.yml"):
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        for key in ("channels", "label_aliases"):
            spec[key] = tuple(spec.get(key, ()))
        found.append(Indicator(stem=path.stem, **spec))
    return tuple(sorted(found, key=lambda indicator: position(indicator.code)))


def compute(
    engine: Engine,
    period: Period,
    *,
    moment: datetime,
    codes: Iterable[str] | None = None,
    known_at: datetime | None = None,
) -> tuple[Figure, ...]:
    """Compute a period's figures for the province and its units and keep them in mart.

    ``moment`` (aware) is noted as the time of computing. With ``known_at`` (aware) the figures are
    those known then, and nothing is kept. Order: indicator, province, units.
    """
    with engine.begin() as connection, warehouse.as_known_at(connection, known_at):
        return figures(connection, period, codes, keep_at=None if known_at else moment)


_FIGURE_COLUMNS = (
    "in_period",
    "in_period_2",
    "previous",
    "growth_pct",
    "cumulative",
    "cumulative_2",
    "base",
    "target_share",
    "completion_pct",
    "channel",
)


def figures(
    connection: Connection,
    period: Period,
    codes: Iterable[str] | None = None,
    *,
    keep_at: datetime | None = None,
    with_records: bool = False,
) -> tuple[Figure, ...]:
    """The period's figures as the session knows them; its work tables stay until the transaction ends.

    ``keep_at`` (aware): keep them in mart as computed at that moment. ``with_records``: also count the
    records behind each of the province's figures, by file, in the work table ``rested``.
    """
    measure(connection, period, codes, with_records=with_records)
    values = warehouse.rows(connection, "figures/measuring/values")
    notes = notes_of(connection, period, values)
    if keep_at is not None:
        _keep(connection, period, values, notes, keep_at)
    return tuple(
        Figure(
            unit=value["unit_code"],
            indicator=value["indicator_code"],
            note=notes.get((value["unit_code"], value["indicator_code"])),
            **{name: value[name] for name in _FIGURE_COLUMNS},
        )
        for value in values
    )


def open_period(connection: Connection, period: Period) -> None:
    """Make the session's work tables anew, with the period (no 1), the one before it (no 2) and the
    units of the report."""
    platforms = [c.source for c in contracts.contracts().values() if c.platform]
    connection.exec_driver_sql(warehouse.sql("figures/measuring/work_tables"))
    warehouse.run(connection, "figures/measuring/report_units", last_day=period.last_day)
    for number, each in enumerate((period, period.previous()), 1):
        warehouse.run(
            connection,
            "figures/measuring/add_period",
            no=number,
            report_kind=each.kind,
            s=each.start,
            e=each.end,
            plan_start=PLAN_START,
            year=each.year,
            platforms=platforms,
        )


def measure(
    connection: Connection,
    period: Period,
    codes: Iterable[str] | None = None,
    *,
    with_records: bool = False,
) -> None:
    """Fill the session's work tables: evidence of each channel and the official values of the
    period (no 1) and the one before it (no 2), the bases of the targets, the figures made of them."""
    run = warehouse.run
    chosen = [i for i in indicators() if codes is None or i.code in set(codes)]
    open_period(connection, period)
    for indicator in chosen:
        run(
            connection,
            "figures/measuring/add_indicator",
            code=indicator.code,
            position=position(indicator.code),
            parts=indicator.parts,
            has_platform="platform" in indicator.channels,
            has_submission="submission" in indicator.channels,
            has_units=indicator.units,
            places=indicator.places,
            base=indicator.base,
            base_needs_platform=indicator.base is not None
            and indicator.base not in BASES_OF_CUMULATIVE,
        )
        if indicator.in_period is not None:
            show_things(connection, indicator)
            run(
                connection,
                "figures/measuring/measure",
                code=indicator.code,
                in_period=indicator.in_period,
                cumulative=indicator.cumulative,
                plan_start=PLAN_START,
            )
            if with_records:
                _count_records(
                    connection, "figures/adjusting/traced", platform_parameters(indicator, PROVINCE)
                )
        if indicator.base is not None:
            connection.execute(
                text(
                    warehouse.sql("figures/frames/base_rows").format(
                        body=warehouse.sql(f"figures/bases/{indicator.base}")
                    )
                ),
                base_parameters(period, indicator.base),
            )
            run(connection, "figures/measuring/add_base", code=indicator.code)
    run(connection, "figures/measuring/evidence_platform")
    run(connection, "figures/measuring/evidence_submission")
    run(connection, "figures/measuring/carried")
    run(connection, "figures/measuring/evidence_submission_province")
    run(connection, "figures/measuring/official", plan_start=PLAN_START)
    run(connection, "figures/measuring/figure_value")
    if with_records:
        _count_declared_records(connection, chosen)


def platform_parameters(indicator: Indicator, unit: str) -> dict[str, Any]:
    """Bound parameters of mart/traced for an indicator of a unit (22: the province)."""
    return {
        "code": indicator.code,
        "unit": unit,
        "in_period": indicator.in_period,
        "cumulative": indicator.cumulative,
        "plan_start": PLAN_START,
    }


def submission_parameters(indicator: Indicator, unit: str) -> dict[str, Any]:
    """Bound parameters of mart/traced_submission for an indicator of a unit (22: the province)."""
    return {"code": indicator.code, "unit": unit, "is_list": indicator.places is not None}


def _count_records(connection: Connection, name: str, parameters: Mapping[str, Any]) -> None:
    connection.execute(
        text(warehouse.sql("figures/frames/rested").format(body=warehouse.sql(name))),
        dict(parameters),
    )


def _count_declared_records(connection: Connection, chosen: Iterable[Indicator]) -> None:
    """Where the province's figure is declared, it rests on the forms' rows, not on the platforms'."""
    for indicator in chosen:
        channel = warehouse.scalar(
            connection, "figures/measuring/official_channel", code=indicator.code, unit=PROVINCE
        )
        if "submission" in indicator.channels and channel != "platform":
            warehouse.run(connection, "figures/measuring/rested_clear", code=indicator.code)
            _count_records(
                connection,
                "figures/measuring/traced_submission",
                submission_parameters(indicator, PROVINCE),
            )


def show_things(connection: Connection, indicator: Indicator) -> None:
    """Make the temporary view ``thing`` show what counts for an indicator."""
    run = warehouse.run
    run(connection, "figures/measuring/drop_thing")
    body = warehouse.sql(f"figures/indicators/{indicator.stem}")
    connection.exec_driver_sql(
        warehouse.sql("figures/frames/thing_view").format(body=body).replace("%", "%%")
    )


def base_parameters(period: Period, base: str) -> dict[str, Any]:
    """Bound parameters of a base's SQL: only those it names."""
    every = {
        "period_end": period.end,
        "year": period.year,
        "counts_from": max(date(period.year, 1, 1), PLAN_START),
    }
    body = warehouse.sql(f"figures/bases/{base}")
    return {name: value for name, value in every.items() if f":{name}" in body}


def _keep(
    connection: Connection,
    period: Period,
    values: list[dict[str, Any]],
    notes: Mapping[tuple[str, str], str],
    moment: datetime,
) -> None:
    where = {"report_kind": period.kind, "period_start": period.start, "period_end": period.end}
    warehouse.run(connection, "figures/measuring/keep_evidence_clear", **where)
    warehouse.run(connection, "figures/measuring/keep_evidence", computed_at=moment, **where)
    warehouse.insert_rows(
        connection,
        "figures/measuring/keep_value",
        [
            {
                **value,
                **where,
                "computed_at": moment,
                "note": notes.get((value["unit_code"], value["indicator_code"])),
            }
            for value in values
        ],
    )


# ---------------------------------------------------------------- notes


def notes_of(
    connection: Connection, period: Period, values: list[dict[str, Any]]
) -> dict[tuple[str, str], str]:
    """The notes column by (unit, indicator): lists of markets, who is missing, which base is missing."""
    units = {
        row["unit_code"]: row["full_name"]
        for row in warehouse.rows(connection, "figures/adjusting/units")
    }
    by_indicator: dict[str, list[dict[str, Any]]] = {}
    for value in values:
        by_indicator.setdefault(value["indicator_code"], []).append(value)
    stale = warehouse.rows(
        connection,
        "figures/measuring/platform_freshness",
        last_day=period.last_day,
        platforms=[c.source for c in contracts.contracts().values() if c.platform],
    )
    titles = {c.source: c.title for c in contracts.contracts().values()}
    span = "tuần" if period.kind == "week" else "tháng"
    reporting = {
        row["unit_code"] for row in warehouse.rows(connection, "figures/measuring/units_reporting")
    }
    silent = [name for code, name in units.items() if code not in reporting]
    unplanned = warehouse.rows(
        connection, "figures/measuring/unplanned_key_products", year=period.year
    )
    targets = {
        row["indicator_code"]
        for row in warehouse.rows(connection, "figures/measuring/targets", year=period.year)
    }
    latest = warehouse.rows(connection, "figures/measuring/last_information", period_end=period.end)
    notes: dict[tuple[str, str], str] = {}
    for indicator in indicators():
        rows = by_indicator.get(indicator.code, [])
        lists = _place_lists(connection, indicator) if indicator.places else {}
        for value in rows:
            unit = value["unit_code"]
            lines: list[str] = list(lists.get(unit, []))
            if indicator.code == "IV.2" and unit == PROVINCE and latest and latest[0]["last_on"]:
                lines.append(f"Cập nhật gần nhất: {latest[0]['last_on']:%d/%m/%Y}.")
            if value["channel"] == "platform" and unit == PROVINCE:
                for row in stale:
                    if not row["is_fresh"]:
                        last = (
                            f" (dữ liệu đến {row['exported_on']:%d/%m/%Y})"
                            if row["exported_on"]
                            else ""
                        )
                        lines.append(f"{titles[row['platform']]} chưa có dữ liệu mới của kỳ{last}.")
            if "submission" in indicator.channels and value["channel"] != "platform":
                if "platform" in indicator.channels and unit == PROVINCE:
                    lines.append(
                        "Số liệu theo báo cáo của địa phương do hai sàn chưa có dữ liệu mới."
                    )
                if unit == PROVINCE and silent:
                    lines.append(f"Chưa báo cáo {span} này: {', '.join(silent)}.")
                elif unit != PROVINCE and value["channel"] is None:
                    lines.append("chưa báo cáo")
            if indicator.base and indicator.code in targets:
                lines.extend(_base_notes(indicator, value, rows, units, unplanned))
            elif indicator.base and unit == PROVINCE:
                lines.append(f"Kế hoạch chưa đặt chỉ tiêu cho năm {period.year}.")
            if lines:
                notes[unit, indicator.code] = "\n".join(lines)
    return notes


def _base_notes(
    indicator: Indicator,
    value: Mapping[str, Any],
    rows: list[dict[str, Any]],
    units: Mapping[str, str],
    unplanned: list[dict[str, Any]],
) -> list[str]:
    unit = value["unit_code"]
    of_units = [row for row in rows if row["unit_code"] != PROVINCE]
    lines: list[str] = []
    needs_platform = indicator.base not in BASES_OF_CUMULATIVE
    if needs_platform and value["channel"] != "platform":
        return lines
    if unit == PROVINCE:
        if needs_platform:
            met = sum(1 for row in of_units if row["is_target_met"])
            lines.append(f"{met}/{len(of_units)} địa phương đạt.")
        missing = [units[row["unit_code"]] for row in of_units if row["base"] is None]
        if missing:
            lines.append(f"Chưa có số liệu nền: {', '.join(missing)}.")
        elif value["base"] is None:
            lines.append("Chưa có số liệu nền.")
    elif value["base"] is None:
        lines.append("Chưa có số liệu nền.")
    if indicator.code == "III.2":
        names = [row["name"] for row in unplanned if unit in (PROVINCE, row["unit_code"])]
        if names:
            lines.append(f"Chưa có sản lượng kế hoạch: {', '.join(dict.fromkeys(names))}.")
    return lines


_REGIONS = (("Bắc", "Miền Bắc"), ("Trung", "Miền Trung"), ("Nam", "Miền Nam"))


def _place_lists(connection: Connection, indicator: Indicator) -> dict[str, list[str]]:
    """By unit: the provinces by region, or the countries, sold to in the period; cumulative behind."""
    if indicator.in_period is not None:
        show_things(connection, indicator)
    found: dict[str, list[dict[str, Any]]] = {}
    name = (
        "figures/measuring/market_provinces"
        if indicator.places == "province"
        else "figures/measuring/market_countries"
    )
    for row in warehouse.rows(connection, name, code=indicator.code, plan_start=PLAN_START):
        found.setdefault(row["unit_code"], []).append(row)
    lists = {}
    for unit, rows in found.items():
        now = [row for row in rows if row["is_in_period"]]
        if indicator.places == "province":
            lines = ["Danh sách các tỉnh thành:"]
            for region, title in _REGIONS:
                lines.append(
                    f"- {title}: " + ", ".join(r["name"] for r in now if r["region"] == region)
                )
            every = "; ".join(
                f"{title}: " + ", ".join(r["name"] for r in rows if r["region"] == region)
                for region, title in _REGIONS
                if any(r["region"] == region for r in rows)
            )
        else:
            lines = ["Danh sách các quốc gia: " + ", ".join(r["name"] for r in now)]
            every = ", ".join(r["name"] for r in rows)
        lines = [line.rstrip() for line in lines]
        if every:
            lines.append(f"(Lũy kế: {every})")
        lists[unit] = lines
    return lists
