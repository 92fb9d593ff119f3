"""Ad-hoc reports (báo cáo đột xuất): any days, units and indicators, numbered, frozen, traced.

See docs/decisions/0035-ad-hoc-reports.md and docs/rules/reports.md#ad-hoc-report. They stand beside the
periodic reports and change nothing of them: nothing of theirs is kept in mart, nobody is owed one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from gettext import gettext as _
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import periods, report_forms
from lensan.domain.code_version import code_version
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT, Period
from lensan.domain.report_forms import ReportForm
from lensan.domain.report_model import Report
from lensan.figures import measuring
from lensan.reports import building, figures_json, pdf, publishing, revisions, tracing, workbook
from lensan.reports.tracing import Trace
from lensan.warehouse import audit

LONGEST = timedelta(days=3660)
LONGEST_TITLE, LONGEST_REASON = 70, 130
"""Letters: each stands on one line of the form."""


@dataclass(frozen=True)
class Request:
    """What somebody asks for. ``units``: codes, empty for the province and all its units; of one unit the form is
    that unit's. ``indicators``: codes, empty for all; kept in the order of the form."""

    period: Period
    title: str
    reason: str
    units: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """An ad-hoc report as it is kept. ``files``: name → bytes."""

    number: str
    request: Request
    report: Report
    known_at: datetime
    files: dict[str, bytes]


def request(
    period: Period,
    *,
    title: str,
    reason: str,
    units: Sequence[str] = (),
    indicators: Sequence[str] = (),
    moment: datetime,
) -> Request:
    """What is asked for, once it can be answered. ``moment`` (aware) is now.

    Raises ValueError saying what is wrong: days that are not over or before the plan, an unknown indicator, no title or
    reason. Units are looked at when it is made: they are those of its last day.
    """
    if moment < period.ends_at:
        raise ValueError(
            _("{last_day:%d/%m/%Y} is not over: nothing is reported of it yet").format(
                last_day=period.last_day
            )
        )
    if period.is_before_plan:
        raise ValueError(_("before {day:%d/%m/%Y} there was no plan").format(day=period.plan.start))
    if period.end - period.start > LONGEST:
        raise ValueError(_("at most ten years"))
    title, reason = " ".join(title.split()), " ".join(reason.split())
    if not 0 < len(title) <= LONGEST_TITLE:
        raise ValueError(
            _("a title of at most {most} letters is wanted").format(most=LONGEST_TITLE)
        )
    if not 0 < len(reason) <= LONGEST_REASON:
        raise ValueError(
            _("a reason of at most {most} letters is wanted").format(most=LONGEST_REASON)
        )
    every = report_forms.adhoc().indicator_codes
    if wrong := sorted(set(indicators) - set(every)):
        raise ValueError(
            _("there is no indicator {wrong}; there are {known}").format(
                wrong=", ".join(wrong), known=", ".join(every)
            )
        )
    chosen = tuple(code for code in every if not indicators or code in indicators)
    return Request(period, title, reason, tuple(dict.fromkeys(units)), chosen)


def build(
    engine: Engine,
    asked: Request,
    number: str,
    *,
    moment: datetime,
    known_at: datetime | None = None,
) -> Report:
    """The report object of a request as known now, or at ``known_at`` (aware); nothing is kept.

    Raises LookupError for a unit that there was none of on the last day.
    """
    period = asked.period
    with engine.begin() as connection, warehouse.as_known_at(connection, known_at):
        figures = measuring.figures(connection, period, asked.indicators, with_records=True)
        every = [
            (row["unit_code"], row["full_name"])
            for row in warehouse.rows(connection, "figures/measuring/units")
        ]
        _known_units(asked, dict(every))
        units = tuple(unit for unit in every if not asked.units or unit[0] in asked.units)
        parameters = building.table_parameters(period, 0)
        parameters["trace_command"] = f"lensan adhoc trace {number}"
        sources = building.table(connection, "sources", parameters)
    shown = {PROVINCE, *(code for code, _name in units)}
    return Report(
        period=period,
        revision=0,
        figures=tuple(figure for figure in figures if figure.unit in shown),
        units=units,
        tables={"sources": sources} if len(asked.units) != 1 else {},
        known_at=known_at,
        whole=asked.units[0] if len(asked.units) == 1 else PROVINCE,
        made_on=moment.astimezone(ICT).date(),
    )


def _known_units(asked: Request, names: dict[str, str]) -> None:
    wrong = [code for code in asked.units if code not in names]
    if wrong:
        known = ", ".join(f"{code} {name}" for code, name in names.items())
        raise LookupError(
            _("no unit {wrong} on {day:%d/%m/%Y}; units: {known}").format(
                wrong=", ".join(wrong), day=asked.period.last_day, known=known
            )
        )


def form_of(asked: Request, number: str) -> ReportForm:
    """The office's form with the rows asked for, under the report's own title, number and reason."""
    form = report_forms.only(report_forms.adhoc(), asked.indicators)
    said = f"(Số {number}. Lý do: {asked.reason})"
    return form.model_copy(
        update={
            "title": f"{form.title}: {asked.title}",
            "basis": _braced(said),
            "subject": f"{form.subject} {_braced(asked.title)}",
            "file_stem": f"{form.file_stem}-{number}",
        }
    )


def _braced(text: str) -> str:
    """A person's words in a pattern of the form: their braces are no places to fill."""
    return text.replace("{", "{{").replace("}", "}}")


def make(engine: Engine, asked: Request, reports: Path, *, moment: datetime, by: str) -> Made:
    """Compute, number and freeze a report; its files are written below ``reports``/adhoc too. Noted in the audit.

    ``moment`` (aware) is the time of making, ``by`` who asked. Raises LookupError as build does.
    """
    with publishing.one_at_a_time(engine) as guard:
        number = warehouse.scalar(
            guard, "reports/adhoc/next_number", year=moment.astimezone(ICT).year
        )
        report = build(engine, asked, number, moment=moment)
        files = render(report, form_of(asked, number))
        with engine.begin() as connection:
            known_at = warehouse.scalar(connection, "figures/adjusting/last_arrival") or moment
            _keep(connection, asked, number, report, files, known_at, moment=moment, by=by)
    folder = folder_of(reports, number)
    publishing.own_folder(folder, reports)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(publishing.FILE_MODE)
    return Made(number, asked, report, known_at, files)


def render(report: Report, form: ReportForm) -> dict[str, bytes]:
    """File name → bytes: workbook, PDF and figures; the same report gives the same bytes."""
    stem = f"{form.file_stem}-{report.period.start}-{report.period.last_day}"
    return {
        f"{stem}.xlsx": workbook.build(report, form),
        f"{stem}.pdf": pdf.build(report, form),
        f"{stem}.json": figures_json.dump(report, form),
    }


def folder_of(reports: Path, number: str) -> Path:
    """Where the files of a report lie."""
    return reports / "adhoc" / number


def _keep(
    connection: Connection,
    asked: Request,
    number: str,
    report: Report,
    files: dict[str, bytes],
    known_at: datetime,
    *,
    moment: datetime,
    by: str,
) -> None:
    period = asked.period
    span = {"period_start": period.start, "period_end": period.end}
    warehouse.run(
        connection,
        "reports/adhoc/insert",
        number=number,
        title=asked.title,
        reason=asked.reason,
        asked_by=by,
        units=list(asked.units),
        indicators=list(asked.indicators),
        published_at=moment,
        known_at=known_at,
        code_version=code_version(),
        frozen=json.dumps(revisions.to_plain(report, form_of(asked, number)), ensure_ascii=False, sort_keys=True),
        **span,
    )  # fmt: skip
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    warehouse.insert_rows(
        connection,
        "reports/adhoc/insert_file",
        [
            {"number": number, "name": name, "sha256": digests[name]}
            | {"size_bytes": len(content), "content": content}
            for name, content in files.items()
        ],
    )
    audit.record(
        connection,
        actor=by,
        action="report.adhoc",
        subject=f"adhoc {number}",
        detail={
            "title": asked.title,
            "reason": asked.reason,
            "days": f"{period.start} - {period.last_day}",
            "units": list(asked.units),
            "indicators": list(asked.indicators),
            "sha256": digests,
        },
        moment=moment,
    )


def listed(connection: Connection, number: str | None = None) -> list[dict[str, Any]]:
    """What was made, newest first, without contents; ``number``: that one alone."""
    return warehouse.rows(connection, "reports/adhoc/listed", number=number)


def load(engine: Engine, number: str) -> Made:
    """A report as it was frozen. Raises LookupError when there is none of that number."""
    with engine.begin() as connection:
        rows = listed(connection, number)
        if not rows:
            raise LookupError(
                _("there is no ad-hoc report {number}; see: lensan adhoc list").format(
                    number=number
                )
            )
        row = rows[0]
        period = periods.span(row["period_start"], row["period_end"])
        plain = warehouse.scalar(connection, "reports/adhoc/frozen", number=number)
        files = {
            each["name"]: bytes(each["content"])
            for each in warehouse.rows(connection, "reports/adhoc/files", number=number)
        }
    asked = Request(
        period, row["title"], row["reason"], tuple(row["units"]), tuple(row["indicators"])
    )
    report = replace(
        revisions.from_plain(plain, period),
        whole=asked.units[0] if len(asked.units) == 1 else PROVINCE,
        made_on=row["published_at"].astimezone(ICT).date(),
    )
    return Made(number, asked, report, row["known_at"], files)


def trace(engine: Engine, number: str, code: str, *, unit: str | None = None) -> Trace:
    """The records behind a figure of a report, as known when it was made. Raises LookupError when there is no such
    report, indicator or unit."""
    made = load(engine, number)
    if code not in made.request.indicators:
        raise LookupError(
            _("report {number} has no indicator {code!r}; it has {known}").format(
                number=number, code=code, known=", ".join(made.request.indicators)
            )
        )
    return tracing.trace(
        engine, made.request.period, code, unit=unit or made.report.whole, known_at=made.known_at,
        among=made.request.indicators,
    )  # fmt: skip
