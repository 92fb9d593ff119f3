"""What include/ and the province's folder say once, in the warehouse: office, deadlines, reference lists, what is told of indicators."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import indicators, installation, periods, plans, schedule, targets
from lensan.domain.indicators import Indicator
from lensan.domain.office import OFFICES
from lensan.domain.places import places
from lensan.domain.targets import Target
from lensan.warehouse import audit


def load(connection: Connection) -> None:
    """Bring the lists as they stand in the files into the warehouse, in the caller's transaction; that
    targets were changed is noted in the audit. Nothing that is not in the files stays.

    Raises ValueError for a warehouse of another province, and for a calendar by which a published week is none: its report could not be asked for
    any more (docs/rules/reports.md#another-deadline)."""
    _refuse_another_province(connection)
    _refuse_unmade_weeks(connection)
    before = warehouse.rows(connection, "warehouse/reference_load/target_list")
    warehouse.run(connection, "warehouse/reference_load/clear")
    known = places()
    lists: dict[str, Sequence[Mapping[str, Any]]] = {
        "office": _offices(),
        "deadline": _deadlines(),
        "unit": known.unit_rows(),
        "region": known.regions.rows(),
        "seat": known.seat_rows(known.seats.units),
        "province": known.province_rows(),
        "province_successor": known.province_successor_rows(),
        "country": known.country_rows(),
        "indicator": [_indicator(each) for each in indicators.indicators()],
        "target": [_target(each) for each in targets.every()],
        "rule": _read(installation.REFERENCE / "rules.csv"),
    }
    for name, rows in lists.items():
        warehouse.insert_rows(connection, f"warehouse/reference_load/insert_{name}", rows)
    add_seats(connection)
    after = warehouse.rows(connection, "warehouse/reference_load/target_list")
    if before and before != after:
        audit.record(
            connection,
            actor=audit.SYSTEM,
            action="targets.change",
            subject=installation.shown(targets.FILE),
            detail={
                "taken": [row for row in before if row not in after],
                "given": [row for row in after if row not in before],
            },
        )


def _refuse_another_province(connection: Connection) -> None:
    for row in warehouse.rows(connection, "warehouse/reference_load/provinces"):
        if row["province_code"] != OFFICES.code:
            raise ValueError(
                f"this warehouse is of the province {row['province_code']}, and {installation.NAME} is {OFFICES.code}: set "
                f"{installation.VARIABLE} as it was when the warehouse was made, or take another warehouse"
            )


def add_seats(connection: Connection) -> None:
    """Note of the producers' seats which unit they are of on which day, where that is not known yet."""
    unknown = warehouse.rows(connection, "warehouse/reference_load/seats_unknown")
    rows = places().seat_rows(row["unit_code"] for row in unknown)
    warehouse.insert_rows(connection, "warehouse/reference_load/insert_seat", rows)


def _refuse_unmade_weeks(connection: Connection) -> None:
    for row in warehouse.rows(connection, "warehouse/reference_load/published_weeks"):
        if row["report_kind"] not in plans.kinds():
            folder = installation.shown(plans.FOLDER / plans.key(row["report_kind"]))
            raise ValueError(
                f"{folder}: missing; reports of this plan are published, so its folder stays: its last day is `end` of "
                f"{plans.ABOUT}"
            )
        week = periods.week_of(row["period_start"], row["report_kind"])
        if (week.start, week.end) != (row["period_start"], row["period_end"]):
            raise ValueError(
                f"{installation.shown(schedule.FILE)}, week: the week due {row['period_end']} is published, from "
                f"{row['period_start']} on, and by this calendar there is none: an entry is made before it "
                f"holds, its valid_from after the last published week"
            )


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _indicator(told: Indicator) -> dict[str, object]:
    base = indicators.bases()[told.base] if told.base else None
    sums = [part == "sum" for part in told.province]
    return {
        "indicator_code": told.code,
        "position": told.position,
        "has_platform": told.has_platform,
        "has_submission": told.has_submission,
        "has_units": told.units,
        "is_growing": told.is_growing,
        "is_additive": told.is_additive,
        "is_sum": sums[0],
        "is_sum_2": sums[1] if told.parts == 2 else None,
        "base_rule": told.base,
        "is_base_of_cumulative": base.is_of_cumulative if base else None,
        "training_topic": told.training_topic,
        "plan": told.plan,
    }


def _target(target: Target) -> dict[str, object]:
    return {
        "year": target.year,
        "indicator_code": target.indicator,
        "unit_code": target.unit,
        "share": target.share,
        "amount": target.amount,
        "is_strict": target.is_strict,
        "legal_basis": target.legal_basis,
    }


def _offices() -> list[dict[str, object]]:
    return [
        {
            "valid_from": entry.valid_from,
            "valid_until": OFFICES.until(entry),
            "province_code": OFFICES.code,
            "province_name": entry.province,
            "name": entry.office,
            "plan_number": entry.plan.number,
            "plan_start": OFFICES.plan_start,
        }
        for entry in OFFICES.entries
    ]


def _deadlines() -> list[dict[str, object]]:
    return [
        {
            "report_kind": kind,
            "valid_from": rule.valid_from,
            "days_after_end": rule.days_after_end,
            "due_time": rule.due,
        }
        for plan in plans.plans()
        for cadence, rules in vars(schedule.of(plan.kinds[0])).items()
        for kind in [plans.kind(cadence, plan.key)]
        for rule in rules
    ]
