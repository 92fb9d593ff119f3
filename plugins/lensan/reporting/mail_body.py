"""The mail that brings a report: HTML with a plain-text alternative, one inline chart, attachments."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from email.message import EmailMessage
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lensan.figures import PROVINCE, Report
from lensan.indicators import indicators
from lensan.reference import INCLUDE
from lensan.reporting import document, numbers
from lensan.reporting.forms_spec import form

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(INCLUDE / "templates"),
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def subject(report: Report) -> str:
    spec = form(report.period.kind)
    text = spec.text(spec.mail["subject"], report.period)
    return f"{text} (điều chỉnh lần {report.revision})" if report.revision else text


def message(report: Report, files: Mapping[str, bytes]) -> EmailMessage:
    """The mail without sender, recipient, date and Message-ID (lensan.delivery adds them).

    ``files``: name → bytes; workbook and PDF are attached, figures.json is not.
    """
    mail = EmailMessage()
    mail["Subject"] = subject(report)
    facts = content(report)
    cid = f"chart.{report.period.name}.{report.revision}@lensan"
    mail.set_content(_templates().get_template("report_mail.txt").render(facts))
    mail.add_alternative(
        _templates().get_template("report_mail.html").render(facts, chart=cid), subtype="html"
    )
    html = mail.get_payload()[1]  # type: ignore[index]
    html.add_related(  # type: ignore[union-attr]
        document.chart(report), maintype="image", subtype="png", cid=f"<{cid}>",
        filename="bieu-do.png", disposition="inline",
    )
    for name, data in files.items():
        if name.endswith(".json"):
            continue
        kind = XLSX if name.endswith(".xlsx") else mimetypes.guess_type(name)[0] or "application/octet-stream"
        maintype, _, subtype = kind.partition("/")
        mail.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    boundary = f"lensan-{report.period.kind}-{report.period.name}-{report.revision}"
    for number, part in enumerate(p for p in mail.walk() if p.is_multipart()):
        part.set_boundary(f"=_{boundary}-{number}")
    return mail


def content(report: Report) -> dict[str, Any]:
    """The facts the templates print: key figures, what grew, what is behind, who is missing."""
    spec = form(report.period.kind)
    known = {indicator.code: indicator for indicator in indicators()}
    rows = []
    for code in spec.indicator_codes:
        figure = report.figure(PROVINCE, code)
        rows.append(
            {
                "code": code,
                "label": known[code].label,
                "unit": known[code].unit_of_measure,
                "in_period": numbers.in_period(figure) or "–",
                "cumulative": numbers.cumulative(figure) or "–",
                "growth": figure.growth_pct,
                "growth_text": _signed(figure.growth_pct),
                "completion": figure.completion_pct,
                "completion_text": f"{numbers.number(figure.completion_pct, 1)}%"
                if figure.completion_pct is not None else "–",
            }
        )
    grew = sorted(
        (r for r in rows if r["growth"] is not None and r["growth"] > 0), key=lambda r: -r["growth"]
    )
    behind = sorted(
        (r for r in rows if r["completion"] is not None and r["completion"] < 100),
        key=lambda r: r["completion"],
    )
    missing = [
        name
        for code, name in report.units
        if any(f.unit == code and f.note and "chưa báo cáo" in f.note for f in report.figures)
    ]
    return {
        "title": spec.title_of(report),
        "span": spec.text(spec.span, report.period).strip("()"),
        "word": spec.mail["period_word"],
        "rows": rows,
        "grew": grew[:5],
        "behind": behind[:5],
        "missing": missing,
        "revision": report.revision,
    }


def _signed(value: Any) -> str:
    if value is None:
        return "–"
    return f"{'+' if value > 0 else ''}{numbers.number(value, 1)}%"
