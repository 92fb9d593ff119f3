"""The printed forms as data: reports/<kind>.yml of the province's folder, and the sheets behind the form."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from lensan.domain import contracts, indicators, installation
from lensan.domain.yaml_node import Marked, line_of, load

KINDS = ("week", "month")


@dataclass(frozen=True)
class FormColumn:
    """A column: where its value is (``key``), what stands above it, its width in Excel's units.

    ``format``: see further_sheets.yml. ``span``: how many columns of the sheet it takes.
    """

    key: str
    header: str
    width: float = 11
    format: str = "text"
    span: int = 1


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


@dataclass(frozen=True)
class TableSpec:
    """One of the tables of a sheet that shows several."""

    key: str
    columns: tuple[FormColumn, ...]
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class ReportSheet:
    """A sheet behind the form. ``layout``: units, progress, pace or tables."""

    name: str
    title: str
    layout: str = "tables"
    tables: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class ReportForm:
    """Everything of a report that is not a figure."""

    kind: str
    word: str
    sheet: str
    file_stem: str
    title: str
    plan: str
    span: str
    basis: str
    subject: str
    columns: tuple[FormColumn, ...]
    rows: tuple[FormRow, ...]
    sheets: tuple[ReportSheet, ...] = field(default_factory=tuple)

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
    """The form of reports/<kind>.yml.

    Raises FileNotFoundError for an unknown kind, ValueError naming a key that no form has or one that is missing,
    and a code that no indicator has.
    """
    given = _read(installation.FOLDER, kind)
    spec = dict(given)
    needed = {each.name for each in fields(ReportForm)} - {"sheets"}
    for key in [*spec, *needed]:
        if (key in spec) != (key in needed):
            told = "unknown key" if key in spec else "missing key"
            line = line_of(given, key) if key in spec else ""
            raise ValueError(
                f"{kind}.yml: {told} {key!r}; expected: {', '.join(sorted(needed))}{line}"
            )
    spec["columns"] = tuple(FormColumn(**column) for column in spec["columns"])
    spec["rows"] = tuple(_row(row, f"{kind}.yml") for row in spec["rows"])
    spec["sheets"] = tuple(
        _sheet(sheet, spec["word"])
        for sheet in _read(installation.INCLUDE, "further_sheets").values()
    )
    return ReportForm(**spec)


def headings() -> tuple[str, ...]:
    """The headings of the sections in all forms."""
    found = [row.label for kind in KINDS for row in form(kind).rows if row.indicator is None]
    return tuple(dict.fromkeys(found))


@cache
def guide() -> tuple[str, ...]:
    """How a unit fills in its form: a title and numbered lines, as they stand in a blank form."""
    spec = _read(installation.INCLUDE, "guide")
    lines = (f"{number}. {line}" for number, line in enumerate(spec["lines"], 1))
    return (spec["title"], *lines)


def _row(spec: str | dict[str, str], where: str) -> FormRow:
    """A code of an indicator, or ``{section: II, heading: …}``."""
    if isinstance(spec, dict):
        if set(spec) != {"section", "heading"}:
            line = line_of(spec, "section")
            raise ValueError(
                f"{where}: rows: {spec} is neither a code nor a section with heading{line}"
            )
        return FormRow(spec["section"], spec["heading"])
    try:
        told = indicators.indicator(spec)
    except KeyError as error:
        raise ValueError(f"{where}: rows: {error.args[0]}") from None
    number = told.code.partition(".")[2]
    return FormRow(
        tt=int(number) if number else told.code,
        label=told.label,
        indicator=told.code,
        unit_of_measure=told.unit_of_measure,
        short=told.short,
        parts=told.parts,
        decimals=told.decimals,
    )


def _sheet(spec: dict[str, Any], word: str) -> ReportSheet:
    tables = tuple(
        TableSpec(
            **{
                **table,
                "note": table.get("note", "").format(platforms=contracts.platforms_counted()),
                "columns": tuple(
                    FormColumn(**{**column, "header": column["header"].format(word=word)})
                    for column in table["columns"]
                ),
            }
        )
        for table in spec.get("tables", ())
    )
    return ReportSheet(**{**spec, "tables": tables})


def _read(folder: Path, name: str) -> Marked:
    spec = load(folder / "reports" / f"{name}.yml")
    if not isinstance(spec, Marked):
        raise ValueError(f"{name}.yml: expected keys and values")
    return spec
