"""The form of the DAG adhoc_report: what it makes, which field it names when one is wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from office import Office
from task_context import context

from lensan.domain.periods import ICT
from lensan.domain.settings import settings
from lensan.operations import adhoc_tasks, connections
from lensan.reports import adhoc

MOMENT = datetime(2021, 11, 12, 9, tzinfo=ICT)
FORM: dict[str, Any] = {
    "first_day": "2021-10-25", "last_day": "2021-11-05", "title": "Thử", "reason": "thử biểu mẫu",
    "units": ["Hạ Long"], "indicators": ["II.3"], "mail": [],
}  # fmt: skip


@pytest.fixture
def given(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(connections, "warehouse_engine", lambda: office.engine)
    monkeypatch.setattr(adhoc_tasks.settings, "settings", lambda: settings(tmp_path))
    return office


def test_the_form_makes_a_report_and_mails_nobody(given: Office) -> None:
    run = context(started=MOMENT, by="op", **FORM)
    number = adhoc_tasks.make(run)
    made = adhoc.load(given.engine, number)
    assert made.request.units == ("193",) and made.request.indicators == ("II.3",)
    assert made.report.whole == "193"
    assert adhoc_tasks.mail(number, run, MOMENT) == {}


@pytest.mark.parametrize("field", ["first_day", "last_day", "title", "reason"])
def test_a_field_that_is_empty_is_named(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        adhoc_tasks.make(context(started=MOMENT, **{**FORM, field: None}))
