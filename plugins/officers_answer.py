"""Keeps the officer's answer to *release* where Airflow loses it
(docs/decisions/0009-reminders-answers-second-line.md).

An answer that comes while the scheduler has not yet noted that the task waits makes it take the resumed
task for a dead one (3.3.2: "finished with state success, but the task instance's state attribute is
queued"): the try fails, and the next one would wipe the answer and ask again. It is handed to the next
try as an XCom of *draft*.

apache/airflow knows it: #66374 (resumed task scheduled; closed, in 3.3.2), #67287 (queued; closed by #68741, which
3.3.2 does not hold yet), #72716 (already running; open), #73546 (the answer to all three: a number for each
invocation; open). This file may go with the release that holds the last of them, once
tests/system/test_live_thursday.py passes without it.
"""

from __future__ import annotations

from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from lensan.operations import report_tasks


class OfficersAnswer:
    """Keeps the officer's answer where Airflow lost the try that got it."""

    @hookimpl
    def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
        """In the scheduler only: tasks have no access to Airflow's database."""
        if task_instance.task_id != report_tasks.RELEASE_TASK:
            return
        from airflow.models.hitl import HITLDetail
        from airflow.models.taskinstance import TaskInstance
        from airflow.models.xcom import XComModel
        from sqlalchemy import select
        from sqlalchemy.orm import object_session

        session = isinstance(task_instance, TaskInstance) and object_session(task_instance)
        if not session:
            return
        asked = session.scalar(select(HITLDetail).where(HITLDetail.ti_id == task_instance.id))
        if asked is None or asked.responded_by_user is None:
            return
        with session.begin_nested():
            XComModel.set(
                key=report_tasks.ANSWER_KEY,
                value={
                    "responded_by_user": dict(asked.responded_by_user),
                    "chosen_options": list(asked.chosen_options or []),
                    "params_input": dict(asked.params_input or {}),
                },
                dag_id=task_instance.dag_id,
                task_id=report_tasks.DRAFT_TASK,
                run_id=task_instance.run_id,
                serialize=False,  # as tasks write it; as a text of JSON no task would read it
                session=session,
            )


class OfficersAnswerPlugin(AirflowPlugin):
    """Registers the listener."""

    name = "officers_answer"
    listeners = [OfficersAnswer()]  # noqa: RUF012  (Airflow wants a list)
