"""Airflow's way to tell of a failure (`on_failure_callback`, a deadline), by the library's alarms.

An alarm is mailed once per fact, stands on the board until somebody takes it on, and is told again when nobody
does: what Airflow's own notifiers for mail do not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from airflow.sdk import BaseNotifier

from lensan.domain.periods import ICT
from lensan.operations import tasks


class AlarmNotifier(BaseNotifier):
    """Raises an alarm, mailed to the recipients of kind ``alarm``.

    All three are Jinja templates of the context that Airflow gives: ``key`` (one alarm per key), ``title`` and
    ``detail`` (Vietnamese, the next step last; no personal data). By default: one alarm per run, which names the
    DAG and says to read the log of the red task::

        @dag(..., on_failure_callback=AlarmNotifier())
    """

    template_fields: Sequence[str] = ("key", "title", "detail")

    def __init__(
        self,
        *,
        key: str = "run failed|{{ dag.dag_id }}|{{ run_id }}",
        title: str = "{{ dag.dag_display_name }}: lần chạy bị lỗi",
        detail: str = "Lần chạy {{ run_id }} đã dừng vì lỗi. Việc cần làm: mở lần chạy này trong Airflow, đọc câu "
        "cuối trong nhật ký của việc màu đỏ, sửa rồi chạy lại; trang của DAG nói khi đỏ thì làm gì.",
    ) -> None:
        super().__init__()
        self.key, self.title, self.detail = key, title, detail

    def notify(self, context: Any) -> None:
        """Raise the alarm; found again it is not mailed again. Raises what the warehouse raises."""
        tasks.alarm(key=self.key, title=self.title, detail=self.detail, moment=datetime.now(ICT))
