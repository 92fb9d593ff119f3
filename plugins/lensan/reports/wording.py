"""Numbers, dates and headings as a Vietnamese reader expects them; pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lensan.domain import office
from lensan.domain.office import PROVINCE, Office, PlanPrinted
from lensan.domain.periods import Period
from lensan.domain.report_forms import FormRow, ReportForm
from lensan.domain.report_model import Figure, Report

FAILED = "Không đạt"
"""Severity fail, as printed; the other one is Cảnh báo."""
CHANNELS = {"platform": "Sàn TMĐT", "submission": "Địa phương"}


def number(value: Decimal | None, decimals: int = 0) -> str:
    """``5.946``, ``10,018``; an empty text for none. More digits are rounded half away from zero."""
    if value is None:
        return ""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded:,f}".translate(str.maketrans(",.", ".,"))


def parts(first: Decimal | None, second: Decimal | None) -> str:
    """A two-part value as the form prints it: ``125/34``; ``125/-`` when the second is unknown."""
    if first is None and second is None:
        return ""
    return "/".join("-" if part is None else f"{part.normalize():f}" for part in (first, second))


def amount(row: FormRow, figure: Figure, measure: str) -> str:
    """``in_period`` or ``cumulative`` of an indicator as text."""
    first, second = getattr(figure, measure), getattr(figure, f"{measure}_2")
    return parts(first, second) if row.parts == 2 else number(first, row.decimals)


def title(form: ReportForm, revision: int) -> str:
    """The report's title; a correction says so."""
    return form.title + (f" (ĐIỀU CHỈNH LẦN {revision})" if revision else "")


def office_of(period: Period) -> Office:
    """The office whose report it is: that of the day on which it is due."""
    return office.at(period.due_day)


def plan_of(period: Period) -> PlanPrinted:
    """What is printed of the plan that it reports on."""
    return period.plan.printed_on(period.due_day)


def fill(pattern: str, period: Period) -> str:
    """Put the period's days and the plan into a pattern of the form: {first}, {last}, {month}, {plan},
    {plan_number}, {plan_date}, {plan_issuer}."""
    plan = plan_of(period)
    return pattern.format(
        first=f"{period.start:%d/%m/%Y}",
        last=f"{period.last_day:%d/%m/%Y}",
        month=f"{period.start:%m/%Y}",
        plan=plan.title,
        plan_number=plan.number,
        plan_date=f"{plan.date:%d/%m/%Y}",
        plan_issuer=plan.issuer,
    )


def plan_line(form: ReportForm, period: Period, whose: str) -> str:
    """What the report is about, below its title: ``… nông nghiệp, nông thôn tỉnh Quảng Ninh``."""
    return f"{fill(form.plan, period)} {whose}"


def whose(report: Report) -> str:
    """Of whom the report is, as it ends the plan's line: the province, or a unit by its name."""
    if report.whole == PROVINCE:
        return office_of(report.period).whole_province
    return dict(report.units)[report.whole]


def shortest(value: Decimal) -> str:
    """A number with no digit more than it needs and no dots, as it is typed: ``1234,5``."""
    return f"{value.normalize():f}".replace(".", ",")


def doubt(row: Mapping[str, Any]) -> str:
    """A row of the table quality_figures as a line of the notes."""
    label = row["check"]
    said = [shortest(Decimal(row[k])) for k in ("found", "expected") if row[k] is not None]
    return f"Cần xem lại: {label[0].lower()}{label[1:]} ({' so với '.join(said)})."


def subject(form: ReportForm, report: Report) -> str:
    """The subject of the report's mail."""
    mark = f" (điều chỉnh lần {report.revision})" if report.revision else ""
    return fill(form.subject, report.period) + mark


def period_label(period: Period) -> str:
    """``tuần 11/11/2021 - 17/11/2021`` or ``tháng 11/2021``; of a further plan with its number behind."""
    if period.cadence == "span":
        return f"từ {period.start:%d/%m/%Y} đến {period.last_day:%d/%m/%Y}"
    of_plan = f", {plan_mark(period)}" if period.plan.key else ""
    if period.cadence == "month":
        return f"tháng {period.start:%m/%Y}{of_plan}"
    return f"tuần {period.start:%d/%m/%Y} - {period.last_day:%d/%m/%Y}{of_plan}"


def plan_mark(period: Period) -> str:
    """``Kế hoạch 250/KH-UBND``: what tells reports of a further plan from those of the first."""
    return f"Kế hoạch {plan_of(period).number}"


def place_and_date(report: Report) -> str:
    """The line below the motto: the due day; left open in a correction, made on another day.

    Days below 10 and the months 1 and 2 bear a leading zero (Nghị định 30/2020/NĐ-CP, Phụ lục I).
    """
    place = office_of(report.period).place
    if report.revision:
        return f"{place}, ngày …… tháng …… năm ………"
    day = report.made_on or report.period.due_day
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{place}, ngày {day:%d} tháng {month} năm {day.year}"


def letter_number(period: Period) -> str:
    """``Số: ……/BC-STTTT``: the number is written by hand, from the office's register."""
    return f"Số: ……/{office_of(period).symbol}"


def copies_to(period: Period) -> list[str]:
    """The lines below *Nơi nhận*, as Nghị định 30/2020/NĐ-CP punctuates them."""
    names = office_of(period).copies_to
    return [f"- {name}{'.' if name == names[-1] else ';'}" for name in names]


def file_name(form: ReportForm, report: Report, suffix: str) -> str:
    """``bao-cao-tuan-2021-11-18.xlsx``, from revision 1 on ``…-dc1.xlsx``."""
    return f"{form.file_stem}-{report.period.name}{revision_mark(report)}.{suffix}"


def revision_mark(report: Report) -> str:
    """What a correction adds to the names of its files, as -dc1."""
    return f"-dc{report.revision}" if report.revision else ""


def reporters(report: Report) -> list[tuple[str, str]]:
    """Who owed a form of the period: (code, name) of the units in their order, a region that reports for its units
    where the first of them would stand."""
    region_of = {
        unit: (region.code, region.name)
        for region in report.regions
        if region.is_reporting
        for unit in region.units
    }
    return list(dict.fromkeys(region_of.get(unit[0], unit) for unit in report.units))


def names(report: Report) -> dict[str, str]:
    """The names of a report's places and regions by code, in their order, regions last."""
    return dict(places(report)) | {region.code: region.name for region in report.regions}


def by_level(report: Report) -> list[tuple[str, str, str]]:
    """The places of a report as (code, name, level ``whole``, ``region`` or ``unit``): each region before its units;
    without regions as ``places`` has them."""
    if not report.regions:
        return [
            (code, name, "whole" if code == report.whole else "unit")
            for code, name in places(report)
        ]
    names = dict(report.units)
    found = [(code, name, "whole") for code, name in places(report) if code == report.whole]
    for region in report.regions:
        found.append((region.code, region.name, "region"))
        found += [(code, names[code], "unit") for code in region.units if code in names]
    return found


def places(report: Report) -> list[tuple[str, str]]:
    """The province, then the units in their order: (code, name). Of one unit's report that unit alone."""
    if report.whole != PROVINCE:
        return list(report.units)
    return [(PROVINCE, "Toàn tỉnh"), *report.units]
