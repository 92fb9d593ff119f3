"""All files of a report, by name."""

from __future__ import annotations

from lensan.figures import Report
from lensan.reporting import document, figures_json, workbook
from lensan.reporting.forms_spec import form


def render(report: Report) -> dict[str, bytes]:
    """File name → bytes: workbook, PDF and figures.json; the same report gives the same bytes."""
    stem = form(report.period.kind).stem(report.period, report.revision)
    figures = f"figures-dc{report.revision}.json" if report.revision else "figures.json"
    return {
        f"{stem}.xlsx": workbook.build(report),
        f"{stem}.pdf": document.build(report),
        figures: figures_json.dump(report),
    }
