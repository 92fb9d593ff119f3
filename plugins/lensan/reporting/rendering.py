"""All files of a report, by name."""

from __future__ import annotations

from lensan.figures import Report
from lensan.reporting import document, figures_json, forms_spec, wording, workbook


def render(report: Report) -> dict[str, bytes]:
    """File name → bytes: workbook, PDF and figures.json; the same report gives the same bytes."""
    form = forms_spec.form(report.period.kind)
    return {
        wording.file_name(form, report, "xlsx"): workbook.build(report, form),
        wording.file_name(form, report, "pdf"): document.build(report, form),
        f"figures{wording.revision_mark(report)}.json": figures_json.dump(report),
    }
