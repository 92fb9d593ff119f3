"""What a report says: one frozen object from which workbook, PDF, mail and figures.json are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
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
class RegionFigures:
    """A region between units and the province, on the period's last day. ``units``: codes of those that lie in it;
    ``is_reporting``: its form stands instead of theirs; ``figures``: as the form has rows, their ``unit`` the region."""

    code: str
    name: str
    is_reporting: bool
    units: tuple[str, ...]
    figures: tuple[Figure, ...]


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
    regions: tuple[RegionFigures, ...] = ()
    """Those that the province keeps, in the order of regions.csv; every unit lies in one, or there are none."""
    root: str | None = None
    """Root of what proves its figures (docs/decisions/0023-proof.md); null in drafts, and in reports published
    before there was one."""
    whole: str = PROVINCE
    """Whose figures the form prints: the province, or the one unit that an ad-hoc report is of."""
    made_on: date | None = None
    """The day that the form is dated, where that is not its period's due day."""

    def figure(self, unit: str, indicator: str) -> Figure:
        """One figure by the code of the province, a unit or a region, and the indicator's. Raises KeyError where there
        is none."""
        of_regions = (figure for region in self.regions for figure in region.figures)
        for figure in chain(self.figures, of_regions):
            if figure.unit == unit and figure.indicator == indicator:
                return figure
        raise KeyError(f"{self.period}: no figure {indicator} of unit {unit}")
