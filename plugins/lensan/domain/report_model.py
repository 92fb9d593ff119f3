"""What a report says: one frozen object from which workbook, PDF, mail and figures.json are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period


@dataclass(frozen=True)
class Figure:
    """One indicator of one unit in one period. Null where the form is blank.

    Counts are whole numbers; III.2 is tonnes with three decimals; percentages have one decimal.
    ``in_period_2`` and ``cumulative_2`` are the second part of III.1, III.5 and IV.1.
    """

    unit: str
    indicator: str
    in_period: Decimal | None
    in_period_2: Decimal | None
    previous: Decimal | None
    growth_pct: Decimal | None
    cumulative: Decimal | None
    cumulative_2: Decimal | None
    base: Decimal | None
    target_share: Decimal | None
    completion_pct: Decimal | None
    channel: str | None
    note: str | None


@dataclass(frozen=True)
class SheetTable:
    """The rows behind one further sheet: column keys and tuples of plain values."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """The rows as column key → value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Report:
    """Everything that is printed, and nothing that depends on when or where it is printed."""

    period: Period
    revision: int
    figures: tuple[Figure, ...]
    units: tuple[tuple[str, str], ...]
    """(code, printed name) of the units, in the order of the reference table; no province."""
    tables: dict[str, SheetTable] = field(default_factory=dict)
    """sheet key of include/reports/further_sheets.yml → its rows."""
    known_at: datetime | None = None
    """Set when recomputed as known at that moment; never printed as "now"."""
    root: str | None = None
    """Root of what proves its figures (docs/decisions/0023-proof.md); null in drafts, and in reports published
    before there was one."""
    whole: str = PROVINCE
    """Whose figures the form prints: the province, or the one unit that an ad-hoc report is of."""
    made_on: date | None = None
    """The day that the form is dated, where that is not its period's due day."""

    def figure(self, unit: str, indicator: str) -> Figure:
        """One figure by unit and indicator code. Raises KeyError where there is none."""
        for figure in self.figures:
            if figure.unit == unit and figure.indicator == indicator:
                return figure
        raise KeyError(f"{self.period}: no figure {indicator} of unit {unit}")
