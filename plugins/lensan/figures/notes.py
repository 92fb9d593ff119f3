"""The notes column of a report: lists of markets, who is missing, which base is missing (docs/rules/indicators.md).

Notes are Vietnamese, as printed. They are written of the work tables that lensan.figures.measuring has filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import contracts, indicators, plans
from lensan.domain.indicators import Indicator
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.figures.things import FigureValue, platforms, show_things

NO_BASE = "Chưa có số liệu nền"


@dataclass(frozen=True)
class _Known:
    """What the notes of a period say beside its values, read once. ``units``: code → full name. ``stale``: lines on
    platforms that are not fresh. ``silent``: names of those that report and sent no form.
    ``reported_by``: unit → the name of the region that reports for it. ``targets``: by code those of the year, by unit ("" for all).
    ``lacking``: by base, the things without one (unit_code, name). ``new_units``: codes of units that the period
    before had not. ``former_units``: by indicator the names of those whose last declared cumulative stands.
    ``assumed``: producers of a divided commune whose unit is assumed."""

    period: Period
    units: Mapping[str, str]
    stale: Sequence[str]
    silent: Sequence[str]
    reported_by: Mapping[str, str]
    targets: Mapping[str, Mapping[str, Mapping[str, Any]]]
    lacking: Mapping[str, Sequence[Mapping[str, Any]]]
    new_units: frozenset[str]
    former_units: Mapping[str, Sequence[str]]
    assumed: int


def notes_of(
    connection: Connection, period: Period, values: Iterable[FigureValue]
) -> dict[tuple[str, str], str]:
    """The notes by (unit, indicator), lines within one; figures without a note are not in it."""
    by_indicator: dict[str, list[FigureValue]] = {}
    for value in values:
        by_indicator.setdefault(value["indicator_code"], []).append(value)
    told = [indicators.indicator(code) for code in by_indicator]
    known = _known(connection, period, told)
    notes: dict[tuple[str, str], str] = {}
    for indicator in told:
        rows = by_indicator[indicator.code]
        listed = _listed(connection, indicator)
        for value in rows:
            lines = [
                *listed.get(value["unit_code"], ()),
                *_on_channel(known, indicator, value),
                *_on_base(known, indicator, value, rows),
                *_on_fall(known, value),
                *_on_growth(known, value),
                *_on_units(known, indicator, value),
            ]
            if lines:
                notes[value["unit_code"], indicator.code] = "\n".join(lines)
    return notes


def _known(connection: Connection, period: Period, told: Iterable[Indicator]) -> _Known:
    def rows(name: str, **parameters: Any) -> list[dict[str, Any]]:
        return warehouse.rows(connection, f"figures/notes/{name}", **parameters)

    units = {
        row["unit_code"]: row["full_name"]
        for row in warehouse.rows(connection, "figures/measuring/units")
    }
    freshness = rows("platform_freshness", last_day=period.last_day, platforms=platforms())
    reporting = {row["unit_code"] for row in rows("units_reporting")}
    reported_by, senders = _senders(connection, units)
    bases = [indicators.bases()[indicator.base] for indicator in told if indicator.base]
    former: dict[str, list[str]] = {}
    for row in rows("former_units"):
        former.setdefault(row["indicator_code"], []).append(row["name"])
    targets: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows("targets", year=period.year):
        targets.setdefault(row["indicator_code"], {})[row["unit_code"]] = row
    return _Known(
        period=period,
        units=units,
        stale=[_stale(row) for row in freshness if not row["is_fresh"]],
        silent=[name for code, name in senders.items() if code not in reporting],
        reported_by=reported_by,
        targets=targets,
        lacking={
            base.name: rows(base.lacking.statement, year=period.year)
            for base in bases
            if base.lacking
        },
        new_units=frozenset(row["unit_code"] for row in rows("new_units")),
        former_units=former,
        assumed=rows("assumed")[0]["producers"],
    )


def region_says(region: str) -> str:
    """What stands at a unit whose region reports for it."""
    return f"{region} báo cáo chung."


def _senders(
    connection: Connection, units: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The name of the region that reports for a unit, by unit; the names of all that report, by code, a region where
    its first unit would stand."""
    found = warehouse.rows(connection, "figures/regions/reporting")
    reported_by = {row["unit_code"]: row["full_name"] for row in found}
    region_of = {row["unit_code"]: row["region_code"] for row in found}
    senders = {
        region_of.get(code, code): reported_by.get(code, name) for code, name in units.items()
    }
    return reported_by, senders


def _stale(row: Mapping[str, Any]) -> str:
    title = contracts.contract(row["platform"]).title
    last = f" (dữ liệu đến {row['exported_on']:%d/%m/%Y})" if row["exported_on"] else ""
    return f"{title} chưa có dữ liệu mới của kỳ{last}."


def _on_channel(known: _Known, indicator: Indicator, value: FigureValue) -> list[str]:
    """Which channel the value is of, where that is not the usual one, and who did not declare."""
    is_province = value["unit_code"] == PROVINCE
    if value["channel"] == "platform":
        return list(known.stale) if is_province else []
    if not indicator.has_submission:
        return []
    if not is_province:
        region = known.reported_by.get(value["unit_code"])
        return (
            [region_says(region) if region else "chưa báo cáo"] if value["channel"] is None else []
        )
    lines = []
    if indicator.has_platform:
        lines.append(
            f"Số liệu theo báo cáo của địa phương do {contracts.platforms_counted()} chưa có dữ liệu mới."
        )
    if known.silent:
        lines.append(f"Chưa báo cáo {_word(known)} này: {_places(known, known.silent)}.")
    return lines


def _on_base(
    known: _Known, indicator: Indicator, value: FigureValue, rows: Sequence[FigureValue]
) -> list[str]:
    """How many units meet the target, and what has no base."""
    said = known.targets.get(indicator.code, {})
    if any(target["amount"] is not None for target in said.values()):
        return _on_amount(known, value, said, rows)
    if indicator.base is None:
        return []
    is_province = value["unit_code"] == PROVINCE
    if not said:
        year = known.period.year
        return [f"Kế hoạch chưa đặt chỉ tiêu cho năm {year}."] if is_province else []
    base = indicators.bases()[indicator.base]
    if not base.is_of_cumulative and value["channel"] != "platform":
        return []
    lines = []
    missing: list[str] = []
    if is_province:
        of_units = [row for row in rows if row["unit_code"] != PROVINCE]
        lacking = [row["unit_code"] for row in of_units if row["base"] is None]
        # What a region declares for its units is compared with all their bases, or with none.
        for_units = {} if value["channel"] == "platform" else known.reported_by
        named = [for_units.get(code, known.units[code]) for code in lacking]
        missing = list(dict.fromkeys(named))
        if not base.is_of_cumulative:
            met = sum(1 for row in of_units if row["is_target_met"])
            lines.append(f"{met}/{len(of_units)} địa phương đạt.")
    if missing:
        lines.append(f"{NO_BASE}: {_places(known, missing)}.")
    elif value["base"] is None:
        lines.append(f"{NO_BASE}.")
    if is_province and (missing or not base.is_of_cumulative):
        lines += _computed_from(value, has_left_out=bool(missing))
    if base.lacking is not None:
        names = [
            row["name"]
            for row in known.lacking[base.name]
            if is_province or row["unit_code"] == value["unit_code"]
        ]
        if names:
            lines.append(f"{base.lacking.title}: {', '.join(dict.fromkeys(names))}.")
    return lines


def _on_amount(
    known: _Known,
    value: FigureValue,
    said: Mapping[str, Mapping[str, Any]],
    rows: Sequence[FigureValue],
) -> list[str]:
    """The number that is to be reached, and how many of the units to which one is set have reached it."""
    if value["base"] is None:
        return []
    own = said.get("" if value["unit_code"] == PROVINCE else value["unit_code"])
    more = "trên " if own and own["is_strict"] else ""
    lines = [f"Chỉ tiêu năm {known.period.year}: {more}{_plain(value['base'])}."]
    units = [row for row in rows if row["unit_code"] != PROVINCE and row["base"] is not None]
    if value["unit_code"] == PROVINCE and units:
        met = sum(1 for row in units if row["is_target_met"])
        lines.append(f"{met}/{len(units)} địa phương được giao đạt.")
    return lines


def _computed_from(value: FigureValue, *, has_left_out: bool) -> list[str]:
    """What a completion was computed from, so that it can be computed again by hand."""
    achieved, share, base = value["achieved"], value["target_share"], value["base"]
    if value["completion_pct"] is None or achieved is None or share is None or base is None:
        return []
    left_out = " (không tính nơi đó)" if has_left_out else ""
    return [f"Tỉ lệ{left_out} = {_plain(achieved)} / ({_plain(share * 100)}% × {_plain(base)})."]


def _on_fall(known: _Known, value: FigureValue) -> list[str]:
    """What left, where the cumulative is lower than before although something was added."""
    before, now, added = value["previous_cumulative"], value["cumulative"], value["in_period"]
    if before is None or now is None or not added or now >= before:
        return []
    if known.new_units and value["channel"] == "submission" and value["unit_code"] == PROVINCE:
        return [
            f"Lũy kế giảm từ {_plain(before)} xuống {_plain(now)}: từ {_word(known)} này là tổng số các đơn vị mới "
            "khai, trước đó là của các đơn vị cũ."
        ]
    return [
        f"Lũy kế giảm từ {_plain(before)} xuống {_plain(now)}: {_word(known)} này thêm {_plain(added)}, "
        f"không còn {_plain(before + added - now)}."
    ]


def _on_growth(known: _Known, value: FigureValue) -> list[str]:
    """Why the province's figure has no growth; nothing in the first period, which has none before it."""
    period, before = known.period, known.period.previous()
    if value["unit_code"] != PROVINCE or value["growth_pct"] is not None:
        return []
    if value["previous"] and not period.is_comparable:
        lengths = f"{_word(known)} này {period.days} ngày, {_word(known)} trước {before.days} ngày"
        return [f"Không tính tăng trưởng: {lengths}."]
    if before.is_before_plan or not value["in_period"]:
        return []
    reason = "chưa có số liệu" if value["previous"] is None else "là 0"
    return [f"Không tính tăng trưởng: {_word(known)} trước {reason}."]


def _on_units(known: _Known, indicator: Indicator, value: FigureValue) -> list[str]:
    """What of the province's sum no unit is proved for, and why a unit has nothing to compare with
    (docs/rules/units.md#no-unit-proved)."""
    if value["unit_code"] in known.new_units:
        said = f"Đơn vị mới, chưa có {_word(known)} trước để so sánh."
        return [said] if indicator.is_growing and value["in_period"] is not None else []
    if value["unit_code"] != PROVINCE:
        return []
    lines = []
    now, ever = value["unplaced"] or Decimal(0), value["unplaced_cumulative"] or Decimal(0)
    former = known.former_units.get(indicator.code, ()) if value["channel"] != "platform" else ()
    if former:
        every = f"{len(former)} đơn vị cũ" if len(former) > MOST_NAMED else ", ".join(former)
        lines.append(
            f"Lũy kế giữ số khai cuối cùng của {every} (chưa đủ đơn vị kế thừa báo cáo): "
            f"{_plain(ever)} chưa chia cho đơn vị nào."
        )
    elif now or ever:
        counted = f"{_plain(now)} trong {_word(known)}, {_plain(ever)} lũy kế"
        lines.append(f"Chưa rõ đơn vị (địa chỉ chỉ ghi đơn vị cũ): {counted}.")
    if known.assumed and indicator.has_platform and indicator.base == "producers_declared":
        lines.append(f"{known.assumed} hộ ở xã bị chia: tính cho đơn vị nhận phần lớn.")
    return lines


MOST_NAMED = 13
"""Units named in a note; of more only their number is told, the sheets name them."""


def _places(known: _Known, names: Sequence[str]) -> str:
    """Units by their names; a list of all of them says no more than that, and takes the form's second page."""
    if len(names) == len(known.units) > 1:
        return f"tất cả {len(names)} địa phương"
    if len(names) > MOST_NAMED:
        return f"{len(names)}/{len(known.units)} địa phương (xem các trang sau)"
    return ", ".join(names)


def _word(known: _Known) -> str:
    return {"week": "tuần", "month": "tháng"}.get(known.period.cadence, "kỳ")


def _plain(value: Decimal) -> str:
    """A number as it is, at most three decimals: ``73,749``, ``1.200``."""
    return f"{round(value, 3).normalize():,f}".translate(str.maketrans(",.", ".,"))


# ---------------------------------------------------------------- what the things themselves say

_REGIONS = (("Bắc", "Miền Bắc"), ("Trung", "Miền Trung"), ("Nam", "Miền Nam"))
_MARKETS = {
    "province": "figures/notes/market_provinces",
    "country": "figures/notes/market_countries",
}


def _listed(connection: Connection, indicator: Indicator) -> dict[str, list[str]]:
    """By unit: the places sold to in the period, cumulative behind; the day of the last thing."""
    if indicator.places is None and indicator.latest is None:
        return {}
    if indicator.has_platform:
        show_things(connection, indicator)
    listed: dict[str, list[str]] = {}
    if indicator.places is not None:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in warehouse.rows(
            connection,
            _MARKETS[indicator.places],
            code=indicator.code,
            plan_start=plans.plan(indicator.plan).start,
        ):
            found.setdefault(row["unit_code"], []).append(row)
        write = _by_region if indicator.places == "province" else _in_a_row
        listed = {unit: write(rows) for unit, rows in found.items()}
    if indicator.latest is not None:
        last_on: date | None = warehouse.scalar(connection, "figures/notes/last_thing")
        if last_on is not None:
            listed.setdefault(PROVINCE, []).append(f"{indicator.latest}: {last_on:%d/%m/%Y}.")
    return listed


def _by_region(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each province once: those of the period, behind them those that only the cumulative has. Regions are
    named as the form does, but for a period that sold nowhere."""
    lines, others = ["Danh sách các tỉnh thành:"], []
    is_sold = any(row["is_in_period"] for row in rows)
    for region, title in _REGIONS:
        of_region = [row for row in rows if row["region"] == region]
        if is_sold:
            lines.append(f"- {title}: {_names(of_region, is_in_period=True)}".rstrip())
        if before := _names(of_region, is_in_period=False):
            others.append(f"{title}: {before}")
    return [*lines, f"(Lũy kế còn có: {'; '.join(others)})"] if others else lines


def _in_a_row(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [f"Danh sách các quốc gia: {_names(rows, is_in_period=True)}".rstrip()]
    before = _names(rows, is_in_period=False)
    return [*lines, f"(Lũy kế còn có: {before})"] if before else lines


def _names(rows: Sequence[Mapping[str, Any]], *, is_in_period: bool) -> str:
    return ", ".join(row["name"] for row in rows if row["is_in_period"] == is_in_period)
