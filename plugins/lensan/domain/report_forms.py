"""The printed forms as data: reports/<kind>.yml of the province's folder, and the sheets behind the form."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from lensan.domain import contracts, duties, form_files, indicators, plans
from lensan.domain.form_files import (
    FormColumn,
    FormFile,
    FormTexts,
    ReportSheet,
    SectionRow,
    TableSpec,
)

__all__ = [
    "FormColumn",
    "FormRow",
    "ReportForm",
    "ReportSheet",
    "TableSpec",
    "adhoc",
    "form",
    "guide",
    "only",
]


@dataclass(frozen=True)
class FormRow:
    """A row of the official form: what the .yml of its indicator says; a heading where ``indicator`` is null."""

    tt: str | int
    label: str
    indicator: str | None = None
    unit_of_measure: str = ""
    short: str = ""
    parts: int = 1
    decimals: int = 0


class ReportForm(FormTexts):
    """Everything of a report that is not a figure."""

    rows: tuple[FormRow, ...]
    sheets: tuple[ReportSheet, ...] = ()

    @property
    def lines(self) -> tuple[FormRow, ...]:
        """The rows that bear an indicator."""
        return tuple(row for row in self.rows if row.indicator)

    @property
    def indicator_codes(self) -> tuple[str, ...]:
        """The indicators of the report in the order of the form."""
        return tuple(row.indicator for row in self.rows if row.indicator)

    @property
    def missing_units_by(self) -> str | None:
        """The first indicator that only a unit's own form can fill: without a value the unit has not reported."""
        for code in self.indicator_codes:
            if not indicators.indicator(code).has_platform:
                return code
        return None

    @property
    def table_keys(self) -> tuple[str, ...]:
        """The tables of the further sheets: each is include/sql/reports/sheets/<key>.sql."""
        return tuple(table.key for sheet in self.sheets for table in sheet.tables)

    def row(self, indicator: str) -> FormRow:
        """Raises KeyError when the form does not print that indicator."""
        for row in self.rows:
            if row.indicator == indicator:
                return row
        raise KeyError(f"{self.kind}: the form has no row {indicator}")


@cache
def form(kind: str) -> ReportForm:
    """The form of a kind of report: reports/week.yml or month.yml of its plan.

    Raises FileNotFoundError for an unknown kind, Slips with file, line and what is expected.
    """
    if kind == "span":
        return adhoc()
    said = form_files.form_file(kind)
    if said.kind != plans.cadence(kind):
        told = f"expected {plans.cadence(kind)}, as the file is named"
        raise form_files.file_of(kind).slip(told, "kind")
    for other in plans.kinds()[: plans.kinds().index(kind)] if plans.key(kind) else ():
        if said.file_stem == form_files.form_file(other).file_stem:
            told = f"expected a name of its own; the report {other} has this one"
            raise form_files.file_of(kind).slip(told, "file_stem")
    return ReportForm(
        **{name: getattr(said, name) for name in FormTexts.model_fields},
        rows=tuple(_row(said, number) for number in range(len(said.rows))),
        sheets=tuple(_sheet(sheet, said.word) for sheet in form_files.further_sheets()),
    )


def name(kind: str) -> str:
    """What a kind of report is called: ``báo cáo tuần``, of a further plan with its number behind."""
    printed = plans.plan(plans.key(kind)).printed
    word = f"báo cáo {form_files.form_file(kind).word}"
    return f"{word}, Kế hoạch {printed.number}" if printed else word


@cache
def adhoc() -> ReportForm:
    """The form of an ad-hoc report with all indicators: include/reports/adhoc.yml, the rows those of the month's."""
    said = form_files.adhoc_file()
    # Copied, not checked again: its kind is that of no file, and what stands at basis comes with each report.
    own = {name: getattr(said, name) for name in type(said).model_fields if name != "sheets"}
    sheets = tuple(_sheet(sheet, said.word) for sheet in form_files.sheets_of(said.sheets))
    return form("month").model_copy(update=own | {"kind": "span", "basis": "", "sheets": sheets})


def only(whole: ReportForm, codes: Collection[str]) -> ReportForm:
    """A form with the rows of some indicators, below the headings of their sections."""
    sections = {code.partition(".")[0] for code in codes}
    rows = tuple(
        row
        for row in whole.rows
        if (row.indicator or "") in codes or (row.indicator is None and row.tt in sections)
    )
    return whole.model_copy(update={"rows": rows})


@cache
def headings(plan: str = "") -> tuple[str, ...]:
    """The headings of the sections in all forms of a plan."""
    kinds = plans.plan(plan).kinds
    found = [row.label for kind in kinds for row in form(kind).rows if row.indicator is None]
    return tuple(dict.fromkeys(found))


@cache
def guide() -> tuple[str, ...]:
    """How a unit fills in its form: a title and numbered lines, as they stand in a blank form."""
    said = form_files.guide_file()
    return (said.title, *(f"{number}. {line}" for number, line in enumerate(said.lines, 1)))


def _row(said: FormFile, number: int) -> FormRow:
    """A code of an indicator, or the heading of a section."""
    row = said.rows[number]
    if isinstance(row, SectionRow):
        return FormRow(row.section, row.heading)
    told = indicators.indicator(row)
    number_in_section = told.code.partition(".")[2]
    return FormRow(
        tt=int(number_in_section) if number_in_section else told.code,
        label=told.label,
        indicator=told.code,
        unit_of_measure=told.unit_of_measure,
        short=told.short,
        parts=told.parts,
        decimals=told.decimals,
    )


def _sheet(said: ReportSheet, word: str) -> ReportSheet:
    """The sheet with its words filled in."""
    tables = []
    for table in said.tables:
        columns = tuple(
            column.model_copy(update={"header": column.header.format(word=word)})
            for column in table.columns
        )
        note = table.note.format(
            platforms=contracts.platforms_counted(),
            duties=duties.sentence(duties.register().on_glut),
        ).strip()
        tables.append(table.model_copy(update={"note": note, "columns": columns}))
    return said.model_copy(update={"tables": tuple(tables)})
