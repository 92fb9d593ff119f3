"""All files of a report, by name."""

from __future__ import annotations

from lensan.domain import report_forms
from lensan.domain.report_model import Report
from lensan.reports import figures_json, pdf, wording, workbook


def render(report: Report) -> dict[str, bytes]:
    """File name → bytes: workbook, PDF and figures.json; the same report gives the same bytes."""
    form = report_forms.form(report.period.kind)
    return {
        wording.file_name(form, report, "xlsx"): workbook.build(report, form),
        wording.file_name(form, report, "pdf"): pdf.build(report, form),
        f"figures{wording.revision_mark(report)}.json": figures_json.dump(report),
    }
