"""What reports/<kind>.yml of the province's folder and the files of include/reports say (see report_forms)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, RootModel

from lensan.domain import installation, plans
from lensan.domain.yaml_file import Spec, Text, YamlFile

Columns = Annotated[tuple["FormColumn", ...], Field(min_length=1)]
Format = Literal[
    "text", "whole", "number", "tonnes", "percent", "money", "date", "moment", "unit", "indicator",
    "indicator_short", "channel", "parts",
]  # fmt: skip


class FormColumn(Spec):
    """A column: where its value is (``key``), what stands above it, its width in Excel's units.

    ``format``: see further_sheets.yml. ``span``: how many columns of the sheet it takes.
    """

    key: Text
    header: Text
    width: float = Field(11, gt=0)
    format: Format = "text"
    span: int = Field(1, ge=1)


class SectionRow(Spec):
    """A row that only names a section."""

    section: Text
    heading: Text


class FormTexts(Spec):
    """The words and columns of a report."""

    kind: Literal["week", "month"]
    word: Text
    sheet: Text
    file_stem: Text
    title: Text
    plan: Text
    span: Text
    basis: Text
    subject: Text
    columns: Columns


class FormFile(FormTexts):
    """reports/<kind>.yml: ``rows`` are codes of indicators and headings of sections."""

    rows: Annotated[tuple[Text | SectionRow, ...], Field(min_length=1)]

    @property
    def codes(self) -> list[str]:
        """The indicators that the report prints."""
        return [row for row in self.rows if isinstance(row, str)]


class AdhocFile(Spec):
    """include/reports/adhoc.yml: the words of an ad-hoc report; what is not here is as in the month's.

    ``sheets``: keys of further_sheets.yml.
    """

    word: Text
    sheet: Text
    file_stem: Text
    title: Text
    span: Text
    subject: Text
    columns: Columns
    sheets: tuple[Text, ...]


class TableSpec(Spec):
    """One of the tables of a sheet that shows several. ``is_charted``: drawn, its numbers beyond the printed area."""

    key: Text
    columns: tuple[FormColumn, ...]
    title: str = ""
    note: str = ""
    is_charted: bool = False


class ReportSheet(Spec):
    """A sheet behind the form. ``layout``: units, progress, pace, compared or tables."""

    name: Text
    title: Text
    layout: Literal["tables", "units", "progress", "pace", "compared"] = "tables"
    tables: tuple[TableSpec, ...] = ()


class FurtherSheets(RootModel[Mapping[str, ReportSheet]]):
    """include/reports/further_sheets.yml: the sheets by key, in the order of the tabs."""


class Guide(Spec):
    """include/reports/guide.yml: how a unit fills in its form, a title and lines."""

    title: Text
    lines: Annotated[tuple[Text, ...], Field(min_length=1)]


def file_of(kind: str) -> YamlFile:
    """reports/<week or month>.yml of the plan's folder. Raises Slips, FileNotFoundError, KeyError for an unknown
    plan."""
    folder = plans.plan(plans.key(kind)).folder
    return YamlFile(folder / "reports" / f"{plans.cadence(kind)}.yml")


@cache
def form_file(kind: str) -> FormFile:
    """What it says. Raises Slips with file, line and what is expected, FileNotFoundError for an unknown kind."""
    return file_of(kind).read(FormFile)


@cache
def further_sheets() -> tuple[ReportSheet, ...]:
    """The sheets behind the form, in the order of the tabs. Raises Slips."""
    file = YamlFile(installation.INCLUDE / "reports" / "further_sheets.yml")
    return tuple(file.read(FurtherSheets).root.values())


@cache
def adhoc_file() -> AdhocFile:
    """What an ad-hoc report says. Raises Slips."""
    return YamlFile(installation.INCLUDE / "reports" / "adhoc.yml").read(AdhocFile)


def sheets_of(keys: tuple[str, ...]) -> tuple[ReportSheet, ...]:
    """Some of the sheets behind the form, by their keys. Raises KeyError for one that there is not, Slips."""
    file = YamlFile(installation.INCLUDE / "reports" / "further_sheets.yml")
    every = file.read(FurtherSheets).root
    return tuple(every[key] for key in keys)


@cache
def guide_file() -> Guide:
    """How a unit fills in its form. Raises Slips."""
    return YamlFile(installation.INCLUDE / "reports" / "guide.yml").read(Guide)
