"""What Airflow hands to a task, as far as tasks look at it."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from lensan.domain.periods import ICT


def context(
    run_type: str = "manual",
    started: datetime = datetime(2021, 11, 18, 11, 0, 5, tzinfo=ICT),
    interval: tuple[date, date] | None = None,
    by: str | None = None,
    **params: Any,
) -> dict[str, Any]:
    start, end = interval or (None, None)
    return {
        "params": {"period": None, "publish": None, "deliver": None, **params},
        "dag_run": SimpleNamespace(
            run_type=run_type,
            start_date=started,
            run_after=started,
            triggering_user_name=by,
            data_interval_start=start and datetime(start.year, start.month, start.day, tzinfo=ICT),
            data_interval_end=end and datetime(end.year, end.month, end.day, tzinfo=ICT),
        ),
    }
