"""What published reports would say differently now, and which files changed it.

See docs/rules/reports.md#corrections.

A published report is never changed: what comes in afterwards shows in the next report's *Điều chỉnh*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from lensan import warehouse
from lensan.domain import contracts, periods
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.figures import measuring
from lensan.figures.measuring import Indicator

MEASURES = ("in_period", "growth_pct", "cumulative", "completion_pct")
"""What of a figure is compared, in the order of the form's columns."""
MOST_FILES_NAMED = 3


def refresh(engine: Engine, period: Period, codes: Iterable[str], *, moment: datetime) -> list[str]:
    """Bring the figures of earlier published periods up to what is known; returns those recomputed.

    Only periods that something new can bear on are computed again, so that a report costs the same
    however many came before it. ``moment`` (aware) is noted as the time of computing.
    """
    codes = list(codes)
    with engine.begin() as connection:
        published = warehouse.rows(
            connection,
            "figures/adjusting/published_before",
            report_kind=period.kind,
            period_start=period.start,
        )
        if not published:
            return []
        known = warehouse.scalar(connection, "figures/adjusting/last_arrival")
        since = min(row["checked_until"] for row in published)
        affected_from = warehouse.scalar(
            connection,
            "figures/adjusting/affected_from",
            since=since,
            report_kind=period.kind,
            platforms=_platforms(),
        )
    done = []
    for row in published:
        earlier = periods.parse(period.kind, row["period"])
        if affected_from is not None and earlier.end > affected_from:
            measuring.compute(engine, earlier, moment=moment, codes=codes)
            done.append(earlier.name)
    with engine.begin() as connection:
        warehouse.insert_rows(
            connection,
            "figures/adjusting/report_check",
            [
                {"report_kind": period.kind, "period": row["period"], "checked_until": known}
                for row in published
            ],
        )
    return done


def _platforms() -> list[str]:
    return [c.source for c in contracts.contracts().values() if c.platform]


def changes(
    connection: Connection, published: Period, revision: int, known_at: datetime
) -> list[dict[str, Any]]:
    """Figures of a published revision that are different now, each with the files that changed it.

    ``known_at`` (aware): what the revision knew. Rows: unit_code, indicator_code, measure (one of
    MEASURES), old_value, old_value_2, new_value, new_value_2, files (text). The session's work tables
    are made anew.
    """
    found = warehouse.rows(
        connection,
        "figures/adjusting/changed_figures",
        report_kind=published.kind,
        period=published.name,
        revision=revision,
    )
    bearing: dict[tuple[str, str], dict[str, set[int]]] = {}
    for indicator in measuring.indicators():
        measures = {row["measure"] for row in found if row["indicator_code"] == indicator.code}
        if not measures:
            continue
        own = _causes(connection, published, indicator, known_at)
        for measure in measures:
            other: dict[str, set[int]] = {}
            if measure == "growth_pct":
                other = _causes(connection, published.previous(), indicator, known_at)
            elif measure == "completion_pct" and indicator.base is not None:
                other = _by_unit(
                    warehouse.rows(
                        connection,
                        "figures/adjusting/causes_base",
                        known_at=known_at,
                        year=published.year,
                        base=indicator.base,
                    )
                )
            # Growth changes with the period itself, or else with the one before it.
            bearing[indicator.code, measure] = {
                unit: own.get(unit, set()) or other.get(unit, set())
                if measure == "growth_pct"
                else own.get(unit, set()) | other.get(unit, set())
                for unit in {*own, *other}
            }
    names = _file_names(
        connection, {i for units in bearing.values() for ids in units.values() for i in ids}
    )
    for row in found:
        units = bearing[row["indicator_code"], row["measure"]]
        row["files"] = named(sorted(units.get(row["unit_code"], ())), names)
    return found


def _by_unit(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row["unit_code"], set()).add(row["file_id"])
    return found


def _causes(
    connection: Connection, period: Period, indicator: Indicator, known_at: datetime
) -> dict[str, set[int]]:
    """Files by unit that changed an indicator's values of a period since ``known_at``."""
    found: dict[str, set[int]] = {}
    if indicator.in_period is not None:
        connection.exec_driver_sql(warehouse.sql("figures/adjusting/traced_then"))
        for moment, kept in (
            (known_at, "figures/frames/keep_traced_then"),
            (None, "figures/frames/keep_traced_now"),
        ):
            with warehouse.as_known_at(connection, moment):
                measuring.open_period(connection, period)
                measuring.show_things(connection, indicator)
                connection.execute(
                    text(
                        warehouse.sql(kept).format(body=warehouse.sql("figures/adjusting/traced"))
                    ),
                    measuring.platform_parameters(indicator, PROVINCE),
                )
        found = _by_unit(warehouse.rows(connection, "figures/adjusting/causes", known_at=known_at))
    if not found and "submission" in indicator.channels:
        found = _by_unit(
            warehouse.rows(
                connection,
                "figures/adjusting/causes_submission",
                known_at=known_at,
                period_end=period.end,
            )
        )
    if not found and "platform" in indicator.channels:
        fresh = warehouse.rows(
            connection,
            "figures/adjusting/causes_freshness",
            known_at=known_at,
            platforms=_platforms(),
            last_day=period.last_day,
        )
        units = [row["unit_code"] for row in warehouse.rows(connection, "figures/adjusting/units")]
        found = {unit: {row["file_id"] for row in fresh} for unit in (PROVINCE, *units) if fresh}
    return found


def _file_names(connection: Connection, file_ids: Iterable[int]) -> dict[int, str]:
    return {
        row["file_id"]: f"{row['source']}/{row['name']}"
        for row in warehouse.rows(
            connection, "figures/adjusting/file_labels", file_ids=sorted(file_ids)
        )
    }


def named(file_ids: Iterable[int], names: Mapping[int, str]) -> str | None:
    """Names of files on one line each, at most MOST_FILES_NAMED, with how many more there are."""
    every = [names[file_id] for file_id in file_ids]
    if not every:
        return None
    lines = every[-MOST_FILES_NAMED:]
    if len(every) > len(lines):
        lines.append(f"… và {len(every) - len(lines)} tệp khác")
    return "\n".join(lines)


def fill(connection: Connection, rows: Iterable[dict[str, Any]], word: str) -> None:
    """Put changed figures (of ``changes``, with ``period``) into the work table ``adjusted``, by the
    words of the sheet; ``word``: tuần or tháng."""
    labels = {
        "in_period": f"Trong {word}",
        "growth_pct": "Tăng trưởng (%)",
        "cumulative": "Lũy kế",
        "completion_pct": "Tỉ lệ hoàn thành (%)",
    }
    warehouse.insert_rows(
        connection,
        "figures/adjusting/adjusted",
        [
            {
                **row,
                "measure": labels[row["measure"]],
                "measure_position": MEASURES.index(row["measure"]),
                "indicator_position": measuring.position(row["indicator_code"]),
            }
            for row in rows
        ],
    )
