"""The official form as PDF, and the mail's chart as PNG, set by Typst (no system packages)."""

from __future__ import annotations

import json
from typing import Any

import typst

from lensan.figures import PROVINCE, Report
from lensan.indicators import indicators
from lensan.reference import INCLUDE
from lensan.reporting import numbers
from lensan.reporting.forms_spec import form

TEMPLATES = INCLUDE / "templates"


def build(report: Report) -> bytes:
    """The form as PDF, A4 landscape; the same report gives the same bytes."""
    return _compile("report.typ", content(report), "pdf")


def chart(report: Report) -> bytes:
    """A PNG: completion of the year's targets, one bar an indicator."""
    bars = [
        {"code": figure.indicator, "label": label, "value": float(figure.completion_pct),
         "text": f"{numbers.number(figure.completion_pct, 1)}%"}
        for figure, label in _province_figures(report)
        if figure.completion_pct is not None
    ]
    return _compile("chart.typ", {"bars": bars}, "png")


def _province_figures(report: Report) -> list[tuple[Any, str]]:
    labels = {indicator.code: indicator.label for indicator in indicators()}
    return [(f, labels[f.indicator]) for f in report.figures if f.unit == PROVINCE]


def _compile(template: str, data: dict[str, Any], kind: str) -> bytes:
    made = typst.compile(
        (TEMPLATES / template).read_bytes(),
        root=str(TEMPLATES),
        format=kind,
        ppi=144.0,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return bytes(made[0] if isinstance(made, list) else made)


def content(report: Report) -> dict[str, Any]:
    """What the PDF prints: texts only, numbers as people in Vietnam write them."""
    spec = form(report.period.kind)
    known = {indicator.code: indicator for indicator in indicators()}
    rows = []
    for line in spec.rows:
        if line.indicator is None:
            rows.append({"tt": line.tt, "heading": line.heading})
            continue
        figure = report.figure(PROVINCE, line.indicator)
        rows.append(
            {
                "tt": line.tt,
                "label": known[line.indicator].label,
                "unit": known[line.indicator].unit_of_measure,
                "in_period": numbers.in_period(figure),
                "growth": numbers.number(figure.growth_pct, 1),
                "cumulative": numbers.cumulative(figure),
                "completion": numbers.number(figure.completion_pct, 1),
                "note": figure.note or "",
            }
        )
    return {
        "title": spec.title_of(report),
        "plan": list(spec.plan),
        "span": spec.text(spec.span, report.period),
        "basis": spec.basis,
        "left": spec.letterhead["left"],
        "right": spec.letterhead["right"],
        "columns": list(spec.columns),
        "rows": rows,
        "place": spec.text(spec.signature["place"], report.period),
        "sign_left": spec.signature["left"],
        "sign_right": spec.signature["right"],
    }
