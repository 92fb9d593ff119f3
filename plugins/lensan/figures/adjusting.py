"""What published reports would say differently now, and which files changed it.

See docs/rules/reports.md#corrections.

A published report is never changed: what comes in afterwards shows in the next report's *Điều chỉnh*. Which
periods it can bear on follows from the columns that the indicators say they read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, cast

from sqlalchemy import Connection, Engine, text

from lensan import warehouse
from lensan.domain import indicators, periods
from lensan.domain.indicators import Indicator
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.figures import measuring, things

MEASURES = ("in_period", "growth_pct", "cumulative", "completion_pct")
"""What of a figure is compared, in the order of the form's columns."""
MOST_FILES_NAMED = 3


class Difference(TypedDict):
    """A figure that says something else than before. ``measure``: one of MEASURES; ``old_value_2`` and
    ``new_value_2``: the second part of 125/34."""

    unit_code: str
    indicator_code: str
    measure: str
    old_value: Decimal | None
    old_value_2: Decimal | None
    new_value: Decimal | None
    new_value_2: Decimal | None


class Change(Difference):
    """A figure of a published report that is different now. ``files``: what changed it, a name a line; null: none
    is known."""

    files: str | None


def refresh(engine: Engine, period: Period, codes: Iterable[str], *, moment: datetime) -> list[str]:
    """Bring the figures of earlier published periods up to what is known; returns those recomputed.

    Only periods that something new can bear on are computed again, so that a report costs the same
    however many came before it. ``moment`` (aware) is noted as the time of computing.
    """
    codes = tuple(codes)
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
        if known is None:  # a warehouse into which nothing has come
            return []
        since = min(row["checked_until"] for row in published)
        first_on = affected_from(connection, period, codes, since)
    earlier = [periods.parse(period.kind, row["period"]) for row in published]
    affected = [each for each in earlier if first_on is not None and each.end > first_on]
    done = [each.name for each in affected]
    with (
        engine.begin() as connection
    ):  # one for all: the work tables are made once in a transaction
        for each in affected:
            measuring.figures(connection, each, codes, keep_at=moment)
        warehouse.run(
            connection, "figures/adjusting/forget_causes", report_kind=period.kind, periods=done
        )
        warehouse.insert_rows(
            connection,
            "figures/adjusting/report_check",
            [
                {"report_kind": period.kind, "period": row["period"], "checked_until": known}
                for row in published
            ],
        )
    return done


# ---------------------------------------------------------------- which periods


def affected_from(
    connection: Connection, period: Period, codes: tuple[str, ...], since: datetime
) -> date | None:
    """The earliest day that anything which became known after ``since`` (aware) bears on, for reports of that kind
    on these indicators: a period that ended by that day cannot have changed. Null: nothing."""
    reads = indicators.columns_read(codes)
    told = [each for each in indicators.indicators() if each.code in codes]
    days: list[date | None] = []

    def add(name: str, **parameters: Any) -> None:
        days.append(
            warehouse.scalar(connection, f"figures/adjusting/{name}", since=since, **parameters)
        )

    for entity, columns in reads.items():
        if entity not in _LINKS:
            add("changed_from", entity=entity, columns=list(columns))
    if "producer" in reads or "producer_member" in reads:
        add("relinked_from")
    if "buyer_phone" in reads.get("order_line", ()):
        add("phones_from")
    if any(each.has_submission for each in told):
        add("declared_from")
    with_platform = [each.code for each in told if each.has_platform]
    if with_platform:
        add(
            "fresh_from",
            report_kind=period.kind,
            codes=with_platform,
            province=PROVINCE,
            platforms=things.platforms(),
        )
    return min((day for day in days if day is not None), default=None)


_LINKS = ("producer", "producer_member", "registry")
"""Entities without dates of their own: relinked_from and phones_from say what they bear on."""


# ---------------------------------------------------------------- which figures, by which files


def is_different(connection: Connection, published: Period, revision: int) -> bool:
    """Whether a figure of a published revision is different now. The period's figures are kept."""
    return bool(changed_figures(connection, published.kind, {published.name: revision}))


def changed_figures(
    connection: Connection, kind: str, revisions: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Figures of published reports of a kind that are different now, by period; ``revisions`` by name of period.
    Each a Difference with its ``period``, the ``file_ids`` kept as those that changed it (null: they are to be
    found) and how many rows are ``kept`` of its report."""
    return warehouse.rows(
        connection,
        "figures/adjusting/changed_figures",
        report_kind=kind,
        periods=list(revisions),
        revisions=list(revisions.values()),
    )


def changes(
    connection: Connection, published: Period, revision: int, known_at: datetime
) -> list[Change]:
    """Figures of a published revision that are different now, each with the files that changed it.

    ``known_at`` (aware): what the revision knew. The session's work tables are made anew.
    """
    rows = changed_figures(connection, published.kind, {published.name: revision})
    for row, ids in zip(rows, files_of(connection, published, rows, known_at), strict=True):
        row["file_ids"] = ids
    return named_changes(connection, rows)


def named_changes(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The rows of ``changed_figures``, with the names of their files."""
    every = list(rows)
    names = _file_names(connection, {file_id for row in every for file_id in row["file_ids"]})
    return [
        cast(
            Change,
            {name: row[name] for name in Difference.__annotations__}
            | {"files": named(row["file_ids"], names)},
        )
        for row in every
    ]


def files_of(
    connection: Connection,
    published: Period,
    found: Sequence[Mapping[str, Any]],
    known_at: datetime,
) -> list[list[int]]:
    """The files that changed each of these figures of a published revision since ``known_at`` (aware), in the order of
    their arrival. The session's work tables are made anew."""
    own, beside = _bearing(connection, published, found, known_at)
    return [sorted(_files_of(row, own, beside)) for row in found]


_Causes = dict[str, dict[str, set[int]]]
"""File ids by indicator and unit."""


def _bearing(
    connection: Connection,
    published: Period,
    found: Iterable[Mapping[str, Any]],
    known_at: datetime,
) -> tuple[_Causes, dict[str, _Causes]]:
    """Files that changed the indicators' values themselves, and by measure those that changed what it is compared
    with: growth with the period before, asked where the period's own values do not say it; completion with
    the base."""
    units: dict[str, dict[str, set[str]]] = {measure: {} for measure in MEASURES}
    for row in found:
        units[row["measure"]].setdefault(row["indicator_code"], set()).add(row["unit_code"])
    changed = {code for of_measure in units.values() for code in of_measure}
    told = [each for each in indicators.indicators() if each.code in changed]
    own = _causes(connection, published, told, known_at)
    grown = [
        each
        for each in told
        if any(not own[each.code].get(unit) for unit in units["growth_pct"].get(each.code, ()))
    ]
    compared = [each for each in told if each.code in units["completion_pct"]]
    return own, {
        "growth_pct": _causes(connection, published.previous(), grown, known_at),
        "completion_pct": {
            each.code: _causes_of_base(connection, published, each, known_at) for each in compared
        },
    }


def _files_of(row: Mapping[str, Any], own: _Causes, beside: Mapping[str, _Causes]) -> set[int]:
    code, unit, measure = row["indicator_code"], row["unit_code"], row["measure"]
    of_itself = own[code].get(unit, set())
    other = beside.get(measure, {}).get(code, {}).get(unit, set())
    return of_itself or other if measure == "growth_pct" else of_itself | other


def _causes_of_base(
    connection: Connection, published: Period, indicator: Indicator, known_at: datetime
) -> dict[str, set[int]]:
    """Files by unit that changed the base of an indicator's target."""
    if indicator.base is None:
        return {}
    return _by_unit(
        warehouse.rows(
            connection,
            "figures/adjusting/causes_base",
            known_at=known_at,
            year=published.year,
            entities=list(indicators.bases()[indicator.base].reads),
            province=PROVINCE,
        )
    )


def _by_unit(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row["unit_code"], set()).add(row["file_id"])
    return found


def _causes(
    connection: Connection, period: Period, chosen: Iterable[Indicator], known_at: datetime
) -> _Causes:
    """Files that changed the values of these indicators in a period since ``known_at`` (aware): those of the
    things that count, else those of forms, else those that made a platform fresh."""
    chosen = list(chosen)
    of_platforms = [each for each in chosen if each.has_platform]
    found: _Causes = {each.code: {} for each in chosen}
    found |= _causes_of_things(connection, period, of_platforms, known_at)
    silent = [each for each in chosen if not found[each.code]]
    if any(each.has_submission for each in silent):
        declared = _by_unit(
            warehouse.rows(
                connection,
                "figures/adjusting/causes_submission",
                known_at=known_at,
                period_end=period.end,
            )
        )
        found |= {each.code: declared for each in silent if each.has_submission}
    silent = [each for each in of_platforms if not found[each.code]]
    if silent:
        fresh = warehouse.rows(
            connection,
            "figures/adjusting/causes_freshness",
            known_at=known_at,
            platforms=things.platforms(),
            last_day=period.last_day,
        )
        files = {row["file_id"] for row in fresh}
        units = [row["unit_code"] for row in warehouse.rows(connection, "figures/measuring/units")]
        if files:
            found |= {each.code: dict.fromkeys((PROVINCE, *units), files) for each in silent}
    return found


def _causes_of_things(
    connection: Connection, period: Period, chosen: Iterable[Indicator], known_at: datetime
) -> _Causes:
    """Files of the records that count now and did not then, or otherwise, by indicator and unit. The period is
    opened once as it was then and once as it is now, whatever the number of indicators."""
    chosen = list(chosen)
    found: _Causes = {each.code: {} for each in chosen}
    if not chosen:
        return found
    connection.exec_driver_sql(warehouse.sql("figures/adjusting/traced_then"))
    traced = warehouse.sql("figures/things/traced")
    for moment, kept in (
        (known_at, "figures/frames/keep_traced_then"),
        (None, "figures/frames/keep_traced_now"),
    ):
        with warehouse.as_known_at(connection, moment), things.by_line(connection):
            measuring.open_period(connection, period)
            keep = text(warehouse.sql(kept).format(body=traced))
            for each in chosen:
                things.show_things(connection, each)
                connection.execute(keep, things.platform_parameters(each, PROVINCE))
    for row in warehouse.rows(connection, "figures/adjusting/causes", known_at=known_at):
        found[row["indicator_code"]].setdefault(row["unit_code"], set()).add(row["file_id"])
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
        lines.append(f"{_MORE}{len(every) - len(lines)} tệp khác")
    return "\n".join(lines)


_MORE = "… và "


@dataclass(frozen=True)
class Extent:
    """How much of a report is different: figures, those of the whole province among them, and the files that are
    named for it."""

    figures: int
    of_province: int
    files: tuple[str, ...]


def extent(found: Iterable[Change]) -> Extent:
    """How much changes, by which files."""
    every = list(found)
    lines = {line for row in every for line in (row["files"] or "").splitlines()}
    return Extent(
        len(every),
        sum(row["unit_code"] == PROVINCE for row in every),
        tuple(sorted(line for line in lines if not line.startswith(_MORE))),
    )


def fill(connection: Connection, found: Iterable[tuple[str, Change]], word: str) -> None:
    """Put changed figures, each with the name of its period, into the work table ``adjusted``, by the words of
    the sheet; ``word``: tuần or tháng."""
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
                "period": period,
                "measure": labels[row["measure"]],
                "measure_position": MEASURES.index(row["measure"]),
                "indicator_position": indicators.position(row["indicator_code"]),
            }
            for period, row in found
        ],
    )
