"""From a figure back to the records it rests on, each with its file, sheet and row.

See docs/rules/reports.md#traced-and-as-known-at.

A published figure is traced as it was known when it was published, also of an old revision.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from gettext import gettext as _
from typing import Any

import xlsxwriter
from sqlalchemy import Connection, Engine, text

from lensan import warehouse
from lensan.domain import csv_text, indicators, report_forms, targets
from lensan.domain.indicators import Indicator
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.places import places
from lensan.figures import measuring, things
from lensan.reports import revisions, styles, wording
from lensan.reports.revisions import Revision


@dataclass(frozen=True)
class Record:
    """A record behind a figure. ``thing``: number of what counts, equal for the records of one
    producer, product, line or place; ``part``: 1, or 2 for the second part of a two-part value.

    ``amount``: tonnes, or the declared value. ``row_number`` as a person counts in the opened file.
    """

    part: int
    thing: int
    unit_code: str | None
    happened_on: date
    ended_on: date | None
    amount: Decimal | None
    is_in_period: bool
    is_cumulative: bool
    source: str
    file: str
    sheet: str | None
    row_number: int
    key: str | None


@dataclass(frozen=True)
class Trace:
    """A figure and its records. ``revision``: null when nothing published was asked for.

    ``differences``: what the records add up to where it is not what the figure says; empty when the
    trace is complete.
    """

    period: Period
    indicator: str
    unit: str
    revision: int | None
    channel: str | None
    figure: dict[str, Decimal | None]
    records: tuple[Record, ...]
    differences: tuple[str, ...]


def trace(
    engine: Engine,
    period: Period,
    code: str,
    *,
    unit: str = PROVINCE,
    revision: int | None = None,
    as_known_now: bool = False,
    known_at: datetime | None = None,
    among: Sequence[str] | None = None,
) -> Trace:
    """The records behind an indicator of a unit (22: the province) in a period.

    By default of the last published revision, as known then; ``as_known_now`` of what would be
    published now; ``known_at`` (aware) of what was known at that moment. ``among``: the indicators that there
    are, by default those of the period's report. Raises LookupError when nothing was published, or there is no
    such indicator or unit.
    """
    indicator = _indicator(code, period, among)
    with engine.begin() as connection:
        published: dict[str, Any] | None = None
        if known_at is None and not as_known_now:
            then, published = _published(connection, period, code, unit, revision)
            revision, known_at = then.number, then.known_at
        with warehouse.as_known_at(connection, known_at):
            measuring.measure(connection, period, [code])
            units = {
                row["unit_code"] for row in warehouse.rows(connection, "figures/measuring/units")
            }
            if unit not in {*units, PROVINCE} or (unit != PROVINCE and not indicator.units):
                raise LookupError(_no_such_unit(unit, indicator, units))
            now = next(row for row in measuring.values(connection) if row["unit_code"] == unit)
            figure: Mapping[str, Any] = published or now
            found = _records(connection, indicator, unit, figure["channel"])
            place = {
                row["record_id"]: row
                for row in warehouse.rows(
                    connection,
                    "reports/tracing/record_places",
                    record_ids=sorted({row["record_id"] for row in found}),
                )
            }
    records = _numbered(found, place)
    return Trace(
        period,
        code,
        unit,
        revision if published else None,
        figure["channel"],
        {name: figure[name] for name in _MEASURES},
        records,
        _differences(indicator, figure, records),
    )


_MEASURES = ("in_period", "in_period_2", "cumulative", "cumulative_2", "base", "target_share", "completion_pct")  # fmt: skip


def _indicator(code: str, period: Period, among: Sequence[str] | None) -> Indicator:
    known = among or report_forms.form(period.kind).indicator_codes
    if code not in known:
        raise LookupError(
            _("the report of a {kind} has no indicator {code!r}; it has {known}").format(
                kind=period.kind, code=code, known=", ".join(known)
            )
        )
    return indicators.indicator(code)


def _no_such_unit(unit: str, indicator: Indicator, units: set[str]) -> str:
    if unit in units:
        return _("{code} has no values for units; ask without --unit").format(code=indicator.code)
    known = ", ".join(f"{code} {places().unit_name(code)}" for code in sorted(units))
    return _("no unit {unit!r} in this period; units: {known}").format(unit=unit, known=known)


def _published(
    connection: Connection, period: Period, code: str, unit: str, revision: int | None
) -> tuple[Revision, dict[str, Any]]:
    try:
        then = revisions.find(connection, period, revision)
    except LookupError as error:
        raise LookupError(
            _("{error}; --now traces what would be published").format(error=error)
        ) from None
    figure = warehouse.rows(
        connection,
        "reports/tracing/figure_then",
        report_kind=period.kind,
        period=period.name,
        revision=then.number,
        unit=unit,
        code=code,
    )
    if not figure:
        raise LookupError(
            _("revision {number} of {period} has no {code} of unit {unit!r}").format(
                number=then.number, period=period, code=code, unit=unit
            )
        )
    return then, figure[0]


def _records(
    connection: Connection, indicator: Indicator, unit: str, channel: str | None
) -> list[dict[str, Any]]:
    if channel == "platform" and indicator.in_period is not None:
        things.show_things(connection, indicator)
        name, parameters = (
            "figures/things/traced",
            things.platform_parameters(indicator, unit),
        )
    else:
        name = "figures/things/traced_submission"
        parameters = things.submission_parameters(indicator, unit)
    with things.by_line(connection):
        found = connection.execute(text(warehouse.sql(name)), parameters).mappings().all()
    return [dict(row) for row in found if row["is_in_period"] or row["is_cumulative"]]


def _numbered(found: list[dict[str, Any]], place: dict[int, dict[str, Any]]) -> tuple[Record, ...]:
    """In the order of unit, day and place; things are numbered in that order, part by part."""

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        at = place[row["record_id"]]
        sheet = at["sheet"] or ""
        return (
            row["part"],
            row["unit_code"] or "",
            row["happened_on"],
            at["source"],
            at["file"],
            sheet,
            at["row_number"],
        )

    numbers: dict[tuple[int, str], int] = {}
    counts: dict[int, int] = {}
    records = []
    for row in sorted(found, key=order):
        thing = (row["part"], row["thing"])
        if thing not in numbers:
            counts[row["part"]] = numbers[thing] = counts.get(row["part"], 0) + 1
        at = place[row["record_id"]]
        records.append(
            Record(
                part=row["part"],
                thing=numbers[thing],
                unit_code=row["unit_code"],
                happened_on=row["happened_on"],
                ended_on=row["live_until"],
                amount=row["amount"],
                is_in_period=bool(row["is_in_period"]),
                is_cumulative=bool(row["is_cumulative"]),
                source=at["source"],
                file=at["file"],
                sheet=at["sheet"],
                row_number=at["row_number"],
                key=_key(at),
            )
        )
    return tuple(records)


def _key(at: dict[str, Any]) -> str | None:
    """What the row is about: a stall, product or order number; never a person's name or number."""
    if at["entity"] in ("stall", "listing", "order_line", "information", "submission"):
        key = at["entity_key"]
        return None if key is None else str(key).partition("|")[2] or str(key)
    return None


def _differences(
    indicator: Indicator, figure: Mapping[str, Any], records: Sequence[Record]
) -> tuple[str, ...]:
    if figure["channel"] != "platform":
        return ()
    found = []
    for part, suffix in ((1, ""), (2, "_2")):
        for measure, counts in (("in_period", "is_in_period"), ("cumulative", "is_cumulative")):
            printed = figure[f"{measure}{suffix}"]
            if printed is None:
                continue
            own = [r for r in records if r.part == part and getattr(r, counts)]
            added = Decimal(len({r.thing for r in own}))
            if indicator.in_period == "sum":
                added = sum((r.amount or Decimal(0) for r in own), Decimal(0))
                added = added.quantize(Decimal("0.001"), ROUND_HALF_UP)
            if added != printed:
                found.append(f"{measure}{suffix} says {printed}, its records give {added}")
    return tuple(found)


# ---------------------------------------------------------------- what can be traced


def traceable(period: Period) -> list[dict[str, Any]]:
    """The figures of a period's report that have records, in the order of the form."""
    return [
        {
            "indicator": row.indicator,
            "label": row.short or row.label,
            "unit_of_measure": row.unit_of_measure,
        }
        for row in report_forms.form(period.kind).lines
        if row.indicator
    ]


def units(period: Period) -> list[str]:
    """Code and name of each unit that a period's report has."""
    return [
        f"{row['code']} {row['name']}"
        for row in places().units
        if places().exists(row["code"], period.last_day)
    ]


# ---------------------------------------------------------------- what comes out

COLUMNS = tuple(field.name for field in fields(Record))
HEADERS = {
    "part": "Phần",
    "thing": "Số thứ tự",
    "unit_code": "Địa phương",
    "happened_on": "Ngày",
    "ended_on": "Đến ngày",
    "amount": "Số lượng",
    "is_in_period": "Tính trong kỳ",
    "is_cumulative": "Tính lũy kế",
    "source": "Nguồn",
    "file": "Tệp",
    "sheet": "Trang tính",
    "row_number": "Dòng",
    "key": "Mã trên sàn",
}
_WIDTHS = {"file": 44, "sheet": 22, "key": 20, "unit_code": 20, "source": 14}


def to_csv(traced: Trace) -> str:
    """The records as CSV (see tables.as_csv)."""
    return csv_text.as_csv([vars(record) for record in traced.records], COLUMNS)


def to_workbook(traced: Trace) -> bytes:
    """The records as a workbook with one sheet, in Vietnamese; the same trace gives the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    book.set_properties({"created": datetime(2021, 10, 18)})  # noqa: DTZ001
    sheet = book.add_worksheet("Tra cứu")
    head = book.add_format(
        {
            "bold": True,
            "border": 1,
            "bg_color": "#D9E2F3",
            "text_wrap": True,
            "font_name": styles.FONT,
        }
    )
    bold = book.add_format({"bold": True, "font_size": 14, "font_name": styles.FONT})
    plain = book.add_format({"font_name": styles.FONT})
    cell = book.add_format({"border": 1, "font_name": styles.FONT})
    day = book.add_format({"border": 1, "num_format": "dd/mm/yyyy", "font_name": styles.FONT})
    for at, line in enumerate(heading(traced)):
        sheet.write_string(at, 0, line, bold if at == 0 else plain)
    top = len(heading(traced)) + 1
    for column, name in enumerate(COLUMNS):
        sheet.write_string(top, column, HEADERS[name], head)
        sheet.set_column(column, column, _WIDTHS.get(name, 11))
    for row, record in enumerate(traced.records, top + 1):
        for column, name in enumerate(COLUMNS):
            value = shown(name, getattr(record, name))
            if value is None:
                sheet.write_blank(row, column, None, cell)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, day)
            elif isinstance(value, int | Decimal):
                sheet.write_number(row, column, float(value), cell)
            else:
                sheet.write_string(row, column, value, cell)
    sheet.freeze_panes(top + 1, 0)
    sheet.autofilter(top, 0, top + max(1, len(traced.records)), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    book.close()
    return out.getvalue()


def shown(name: str, value: Any) -> Any:
    """A record's value as a reader expects it: the unit's name, x for yes."""
    if isinstance(value, bool):
        return "x" if value else None
    if name == "unit_code" and value is not None:
        return places().unit_name(value)
    return value


def heading(traced: Trace) -> list[str]:
    """What is traced, in Vietnamese, line by line."""
    form = report_forms.form(traced.period.kind)
    known = traced.indicator in form.indicator_codes
    row = (form if known else report_forms.adhoc()).row(traced.indicator)
    where = "toàn tỉnh" if traced.unit == PROVINCE else places().unit_name(traced.unit)
    revision = "" if not traced.revision else f", điều chỉnh lần {traced.revision}"
    values = [
        f"{label}: {_value(traced, name, row.decimals) or 'không có'}"
        for name, label in (("in_period", "Trong kỳ"), ("cumulative", "Lũy kế"))
    ]
    base, share = traced.figure["base"], traced.figure["target_share"]
    if base is not None and share is not None:
        done = traced.figure["completion_pct"]
        asked = wording.number(base, row.decimals)
        values.append(
            (
                f"Chỉ tiêu năm {traced.period.year}: {asked}, "
                if targets.is_amount(traced.period.year, traced.indicator)
                else f"Số liệu nền: {asked}, chỉ tiêu {wording.number(100 * share)}%, "
            )
            + f"hoàn thành {'không có' if done is None else f'{wording.number(done, 1)}%'}"
        )
    channel = wording.CHANNELS.get(traced.channel or "", "chưa báo cáo")
    return [
        f"{traced.indicator}. {row.label}",
        f"{wording.period_label(traced.period)}{revision}, {where}. Nguồn số liệu: {channel}.",
        f"{'; '.join(values)} ({row.unit_of_measure}). Số bản ghi: {len(traced.records)}.",
        *(f"Không khớp: {difference}" for difference in traced.differences),
    ]


def _value(traced: Trace, name: str, decimals: int) -> str:
    first, second = traced.figure[name], traced.figure[f"{name}_2"]
    if second is not None:
        return wording.parts(first, second)
    return wording.number(first, decimals)
