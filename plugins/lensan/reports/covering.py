"""The covering report (báo cáo bằng lời): what a report's figures say, in sentences, for an officer to edit and sign.

It says what the report object says and nothing newer; each number in it is told with the figure that it is
(docs/rules/reports.md#the-covering-report).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lensan.domain import duties, indicators, report_forms
from lensan.domain.office import PROVINCE
from lensan.domain.report_forms import FormRow, ReportForm
from lensan.domain.report_model import Figure, Report
from lensan.reports import letter_docx, pace, pdf, wording
from lensan.reports.letter_docx import Letter

FIGURES = "figures"
MOST = 3
"""Units named at each end of a comparison."""
MOST_NAMED = 13
"""Units named in a sentence; of more only their number is told, the sheets name them."""


@dataclass(frozen=True)
class Said:
    """A number of the covering report: the text that stands there, and where it comes from. ``table``: FIGURES for
    a figure (column ``measure`` of figures.json), else the key of the further sheet."""

    text: str
    table: str
    indicator: str
    unit: str
    measure: str
    value: Decimal


@dataclass
class _Teller:
    """Writes numbers of a report, and keeps which it has written."""

    report: Report
    form: ReportForm
    said: list[Said] = field(default_factory=list)

    def number(
        self, row: FormRow, figure: Figure, measure: str, decimals: int | None = None
    ) -> str:
        """A measure as the form prints it, without the sign of a growth; "" where there is none."""
        value: Decimal | None = getattr(figure, measure)
        if value is None:
            return ""
        if measure in ("in_period", "cumulative"):
            text = wording.amount(row, figure, measure)
        else:
            text = wording.number(abs(value), row.decimals if decimals is None else decimals)
        self._keep(text, FIGURES, figure.indicator, figure.unit, measure, value)
        return text

    def amount(self, row: FormRow, figure: Figure, measure: str) -> str:
        """With its unit of measure."""
        text = self.number(row, figure, measure)
        return f"{text} {_lower(row.unit_of_measure)}" if text else ""

    def percent(self, row: FormRow, figure: Figure, measure: str) -> str:
        """With one decimal and its sign."""
        text = self.number(row, figure, measure, 1)
        return f"{text}%" if text else ""

    def of_table(self, text: str, table: str, indicator: str, measure: str, value: Decimal) -> str:
        """A number of a further sheet, of the province."""
        self._keep(text, table, indicator, PROVINCE, measure, value)
        return text

    def count(self, table: str, measure: str, many: int) -> str:
        """How many rows of a further sheet."""
        return self.of_table(str(many), table, "", measure, Decimal(many))

    def _keep(
        self, text: str, table: str, indicator: str, unit: str, measure: str, value: Decimal
    ) -> None:
        self.said.append(Said(text, table, indicator, unit, measure, value))


def build(report: Report) -> bytes:
    """The covering report as .docx, laid out by Nghị định 30/2020/NĐ-CP; the same report gives the same bytes."""
    return letter_docx.build(letter(report)[0])


def file_name(report: Report) -> str:
    """``bao-cao-tuan-2021-11-18-loi.docx``, of a correction ``…-dc1-loi.docx``."""
    form = report_forms.form(report.period.kind)
    return wording.file_name(form, report, "docx").replace(".docx", "-loi.docx")


def letter(report: Report) -> tuple[Letter, list[Said]]:
    """What the covering report says, and every number in it that stands in no note of the form."""
    form = report_forms.form(report.period.kind)
    told = _Teller(report, form)
    office = wording.office_of(report.period)
    plan = wording.plan_of(report.period)
    facts = {
        "plan_reference": f"Kế hoạch số {plan.number} ngày {plan.date:%d/%m/%Y} của {plan.issuer}",
        "office": office.office,
        "period": wording.period_label(report.period),
        "word": form.word,
        "year": report.period.year,
        "results": [_result(told, row) for row in form.lines],
        "changes": [change for row in form.lines if (change := _change(told, row))],
        "adjusted": _adjusted(told),
        "ranks": [rank for row in form.lines if (rank := _rank(told, row))],
        **_late(told),
        "missing": _names(told, _silent(report, form)),
        "difficulties": _difficulties(report),
        "proposals": _proposals(told),
    }
    text = _environment().get_template("covering_report.txt").render(facts)
    return Letter(
        letterhead=(office.letterhead.authority, office.letterhead.office),
        nation=(office.letterhead.nation, office.letterhead.motto),
        number=wording.letter_number(report.period),
        place_and_date=wording.place_and_date(report),
        title="BÁO CÁO",
        subject=f"{wording.plan_line(form, report.period, wording.whose(report))} "
        f"{wording.fill(form.span, report.period)}"
        + (f" (điều chỉnh lần {report.revision})" if report.revision else ""),
        paragraphs=tuple(line.strip() for line in text.splitlines() if line.strip()),
        copies_to=tuple(wording.copies_to(report.period)),
        signer=office.signatures[-1].title,
        hint=office.signatures[-1].hint,
        author=office.office,
        dated_on=report.made_on or report.period.due_day,
    ), told.said


@cache
def _environment() -> Environment:
    # What it makes is text of a Word file, which escapes it itself; nothing of it is HTML.
    return Environment(  # noqa: S701
        loader=FileSystemLoader(pdf.TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _label(row: FormRow) -> str:
    return f"{row.indicator} {row.short or row.label}"


def _whole(told: _Teller, row: FormRow) -> Figure:
    return told.report.figure(told.report.whole, row.indicator or "")


def _of_units(told: _Teller, row: FormRow) -> list[tuple[str, Figure]]:
    return [
        (name, told.report.figure(code, row.indicator or "")) for code, name in told.report.units
    ]


def _result(told: _Teller, row: FormRow) -> dict[str, str]:
    figure = _whole(told, row)
    growth = told.percent(row, figure, "growth_pct")
    if figure.growth_pct is None:
        grown = ""
    elif figure.growth_pct == 0:
        grown = f", bằng {told.form.word} trước"
    else:
        grown = f", {'tăng' if figure.growth_pct > 0 else 'giảm'} {growth} so với {told.form.word} trước"
    return {
        "label": f"{row.indicator}. {row.label}",
        "in_period": told.amount(row, figure, "in_period"),
        "growth": grown,
        "cumulative": told.amount(row, figure, "cumulative"),
        "completion": told.percent(row, figure, "completion_pct"),
    }


def _sentence(note: str | None) -> str:
    """A note of several lines as one paragraph."""
    return " ".join(" ".join((note or "").splitlines()).split())


def _change(told: _Teller, row: FormRow) -> dict[str, Any] | None:
    """What became of an indicator, where most, and what the form's note says of why; null where there is neither."""
    figure = _whole(told, row)
    # Whom was sold to is no cause: that list stays in the form.
    note = "" if indicators.indicator(row.indicator or "").places else _sentence(figure.note)
    is_changed = bool(figure.growth_pct)
    if not is_changed and not note:
        return None
    said, up, down = "", [], []
    if is_changed and figure.growth_pct is not None:
        word = "tăng" if figure.growth_pct > 0 else "giảm"
        said = f"{word} {told.percent(row, figure, 'growth_pct')}"
        if row.parts == 1 and figure.previous is not None:
            was, now = told.number(row, figure, "previous"), told.amount(row, figure, "in_period")
            said += f", từ {was} thành {now}"
    if row.parts == 1:
        up, down = (_moved(told, row, sign) for sign in (1, -1))
    return {"label": _label(row), "change": said, "up": up, "down": down, "note": note}


def _moved(told: _Teller, row: FormRow, sign: int) -> list[str]:
    """The units that moved an indicator most, each with what it had and has; equal ones in the form's order."""
    found = [
        ((figure.in_period - figure.previous) * sign, name, figure)
        for name, figure in _of_units(told, row)
        if figure.in_period is not None and figure.previous is not None
    ]
    moved = sorted((each for each in found if each[0] > 0), key=lambda each: -each[0])
    return [
        f"{name} (từ {told.number(row, figure, 'previous')} "
        f"thành {told.number(row, figure, 'in_period')})"
        for _by, name, figure in moved[:MOST]
    ]


def _rank(told: _Teller, row: FormRow) -> dict[str, Any] | None:
    """Who leads and who lags in completion; null where fewer than two units can be compared."""
    known = [each for each in _of_units(told, row) if each[1].completion_pct is not None]
    known.sort(key=lambda each: -(each[1].completion_pct or 0))
    many = min(MOST, len(known) // 2)
    if not many:
        return None

    def names(some: Sequence[tuple[str, Figure]]) -> list[str]:
        return [f"{name} {told.percent(row, figure, 'completion_pct')}" for name, figure in some]

    return {
        "label": _label(row),
        "leading": names(known[:many]),
        "lagging": names(known[-many:][::-1]),
    }


def _adjusted(told: _Teller) -> str:
    table = told.report.tables.get("adjustments")
    return told.count("adjustments", "rows", len(table.rows)) if table and table.rows else ""


def _silent(report: Report, form: ReportForm) -> list[str]:
    """Names of those that report, and whose form for the period is not there."""
    told_by = form.missing_units_by
    if told_by is None:
        return []
    return [
        name
        for code, name in wording.reporters(report)
        if report.figure(code, told_by).channel is None
    ]


def _names(told: _Teller, names: Sequence[str]) -> str:
    """Units by their names, of many their number."""
    if len(names) == len(told.report.units) > 1:
        return f"cả {told.count('units', 'rows', len(names))} địa phương"
    if len(names) > MOST_NAMED:
        return f"{told.count('units', 'rows', len(names))} địa phương (xem tệp Excel kèm theo)"
    return ", ".join(names)


def _late(told: _Teller) -> dict[str, Any]:
    """Which targets will be missed at the pace of late, as the sheet Nhịp độ has it."""
    lines = pace.lines(pace.of_report(told.report), told.form, dict(told.report.units))
    late = [line for line in lines if line["outlook"] in pace.LATE or line["late"]]
    return {
        "due_on": f"{lines[0]['due_on']:%d/%m/%Y}" if lines else "",
        "late": [
            {"label": f"{line['code']} {line['short']}", "said": _outlook(told, line)}
            for line in late
        ],
    }


def _outlook(told: _Teller, line: dict[str, Any]) -> str:
    said = f"toàn tỉnh {line['outlook_text'].lower()}"
    if line["outlook"] == "behind":
        said += f" ({_needs(told, line)})"
    if line["late"]:
        word = "nơi không đạt" if line["outlook"] == "missed" else "nơi sẽ không kịp"
        said += f"; {word}: {_names(told, line['late'])}"
    return said


def _needs(told: _Teller, line: dict[str, Any]) -> str:
    rows = pace.of_report(told.report)
    whole = next(r for r in rows if r["indicator"] == line["code"] and r["unit"] == PROVINCE)
    texts = {}
    for key, measure in (("needed", "needed_weekly"), ("recent", "recent_weekly")):
        texts[key] = line[key]
        if whole[measure] is not None:
            told.of_table(line[key], pace.KEY, line["code"], measure, whole[measure])
    return f"mỗi tuần cần {texts['needed']}, gần đây {texts['recent']}"


def _difficulties(report: Report) -> list[dict[str, str]]:
    """What was told and what was answered, as the sheet Khó khăn has it."""
    table = report.tables.get("difficulties")
    return [
        {
            "who": _sentence(row["who"]),
            "said": _sentence(row["said"]),
            "answer": _sentence(row["answer"]),
        }
        for row in (table.records() if table else ())
    ]


def _proposals(told: _Teller) -> list[str]:
    """What follows from the figures: an officer strikes, changes and adds."""
    report, found = told.report, []
    if silent := _silent(report, told.form):
        found.append(
            f"{_names(told, silent)[:1].upper()}{_names(told, silent)[1:]} gửi ngay báo cáo {told.form.word} còn thiếu."
        )
    lines = pace.lines(pace.of_report(report), told.form, dict(report.units))
    behind = [line for line in lines if line["outlook"] == "behind"]
    if behind:
        shorts = "; ".join(f"{line['code']} {line['short']}" for line in behind)
        found.append(
            f"Các địa phương tập trung thực hiện những chỉ tiêu mà với nhịp độ gần đây toàn tỉnh sẽ không kịp: {shorts}."
        )
    found += _gluts(told)
    held = _held(report)
    if held:
        found.append(f"Rà soát, gửi lại những dòng bị giữ lại trong tệp: {_names(told, held)}.")
    table = report.tables.get("difficulties")
    waiting = [r for r in (table.records() if table else ()) if r["answer"] is None]
    if waiting:
        many = told.count("difficulties", "waiting", len(waiting))
        found.append(f"Các đơn vị được giao trả lời {many} khó khăn, vướng mắc còn chờ.")
    return found


def _gluts(told: _Teller) -> Iterable[str]:
    """What the forecast warns of, with who has to act (docs/rules/forecast.md)."""
    table = told.report.tables.get("season_forecast")
    names = dict(told.report.units)
    warned = [r for r in (table.records() if table else ()) if r["warned_on"] is not None]
    for row in warned:
        tonnes = told.of_table(
            wording.number(row["unsold"], 1),
            "season_forecast",
            row["product"],
            "unsold",
            row["unsold"],
        )
        yield (
            f"Hỗ trợ tiêu thụ {row['product']} của {names.get(row['unit'], row['unit'])} trước tuần cao điểm từ "
            f"{row['peak_on']:%d/%m/%Y}: dư thừa dự kiến {tonnes} tấn."
        )
    if warned and (who := duties.sentence(duties.register().on_glut)):
        yield who


def _held(report: Report) -> list[str]:
    table = report.tables.get("quality_units")
    names = dict(report.units)
    rows = table.records() if table else []
    return [names.get(r["unit"], r["unit"]) for r in rows if r["rows_quarantined"]]
