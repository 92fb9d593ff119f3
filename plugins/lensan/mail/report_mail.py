"""The mail that brings a report: HTML with a plain-text alternative, one inline chart, attachments."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from lensan.domain import contracts, report_forms
from lensan.domain.office import PROVINCE
from lensan.domain.report_forms import ReportForm
from lensan.domain.report_model import Report
from lensan.mail import letter, templates
from lensan.reports import pace, pdf, wording

MIME_TYPES = {
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".pdf": ("application", "pdf"),
}
"""What is attached; other files of a report are not mailed."""
MOST = 5
MOST_NAMED = 13
"""Units named in a sentence; the sheets name them all."""
MOST_DOUBTS = 20


def message(
    report: Report, files: Mapping[str, bytes], *, is_unsigned: bool = False
) -> EmailMessage:
    """The mail without sender, recipient, date and Message-ID: lensan.mail.ledger adds them.

    ``files``: name → bytes, the published ones, signed PDFs in the place of unsigned ones; ``is_unsigned``: the office
    signs, and this PDF is not signed yet. The same report and files give the same mail.
    """
    form = report_forms.form(report.period.kind)
    facts = content(report, form) | {"is_unsigned": is_unsigned}
    mark = f"{report.period.kind}.{report.period.name}.{report.revision}"
    mail = EmailMessage()
    mail["Subject"] = wording.subject(form, report)
    mail.set_content(templates.render("report_mail.txt", facts))
    html = templates.render("report_mail.html", facts, chart=f"{mark}@lensan")
    mail.add_alternative(html, subtype="html")
    mail.get_payload()[1].add_related(  # type: ignore[index,union-attr]
        pdf.chart(report, form),
        maintype="image",
        subtype="png",
        # Without a file name: mail programs list what has one among the attachments.
        cid=f"<{mark}@lensan>",
        disposition="inline",
    )
    for name, data in files.items():
        if Path(name).suffix in MIME_TYPES:
            maintype, subtype = MIME_TYPES[Path(name).suffix]
            mail.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    letter.set_boundaries(mail, mark)
    return mail


def content(report: Report, form: ReportForm) -> dict[str, Any]:
    """The facts that the templates print: key figures, what grew and fell, what is behind, who is missing."""
    rows: list[dict[str, Any]] = []
    for row in form.lines:
        figure = report.figure(PROVINCE, row.indicator or "")
        rows.append(
            {
                "code": row.indicator,
                "label": row.label,
                "short": row.short,
                "unit_of_measure": row.unit_of_measure,
                "in_period": wording.amount(row, figure, "in_period") or "–",
                "cumulative": wording.amount(row, figure, "cumulative") or "–",
                "growth": figure.growth_pct,
                "growth_text": _percent(figure.growth_pct, signed=True),
                "completion": figure.completion_pct,
                "completion_text": _percent(figure.completion_pct),
            }
        )
    grew = [row for row in rows if row["growth"] is not None and row["growth"] > 0]
    fell = [row for row in rows if row["growth"] is not None and row["growth"] < 0]
    behind = [row for row in rows if row["completion"] is not None and row["completion"] < 100]
    return {
        "title": wording.title(form, report.revision),
        "period": wording.period_label(report.period),
        "span": wording.fill(form.span, report.period).strip("()"),
        "year": report.period.year,
        "word": form.word,
        "platforms": contracts.platforms_named(),
        "rows": rows,
        "grew": sorted(grew, key=lambda row: -row["growth"])[:MOST],
        "fell": sorted(fell, key=lambda row: row["growth"])[:MOST],
        "behind": sorted(behind, key=lambda row: row["completion"])[:MOST],
        **_pace(report, form),
        "difficulties": _difficulties(report),
        "missing": _some(missing_units(report, form), report, "Theo địa phương"),
        "units": len(report.units),
        "revision": report.revision,
        "office": wording.office_of(report.period).office,
    }


def _difficulties(report: Report) -> dict[str, Any] | None:
    """How many difficulties wait, and whose; without what anybody wrote. Null where nobody told any."""
    table = report.tables.get("difficulties")
    if table is None:
        return None
    rows = table.records()
    waiting = [row["who"] for row in rows if row["answer"] is None]
    return {
        "waiting": len(waiting),
        "answered": len(rows) - len(waiting),
        "who": list(dict.fromkeys(waiting)),
    }


def _some(names: list[str], report: Report, sheet: str) -> str:
    """Units within a sentence; of more than can be read there how many they are, and where they stand."""
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{len(names)}/{len(report.units)} địa phương (xem sheet {sheet})"


def _pace(report: Report, form: ReportForm) -> dict[str, Any]:
    """Which targets will be missed at the pace of late, and by whom; of which too little is known."""
    lines = pace.lines(pace.of_report(report), form, dict(report.units))
    late = [line for line in lines if line["outlook"] in pace.LATE or line["late"]]
    late.sort(key=lambda line: (line["outlook"] not in pace.LATE, -len(line["late"])))
    return {
        "due_on": f"{lines[0]['due_on']:%d/%m/%Y}" if lines else "",
        "late": [
            {
                **line,
                "is_all": len(line["late"]) == len(report.units),
                "late": _some(line["late"], report, "Nhịp độ"),
            }
            for line in late[:MOST]
        ],
        "late_more": len(late[MOST:]),
        "unforeseen": [line["short"] for line in lines if line["outlook"] == "too_short"],
    }


def summary(report: Report) -> str:
    """The province's figures as a Markdown table, with who is missing: what an officer looks at."""
    form = report_forms.form(report.period.kind)
    facts = content(report, form)
    lines = [
        f"**{facts['title']}**, {facts['period']}",
        "",
        f"| Chỉ tiêu | Trong {form.word} | Tăng trưởng | Lũy kế | Hoàn thành |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row, line in zip(facts["rows"], form.lines, strict=True):
        lines.append(
            f"| {row['code']}. {line.short} ({row['unit_of_measure']}) | {row['in_period']} "
            f"| {row['growth_text']} | {row['cumulative']} | {row['completion_text']} |"
        )
    none = "không" if report.units else "danh mục không có địa phương nào trong kỳ này"
    missing = facts["missing"] or none
    return "\n".join(
        [*lines, "", f"Địa phương chưa báo cáo: {missing}.", *_odd_figures(report, form)]
    )


def _odd_figures(report: Report, form: ReportForm) -> list[str]:
    """What the officer should look at before releasing: first what keeps the report from going by itself."""
    table = report.tables.get("quality_figures")
    rows = table.records() if table else []
    if not rows:
        return []
    names = wording.names(report)
    lines = ["", "**Cần xem lại trước khi phát hành:**", ""]
    for row in rows[:MOST_DOUBTS]:
        where = [names.get(row["unit"], row["unit"])] if row["unit"] else []
        where += [row["indicator"]] if row["indicator"] else []
        lines.append(
            f"- **{row['severity']}**{' – ' if where else ''}{', '.join(where)}: {wording.doubt(row)}"
        )
    if len(rows) > MOST_DOUBTS:
        lines.append(f"- và {len(rows) - MOST_DOUBTS} điểm khác (sheet Chất lượng dữ liệu).")
    return lines


def missing_units(report: Report, form: ReportForm) -> list[str]:
    """Names of those that report, and whose form for the period is not there."""
    told_by = form.missing_units_by
    if told_by is None:
        return []
    return [
        name
        for code, name in wording.reporters(report)
        if report.figure(code, told_by).channel is None
    ]


def _percent(value: Decimal | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    return f"{'+' if signed and value > 0 else ''}{wording.number(value, 1)}%"
