"""An office whose warehouse takes in a world week by week, as its files would have come."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from lensan.domain import contracts, periods, report_forms
from lensan.domain.periods import ICT, Period
from lensan.intake import landing, sweep
from lensan.producers import history
from lensan.reports import publishing

WEEKS = [periods.week_of(date(2021, 10, 20))]
while len(WEEKS) < 5:
    WEEKS.append(WEEKS[-1].next())
CODES = report_forms.form("week").indicator_codes


def thursday(period: Period, hour: int = 11) -> datetime:
    return datetime(period.end.year, period.end.month, period.end.day, hour, tzinfo=ICT)


class Office:
    """A warehouse that takes in a world week by week, as its files would have come."""

    def __init__(self, engine: Engine, world: Path, folder: Path) -> None:
        self.engine, self.world, self.folder = engine, world, folder
        self.landing = folder / "landing"

    def until(self, day: date) -> None:
        """Put into the landing root what had been exported by a day."""
        for path in landing.find(self.world):
            modified = datetime.fromtimestamp(path.stat().st_mtime, ICT)
            name = path.relative_to(self.world)
            if (
                landing.export_date(path.name, modified) <= day
                and not (self.landing / name).exists()
            ):
                (self.landing / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, self.landing / name)

    def sweep(self, moment: datetime) -> None:
        for contract in contracts.contracts().values():
            folder = self.landing / contract.location
            sweep.sweep(self.engine, contract, folder, self.folder / "raw", moment=moment)
        history.resolve(self.engine, moment=moment)

    def freeze(self, period: Period, *, moment: datetime | None = None) -> publishing.Frozen:
        """Freeze a period's report, by default on the Thursday that it is due, at 11."""
        moment = moment or thursday(period)
        return publishing.freeze(self.engine, period, self.folder / "reports", moment=moment)

    def figures(self, period: Period) -> list:
        """What mart holds of a period, as comparable rows."""
        with self.engine.begin() as connection:
            result = connection.exec_driver_sql(
                "select unit_code, indicator_code, in_period, in_period_2, previous, growth_pct, "
                "cumulative, cumulative_2, base, completion_pct, channel from mart.indicator_value "
                "where report_kind = %s and period_start = %s order by 1, 2",
                (period.kind, period.start),
            )
            return [tuple(row) for row in result]
