"""Each unit's own page of a published report: its figures, rank, course, largest gaps, what was not understood.

It says what the report said, nothing newer (docs/rules/reports.md#a-units-own-page); the page is impersonal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import report_forms
from lensan.domain.periods import Period
from lensan.domain.report_forms import FormRow
from lensan.domain.report_model import Figure, Report
from lensan.reports import pace, pdf, revisions, wording
from lensan.units import phrases, remarks, sent_file, worklist

COURSE_PERIODS = 8
MOST_GAPS, MOST_REMARKS = 3, 6


def build(
    engine: Engine,
    period: Period,
    unit: str,
    revision: int | None = None,
    to_do: Mapping[str, list[str]] | None = None,
) -> bytes:
    """The page as PDF, of a revision, by default the last. The same report and files give the same bytes.

    ``to_do``: of that revision, asked once for all units. Raises LookupError where nothing was published, KeyError for
    a unit that the report has not.
    """
    return of(content(engine, period, unit, revision, to_do))


def of(facts: dict[str, Any]) -> bytes:
    """The page of what ``content`` says."""
    return pdf.one_page("unit_page.typ", facts)


def file_name(period: Period, unit: str, revision: int) -> str:
    """``trang-dia-phuong-2021-11-18-193.pdf``, of a correction ``…-193-dc1.pdf``."""
    mark = f"-dc{revision}" if revision else ""
    return f"trang-dia-phuong-{period.name}-{unit}{mark}.pdf"


def content(
    engine: Engine,
    period: Period,
    unit: str,
    revision: int | None = None,
    to_do: Mapping[str, list[str]] | None = None,
) -> dict[str, Any]:
    """What the page prints: texts, and the course of each indicator as numbers, null where none is known."""
    with engine.begin() as connection:
        found = revisions.find(connection, period, revision)
        report = revisions.frozen_report(connection, period, found.number)
        course = _course(connection, period, unit, found.published_at)
    names = dict(report.units)
    if unit not in names:
        raise KeyError(f"{period} has no unit {unit}")
    form = report_forms.form(period.kind)
    paces = {row["indicator"]: row for row in pace.of_report(report) if row["unit"] == unit}
    office = wording.office_of(period)
    return {
        "title": f"KẾT QUẢ CỦA {names[unit].upper()}",
        "span": wording.period_label(period)[0].upper() + wording.period_label(period)[1:],
        "correction": found.number,
        "letterhead": office.letterhead.model_dump(),
        "source": f"Theo báo cáo của tỉnh phát hành {phrases.said(found.published_at)}",
        "submitted": _submitted(report, unit),
        "rows": [
            _row(
                report,
                unit,
                row,
                paces.get(row.indicator or ""),
                course.get(row.indicator or "", ()),
            )
            for row in form.lines
        ],
        "year": period.year,
        "gaps": _gaps(form.lines, paces),
        "to_do": (to_do_of(engine, period, found.number) if to_do is None else to_do).get(unit, []),
        "remarks": _remarks(engine, period, unit, found.published_at),
        "office": office.office,
    }


def to_do_of(engine: Engine, period: Period, revision: int | None = None) -> dict[str, list[str]]:
    """Unit code → how much is open on the worklist, kind by kind, as known for a report; what was closed since the
    report before."""
    with engine.begin() as connection:
        found = revisions.find(connection, period, revision)
        earlier = revisions.published(connection, period.previous())
        before = (period.previous().end, earlier[-1].known_at) if earlier else None
        return worklist.sentences(
            worklist.of(connection, day=period.end, known_at=found.known_at, before=before)
        )


def _row(
    report: Report,
    unit: str,
    row: FormRow,
    of_pace: Mapping[str, Any] | None,
    course: Sequence[float | None],
) -> dict[str, Any]:
    figure = report.figure(unit, row.indicator or "")
    return {
        "code": row.indicator,
        "label": row.short or row.label,
        "unit_of_measure": row.unit_of_measure,
        "in_period": wording.amount(row, figure, "in_period"),
        "growth": wording.number(figure.growth_pct, 1),
        "cumulative": wording.amount(row, figure, "cumulative"),
        "completion": wording.number(figure.completion_pct, 1),
        "rank": _rank(report, figure),
        "outlook": pace.OUTLOOKS[of_pace["outlook"]] if of_pace else "",
        "is_late": bool(of_pace and of_pace["outlook"] in pace.LATE),
        "course": list(course),
    }


def _rank(report: Report, figure: Figure) -> str:
    """``3/13``: place by completion among the units that have one; equal ones share a place."""
    if figure.completion_pct is None:
        return ""
    codes = {code for code, _name in report.units}
    others = [
        other.completion_pct
        for other in report.figures
        if other.indicator == figure.indicator
        and other.unit in codes
        and other.completion_pct is not None
    ]
    ahead = sum(other > figure.completion_pct for other in others)
    return f"{ahead + 1}/{len(others)}"


def _course(
    connection: Connection, period: Period, unit: str, until: datetime
) -> dict[str, list[float | None]]:
    """Of each indicator the cumulatives of the last periods, old to new, as they were published until then."""
    shown = [period]
    while len(shown) < COURSE_PERIODS and not shown[0].previous().is_before_plan:
        shown.insert(0, shown[0].previous())
    rows = warehouse.rows(
        connection,
        "units/unit_page/course",
        report_kind=period.kind,
        unit_code=unit,
        period_end=period.end,
        days=(period.end - shown[0].start).days + 1,
        until=until,
    )
    known: dict[tuple[str, date], Decimal | None] = {
        (row["indicator_code"], row["period_start"]): row["cumulative"] for row in rows
    }
    found = {}
    for code in {row["indicator_code"] for row in rows}:
        values = [known.get((code, each.start)) for each in shown]
        found[code] = [None if value is None else float(value) for value in values]
    return found


def _submitted(report: Report, unit: str) -> str:
    """How the unit's own form came, as the report says it."""
    table = report.tables.get("quality_units")
    for row in table.records() if table else ():
        if row["unit"] == unit:
            came = f" ({phrases.said(row['received_at'])})" if row["received_at"] else ""
            return f"{row['status']}{came}"
    return ""


def _gaps(lines: Iterable[FormRow], paces: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The three targets of which most is missing, as a share, each in a sentence."""
    missing = []
    for row in lines:
        each = paces.get(row.indicator or "")
        if each is None or each["outlook"] == "met" or each["achieved"] is None:
            continue
        missing.append(((each["goal"] - each["achieved"]) / each["goal"], row, each))
    missing.sort(key=lambda found: -found[0])
    return [_gap(row, each) for _share, row, each in missing[:MOST_GAPS]]


def _gap(row: FormRow, each: Mapping[str, Any]) -> str:
    measure = row.unit_of_measure.lower()
    counts, goal, rest = (
        wording.number(number, row.decimals)
        for number in (each["achieved"], each["goal"], each["goal"] - each["achieved"])
    )
    # What counts towards a target may be less than the cumulative above it: key products only, of this year.
    said = f"{row.indicator} {row.short or row.label}: được tính {counts} trong {goal} {measure} phải đạt đến hết {each['due_on']:%d/%m/%Y}, còn thiếu {rest}"
    if each["needed_weekly"] is not None:
        said += f"; mỗi tuần cần {pace.amount(row, each['needed_weekly'])}"
    if each["recent_weekly"] is not None:
        said += f", gần đây mỗi tuần {pace.amount(row, each['recent_weekly'])}"
    return f"{said}. {pace.OUTLOOKS[each['outlook']]}."


def _remarks(engine: Engine, period: Period, unit: str, until: datetime) -> list[str]:
    """What was not understood in the files that came for the report, without what people wrote; the same told once."""
    with engine.begin() as connection:
        files = warehouse.rows(
            connection,
            "units/unit_page/files",
            source=sent_file.SOURCE,
            since=period.previous().due_at,
            until=until,
            unit_code=unit,
        )
    told: Counter[str] = Counter()
    first: dict[str, str] = {}
    for row in files:
        if row["status"] == "rejected":
            file = sent_file.load(engine, row["file_id"])
            found = remarks.of_rejected(file, None)
        else:
            found = remarks.of_rows(engine, row["file_id"])
        for remark in found:
            place = ", ".join(part for part in (remark.sheet, remark.cell) if part)
            told[remark.impersonal.wrong] += 1
            first.setdefault(remark.impersonal.wrong, place)
    lines = []
    for wrong, many in told.most_common():
        place = first[wrong]
        where = f"{place}{f' và {many - 1} chỗ nữa' if many > 1 else ''}: " if place else ""
        lines.append(where + wrong)
    rest = len(lines) - MOST_REMARKS
    return lines[:MOST_REMARKS] + (
        [f"và {rest} loại lỗi khác, xem tệp trả lại."] if rest > 0 else []
    )
