"""What include/ says is loaded into the warehouse whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import WEEKS, Office

from lensan.domain import schedule
from lensan.warehouse import reference_load


def calendar(folder: Path, valid_from: str) -> schedule.Calendar:
    """The calendar with the deadline on Wednesdays from a day on."""
    entry = f"""
  - valid_from: {valid_from}
    due: {{weekday: Wednesday, at: "10:00"}}
    draft: {{days_before: 0, at: "08:00"}}
    release: {{at: "09:30", doubtful_at: "09:45"}}

month:"""
    path = folder / "calendar.yml"
    path.write_text(schedule.FILE.read_text(encoding="utf-8").replace("\nmonth:", entry))
    return schedule.read(path)


def deadlines(office: Office) -> list[str]:
    with office.engine.begin() as connection:
        reference_load.load(connection)
        found = connection.exec_driver_sql(
            "select valid_from from core.deadline where report_kind = 'week' order by 1"
        )
        return [str(row.valid_from) for row in found]


def test_a_deadline_that_would_unmake_a_published_week_is_refused_and_nothing_changes(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = deadlines(office)
    last = WEEKS[2].name
    monkeypatch.setattr(schedule, "CALENDAR", calendar(tmp_path, "2021-11-03"))
    with pytest.raises(
        ValueError,
        match=f"include/provinces/quang-ninh/calendar.yml, week: the week due {last} is publ",
    ):
        deadlines(office)
    monkeypatch.undo()
    assert deadlines(office) == before


def test_a_deadline_after_the_last_published_week_is_taken(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "CALENDAR", calendar(tmp_path, "2021-11-10"))
    assert deadlines(office) == ["2021-10-21", "2021-11-10"]
