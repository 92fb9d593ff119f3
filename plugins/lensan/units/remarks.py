"""What is told of a file to its sender: problems that hold rows back, and doubts about rows that went in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import problems
from lensan.domain.places import places
from lensan.domain.problems import Problem, Told
from lensan.intake import form_plan, recognise_form
from lensan.intake.heading import read_heading
from lensan.intake.readers import SourceDocument
from lensan.units import marking
from lensan.units.sent_file import SentFile, contract


@dataclass(frozen=True)
class Remark:
    """A problem with its place in the file, or a doubt, as told.

    ``impersonal``: for mails, which go over wires and into archives; what people wrote stays out of them.
    """

    problem: Problem
    told: Told
    impersonal: Told
    is_doubt: bool

    @property
    def sheet(self) -> str | None:
        """Its sheet; null where it is the whole file, or one without sheets."""
        return self.problem.sheet

    @property
    def cell(self) -> str | None:
        """``C3``; null where it is the whole file."""
        if self.problem.row is None or self.problem.column is None:
            return None
        return f"{marking.letters(self.problem.column)}{self.problem.row}"

    def in_sheet(self, sheet: str | None) -> Remark:
        """The same in a sheet of another name."""
        return replace(self, problem=replace(self.problem, sheet=sheet))


def of_rejected(file: SentFile, document: SourceDocument | None) -> list[Remark]:
    """Why a file was refused: once, or at each cell of its heading that is to blame."""
    rule = file.rule or ""
    told, impersonal = problems.stored(
        rule, file.parameters, kept=file.reason or "", label=file.rule_label or rule
    )
    whole = Remark(Problem(rule, file.parameters or {}), told, impersonal, is_doubt=False)
    cells = [
        replace(whole, problem=replace(place, rule=rule, parameters=whole.problem.parameters))
        for place in _headings(document)
        if _is_to_blame(rule, place.value or "")
    ]
    return cells or [whole]


def of_rows(engine: Engine, file_id: int) -> list[Remark]:
    """Remarks on the rows of a loaded file that are open: what holds rows back, then doubts."""
    with engine.begin() as connection:
        found = warehouse.rows(connection, "units/remarks/of_rows", file_id=file_id)
    return [_remark(row) for row in found]


def _remark(row: dict[str, Any]) -> Remark:
    told, impersonal = problems.stored(
        row["rule"],
        row["parameters"],
        value=row["value"],
        kept=row["message"],
        label=row["rule_label"] or row["rule"],
    )
    problem = Problem(
        row["rule"],
        row["parameters"] or {},
        value=row["value"],
        sheet=row["sheet"],
        row=row["row_number"],
        column=row["column_number"],
    )
    return Remark(problem, told, impersonal, row["is_doubt"])


def _headings(document: SourceDocument | None) -> Iterator[Problem]:
    """The texts above the forms, cell by cell, each as the place of a problem."""
    for table in document.tables if document is not None else ():
        rows = list(table.rows)
        found = recognise_form.find(rows)
        for row in rows[: found[0]] if found is not None else ():
            for number, cell in enumerate(row.cells, 1):
                if isinstance(cell, str) and cell.strip():
                    yield Problem("", value=cell, sheet=table.sheet, row=row.number, column=number)


def _is_to_blame(rule: str, cell: str) -> bool:
    heading = read_heading([cell], places(), contract())
    if rule == "several_plans":
        return form_plan.names_a_plan(cell)
    if rule == "wrong_period":
        return bool(heading.first_day or heading.last_day or heading.month)
    return rule in ("two_senders", "wrong_sender") and bool(heading.senders)
